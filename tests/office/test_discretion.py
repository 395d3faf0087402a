"""裁量基准: the grid, the calculator, what a party was punished for before."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse
from tables import tier_of

from fadu.acts.advance import advance
from fadu.acts.correct import correct
from fadu.acts.moves import Move, NewCase, PartyGiven
from fadu.acts.open_with_facts import Facts, open_with_facts
from fadu.acts.register import register
from fadu.store.models import Case, Link, Role

DAY = date(2024, 2, 26)
CREDIT = "91110000600037341L"
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def standard(town):
    """Three tiers of one act in force, of the bureau; a fourth only drafted, a fifth abolished."""
    officer = town.actor(Role.LEGAL_OFFICER)
    tiers = {
        "不予处罚": {"other": "不予处罚", "list": "首违慎罚"}, "从轻": {"low": 100, "high": 300},
        "一般": {"low": 300, "high": 800, "circumstances": "没有从轻、从重的情节"},
    }  # fmt: skip
    made = {
        tier: register(officer, tier_of(town.bureau.pk, DAY, tier=tier, **given)) for tier, given in tiers.items()
    }
    register(officer, tier_of(town.bureau.pk, DAY, step="draft", tier="较重", low=800, high=1501))
    gone = register(officer, tier_of(town.bureau.pk, DAY, tier="从重", low=1500, high=3003))
    advance(officer, gone.pk, Move("abolish", DAY, reason="修订"))
    return made


@pytest.fixture
def fined(town):
    """A fine of the bureau's, of last year."""
    return _fined(town, town.bureau.pk)


def _fined(town, unit, title="甲公司占道经营", number=CREDIT):
    party = PartyGiven("当事人", "甲公司", "legal", id_number=number)
    new = NewCase("penalty_summary", unit, Move("discover", date(2023, 5, 8)), title=title, parties=(party,))
    moves = [Move("notify", date(2023, 5, 8)), Move("decide", date(2023, 5, 8))]
    (opened,) = open_with_facts(town.actor(Role.ADMINISTRATOR), [Facts(new, moves)])
    assert opened.case is not None, opened.refused
    return opened.case


def _text(response) -> str:
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_what_is_published_and_in_force_is_a_grid_for_everyone(town, standard, client, enter):
    page = _text(enter().get(reverse("discretion")))
    assert "300 元以上 800 元以下" in page and "首违慎罚" in page and "没有从轻、从重的情节" in page
    assert "1,501" not in page and "3,003" not in page
    assert f'href="{reverse("case", args=[standard["一般"].pk])}"' in page
    client.force_login(town.person("street", Role.HANDLER, town.street))
    page = _text(client.get(reverse("discretion")))
    assert "300 元以上 800 元以下" in page and reverse("case", args=[standard["一般"].pk]) not in page


def test_what_is_not_for_everyone_is_not_in_the_grid(standard, enter):
    Case.objects.filter(pk=standard["一般"].pk).update(secrecy=Case.Secrecy.UNIT)
    assert "800 元以下" not in _text(enter().get(reverse("discretion")))


@pytest.mark.parametrize(("fine", "said"), [
    ("300", "档内</span>"), ("800", "档内</span>"), ("299.99", "低于档次</span>"), ("801", "高于档次</span>"),
])  # fmt: skip
def test_a_fine_beside_its_tier(standard, enter, fine, said):
    asked = {"act": "占道经营", "tier": standard["一般"].pk, "fine": fine}
    page = _text(enter().get(reverse("discretion"), asked))
    assert said in page and ("说明偏离的理由" in page) == ("档内" not in said) and "第三十四条" in page


def test_a_tier_without_a_range_leaves_it_to_people(standard, enter):
    asked = {"act": "占道经营", "tier": standard["不予处罚"].pk, "fine": "1"}
    assert "是否偏离由人判断" in _text(enter().get(reverse("discretion"), asked))


def test_what_cannot_be_read_is_said_not_broken(standard, enter):
    client = enter()
    for asked in ({"tier": "x", "act": "占道经营"}, {"standard": "没有", "act": "没有"}, {"fine": "-1"},
                  {"act": "占道经营", "tier": standard["从轻"].pk, "fine": "1e99"}):  # fmt: skip
        assert client.get(reverse("discretion"), asked).status_code == 200
    assert "errorlist" in _text(client.get(reverse("discretion"), asked))


def test_from_a_fine_through_the_calculator_to_a_finding(town, standard, fined, enter):
    client, case = enter(), reverse("case", args=[fined.pk])
    where = re.search(r'href="([^"]+)">裁量基准表</a>', _text(client.get(case)))[1]
    page = _text(client.get(where))
    assert f'name="origin" value="{fined.number}"' in page
    asked = {"origin": fined.number, "act": "占道经营", "tier": standard["一般"].pk, "fine": 200}
    page = _text(client.get(where, asked))
    where = re.search(r'href="(/registers/discretion_case/new/[^"]+)">登记', page)[1]
    form = client.get(where).context["form"]
    given = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "", False)}
    assert (given["f-low"], given["f-high"], given["f-fine"], given["f-tier"]) == ("300", "800", "200", "一般")
    client.post(where, {**given, "unit": town.bureau.pk, "step": "find", "on": "2024-02-26", "secrecy": 0,
                        "origin": fined.number})  # fmt: skip
    applied = Case.objects.get(procedure="discretion_case")
    assert Link.objects.get(case=applied).other_id == fined.pk
    officer = town.actor(Role.LEGAL_OFFICER)
    advance(officer, applied.pk, Move("match", DAY))
    advance(officer, applied.pk, Move("suggest", DAY, outcome="档内"))
    advance(officer, applied.pk, Move("review", DAY, outcome="同意"))
    advance(officer, applied.pk, Move("decide", DAY, outcome="档内", excuse="看一看"))
    assert "偏离基准的说明理由" in _text(client.get(reverse("case", args=[applied.pk])))
    applied.refresh_from_db()
    assert applied.faults == 2  # no reason, no discussion


def test_earlier_fines_by_number_the_same_act_first(town, standard, fined, enter):
    other = _fined(town, town.bureau.pk, "甲公司无照经营")
    hidden = _fined(town, town.street.pk)
    asked = {"number": " 91110000600037341l", "act": "占道经营"}
    answer = enter().post(reverse("first-offence"), asked)
    page = _text(answer)
    assert [each.case.pk for each in answer.context["found"]] == [fined.pk, other.pk]
    assert [each.same for each in answer.context["found"]] == [True, False]
    assert "2023-05-08" in page and "首违慎罚</span>" in page and hidden.number not in page


def test_earlier_fines_of_the_parties_of_a_case(town, fined, enter):
    again = _fined(town, town.bureau.pk, "甲公司又占道经营")
    page = _text(enter().get(reverse("first-offence"), {"case": again.pk, "act": "随地"}))
    assert fined.number in page and f'{again.number}</a> 甲公司' not in page and "没有“随地”" in page
    assert CREDIT not in page
    hidden = _fined(town, town.street.pk)
    assert enter().get(reverse("first-offence"), {"case": hidden.pk}).status_code == 404


def test_a_fine_that_was_withdrawn_is_none(town, fined, enter):
    correct(town.actor(Role.LEGAL_OFFICER), fined.pk, 3, None, "记错")
    answer = enter().post(reverse("first-offence"), {"number": CREDIT})
    assert answer.context["found"] == [] and "没有查到" in _text(answer)


def test_half_a_number_is_refused(enter):
    page = _text(enter().post(reverse("first-offence"), {"number": "9111*"}))
    assert "不是完整的号码" in page and "此前的处罚</h2>" not in page


def test_who_reads_no_cases_reads_none_here(town, enter):
    for role in (Role.SYSTEM_ADMIN, Role.EXTERNAL):
        assert enter(role).get(reverse("discretion")).status_code == 403
        assert enter(role).post(reverse("first-offence"), {"number": CREDIT}).status_code == 403
