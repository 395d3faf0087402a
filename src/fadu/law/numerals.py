"""Chinese numerals, as statutes write their numbers (1 to 9999; 民法典 needs 一千二百五十九)."""

from __future__ import annotations

import re

DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}
NUMBER = r"[0-9０-９]+|[零〇一二三四五六七八九两十百千]+"
"""Pattern of a number in a statute, Chinese or Arabic, half or full width."""

_SECTION = re.compile(r"(?P<digit>[一二三四五六七八九两])?(?P<unit>[十百千])")


def chinese_number(text: str) -> int:
    """The value of a Chinese or Arabic number.

    Raises ValueError where ``text`` is not one, or not written in the usual order.

    >>> chinese_number("六十二"), chinese_number("一百零一"), chinese_number("两"), chinese_number("２０")
    (62, 101, 2, 20)
    >>> chinese_number("二〇二四")
    2024
    """
    if re.fullmatch(r"[0-9０-９]+", text):
        return int(text)
    if text and all(character in DIGITS for character in text):
        if "两" in text and len(text) > 1:
            raise _not_a_number(text)
        return int("".join(str(DIGITS[character]) for character in text))
    return _with_units(text)


def _with_units(text: str) -> int:
    """A number with 十, 百 or 千: units fall from left to right, one digit each, 零 over a gap."""
    total, position, last_unit = 0, 0, 10_000
    while section := _SECTION.match(text, _after_zero(text, position)):
        unit = UNITS[section["unit"]]
        if unit >= last_unit or (section["digit"] is None and unit > 10):
            raise _not_a_number(text)
        total += DIGITS[section["digit"] or "一"] * unit
        position, last_unit = section.end(), unit
    rest = text[_after_zero(text, position) :]
    if last_unit > 1000 or len(rest) > 1 or (rest and rest not in "一二三四五六七八九"):
        raise _not_a_number(text)
    if rest == "" and text[-1] in "零〇":
        raise _not_a_number(text)
    return total + (DIGITS[rest] if rest else 0)


def _after_zero(text: str, position: int) -> int:
    return position + 1 if position and text[position : position + 1] in ("零", "〇") else position


def _not_a_number(text: str) -> ValueError:
    return ValueError(f"“{text}”不是数字；可用一至九千九百九十九的中文数字（如 六十二、一百零一）或阿拉伯数字")


def to_chinese(number: int) -> str:
    """The number as a statute numbers its articles.

    >>> to_chinese(10), to_chinese(62), to_chinese(101), to_chinese(110), to_chinese(1259)
    ('十', '六十二', '一百零一', '一百一十', '一千二百五十九')
    """
    if not 0 <= number <= 9999:
        raise ValueError(f"{number} 超出 0 至 9999，无法写成中文数字")
    if number == 0:
        return "零"
    text = ""
    for unit, value in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = number // value % 10
        if digit:
            text += "零一二三四五六七八九"[digit] + unit
        elif text and not text.endswith("零") and number % value:
            text += "零"
    return text[1:] if 10 <= number < 20 else text
