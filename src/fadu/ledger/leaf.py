"""What a leaf holds: the canonical text of an event, with commitments in the place of personal data.

A leaf is a JSON object. Two of its keys have a meaning to the ledger:

``commitments``  an object, name → commitment (hex) of a personal value that is kept elsewhere, sealed with its salt
``documents``    a list of the SM3 hashes (hex) of the documents that the event brings

Everything else is the event's own.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from typing import Any

from fadu.ledger.errors import LedgerError
from fadu.ledger.hashes import SM3

COMMITMENTS, DOCUMENTS = "commitments", "documents"
SALT_BYTES = 32
COMMITMENT_PREFIX = b"fadu commitment 1\n"
"""Keeps a commitment apart from every other use of SM3 here."""

_PLAIN = (str, int, bool, type(None))
_write = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(value: object) -> bytes:
    """The one way to write a value as JSON: keys in order of code points, UTF-8, no spaces.

    Raises:
        LedgerError: a float, or anything else that JSON cannot write in exactly one way.

    >>> canonical({"b": [1, None, True], "a": "甲"}).decode()
    '{"a":"甲","b":[1,null,true]}'
    """
    _refuse_inexact(value, "")
    try:
        return _write(value).encode()
    except UnicodeEncodeError as error:
        bad = error.object[error.start]
        raise LedgerError(f"存证的内容里有不成对的代理字符 U+{ord(bad):04X}，不能写成 UTF-8；请改正这段文字") from None


def _refuse_inexact(value: object, where: str) -> None:
    if isinstance(value, _PLAIN):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise LedgerError(f"存证的内容“{where or '（最外层）'}”的键 {key!r} 不是文字；键只接受文字")
            _refuse_inexact(inner, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _refuse_inexact(inner, f"{where}[{number}]")
    elif isinstance(value, float):
        raise LedgerError(
            f"存证的内容“{where or '（最外层）'}”是浮点数 {value!r}，各系统写法不一，散列会不同；"
            f"小数请写成文字，如 \"{value!r}\""
        )
    else:
        raise LedgerError(
            f"存证的内容“{where or '（最外层）'}”的类型 {type(value).__name__} 不能存证；"
            "接受：文字、整数、真假、空、列表、键为文字的字典（日期写成文字）"
        )


def _refuse_float(text: str) -> Any:
    raise LedgerError(f"叶里有小数 {text}；小数应当写成文字")


def read_canonical(data: bytes) -> Any:
    """The value of a canonical text.

    Raises:
        LedgerError: it is not JSON, or not written in the canonical way (spaces, order, doubled keys, decimals).
    """
    try:
        value = json.loads(data.decode(), parse_float=_refuse_float, parse_constant=_refuse_float)
    except (ValueError, RecursionError) as error:
        raise LedgerError(f"叶不是 JSON：{error}") from None
    if canonical(value) != data:
        raise LedgerError("叶不是规范写法；键应按码位排序、不重复，没有空格，UTF-8 编码")
    return value


def new_salt() -> bytes:
    """32 random bytes; to be kept with the sealed value, and erased with it."""
    return secrets.token_bytes(SALT_BYTES)


def commit(salt: bytes, name: str, value: object) -> str:
    """The commitment of a personal value, as hex: SM3 of a prefix, the salt and the canonical ``[name, value]``.

    Without the salt nobody can find the value by trying; once salt and value are erased, nothing is left of them.

    >>> commit(bytes(32), "姓名", "张三") == commit(bytes(32), "姓名", "张三")
    True
    >>> commit(bytes(32), "姓名", "张三") == commit(bytes(32), "曾用名", "张三")
    False
    """
    if len(salt) != SALT_BYTES:
        raise LedgerError(f"盐是 {len(salt)} 字节；应当是 {SALT_BYTES} 个随机字节（new_salt）")
    return SM3.digest(COMMITMENT_PREFIX + salt + canonical([name, value])).hex()


def document_hash(chunks: Iterable[bytes]) -> str:
    """The SM3 hash (hex) of a document, given in pieces of any size.

    >>> document_hash([b"a", b"bc"])[:8]
    '66c7f0f4'
    """
    state = SM3.new()
    for chunk in chunks:
        state.update(chunk)
    return state.digest().hex()


def commitments_in(leaf: object) -> dict[str, str]:
    """Name → commitment of a leaf that was read; empty where it has none, or none of the right shape."""
    found = leaf.get(COMMITMENTS) if isinstance(leaf, dict) else None
    return {name: text for name, text in found.items() if isinstance(text, str)} if isinstance(found, dict) else {}


def documents_in(leaf: object) -> list[str]:
    """The document hashes (hex) of a leaf that was read."""
    found = leaf.get(DOCUMENTS) if isinstance(leaf, dict) else None
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []
