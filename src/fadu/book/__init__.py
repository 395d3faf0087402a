"""The only reader of the lawbook: parses, validates with file:line, returns ``fadu.law`` objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from fadu.book.calendars import read_calendar
from fadu.book.documents import Documents, load_documents, survey_documents
from fadu.book.indicators import read_indicators
from fadu.book.kept import read_once
from fadu.book.mechanisms import Mechanism, check_mechanisms, read_mechanisms
from fadu.book.procedures import read_procedure
from fadu.book.statutes import read_statute
from fadu.law.calendars import Calendar
from fadu.law.cases import Case, standing
from fadu.law.dates import iso
from fadu.law.errors import LawbookError, NoVersion, Place
from fadu.law.indicators import Indicator
from fadu.law.judge import Plan, compile_procedure
from fadu.law.procedures import Procedure
from fadu.law.statutes import Statutes

T = TypeVar("T")
SHIPPED = Path(__file__).parent.parent / "lawbook"


@dataclass
class Book:
    """A lawbook read into memory. ``procedures`` by code, then by effective day; ``mechanisms`` by number."""

    folder: Path
    statutes: Statutes
    calendars: dict[str, Calendar]
    procedures: list[Procedure]
    indicators: dict[str, Indicator] = field(default_factory=dict)
    mechanisms: list[Mechanism] = field(default_factory=list)
    arranged: str = ""
    """What calendars were arranged by since the folder was read; part of the digest."""
    _plans: dict[tuple[str, int], Plan] = field(default_factory=dict, repr=False)

    @property
    def codes(self) -> list[str]:
        return list(dict.fromkeys(procedure.code for procedure in self.procedures))

    @cached_property
    def _versions(self) -> dict[str, list[Procedure]]:
        found: dict[str, list[Procedure]] = {}
        for procedure in self.procedures:
            for name in dict.fromkeys((procedure.code, procedure.name)):
                found.setdefault(name, []).append(procedure)
        return found

    def versions(self, code: str) -> list[Procedure]:
        """All versions of a procedure by code or Chinese name, oldest first."""
        found = self._versions.get(code)
        if found is None:
            known = "、".join(f"{code}（{self.versions(code)[0].name}）" for code in self.codes)
            raise LawbookError(f"没有名为“{code}”的程序；可用：{known}")
        return found

    def procedure(self, code: str, on_day: int) -> Procedure:
        """The version in force on a day. Raises ``NoVersion`` that says which there are."""
        versions = self.versions(code)
        begun = [procedure for procedure in versions if procedure.effective_day <= on_day]
        if begun and (begun[-1].ends_day is None or on_day < begun[-1].ends_day):
            return begun[-1]
        known = "、".join(iso(procedure.effective_day) for procedure in versions)
        ended = f"，最后的版本自 {iso(begun[-1].ends_day)} 起不再适用" if begun and begun[-1].ends_day else ""
        raise NoVersion(f"程序“{versions[0].name}”在 {iso(on_day)} 没有生效的版本；已有版本自 {known} 起施行{ended}")

    def procedure_for(self, case: Case, as_of: int | None = None, known_on: int | None = None) -> Procedure:
        """The version that binds a case: by its transition step's day, or its opening day until then.

        Events that were corrected away do not count, nor (where a day is given) those that had not happened by the
        end of ``as_of`` or were not known by the end of ``known_on``. Raises ``NoVersion`` where none binds.
        """
        events = standing(case, known_on)
        if as_of is not None:
            events = [event for event in events if event.day <= as_of]
        events = events or standing(case)  # a case still to open has the version it will open under
        if not events:
            raise NoVersion(f"办件 {case.id} 没有事件，无法确定适用的版本")
        for procedure in reversed(self.versions(case.procedure)):
            turning = [event.day for event in events if event.step == procedure.transition_step]
            if turning:
                return self.procedure(case.procedure, min(turning))
        return self.procedure(case.procedure, min(event.day for event in events))

    def plan(self, procedure: Procedure) -> Plan:
        """The procedure compiled on its calendar (kept)."""
        key = procedure.code, procedure.effective_day
        if key not in self._plans:
            if procedure.calendar not in self.calendars:
                known = "、".join(self.calendars)
                raise LawbookError(f"没有日历“{procedure.calendar}”；已有：{known}", procedure.place)
            self._plans[key] = compile_procedure(procedure, self.calendars[procedure.calendar])
        return self._plans[key]

    def plan_for(self, case: Case) -> Plan:
        return self.plan(self.procedure_for(case))

    def with_calendar(self, calendar: Calendar, arranged: str) -> Book:
        """This book on another calendar of the same code; ``arranged`` says by what, and enters the digest."""
        return replace(
            self, calendars={**self.calendars, calendar.code: calendar}, arranged=self.arranged + arranged, _plans={}
        )

    @cached_property
    def documents(self) -> Documents:
        """The templates of official documents. Raises ``LawbookError`` on the first mistake."""
        return load_documents(self.folder, self.procedures, self.statutes)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every file of the lawbook, for receipts."""
        total = sha256()
        for path in sorted(self.folder.rglob("*.yaml")):
            total.update(f"{path.relative_to(self.folder)}\0".encode())
            total.update(sha256(path.read_bytes()).digest())
        total.update(self.arranged.encode())
        return total.hexdigest()


def load_book(folder: str | Path | None = None) -> Book:
    """Read a lawbook folder (default: the one shipped). Raises ``LawbookError`` on the first mistake."""
    book, faults = survey_book(folder)
    if faults:
        raise faults[0]
    return book


def survey_book(folder: str | Path | None = None) -> tuple[Book, list[LawbookError]]:
    """Read what can be read of a lawbook, with every file's first mistake."""
    root = Path(folder) if folder else SHIPPED
    if not root.is_dir():
        raise LawbookError("没有这个法典文件夹", Place(str(root)))
    if not any(root.glob("statutes/*.yaml")):
        raise LawbookError("没有法规文件；这里应有 <法规简称>.yaml", Place(str(root / "statutes")))
    return read_once(root, lambda: _read(root), lambda read: not read[1])


def _read(root: Path) -> tuple[Book, list[LawbookError]]:
    faults: list[LawbookError] = []
    statutes = Statutes(_read_all(root.glob("statutes/*.yaml"), read_statute, faults))
    calendars = {item.code: item for item in _read_all(root.glob("calendars/*.yaml"), read_calendar, faults)}
    procedures = _read_all(root.glob("procedures/*/*.yaml"), lambda path: read_procedure(path, statutes), faults)
    cards = _read_all(
        root.glob("indicators/*.yaml"), lambda path: read_indicators(path, procedures, statutes), faults
    )
    indicators: dict[str, Indicator] = {}
    for card in (card for file in cards for card in file):
        if card.name in indicators:
            faults.append(LawbookError(f"指标“{card.name}”重名；另一处在 {indicators[card.name].place}", card.place))
        indicators[card.name] = card
    faults += survey_documents(root, procedures, statutes)[1]
    codes = {procedure.code for procedure in procedures}
    files = _read_all(root.glob("mechanisms/*.yaml"), lambda path: read_mechanisms(path, codes, indicators), faults)
    mechanisms = sorted((row for file in files for row in file), key=lambda row: row.number)
    faults += check_mechanisms(mechanisms)
    return Book(root, statutes, calendars, procedures, indicators, mechanisms), faults


def _read_all(paths: Iterable[Path], read: Callable[[Path], T], faults: list[LawbookError]) -> list[T]:
    found = []
    for path in sorted(paths):
        try:
            found.append(read(path))
        except LawbookError as error:
            faults.append(error)
    return found
