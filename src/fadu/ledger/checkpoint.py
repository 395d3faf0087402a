"""Checkpoints (C2SP tlog-checkpoint): what a ledger signs of itself at a time.

Origin, size and SHA-256 root are the three lines every such log has; our extension lines add the SM3 root and the time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from fadu.ledger.errors import NoteError, RootMismatchError
from fadu.ledger.hashes import ALGORITHMS, SIZE, Algorithm, Pair
from fadu.ledger.notes import check_name, decode64, encode64
from fadu.ledger.tree import Head

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_LABELS = {"sm3": "SM3", "sha256": "SHA-256"}


def label(algorithm: Algorithm) -> str:
    """The algorithm's name on screen."""
    return _LABELS[algorithm.name]


def read_time(text: str) -> datetime:
    """A time of RFC 3339, aware. Raises ``NoteError``."""
    try:
        if not _TIME.fullmatch(text):
            raise ValueError
        return datetime.fromisoformat(text)
    except ValueError:
        raise NoteError(f"“{text[:60]}”不是时间；接受 RFC 3339 的写法，如 2024-02-07T09:30:00+08:00") from None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The ledger ``origin`` had ``size`` leaves and these roots at ``time`` (RFC 3339). ``extensions``: further lines.

    >>> from fadu.ledger.hashes import EMPTY
    >>> print(Checkpoint("example.org/ledger", 0, EMPTY, "2024-02-07T09:30:00+08:00").text, end="")
    example.org/ledger
    0
    47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
    sm3 GrIdg1XPoX+OYRlIMegajyK+yMco/vt0ftA161CCqis=
    time 2024-02-07T09:30:00+08:00
    """

    origin: str
    size: int
    roots: Pair
    time: str
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.origin)
        if self.size < 0 or any(len(root) != SIZE for root in self.roots):
            raise NoteError(f"检查点的大小 {self.size} 应不小于 0，两个根都应是 {SIZE} 字节")
        read_time(self.time)
        if any(not line or "\n" in line for line in self.extensions):
            raise NoteError("检查点的扩展行不能是空行，也不能含换行")

    @property
    def text(self) -> str:
        """The text that is signed, with its final newline."""
        lines = (
            self.origin, str(self.size), encode64(self.roots.sha256),
            f"sm3 {encode64(self.roots.sm3)}", f"time {self.time}", *self.extensions,
        )  # fmt: skip
        return "\n".join(lines) + "\n"

    @property
    def moment(self) -> datetime:
        """``time``, to be compared."""
        return read_time(self.time)

    def head(self, algorithm: Algorithm) -> Head:
        """Size and root in one algorithm."""
        return Head(self.size, algorithm.of(self.roots))

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """The checkpoint of a note's text.

        Raises:
            NoteError: a line is missing or not of its form.
        """
        lines = text.removesuffix("\n").split("\n")
        if not text.endswith("\n") or len(lines) < 5 or not all(lines):
            raise NoteError("不是账本的检查点；应有五行：账本名、大小、SHA-256 根、sm3 根、time 时间，没有空行")
        origin, size, sha256, sm3, time, *extensions = lines
        if not _SIZE.fullmatch(size):
            raise NoteError(f"检查点的大小“{size[:30]}”不是数；接受十进制整数，前面没有零")
        if not sm3.startswith("sm3 ") or not time.startswith("time "):
            raise NoteError(f"检查点第四、五行是“{sm3[:20]}”“{time[:20]}”；应以“sm3 ”“time ”开头")
        roots = Pair(decode64(sm3.removeprefix("sm3 "), "SM3 根"), decode64(sha256, "SHA-256 根"))
        return cls(origin, int(size), roots, time.removeprefix("time "), tuple(extensions))

    def require(self, size: int, roots: Pair) -> None:
        """Nothing, where the tree of that size has these roots.

        Raises:
            RootMismatchError: it is another tree.
        """
        if size != self.size:
            raise RootMismatchError(f"检查点说的是大小为 {self.size} 的账本，给出的账本大小是 {size}")
        for algorithm in ALGORITHMS:
            stated, found = algorithm.of(self.roots), algorithm.of(roots)
            if stated != found:
                raise RootMismatchError(
                    f"大小为 {size} 时，检查点的 {label(algorithm)} 根是 {stated.hex()}，"
                    f"账本算出的是 {found.hex()}；签发之后有记录被改动，请运行 fadu verify"
                )
