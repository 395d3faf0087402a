"""A register of the store in the formats others read: only what the person sees, nothing of persons in the clear."""

from __future__ import annotations

import gzip
import io
import json

import pytest
from django.conf import settings
from registers_in_office import ROWS, imported, rows_with

from fadu.acts.advance import advance
from fadu.acts.attach import Handed, attach
from fadu.acts.errors import ActRefused
from fadu.acts.export_register import Wanted, export_register
from fadu.acts.moves import Move
from fadu.acts.recording import Actor
from fadu.exchange.export_cases import pseudonym
from fadu.store.models import Case, Role


@pytest.fixture
def register(town, at):
    """Two cases, one corrected since, one with a step by named persons."""
    with at("2024-06-03 10:00"):
        imported(town, ROWS)
        imported(town, rows_with(0, 受理日期="2024-01-08"))
        case = Case.objects.get(number="明复〔2024〕2号")
        move = Move("hear_opinions", case.opened_on, by=("钱一", "钱二"), reason="电话13800000001", excuse="补录")
        advance(town.actor(Role.LEGAL_OFFICER), case.pk, move)
        attach(town.actor(Role.LEGAL_OFFICER), case.pk, Handed("钱一的材料", "application/pdf", b"%PDF"))
        yield town


def _all() -> list[int]:
    """Every case there is, whoever may see it."""
    return list(Case.objects.order_by("pk").values_list("pk", flat=True))


def taken(town, form: str) -> bytes:
    actor = town.actor(Role.ADMINISTRATOR)
    file = io.BytesIO()
    assert export_register(actor, Wanted("reconsideration", form), _all(), file) == 2
    return file.getvalue()


@pytest.mark.parametrize("form", ["xlsx", "csv", "xes", "ocel"])
def test_nobody_is_named(register, form):
    data = taken(register, form)
    text = gzip.decompress(data).decode() if form == "xes" else data.decode("utf-8", "replace")
    assert "钱一" not in text and "13800000001" not in text and "甲公司" not in text


def test_the_same_person_has_the_same_mark(register):
    mark = pseudonym("钱一", settings.DISTRICT.key("pseudonym"))
    assert mark in gzip.decompress(taken(register, "xes")).decode()
    assert mark in taken(register, "ocel").decode()


def test_only_for_a_person_and_in_a_known_format(register):
    with pytest.raises(ActRefused, match="导出须写明由谁进行"):
        export_register(Actor(None), Wanted("reconsideration", "csv"), _all(), io.BytesIO())
    with pytest.raises(ActRefused, match="没有“pdf”这种格式；可用：xlsx、csv、xes、ocel"):
        export_register(
            register.actor(Role.LEADER), Wanted("reconsideration", "pdf"), _all(), io.BytesIO()
        )


def test_rows_the_person_may_not_see_stay_whatever_was_asked(register):
    """Even a query over all cases gives only those the person sees."""
    wanted = Wanted("reconsideration", "csv")
    assert export_register(register.actor(Role.AUDIT_ADMIN), wanted, _all(), io.BytesIO()) == 0


def test_documents_go_by_kind_not_by_title(register):
    log = json.loads(taken(register, "ocel"))
    found = [item for item in log["objects"] if item["type"] == "文书"]
    assert [{a["name"]: a["value"] for a in item["attributes"]}["kind"] for item in found] == ["附件"]
