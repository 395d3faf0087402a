"""Mechanisms of the yearly report: each is worked and counted somewhere; mistakes are told with their place."""

from __future__ import annotations

from collections import Counter

import pytest

from fadu.book import SHIPPED, Book, Mechanism, load_book
from fadu.book.mechanisms import check_mechanisms, read_mechanisms
from fadu.law.errors import LawbookError
from fadu.scenarios import read_scenarios
from fadu.simulate.district import read_district

HEAD = "part: 督察\nmechanisms:\n"
ROW = "  - {{no: {no}, name: 问题清单, sentence: 挂账督办, procedures: [{code}], indicators: [{card}]}}\n"


def rows_of(tmp_path, no="11", code="petition", card="petition.on_time"):
    path = tmp_path / "rows.yaml"
    path.write_text(HEAD + ROW.format(no=no, code=code, card=card), encoding="utf-8")
    return read_mechanisms(path, {"petition"}, {"petition.on_time"})


def test_a_row_is_read(tmp_path):
    row = rows_of(tmp_path)[0]
    assert (row.number, row.part, row.procedures, row.indicators) == (11, "督察", ("petition",), ("petition.on_time",))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"code": "petitions"}, "法典里没有程序“petitions”"),
        ({"card": "petition.none"}, "法典里没有指标“petition.none”"),
        ({"code": ""}, "至少写一个程序"),
        ({"no": "0"}, "“0”太小；至少是 1"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, wrong, words):
    with pytest.raises(LawbookError) as error:
        rows_of(tmp_path, **wrong)
    assert words in str(error.value) and "rows.yaml:3" in str(error.value)


def test_a_number_used_twice_is_told(tmp_path):
    assert "机制编号 11 重复" in str(check_mechanisms(rows_of(tmp_path) * 2)[0])


# The fifty-five of a published report ---------------------------------------------------------------

ROWS = 55
LEAST = 3


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book()


@pytest.fixture(scope="module")
def worked(book: Book) -> Counter[str]:
    """How many worked cases each procedure has."""
    return Counter(scenario.procedure.code for path in SHIPPED.glob("scenarios/*/*.yaml")
                   for scenario in read_scenarios(path, book))


def lacking(row: Mechanism, worked: Counter[str], counted: set[str], played: set[str]) -> list[str]:
    """What a row of the report still lacks."""
    found = []
    for code in row.procedures:
        found += [f"{code}：情景只有{worked[code]}个"] * (worked[code] < LEAST)
        found += [f"{code}：没有指标"] * (code not in counted)
        found += [f"{code}：模拟区里没有来件"] * (code not in played)
    return found


def test_none_of_the_fifty_five_is_missing(book: Book) -> None:
    assert sorted(row.number for row in book.mechanisms) == list(range(1, ROWS + 1))


@pytest.mark.parametrize("number", range(1, ROWS + 1))
def test_a_mechanism_is_worked_counted_and_played(book: Book, worked: Counter[str], number: int) -> None:
    (row,) = (row for row in book.mechanisms if row.number == number)
    played = {code for code, habits in read_district().known.items() if habits.share > 0}
    counted = {card.procedure for card in book.indicators.values()}
    assert lacking(row, worked, counted, played) == []
    assert {book.indicators[name].procedure for name in row.indicators} <= set(row.procedures)


def test_what_a_row_lacks_is_told(book: Book) -> None:
    row = next(row for row in book.mechanisms if row.number == 22)
    assert lacking(row, Counter(), set(), set()) == [
        "outside_index：情景只有0个", "outside_index：没有指标", "outside_index：模拟区里没有来件",
    ]
