"""Amounts of money in capital numerals (大写), as decisions and receipts write them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_GROUPS = ("亿", "万", "")
MOST = Decimal(10) ** 12


def capital_amount(text: str) -> str:
    """An amount in yuan in capitals, to the 分. Raises ``ValueError`` below zero or from one trillion.

    >>> capital_amount("5000"), capital_amount("1070300.5"), capital_amount("0.05")
    ('伍仟元整', '壹佰零柒万零叁佰元伍角', '伍分')
    """
    try:
        amount = Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP)
    except InvalidOperation:
        raise ValueError(f"“{text}”不是金额") from None
    if not 0 <= amount < MOST:
        raise ValueError(f"金额 {text} 超出范围；可写 0 至一万亿元以下")
    whole, cents = divmod(int(amount * 100), 100)
    yuan = f"{_whole(whole)}元" if whole else ""
    jiao, fen = divmod(cents, 10)
    if not cents:
        return f"{yuan or '零元'}整"
    tenths = f"{_DIGITS[jiao]}角" if jiao else ("零" if yuan else "")
    return yuan + tenths + (f"{_DIGITS[fen]}分" if fen else "")


def _whole(number: int) -> str:
    """The yuan, in groups of four digits, one 零 over any gap."""
    text, gap = "", False
    digits = f"{number:012d}"
    for index, name in enumerate(_GROUPS):
        group = digits[index * 4 : index * 4 + 4]
        if group == "0000":
            gap = bool(text)
            continue
        for place, digit in zip(_PLACES, group, strict=True):
            if digit == "0":
                gap = bool(text)
                continue
            text += ("零" if gap else "") + _DIGITS[int(digit)] + place
            gap = False
        text += name
    return text
