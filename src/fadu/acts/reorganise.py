"""机构改革: a unit is merged into another from a day on; its open cases, people and units below go along.

What it did before stays its own: cases that are closed keep their unit, and records name who acted and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from fadu.acts.errors import Incomplete
from fadu.acts.journal import Entered, enter
from fadu.acts.recording import Actor, Change, Entry, write
from fadu.acts.tracing import permit_or_trace
from fadu.acts.units import BELOW
from fadu.clock import today
from fadu.store.models import Case, Clock, Grant, Person, Unit, UnitChange

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Merging:
    """Into which unit, from which day on, by which document (机构改革方案、三定规定 …)."""

    into: Unit
    on: date
    basis: str


@dataclass(frozen=True, slots=True)
class Merged:
    """How many went along; ``grants``: roles in force over the merged unit, which only 安全管理员 can give anew."""

    cases: int
    people: int
    units: int
    grants: int


def merge_unit(actor: Actor, unit: Unit, given: Merging) -> Merged:
    """Merge ``unit`` into another, in one transaction. Raises ``NotPermitted``, or ``Incomplete`` at the field."""
    permit_or_trace(actor, "manage_units", unit.path)
    permit_or_trace(actor, "manage_units", given.into.path)
    _check(unit, given)
    with transaction.atomic():
        cases = _move_cases(actor, unit, given)
        people = Person.objects.filter(unit=unit).update(unit=given.into)
        children = list(unit.children.all())
        for child in children:
            child.parent = given.into
            child.save()
        unit.active = False
        unit.save()
        UnitChange.objects.create(
            unit=unit, on=given.on, kind=UnitChange.Kind.MERGED, name=unit.name, short=unit.short,
            parent=unit.parent, successor=given.into, basis=given.basis.strip(),
        )  # fmt: skip
        body = {"unit": unit.code, "what": "并入", "into": given.into.code, "on": given.on.isoformat(),
                "basis": given.basis.strip(), "cases": cases, "people": people}  # fmt: skip
        enter(actor, Entered("unit", "unit", f"{unit.name}（{unit.code}）自 {given.on} 起并入 {given.into.name}", body))
        grants = Grant.objects.filter(unit=unit, until=None).count()
    return Merged(cases, people, len(children), grants)


def _check(unit: Unit, given: Merging) -> None:
    faults = {}
    if unit.parent_id is None:
        faults["into"] = "区本级不能并入别的单位"
    elif given.into.pk == unit.pk or given.into.path.startswith(unit.path):
        faults["into"] = f"不能并入自己或者下属单位 {given.into.name}"
    elif not given.into.active:
        faults["into"] = f"{given.into.name}已停用，不能承接"
    elif left := [child.name for child in unit.children.all() if given.into.kind not in BELOW[Unit.Kind(child.kind)]]:
        faults["into"] = f"下属的{'、'.join(left[:3])}不能设在{Unit.Kind(given.into.kind).label}之下，先移走或者停用"
    if not unit.active:
        faults["into"] = f"{unit.name}已停用"
    if given.on > today():
        faults["on"] = f"生效日 {given.on} 还没有到；请在当天或者之后办理，办件从办理时起转入"
    if not given.basis.strip():
        faults["basis"] = "请写明依据，如机构改革方案的文号"
    if faults:
        raise Incomplete(faults)


def _move_cases(actor: Actor, unit: Unit, given: Merging) -> int:
    """Record on every open case that the other unit answers for it from now on."""
    total = 0
    while cases := list(Case.objects.select_related("unit").filter(unit=unit, closed_on=None).order_by("pk")[:CHUNK]):
        body = {"unit": given.into.code, "from": unit.code, "basis": given.basis.strip()}
        write(actor, [
            Change(case, [Entry("transfer", today(), body=body)], columns={"unit_id": given.into.pk}) for case in cases
        ])  # fmt: skip
        Clock.objects.filter(case__in=cases).update(unit=given.into)
        total += len(cases)
    return total
