"""Mechanisms of the yearly report: each is worked and counted somewhere; mistakes are told with their place."""

from __future__ import annotations

import pytest

from fadu.book.mechanisms import check_mechanisms, read_mechanisms
from fadu.law.errors import LawbookError

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
