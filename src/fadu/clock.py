"""The one clock of the office: what time it is, in the time of the district. Tests set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "北京时间")
"""All of China keeps one time and has had no summer time since 1991."""

_set: list[datetime] = []
_shift: list[timedelta] = []


def now() -> datetime:
    """This moment, aware, in Beijing time."""
    if _set:
        return _set[-1]
    return datetime.now(BEIJING) + (_shift[-1] if _shift else timedelta())


def begin_on(day: date) -> None:
    """Let today be ``day``, and go on from there: for a fictitious district whose play ends on a day of the past."""
    _shift[:] = [timedelta(days=(day - datetime.now(BEIJING).date()).days)]


def today() -> date:
    """The civil day in Beijing."""
    return now().astimezone(BEIJING).date()


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Let it be ``moment`` (aware) inside the block: for tests and for playing a past year into a district."""
    _set.append(moment)
    try:
        yield
    finally:
        _set.pop()
