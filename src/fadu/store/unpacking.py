"""Reading a backup back: every member held against the manifest, nothing written but what a backup may hold.

A restore unpacks before there is a district to set Django up for, so nothing here needs the store's models.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import tarfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from fadu.law.errors import FaduError
from fadu.ledger.tree import Frontier

MANIFEST = "manifest.json"
FORMAT = 1
SQLITE = "fadu.sqlite3"
TABLES = "tables"
FOLDERS = ("documents", "uploads")
KEYS = "keys"
SETTINGS = "district.toml"
MANIFEST_LIMIT = 512 << 20
_MEMBER = re.compile(rf"{SETTINGS}|{re.escape(SQLITE)}|{TABLES}/store_\w+\.jsonl|(documents|uploads|{KEYS})/.+")


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """The ledger's size and both roots (hexadecimal)."""

    size: int
    sm3: str
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """As commands answer with it."""
        return asdict(self)

    @classmethod
    def of(cls, edge: Frontier) -> LedgerHead:
        """Of a right edge."""
        root = edge.root()
        return cls(edge.size, root.sm3.hex(), root.sha256.hex())

    def __str__(self) -> str:
        return f"{self.size} 条　SM3 根 {self.sm3}　SHA-256 根 {self.sha256}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself. ``database``: ``sqlite`` or ``postgresql``; ``members``: name → SHA-256."""

    code: str
    name: str
    made_at: str
    database: str
    with_keys: bool
    ledger: LedgerHead
    members: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """As it stands in the archive."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def read(cls, text: bytes) -> Manifest:
        """The manifest of its bytes. Raises ``FaduError``."""
        try:
            data = json.loads(text)
            found = data.pop("format")
            if found != FORMAT:
                raise FaduError(f"备份的格式是 {found}；这个版本的 fadu 接受 {FORMAT}，请用写备份的版本恢复")
            return cls(**{**data, "ledger": LedgerHead(**data["ledger"])})
        except (ValueError, TypeError, KeyError, AttributeError):
            raise FaduError(f"备份的清单 {MANIFEST} 读不出；文件已损坏，请用另一份备份") from None


def unpack(archive: Path, folder: Path) -> Manifest:
    """Unpack an archive into an empty folder and hold every member against the manifest.

    Raises:
        FaduError: not a backup, damaged, a member that is not named or not of a backup, or one that leads elsewhere.
    """
    found: dict[str, str] = {}
    text = b""
    try:
        with gzip.open(archive, "rb") as packed:
            with tarfile.open(fileobj=packed, mode="r|") as tar:
                for member in tar:
                    content = tar.extractfile(member) if member.isreg() else None
                    if content is not None and member.name == MANIFEST and member.size <= MANIFEST_LIMIT:
                        text = content.read()
                    else:
                        name = _allowed(member)  # before anything is written
                        found[name] = _write(content, folder / name)
            while packed.read(1 << 20):  # to the end, where gzip's own checksum stands
                pass
    except FileNotFoundError:
        raise FaduError(f"没有文件 {archive}") from None
    except (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise FaduError(f"{archive} 已损坏，或者不是 fadu backup 写的备份（{error}）；"
                        "没有恢复，请用另一份备份") from None  # fmt: skip
    manifest = Manifest.read(text)
    _compare(archive, manifest.members, found)
    return manifest


def _allowed(member: tarfile.TarInfo) -> str:
    """The member's name. Raises ``FaduError`` where it is none that a backup has, or would be written elsewhere."""
    parts = PurePosixPath(member.name).parts
    if not member.isreg() or not _MEMBER.fullmatch(member.name) or ".." in parts or "\\" in member.name:
        raise FaduError(f"备份里有不该有的“{member.name[:80]}”；只接受设置、数据库、"
                        "documents、uploads、keys 里的普通文件。不是 fadu backup 写的，没有恢复")  # fmt: skip
    return member.name


def _write(content: IO[bytes] | None, path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while content is not None and (data := content.read(1 << 20)):
            digest.update(data)
            file.write(data)
    return digest.hexdigest()


def _compare(archive: Path, listed: dict[str, str], found: dict[str, str]) -> None:
    faults = [
        *(f"{name} 的内容与清单的 SHA-256 不符" for name in listed if name in found and found[name] != listed[name]),
        *(f"缺少 {name}" for name in listed if name not in found),
        *(f"{name} 不在清单里" for name in found if name not in listed),
    ]
    if faults:
        more = f"，等 {len(faults)} 处" if len(faults) > 5 else ""
        raise FaduError(f"{archive} 被改动或者已损坏：{'；'.join(faults[:5])}{more}。没有恢复，请用另一份备份")
