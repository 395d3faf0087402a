"""Signed statements of the ledger: made by the worker, kept, published, cosigned by witnesses."""

from __future__ import annotations

from datetime import UTC

from django.conf import settings

from fadu.clock import now
from fadu.ledger.checkpoint import Checkpoint as Statement
from fadu.ledger.ed25519 import Ed25519Signer
from fadu.ledger.notes import sign_note
from fadu.store.models import Checkpoint
from fadu.store.sequence import frontier


def signer() -> Ed25519Signer:
    """The district's own key."""
    return Ed25519Signer.from_seed(settings.DISTRICT.origin, settings.DISTRICT.key("ledger"))


def make_checkpoint() -> Checkpoint | None:
    """A checkpoint of the ledger as it stands; the last one where nothing was added since, None where it is empty."""
    edge = frontier()
    if not edge.size:
        return None
    found = Checkpoint.objects.filter(size=edge.size).first()
    if found is not None:
        return found
    moment = now().astimezone(UTC)
    statement = Statement(settings.DISTRICT.origin, edge.size, edge.root(), moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    note = sign_note(statement.text, [signer()])
    return Checkpoint.objects.get_or_create(size=edge.size, defaults={"note": note, "at": moment})[0]
