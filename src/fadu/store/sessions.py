"""Django's sessions in the database, read and written by plain statements: both run for most requests."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as Stored

from fadu.store import driver
from fadu.store.writing import as_moment


class SessionStore(Stored):
    """The same rows as Django's. Named as Django's, since the name is part of what a session is signed with."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, and no key any more, where it is unknown or has expired."""
        with driver.reading() as cursor:
            cursor.execute(
                "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > CURRENT_TIMESTAMP",
                [self.session_key],
            )
            rows = cursor.fetchall()
        if not rows:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(rows[0][0])
        return found

    def save(self, must_create: bool = False) -> None:
        """Write the session. Raises ``UpdateError`` where it was ended meanwhile, ``CreateError`` as Django's does."""
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        row = [self.encode(dict(self.items())), as_moment(self.get_expiry_date()), self.session_key]
        with driver.recording() as cursor:
            cursor.execute("UPDATE django_session SET session_data = %s, expire_date = %s WHERE session_key = %s", row)
            if cursor.rowcount != 1:
                raise UpdateError
