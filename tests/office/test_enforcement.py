"""执法核验: each number opens to as many rows; only what one may see; the workbook."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from fadu.acts.moves import Move, NewCase
from fadu.acts.open_with_facts import Facts, open_with_facts
from fadu.acts.recording import Actor
from fadu.store.models import Case, Credential, Role, Trace

pytestmark = pytest.mark.usefixtures("now")
"""2024-02-26."""


@pytest.fixture
def inspected(town, now) -> list[Case]:
    """Three of the street and one of the bureau, in two months: by 甲, certified, and 乙, who is not."""
    for unit, code in ((town.street, "x"), (town.bureau, "y")):
        known = town.person(f"{code}1", Role.HANDLER, unit, "甲")
        town.person(f"{code}2", Role.HANDLER, unit, "乙")
        Credential.objects.create(person=known, kind="行政执法证", number=code, issued=date(2020, 1, 1))
    given = [
        (town.street, date(2024, 1, 15), ("甲", "乙")), (town.street, date(2024, 2, 1), ("甲", "乙")),
        (town.street, date(2024, 2, 2), ("甲", "无此人")), (town.bureau, date(2024, 2, 2), ("乙", "乙")),
    ]  # fmt: skip
    opened = open_with_facts(Actor(None), [
        Facts(NewCase("inspection", unit.pk, Move("assign", on)), [Move("inspect", on, by=by)])
        for unit, on, by in given
    ])  # fmt: skip
    return [one.case for one in opened]


def text(answer) -> str:
    return unescape(answer.content.decode())


def test_each_number_opens_to_its_rows(town, inspected, enter):
    client = enter(Role.ADMINISTRATOR)
    page = text(client.get(reverse("credentials")))
    found = re.findall(r'href="(\?[^"]*show=(?:all|lacking|unknown))#rows">(\d+)</a>', page)
    assert [int(many) for _, many in found] == [6, 2, 1, 2, 2]  # street, bureau
    for address, many in found:
        answer = client.get(reverse("credentials") + address)
        assert len(answer.context["rows"]) == answer.context["many"] == int(many)


def test_a_unit_is_shown_by_month_and_a_month_opens_to_its_own(town, inspected, enter):
    client = enter(Role.ADMINISTRATOR)
    answer = client.get(reverse("credentials"), {"unit": town.street.pk})
    (count,) = answer.context["counts"]
    assert [(part.name, part.total, part.lacking, part.unknown) for part in count.months] == [
        ("2024-01", 2, 1, 0), ("2024-02", 4, 1, 1),
    ]  # fmt: skip
    rows = client.get(reverse("credentials") + count.months[1].address + "&show=lacking").context["rows"]
    assert [(row.case.pk, row.check.officer, row.label) for row in rows] == [(inspected[1].pk, "乙", "实施检查")]


def test_only_the_cases_in_sight_are_counted(town, inspected, enter):
    (count,) = enter(Role.LEGAL_OFFICER).get(reverse("credentials")).context["counts"]
    assert (count.name, count.total) == (town.bureau.name, 2)
    assert enter(Role.SYSTEM_ADMIN).get(reverse("credentials")).status_code == 403


def test_dates_that_are_none_are_this_year(town, inspected, enter):
    period = enter(Role.ADMINISTRATOR).get(reverse("credentials"), {"first": "x", "unit": "²"}).context["period"]
    assert (period.first, period.last, period.unit) == (date(2024, 1, 1), date(2024, 2, 26), None)


def test_the_workbook_has_the_rows_asked_for_and_leaves_a_trace(town, inspected, enter):
    client = enter(Role.ADMINISTRATOR)
    answer = client.get(reverse("credentials-export"), {"show": "unknown"})
    sheet = load_workbook(BytesIO(answer.content)).worksheets[1]
    (row,) = list(sheet.iter_rows(min_row=2, values_only=True))
    assert (row[0], row[4:]) == (inspected[2].number, ("无此人", "无法判断", "不在该单位的人员名册中"))
    assert Trace.objects.last().words.startswith("导出执法证件核验 1 条")
