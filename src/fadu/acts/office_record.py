"""How an act records something of one case: permitted, made from the case as it is, anew where others were first."""

from __future__ import annotations

from collections.abc import Callable

from fadu.acts.advance import TRIES, changes_since
from fadu.acts.errors import ActRefused, Conflict, NotPermitted
from fadu.acts.recording import Actor, Change, Loaded, Stale, load, write
from fadu.acts.stepping import permit
from fadu.store.models import Case


def record_on(actor: Actor, verb: str, case: int, make: Callable[[Loaded], Change], seen: int | None = None) -> Case:
    """Permit ``verb`` on the case, let ``make`` say what is recorded, write it; anew where others were first.

    Raises ``NotPermitted``; ``Conflict`` where ``seen`` is given and the case has moved on; what ``make`` raises.
    """
    for _ in range(TRIES):
        found = load([case]).get(case)
        if found is None:
            raise NotPermitted("没有这个办件，或者您不能查看它")
        permit(actor, verb, found.case)
        if seen is not None and seen != found.case.seq:
            raise Conflict(found.case.number, changes_since(found.case, found.rows, seen))
        change = make(found)
        try:
            write(actor, [change])
        except Stale:
            continue
        return change.case
    raise ActRefused("该办件正被许多人同时办理，本次没有记录；请稍后再试")
