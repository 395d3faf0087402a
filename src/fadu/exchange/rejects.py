"""What was not taken, each with its place and reason; kept on disk, so that a bad file is no danger."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal

from fadu.exchange.formula_guard import guarded
from fadu.law.errors import FaduError

Scope = Literal["row", "value", "case", "file"]
LONG = 120
"""Characters of what is accepted beyond which the screen refers to the full list."""
HEADER = ("文件", "位置", "办件", "原文", "原因", "依据/接受")


class FileError(FaduError):
    """A file that cannot be read at all: nothing of it was taken."""


@dataclass(frozen=True, slots=True)
class Reject:
    """``scope``: a ``row`` (event) not taken; a ``value`` not taken, its event kept with the value
    unknown; a ``case`` without events; the ``file`` itself (truncated, …)."""

    file: str
    place: str
    case: str
    found: str
    reason: str
    accepted: str
    scope: Scope = "row"
    kind: str = ""

    @property
    def brief(self) -> str:
        """For the screen: a long list of what is accepted is in rejects.csv and in the JSON answer."""
        if len(self.accepted) <= LONG:
            return str(self)
        return f"{self.file}:{self.place}: {self.reason}；接受的写法见 rejects.csv（--out）或 --json"

    def __str__(self) -> str:
        where = f"{self.file}:{self.place}" if self.place else self.file
        accepted = f"；接受：{self.accepted}" if self.accepted else ""
        return f"{where}: {self.reason}{accepted}"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know although nothing was rejected, with how often it occurred."""

    kind: str
    message: str
    count: int

    def __str__(self) -> str:
        return f"{self.message}（{self.count} 处）"


class RejectLog:
    """Append-only list of rejects; beyond a few hundred KB it lives in a private temporary file."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=1 << 19, mode="w+", encoding="utf-8")  # noqa: SIM115
        self.scopes: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()

    def add(self, reject: Reject) -> None:
        """Write one reject at the end."""
        self._file.seek(0, io.SEEK_END)
        self._file.write(json.dumps(astuple(reject), ensure_ascii=True) + "\n")
        self.scopes[reject.scope] += 1
        self.kinds[reject.kind] += 1

    def __len__(self) -> int:
        return sum(self.scopes.values())

    def __iter__(self) -> Iterator[Reject]:
        self._file.seek(0)
        while line := self._file.readline():
            yield Reject(*json.loads(line))

    def write_rejects(self, folder: str | Path) -> Path:
        """Write ``rejects.csv``; it may hold personal data, so only its owner may read it."""
        path = Path(folder) / "rejects.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(HEADER)
            writer.writerows([guarded(c) for c in astuple(r)[:6]] for r in self)
        return path

    def close(self) -> None:
        self._file.close()
