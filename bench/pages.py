"""How long the office's pages take with 10,000 and with 1,000,000 cases, and how long the sweep of the open ones.

A played year of 10,000 cases goes in through the acts; the large store is the same with its rows copied ninety-nine
times under new ids, set-wise, so that everything listed, counted and searched is a hundred times as much (the share of
open cases too: more than a district of that size has). The copies are not in the ledger's tree, which no page reads.

The office is served as ``fadu serve`` serves it (Granian, two processes). Sixteen people in a process of their own ask
for one page after another: *at once*, each for the next as soon as it has one, so that both cores are always busy; and
*as people do*, with a second between. Milliseconds, as they wait for them; server, database and the sixteen share the
machine. Where others work on it too (``load_before``: runnable processes before it began), the waiting is theirs as
much as ours; the CPU milliseconds of server and database are the steadier figure.

    python bench/pages.py [--write] [--postgres postgresql://postgres@127.0.0.1/fadu_pages] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPConnection
from operator import itemgetter
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any
from urllib.parse import quote

from harness import machine, write_results
from over_http import Server, sessions
from record import admin

CASES, COPIES = 10_000, 99
USERS, PAUSE = 16, 1.0
WARM, ASKED = 1, 12
"""Pages each of the sixteen asks for; the first only warm up."""
OPEN = 200_000
TODAY = "2023-12-29"
SIZES = ("small", "large")
REGISTER = "hotline"
SEARCHED = ("噪音", "公园 楼道", "路灯不亮", "物业收费", "临时占道许可")

CASE, EVENT = "{column} + {cases}", "{column} + {events}"
COPIED = {
    "store_case": {"id": CASE, "number": "{column} || '-{copy}'"},
    "store_event": {"id": EVENT, "case_id": CASE},
    "store_secret": {"event_id": EVENT},
    "store_clock": {"case_id": CASE},
    "store_party": {"case_id": CASE},
    "store_assignment": {"case_id": CASE},
    "store_words": {"rowid": CASE},
}
"""Table → what becomes of its columns in a copy, first what tells the case; the rest stays, ids count on."""


def fadu(*arguments: str) -> None:
    """Run a command as a user would."""
    subprocess.run([sys.executable, "-m", "fadu", *arguments], check=True, stdout=subprocess.DEVNULL)


def built(home: Path, size: str, database: str) -> Path:
    """The folder of a district with so many cases; the large one is made of the small one."""
    folder, url = home / size, f"{database}_{size}" if database else ""
    label = url.rpartition("/")[2]
    if size == "small":
        if label:
            admin(f"DROP DATABASE IF EXISTS {label}", f"CREATE DATABASE {label}")
        fadu("init", str(folder), "--name", "明川区", "--code", "MC", "--simulated", "--begins-on", TODAY,
             *(("--database", url) if url else ()))  # fmt: skip
        fadu("play", "--district", str(folder), "--cases", str(CASES), "--from", "2022-12-30", "--until", TODAY)
    else:
        shutil.copytree(home / "small", folder)
        if label:
            old = label.removesuffix(size) + "small"
            admin(f"DROP DATABASE IF EXISTS {label}", f"CREATE DATABASE {label} TEMPLATE {old}")
            settings = folder / "district.toml"
            settings.write_text(settings.read_text(encoding="utf-8").replace(old, label), encoding="utf-8")
        one("copy", folder)
    return folder


def one(what: str, folder: Path, *arguments: str) -> str:
    """Have a process of its own, which serves the district of the folder, do a part of this; its last line."""
    environment = {**os.environ, "FADU_DISTRICT": str(folder), "DJANGO_SETTINGS_MODULE": "fadu.settings"}
    done = subprocess.run([sys.executable, __file__, "--one", what, *arguments], check=True, stdout=subprocess.PIPE,
                          text=True, env=environment)  # fmt: skip
    return done.stdout.rstrip().rpartition("\n")[2]


def copy_rows() -> None:
    """Copy every case with what belongs to it, ``COPIES`` times."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("DROP INDEX store_words_gin")
        _copied(cursor, range(1, COPIES + 1), "")
        if connection.vendor != "sqlite":
            cursor.execute("CREATE INDEX store_words_gin ON store_words USING gin (words)")
            cursor.execute("VACUUM ANALYZE")


def _copied(cursor: Any, copies: Iterable[int], only: str) -> None:
    """Copies of the cases played (``only``: a condition on them), each under ids of its own."""
    from django.db import connection

    if connection.vendor == "sqlite":
        cursor.execute("PRAGMA foreign_keys=OFF")
    else:  # the copies refer to one another as the rows do
        cursor.execute("SET session_replication_role = replica")
    cursor.execute("SELECT min(id), max(id) FROM store_case WHERE number NOT LIKE '%-%-%'")
    journal, last = cursor.fetchone()
    for copy in copies:
        for table in COPIED:
            cursor.execute(_copy_of(table, (journal + 1, last), copy, only))
    if connection.vendor != "sqlite":
        cursor.execute("SELECT setval(pg_get_serial_sequence('store_case', 'id'), max(id)) FROM store_case")
        cursor.execute("SET session_replication_role = DEFAULT")


def _copy_of(table: str, played: tuple[int, int], copy: int, only: str) -> str:
    """The statement that copies the rows of the cases played; its numbers are our own."""
    changed = COPIED[table]
    first = next(iter(changed))
    names = [name for name in columns_of(table) if name != "id" or name in changed]
    shift = copy * played[1]
    values = [
        changed.get(name, "{column}").format(column=name, cases=shift, events=shift << 20, copy=copy) for name in names
    ]
    bounds = played if changed[first] == CASE else (played[0] << 20, (played[1] + 1 << 20) - 1)
    case = first if changed[first] == CASE else f"({first} >> 20)"
    within = f" AND {case} IN (SELECT id FROM store_case WHERE id <= {played[1]} AND {only})" if only else ""
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table}"
        f" WHERE {first} BETWEEN {bounds[0]} AND {bounds[1]}{within} ORDER BY {first}"
    )


def columns_of(table: str) -> list[str]:
    """The columns of a table of the store."""
    from django.apps import apps

    if table == "store_words":
        return ["rowid", "words"]
    models = {model._meta.db_table: model for model in apps.get_app_config("store").get_models()}
    return [field.column for field in models[table]._meta.concrete_fields]


def plan() -> dict[str, Any]:
    """What the sixteen ask for: page → (address, session) in turn; and how many cases there are."""
    from fadu.store.models import Case, Person, Role

    random = Random(1)
    chosen = {
        role: list(Person.objects.filter(grants__role=role).order_by("pk")[:USERS])
        for role in (Role.LEADER, Role.LEGAL_OFFICER, Role.HANDLER)
    }
    keys = {role: [sessions(people[place % len(people)], 1)[0] for place in range(USERS)]
            for role, people in chosen.items()}  # fmt: skip
    own = [
        list(Case.objects.filter(handler=person).values_list("pk", flat=True)[:1000]) for person in chosen[Role.HANDLER]
    ]
    cases = [f"/cases/{random.choice(own[place % USERS])}/" for place in range(400)]
    words = [f"/registers/all/?q={quote(word)}" for word in SEARCHED]
    pages = {
        "my work, leader": (["/"], Role.LEADER),
        "my work, legal officer": (["/"], Role.LEGAL_OFFICER),
        "my work, handler": (["/"], Role.HANDLER),
        "all registers": (["/registers/"], Role.LEADER),
        "a register, of the district": ([f"/registers/{REGISTER}/"], Role.LEADER),
        "a register, of a unit": ([f"/registers/{REGISTER}/"], Role.LEGAL_OFFICER),
        "the list over all, newest first": (["/registers/all/"], Role.LEADER),
        "the list over all, by last day": (["/registers/all/?status=open&order=due"], Role.LEADER),
        "search, newest first": (words, Role.LEADER),
        "a case, its handler": (cases, Role.HANDLER),
    }
    return {
        "pages": {name: [(addresses[place % len(addresses)], keys[role][place % USERS]) for place in range(400)]
                  for name, (addresses, role) in pages.items()},
        "cases": Case.objects.count() - 1, "open": Case.objects.filter(closed_on=None).count() - 1,
    }  # fmt: skip


def crowd(port: int, asked: Sequence[tuple[str, str]], pause: float) -> list[float]:
    """Milliseconds of each page the sixteen asked for, those that warm up left out."""
    def person(place: int) -> list[float]:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        time.sleep(pause * place / USERS)
        return [_got(connection, asked[(place + USERS * turn) % len(asked)], pause) for turn in range(WARM + ASKED)]

    with ThreadPoolExecutor(USERS) as pool:
        return [spent for told in pool.map(person, range(USERS)) for spent in told[WARM:]]


def _got(connection: HTTPConnection, asked: tuple[str, str], pause: float) -> float:
    begun = time.perf_counter()
    connection.request("GET", asked[0], headers={"Cookie": f"sessionid={asked[1]}", "Host": "127.0.0.1"})
    response = connection.getresponse()
    body = response.read()
    spent = time.perf_counter() - begun
    if response.status != 200 or b"</html>" not in body:
        raise RuntimeError(f"{asked[0]} was answered {response.status}")
    if pause:
        time.sleep(max(0.0, pause - spent))
    return spent * 1000


def load(port: int) -> None:
    """The sixteen, in this process: the page and pause on each line of the input, the milliseconds as JSON."""
    for line in sys.stdin:
        given = json.loads(line)
        print(json.dumps(crowd(port, given["asked"], given["pause"])), flush=True)


def pages_of(folder: Path, database: str, pauses: Mapping[str, float]) -> dict[str, Any]:
    """Every page of a district, with each pause: p50, p95; and the server's and database's CPU milliseconds a page."""
    wanted = json.loads(one("plan", folder))
    server = Server("fadu.office.wsgi:application", {"FADU_DISTRICT": str(folder),
                    "DJANGO_SETTINGS_MODULE": "fadu.settings"}, database.rpartition("/")[2])  # fmt: skip
    crowd_ = subprocess.Popen([sys.executable, __file__, "--one", "load", str(server.port)], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    found: dict[str, Any] = {}
    try:
        _ask(crowd_, wanted["pages"]["all registers"], 0.0)  # each process reads the lawbook once
        for name, asked in wanted["pages"].items():
            begun, found[name] = server.cpu(), {}
            for words, pause in pauses.items():
                found[name][words] = _told(_ask(crowd_, asked, pause))
            cpu = (server.cpu() - begun) / (len(pauses) * (WARM + ASKED) * USERS) * 1000
            found[name]["cpu_ms"] = round(cpu, 1)
            print(folder.name, name, found[name], flush=True)
    finally:
        crowd_.terminate()
        crowd_.wait()
        server.stop()
    return {"cases": wanted["cases"], "open": wanted["open"], "pages": found}


def _ask(crowd_: Any, asked: Sequence[Any], pause: float) -> list[float]:
    crowd_.stdin.write(json.dumps({"asked": asked, "pause": pause}) + "\n")
    crowd_.stdin.flush()
    found: list[float] = json.loads(crowd_.stdout.readline())
    return found


def _told(spent: Sequence[float]) -> dict[str, int]:
    return {"p50": round(median(spent)), "p95": round(quantiles(spent, n=20)[-1])}


def swept() -> dict[str, Any]:
    """The daily sweep and the reminders of the day after, with at least ``OPEN`` open cases."""
    from django.db import connection

    from fadu.clock import today
    from fadu.store.models import Case
    from fadu.worker.daily import remind, sweep

    with connection.cursor() as cursor:
        open_ = Case.objects.filter(closed_on=None).count() - 1
        cursor.execute("SELECT count(*) FROM store_case WHERE closed_on IS NULL AND number NOT LIKE '%-%-%'")
        played = cursor.fetchone()[0] - 1
        _copied(cursor, range(COPIES + 1, COPIES + 1 + max(0, OPEN - open_) // played + 1), "closed_on IS NULL")
        if connection.vendor != "sqlite":
            cursor.execute("ANALYZE")
    open_ = Case.objects.filter(closed_on=None).count() - 1
    day, begun = today() + timedelta(days=1), time.perf_counter()
    moved, middle = sweep(day), time.perf_counter()
    told = remind(day)
    done = time.perf_counter()
    return {"open": open_, "projected_anew": moved, "reminded": told, "seconds": round(done - begun, 1),
            "seconds_sweep": round(middle - begun, 1), "seconds_remind": round(done - middle, 1)}  # fmt: skip


def measured(home: Path, database: str, pauses: Mapping[str, float]) -> dict[str, Any]:
    """Both sizes, then the sweep in the larger."""
    found = {}
    for size in SIZES:
        folder, url = home / size, f"{database}_{size}" if database else ""
        if not folder.exists():
            built(home, size, database)
        found[size] = pages_of(folder, url, pauses)
    found["sweep"] = json.loads(one("sweep", home / "large"))
    print("sweep", found["sweep"], flush=True)
    large = found["large"]["pages"]
    times = {
        name: {what: round(of(large[name]) / of(row), 2) for what, of in (("p95", _p95), ("cpu", itemgetter("cpu_ms")))}
        for name, row in found["small"]["pages"].items()
    }
    return found | {"times": times}


def _p95(row: dict[str, Any]) -> float:
    return float(row["at once"]["p95"])


def part(what: str, given: Sequence[str]) -> None:
    """What a process of its own does."""
    if what == "load":
        load(int(given[0]))
        return
    import django

    django.setup()
    match what:
        case "copy":
            copy_rows()
        case "plan":
            print(json.dumps(plan()))
        case "sweep":
            print(json.dumps(swept()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--postgres", default="")
    parser.add_argument("--sqlite", action="store_true", help="SQLite too")
    parser.add_argument("--quick", action="store_true", help="at once only")
    parser.add_argument("--keep", type=Path, default=None, help="where the stores are made, or stand already")
    parser.add_argument("--one", nargs="+", default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        part(given.one[0], given.one[1:])
        return
    found: dict[str, Any] = {}
    pauses, load_before = {"at once": 0.0} | ({} if given.quick else {"as people do": PAUSE}), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as own:
        for name, database in (("PostgreSQL", given.postgres), ("SQLite", "")):
            if database or (name == "SQLite" and given.sqlite):
                home = (given.keep or Path(own)) / name
                home.mkdir(parents=True, exist_ok=True)
                found[name] = measured(home, database, pauses)
    if given.write:
        write_results("pages", {"machine": machine(), "load_before": round(load_before, 1), "users": USERS,
                                "pages_each": ASKED, "databases": found})  # fmt: skip


if __name__ == "__main__":
    main()
