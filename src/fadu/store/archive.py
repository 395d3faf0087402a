"""A district in one file: what a backup holds, and how it is written whole while the office works.

The archive is a gzipped tar. Its last member, ``manifest.json``, names every other with its SHA-256, and says what the
ledger's size and roots were, so that what is restored can be held against it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from fadu.law.errors import FaduError
from fadu.ledger.tree import Frontier
from fadu.store.moving import HERE, from_line, head_of, rows, tables, to_line
from fadu.store.one_view import one_view
from fadu.store.unpacking import FOLDERS, KEYS, MANIFEST, SETTINGS, SQLITE, TABLES, LedgerHead, Manifest


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to back up: the district's folder, its code and name; whether its keys go along; the time it is made."""

    folder: Path
    code: str
    name: str
    with_keys: bool
    at: datetime


def write_archive(wanted: Wanted, to: Path) -> Manifest:
    """Write the default database's district into ``to``, whole or not at all; others may go on working.

    Raises:
        FaduError: the file is there already, or its folder is not.
    """
    if to.exists():
        raise FaduError(f"{to} 已经存在，不会覆盖；请换一个文件名")
    if not to.parent.is_dir():
        raise FaduError(f"没有文件夹 {to.parent}；请先建立，或者换一个地方")
    handle, name = tempfile.mkstemp(dir=to.parent, prefix=".backup-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed, \
                    tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar:  # fmt: skip
                manifest = _Writer(tar, wanted).write(to.parent)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, to)  # refused where somebody was first
    except FileExistsError:
        raise FaduError(f"{to} 已经存在，不会覆盖；请换一个文件名") from None
    finally:
        Path(name).unlink(missing_ok=True)
    return manifest


class _Writer:
    """Members into a tar, each hashed as it is written."""

    def __init__(self, tar: tarfile.TarFile, wanted: Wanted) -> None:
        self._tar = tar
        self._wanted = wanted
        self._members: dict[str, str] = {}

    def write(self, room: Path) -> Manifest:
        """All of it; ``room``: where there is space for what must be measured before it is written."""
        from django.conf import settings
        from django.db import connections

        vendor = connections[HERE].vendor
        if vendor == "sqlite":
            head = self._sqlite(Path(settings.DISTRICT.sqlite_file), room)
        else:
            head = self._tables(room)
        # After the rows: a file that a row speaks of was there before the row.
        self._file(SETTINGS, self._wanted.folder / SETTINGS)
        for folder in (*FOLDERS, *([KEYS] if self._wanted.with_keys else [])):
            for path in _files(self._wanted.folder / folder):
                self._file(path.relative_to(self._wanted.folder).as_posix(), path)
        wanted = self._wanted
        manifest = Manifest(
            wanted.code, wanted.name, wanted.at.isoformat(timespec="seconds"), vendor, wanted.with_keys, head,
            self._members,
        )  # fmt: skip
        text = json.dumps(manifest.as_json(), ensure_ascii=False, indent=1).encode()
        with tempfile.TemporaryFile(dir=room) as file:
            file.write(text)
            self._add(MANIFEST, file)
        return manifest

    def _sqlite(self, live: Path, room: Path) -> LedgerHead:
        """A copy by SQLite's own backup; who is signed in is not kept."""
        with tempfile.TemporaryDirectory(dir=room, prefix=".backup-") as folder:
            copied = Path(folder) / SQLITE
            with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(copied)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
                copy.execute("DELETE FROM django_session")
                copy.commit()
                copy.execute("VACUUM")
                found = copy.execute("SELECT size, frontier FROM store_tree WHERE id = 1").fetchone()
            self._file(SQLITE, copied)
        return LedgerHead.of(Frontier.from_bytes(found[1]) if found and found[0] else Frontier())

    def _tables(self, room: Path) -> LedgerHead:
        """Every table as lines of JSON, all in one view."""
        with one_view():
            for model in tables():
                with tempfile.TemporaryFile(dir=room) as file:
                    for row in rows(HERE, model):
                        file.write(to_line(row).encode())
                    self._add(f"{TABLES}/{model._meta.db_table}.jsonl", file)
            return head_of(HERE)

    def _file(self, name: str, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._add(name, file)
        except FileNotFoundError:  # an upload that its import has done with
            if name == SETTINGS:
                raise

    def _add(self, name: str, file: IO[bytes]) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = file.seek(0, os.SEEK_END), 0o600
        member.mtime = int(self._wanted.at.timestamp())
        file.seek(0)
        hashed = _Hashing(file)
        self._tar.addfile(member, hashed)
        if name != MANIFEST:
            self._members[name] = hashed.digest.hexdigest()


class _Hashing:
    """A file whose bytes are hashed as they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def _files(folder: Path) -> Iterator[Path]:
    """Finished files: what begins with a dot is being written."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            yield path


def table_rows(folder: Path, model: Any) -> Iterator[list[Any]]:
    """The rows of an unpacked table. Raises ``FaduError``: a line does not fit the table of this version."""
    from django.core.exceptions import ValidationError

    name = f"{model._meta.db_table}.jsonl"
    path = folder / TABLES / name
    with path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            try:
                yield from_line(model, line)
            except (ValueError, ValidationError) as error:
                raise FaduError(f"{name} 第 {number} 行与这个版本的表不符（{error}）；请用写备份的版本恢复") from None
