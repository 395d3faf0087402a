"""Clock arithmetic against an oracle that walks the days one at a time.

The oracle knows no ordinals, keys or intervals: it keeps sets of days not counted and a budget, and
looks at each day in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from fadu.law.calendars import Calendar
from fadu.law.cases import Event, History
from fadu.law.clocks import CompiledClock, compile_clock, first_last_day, judge_clock
from fadu.law.dates import date_of, day_of
from fadu.law.procedures import Clock, Extension, Pause, TermRule
from fadu.law.terms import Span, Term, Unit

FIRST = day_of("2024-01-01")
LENGTH = 2200
WINDOW = 60
STEPS = ("start", "stop", "close", "suspend", "resume", "inspect", "inspected", "extend")
PAUSES = (("suspend", "resume"), ("inspect", "inspected"))


@dataclass(frozen=True)
class Rule:
    span: Span
    extension: Span | None
    times: int
    decided: bool
    lenient: bool


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    unit = draw(st.sampled_from([Unit.WORKING, Unit.CALENDAR, Unit.MONTH]))
    number = draw(st.integers(1, 3) if unit is Unit.MONTH else st.integers(1, 40))
    rolls = unit is not Unit.WORKING and draw(st.booleans())
    longer = Unit.CALENDAR if unit is Unit.MONTH and draw(st.booleans()) else unit
    extension = Span(draw(st.integers(1, 3 if longer is Unit.MONTH else 20)), longer) if draw(st.booleans()) else None
    return Rule(Span(number, unit, rolls), extension, draw(st.integers(1, 2)), draw(st.booleans()), draw(st.booleans()))


calendars = st.one_of(
    st.just(Calendar.weekly("周", FIRST - 30, FIRST + LENGTH)),
    st.lists(st.booleans(), min_size=14, max_size=21).filter(any).map(
        lambda week: Calendar("试", bytes(week[day % len(week)] for day in range(LENGTH)), FIRST - 30, FIRST + LENGTH)
    ),
)  # fmt: skip
events = st.lists(
    st.builds(
        Event,
        step=st.sampled_from(STEPS),
        day=st.integers(FIRST, FIRST + WINDOW),
        days=st.one_of(st.none(), st.integers(0, 30)),
    ),
    max_size=12,
).map(lambda found: sorted(found, key=lambda event: event.day))


def compiled(rule: Rule, calendar: Calendar) -> CompiledClock:
    term = Term(rule.span.number, "日", "日")
    extension = Extension("extend", rule.extension, term, rule.decided, rule.times) if rule.extension else None
    clock = Clock(
        "k", "k", ("start",), ("stop",), (TermRule(None, term, rule.span),),
        pauses=tuple(Pause(begin, end, "") for begin, end in PAUSES), extension=extension,
    )  # fmt: skip
    return compile_clock(clock, calendar, rule.lenient, lambda _: None)


# The oracle ---------------------------------------------------------------------------------------


def month_later(day: int, months: int) -> int:
    """Walk month by month to the same day, then back to a date that exists."""
    value = date_of(day)
    year, month = value.year, value.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    for number in range(value.day, 0, -1):
        try:
            return day_of(date(year, month, number))
        except ValueError:
            continue
    raise AssertionError


def counted_day(day: int, number: int, calendar: Calendar, working: bool) -> int:
    """The ``number``-th day after ``day``, one day at a time."""
    while number:
        day += 1
        if not working or calendar.is_working(day):
            number -= 1
    return day


def rest_over(day: int, calendar: Calendar) -> int:
    while not calendar.is_working(day):
        day += 1
    return day


def budget(rule: Rule, start: int, days: int, months: int, calendar: Calendar) -> int:
    """The last lawful day with ``days`` and ``months`` added."""
    span = rule.span
    if span.unit is Unit.WORKING:
        return counted_day(start, span.number + days, calendar, working=True)
    if span.unit is Unit.MONTH:
        day = counted_day(month_later(start, span.number + months), days, calendar, working=False)
    else:
        day = counted_day(start, span.number + days, calendar, working=False)
    return rest_over(day, calendar) if span.rolls else day


@dataclass
class Block:
    """A stretch of uncounted days: the place of its beginning, and the days themselves."""

    place: int
    begin: int
    days: set[int]


def blocks(history: list[Event], start: int, end: int | None, as_of: int) -> list[Block]:
    """Stretches of days on which the run stood still, overlapping ones made one."""
    first_day = history[start].day
    limit = as_of if end is None else history[end].day
    found: list[Block] = []
    for begin, over in PAUSES:
        for place, event in enumerate(history):
            if event.step != begin:
                continue
            until = next((later.day for later in history[place + 1 :] if later.step == over), limit)
            still = {day for day in range(event.day + 1, until + 1) if first_day < day <= limit}
            if still:
                inside = max(place, start)
                found.append(Block(inside, history[inside].day, still))
    found.sort(key=lambda block: (block.place, len(block.days)))
    united: list[Block] = []
    for block in found:
        if united and (block.begin + 1) in united[-1].days:
            united[-1].days |= block.days
        else:
            united.append(block)
    return united


def oracle(rule: Rule, history: list[Event], start: int, as_of: int, calendar: Calendar) -> tuple[int, str]:
    end = ended = None
    for place in range(start + 1, len(history)):
        if history[place].step in ("stop", "close"):
            end, ended = place, history[place].step == "close"
            break
    moves: list[tuple[int, Block | Event]] = [(block.place, block) for block in blocks(history, start, end, as_of)]
    if rule.extension:
        inside = range(start + 1, len(history) if end is None else end)
        moves += [(place, history[place]) for place in inside if history[place].step == "extend"]
    begun, days, months, times = history[start].day, 0, 0, 0
    last = budget(rule, begun, 0, 0, calendar)
    for _, move in sorted(moves, key=lambda move: move[0]):
        if isinstance(move, Block):
            if move.begin < last or (rule.lenient and move.begin == last):
                working = rule.span.unit is Unit.WORKING
                days += sum(1 for day in move.days if not working or calendar.is_working(day))
        elif move.day <= last and times < rule.times and rule.extension:
            times += 1
            cap = rule.extension.number
            amount = cap if move.days is None or not rule.decided else min(cap, move.days)
            if rule.extension.unit is Unit.MONTH:
                months += amount
            else:
                days += amount
        last = budget(rule, begun, days, months, calendar)
    over = (as_of if end is None else history[end].day) > last
    state = "late" if over else "running" if end is None else "ended" if ended else "kept"
    return last, state


@settings(max_examples=500, deadline=None)
@given(rules(), events, st.integers(0, 120), calendars)
def test_every_run_agrees_with_walking_the_days(rule: Rule, found: list[Event], later: int, calendar: Calendar) -> None:
    as_of = FIRST + later
    history = [event for event in found if event.day <= as_of]
    closings = History(history, {}, as_of).keys.get("close", [])
    runs = judge_clock(compiled(rule, calendar), History(history, {}, as_of), closings)
    starts = [place for place, event in enumerate(history) if event.step == "start"]
    assert len(runs) == len(starts)
    for run, start in zip(runs, starts, strict=True):
        assert (run.last_day, run.state.name.lower()) == oracle(rule, history, start, as_of, calendar)


@given(st.integers(FIRST, FIRST + 1400), st.integers(1, 12), st.booleans())
def test_months(day: int, months: int, rolls: bool) -> None:
    calendar = Calendar.weekly("周", FIRST, FIRST + LENGTH)
    found = first_last_day(day, Span(months, Unit.MONTH, rolls), calendar)
    expected = month_later(day, months)
    assert found == (rest_over(expected, calendar) if rolls else expected)
    assert date_of(expected) - date_of(day) <= timedelta(31 * months)


@given(rules(), st.integers(FIRST, FIRST + 30), calendars)
def test_without_pause_and_extension_it_is_the_plain_last_day(rule: Rule, day: int, calendar: Calendar) -> None:
    history = History([Event("start", day)], {}, day)
    (run,) = judge_clock(compiled(rule, calendar), history, [])
    assert run.last_day == first_last_day(day, rule.span, calendar) == budget(rule, day, 0, 0, calendar)


@settings(max_examples=200, deadline=None)
@given(rules(), events, st.integers(1, 60), calendars)
def test_adding_pauses_never_brings_the_last_day_nearer(
    rule: Rule, found: list[Event], length: int, calendar: Calendar
) -> None:
    as_of = FIRST + WINDOW
    plain = [event for event in found if event.step in ("start", "stop", "extend")]
    paused = sorted([*plain, Event("suspend", FIRST + 5), Event("resume", FIRST + 5 + length)], key=lambda e: e.day)
    without = judge_clock(compiled(rule, calendar), History(plain, {}, as_of), [])
    with_pause = judge_clock(compiled(rule, calendar), History(paused, {}, as_of), [])
    for before, after in zip(without, with_pause, strict=True):
        assert before.last_day is not None and after.last_day is not None
        assert after.last_day >= before.last_day


@st.composite
def hours(draw: st.DrawFn) -> tuple[int, list[Event]]:
    minutes = st.one_of(st.just(2047), st.integers(0, 1439))
    start = Event("start", FIRST, draw(minutes))
    stop = Event("stop", FIRST + draw(st.integers(0, 3)), draw(minutes))
    return draw(st.integers(1, 60)), [start, stop]


@settings(max_examples=400)
@given(hours())
def test_hours_agree_with_trying_every_possible_time(drawn: tuple[int, list[Event]]) -> None:
    number, (start, stop) = drawn

    def times(event: Event) -> list[int]:
        return [event.minute] if event.minute != 2047 else [0, 1, 59, 60, 720, 1379, 1380, 1438, 1439]

    calendar = Calendar.weekly("周", FIRST, FIRST + 30)
    terms = (TermRule(None, Term(number, "小时", ""), Span(number, Unit.HOUR)),)
    hourly = compile_clock(Clock("k", "k", ("start",), ("stop",), terms), calendar, True, lambda _: None)
    (run,) = judge_clock(hourly, History([start, stop], {}, FIRST + 9), [])
    outcomes = {
        max(0, (stop.day - start.day) * 1440 + done - begun) <= number * 60
        for begun in times(start) for done in times(stop)
    }  # fmt: skip
    expected = {frozenset([True]): "kept", frozenset([False]): "late"}.get(frozenset(outcomes), "undetermined")
    assert run.state.name.lower() == expected
