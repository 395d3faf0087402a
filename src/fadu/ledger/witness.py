"""A superior body's witness (见证机关): it cosigns a ledger's checkpoint only where the tree grew from the one it saw.

A district cannot show one history to its superior and another to the court, nor shorten it: whoever holds the witness's
key sees that the checkpoint is on the one history that the witness followed (C2SP tlog-witness, tlog-cosignature).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from fadu.keeping import write_whole
from fadu.ledger.checkpoint import Checkpoint, label
from fadu.ledger.errors import LedgerError, NoteError, WitnessError
from fadu.ledger.hashes import ALGORITHMS, EMPTY, Pair
from fadu.ledger.notes import Signature, Signer, Verifier, cosign, decode64, encode64, open_note, read_note
from fadu.ledger.tree import Head, verify_consistency

AHEAD = timedelta(minutes=10)
"""By how much a checkpoint's time may be later than the witness's own."""

MAX_PATH = 126
Decide = Callable[[str | None], str]
"""From the note seen last, if any, to the one to remember; raises to leave all as it was."""


class State(Protocol):
    """What a witness remembers: for each ledger the note it cosigned last."""

    def change(self, origin: str, decide: Decide) -> None:
        """Replace what is remembered of ``origin`` in one step, so that nobody else decides on the same note."""


class MemoryState:
    """A state in a dictionary of the caller's, origin → note; for one thread."""

    def __init__(self, notes: dict[str, str]) -> None:
        self._notes = notes

    def change(self, origin: str, decide: Decide) -> None:
        """As of `State`."""
        self._notes[origin] = decide(self._notes.get(origin))


class FileState:
    """A state in a JSON file of the caller's; a lock file beside it keeps processes apart, a crash leaves it whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def change(self, origin: str, decide: Decide) -> None:
        """As of `State`. Raises ``LedgerError``: the file is damaged; ``OSError``: it cannot be written."""
        with self._path.with_name(self._path.name + ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            notes = self._read()
            notes[origin] = decide(notes.get(origin))
            write_whole(self._path, json.dumps(notes, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
            _sync(self._path.parent)

    def _read(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        try:
            notes = json.loads(self._path.read_text(encoding="utf-8"))
        except ValueError:
            notes = None
        if not isinstance(notes, dict) or not all(isinstance(note, str) for note in notes.values()):
            raise LedgerError(
                f"{self._path}: 见证记录读不出；不能当作第一次见证，否则账本可以改写历史。请从备份恢复这个文件"
            )
        return notes


def _sync(folder: Path) -> None:
    """The name of a file just written is on disk too: a cosignature must not outlive the memory of it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a ledger hands to a witness: its checkpoint, and the proof that it grew from the one of ``old`` leaves.

    As text it is the request of C2SP tlog-witness, where each proof line has the SHA-256 hash and, after a space, the
    SM3 hash.
    """

    old: int
    path: tuple[Pair, ...]
    note: str

    @property
    def text(self) -> str:
        """To be sent or carried to the witness."""
        lines = [f"old {self.old}\n", *(f"{encode64(each.sha256)} {encode64(each.sm3)}\n" for each in self.path)]
        return "".join(lines) + "\n" + self.note

    @classmethod
    def read(cls, text: str) -> Submission:
        """The submission of a text. Raises ``NoteError``."""
        head, blank, note = text.partition("\n\n")
        first, *lines = head.split("\n")
        number = first.removeprefix("old ")
        if not blank or not first.startswith("old ") or not (number.isascii() and number.isdecimal()):
            raise NoteError("不是送交见证的文件；应是：old 上次见证的大小、证明行、一个空行、检查点")
        if len(lines) > MAX_PATH:
            raise NoteError(f"证明有 {len(lines)} 行；至多 {MAX_PATH} 行")
        return cls(int(number), tuple(map(_read_pair, lines)), note)


def _read_pair(line: str) -> Pair:
    sha256, space, sm3 = line.partition(" ")
    if not space:
        raise NoteError(f"证明行“{line[:60]}”应有两个散列：SHA-256、空格、SM3，都是 Base64")
    return Pair(decode64(sm3, "SM3 散列"), decode64(sha256, "SHA-256 散列"))


class Witness:
    """Follows ledgers by their origin: ``logs`` says which keys each signs with.

    The first checkpoint of a ledger is taken as it is; from then on each must grow from the last.
    """

    def __init__(self, signer: Signer, logs: Mapping[str, Sequence[Verifier]], state: State) -> None:
        self._signer = signer
        self._logs = logs
        self._state = state

    def observe(self, note: str, path: Sequence[Pair], now: datetime) -> Signature:
        """The cosignature of a checkpoint, remembered before it is given.

        ``path``: the consistency proof from the size seen last; empty the first time. ``now``: the witness's own time.

        Raises:
            WitnessError: the ledger is unknown, its tree smaller or another, its time older or ahead of ours.
            NoteError, UnknownKeyError, BadSignatureError: the note cannot be read or is not the ledger's.
        """
        text, _ = read_note(note)
        checkpoint = Checkpoint.read(text)
        if checkpoint.origin not in self._logs:
            known = "、".join(self._logs) or "（没有）"
            raise WitnessError("unknown", f"不认识账本“{checkpoint.origin}”，不予见证；见证的账本：{known}")
        opened = open_note(note, self._logs[checkpoint.origin])

        def decide(seen: str | None) -> str:
            _accept(checkpoint, path, now)
            if seen is not None:
                _compare(seen, checkpoint, path)
            elif path:
                raise WitnessError("proof", f"第一次见证“{checkpoint.origin}”，没有可以衔接的大小；证明应当是空的")
            return opened.text + "\n" + "".join(each.signature.line for each in opened.verified)

        signature = cosign(opened.text, self._signer, int(now.timestamp()))
        self._state.change(checkpoint.origin, decide)  # remembered, or refused, before anybody sees the signature
        return signature


def _accept(checkpoint: Checkpoint, path: Sequence[Pair], now: datetime) -> None:
    """What needs no memory: the clock, and that an empty tree has the root of an empty tree."""
    if checkpoint.moment > now + AHEAD:
        raise WitnessError(
            "ahead",
            f"检查点的时间 {checkpoint.time} 晚于见证机关的时间 {now.isoformat(timespec='seconds')} 十分钟以上，"
            "不予见证；请校准账本的时钟",
        )
    if checkpoint.size == 0 and (checkpoint.roots != EMPTY or path):
        raise WitnessError("proof", "大小为 0 的账本，根应是空树的根，证明应当是空的；不予见证")


def _compare(seen_note: str, checkpoint: Checkpoint, path: Sequence[Pair]) -> None:
    """Refuse what does not go on from the checkpoint seen last."""
    seen = Checkpoint.read(read_note(seen_note)[0])
    name = checkpoint.origin
    if checkpoint.size < seen.size:
        raise WitnessError(
            "smaller",
            f"“{name}”的大小从 {seen.size} 变为 {checkpoint.size}，少了 {seen.size - checkpoint.size} 条；"
            "账本只能增加，不予见证；请查明记录是否被删除或者从旧的备份恢复",
            seen_note,
        )
    if checkpoint.moment < seen.moment:
        raise WitnessError(
            "older",
            f"“{name}”的检查点时间 {checkpoint.time} 早于已经见证的 {seen.time}，不予见证；请校准账本的时钟",
            seen_note,
        )
    for algorithm in ALGORITHMS:
        old, new = seen.head(algorithm), checkpoint.head(algorithm)
        if not verify_consistency(algorithm, old, new, [algorithm.of(each) for each in path]):
            raise WitnessError("forked", _forked(name, label(algorithm), old, new), seen_note)


def _forked(name: str, algorithm: str, old: Head, new: Head) -> str:
    if old.size == new.size:
        return (
            f"“{name}”分叉：大小同为 {old.size}，{algorithm} 根已经见证的是 {old.root.hex()}，现在是 {new.root.hex()}，"
            "不予见证；两份检查点都有账本的签名，合起来证明历史被改写，请保存"
        )
    return (
        f"“{name}”的 {algorithm} 一致性证明不成立，不予见证：证明不了大小 {new.size} 的账本是从已经见证的"
        f"大小 {old.size} 增长来的；证明应从 {old.size} 开始，如果确实如此，账本已经分叉，请保存两份检查点"
    )
