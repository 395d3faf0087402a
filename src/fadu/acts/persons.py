"""人员管理: creating and changing persons, disabling them, a new password, posts and certificates (系统管理员)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from fadu.acts.errors import Incomplete
from fadu.acts.grant import in_force, keep_one
from fadu.acts.journal import Entered, enter
from fadu.acts.passwords import one_time_password
from fadu.acts.recording import Actor
from fadu.acts.tracing import permit_or_trace, trace
from fadu.clock import now, today
from fadu.store.models import SEPARATED, Case, Credential, Grant, Notification, Person, Post, Role, Unit

LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,39}")
PHONE = re.compile(r"\+?[0-9][0-9 -]{5,18}")
DEFAULT_LOGINS = frozenset({"admin", "administrator", "root", "test", "guest", "user", "sysadmin"})
"""Logins everybody tries first (GB/T 22239-2019 8.1.4.2: no default accounts)."""


@dataclass(frozen=True, slots=True)
class PersonGiven:
    """A person as given. ``login`` never changes: records name it. ``phone`` None: as it was."""

    login: str
    name: str
    unit: Unit
    title: str = ""
    phone: str | None = None
    subject: str = ""
    """The person's identifier (``sub``) at the city's single sign-on."""


def create_person(actor: Actor, given: PersonGiven) -> tuple[Person, str]:
    """A new person, without a role, and the one-time password to be handed over. Raises ``Incomplete``."""
    permit_or_trace(actor, "manage_units", given.unit.path)
    if not LOGIN.fullmatch(given.login):
        rule = "小写字母开头，只含小写字母、数字和 . _ -，3 到 40 个"
        raise Incomplete({"login": f"登录名“{given.login[:40]}”不可用：{rule}"})
    if given.login in DEFAULT_LOGINS:
        raise Incomplete({"login": f"“{given.login}”是常见的默认账号名，容易被猜中，换一个（如姓名拼音加序号）"})
    _check(given)
    with transaction.atomic():
        if Person.objects.filter(login=given.login).exists():
            raise Incomplete({"login": f"登录名“{given.login}”已被使用，换一个"})
        person, password = Person(login=given.login, simulated=_simulated()), one_time_password()
        _set(person, given)
        _give_password(person, password)
        body = {"person": person.login, "what": "新增人员", "unit": given.unit.code}
        words = f"新增人员 {person.name}（{person.login}），单位 {given.unit.name}"
        enter(actor, Entered("person", "person", words, body, {"name": person.name}))
    return person, password


def change_person(actor: Actor, person: Person, given: PersonGiven) -> Person:
    """Change what is known of a person. Roles stay as they are, over the units they were given for."""
    permit_or_trace(actor, "manage_units", person.unit.path)
    if given.login != person.login:
        raise Incomplete({"login": f"登录名不能改（记录以“{person.login}”指明经办人）"})
    _check(given, person)
    with transaction.atomic():
        before = _known(person)
        _set(person, given)
        changed = sorted(name for name, value in _known(person).items() if value != before[name])
        if changed:
            labels = "、".join(_LABELS[name] for name in changed)
            body = {"person": person.login, "what": "修改人员", "changed": changed, "unit": person.unit.code}
            words = f"修改人员 {person.login} 的{labels}"
            enter(actor, Entered("person", "person", words, body, {"name": person.name}))
    return person


def disable_person(actor: Actor, person: Person, reason: str) -> int:
    """Shut an account: all its sessions end. How many open cases still bear the person's name."""
    permit_or_trace(actor, "manage_units", person.unit.path)
    _need(reason, "停用账号须说明理由（如调离、退休）")
    if actor.id == person.pk:
        raise Incomplete({"reason": "不能停用自己的账号"})
    with transaction.atomic():
        keep_one(person, tuple(in_force(person.grants.all()).values_list("role", flat=True)))
        _switch(actor, person, False, reason)
    return Case.objects.filter(handler=person, closed_on=None)[:1001].count()


def enable_person(actor: Actor, person: Person, reason: str) -> None:
    """Open a disabled account again, with the roles that are still in force."""
    permit_or_trace(actor, "manage_units", person.unit.path)
    _need(reason, "启用账号须说明理由")
    with transaction.atomic():
        _switch(actor, person, True, reason)


def reset_password(actor: Actor, person: Person, reason: str) -> str:
    """A new one-time password, shown once. It ends the person's sessions and must be changed at the first sign-in.

    Where the account is an administrator's, the audit administrators are told: whoever resets could sign in as one.
    """
    permit_or_trace(actor, "manage_units", person.unit.path)
    _need(reason, "重置密码须说明理由（如本人申请，已当面核实身份）")
    if actor.id == person.pk:
        raise Incomplete({"reason": "自己的密码在“我的账号”里更改"})
    password = one_time_password()
    with transaction.atomic():
        _give_password(person, password)
        words = f"重置{person.name}（{person.login}）的密码；理由：{reason.strip()}"
        body = {"person": person.login, "what": "重置密码", "reason": reason.strip()}
        enter(actor, Entered("person", "password", words, body))
        if in_force(person.grants.all()).filter(role__in=SEPARATED).exists():
            _tell_auditors(words)
    return password


def reveal_phone(actor: Actor, person: Person) -> str:
    """The telephone number in the clear; that it was looked at is kept."""
    permit_or_trace(actor, "manage_units", person.unit.path)
    trace(actor, "reveal", f"查看人员 {person.login} 的电话")
    return person.phone


def hold_post(actor: Actor, post: Post) -> Post:
    """Record that a person holds a post in a unit from a day on (``post`` not saved yet)."""
    permit_or_trace(actor, "manage_units", post.unit.path)
    if not post.name.strip():
        raise Incomplete({"name": "岗位没有填写"})
    if post.until and post.until < post.since:
        raise Incomplete({"until": f"结束日 {post.until} 早于开始日 {post.since}"})
    with transaction.atomic():
        post.save()
        _enter_about(actor, post.person, f"登记岗位“{post.name}”（{post.unit.name}，自 {post.since}）")
    return post


def end_post(actor: Actor, post: Post, on: date) -> None:
    """End a post with a day."""
    permit_or_trace(actor, "manage_units", post.unit.path)
    if on < post.since:
        raise Incomplete({"until": f"结束日 {on} 早于开始日 {post.since}"})
    with transaction.atomic():
        post.until = on
        post.save(update_fields=("until",))
        _enter_about(actor, post.person, f"结束岗位“{post.name}”（至 {on}）")


def hold_credential(actor: Actor, credential: Credential) -> Credential:
    """Record a certificate of a person (``credential`` not saved yet)."""
    permit_or_trace(actor, "manage_units", credential.person.unit.path)
    faults = {name: words for name, words, wrong in (
        ("kind", "证件没有填写", not credential.kind.strip()),
        ("number", "证号没有填写", not credential.number.strip()),
        ("issued", f"发证日期 {credential.issued} 还没有到", credential.issued > today()),
        ("expires", "有效期早于发证日期", bool(credential.expires and credential.expires < credential.issued)),
    ) if wrong}  # fmt: skip
    if faults:
        raise Incomplete(faults)
    if Credential.objects.filter(kind=credential.kind, number=credential.number).exists():
        raise Incomplete({"number": f"{credential.kind} {credential.number} 已经登记过"})
    with transaction.atomic():
        credential.save()
        _enter_about(actor, credential.person, f"登记证件 {credential.kind} {credential.number}")
    return credential


def end_credential(actor: Actor, credential: Credential, on: date) -> None:
    """Let a certificate be valid until a day (注销、收回)."""
    permit_or_trace(actor, "manage_units", credential.person.unit.path)
    if on < credential.issued:
        raise Incomplete({"expires": f"失效日 {on} 早于发证日期 {credential.issued}"})
    with transaction.atomic():
        credential.expires = on
        credential.save(update_fields=("expires",))
        _enter_about(actor, credential.person, f"证件 {credential.kind} {credential.number} 有效至 {on}")


_LABELS = {"name": "姓名", "title": "职务", "unit": "单位", "phone": "电话", "subject": "统一身份标识"}


def _known(person: Person) -> dict[str, Any]:
    return {"name": person.name, "title": person.title, "unit": person.unit_id, "phone": person.phone,
            "subject": person.subject}  # fmt: skip


def _check(given: PersonGiven, person: Person | None = None) -> None:
    faults = {}
    if not given.name.strip():
        faults["name"] = "姓名没有填写"
    if not given.unit.active:
        faults["unit"] = f"{given.unit.name}已停用，不能安排人员"
    if given.phone and not PHONE.fullmatch(given.phone.strip()):
        faults["phone"] = f"电话“{given.phone.strip()[:24]}”不像电话号码：6 到 19 位数字，可含空格、短横和开头的 +"
    subject = given.subject.strip()
    same = Person.objects.filter(subject=subject).exclude(pk=person.pk if person else 0) if subject else None
    if same is not None and same.exists():
        faults["subject"] = f"统一身份标识“{subject[:80]}”已属于另一账号"
    if faults:
        raise Incomplete(faults)


def _set(person: Person, given: PersonGiven) -> None:
    person.name, person.title, person.unit = given.name.strip(), given.title.strip(), given.unit
    person.subject = given.subject.strip()
    if given.phone is not None:
        person.phone = given.phone.strip()
    if person.pk:
        person.save()


def _give_password(person: Person, password: str) -> None:
    person.set_password(password)
    person.password_at, person.must_change = now(), True
    person.save()


def _switch(actor: Actor, person: Person, active: bool, reason: str) -> None:
    what = "启用账号" if active else "停用账号"
    if person.is_active == active:
        raise Incomplete({"reason": f"{person.name}的账号已经{'启用' if active else '停用'}"})
    person.is_active = active
    person.save(update_fields=("is_active",))
    body = {"person": person.login, "what": what, "reason": reason.strip()}
    enter(actor, Entered("person", "person", f"{what} {person.name}（{person.login}）；理由：{reason.strip()}", body))


def _enter_about(actor: Actor, person: Person, words: str) -> None:
    body = {"person": person.login, "what": words}
    enter(actor, Entered("person", "person", f"{person.name}（{person.login}）：{words}", body))


def _tell_auditors(words: str) -> None:
    grants = in_force(Grant.objects.filter(role=Role.AUDIT_ADMIN, person__is_active=True))
    moment = now()
    Notification.objects.bulk_create(
        Notification(person_id=key, kind="administrator", words=words[:300], at=moment,
                     key=f"administrator:{key}:{moment.isoformat()}")
        for key in set(grants.values_list("person_id", flat=True))
    )  # fmt: skip


def _simulated() -> bool:
    from django.conf import settings  # here: only a new person asks

    return bool(settings.DISTRICT.simulated)


def _need(reason: str, words: str) -> None:
    if not reason.strip():
        raise Incomplete({"reason": words})
