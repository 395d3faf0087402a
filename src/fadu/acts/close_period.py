"""关账: freeze the figures of a period. What they were is recorded in the journal, and so in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from fadu.acts.errors import ActRefused, Incomplete
from fadu.acts.recording import Actor, Change, Entry, load, write
from fadu.acts.stepping import permit
from fadu.clock import today
from fadu.store.models import JOURNAL, SEQ_BITS, Case, Figure
from fadu.store.verifying import figures_digest


@dataclass(frozen=True, slots=True)
class Closed:
    """A figure as it is frozen: ``value`` as a decimal in words, ``receipt`` without floats."""

    indicator: str
    value: str
    unit: str = ""
    receipt: dict[str, Any] = field(default_factory=dict)


def close_period(actor: Actor, period: str, figures: Sequence[Closed]) -> list[Figure]:
    """Freeze ``figures`` for ``period`` (``2023Q4``). Raises ``ActRefused`` where the period has been closed before."""
    permit(actor, "close_period")
    if not figures:
        raise Incomplete({"figures": f"{period} 没有数字可以关账"})
    if Figure.objects.filter(period=period).exists():
        raise ActRefused(f"{period} 已经关账；此后的更正显示为“重算”，不改动已关账的数字")
    journal = load([Case.objects.get(procedure=JOURNAL).pk]).popitem()[1].case
    rows = [Figure(
        indicator=figure.indicator, period=period, unit=figure.unit, value=figure.value, receipt=figure.receipt,
        event_id=journal.pk << SEQ_BITS | (journal.seq + 1),
    ) for figure in figures]  # fmt: skip
    body = {"period": period, "figures": figures_digest(rows), "count": len(rows)}
    with transaction.atomic():
        write(actor, [Change(journal, [Entry("close_period", today(), body=body)])])
        Figure.objects.bulk_create(rows, batch_size=500)
    return rows
