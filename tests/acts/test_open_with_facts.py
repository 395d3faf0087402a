"""Facts from elsewhere: a case begun under one version and turned to the next has the fields of the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from fadu.acts.moves import Move, NewCase
from fadu.acts.open_with_facts import Facts, open_with_facts
from fadu.acts.register import register
from fadu.store.models import Case, Event, Link, Role


def test_a_case_turned_to_the_next_version_has_its_fields(town, at):
    """司法建议 issued on 2023-11-10 and received on the 20th is bound by the version of 2023-11-16."""
    with at("2024-02-26 10:00"):
        opening = Move("issue", date(2023, 11, 10), approved_by="院长", fields={"reply_due_stated": True})
        new = NewCase("recommendation", town.bureau.pk, opening, title="甲")
        facts = Facts(new, [Move("receive", date(2023, 11, 20))])
        (opened,) = open_with_facts(town.actor(Role.LEGAL_OFFICER), [facts])
    assert opened.refused is None
    assert Case.objects.get(pk=opened.case.pk).version == date(2023, 11, 16)


def test_what_a_case_comes_of_is_linked_and_what_one_may_not_see_is_refused(town, at):
    """The origin was read by no one: the case was opened without its link."""
    with at("2024-02-26 10:00"):
        seen = town.reconsideration(date(2024, 2, 26))
        hidden = register(town.actor(Role.ADMINISTRATOR), replace(_new(town.street.pk), title="别处"))
        given = [Facts(replace(_new(town.bureau.pk), origin=number)) for number in (seen.number, hidden.number, "")]
        first, second, third = open_with_facts(town.actor(Role.LEGAL_OFFICER), given)
    assert Link.objects.get(case=first.case).other == seen
    assert Event.objects.filter(case=first.case, act="link").count() == 1
    assert second.case is None and "不能查看它" in str(second.refused)
    assert third.case is not None and Link.objects.count() == 1


def _new(unit: int) -> NewCase:
    return NewCase("recommendation", unit, Move("issue", date(2024, 2, 26), approved_by="院长"), title="甲")
