"""The driver's own cursor keeps what Django's guards: errors, nesting, hooks; and reads by the ids, not by a scan."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from fadu.store.driver import reading, recording
from fadu.store.models import Counter, Unit
from fadu.store.reading import RANGES, events_of, ids_of

INSERT = "INSERT INTO store_counter (name, last) VALUES (%s, %s)"


@pytest.mark.usefixtures("real_transactions")
def test_what_is_recorded_is_committed_and_hooks_are_called():
    called: list[int] = []
    with recording() as cursor:
        cursor.execute(INSERT, ("a", 1))
        transaction.on_commit(lambda: called.append(1))
        with transaction.atomic():
            Counter.objects.create(name="b", last=2)
        assert not called
    assert called == [1]
    assert not connection.in_atomic_block
    assert connection.get_autocommit()
    assert list(Counter.objects.order_by("name").values_list("name", "last")) == [("a", 1), ("b", 2)]


@pytest.mark.usefixtures("real_transactions")
def test_what_fails_leaves_nothing_and_says_so_as_django_does():
    called: list[int] = []
    with pytest.raises(IntegrityError), recording() as cursor:
        cursor.execute(INSERT, ("a", 1))
        transaction.on_commit(lambda: called.append(1))
        cursor.execute(INSERT, ("a", 1))
    assert (called, Counter.objects.count()) == ([], 0)
    with recording() as cursor:
        cursor.execute(INSERT, ("a", 3))
    assert Counter.objects.get().last == 3
    assert not called


@pytest.mark.usefixtures("real_transactions")
def test_an_inner_failure_that_is_caught_takes_only_itself_back():
    with recording() as cursor:
        cursor.execute(INSERT, ("a", 1))
        with pytest.raises(IntegrityError), transaction.atomic():
            Counter.objects.create(name="b", last=1)
            Unit.objects.create(code=None, name="x", kind="town")
    assert list(Counter.objects.values_list("name", flat=True)) == ["a"]


@pytest.mark.django_db
@pytest.mark.parametrize("many", [1, 2, RANGES])
def test_the_events_of_cases_are_found_by_the_primary_key(many):
    bounds = [bound for case in range(1, many + 1) for bound in ids_of(case)]
    sqlite = connection.vendor == "sqlite"
    with reading() as cursor:
        if sqlite:
            cursor.execute(f"EXPLAIN QUERY PLAN {events_of(many, sqlite)}", bounds)
            plan = " ".join(str(row[3]) for row in cursor.fetchall())
            assert plan.count("SEARCH store_event") == many
            assert "SCAN" not in plan
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {events_of(many, sqlite)}", bounds)
            assert "store_event_pkey" in " ".join(row[0] for row in cursor.fetchall())
