"""Personal data at rest: sealed with AES-256-GCM under the district's field key; shown masked unless asked for.

A sealed text is ``version(1) ‖ nonce(12) ‖ ciphertext ‖ tag``. The place it belongs to is bound in, so that a sealed
value moved to another row does not open.
"""

from __future__ import annotations

import re
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fadu.law.errors import FaduError

VERSION = b"\x01"
NONCE = 12
_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


@cache
def _cipher() -> AESGCM:
    from django.conf import settings  # here: the key is the district's, known once Django is set up

    return AESGCM(settings.DISTRICT.key("field"))


def seal(text: str, place: str) -> bytes:
    """The sealed form of ``text``; empty for the empty text. ``place`` says where it is kept (``party.phone``)."""
    return seal_bytes(text.encode(), place) if text else b""


def seal_bytes(data: bytes, place: str) -> bytes:
    """The sealed form of a file."""
    nonce = secrets.token_bytes(NONCE)
    return VERSION + nonce + _cipher().encrypt(nonce, data, place.encode())


def unseal(sealed: bytes | memoryview, place: str) -> str:
    """The text sealed by ``seal``. Raises ``FaduError`` where the key is another one or a byte was changed."""
    data = bytes(sealed)
    return unseal_bytes(data, place).decode() if data else ""


def unseal_bytes(data: bytes, place: str) -> bytes:
    """The file sealed by ``seal_bytes``. Raises as ``unseal`` does."""
    if data[:1] != VERSION:
        raise FaduError(f"{place}：不认识的密文版本 {data[0] if data else '（空）'}；可用：1")
    try:
        return _cipher().decrypt(data[1 : 1 + NONCE], data[1 + NONCE :], place.encode())
    except InvalidTag:
        raise FaduError(f"{place}：密文打不开；密钥不是写入时的密钥，或者数据被改动。请核对 FADU_KEY_FIELD") from None


def mask(text: str, kind: str) -> str:
    """What is shown by default.

    >>> mask("13800000000", "phone"), mask("110101199001011234", "id_number"), mask("明川区和平路1号", "address")
    ('138****0000', '110***********1234', '明川区****')
    """
    if not text:
        return ""
    if kind == "phone" and len(text) >= 7:
        return f"{text[:3]}****{text[-4:]}"
    if kind == "id_number" and len(text) >= 8:
        return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}"
    return f"{text[:3]}****" if len(text) > 3 else "****"


def masked_text(text: str) -> str:
    """A text whose identity and mobile numbers are masked.

    >>> masked_text("来电13800000000，证件110101199001011234，文号20240001号")
    '来电138****0000，证件110***********1234，文号20240001号'
    """
    found = _ID.sub(lambda match: mask(match[0], "id_number"), text)
    return _PHONE.sub(lambda match: mask(match[0], "phone"), found)
