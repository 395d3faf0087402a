"""标为已读: a person's own notices, some or all."""

from __future__ import annotations

from collections.abc import Sequence

from fadu.clock import now
from fadu.store.models import Notification, Person


def mark_read(person: Person, notices: Sequence[int] | None = None) -> int:
    """Mark the person's unread notices as read (``notices`` None: all of them); how many were."""
    unread = Notification.objects.filter(person=person, read_at=None)
    if notices is not None:
        unread = unread.filter(pk__in=list(notices)[:500])
    return unread.update(read_at=now())
