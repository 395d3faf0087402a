"""The fold: corrections, late recording, what was known on a day, and what cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fadu.law.cases import Case, Event, fold, standing
from fadu.law.dates import DEEMED_BIT, NO_MINUTE, add_months, deemed_key, event_key, iso, key_day, key_minute
from fadu.law.errors import CaseError
from fadu.law.procedures import Field, Procedure, Step

STEPS = {name: Step(name, label, opens=name in "ae") for name, label in zip("abcde", "甲乙丙丁戊", strict=True)}
PROCEDURE = Procedure("p", "程序", "法", 0, STEPS, {}, {}, fields={
    "track": Field("track", "程序", "choice", ("普通", "简易"), "普通"), "amount": Field("amount", "金额", "number"),
})  # fmt: skip


def seen(*events: Event, as_of: int = 99, known_on: int | None = None) -> list[tuple[str, int]]:
    found = fold(Case("某号", "p", events), PROCEDURE, as_of, known_on)
    return [(event.step, event.day) for event in found.events]


def test_events_are_in_order_of_day_then_of_recording() -> None:
    assert seen(Event("b", 3), Event("c", 2), Event("a", 1), Event("d", 2)) == [("a", 1), ("c", 2), ("d", 2), ("b", 3)]


def test_what_happens_after_the_day_is_not_there_yet() -> None:
    assert seen(Event("a", 1), Event("b", 5), as_of=4) == [("a", 1)]
    assert seen(Event("a", 1), Event("b", 5), as_of=0) == []


def test_late_recording_is_known_only_from_its_own_day() -> None:
    events = (Event("a", 1), Event("b", 2, recorded=9), Event("c", 5))
    assert seen(*events) == [("a", 1), ("b", 2), ("c", 5)]
    assert seen(*events, known_on=8) == [("a", 1), ("c", 5)]
    assert seen(*events, known_on=9) == [("a", 1), ("b", 2), ("c", 5)]
    assert Event("b", 2, recorded=9).known_on == 9 and Event("c", 5).known_on == 5


def test_a_correction_replaces_and_moves() -> None:
    events = (Event("a", 1), Event("b", 2, id="1"), Event("c", 3), Event("b", 4, recorded=8, corrects="1", id="2"))
    assert seen(*events) == [("a", 1), ("c", 3), ("b", 4)]
    assert seen(*events, known_on=7) == [("a", 1), ("b", 2), ("c", 3)], "更正前所知"


def test_a_correction_keeps_the_place_of_what_it_corrects_within_a_day() -> None:
    assert seen(Event("a", 1, id="1"), Event("b", 1), Event("a", 1, corrects="1")) == [("a", 1), ("b", 1)]


def test_corrections_of_corrections() -> None:
    events = (Event("a", 1), Event("b", 2, id="1"), Event("b", 3, id="2", corrects="1"), Event("b", 4, corrects="2"))
    assert seen(*events) == [("a", 1), ("b", 4)]
    assert seen(*events[:3], Event("b", 4, corrects="1")) == [("a", 1), ("b", 4)], "指原事件也可"


def test_void_withdraws_and_can_itself_be_corrected() -> None:
    void = Event("b", 2, corrects="1", void=True, id="2")
    assert seen(Event("a", 1), Event("b", 2, id="1"), void) == [("a", 1)]
    assert seen(Event("a", 1), Event("b", 2, id="1"), void, Event("b", 3, corrects="2")) == [("a", 1), ("b", 3)]


def test_void_that_names_nothing_is_refused() -> None:
    with pytest.raises(CaseError, match="办件 某号：1970-01-03 的撤销（void）没有写明撤销哪个事件；请写 corrects"):
        seen(Event("a", 1), Event("b", 2, void=True))


@pytest.mark.parametrize(
    "events", [(Event("b", 2, corrects="9"),), (Event("b", 2, id="1", corrects="1"), Event("b", 3))]
)
def test_a_correction_of_nothing_recorded_before_is_refused(events: tuple[Event, ...]) -> None:
    with pytest.raises(CaseError, match="不存在；corrects 应是同一办件中先记录的事件编号"):
        seen(Event("a", 1), *events)


def test_a_correction_known_before_what_it_corrects_stands_alone() -> None:
    events = (Event("a", 1), Event("b", 20, id="1"), Event("b", 12, recorded=10, corrects="1"))
    assert seen(*events, known_on=15) == [("a", 1), ("b", 12)]


def test_an_unknown_step_is_refused_with_those_there_are() -> None:
    with pytest.raises(CaseError) as caught:
        seen(Event("a", 1), Event("x", 2))
    assert str(caught.value) == (
        "办件 某号：1970-01-03 的环节“x”不在程序“程序”中；可用：a（甲）、b（乙）、c（丙）、d（丁）、e（戊）"
    )


def test_an_event_before_the_opening_is_refused() -> None:
    with pytest.raises(CaseError, match="办件 某号：1970-01-02 的“乙”早于办件开始；第一个环节应是：甲、戊"):
        seen(Event("a", 2), Event("b", 1))
    assert seen(Event("e", 1), Event("b", 2)) == [("e", 1), ("b", 2)], "另一种开始"


def test_defaults_fill_what_the_case_does_not_say() -> None:
    def fields(**given: str | float | None) -> dict[str, object]:
        return dict(fold(Case("某号", "p", [Event("a", 1)], given), PROCEDURE, 9).fields)

    assert fields() == {"track": "普通", "amount": None}
    assert fields(track=None, amount=3) == {"track": "普通", "amount": 3}
    assert fields(track="简易") == {"track": "简易", "amount": None}


events = st.lists(
    st.builds(
        Event,
        step=st.sampled_from("abcde"),
        day=st.integers(0, 40),
        minute=st.one_of(st.just(NO_MINUTE), st.integers(0, 1439)),
        recorded=st.one_of(st.none(), st.integers(0, 60)),
    ),
    max_size=10,
    unique_by=lambda event: event.day,
).map(lambda found: [Event("a", -1), *found])


@given(events, st.randoms(use_true_random=False))
def test_where_the_days_differ_the_order_of_recording_does_not_matter(found: list[Event], shuffled) -> None:
    mixed = found.copy()
    shuffled.shuffle(mixed)
    first, second = (fold(Case("x", "p", order), PROCEDURE, 50) for order in (found, mixed))
    assert (first.events, first.keys) == (second.events, second.keys)


@given(events, st.integers(0, 60), st.integers(0, 60))
def test_the_longer_one_waits_the_more_one_knows(found: list[Event], one: int, other: int) -> None:
    early, late = sorted((one, other))
    known = [set(fold(Case("x", "p", found), PROCEDURE, 99, day).events) for day in (early, late)]
    assert known[0] <= known[1]
    assert known[1] <= set(fold(Case("x", "p", found), PROCEDURE, 99).events)


@given(events, st.integers(-1, 50), st.integers(0, 60))
def test_as_known_on_is_the_fold_of_what_was_recorded_by_then(found: list[Event], as_of: int, known_on: int) -> None:
    recorded = [event for event in found if event.known_on <= known_on]
    assert (
        fold(Case("x", "p", found), PROCEDURE, as_of, known_on).keys
        == fold(Case("x", "p", recorded), PROCEDURE, as_of).keys
    )


@st.composite
def corrected(draw: st.DrawFn) -> list[Event]:
    """A history with corrections, each of something before it, recorded later than it."""
    found = [Event("a", -1, id="0", recorded=0)]
    for number in range(1, draw(st.integers(1, 8))):
        target = draw(st.one_of(st.none(), st.integers(0, number - 1)))
        found.append(Event(
            draw(st.sampled_from("abe")), draw(st.integers(0, 30)), id=str(number), recorded=number,
            corrects=None if target is None else str(target), void=target is not None and draw(st.booleans()),
        ))  # fmt: skip
    return found


@settings(max_examples=300)
@given(corrected(), st.integers(0, 9))
def test_corrections_are_a_replay_of_what_was_recorded(found: list[Event], known_on: int) -> None:
    by_root: dict[str, Event | None] = {}
    root: dict[str, str] = {}
    for event in found[: known_on + 1]:
        assert event.id is not None
        root[event.id] = event.id if event.corrects is None else root[event.corrects]
        by_root[root[event.id]] = None if event.void else event
    assert list(standing(Case("x", "p", found), known_on)) == [event for event in by_root.values() if event]


@given(st.integers(0, 1 << 16), st.integers(0, 1 << 19), st.integers(0, 1439))
def test_keys_order_as_histories_do(day: int, place: int, minute: int) -> None:
    key = event_key(day, place, minute)
    assert (key_day(key), key_minute(key)) == (day, minute)
    assert key < event_key(day, place) < event_key(day, place + 1, 0) < deemed_key(day) < event_key(day + 1, 0, 0)
    assert deemed_key(day) & DEEMED_BIT and not key & DEEMED_BIT


@pytest.mark.parametrize(
    ("day", "months", "later"), [(0, 1, "1970-02-01"), (30, 1, "1970-02-28"), (30, 25, "1972-02-29")]
)
def test_months_end_on_a_day_that_exists(day: int, months: int, later: str) -> None:
    assert iso(add_months(day, months)) == later


def test_a_correction_dated_before_its_target_may_stand_before_it():
    """A file is read by day: the replacement, dated earlier, then comes first."""
    from fadu.law.cases import Case, Event, standing

    events = [
        Event("accept", 5, recorded=20, id="3", corrects="2"),
        Event("accept", 9, recorded=9, id="2"),
    ]
    assert [event.day for event in standing(Case("一", "p", events))] == [5]
