"""Errors of the ledger: each says what was found, what is accepted and what to do."""

from __future__ import annotations

from fadu.law.errors import FaduError


class LedgerError(FaduError):
    """Base of every error of the ledger."""


class NoteError(LedgerError):
    """A text that is not a signed note, a checkpoint or a key in its C2SP form."""


class UnknownKeyError(LedgerError):
    """A note that no known key signed."""


class BadSignatureError(LedgerError):
    """A signature of a known key that does not fit the text."""


class RootMismatchError(LedgerError):
    """A checkpoint whose roots are not those of the tree of its size."""


class WitnessError(LedgerError):
    """A checkpoint that a witness does not cosign.

    ``reason``: ``unknown`` (a ledger it does not follow), ``smaller``, ``older`` or ``ahead`` (in time), ``proof`` (one
    that belongs to no earlier tree), ``forked``. ``seen``: the note cosigned before; for a fork, the two notes together
    prove it.
    """

    def __init__(self, reason: str, message: str, seen: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.seen = seen
