"""The office's sessions: Django's rows, read and written by plain statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.contrib.sessions.models import Session
from django.utils import timezone

from fadu.store.sessions import SessionStore


@pytest.fixture
def session(db):
    made = SessionStore()
    made["said"] = "已记录"
    made.save()
    return made


def test_what_is_saved_is_read_by_django_too_and_the_other_way_round(session):
    session["more"] = 2
    session.save()
    assert dict(Stored(session.session_key).items()) == {"said": "已记录", "more": 2}
    row = Session.objects.get()
    assert timedelta(0) < row.expire_date - timezone.now() <= timedelta(seconds=session.get_expiry_age())
    theirs = Stored(session.session_key)
    theirs["more"] = 3
    theirs.save()
    assert SessionStore(session.session_key)["more"] == 3


@pytest.mark.parametrize(("seconds", "there"), [(60, True), (-1, False)])
def test_an_expired_session_holds_nothing_and_loses_its_key(session, seconds, there):
    Session.objects.update(expire_date=timezone.now() + timedelta(seconds=seconds))
    found = SessionStore(session.session_key)
    assert ("said" in found) == there
    assert (found.session_key is not None) == there


def test_a_key_that_nobody_was_given_is_not_kept(db):
    found = SessionStore("a" * 32)
    found["mine"] = 1
    found.save()
    assert found.session_key != "a" * 32
    assert SessionStore("a" * 32).load() == {}


def test_a_session_that_was_ended_meanwhile_is_not_brought_back(session):
    late = SessionStore(session.session_key)
    late["mine"] = 1
    session.delete()
    with pytest.raises(UpdateError):
        late.save()
    assert not Session.objects.exists()
