"""岗责表: posts × powers, every cell a record."""

from __future__ import annotations

from datetime import date
from html import unescape

import pytest
from django.urls import reverse
from tables import post_of

from fadu.acts.advance import advance
from fadu.acts.moves import Move
from fadu.acts.register import register
from fadu.store.models import Role

DAY = date(2024, 2, 26)
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def officer(town):
    return town.actor(Role.LEGAL_OFFICER)


def _posted(town, officer, *steps, **fields):
    case = register(officer, post_of(town.bureau.pk, DAY, **fields))
    for step in steps:
        advance(officer, case.pk, Move(step, DAY, reason="调离" if step in ("unlink", "abolish") else None))
    return case


FILLED = ("approve", "check_card", "link")


def _cells(matrix):
    """Power and post → grades and what is wanting."""
    return {
        (power, post): [(each.grade, each.person, [words for _, words in each.wanting]) for each in cell]
        for _, power, _, cells in matrix.rows for post, cell in cells if cell
    }  # fmt: skip


def test_posts_stand_by_the_powers_they_answer_for(town, officer, enter):
    _posted(town, officer, *FILLED, person="张某")
    second = _posted(town, officer, *FILLED, "unlink", grade="B岗", post="巡查岗", person="李某")
    _posted(town, officer, power="无照经营的处罚")
    _posted(town, officer, *FILLED, "change_power", power="垃圾的处罚", person="王某")
    answer = enter().get(reverse("posts"))
    matrix, page = answer.context["matrix"], unescape(answer.content.decode())
    assert matrix.posts == ["办案岗", "巡查岗"]
    assert _cells(matrix) == {
        ("占道经营的处罚", "办案岗"): [("A岗", "张某", [])],
        ("占道经营的处罚", "巡查岗"): [("B岗", "", ["空岗，03-18 前"])],  # fifteen working days from 26 February
        ("无照经营的处罚", "办案岗"): [("A岗", "", ["待核定"])],
        ("垃圾的处罚", "办案岗"): [("A岗", "王某", ["职权已变，待调整，03-18 前"])],
    }
    assert matrix.uncovered == 1 and "1 项职权没有在岗的A岗" in page
    assert reverse("case", args=[second.pk]) in page and "李某" not in page


def test_a_post_left_empty_too_long_is_said_to_be_late(town, officer, enter, at):
    _posted(town, officer, "approve")
    with at("2024-03-25 10:00"):
        (found,) = _cells(enter().get(reverse("posts")).context["matrix"]).values()
    assert found == [("A岗", "", ["空岗，已超期"])]


def test_a_b_post_alone_leaves_the_power_uncovered(town, officer, enter):
    _posted(town, officer, *FILLED, grade="B岗")
    assert enter().get(reverse("posts")).context["matrix"].uncovered == 1


def test_abolished_posts_and_other_units_are_not_there(town, officer, enter):
    _posted(town, officer, "abolish")
    assert "还没有您能查看的岗位" in enter().get(reverse("posts")).content.decode()
    register(town.actor(Role.ADMINISTRATOR), post_of(town.street.pk, DAY))
    assert enter().get(reverse("posts"), {"unit": town.street.pk}).context["unit"] is None
    assert enter(Role.LEADER).get(reverse("posts"), {"unit": "x"}).context["unit"] == town.street


def test_the_register_leads_to_the_matrix_and_who_reads_no_cases_does_not(enter):
    assert f'href="{reverse("posts")}"' in enter().get(reverse("register", args=["post_duty"])).content.decode()
    assert enter(Role.SYSTEM_ADMIN).get(reverse("posts")).status_code == 403
