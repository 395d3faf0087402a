"""机构改革: renamed from a day on, merged into another; what was done before stays as it was done."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from fadu.acts.errors import Incomplete, NotPermitted
from fadu.acts.reorganise import Merging, merge_unit
from fadu.acts.units import UnitGiven, change_unit
from fadu.store.models import Case, Clock, Event, Person, Role, Unit, UnitChange
from fadu.store.rebuilding import rebuild
from fadu.store.verifying import verify_store

DAY, CHANGED = date(2024, 2, 26), date(2024, 3, 1)


@pytest.fixture
def court(town):
    """A department that is about to be merged, and the one that takes it on."""
    make = lambda code, name: Unit.objects.create(code=code, name=name, kind="department", parent=town.district)  # noqa: E731
    return make("GS", "区工商局"), make("SJ", "区市场监管局")


def opened(town, unit, title):
    from fadu.acts.moves import Move, NewCase
    from fadu.acts.register import register

    new = NewCase("reconsideration", unit.pk, Move("receive", DAY), title=title)
    return register(town.actor(Role.ADMINISTRATOR), new)


@pytest.fixture
def merged(town, at, court):
    old, new = court
    station = Unit.objects.create(code="GS1", name="和平工商所", kind="station", parent=old)
    worker = town.person("gs-worker", Role.HANDLER, old)
    with at("2024-02-26 10:00"):
        open_case, closed = opened(town, old, "在办的"), opened(town, old, "办结的")
        Case.objects.filter(pk=closed.pk).update(closed_on=DAY)
    with at("2024-03-01 10:00"):
        done = merge_unit(town.actor(Role.SYSTEM_ADMIN), old, Merging(new, CHANGED, "明编办〔2024〕1号"))
    return done, open_case, closed, station, worker


def test_what_is_open_goes_along_and_what_is_closed_stays(town, court, merged):
    done, open_case, closed, station, worker = merged
    old, new = (Unit.objects.get(pk=unit.pk) for unit in court)
    assert (done.cases, done.people, done.units, done.grants) == (1, 1, 1, 1)
    assert Case.objects.get(pk=open_case.pk).unit == new and Case.objects.get(pk=closed.pk).unit == old
    assert set(Clock.objects.filter(case=open_case).values_list("unit__code", flat=True)) == {"SJ"}
    assert Person.objects.get(pk=worker.pk).unit == new
    assert Unit.objects.get(pk=station.pk).path == f"{new.path}GS1." and not old.active
    (change,) = UnitChange.objects.all()
    assert (change.unit, change.successor, change.on, change.basis) == (old, new, CHANGED, "明编办〔2024〕1号")


def test_the_records_say_so_and_the_ledger_holds(merged):
    _, open_case, closed, _, _ = merged
    record = Event.objects.filter(case=open_case).order_by("-id").first()
    assert record.act == "transfer" and '"from":"GS"' in record.body and '"unit":"SJ"' in record.body
    Case.objects.filter(pk=closed.pk).update(closed_on=None)  # closed by hand above
    assert list(rebuild(check=True)) == []
    assert all(verdict.ok for verdict in verify_store())


def test_a_name_is_that_of_its_day(town, at):
    unit = Unit.objects.create(code="CG", name="区城管局", short="明城", kind="department", parent=town.district)
    with at("2024-03-05 10:00"):
        given = UnitGiven("CG", "区城管执法局", "department", town.district, "明城执", CHANGED, "明编办〔2024〕2号")
        change_unit(town.actor(Role.SYSTEM_ADMIN), unit, given)
    assert unit.named_on(date(2024, 2, 29)) == "区城管局"
    assert unit.named_on(CHANGED) == unit.named_on(date(2025, 1, 1)) == "区城管执法局"


def test_a_case_shows_the_name_it_was_opened_under(town, at, client):
    unit = Unit.objects.create(code="CG", name="区城管局", kind="department", parent=town.district)
    with at("2024-02-26 10:00"):
        case = opened(town, unit, "甲")
    with at("2024-03-05 10:00"):
        change_unit(town.actor(Role.SYSTEM_ADMIN), unit, UnitGiven("CG", "区城管执法局", "department", town.district))
        client.force_login(town.people[Role.ADMINISTRATOR])
        page = client.get(reverse("case", args=[case.pk])).content.decode()
    assert "区城管执法局（登记时名称：区城管局）" in page


def test_refusals(town, at, court):
    old, new = court
    admin = town.actor(Role.SYSTEM_ADMIN)
    with at("2024-03-01 10:00"):
        for given, words in (
            (Merging(old, CHANGED, "文"), "不能并入自己或者下属单位"),
            (Merging(new, date(2024, 3, 2), "文"), "生效日 2024-03-02 还没有到"),
            (Merging(new, CHANGED, " "), "请写明依据"),
        ):
            with pytest.raises(Incomplete, match=words):
                merge_unit(admin, old, given)
        with pytest.raises(Incomplete, match="区本级不能并入"):
            merge_unit(admin, town.district, Merging(new, CHANGED, "文"))
        with pytest.raises(Incomplete, match="下属的和平司法所不能设在村居之下"):
            village = Unit.objects.create(code="V1", name="甲村", kind="village", parent=town.street)
            other = Unit.objects.create(code="XX", name="另一街道", kind="town", parent=town.district)
            Unit.objects.filter(pk=town.station.pk).update(parent=other)
            merge_unit(admin, other, Merging(village, CHANGED, "文"))
        with pytest.raises(NotPermitted, match="管理单位和人员"):
            merge_unit(town.actor(Role.LEGAL_OFFICER), old, Merging(new, CHANGED, "文"))
        with pytest.raises(Incomplete, match="生效日 2024-03-09 还没有到"):
            change_unit(admin, old, UnitGiven("GS", "新名", "department", town.district, on=date(2024, 3, 9)))
    assert not UnitChange.objects.exists()


def test_the_page_merges_and_tells_what_went_along(town, at, client, court):
    old, new = court
    with at("2024-03-01 10:00"):
        client.force_login(town.people[Role.SYSTEM_ADMIN])
        where = reverse("unit-change", args=[old.pk])
        wrong = client.post(where, {"merge": "1", "merge-into": new.pk, "merge-on": "2024-03-01"}).content.decode()
        assert "请写明依据" in wrong
        given = {"merge": "1", "merge-into": new.pk, "merge-on": "2024-03-01", "merge-basis": "明编办〔2024〕1号"}
        page = client.post(where, given, follow=True).content.decode()
        assert "区工商局已并入 区市场监管局：转入未结办件 0 件" in page
        assert "自 2024-03-01 并入 区市场监管局" in client.get(where).content.decode()
