"""建区: migrate the database, make the district's own unit and journal, and the three separated administrators."""

from __future__ import annotations

import secrets

from django.core.management import call_command
from django.db import transaction

from fadu.acts.recording import Actor, Change, Entry, write
from fadu.clock import now, today
from fadu.store.models import JOURNAL, Case, Grant, Person, Role, Unit

FIRST = (
    ("system", "系统管理员", Role.SYSTEM_ADMIN),
    ("security", "安全管理员", Role.SECURITY_ADMIN),
    ("audit", "审计管理员", Role.AUDIT_ADMIN),
)


def found_district(name: str, code: str, short: str, simulated: bool = False) -> list[dict[str, str]]:
    """Found the district in an empty database; the administrators' logins and one-time passwords."""
    call_command("migrate", verbosity=0, interactive=False)
    with transaction.atomic():
        unit = Unit.objects.create(code=code, name=name, short=short, kind=Unit.Kind.DISTRICT)
        journal = Case(number=JOURNAL, procedure=JOURNAL, unit=unit, title="区务记录", simulated=simulated)
        write(Actor(None, "init"), [Change(journal, [Entry("found", today(), body={"name": name, "code": code})])])
        return [_administrator(unit, login, words, role, simulated) for login, words, role in FIRST]


def _administrator(unit: Unit, login: str, words: str, role: Role, simulated: bool) -> dict[str, str]:
    password = secrets.token_urlsafe(12)
    person = Person(login=login, name=words, unit=unit, title=words, must_change=True, simulated=simulated)
    person.set_password(password)
    person.password_at = now()
    person.save()
    Grant.objects.create(person=person, role=role, unit=unit, since=today())
    return {"role": words, "login": login, "password": password}
