"""What-if: the same run with one term, calendar day or lawbook changed."""

from __future__ import annotations

from dataclasses import replace

from fadu.book import Book, load_book
from fadu.law.calendars import Calendar
from fadu.law.dates import iso
from fadu.law.errors import FaduError
from fadu.law.procedures import Clock, Procedure, TermRule
from fadu.law.terms import Term, parse_term, resolve


def with_term(book: Book, target: str, text: str) -> Book:
    """The lawbook with the term of ``PROCEDURE.CLOCK`` replaced, in every version that has the clock.

    The unit of a 日 is still what the statute's own clause says of that number.
    """
    code, _, name = target.partition(".")
    term = parse_term(text)
    changed = [_changed(book, procedure, name, term) for procedure in book.versions(code)]
    if all(new is old for new, old in zip(changed, book.versions(code), strict=True)):
        known = "、".join(sorted({clock for procedure in book.versions(code) for clock in procedure.clocks}))
        raise FaduError(f"程序“{code}”没有时钟“{name}”；可用：{known}")
    by_key = {(item.code, item.effective_day): item for item in changed}
    procedures = [by_key.get((item.code, item.effective_day), item) for item in book.procedures]
    return Book(book.folder, book.statutes, book.calendars, procedures, book.indicators)


def _changed(book: Book, procedure: Procedure, name: str, term: Term) -> Procedure:
    rule = procedure.rule(name)
    if not isinstance(rule, Clock):
        return procedure
    clock = replace(rule, terms=tuple(_rule(book, procedure, rule, old, term) for old in rule.terms))
    return replace(procedure, clocks={**procedure.clocks, clock.name: clock})


def _rule(book: Book, procedure: Procedure, clock: Clock, old: TermRule, term: Term) -> TermRule:
    if not clock.cites:
        return TermRule(old.when, term, resolve(term, working_days=False, rolls=old.span.rolls))
    version = book.statutes.get(clock.cites[0].statute).version_on(procedure.effective_day)
    working = version.counts_working_days(term.number, clock.party)
    return TermRule(old.when, term, resolve(term, working, version.rolls))


def with_days(book: Book, rest: tuple[int, ...], work: tuple[int, ...], code: str = "CN") -> Book:
    """The lawbook with some days made rest days or working days."""
    old = book.calendars[code]
    working = bytearray(old.working)
    names = dict(old.names)
    for days, flag, name in ((rest, 0, "假设放假"), (work, 1, "假设上班")):
        for day in days:
            if not old.first <= day <= old.last:
                raise FaduError(f"{iso(day)} 在日历“{code}”（{iso(old.first)} 至 {iso(old.last)}）之外")
            working[day - old.first] = flag
            names[day] = name
    calendar = Calendar(code, working, old.first, old.published_until, names, old.notices.values())
    return Book(book.folder, book.statutes, {**book.calendars, code: calendar}, book.procedures, book.indicators)


def with_lawbook(folder: str) -> Book:
    """Another lawbook altogether."""
    return load_book(folder)
