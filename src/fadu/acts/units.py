"""单位管理: adding a unit, renaming and moving it, closing and reopening it (系统管理员)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from fadu.acts.errors import Incomplete
from fadu.acts.journal import Entered, enter
from fadu.acts.recording import Actor
from fadu.acts.tracing import permit_or_trace
from fadu.clock import today
from fadu.store.models import Case, Person, Unit, UnitChange

CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,31}")
PATH_LIMIT = 255

BELOW = {
    Unit.Kind.DEPARTMENT: (Unit.Kind.DISTRICT,),
    Unit.Kind.TOWN: (Unit.Kind.DISTRICT,),
    Unit.Kind.STATION: (Unit.Kind.DEPARTMENT, Unit.Kind.TOWN),
    Unit.Kind.VILLAGE: (Unit.Kind.TOWN,),
}
"""Kind → the kinds of unit it may stand under."""


@dataclass(frozen=True, slots=True)
class UnitGiven:
    """A unit as it is to be. ``code`` begins its case numbers and never changes; ``short`` is for document numbers."""

    code: str
    name: str
    kind: str
    parent: Unit
    short: str = ""
    on: date | None = None
    """From which day on it is so; None: today. Of a unit that is there."""
    basis: str = ""


def add_unit(actor: Actor, given: UnitGiven) -> Unit:
    """Add a unit. Raises ``NotPermitted``, or ``Incomplete`` with the words at the field."""
    permit_or_trace(actor, "manage_units", given.parent.path)
    if not CODE.fullmatch(given.code):
        rule = "大写字母或数字开头，只含大写字母、数字、- 和 _，最多 32 个"
        raise Incomplete({"code": f"代码“{given.code[:40]}”不可用：{rule}"})
    _check(given)
    with transaction.atomic():
        if Unit.objects.filter(code=given.code).exists():
            raise Incomplete({"code": f"代码“{given.code}”已被使用，换一个"})
        unit = Unit(code=given.code)
        _set(unit, given)
        _enter(actor, unit, "新增单位", {"name": unit.name, "kind": unit.kind, "parent": given.parent.code})
    return unit


def change_unit(actor: Actor, unit: Unit, given: UnitGiven) -> Unit:
    """Rename a unit or move it with all below it, from a day on; what it was called before is kept. Its code stays."""
    permit_or_trace(actor, "manage_units", unit.path)
    if given.code != unit.code:
        raise Incomplete({"code": f"代码不能改（{unit.code} 已写入编号和账本）；可停用后另建"})
    if unit.parent_id is None:
        raise Incomplete({"parent": "区本级的名称在建区时确定，不在这里修改"})
    _check(given)
    if given.parent.path.startswith(unit.path):
        raise Incomplete({"parent": f"{given.parent.name}在{unit.name}之下，不能成为它的上级"})
    on = given.on or today()
    if on > today():
        raise Incomplete({"on": f"生效日 {on} 还没有到；请在当天或者之后修改"})
    with transaction.atomic():
        before = {"name": unit.name, "short": unit.short, "parent": unit.parent.code if unit.parent else ""}
        was = UnitChange(unit=unit, on=on, kind=UnitChange.Kind.CHANGED, name=unit.name, short=unit.short,
                         parent=unit.parent, basis=given.basis.strip())  # fmt: skip
        _set(unit, given)
        after = {"name": unit.name, "short": unit.short, "parent": given.parent.code}
        changed = {name: [old, after[name]] for name, old in before.items() if old != after[name]}
        if changed:
            was.save()
            _enter(actor, unit, "修改单位", {"changed": changed, "on": on.isoformat(), "basis": was.basis})
    return unit


def close_unit(actor: Actor, unit: Unit, reason: str) -> None:
    """Close a unit that nobody works in and that has no open case. What it did stays."""
    permit_or_trace(actor, "manage_units", unit.path)
    if not reason.strip():
        raise Incomplete({"reason": "停用单位须说明理由（如机构改革文件）"})
    if unit.parent_id is None:
        raise Incomplete({"reason": "区本级不能停用"})
    with transaction.atomic():
        left = _left(unit)
        if left:
            raise Incomplete({"reason": f"{unit.name}还有{'、'.join(left)}，先移交或者停用"})
        unit.active = False
        unit.save()
        _enter(actor, unit, "停用单位", {"reason": reason.strip()})


def reopen_unit(actor: Actor, unit: Unit) -> None:
    """Open a closed unit again."""
    permit_or_trace(actor, "manage_units", unit.path)
    if unit.parent and not unit.parent.active:
        raise Incomplete({"reason": f"上级 {unit.parent.name}已停用，先启用上级"})
    with transaction.atomic():
        unit.active = True
        unit.save()
        _enter(actor, unit, "启用单位", {})


def _left(unit: Unit) -> list[str]:
    counts = {
        "下属单位": unit.children.filter(active=True).count(),
        "在用人员": Person.objects.filter(unit=unit, is_active=True).count(),
        "未结办件": Case.objects.filter(unit=unit, closed_on=None)[:1001].count(),
    }
    return [f" {count} 个{what}" for what, count in counts.items() if count]


def _check(given: UnitGiven) -> None:
    if not given.name.strip():
        raise Incomplete({"name": "名称没有填写"})
    if given.kind not in BELOW:
        raise Incomplete({"kind": f"类别须是{'、'.join(kind.label for kind in BELOW)}之一"})
    if given.parent.kind not in BELOW[Unit.Kind(given.kind)]:
        kinds = "、".join(kind.label for kind in BELOW[Unit.Kind(given.kind)])
        above = f"{given.parent.name}是{Unit.Kind(given.parent.kind).label}"
        raise Incomplete({"parent": f"{Unit.Kind(given.kind).label}的上级须是{kinds}；{above}"})
    if not given.parent.active:
        raise Incomplete({"parent": f"上级 {given.parent.name}已停用"})
    if len(given.parent.path) + len(given.code) + 1 > PATH_LIMIT:
        raise Incomplete({"parent": "单位层级太深"})


def _set(unit: Unit, given: UnitGiven) -> None:
    unit.name, unit.short = given.name.strip(), given.short.strip()
    unit.kind, unit.parent = Unit.Kind(given.kind), given.parent
    unit.save()


def _enter(actor: Actor, unit: Unit, words: str, body: dict[str, object]) -> None:
    about = {"unit": unit.code, "what": words, **body}
    enter(actor, Entered("unit", "unit", f"{words} {unit.name}（{unit.code}）", about))
