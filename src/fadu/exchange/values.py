"""Cells that are not text: whole numbers, amounts, yes or no; as SQL over a raw column."""

from __future__ import annotations

YES = ("true", "1", "是", "有", "y", "yes", "√", "作废")
NO = ("false", "0", "否", "无", "n", "no", "×")
ACCEPTED = {
    "time": "14:30、14时30分",
    "officers": "整数，如 2",
    "days": "整数，如 30",
    "amount": "数字，如 3000、1,234.50、3000元",
    "void": "是/否、true/false、1/0",
    "number": "数字，如 3000、1,234.50",
    "flag": "是/否、有/无、true/false、1/0",
}


def whole(column: str) -> str:
    """A whole number, 人 or 天 after it allowed, as SQL; NULL where it is none."""
    text = f"translate({column}, '０１２３４５６７８９', '0123456789')"
    pattern = r"^(\d+)(?:\.0+)?\s*(?:名|人|天|日)?$"
    return f"try_cast(nullif(regexp_extract({text}, '{pattern}', 1), '') AS SMALLINT)"


def number(column: str) -> str:
    """A finite number; the plain spelling is tried first, being by far the cheaper to read."""
    bare = f"regexp_replace(regexp_replace({column}, '[,，¥￥\\s]', '', 'g'), '元$', '')"
    value = f"coalesce(try_cast({column} AS DOUBLE), try_cast({bare} AS DOUBLE))"
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def flag(column: str) -> str:
    """Yes or no as SQL; NULL for any other word."""

    def listed(words: tuple[str, ...]) -> str:
        return ", ".join(f"'{word}'" for word in words)

    word = f"lower({column})"
    return f"CASE WHEN {word} IN ({listed(YES)}) THEN true WHEN {word} IN ({listed(NO)}) THEN false END"


def number_json(column: str) -> str:
    """A number as JSON writes it, whole ones without a point."""
    value = number(column)
    return (
        f"CASE WHEN {value} = floor({value}) AND abs({value}) < 1e15"
        f" THEN ({value})::BIGINT::VARCHAR ELSE ({value})::VARCHAR END"
    )


TYPED = {"officers": whole, "days": whole, "amount": number}
