"""Signed notes (C2SP signed-note) and cosignatures (C2SP tlog-cosignature), whatever the signature algorithm.

A note is a text, an empty line, and signature lines: ``— name base64(key id ‖ signature)``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fadu.ledger.errors import BadSignatureError, NoteError, UnknownKeyError

COSIGNATURE = "cosignature/v1"
"""The algorithm of a witness's key: it signs the time with the text."""

KEY_ID_BYTES, TIME_BYTES = 4, 8
MAX_LETTERS, MAX_SIGNATURES = 65_536, 64
_SIGNATURE = re.compile(r"— (\S+) (\S+)")
_UNWRITABLE = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class Signer(Protocol):
    """A private key under a name. SM2 or a hardware module may stand behind it."""

    @property
    def name(self) -> str:
        """The key's name; a ledger's is its origin."""
        ...

    @property
    def key_id(self) -> bytes:
        """Four bytes made of the name, the kind and the public key."""
        ...

    @property
    def algorithm(self) -> str:
        """``ed25519`` for notes, ``cosignature/v1`` for a witness's key, or that of another kind."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature of exactly these bytes."""
        ...


class Verifier(Protocol):
    """A public key under a name."""

    @property
    def name(self) -> str:
        """As of `Signer`."""
        ...

    @property
    def key_id(self) -> bytes:
        """As of `Signer`."""
        ...

    @property
    def algorithm(self) -> str:
        """As of `Signer`."""
        ...

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether ``signature`` (of a cosignature: the time and the signature) is this key's, of a note's text."""
        ...


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line. ``value`` is what follows the key id; of a cosignature, its time first."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """As it stands in a note, with its newline."""
        return f"— {self.name} {encode64(self.key_id + self.value)}\n"

    @property
    def timestamp(self) -> int:
        """Of a cosignature: when it was made, in POSIX seconds."""
        return int.from_bytes(self.value[:TIME_BYTES], "big")


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that was found good, and the key it was checked with."""

    signature: Signature
    verifier: Verifier


@dataclass(frozen=True, slots=True)
class OpenNote:
    """A note at least one of whose signatures is good; those of unknown keys say nothing."""

    text: str
    verified: tuple[Verified, ...]
    unknown: tuple[Signature, ...]


def encode64(data: bytes) -> str:
    """Standard base64 (RFC 4648, section 4)."""
    return base64.b64encode(data).decode()


def decode64(text: str, what: str) -> bytes:
    """The bytes of a base64 text, which must be written in the one right way. ``what`` is named in the error."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or encode64(data) != text:
        raise NoteError(f"{what}“{text[:60]}”不是标准的 Base64（RFC 4648 第 4 节）")
    return data


def check_name(name: str) -> str:
    """``name``, where a key or a ledger may be called so: not empty, no space, no plus sign, no control character."""
    if not name or "+" in name or any(letter.isspace() or ord(letter) < 0x20 for letter in name):
        raise NoteError(f"名称“{name}”不能用；接受不含空白和加号的文字，一般写成网址而不带 https://")
    return name


def key_id(name: str, kind: int, public_key: bytes) -> bytes:
    """The four bytes that tell keys of one name apart: SHA-256(name ‖ newline ‖ kind ‖ public key)[:4]."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:KEY_ID_BYTES]


def write_key(name: str, kind: int, public_key: bytes) -> str:
    """A verifier key: ``name+key id in hex+base64(kind ‖ public key)``."""
    return f"{name}+{key_id(name, kind, public_key).hex()}+{encode64(bytes([kind]) + public_key)}"


def read_key(text: str) -> tuple[str, int, bytes]:
    """Name, kind and public key of a verifier key.

    Raises:
        NoteError: not of this form, or the key id is not that of the key.
    """
    parts = text.split("+", 2)  # base64 may hold a plus sign; a name and a key id do not
    if len(parts) != 3:
        raise NoteError(f"“{text[:80]}”不是公钥；接受 名称+八位十六进制编号+Base64（C2SP signed-note）")
    name, identity, encoded = parts
    data = decode64(encoded, "公钥")
    kind, public_key = data[0], data[1:]
    if key_id(check_name(name), kind, public_key).hex() != identity:
        raise NoteError(f"公钥“{text[:80]}”的编号 {identity} 与名称和公钥不符；抄写有误或者被改动，请重新索取")
    return name, kind, public_key


def cosigned_message(text: bytes, timestamp: int) -> bytes:
    """What a witness signs: that it saw this checkpoint's tree, consistent with all before, at this time.

    >>> cosigned_message(b"example.org/log\\n", 1679315147)
    b'cosignature/v1\\ntime 1679315147\\nexample.org/log\\n'
    """
    return f"{COSIGNATURE}\ntime {timestamp}\n".encode() + text


def cosign(text: str, signer: Signer, timestamp: int) -> Signature:
    """A witness's signature of a note's text at a time (POSIX seconds)."""
    if signer.algorithm != COSIGNATURE:
        raise NoteError(f"见证要用 {COSIGNATURE} 的密钥；“{signer.name}”是 {signer.algorithm} 的")
    signed = signer.sign(cosigned_message(text.encode(), timestamp))
    return Signature(signer.name, signer.key_id, timestamp.to_bytes(TIME_BYTES, "big") + signed)


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _UNWRITABLE.search(text):
        raise NoteError("签名的文字应以换行结束，除换行外没有控制字符，能写成 UTF-8（C2SP signed-note）")


def sign_note(text: str, signers: Sequence[Signer]) -> str:
    """The note of ``text``, signed by each. A cosigning key is refused: `cosign` adds the time that it signs."""
    _check_text(text)
    if not signers:
        raise NoteError("没有给出签名的密钥；一份签名文字至少要有一个签名")
    for signer in signers:
        if signer.algorithm == COSIGNATURE:
            raise NoteError(f"“{signer.name}”是见证用的密钥，不能作普通签名；请用账本自己的密钥")
    data = text.encode()
    lines = [Signature(signer.name, signer.key_id, signer.sign(data)).line for signer in signers]
    return text + "\n" + "".join(lines)


def add_signatures(note: str, signatures: Sequence[Signature]) -> str:
    """The note with more signature lines; one that it has already is not doubled."""
    _, present = read_note(note)
    return note + "".join(each.line for each in dict.fromkeys(signatures) if each not in present)


def read_note(note: str) -> tuple[str, tuple[Signature, ...]]:
    """The text and the signatures of a note, none of them checked.

    Raises:
        NoteError: not of the form of a signed note.
    """
    if len(note) > MAX_LETTERS:
        raise NoteError(f"签名文字长 {len(note)} 字；至多 {MAX_LETTERS} 字")
    text, blank, signed = note.rpartition("\n\n")
    if not blank or not signed.endswith("\n"):
        raise NoteError("不是签名文字；应是：正文、一个空行、以“— ”开头的签名行，每行以换行结束（C2SP signed-note）")
    _check_text(text + "\n")
    lines = signed[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"有 {len(lines)} 行签名；至多 {MAX_SIGNATURES} 行")
    return text + "\n", tuple(read_signature(line) for line in lines)


def read_signature(line: str) -> Signature:
    """A signature line, with or without its newline. Raises ``NoteError``."""
    found = _SIGNATURE.fullmatch(line.removesuffix("\n"))
    if not found:
        raise NoteError(f"“{line[:60]}”不是签名行；应是 — 名称 Base64（C2SP signed-note）")
    data = decode64(found[2], "签名")
    if len(data) <= KEY_ID_BYTES:
        raise NoteError(f"签名“{found[2]}”太短；应是四字节的密钥编号和签名")
    return Signature(check_name(found[1]), data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def open_note(note: str, verifiers: Sequence[Verifier]) -> OpenNote:
    """The note, where the signature of every known key on it is good and there is at least one.

    Raises:
        NoteError: not of the form of a signed note.
        BadSignatureError: a signature of a known key does not fit the text.
        UnknownKeyError: no known key signed it.
    """
    text, signatures = read_note(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    verified, unknown = [], []
    for signature in dict.fromkeys(signatures):
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            unknown.append(signature)
        elif verifier.verify(text.encode(), signature.value):
            verified.append(Verified(signature, verifier))
        else:
            raise BadSignatureError(
                f"“{signature.name}”（密钥 {signature.key_id.hex()}）的签名与正文不符；正文或者签名被改动，不能采信"
            )
    if not verified:
        names = "、".join(f"{each.name}（{each.key_id.hex()}）" for each in signatures)
        accepted = "、".join(f"{name}（{identity.hex()}）" for name, identity in known) or "（没有）"
        raise UnknownKeyError(f"签名的密钥都不认识：{names}；认识的密钥：{accepted}。请向签名的机关索取公钥")
    return OpenNote(text, tuple(verified), tuple(unknown))
