"""The lawbook of this district: its files read once a process, its holiday years as they are loaded now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import RLock
from time import monotonic

from django.conf import settings

from fadu.book import Book, load_book
from fadu.book.holiday_notices import Arrangement, arranged
from fadu.book.overlay import laid_over
from fadu.law.dates import day_of, iso
from fadu.store.models import HolidayYear

CHINA = "CN"
"""The calendar that holiday notices arrange."""

CHECK_SECONDS = 1.0
"""How long a process may go on without looking whether a notice was loaded by another."""

Stamp = tuple[tuple[int, datetime], ...]
"""Year and moment of every notice loaded."""


@dataclass(slots=True)
class _Kept:
    """``read``: the files; ``book``: the same with the notices of ``stamp``."""

    read: Book
    book: Book
    stamp: Stamp
    checked: float


_kept: list[_Kept] = []
_loading = RLock()
"""Held by the thread that reads the files or the notices: the others wait for it."""


def book() -> Book:
    """The district's book. A notice loaded by another process is seen ``CHECK_SECONDS`` later at the latest."""
    kept = _kept[0] if _kept else None
    if kept is None or monotonic() - kept.checked >= CHECK_SECONDS:
        with _loading:
            return _looked_up()
    return kept.book


def _looked_up() -> Book:
    """The book with the notices loaded by now. One thread at a time; who waited finds it looked up."""
    if not _kept:
        read = _read()
        _kept.append(_Kept(read, read, (), -CHECK_SECONDS))
    kept = _kept[0]
    if monotonic() - kept.checked >= CHECK_SECONDS:
        stamp: Stamp = tuple(HolidayYear.objects.order_by("year").values_list("year", "loaded_at"))
        if stamp != kept.stamp:
            kept.book, kept.stamp = _with_notices(kept.read, _loaded()), stamp
        kept.checked = monotonic()
    return kept.book


def procedure_names() -> dict[str, str]:
    """The procedures' Chinese names by code, newest version's."""
    found = book()
    return {procedure.code: procedure.name for procedure in found.procedures}


def look_again() -> None:
    """Have the next call look whether a notice was loaded: after this process has loaded one."""
    for kept in _kept:
        kept.checked = -CHECK_SECONDS


def forget() -> None:
    """Read everything anew at the next call."""
    _kept.clear()


def arrangement_of(row: HolidayYear) -> Arrangement:
    """What a loaded notice arranges."""
    off = tuple((day_of(day), name) for day, name in row.off)
    return Arrangement(row.year, off, tuple(map(day_of, row.work)))


def files() -> Book:
    """The book as its files have it, without the notices loaded since."""
    book()
    return _kept[0].read


def book_under(arrangement: Arrangement, notice: str) -> Book:
    """The book as it would be with this notice loaded, in the place of that year's own where there is one."""
    return _with_notices(files(), {**_loaded(), arrangement.year: (arrangement, notice)})


def _read() -> Book:
    folder = settings.DISTRICT.lawbook
    return load_book(laid_over(Path(folder), settings.DISTRICT.folder / "lawbook-read") if folder else None)


def _loaded() -> dict[int, tuple[Arrangement, str]]:
    return {row.year: (arrangement_of(row), row.notice) for row in HolidayYear.objects.all()}


def _with_notices(found: Book, notices: dict[int, tuple[Arrangement, str]]) -> Book:
    """Year after year: a notice may reach into the last days of the year before."""
    for _, (arrangement, notice) in sorted(notices.items()):
        said = f"{notice}\0{[(iso(day), name) for day, name in arrangement.off]}{list(map(iso, arrangement.work))}"
        found = found.with_calendar(arranged(found.calendars[CHINA], arrangement, notice), said)
    return found
