"""A district's rows, from one database to another: every table of the store, ids kept, the ledger proved the same.

The database moved to is Django's default, so that all that checks it is what checks every district; the one moved from
is opened beside it. Rows are only inserted: what the database refuses to change (``store.append_only``) stays guarded.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.models import Field, Model
from django.db.utils import DatabaseError

from fadu.district import postgresql
from fadu.law.errors import FaduError
from fadu.ledger.hashes import Pair
from fadu.ledger.tree import Frontier
from fadu.store.driver import reading
from fadu.store.one_view import one_view
from fadu.store.sealing import unseal
from fadu.store.search import index
from fadu.store.sequence import place
from fadu.store.unpacking import LedgerHead

HERE = "default"
SOURCE = "moved_from"
"""The alias of the database that is moved from, opened at run time."""

CHUNK = 2000
WAITING = "store_unsequenced"


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: rows by table, and the ledger of either side before waiting events were placed."""

    rows: dict[str, int]
    there: LedgerHead
    here: LedgerHead


def tables() -> list[type[Model]]:
    """The models of the store, one a table; sessions are none of them: whoever is signed in signs in again."""
    return list(apps.get_app_config("store").get_models(include_auto_created=True))


def open_source(where: str | Path) -> None:
    """Open the database moved from under ``SOURCE``: a PostgreSQL URL, or an SQLite file (only read)."""
    given: dict[str, Any] = {**connections.databases[HERE], "CONN_MAX_AGE": None, "OPTIONS": {}}
    if isinstance(where, Path):
        given |= {"ENGINE": "django.db.backends.sqlite3", "NAME": str(where)}
        given |= {"USER": "", "PASSWORD": "", "HOST": "", "PORT": ""}
    else:
        given |= postgresql(where)
    connections.databases[SOURCE] = given


def close_source() -> None:
    """Let go of the database moved from."""
    connections[SOURCE].close()


def columns(model: type[Model]) -> list[Field[Any, Any]]:
    """The columns of a table."""
    return list(model._meta.concrete_fields)


def rows(alias: str, model: type[Model]) -> Iterator[tuple[Any, ...]]:
    """A table's rows in the order of the primary key, as Python values."""
    names = [field.attname for field in columns(model)]
    key = names.index(_key(model).attname)
    query = model._base_manager.using(alias).order_by(_key(model).attname).values_list(*names)
    last: Any = None
    while part := list((query if last is None else query.filter(pk__gt=last))[:CHUNK]):
        yield from part
        last = part[-1][key]


def _key(model: type[Model]) -> Field[Any, Any]:
    key: Field[Any, Any] = model._meta.pk
    return key


def load(model: type[Model], given: Iterable[Sequence[Any]]) -> int:
    """Insert rows as ``rows`` gives them into the default database; how many."""
    connection, fields = connections[HERE], columns(model)
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    statement = f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608
    rest, total = iter(given), 0
    with connection.cursor() as cursor:
        while part := list(islice(rest, CHUNK)):
            cursor.executemany(statement, [
                [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
                for row in part
            ])  # fmt: skip
            total += len(part)
    return total


def to_line(row: Sequence[Any]) -> str:
    """A row as one line of JSON: bytes in Base64, days and moments as ISO 8601."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_plain) + "\n"


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return base64.b64encode(bytes(value)).decode("ascii")


def from_line(model: type[Model], line: str) -> list[Any]:
    """The row of a line. Raises ``ValueError``, or Django's ``ValidationError``, where it is none of the table."""
    values = json.loads(line)
    return [
        None if value is None else field.to_python(value) for field, value in zip(columns(model), values, strict=True)
    ]


def head_of(alias: str) -> LedgerHead:
    """The ledger's size and roots, as a database has them."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT size, frontier FROM store_tree WHERE id = 1")
        found = cursor.fetchone()
    return LedgerHead.of(Frontier.from_bytes(bytes(found[1])) if found and found[0] else Frontier())


def prepare() -> None:
    """Make the tables in the default database. Raises ``FaduError``: it does not answer, or a district is in it."""
    try:
        call_command("migrate", verbosity=0, interactive=False)
        with connections[HERE].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM store_unit")
            found = cursor.fetchone()[0]
    except DatabaseError as error:
        raise FaduError(f"目标数据库用不了：{str(error).strip()}；请先建好空的数据库，核对地址、用户和口令") from error
    if found:
        raise FaduError(f"目标数据库里已经有一个区（{found} 个单位），不会覆盖；请换一个空的数据库")


def fill(source: Callable[[type[Model]], Iterable[Sequence[Any]]]) -> tuple[dict[str, int], LedgerHead]:
    """Fill the prepared default database, all or nothing: rows, sequences, search.

    Gives the rows by table, and the ledger as it was moved, before waiting events were given their places.
    """
    counts = {}
    with transaction.atomic(using=HERE):
        for model in tables():
            table = model._meta.db_table
            if table == WAITING:  # given places where the database gives them at once, else queued again
                waiting = [row[0] for row in source(model)]
            else:
                counts[table] = load(model, source(model))
        with connections[HERE].cursor() as cursor:
            for statement in connections[HERE].ops.sequence_reset_sql(no_style(), tables()):
                cursor.execute(statement)
        index_all()
        counts[WAITING], head = len(waiting), head_of(HERE)
        _place(waiting)
    return counts, head


def _place(waiting: Sequence[int]) -> None:
    from fadu.store.models import Event  # here: models are ready once Django is set up

    found = Event.objects.filter(pk__in=waiting).order_by("pk").values_list("pk", "sm3", "sha256")
    with reading() as cursor:
        place(cursor, [(key, Pair(bytes(sm3), bytes(sha256))) for key, sm3, sha256 in found])


def index_all() -> None:
    """Make every case findable as when it was registered: number, title, summary, names of its parties."""
    from fadu.store.models import JOURNAL, Case, Event, Party, Secret
    from fadu.store.reading import case_of, events_within

    query = Case.objects.exclude(procedure=JOURNAL).order_by("pk").values_list("pk", "number", "title")
    last = 0
    while part := list(query.filter(pk__gt=last)[:CHUNK]):
        last, keys = part[-1][0], [row[0] for row in part]
        erasing = Event.objects.filter(events_within(part[0][0], last, "pk"), act="erase")
        erased = set(erasing.values_list("case_id", flat=True))
        words = {key: [number] if key in erased else [number, title] for key, number, title in part}
        sealed = Secret.objects.filter(events_within(part[0][0], last), name="summary").order_by("event_id")
        last_said = {case_of(event): value for event, value in sealed.values_list("event_id", "sealed")}  # as amended
        for key, value in last_said.items():
            words[key].append(json.loads(unseal(value, "secret.summary")))
        for key, name in Party.objects.filter(case_id__in=keys).order_by("pk").values_list("case_id", "name"):
            words[key].append(name)
        index((key, " ".join(texts)) for key, texts in words.items())


def move() -> Moved:
    """Move all from ``SOURCE`` into the empty default database.

    Raises:
        FaduError: a district is there already, the source changed meanwhile, or the ledger came out another one.
    """
    prepare()
    with transaction.atomic(using=HERE):  # what is refused below is not kept
        with one_view(SOURCE):
            there, before = head_of(SOURCE), _events()
            counts, here = fill(lambda model: rows(SOURCE, model))
        if _events() != before:
            raise FaduError(
                "搬移期间原来的区又有新的记录，没有搬；请停下 fadu serve 和 fadu worker，再来一次"
            )
        if here != there:
            raise FaduError(f"两边的账本不同，没有搬：原来 {there}；搬来 {here}。请对原来的区运行 fadu verify")
    return Moved(counts, there, here)


def _events() -> int:
    with connections[SOURCE].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM store_event")
        return int(cursor.fetchone()[0])
