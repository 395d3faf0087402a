"""留痕: what happened around sign-in, persons, roles and personal data, for the audit administrator."""

from __future__ import annotations

from fadu.acts.errors import NotPermitted
from fadu.acts.recording import Actor
from fadu.acts.stepping import permit
from fadu.clock import now
from fadu.store.models import Case, Person, Trace

KINDS = {
    "sign_in": "登录",
    "refused": "登录被拒",
    "locked": "账号锁定",
    "sign_out": "退出",
    "ended": "会话终止",
    "password": "更改密码",
    "totp": "第二验证",
    "denied": "越权被拒",
    "grant": "授予角色",
    "revoke": "收回角色",
    "unlock": "解锁账号",
    "person": "人员管理",
    "unit": "单位管理",
    "reveal": "查看个人信息",
    "export": "导出",
    "download": "下载文书、附件",
    "import": "导入",
    "erase": "删除个人信息",
    "holidays": "放假安排",
}
"""Kind → its name on screen. Another act may write a kind of its own; it is then shown by its code."""

WORDS = 300


def trace(actor: Actor, kind: str, words: str, case: Case | None = None) -> Trace:
    """Add a trace of what ``actor`` did."""
    return trace_of(actor.access.person if actor.access else None, kind, words, actor.address, case)


def trace_of(person: Person | None, kind: str, words: str, address: str = "", case: Case | None = None) -> Trace:
    """Add a trace of someone who has not signed in yet, or of the system."""
    return Trace.objects.create(
        at=now(), person=person, kind=kind, case=case, address=address, words=words.replace("\x00", "")[:WORDS]
    )


def permit_or_trace(actor: Actor, verb: str, path: str = "") -> None:
    """As ``permit``; that someone tried is kept. To be called before the act's transaction begins."""
    try:
        permit(actor, verb, path=path)
    except NotPermitted as error:
        trace(actor, "denied", str(error))
        raise
