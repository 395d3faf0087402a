"""A form that is posted twice is carried out once: its token is remembered with the session, under a lock."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

DONE = "done"
KEPT = 50
"""Forms remembered of a session."""


def new_token() -> str:
    """For the hidden field ``form_id`` of a form."""
    return secrets.token_urlsafe(12)


def once(request: HttpRequest, act: Callable[[], int]) -> tuple[int, bool]:
    """What ``act`` answered, and whether that was just now; not so where the form's token was used before.

    The session's row is locked meanwhile, so that of two clicks at one time the second waits for the first.
    """
    token = request.POST.get("form_id", "")[:40]
    if not token:
        return act(), True
    key = f"{request.path} {token}"
    with transaction.atomic():
        kept = Session.objects.select_for_update().filter(pk=request.session.session_key).first()
        done: dict[str, int] = kept.get_decoded().get(DONE, {}) if kept else {}
        fresh = key not in done
        if fresh:
            done = dict([*done.items(), (key, act())][-KEPT:])
        request.session[DONE] = done
        request.session.save()
    return done[key], fresh
