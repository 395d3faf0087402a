"""A district's folder: its name, its database, its keys, its own additions to the lawbook.

``fadu init`` makes it; every process of the district (office, worker, command line) reads it once at the start.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlparse

from fadu.keeping import home, write_whole
from fadu.law.errors import FaduError, Place

SETTINGS = "district.toml"
ACCEPTED = (
    "code", "name", "short", "database", "origin", "simulated", "lawbook", "allowed_hosts", "oidc", "policy",
    "begins_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class District:
    """What a district has settled about itself. ``folder`` holds its files; ``code`` begins its case numbers."""

    folder: Path
    code: str
    name: str
    short: str
    database: str = ""
    """A PostgreSQL URL; empty: SQLite in the folder."""
    origin: str = "fadu.example/ledger"
    """The name of the ledger in its checkpoints."""
    simulated: bool = False
    lawbook: str = ""
    """A folder of lawbook files laid over the shipped ones; empty: none."""
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    begins_on: date | None = None
    """Only of a simulated district: the day on which its processes begin, as if that were today."""
    oidc: dict[str, str] | None = None
    policy: dict[str, int] | None = None
    """Settings of sign-in: ``password_days``, ``idle_minutes``, ``sessions`` … (see ``fadu.settings``)."""

    @property
    def sqlite_file(self) -> Path:
        return self.folder / "fadu.sqlite3"

    @property
    def documents(self) -> Path:
        return self.folder / "documents"

    @property
    def uploads(self) -> Path:
        return self.folder / "uploads"

    @property
    def snapshots(self) -> Path:
        return self.folder / "snapshots"

    def key(self, name: str) -> bytes:
        """A 32-byte key: from ``FADU_KEY_<NAME>`` (hex), or ``keys/<name>`` in the folder (made once, owner only)."""
        given = os.environ.get(f"FADU_KEY_{name.upper()}")
        if given:
            return self._parsed(given, f"环境变量 FADU_KEY_{name.upper()}")
        path = self.folder / "keys" / name
        if not path.exists():
            _make_key(path)
        return self._parsed(path.read_text(encoding="ascii"), str(path))

    @staticmethod
    def _parsed(text: str, where: str) -> bytes:
        try:
            key = bytes.fromhex(text.strip())
        except ValueError:
            key = b""
        if len(key) != 32:
            raise FaduError(f"{where} 不是密钥；应是 64 个十六进制字符（32 字节），可用 openssl rand -hex 32 生成")
        return key


def postgresql(url: str) -> dict[str, str]:
    """Where the database of a ``postgresql://`` URL is, as Django has it."""
    parts = urlparse(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was first: its key is the key
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())


def folder_of_district() -> Path:
    """``$FADU_DISTRICT``, or the user's ``district`` folder."""
    return Path(os.environ.get("FADU_DISTRICT") or home() / "district")


def read_district(folder: Path | None = None) -> District:
    """Read a district's settings. Raises ``FaduError`` that says what is wrong and how to make a district."""
    folder = folder or folder_of_district()
    path = folder / SETTINGS
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FaduError(
            f"{folder} 里没有 {SETTINGS}；先用 fadu init 建立一个区，或用 FADU_DISTRICT 指明文件夹"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise FaduError(f"不是正确的 TOML：{error}", Place(str(path))) from None
    unknown = [name for name in data if name not in ACCEPTED]
    if unknown:
        raise FaduError(f"不认识的设置 {'、'.join(unknown)}；可用：{'、'.join(ACCEPTED)}", Place(str(path)))
    missing = [name for name in ("code", "name", "short") if not str(data.get(name, "")).strip()]
    if missing:
        raise FaduError(f"缺少 {'、'.join(missing)}（区的代码、全称、发文简称）", Place(str(path)))
    if data.get("begins_on") is not None and not (data.get("simulated") and isinstance(data["begins_on"], date)):
        raise FaduError("begins_on 只用于虚构的区（simulated = true），写成日期，如 2023-12-29", Place(str(path)))
    data["allowed_hosts"] = tuple(data.get("allowed_hosts", ("127.0.0.1", "localhost")))
    return District(folder=folder, **{**data, "database": os.environ.get("FADU_DATABASE") or data.get("database", "")})


def write_district(district: District) -> None:
    """Make the folder and write the settings. Raises ``FaduError`` where a district is there already."""
    path = district.folder / SETTINGS
    if path.exists():
        raise FaduError(f"{district.folder} 已经是一个区（有 {SETTINGS}）；换一个文件夹，或直接使用它")
    for folder in (district.folder, district.documents, district.uploads, district.snapshots):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = [f"{name} = {_toml(getattr(district, name))}" for name in ("code", "name", "short", "origin")]
    lines += [f"database = {_toml(district.database)}"] if district.database else []
    lines += [f"lawbook = {_toml(district.lawbook)}"] if district.lawbook else []
    lines += ["simulated = true"] if district.simulated else []
    lines += [f"begins_on = {district.begins_on.isoformat()}"] if district.begins_on else []
    write_whole(path, "\n".join(lines) + "\n")
    for name in ("field", "ledger", "web"):
        district.key(name)


def make_if_missing() -> None:
    """A bare district in ``folder_of_district()``, for tools that must read Django's settings (type checks)."""
    folder = folder_of_district()
    if not (folder / SETTINGS).exists():
        write_district(District(folder, "MC", "明川区", "明", simulated=True))


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
