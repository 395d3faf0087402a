"""Timing: from an order of steps to days, within every clock that runs on it.

``frame_of`` reads off a path, once, which event starts and which stops each run, what pauses and
extends it. ``Scheduler.place`` then dates the path for one opening day: each event as early as the
minimum periods before it allow, no later than the last lawful day of every run it is part of
leaves room for. Times are minutes since the epoch day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from fadu.law.calendars import Calendar
from fadu.law.clocks import Run, first_last_day
from fadu.law.dates import add_months
from fadu.law.judge import Plan
from fadu.law.procedures import Clock
from fadu.law.terms import Span, Unit
from fadu.simulate.paths import Pathfinder, span_days
from fadu.simulate.sketch import Sketch

DAY = 1440
OPENS, CLOSES = 9 * 60, 17 * 60 + 30
GAP = 4.0 * DAY
LONGEST_GAP = 45 * DAY
PAUSED = 20.0 * DAY
PATIENCE = 0.85
NAMED = (12, 75)
"""Days from the start of a run to the day a document names as its last: at least, at most."""
REST = DAY
"""Kept back where a minimum period lies ahead, since rest days may lengthen it."""


@dataclass(frozen=True, slots=True)
class RunFrame:
    """A run by the places of its events. ``pauses``: (from, to) places, ``to`` -1 where it never ends.

    ``patient``: work that fills its term (until a day that a document names, a day of the year, or the next report);
    ``idle``: a right or a minimum period that the end of the case cut off, which holds nothing up.
    """

    start: int
    stop: int
    span: Span
    clock: str
    minimum: bool
    beyond: bool
    pauses: tuple[tuple[int, int], ...] = ()
    extensions: tuple[tuple[int, int], ...] = ()
    by_months: bool = False
    patient: bool = False
    idle: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """The runs of a path, and by event: those it is part of, and the minimum periods that end there."""

    length: int
    limits: tuple[tuple[tuple[RunFrame, bool], ...], ...]
    """By event: the runs whose last day must not pass before it, and whether a minimum period lies ahead in them."""
    floors: tuple[tuple[RunFrame, ...], ...]
    delays: tuple[tuple[tuple[RunFrame, int], ...], ...]
    """By event: minimum periods that end within a run it starts, and how many days before their end it may come."""
    runs: tuple[RunFrame, ...]
    dated: tuple[RunFrame, ...]
    """Runs whose last day a document names."""


def frame_of(sketch: Sketch, finder: Pathfinder) -> Frame:
    """The runs of a path, by the places of events."""
    plan = finder.plan
    judgement = finder.judged(sketch)
    runs = [frame for run in judgement.runs if (frame := _run_frame(run, sketch, plan)) is not None]
    floors = [run for run in runs if run.minimum and not run.idle and not _shortened(run, sketch, plan)]
    capped = [run for run in runs if not run.minimum and not run.idle]
    length = len(sketch.events)
    limits = tuple(
        tuple((run, any(place <= floor.start and _within(floor, run) for floor in floors))
              for run in capped if run.start < place <= run.stop)
        for place in range(length)
    )
    delays = tuple(
        tuple((floor, int(span_days(run.span) * 0.7)) for run in capped if run.start == place
              for floor in floors if floor.start < place < floor.stop <= run.stop)
        for place in range(length)
    )
    ends = tuple(tuple(run for run in floors if run.stop == place) for place in range(length))
    dated = tuple(run for run in runs if run.span.unit is Unit.DATED)
    return Frame(length, limits, ends, delays, tuple(capped + floors), dated)


def _within(floor: RunFrame, run: RunFrame) -> bool:
    """Whether a minimum period uses up time of the run: inside it, and not inside a pause of it."""
    paused = any(begun <= floor.start and (ended < 0 or floor.stop <= ended) for begun, ended in run.pauses)
    return floor.stop <= run.stop and not paused


def _run_frame(run: Run, sketch: Sketch, plan: Plan) -> RunFrame | None:
    if run.span is None or run.stop is None:
        return None
    start, stop = run.start >> 12 & 0xFFFFF, run.stop >> 12 & 0xFFFFF
    clock = run.clock
    return RunFrame(start, stop, run.span, clock.name, clock.minimum, clock.beyond, _pauses(clock, start, stop, sketch),
                    _extensions(clock, start, stop, sketch, plan),
                    clock.extension is not None and clock.extension.span.unit is Unit.MONTH,
                    run.span.unit in (Unit.DATED, Unit.ANNUAL) or not set(clock.starts).isdisjoint(clock.stops),
                    (clock.right or clock.minimum) and sketch.events[stop].step not in clock.stops)


def _pauses(clock: Clock, start: int, stop: int, sketch: Sketch) -> tuple[tuple[int, int], ...]:
    found = []
    for pause in clock.pauses:
        for key in sketch.keys.get(pause.start, ()):
            begun = key >> 12 & 0xFFFFF
            ends = [end >> 12 & 0xFFFFF for end in sketch.keys.get(pause.end, ()) if end > key]
            ended = ends[0] if ends and ends[0] < stop else -1
            if begun < stop and (ended < 0 or ended > start):
                found.append((begun, ended))
    return tuple(sorted(found))


def _extensions(clock: Clock, start: int, stop: int, sketch: Sketch, plan: Plan) -> tuple[tuple[int, int], ...]:
    extension = clock.extension
    if extension is None:
        return ()
    compiled = next(item for item in (*plan.others, *plan.lapsing) if item.clock is clock)
    if compiled.extends_when is not None and not compiled.extends_when(sketch):
        return ()
    found = []
    for key in sketch.keys.get(extension.step, ()):
        place = key >> 12 & 0xFFFFF
        if start < place < stop:
            decided = sketch.events[place].days if extension.decided else None
            cap = extension.span.number
            found.append((place, cap if decided is None else min(decided, cap)))
    return tuple(found[:extension.times])


def _shortened(run: RunFrame, sketch: Sketch, plan: Plan) -> bool:
    shorten = plan.procedure.clocks[run.clock].shorten
    return bool(shorten) and shorten in sketch.keys and sketch.keys[shorten][0] >> 12 & 0xFFFFF < run.stop


@dataclass
class _Running:
    """A run while its path is being dated: the last lawful day so far and what moved it."""

    last: int = 0
    days: int = 0
    months: int = 0
    paused_until: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """Times of the events, the last lawful day of every run that has one, and the days that date fields name."""

    times: list[int]
    lasts: dict[RunFrame, int]
    named: dict[str, int]


class Scheduler:
    """Dates paths on one calendar. ``round_the_clock``: steps are taken on any day at any hour.

    ``dates``: how far ahead a date field names the last day of a run.
    """

    def __init__(self, calendar: Calendar, round_the_clock: bool = False,
                 dates: Mapping[str, tuple[int, int]] | None = None) -> None:
        self.calendar = calendar
        self.round_the_clock = round_the_clock
        self.dates = dates or {}

    def place(self, frame: Frame, opened: int, rng: Random) -> Placed | None:
        """A time for every event, the first on day ``opened``; none where the path does not fit."""
        pace = 0.12 + 0.86 * rng.betavariate(2.0, 1.6)
        times = [opened * DAY + self._hour(rng)]
        state: dict[int, _Running] = {}
        named: dict[str, int] = {}
        self._name(frame, 0, times, named, rng)
        self._after(frame, 0, times, state, named)
        for place in range(1, frame.length):
            low, high, room = self._window(frame, place, times, state, named)
            if low > high:
                return None
            times.append(self._choose(low, high, room, pace, rng))
            self._name(frame, place, times, named, rng)
            self._after(frame, place, times, state, named)
        lasts = {run: state[id(run)].last for run in frame.runs if id(run) in state}
        return Placed(times, lasts, named)

    def _hour(self, rng: Random) -> int:
        return int(rng.triangular(0, DAY - 1, 11 * 60)) if self.round_the_clock else rng.randrange(OPENS, CLOSES)

    def _name(self, frame: Frame, place: int, times: list[int], named: dict[str, int], rng: Random) -> None:
        """The days that the document of this event names: of every run of a field, the day the first got."""
        for run in frame.dated:
            if run.start == place and run.span.field not in named:
                named[run.span.field] = self._named(run, times[place] // DAY, rng)

    def _named(self, run: RunFrame, day: int, rng: Random) -> int:
        return self.calendar.roll(day + rng.randint(*self.dates.get(run.span.field, NAMED)))

    def _window(self, frame: Frame, place: int, times: list[int], state: dict[int, _Running],
                named: dict[str, int]) -> tuple[int, int, float]:
        """Earliest and latest lawful time, and the usual distance from the event before."""
        low = times[-1]
        for run in frame.floors[place]:
            low = max(low, self.lawful_from(run, times[run.start] // DAY, named) * DAY + OPENS)
        for run, days in frame.delays[place]:
            low = max(low, (self.lawful_from(run, times[run.start] // DAY, named) - days) * DAY + OPENS)
        high, room, paused, patient = 1 << 62, GAP, False, False
        for run, waits in frame.limits[place]:
            if _paused(run, place):
                paused = True
                continue
            latest = self._latest(run, times, state)
            if waits:
                latest -= self._earliest(frame, place, low, run.stop, times, named) - low
            high = min(high, latest)
            patient |= run.patient and run.stop == place
            room = min(room, (latest - low) / (run.stop - place + 1))
        if patient:
            room = (high - low) * PATIENCE
        if paused and place > 0:
            room = max(room, PAUSED) if high >= 1 << 62 else room
        return low, high, room if room > 0 else 0.0

    def _latest(self, run: RunFrame, times: list[int], state: dict[int, _Running]) -> int:
        """The last lawful minute of a run, as things stand."""
        if run.span.unit is Unit.HOUR:
            return times[run.start] + run.span.number * 60
        return (state[id(run)].last + 1) * DAY - 1

    def _earliest(self, frame: Frame, place: int, low: int, stop: int, times: list[int],
                  named: dict[str, int]) -> int:
        """When the event ``stop`` can come at the earliest if the one at ``place`` comes at ``low``."""
        soonest = [*times[:place], low]
        for later in range(place + 1, stop + 1):
            time = soonest[-1]
            for run in frame.floors[later]:
                time = max(time, self.lawful_from(run, soonest[run.start] // DAY, named) * DAY)
            soonest.append(time)
        return soonest[-1] + (REST if soonest[-1] > low else 0)

    def lawful_from(self, run: RunFrame, start: int, named: Mapping[str, int]) -> int:
        """The first day on which a minimum period begun on day ``start`` may end."""
        if run.span.unit is Unit.DATED:
            return named.get(run.span.field, start + NAMED[1]) + run.beyond
        if run.beyond:
            return first_last_day(start, run.span, self.calendar) + 1
        return first_last_day(start, Span(run.span.number, run.span.unit), self.calendar)

    def _choose(self, low: int, high: int, room: float, pace: float, rng: Random) -> int:
        gap = room * (pace * (0.35 + 1.3 * rng.random()) if high < 1 << 62 else rng.expovariate(1.0))
        time = min(low + int(min(gap, max(LONGEST_GAP, room))), high)
        return time if self.round_the_clock else self._office(time, low, high, rng)

    def _office(self, time: int, low: int, high: int, rng: Random) -> int:
        """A working hour near ``time``, within ``low`` and ``high`` if there is one."""
        calendar, day = self.calendar, time // DAY
        if not calendar.is_working(day):
            later = calendar.roll(day)
            if later * DAY + OPENS <= high:
                day = later
            else:
                earlier = calendar.days[calendar.ordinal(day) - 1]
                day = earlier if earlier * DAY + CLOSES > low else day
        if day != time // DAY or not OPENS <= time % DAY < CLOSES:
            time = day * DAY + rng.randrange(OPENS, CLOSES)
        return max(low, min(time, high))

    def later(self, time: int, rng: Random) -> int:
        """The same time, or a working hour of the next working day."""
        if self.round_the_clock or self.calendar.is_working(time // DAY):
            return time
        return self.calendar.roll(time // DAY) * DAY + rng.randrange(OPENS, CLOSES)

    def _after(self, frame: Frame, place: int, times: list[int], state: dict[int, _Running],
               named: Mapping[str, int]) -> None:
        """Note what the event just dated starts, resumes or extends."""
        day = times[place] // DAY
        for run in frame.runs:
            if run.minimum or run.span.unit is Unit.HOUR or run.stop <= place or run.start > place:
                continue
            if run.start == place:
                dated = run.span.unit is Unit.DATED
                last = named[run.span.field] if dated else first_last_day(day, run.span, self.calendar)
                running = state[id(run)] = _Running(last)
            else:
                running = state[id(run)]
            self._move(run, place, day, times, running)

    def _move(self, run: RunFrame, place: int, day: int, times: list[int], running: _Running) -> None:
        moved = False
        for begun, ended in run.pauses:
            if ended == place:
                since = max(times[max(begun, run.start)] // DAY, running.paused_until)
                if day > since:
                    running.days += self._length(run.span, since, day)
                    running.paused_until = day
                    moved = True
        for at, amount in run.extensions:
            if at == place:
                running.months += amount if run.by_months else 0
                running.days += 0 if run.by_months else amount
                moved = True
        if moved:
            running.last = self._with_added(run.span, times[run.start] // DAY, running)

    def _length(self, span: Span, since: int, day: int) -> int:
        if span.unit is Unit.WORKING:
            return self.calendar.ordinal(day) - self.calendar.ordinal(since)
        return day - since

    def _with_added(self, span: Span, start: int, running: _Running) -> int:
        if span.unit is Unit.WORKING:
            return self.calendar.add_working_days(start, span.number + running.days)
        if span.unit is Unit.MONTH:
            day = add_months(start, span.number + running.months) + running.days
        else:
            day = start + span.number + running.days
        return self.calendar.roll(day) if span.rolls else day


def _paused(run: RunFrame, place: int) -> bool:
    """Whether the clock stands still until the event at ``place``."""
    return any(begun < place and (place <= ended or ended < 0) for begun, ended in run.pauses)
