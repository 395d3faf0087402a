"""Random procedures and random histories give the same runs, duties and deemed steps on both paths.

``FADU_EXAMPLES=2000 pytest tests/measure/test_two_paths.py`` looks longer, with a new seed each time.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_histories import histories
from random_procedures import EFFECTIVE, OPENED, book_of, books
from two_paths import FAST, Way, disagreement, of_facts, one_by_one

from fadu.law.calendars import Calendar
from fadu.law.cases import Case, Event
from fadu.measure import sorted_pass

PROFILE = settings.get_profile("fadu-long" if "FADU_EXAMPLES" in os.environ else "fadu")
CASES = 200


@pytest.fixture(autouse=True, scope="module")
def small_blocks() -> Any:
    """Blocks of a few cases, so that a random batch is cut many times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorted_pass, "EVENTS", 300)
        yield


@settings(PROFILE)
@given(made=books(), seed=st.integers(0, 2**32), after=st.integers(10, 500), known=st.booleans(), blocks=st.booleans())
def test_random_procedures_judge_alike_on_both_paths(
    made: Any, seed: int, after: int, known: bool, blocks: bool
) -> None:
    book, data = made
    (procedure,) = book.procedures
    cases = histories(procedure, seed, CASES)
    as_of = OPENED + after
    told = disagreement(book, procedure, cases, as_of, as_of - 5 if known else None, Way(blocks=blocks))
    assert not told, f"{told}\n{json.dumps(data, ensure_ascii=False)}"


@settings(PROFILE)
@given(made=books(), seed=st.integers(0, 2**32), after=st.integers(10, 500))
def test_facts_of_few_cases_judge_as_the_cases_themselves(made: Any, seed: int, after: int) -> None:
    """What a snapshot does with the cases touched since: ``fadu.measure.one_by_one``."""
    book, data = made
    (procedure,) = book.procedures
    cases = histories(procedure, seed, CASES)
    found = one_by_one(book, procedure, cases, OPENED + after).differences(
        of_facts(book, procedure, cases, OPENED + after), FAST
    )
    assert not found, f"{found}\n{json.dumps(data, ensure_ascii=False)}"


def test_an_event_that_pauses_and_extends_pauses_first() -> None:
    """Found once in 1 400 random procedures: two things of one key, in an order nobody had settled."""
    pause_and_extend = {
        "label": "钟", "start": "s0", "stop": "s2", "term": "1个工作日", "cite": "工法1",
        "pause": [{"from": "s1", "to": "s2"}], "extend": {"step": "s1", "at_most": "十日"},
    }  # fmt: skip
    steps = {name: {"label": name, "opens": name == "s0"} for name in ("s0", "s1", "s2")}
    data = {"name": "试", "code": "p", "statute": "滚法", "effective": EFFECTIVE, "steps": steps,
            "pause_on_last_day": "ignored", "clocks": {"c0": pause_and_extend}}  # fmt: skip
    book = book_of(data, Calendar.weekly("CN", OPENED - 40, OPENED + 400))
    cases = [
        Case(f"{days}", "p", [Event("s0", OPENED), Event("s1", OPENED + 1, days=days)]) for days in range(1, 11)
    ] * 20  # fmt: skip
    assert not disagreement(book, book.procedures[0], cases, OPENED + 60)
