"""Facts from elsewhere: a case begun under one version and turned to the next has the fields of the next."""

from __future__ import annotations

from datetime import date

from fadu.acts.moves import Move, NewCase
from fadu.acts.open_with_facts import Facts, open_with_facts
from fadu.store.models import Case, Role


def test_a_case_turned_to_the_next_version_has_its_fields(town, at):
    """司法建议 issued on 2023-11-10 and received on the 20th is bound by the version of 2023-11-16."""
    with at("2024-02-26 10:00"):
        opening = Move("issue", date(2023, 11, 10), approved_by="院长", fields={"reply_due_stated": True})
        new = NewCase("recommendation", town.bureau.pk, opening, title="甲")
        facts = Facts(new, [Move("receive", date(2023, 11, 20))])
        (opened,) = open_with_facts(town.actor(Role.LEGAL_OFFICER), [facts])
    assert opened.refused is None
    assert Case.objects.get(pk=opened.case.pk).version == date(2023, 11, 16)
