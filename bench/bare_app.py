"""The bare side of ``over_http.py``: a web application that only inserts, by Django's ORM, the rows an act would have
made. It knows no session, no permission and no law, reads nothing and hashes nothing. One transaction a request.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connections, transaction  # noqa: E402

from fadu.store.models import Case, Clock, Event, Leaf, Tree, Unsequenced  # noqa: E402

ROWS: dict[int, dict[str, Any]] = pickle.loads(Path(os.environ["BARE_ROWS"]).read_bytes())  # noqa: S301 - made by the bench


def insert(case: int) -> None:
    """The rows of one act."""
    rows = ROWS[case]
    with transaction.atomic():
        Case.objects.filter(pk=case, seq=rows["case"]["seq"] - 1).update(**rows["case"])
        Event.objects.create(**rows["event"])
        Clock.objects.filter(case_id=case).delete()
        Clock.objects.bulk_create(Clock(**row) for row in rows["clocks"])
        if rows["leaf"] is None:
            Unsequenced.objects.create(event_id=rows["event"]["id"])
        else:
            Leaf.objects.create(index=rows["leaf"], event_id=rows["event"]["id"])
            Tree.objects.filter(pk=1).update(**rows["tree"])


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """POST /<case id>"""
    environ["wsgi.input"].read()
    insert(int(environ["PATH_INFO"].strip("/")))
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
    start_response("302 Found", [("Location", "/"), ("Content-Length", "0")])
    return [b""]
