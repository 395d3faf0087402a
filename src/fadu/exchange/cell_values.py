"""Numbers, yes and no, identifiers and telephone numbers as units write them in cells."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from fadu.exchange import values
from fadu.exchange.cells import Cell, Doubt, inexact, plain_word, tidy
from fadu.law.numerals import chinese_number

ACCEPTED_NUMBERS = "数字，如 3000、1,234.50、3000元、0.3万元、三千元、30%"
ACCEPTED_FLAGS = "是/否、有/无、√/×、1/0"
ACCEPTED_IDS = "18 位身份证号、18 位统一社会信用代码或者其他证件号码，单元格为文本格式"
ACCEPTED_PHONES = "11 位手机号、带区号的座机号，多个用“、”分开"
_LOST = "超过 15 位的数字在 Excel 中已失去末位"
_YES = frozenset(values.YES) - {"作废"} | {"✓", "✔", "☑", "对", "已", "t"}
_NO = frozenset(values.NO) | {"✗", "✘", "☒", "x", "错", "未", "没有", "f"}
_FACTORS = {"": 1, "元": 1, "圆": 1, "块": 1, "千元": 10**3, "万": 10**4, "万元": 10**4, "百万元": 10**6, "亿": 10**8,
            "亿元": 10**8}  # fmt: skip
_NUMBER = re.compile(r"(?:rmb|cny|¥|￥|人民币)?([+-]?\d+(?:\.\d+)?)(%|[元圆块千万百亿]{0,3})整?")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_WHOLE = re.compile(r"(\d+)(?:\.0+)?(?:名|人|天|日|个工作日|工作日|个自然日|自然日)?")
_COUNTED = re.compile(r"([零〇一二三四五六七八九两十百千]+)(?:名|人|天|日|个工作日|工作日|个自然日)?")
_CAPITALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬億〇", "一二三四五六七八九十百千万亿零")
_WRITTEN = re.compile(r"[零一二三四五六七八九两十百千万亿]+")
_ROUGH = re.compile(r"约|余|多|以上|以下|左右|近|超|不到|[-~至到]")
_MANY = re.compile(r"[、,;/\n]|或")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CODE_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def read_number(cell: Cell, unit: str = "", scale: float = 1) -> float | Doubt:
    """The number a cell means, in ``unit`` (元, 万元, %, …).

    ``scale`` multiplies a number that names no unit of its own (a header “罚款金额（万元）” for a field in 元).

    >>> read_number("１，２３４．５０元"), read_number("0.3万元", "元"), read_number("叁仟伍佰元整"), read_number("30%")
    (1234.5, 3000.0, 3500.0, 0.3)
    """
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return Doubt("bad_number", f"「{tidy(cell)}」不是数字", ACCEPTED_NUMBERS)
    if not isinstance(cell, str):
        if inexact(cell):
            return Doubt("bad_number", f"「{tidy(cell)}」{_LOST}", ACCEPTED_NUMBERS)
        return _of_percent(float(cell), unit) if unit == "%" else round(cell * scale, 6)
    return _number(tidy(cell), unit, scale)


def _of_percent(number: float, unit: str) -> float | Doubt:
    if 0 < abs(number) <= 1:
        reason = f"「{number:g}」不知是 {number:g}% 还是 {number * 100:g}%"
        return Doubt("bad_number", reason, f"以“{unit}”写的数，如 30%", "写上百分号")
    return number


@lru_cache(maxsize=1 << 14)
def _number(text: str, unit: str, scale: float) -> float | Doubt:
    spelled = unicodedata.normalize("NFKC", text).lower().replace(" ", "")
    spelled = _GROUPED.sub("", spelled)
    if found := _NUMBER.fullmatch(spelled):
        number, mark = float(found[1]), found[2]
        if mark == "%":
            return number if unit == "%" else number / 100
        if mark in _FACTORS:
            return round(number * _FACTORS[mark] / _FACTORS.get(unit, 1) if mark else number * scale, 6)
    written = _written_out(spelled)
    if written is not None:
        return written / _FACTORS.get(unit, 1)
    if _ROUGH.search(spelled) and re.search(r"\d", spelled):
        return Doubt("bad_number", f"「{text}」是约数或者一段", ACCEPTED_NUMBERS, "写准确的一个数")
    return Doubt("bad_number", f"「{text}」不是数字", ACCEPTED_NUMBERS)


def _written_out(text: str) -> float | None:
    """A number in Chinese numerals, plain or for accounts, up to 9999 亿."""
    bare = re.sub(r"^人民币|[元圆]?整?$", "", text.translate(_CAPITALS))
    if not _WRITTEN.fullmatch(bare):
        return None
    total = 0
    try:
        for mark, factor in (("亿", 10**8), ("万", 10**4)):
            high, found, bare = bare.rpartition(mark)
            if found:
                total += chinese_number(high.strip("零")) * factor
        bare = bare.strip("零") if total else bare
        return float(total + (chinese_number(bare) if bare else 0))
    except ValueError:
        return None


def read_whole(cell: Cell) -> int | Doubt:
    """A count of people or days.

    >>> read_whole("２人"), read_whole(30.0), read_whole("三十日")
    (2, 30, 30)
    """
    if isinstance(cell, float) and cell.is_integer() and 0 <= cell < 10**4:
        return int(cell)
    text = unicodedata.normalize("NFKC", tidy(cell)).replace(" ", "")
    if not isinstance(cell, bool) and (found := _WHOLE.fullmatch(text)) and int(found[1]) < 10**4:
        return int(found[1])
    words = _COUNTED.fullmatch(text)
    try:
        return chinese_number(words[1] if words else "")
    except ValueError:
        return Doubt("bad_whole", f"「{text}」不是整数", "整数，如 2、30、2人、30日")


def read_flag(cell: Cell) -> bool | Doubt:
    """Yes or no.

    >>> read_flag("√"), read_flag("无"), read_flag(1.0)
    (True, False, True)
    """
    if isinstance(cell, bool):
        return cell
    word = plain_word(tidy(cell))
    if word in _YES:
        return True
    if word in _NO:
        return False
    return Doubt("bad_flag", f"「{tidy(cell)}」看不出是“是”还是“否”", ACCEPTED_FLAGS)


def read_number_text(cell: Cell) -> str | Doubt:
    """A case number: no spaces, letters and digits half-width, brackets as written."""
    if inexact(cell):
        return Doubt("bad_case_number", f"「{tidy(cell)}」{_LOST}", "文本格式的案号", "把这一列设为文本格式，重新填写")
    return re.sub(r"\s+", "", tidy(cell))


def read_identity(cell: Cell) -> str | Doubt:
    """An identity number or credit code, check digit verified where it has one (GB 11643、GB 32100).

    >>> read_identity("99999919900307783X").reason
    '「99999919900307783X」的校验位不对，号码有误'
    """
    if inexact(cell):
        return Doubt("bad_identity", f"「{tidy(cell)}」{_LOST}", ACCEPTED_IDS, "把这一列设为文本格式，重新填写")
    text = re.sub(r"[\s'’]+", "", tidy(cell)).upper()
    if re.fullmatch(r"\d{17}[\dX]", text):
        total = sum(int(digit) * weight for digit, weight in zip(text, _ID_WEIGHTS, strict=False))
        right = "10X98765432"[total % 11] == text[17] or _is_code(text)
    elif re.fullmatch(r"[0-9A-Z]{18}", text):
        right = _is_code(text)
    else:
        if not re.fullmatch(r"[0-9A-Z()（）\-*]{5,30}", text):
            return Doubt("bad_identity", f"「{text}」不像证件号码", ACCEPTED_IDS)
        return text
    return text if right else Doubt("bad_identity", f"「{text}」的校验位不对，号码有误", ACCEPTED_IDS, "核对号码")


def _is_code(text: str) -> bool:
    if any(character not in _CODE_DIGITS for character in text):
        return False
    total = sum(_CODE_DIGITS.index(c) * weight for c, weight in zip(text, _CODE_WEIGHTS, strict=False))
    return _CODE_DIGITS[(31 - total % 31) % 31] == text[17]


def read_phone(cell: Cell) -> str | Doubt:
    """One or several telephone numbers, as written but tidy; each of 7 to 13 digits, or masked."""
    text = unicodedata.normalize("NFKC", tidy(cell))
    numbers = [re.sub(r"[\s()\-—–转#]+", "", part) for part in _MANY.split(text)]
    if not all(re.fullmatch(r"\+?[\d*]{7,17}", number) for number in numbers if number):
        return Doubt("bad_phone", f"「{text}」不像电话号码", ACCEPTED_PHONES)
    return "、".join(part.strip() for part in _MANY.split(text) if part.strip())


def read_names(cell: Cell) -> tuple[str, ...]:
    """Names of persons: separated by 、 or the like, or by spaces between names of two characters and more.

    >>> read_names("张 三、李四 王五")
    ('张三', '李四', '王五')
    """
    parts = re.split(r"[、,，;；/\n]+", tidy(cell))
    return tuple(name for part in parts for name in person_name(part).split(" ") if name)


def person_name(text: str) -> str:
    """A name without the space that typists put between two characters (张 三)."""
    return re.sub(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]) ([\u4e00-\u9fff])(?![\u4e00-\u9fff])", r"\1\2", text.strip())
