"""登录: signing in by password, second factor or the city's single sign-on; lock-out; what is due on a password.

Every try leaves a trace. The same words, after the same work, answer a wrong password, an unknown login and a
disabled account, so that nobody learns which logins there are; unknown logins are locked as known ones are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F

from fadu.acts.errors import ActRefused, Incomplete
from fadu.acts.passwords import check_new_password
from fadu.acts.tracing import trace_of
from fadu.clock import now
from fadu.store.models import SEPARATED, Person, Role, Trace

LOGIN_SHOWN = 40
CODE_STEPS = 1
"""Steps of 30 seconds by which a telephone's clock may be off."""


class SignInRefused(ActRefused):
    """Not let in. ``locked``: no further try is looked at for a while."""

    def __init__(self, words: str, locked: bool = False) -> None:
        super().__init__(words)
        self.locked = locked


@dataclass(frozen=True, slots=True)
class Try:
    """What was typed at the door, and the address it came from."""

    login: str
    password: str
    address: str = ""


def check_password(given: Try) -> Person:
    """The person whose password it is. Raises ``SignInRefused``; counts the try and locks after too many.

    The try is counted before the password is looked at, so that many at one time are no way round the lock.
    """
    login = given.login.strip().lower()[:LOGIN_SHOWN]
    person = Person.objects.select_related("unit").filter(login=login).first()
    if _count_try(person, login):
        raise _locked()
    if person is None:
        make_password(given.password)  # the same work as for a known login
        right = False
    else:
        right = person.check_password(given.password) and person.is_active
    if person is None or not right:
        raise _refuse(person, login, given.address)
    return person


def check_code(person: Person, code: str, address: str = "") -> None:
    """The second factor: a code of now, each only once (RFC 6238 §5.2). Raises ``SignInRefused``; counts as a try."""
    if _count_try(person, person.login):
        raise _locked()
    with transaction.atomic():
        kept = Person.objects.select_for_update().get(pk=person.pk)
        secret, used = _second_factor(kept)
        step = _matching_step(secret, code)
        if step is not None and step > used:
            _keep_second_factor(kept, secret, step)
            return
    raise _refuse(person, person.login, address, "验证码")


def sign_in(person: Person, address: str, how: str = "密码") -> None:
    """All was right: the count of tries begins anew."""
    Person.objects.filter(pk=person.pk).update(tries=0, locked_until=None)
    trace_of(person, "sign_in", f"{person.name}（{person.login}）登录，方式：{how}", address)


def person_by_subject(subject: str, address: str) -> Person:
    """Who the single sign-on says it is. Raises ``SignInRefused`` with words for someone no account is tied to."""
    person = Person.objects.select_related("unit").filter(subject=subject).first() if subject else None
    if person is None or not person.is_active:
        trace_of(person, "refused", f"统一身份认证的用户“{subject[:80]}”没有可用的账号", address)
        raise SignInRefused(
            f"统一身份认证已通过，但标识“{subject[:80]}”没有对应本系统的可用账号；请联系系统管理员在“人员”里填写统一身份标识"
        )
    return person


def signed_out(person: Person, kind: str, address: str, words: str = "") -> None:
    """Trace that a session has ended: ``sign_out`` by its person, ``ended`` otherwise."""
    trace_of(person, kind, f"{person.name}（{person.login}）{'退出' if kind == 'sign_out' else '的会话已终止'}"
             + (f"：{words}" if words else ""), address)  # fmt: skip


def keep_few_sessions(person: Person, current: SessionBase, address: str) -> int:
    """End the person's oldest sessions above the limit; how many. Stale rows of everybody are cleared by the way."""
    SessionStore.clear_expired()
    mine = []
    for row in Session.objects.order_by("expire_date"):
        found = row.get_decoded()
        if found.get("_auth_user_id") == str(person.pk) and row.session_key != current.session_key:
            mine.append((found.get("began_at", 0.0), row.session_key))
    ended = [key for _, key in sorted(mine)][: max(0, len(mine) - settings.SIGN_IN["sessions"] + 1)]
    if ended:
        Session.objects.filter(session_key__in=ended).delete()
        limit = settings.SIGN_IN["sessions"]
        signed_out(person, "ended", address, f"同时登录超过 {limit} 处，最早的 {len(ended)} 处被新登录替代")
    return len(ended)


def password_due(person: Person) -> str:
    """Why the password must be changed before anything else; empty where it need not."""
    if person.must_change:
        return "这是首次登录，或者密码由管理员重置过，请先设定自己的密码"
    days = settings.SIGN_IN["password_days"]
    if days and person.has_usable_password() and person.password_at and now() - person.password_at > timedelta(days):
        return f"密码已使用超过 {days} 天，请更换"
    return ""


def change_password(person: Person, old: str, new: str, address: str = "") -> None:
    """Set one's own password. Raises ``Incomplete`` at ``old`` or ``password``."""
    if not person.check_password(old):
        trace_of(person, "refused", f"{person.login} 更改密码时原密码不对", address)
        raise Incomplete({"old": "现在的密码不对"})
    check_new_password(person, new)
    person.set_password(new)
    person.password_at, person.must_change = now(), False
    with transaction.atomic():
        person.save(update_fields=("password", "password_at", "must_change"))
        trace_of(person, "password", f"{person.login} 更改了自己的密码", address)


def enrol_second_factor(person: Person, secret: str, code: str, address: str = "") -> None:
    """Keep the secret, once a code shows that the telephone has it. Raises ``Incomplete`` at ``code``."""
    step = _matching_step(secret, code)
    if step is None:
        raise Incomplete({"code": "验证码不对；请核对手机时间是否准确，输入当前显示的 6 位数字"})
    with transaction.atomic():
        _keep_second_factor(person, secret, step)
        trace_of(person, "totp", f"{person.login} 启用了第二验证（动态验证码）", address)


def drop_second_factor(person: Person, password: str, address: str = "") -> None:
    """Go back to the password alone. Raises ``Incomplete`` at ``password``."""
    if not person.check_password(password):
        trace_of(person, "refused", f"{person.login} 停用第二验证时密码不对", address)
        raise Incomplete({"password": "密码不对，第二验证仍在使用"})
    with transaction.atomic():
        forget_second_factor(person)
        trace_of(person, "totp", f"{person.login} 停用了第二验证", address)


def forget_second_factor(person: Person) -> None:
    """Forget the secret, without a trace of its own."""
    person.totp_secret = ""
    person.save(update_fields=("totp_sealed",))


def has_second_factor(person: Person) -> bool:
    return bool(person.totp_sealed)


def second_factor_due(person: Person, roles: frozenset[Role]) -> bool:
    """Whether the district asks for a second factor that the person has not enrolled yet.

    ``second_factor`` of the sign-in settings: 0 as everyone likes, 1 for administrators, 2 for all. Who comes by
    single sign-on has the provider's factors and no password here.
    """
    asked = settings.SIGN_IN.get("second_factor", 0)
    wanted = asked >= 2 or (asked == 1 and bool(roles & (SEPARATED | {Role.ADMINISTRATOR})))
    return wanted and person.has_usable_password() and not has_second_factor(person)


def locked_until(person: Person) -> datetime | None:
    """Until when the account is locked, None where it is not."""
    return person.locked_until if person.locked_until and person.locked_until > now() else None


def _window() -> timedelta:
    return timedelta(minutes=settings.SIGN_IN["lock_minutes"])


def _locked() -> SignInRefused:
    minutes = settings.SIGN_IN["lock_minutes"]
    return SignInRefused(
        f"连续输错 {settings.SIGN_IN['tries']} 次，已锁定 {minutes} 分钟；请稍后再试，或者请安全管理员解锁", locked=True
    )


def _count_try(person: Person | None, login: str) -> bool:
    """Count a try; True where the login is locked and the try is not to be looked at."""
    if person is None:
        locks = Trace.objects.filter(kind="locked", person=None, words=_unknown(login))
        return locks.filter(at__gt=now() - _window()).exists()
    mine = Person.objects.filter(pk=person.pk)
    with transaction.atomic():
        kept = mine.select_for_update().get()
        if locked_until(kept) is not None:
            return True
        if kept.locked_until is not None:  # the lock is over
            mine.update(tries=1, locked_until=None)
            return False
        if kept.tries >= settings.SIGN_IN["tries"]:  # as many are being looked at this moment
            mine.update(locked_until=now() + _window())
            return True
        mine.update(tries=F("tries") + 1)
        return False


def _refuse(person: Person | None, login: str, address: str, what: str = "密码") -> SignInRefused:
    """Trace a wrong try, lock where it was one too many, and say so in words that tell nothing else."""
    known = f"{login} 输入的{what}不对" if person else _unknown(login)
    if person is not None and not person.is_active:
        known = f"{login} 已停用，不能登录"
    with transaction.atomic():
        trace_of(person, "refused", known, address)
        if not _one_too_many(person, login):
            where = "登录名或者密码" if what == "密码" else what
            return SignInRefused(
                f"{where}不对。连续输错 {settings.SIGN_IN['tries']} 次将锁定 {settings.SIGN_IN['lock_minutes']} 分钟"
            )
        if person is not None:
            Person.objects.filter(pk=person.pk).update(locked_until=now() + _window())
        words = f"{login} 连续输错 {settings.SIGN_IN['tries']} 次，锁定 {settings.SIGN_IN['lock_minutes']} 分钟"
        trace_of(person, "locked", words if person else _unknown(login), address)
    return _locked()


def _one_too_many(person: Person | None, login: str) -> bool:
    most: int = settings.SIGN_IN["tries"]
    if person is not None:
        return Person.objects.values_list("tries", flat=True).get(pk=person.pk) >= most
    return Trace.objects.filter(kind="refused", person=None, words=_unknown(login)).count() % most == 0


def _unknown(login: str) -> str:
    return f"没有登录名“{login}”"


def _second_factor(person: Person) -> tuple[str, int]:
    """The secret, and the step of the last code that was accepted: kept together, sealed."""
    secret, _, used = person.totp_secret.partition(" ")
    return secret, int(used or 0)


def _keep_second_factor(person: Person, secret: str, step: int) -> None:
    person.totp_secret = f"{secret} {step}"
    person.save(update_fields=("totp_sealed",))


def _matching_step(secret: str, code: str) -> int | None:
    if not secret:
        return None
    maker = pyotp.TOTP(secret)
    step = int(now().timestamp()) // maker.interval
    given = "".join(code.split())
    for near in range(step - CODE_STEPS, step + CODE_STEPS + 1):
        if pyotp.utils.strings_equal(given, maker.at(near * maker.interval)):
            return near
    return None
