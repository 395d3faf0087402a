"""Two versions of a text, side by side: paragraph by paragraph, and within a changed one character by character."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

ALIKE = 0.4
"""Share of characters two paragraphs have in common, from which one is the other changed."""
CLOSELY = 5_000_000
"""Products of lengths that are compared character by character; what is left after them is shown whole."""

Span = tuple[bool, str]
"""Whether it is changed, and the text."""


@dataclass(frozen=True, slots=True)
class Row:
    """``state``: same, changed, added or dropped. A side that has nothing is empty."""

    state: str
    old: tuple[Span, ...] = ()
    new: tuple[Span, ...] = ()


def beside(old: Sequence[str], new: Sequence[str]) -> list[Row]:
    """
    >>> for row in beside(["第一条 目的", "第二条 十日", "第三条"], ["第一条 目的", "第二条 十五日", "附则"]):
    ...     print(row.state, row.old, row.new)
    same ((False, '第一条 目的'),) ((False, '第一条 目的'),)
    changed ((False, '第二条 十'), (False, '日')) ((False, '第二条 十'), (True, '五'), (False, '日'))
    dropped ((True, '第三条'),) ()
    added () ((True, '附则'),)
    """
    rows: list[Row] = []
    left = CLOSELY
    for kind, first, last, begin, end in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            rows += [Row("same", ((False, text),), ((False, text),)) for text in old[first:last]]
            continue
        was, now = old[first:last], new[begin:end]
        for before, after in zip(was, now, strict=False):
            left -= len(before) * len(after)
            rows += _pair(before, after, left > 0)
        rows += [Row("dropped", ((True, text),)) for text in was[len(now) :]]
        rows += [Row("added", new=((True, text),)) for text in now[len(was) :]]
    return rows


def _pair(before: str, after: str, closely: bool) -> Iterator[Row]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.quick_ratio() < ALIKE:
        yield Row("dropped", ((True, before),))
        yield Row("added", new=((True, after),))
    elif not closely:
        yield Row("changed", ((True, before),), ((True, after),))
    else:
        codes = matcher.get_opcodes()
        yield Row(
            "changed",
            tuple((kind != "equal", before[first:last]) for kind, first, last, _, _ in codes if last > first),
            tuple((kind != "equal", after[begin:end]) for kind, _, _, begin, end in codes if end > begin),
        )  # fmt: skip
