"""查看个人信息: show one sealed number in the clear, and keep who looked, at whose, and why."""

from __future__ import annotations

from fadu.acts.errors import Incomplete
from fadu.acts.recording import Actor
from fadu.acts.stepping import permit
from fadu.acts.tracing import trace
from fadu.store.models import Case, Party


def reveal(actor: Actor, case: Case, party: Party, name: str, reason: str = "") -> str:
    """The number in the clear; someone not assigned must say why. Raises ``NotPermitted``, ``Incomplete``."""
    permit(actor, "reveal", case)
    assigned = actor.access is not None and actor.access.assigned(case)
    if not assigned and not reason.strip():
        raise Incomplete({"reason": "您不是该办件的承办人员，查看个人信息须说明用途"})
    why = f"：{reason.strip()[:200]}" if reason.strip() else ""
    trace(actor, "reveal", f"{case.number} {party.role} {Party.NUMBERS[name]}{why}", case)
    return party.clear(name)
