"""The district's own records (roles given, persons and units changed): chained and in the ledger as a case's are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fadu.acts.recording import Actor, Change, Entry, write
from fadu.acts.tracing import trace
from fadu.clock import today
from fadu.store.models import JOURNAL, Case


@dataclass(frozen=True, slots=True)
class Entered:
    """What is recorded: the act, what it was about, what is personal in it, and the trace's kind and words."""

    act: str
    kind: str
    words: str
    body: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)


def enter(actor: Actor, entered: Entered) -> None:
    """Record it and trace it. Inside the act's transaction: nothing is changed that is not recorded."""
    journal = Case.objects.select_for_update().get(procedure=JOURNAL)
    write(actor, [Change(journal, [Entry(entered.act, today(), body=entered.body, personal=entered.personal)])])
    trace(actor, entered.kind, entered.words)
