"""Parties known again across cases: by a keyed digest of a number, never by the number; and the numbers' check digits.

A digest is equal for equal numbers and says nothing of them to who has not the district's key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from functools import cache

DIGEST = 16  # bytes
_ID = re.compile(r"[1-8]\d{16}[\dX]")
_CREDIT = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}")
_REGISTRARS = ("11", "12", "13", "19", "31", "32", "33", "34", "35", "39", "51", "52", "53", "59", "81", "89")
"""How a credit code of digits alone begins below 9 (机构编制、司法行政、民政、工会); else it is a person's number."""
_ID_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))


@cache
def _key() -> bytes:
    from django.conf import settings  # here: the key is the district's, known once Django is set up

    return hmac.digest(settings.DISTRICT.key("field"), b"party digest 1", "sha256")


def plain_number(text: str) -> str:
    """A number as it is compared: half-width, upper case, without spaces and hyphens.

    >>> plain_number(" １１0105-1949 1231002x ")
    '11010519491231002X'
    """
    bare = re.sub(r"[\s\-－—]", "", unicodedata.normalize("NFKC", text)).upper()
    return unicodedata.normalize("NFKC", bare)


def digest(text: str, kind: str) -> str:
    """The digest (hex) of a number of one kind (``id_number``, ``phone``); empty for none or a masked one."""
    number = plain_number(text)
    if len(number) < 6 or "*" in number:
        return ""
    return hmac.new(_key(), f"{kind}\0{number}".encode(), hashlib.sha256).digest()[:DIGEST].hex()


def check_digit_fits(text: str) -> bool | None:
    """Whether the last sign fits the rest: of a citizen's number (GB 11643-1999) or a credit code (GB 32100-2015).

    None: it is neither by its form, so there is nothing to check.

    >>> check_digit_fits("11010519491231002X"), check_digit_fits("110105194912310021"), check_digit_fits("G12345678")
    (True, False, None)
    >>> check_digit_fits("91110000600037341L"), check_digit_fits("91110000600037341M")
    (True, False)
    """
    number = plain_number(text)
    person, body = bool(_ID.fullmatch(number)), bool(_CREDIT.fullmatch(number))
    body = body and (not person or number[:2] in _REGISTRARS)
    if not person and not body:
        return None
    return (person and _person_fits(number)) or (body and _body_fits(number))


def _person_fits(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17]


def _body_fits(code: str) -> bool:
    values = (_CREDIT_SIGNS.index(sign) for sign in code[:17])
    total = sum(value * weight for value, weight in zip(values, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_SIGNS[-total % 31] == code[17]
