"""What can be wrong with an event table or a constraint."""

from __future__ import annotations

from fadu.law.errors import FaduError


class PatternError(FaduError):
    """The event table or the constraint cannot be judged; the message says which row or name and why."""
