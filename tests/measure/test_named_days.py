"""Last days that cases name: a column of dates comes to what one date comes to on the path of one case."""

from __future__ import annotations

import numpy as np
import pytest

from fadu.book import load_book
from fadu.law.cases import History
from fadu.law.clocks import dated_last_day
from fadu.law.dates import day_of, iso
from fadu.law.errors import NoVersion
from fadu.law.procedures import Procedure
from fadu.law.terms import Unit
from fadu.measure.columns import Needs
from fadu.measure.last_days import Terms
from fadu.measure.moved_days import NO_DAY
from fadu.measure.runs import binding_span

BOOK = load_book()
CALENDAR = BOOK.calendars["CN"]
SPRING, AUTUMN = (range(day_of(first), day_of(last)) for first, last in
                  (("2024-01-20", "2024-03-01"), ("2024-09-20", "2024-10-20")))
DAYS = [*range(CALENDAR.first - 1, CALENDAR.first + 30), *SPRING, *AUTUMN,
        *range(CALENDAR.last - 9, CALENDAR.last + 3)]  # fmt: skip
DATED = [procedure for procedure in BOOK.procedures
         if any(rule.span.unit is Unit.DATED for clock in procedure.clocks.values() for rule in clock.terms)]


def by_case(procedure: Procedure, place: int, terms: Terms, day: int) -> int:
    """What the path of one case makes of the day."""
    clock, rule = terms.rules[place]
    span = binding_span(clock, clock.terms.index(rule))
    try:
        last = dated_last_day(span, History([], {span.field: iso(day)}, day), CALENDAR)
    except NoVersion:
        return NO_DAY
    assert last is not None
    return last + clock.beyond


@pytest.mark.parametrize("procedure", DATED, ids=lambda item: f"{item.code}@{iso(item.effective_day)}")
def test_a_column_comes_to_what_each_date_comes_to(procedure: Procedure) -> None:
    terms = Terms.of(Needs(procedure), CALENDAR, day_of("2024-01-01"), day_of("2024-12-31"))
    for place in np.flatnonzero(terms.named).tolist():
        found = terms.of_named(place, np.array([NO_DAY, *DAYS], np.int32)).tolist()
        assert found == [NO_DAY, *(by_case(procedure, place - 1, terms, day) for day in DAYS)]
