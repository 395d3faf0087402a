"""The missed duties, found among those that can be, are the missed among all."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from random_histories import histories
from random_procedures import OPENED, books

from fadu.law.duties import DutyState
from fadu.law.judge import judge


@given(made=books(), seed=st.integers(0, 2**32), after=st.integers(10, 500))
def test_the_missed_are_the_missed_among_all(made: Any, seed: int, after: int) -> None:
    book, _ = made
    (procedure,) = book.procedures
    for case in histories(procedure, seed, 40):
        found = judge(book.plan(procedure), case, OPENED + after)
        assert found.missed == [verdict for verdict in found.verdicts if verdict.state is DutyState.MISSED]
