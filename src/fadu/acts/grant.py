"""授权: giving a role and taking it back, unlocking an account, forgetting a lost second factor (安全管理员)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from fadu.acts.errors import Incomplete
from fadu.acts.journal import Entered, enter
from fadu.acts.recording import Actor
from fadu.acts.signing import forget_second_factor, has_second_factor, locked_until
from fadu.acts.tracing import permit_or_trace
from fadu.clock import today
from fadu.store.models import SEPARATED, Grant, Person, Role, Unit

DISTRICT_WIDE = SEPARATED | {Role.ADMINISTRATOR}
"""Roles that are given over the whole district only."""


@dataclass(frozen=True, slots=True)
class Giving:
    """A role to be given: to whom, over which unit and all below it, from a day until a day (both included)."""

    person: Person
    role: str
    unit: Unit
    since: date
    until: date | None = None
    reason: str = ""


def grant(actor: Actor, giving: Giving) -> Grant:
    """Give a role. Raises ``NotPermitted``, or ``Incomplete`` with the words at the field."""
    permit_or_trace(actor, "manage_roles", giving.unit.path)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=giving.person.pk)
        _check(actor, giving, person)
        row = Grant.objects.create(
            person=person, role=giving.role, unit=giving.unit, since=giving.since, until=giving.until,
            given_by_id=actor.id,
        )  # fmt: skip
        words = f"授予{person.name}（{person.login}）“{Role(giving.role).label}”，范围 {giving.unit.name}，{_span(row)}"
        enter(actor, Entered("grant", "grant", _because(words, giving.reason), _body(row, giving.reason)))
    return row


def revoke(actor: Actor, row: Grant, reason: str) -> None:
    """Take a role back from today on. What was done while it was held stays as it was done."""
    permit_or_trace(actor, "manage_roles", row.unit.path)
    _need(reason, "收回角色须说明理由")
    with transaction.atomic():
        kept = Grant.objects.select_for_update(of=("self",)).select_related("person", "unit").get(pk=row.pk)
        if kept.until and kept.until < today():
            raise Incomplete({"reason": f"这个角色已于 {kept.until} 结束，不必收回"})
        keep_one(kept.person, (kept.role,), without=kept)
        kept.until = today() - timedelta(days=1)
        kept.save(update_fields=("until",))
        words = f"收回{kept.person.name}（{kept.person.login}）的“{Role(kept.role).label}”，范围 {kept.unit.name}"
        enter(actor, Entered("revoke", "revoke", _because(words, reason), _body(kept, reason)))


def unlock(actor: Actor, person: Person, reason: str) -> None:
    """Open a locked account before its time. The password stays what it was."""
    permit_or_trace(actor, "manage_roles", person.unit.path)
    _need(reason, "解锁须说明理由（如已当面核实身份）")
    if locked_until(person) is None:
        raise Incomplete({"reason": f"{person.name}的账号没有锁定，不必解锁"})
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(tries=0, locked_until=None)
        words = _because(f"解锁{person.name}（{person.login}）", reason)
        enter(actor, Entered("unlock", "unlock", words, {"person": person.login, "reason": reason}))


def reset_second_factor(actor: Actor, person: Person, reason: str) -> None:
    """Forget the second factor of someone who has lost the telephone; the person enrols anew."""
    permit_or_trace(actor, "manage_roles", person.unit.path)
    _need(reason, "重置第二验证须说明理由（如手机遗失，已当面核实身份）")
    if not has_second_factor(person):
        raise Incomplete({"reason": f"{person.name}没有启用第二验证"})
    if actor.id == person.pk:
        raise Incomplete({"reason": "不能重置自己的第二验证；请由另一名安全管理员办理，或者在“我的账号”里停用"})
    with transaction.atomic():
        forget_second_factor(person)
        words = _because(f"重置{person.name}（{person.login}）的第二验证", reason)
        enter(actor, Entered("totp", "totp", words, {"person": person.login, "reason": reason}))


def keep_one(person: Person, roles: tuple[str, ...], without: Grant | None = None) -> None:
    """Raises ``Incomplete`` where nobody else could do the work of an administrator afterwards."""
    for role in roles:
        if Role(role) not in SEPARATED:
            continue
        others = in_force(Grant.objects.filter(role=role, person__is_active=True))
        others = others.exclude(pk=without.pk) if without else others.exclude(person=person)
        if not others.exists():
            label = Role(role).label
            raise Incomplete({"reason": f"{person.name}是唯一的{label}；先授予另一人这个角色，再收回或者停用"})


def in_force(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    """Those of today."""
    return grants.filter(Q(until=None) | Q(until__gte=today()), since__lte=today())


def _check(actor: Actor, giving: Giving, person: Person) -> None:
    if giving.role not in Role.values:
        raise Incomplete({"role": f"没有“{giving.role}”这个角色；可用：{'、'.join(Role.labels)}"})
    role = Role(giving.role)
    if actor.id == person.pk:
        raise Incomplete({"person": "不能给自己授予角色；请由另一名安全管理员办理"})
    if not person.is_active:
        raise Incomplete({"person": f"{person.name}的账号已停用，不能授予角色"})
    _check_apart(giving, role, person)
    if not giving.unit.active:
        raise Incomplete({"unit": f"{giving.unit.name}已停用，不能作为授权范围"})
    if role in DISTRICT_WIDE and giving.unit.parent_id is not None:
        raise Incomplete({"unit": f"“{role.label}”的范围是全区，不能只给 {giving.unit.name}"})
    if giving.until and giving.until < max(giving.since, today()):
        later = "起始日" if giving.until < giving.since else "今天"
        raise Incomplete({"until": f"截止日 {giving.until} 早于{later}，角色不会生效"})


def _check_apart(giving: Giving, role: Role, person: Person) -> None:
    """三员分立: against every role whose days meet the days of this one."""
    rows = Grant.objects.filter(Q(until=None) | Q(until__gte=giving.since), Q(until=None) | Q(until__gte=F("since")),
                                person=person).select_related("unit")  # fmt: skip
    for row in rows:
        if giving.until and row.since > giving.until:
            continue
        held = Role(row.role)
        if held == role and row.unit_id == giving.unit.pk:
            words = f"{person.name}在{row.unit.name}已有“{role.label}”（{_span(row)}），不必重复授予"
            raise Incomplete({"role": words})
        if held != role and (held in SEPARATED or role in SEPARATED):
            raise Incomplete({
                "role": f"{person.name}现有“{held.label}”（{_span(row)}），不能再授予“{role.label}”："
                "系统管理员、安全管理员、审计管理员互不兼任，也不兼任其他角色；先收回现有角色，或者换一个人"
            })  # fmt: skip


def _span(row: Grant) -> str:
    return f"自 {row.since} 起" + (f"至 {row.until}" if row.until else "")


def _body(row: Grant, reason: str) -> dict[str, str]:
    return {
        "person": row.person.login, "role": row.role, "unit": row.unit.code, "since": row.since.isoformat(),
        "until": row.until.isoformat() if row.until else "", "reason": reason.strip(),
    }  # fmt: skip


def _because(words: str, reason: str) -> str:
    return f"{words}；理由：{reason.strip()}" if reason.strip() else words


def _need(reason: str, words: str) -> None:
    if not reason.strip():
        raise Incomplete({"reason": words})
