"""执法核验: each number opens to as many rows; only what one may see; the workbook."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from fadu.acts.correct import correct
from fadu.acts.moves import Move, NewCase, PartyGiven
from fadu.acts.open_with_facts import Facts, open_with_facts
from fadu.acts.recording import Actor
from fadu.office.enforcement import Period
from fadu.office.visits import visits_of
from fadu.store.access import access_of
from fadu.store.models import Case, Credential, Role, Trace

pytestmark = pytest.mark.usefixtures("now")
"""2024-02-26."""
CODE, OTHER = "91110000600037341L", "91999999MA0000001X"


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


@pytest.mark.parametrize("name", ["credentials", "visits"])
def test_the_units_in_sight_are_offered_by_name_and_the_chosen_one_stands(town, inspected, enter, name):
    client = enter(Role.ADMINISTRATOR)
    page = text(client.get(reverse(name)))
    for unit in (town.street, town.bureau):
        assert f'<option value="{unit.pk}">{unit.name}</option>' in page
    assert '<option value="">全部</option>' in page and " selected>" not in page
    chosen = text(client.get(reverse(name), {"unit": town.street.pk}))
    assert f'<option value="{town.street.pk}" selected>{town.street.name}</option>' in chosen


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


def inspect(unit, on: date, code: str = CODE, mode: str = "现场检查", then: tuple[Move, ...] = ()) -> Case:
    fields = {"mode": mode, **({"credit_code": code} if code else {})}
    opening = Move("assign", on, fields=fields)
    new = NewCase("inspection", unit.pk, opening)
    (opened,) = open_with_facts(Actor(None), [Facts(new, [Move("inspect", on), *then])])
    assert opened.case is not None, opened.refused
    return opened.case


def days(found) -> list[tuple[list[str], list[int]]]:
    return [([f"{visit.on:%m-%d}" for visit in one.visits], [pair.days for pair in one.pairs])
            for one in found.enterprises]  # fmt: skip


def seen(town, role: Role = Role.ADMINISTRATOR, **given):
    return visits_of(access_of(town.people[role], date(2024, 2, 26)), Period.of(given))


def test_the_article_on_joint_inspections_is_cited_with_the_day_from_which_it_says_so(town, enter):
    page = text(enter(Role.ADMINISTRATOR).get(reverse("visits")))
    assert "2024年11月29日起施行的" in page
    assert "《北京市优化营商环境条例》第七十条</a>这样要求；在此之前是本页的口径" in page


def test_thirty_days_are_soon_and_thirty_one_are_not_whoever_comes(town):
    for unit, on in ((town.street, date(2024, 1, 1)), (town.bureau, date(2024, 1, 31))):
        inspect(unit, on)
    for on in (date(2024, 1, 1), date(2024, 2, 1)):
        inspect(town.street, on, OTHER)
    assert days(seen(town)) == [(["01-01", "01-31"], [30]), (["01-01", "02-01"], [])]
    assert [one.units for one in seen(town).enterprises] == [2, 1]


def test_the_earlier_visit_may_lie_before_the_period(town):
    inspect(town.street, date(2023, 12, 20))
    inspect(town.street, date(2024, 1, 10))
    assert days(seen(town)) == [(["01-10"], [21])]
    assert days(seen(town, first="2024-01-11")) == []


def test_joint_inspections_of_a_day_are_one_visit_others_are_two(town):
    for unit in (town.street, town.bureau):
        inspect(unit, date(2024, 1, 8), mode="联合检查")
        inspect(unit, date(2024, 1, 8), OTHER)
    joint, apart = sorted(seen(town).enterprises, key=lambda one: len(one.visits))
    assert [len(visit.cases) for visit in joint.visits] == [2] and joint.pairs == [] and joint.units == 2
    assert len(apart.visits) == 2 and [pair.days for pair in apart.pairs] == [0]


def test_rechecks_remote_ones_and_what_was_taken_back_are_no_visits(town):
    inspect(town.street, date(2024, 1, 8), then=(
        Move("conclude", date(2024, 1, 8), outcome="责令改正"), Move("order_correction", date(2024, 1, 8)),
        Move("recheck", date(2024, 1, 20), outcome="已改正"), Move("inspect", date(2024, 1, 9)),
    ))  # fmt: skip
    inspect(town.street, date(2024, 1, 10), mode="非现场检查")
    gone = inspect(town.street, date(2024, 1, 12))
    correct(town.actor(Role.ADMINISTRATOR), gone.pk, 2, None, "没有去")
    assert days(seen(town)) == [(["01-08"], [])]


def test_whom_is_known_by_number_alone_and_no_number_is_shown(town, enter):
    by_field = inspect(town.street, date(2024, 1, 8))
    party = PartyGiven("被检查单位", "某公司", "legal", id_number=CODE.lower())
    new = NewCase("inspection", town.bureau.pk, Move("assign", date(2024, 1, 9)), parties=(party,))
    open_with_facts(Actor(None), [Facts(new, [Move("inspect", date(2024, 1, 9))])])
    nobody = inspect(town.street, date(2024, 1, 9), "")
    found = seen(town)
    assert days(found) == [(["01-08", "01-09"], [1])] and [visit.cases for visit in found.unknown] == [[nobody.pk]]
    client = enter(Role.ADMINISTRATOR)
    page = client.get(reverse("visits"), {"show": "pairs", "enterprise": found.enterprises[0].key})
    assert CODE not in text(page) and by_field.number in text(page) and len(page.context["pairs"]) == 1
    page = client.get(reverse("visits"), {"show": "unknown"})
    assert [case.pk for _, cases in page.context["visits"] for case in cases] == [nobody.pk]


def test_visits_of_others_are_out_of_sight_and_that_is_said(town, enter):
    inspect(town.street, date(2024, 1, 8))
    inspect(town.bureau, date(2024, 1, 9))
    assert days(seen(town, Role.LEGAL_OFFICER)) == [(["01-09"], [])]
    assert "实际次数可能更多" in text(enter(Role.LEGAL_OFFICER).get(reverse("visits")))
    assert "实际次数可能更多" not in text(enter(Role.LEADER).get(reverse("visits")))
