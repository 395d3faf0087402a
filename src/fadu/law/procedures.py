"""A procedure as the law shapes it: fields, steps, clocks, duties. Plain frozen data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fadu.law.citations import Citation
from fadu.law.conditions import Condition
from fadu.law.errors import Place
from fadu.law.terms import Span, Term, Unit

NOWHERE = Place("")


@dataclass(frozen=True, slots=True)
class Field:
    """A fact of a case. ``kind``: choice, number, flag, text or date; unknown where absent without default.

    ``appointment``: a date on which people are to appear (听证、开庭); the office puts it into its calendar.
    """

    name: str
    label: str
    kind: str
    choices: tuple[str, ...] = ()
    default: bool | float | str | None = None
    unit: str = ""
    appointment: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A move the procedure knows (环节)."""

    name: str
    label: str
    by: str = ""
    opens: bool = False
    closes: bool = False
    once: bool = False
    after: tuple[str, ...] = ()
    applies: Condition | None = None
    outcomes: tuple[str, ...] = ()
    reason_required: bool = False
    approved_by: str = ""
    needs: tuple[str, ...] = ()
    credential: tuple[Citation, ...] = ()
    """Where not empty: who takes it must hold a valid enforcement certificate (行政执法证), under these articles."""
    aliases: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    cites: tuple[Citation, ...] = ()
    gist: str = ""
    certainty: str = "text"
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class TermRule:
    """One term of a clock and when it is the one that binds (``when`` None: otherwise)."""

    when: Condition | None
    term: Term
    span: Span


@dataclass(frozen=True, slots=True)
class Pause:
    """Days after ``start`` up to and including ``end`` do not count."""

    start: str
    end: str
    label: str
    cites: tuple[Citation, ...] = ()
    certainty: str = "text"


@dataclass(frozen=True, slots=True)
class Extension:
    """``step`` lengthens the clock by what was decided, at most ``span`` each and ``span`` × ``times`` in all."""

    step: str
    span: Span
    term: Term
    decided: bool = True
    times: int = 1
    when: Condition | None = None
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Lapse:
    """What the law attaches to the last day passing: a deemed step, or only a consequence in words."""

    deem: str = ""
    on_start: bool = False
    consequence: str = ""
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """A term running on a case (时钟). ``minimum``: a period that must run in full. ``right``: one that a party may
    use or let lapse."""

    name: str
    label: str
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    terms: tuple[TermRule, ...]
    minimum: bool = False
    beyond: bool = False
    shorten: str = ""
    applies: Condition | None = None
    since: int | None = None
    until: int | None = None
    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None
    lapse: Lapse | None = None
    party: str = "agency"
    right: bool = False
    ids: tuple[str, ...] = ()
    cites: tuple[Citation, ...] = ()
    rule_cites: tuple[Citation, ...] = ()
    """The clauses that settle what a 日 is and whether the last day rolls."""
    rolls_certainty: str = "text"
    unit_certainty: str = "text"
    certainty: str = "text"
    place: Place = NOWHERE

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition of the clock, its terms and its extension."""
        found = [self.applies, self.extension.when if self.extension else None, *(rule.when for rule in self.terms)]
        return tuple(tree for tree in found if tree is not None)


@dataclass(frozen=True, slots=True)
class Duty:
    """A requirement of the procedure (程序要求). ``verb``: require, forbid, at_most or must."""

    name: str
    label: str
    verb: str
    steps: tuple[str, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    limit: int = 0
    must: Condition | None = None
    applies: Condition | None = None
    since: int | None = None
    until: int | None = None
    consequence: str = ""
    ids: tuple[str, ...] = ()
    cites: tuple[Citation, ...] = ()
    certainty: str = "text"
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Untranslated:
    """What the file says it does not express, and why."""

    ids: tuple[str, ...]
    cites: tuple[Citation, ...]
    reason: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class TermUse:
    """A term and the citations that must bear it, for the check against the text."""

    number: int
    word: str
    text: str
    citations: tuple[Citation, ...]
    place: Place
    certainty: str
    version_day: int


@dataclass(frozen=True, slots=True)
class Procedure:
    """One version of a procedure (程序), in force from ``effective_day``."""

    code: str
    name: str
    statute: str
    effective_day: int
    steps: dict[str, Step]
    clocks: dict[str, Clock]
    duties: dict[str, Duty]
    fields: dict[str, Field] = field(default_factory=dict)
    ends_day: int | None = None
    policy: bool = False
    transition_step: str = ""
    transition_certainty: str = "inferred"
    transition_note: str = ""
    pause_on_last_day: bool = True
    notes: str = ""
    calendar: str = "CN"
    untranslated: tuple[Untranslated, ...] = ()
    place: Place = NOWHERE

    @property
    def openings(self) -> tuple[str, ...]:
        return tuple(step.name for step in self.steps.values() if step.opens)

    @property
    def closings(self) -> tuple[str, ...]:
        return tuple(step.name for step in self.steps.values() if step.closes)

    def rule(self, name_or_id: str) -> Clock | Duty | None:
        """The clock or duty of that name, or bearing that row id."""
        if name_or_id in self.clocks:
            return self.clocks[name_or_id]
        if name_or_id in self.duties:
            return self.duties[name_or_id]
        rules: list[Clock | Duty] = [*self.clocks.values(), *self.duties.values()]
        return next((rule for rule in rules if name_or_id in rule.ids), None)

    def citations(self) -> Iterator[tuple[Citation, Place, str]]:
        """Every citation of the file, with its place and certainty."""
        for step in self.steps.values():
            yield from ((cite, step.place, step.certainty) for cite in step.cites)
        for clock in self.clocks.values():
            yield from ((cite, clock.place, clock.certainty) for cite in clock.cites)
            for pause in clock.pauses:
                yield from ((cite, clock.place, pause.certainty) for cite in pause.cites)
            if clock.extension:
                yield from ((cite, clock.place, clock.certainty) for cite in clock.extension.cites)
            if clock.lapse:
                yield from ((cite, clock.place, clock.certainty) for cite in clock.lapse.cites)
        for duty in self.duties.values():
            yield from ((cite, duty.place, duty.certainty) for cite in duty.cites)
        for row in self.untranslated:
            yield from ((cite, row.place, "secondary") for cite in row.cites)

    def terms(self) -> Iterator[TermUse]:
        """Every term of the file with the citations that must bear it."""
        for clock in self.clocks.values():
            cites, day = clock.cites, self.effective_day
            for rule in clock.terms:
                term = rule.term
                if rule.span.unit is Unit.DATED:  # the document names the day, no article bears it
                    continue
                yield TermUse(term.number, term.word, term.text, cites, clock.place, clock.certainty, day)
            extension = clock.extension
            if extension:
                term, bearing = extension.term, extension.cites or cites
                yield TermUse(term.number, term.word, term.text, bearing, clock.place, clock.certainty, day)
