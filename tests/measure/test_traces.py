"""Cases with the same steps in the same order are one trace, and no others are."""

from __future__ import annotations

import numpy as np
import pytest

from fadu.measure import traces


def _block(cases):
    lengths = np.array([len(case) for case in cases])
    return np.concatenate(cases).astype(np.int16), np.cumsum([0, *lengths])[:-1], lengths


CASES = [[0, 1], [0, 2], [0, 1], [1, 0], [0], [0, 1, 2], [0, 2], [0, 1]]


def _groups(numbers):
    return [numbers.tolist().index(number) for number in numbers.tolist()]


def test_alike_are_those_of_one_order():
    groups, members = traces._alike(*_block(CASES), 3)
    assert _groups(groups) == [0, 1, 0, 3, 4, 5, 1, 0]
    assert [CASES[case] for case in members[groups]] == CASES


def test_a_collision_of_the_hash_is_found_out(monkeypatch):
    """The first marks make every step count alike, so that [0, 1] and [0, 2] have one hash."""
    seeds = []
    real = np.random.default_rng

    class Blind:
        def integers(self, high, size, dtype):
            return np.ones(size, dtype)

    def marks(seed):
        seeds.append(seed)
        return real(seed) if seed else Blind()

    monkeypatch.setattr(np.random, "default_rng", marks)
    groups, _ = traces._alike(*_block(CASES), 3)
    assert _groups(groups) == [0, 1, 0, 3, 4, 5, 1, 0]
    assert seeds == [0, 1]


@pytest.mark.parametrize("size", [2, 300])
def test_combined_groups_rows_alike_in_every_column(size):
    from fadu.measure.truths import combined

    rng = np.random.default_rng(3)
    columns = [(rng.integers(0, size, 500), size) for _ in range(9)]
    groups, members = combined(columns, 500)
    rows = list(zip(*(codes.tolist() for codes, _ in columns), strict=True))
    assert [rows[member] for member in members[groups]] == rows
