"""What the columns of a register mean: each a target; saved, shown and edited as plain JSON.

Two forms of register: one row a case (columns are fields and the dates of steps), or one row an event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from fadu.exchange.cells import plain_word
from fadu.exchange.table_shape import Column, Table
from fadu.law.errors import FaduError
from fadu.law.procedures import Procedure

Form = Literal["case", "event"]
What = Literal[
    "ignore", "number", "unit", "title", "summary", "field", "step", "date", "time", "outcome", "days", "officers",
    "amount", "approved_by", "reason", "by", "party_name", "party_id", "party_phone", "party_address",
]  # fmt: skip
OF_STEP: tuple[What, ...] = (
    "date", "time", "outcome", "days", "officers", "amount", "approved_by", "reason", "by",
)  # fmt: skip
OF_PARTY: tuple[What, ...] = ("party_name", "party_id", "party_phone", "party_address")
WORDS: dict[What, str] = {
    "ignore": "不用", "number": "案号", "unit": "单位", "title": "标题", "summary": "内容", "field": "字段",
    "step": "环节", "date": "日期", "time": "时间", "outcome": "结果", "days": "天数", "officers": "人员数",
    "amount": "金额", "approved_by": "批准人", "reason": "理由", "by": "经办人", "party_name": "姓名或名称",
    "party_id": "证件号码", "party_phone": "电话", "party_address": "地址",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column goes. ``of``: the field, the step (none in the event form: the row's own), or the party's role."""

    what: What
    of: str = ""

    def label(self, procedure: Procedure | None = None) -> str:
        """The target in Chinese: 字段「罚款数额」, 「立案」的日期, 申请人的电话."""
        word = WORDS[self.what]
        if self.what == "field":
            known = procedure.fields.get(self.of) if procedure else None
            return f"字段「{known.label if known else self.of}」"
        if self.what in OF_STEP and self.of:
            step = procedure.steps.get(self.of) if procedure else None
            return f"「{step.label if step else self.of}」的{word}"
        return f"{self.of}的{word}" if self.what in OF_PARTY else word


IGNORE = Target("ignore")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What one column means.

    ``label`` and ``nth`` find it in a later file: the nth column (from 0) of that label. ``values`` turns what units
    write into what is accepted (已结 → 准予许可; to "" means nothing written). ``blanks`` are words that stand for
    nothing yet (办理中). ``empty`` is what an empty cell means (√ or nothing: 否). ``scale`` multiplies numbers that
    name no unit of their own (a header in 万元). ``confidence`` (0–1) and ``reason`` say how it was proposed.
    """

    label: str
    target: Target = IGNORE
    nth: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    blanks: tuple[str, ...] = ()
    empty: str = ""
    scale: float = 1
    confidence: float = 1
    reason: str = ""


@dataclass(frozen=True)
class SheetMapping:
    """What a sheet means. ``unit`` is for rows that name none; ``year`` for dates without one; see ``ColumnMap``."""

    procedure: str
    form: Form
    columns: tuple[ColumnMap, ...]
    unit: str = ""
    year: int | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, nothing that is as by default."""
        return {
            "procedure": self.procedure, "form": self.form,
            **({"unit": self.unit} if self.unit else {}), **({"year": self.year} if self.year else {}),
            **({"notes": list(self.notes)} if self.notes else {}),
            "columns": [_column_json(column) for column in self.columns],
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Any) -> SheetMapping:
        """The mapping that ``to_json`` wrote. Raises ``FaduError`` that names what is wrong."""
        if not isinstance(data, dict) or not isinstance(data.get("columns"), list):
            raise FaduError("对应不能用：应是一个对象，有 procedure、form、columns")
        form: Any = data.get("form")
        if form not in get_args(Form):
            raise FaduError(f"对应的 form「{form}」不能用；接受：case（一行一件）、event（一行一个事件）")
        columns = tuple(_column(item) for item in data["columns"])
        year = data.get("year")
        if year is not None and not (isinstance(year, int) and 1900 <= year <= 2199):
            raise FaduError(f"对应的 year「{year}」不能用；接受：四位年份，如 2023")
        notes = tuple(str(note) for note in data.get("notes", ()))
        return cls(_text(data, "procedure"), form, columns, str(data.get("unit", "")), year, notes)

    def with_target(self, label: str, target: Target, nth: int = 0) -> SheetMapping:
        """The mapping with one column sent elsewhere by hand."""
        columns = [
            replace(item, target=target, values={}, confidence=1.0, reason="人工指定")
            if (item.label, item.nth) == (label, nth) else item for item in self.columns
        ]  # fmt: skip
        return replace(self, columns=tuple(columns))

    def placed(self, table: Table) -> list[tuple[Column, ColumnMap]]:
        """The columns of a table that are used, with what they mean. Raises ``FaduError`` for one that is missing."""
        places = numbered(table.columns)
        used = [item for item in self.columns if item.target.what != "ignore"]
        missing = [item.label for item in used if (plain_word(item.label), item.nth) not in places]
        if missing:
            found = "、".join(column.label for column in table.columns if column.label)
            raise FaduError(
                f"工作表「{table.sheet}」缺少列：{'、'.join(missing)}；找到的列：{found[:300]}。"
                "请补上这些列，或者重新对应"
            )
        return [(places[plain_word(item.label), item.nth], item) for item in used]

    def unknown(self, table: Table) -> list[Column]:
        """Columns of a table that the mapping does not know, in their order."""
        known = {(plain_word(item.label), item.nth) for item in self.columns}
        return [column for key, column in numbered(table.columns).items() if key not in known and column.label]


def numbered(columns: Sequence[Column]) -> dict[tuple[str, int], Column]:
    """(plain label, how many of that label came before) → column."""
    seen: Counter[str] = Counter()
    found = {}
    for column in columns:
        name = plain_word(column.label)
        found[name, seen[name]] = column
        seen[name] += 1
    return found


def check_targets(mapping: SheetMapping, versions: Sequence[Procedure]) -> None:
    """Refuse a mapping that cannot give cases of this procedure. Raises ``FaduError``."""
    targets = [item.target for item in mapping.columns if item.target.what != "ignore"]
    name = versions[-1].name
    needed: tuple[What, ...] = ("number", "step", "date") if mapping.form == "event" else ("number",)
    for what in needed:
        if not any(target.what == what for target in targets):
            raise FaduError(f"「{name}」的对应里没有「{WORDS[what]}」列；请指定哪一列是{WORDS[what]}")
    if not mapping.unit and not any(target.what == "unit" for target in targets):
        raise FaduError(f"「{name}」的对应里没有「单位」列，也没有指定全表的单位；请指定其一")
    for target, times in Counter(targets).items():
        if times > 1:
            raise FaduError(f"有 {times} 列都对应到{target.label(versions[-1])}；每个目标只能有一列")
        _check_target(mapping.form, target, versions)
    if mapping.form == "case" and not any(target.what == "date" for target in targets):
        raise FaduError(f"「{name}」的对应里没有一列是环节的日期；至少要有办件开始的那个环节的日期")


def _check_target(form: Form, target: Target, versions: Sequence[Procedure]) -> None:
    name = versions[-1].name
    if target.what == "field" and not any(target.of in version.fields for version in versions):
        known = "、".join(f"{f.label}/{f.name}" for f in versions[-1].fields.values())
        raise FaduError(f"程序「{name}」没有字段「{target.of}」；接受：{known}")
    if target.what in OF_STEP and form == "case" and not any(target.of in version.steps for version in versions):
        known = "、".join(f"{s.label}/{s.name}" for s in versions[-1].steps.values())
        raise FaduError(f"程序「{name}」没有环节「{target.of}」；接受：{known}")
    if (target.what == "step" and form == "case") or (target.what in OF_STEP and target.of and form == "event"):
        accepted = "一行一件的表，每个环节的日期各一列；一行一个事件的表，环节一列、日期一列"
        raise FaduError(f"{target.label(versions[-1])}不用于这一种表；接受：{accepted}")
    if target.what in OF_PARTY and not target.of:
        raise FaduError(f"「{WORDS[target.what]}」没有写是谁的；请写明身份，如 当事人、申请人")


def _column_json(column: ColumnMap) -> dict[str, Any]:
    plain = ColumnMap(column.label)
    found: dict[str, Any] = {"label": column.label, "what": column.target.what}
    if column.target.of:
        found["of"] = column.target.of
    for name in ("nth", "empty", "scale", "confidence", "reason"):
        if getattr(column, name) != getattr(plain, name):
            found[name] = getattr(column, name)
    if column.values:
        found["values"] = dict(column.values)
    if column.blanks:
        found["blanks"] = list(column.blanks)
    return found


def _column(data: Any) -> ColumnMap:
    if not isinstance(data, dict):
        raise FaduError("对应的 columns 里有一项不是对象；接受：{label, what, of, …}")
    label = _text(data, "label", empty=True)
    what: Any = data.get("what")
    if what not in get_args(What):
        raise FaduError(f"列「{label}」的 what「{what}」不能用；接受：{'、'.join(get_args(What))}")
    values, blanks = data.get("values", {}), data.get("blanks", [])
    if not isinstance(values, dict) or not all(isinstance(text, str) for text in (*values, *values.values())):
        raise FaduError(f"列「{label}」的 values 不能用；接受：写法 → 标准值 的对象")
    if not isinstance(blanks, list) or not all(isinstance(text, str) for text in blanks):
        raise FaduError(f"列「{label}」的 blanks 不能用；接受：词的列表")
    numbers = [data.get("nth", 0), data.get("scale", 1), data.get("confidence", 1)]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers) or not 0 < numbers[1] < 10**9:
        raise FaduError(f"列「{label}」的 nth、scale、confidence 应是数字，scale 大于 0")
    return ColumnMap(
        label, Target(what, str(data.get("of", ""))), int(numbers[0]), values, tuple(blanks),
        str(data.get("empty", "")), numbers[1], float(numbers[2]), str(data.get("reason", "")),
    )  # fmt: skip


def _text(data: Mapping[str, Any], key: str, *, empty: bool = False) -> str:
    found = data.get(key)
    if not isinstance(found, str) or not (found or empty):
        raise FaduError(f"对应缺少 {key}，或者它不是文字")
    return found
