"""What recording one event costs over HTTP, and whether 64 people at once lose one.

The office, served as ``fadu serve`` serves it, takes the form of a step: session, CSRF, row access, form, act,
redirect. Beside it a bare application inserts the same rows by Django's ORM, one transaction a request, behind the
same server with as many processes and threads. CPU seconds are those of the server's processes and of the database's
(PostgreSQL: the backends of the district's database); the client's are not counted. Interleaved rounds; medians.

    python bench/over_http.py [--write] [--postgres postgresql://postgres@127.0.0.1/fadu_bench]
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import record
from harness import machine, write_results
from record import DAY, act_on, admin, prepared, spent_by

ROUNDS, EVENTS, WORKERS, CLIENTS = 5, 200, 2, 4
WRITERS, EACH, SHARED = 64, 10, 8
CSRF = "b" * 32


class Server:
    """Granian as ``fadu serve`` starts it, on a free port; its processes' CPU seconds."""

    def __init__(self, target: str, environment: dict[str, str], database: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        code = (
            "from granian import Granian; from granian.constants import Interfaces; "
            f"Granian({target!r}, address='127.0.0.1', port={self.port}, interface=Interfaces.WSGI, "
            f"workers={WORKERS}, blocking_threads=4, log_enabled=False).serve()"
        )
        path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], env={**os.environ, **environment, "PYTHONPATH": path}
        )
        self.database = database
        self._wait()

    def _wait(self) -> None:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("the server does not answer")

    def cpu(self) -> float:
        """CPU seconds so far, of the server's processes and the database's backends."""
        return sum(map(spent_by, [*family(self.process.pid), *backends(self.database)]))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def family(parent: int) -> list[int]:
    """A process and all it started."""
    found, waiting = [], [parent]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            waiting += map(int, task.read_text().split())
    return found


def backends(database: str) -> list[int]:
    """The processes of PostgreSQL that serve a database."""
    if not database:
        return []
    query = f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}'"
    told = subprocess.run(
        ["psql", "-qAt", "-h", "127.0.0.1", "-U", "postgres", "-c", query], check=True, capture_output=True, text=True
    )
    return [int(line) for line in told.stdout.split()]


def sessions(person: Any, many: int) -> list[str]:
    """Sessions of a person who has signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from fadu.clock import now

    found = []
    for _ in range(many):
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person.pk), person.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session["seen_at"] = now().timestamp()
        session.save()
        found.append(str(session.session_key))
    return found


def post(connection: HTTPConnection, path: str, session: str, **given: str) -> int:
    """Send a form; the status."""
    body = urlencode({"csrfmiddlewaretoken": CSRF, **given})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded", "Cookie": f"sessionid={session}; csrftoken={CSRF}",
    }  # fmt: skip
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    response.read()
    return response.status


def step_form(case: int) -> str:
    return f"/cases/{case}/steps/hear_opinions/"


def sent(server: Server, work: Sequence[Callable[[HTTPConnection], int]], clients: int) -> list[int]:
    """All requests, by so many clients at a time; the statuses."""
    def client(place: int) -> list[int]:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=120)
        try:
            return [one(connection) for one in work[place::clients]]
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        return [status for told in pool.map(client, range(clients)) for status in told]


def cost(server: Server, work: Sequence[Callable[[HTTPConnection], int]]) -> float:
    """CPU milliseconds an event."""
    begun = server.cpu()
    told = sent(server, work, CLIENTS)
    wrong = [status for status in told if status != 302]
    if wrong:
        raise RuntimeError(f"{len(wrong)} of {len(told)} requests were answered {wrong[:5]}")
    return (server.cpu() - begun) / len(work) * 1000


def rows_made(cases: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The rows the act has left, as the bare side inserts them."""
    from fadu.store.models import Case, Clock, Event, Leaf, Tree

    tree = Tree.objects.filter(pk=1).values("size", "frontier").first()
    found = {}
    for case in cases:
        row = Case.objects.filter(pk=case).values().get()
        for name in ("id", "number", "procedure", "simulated"):
            del row[name]
        event = Event.objects.filter(pk=case << 20 | row["seq"]).values().get()
        leaf = Leaf.objects.filter(event_id=event["id"]).first()
        clocks = [{name: value for name, value in clock.items() if name != "id"}
                  for clock in Clock.objects.filter(case_id=case).values()]  # fmt: skip
        found[case] = {"case": row, "event": event, "clocks": clocks, "leaf": leaf and leaf.index, "tree": tree}
    return found


def measure(database: str) -> dict[str, Any]:
    """Both sides, and the 64."""
    from fadu.clock import BEIJING, standing_at

    record.ROUNDS, record.EVENTS = ROUNDS, EVENTS
    with tempfile.TemporaryDirectory() as folder:
        home, bare = Path(folder) / "district", Path(folder) / "bare"
        with standing_at(datetime(2024, 2, 26, 10, tzinfo=BEIJING)):
            actor, cases = prepared(home, database, begins_on=DAY)
            named = copied(home, bare, database)
            act_on(actor, cases)
            (Path(folder) / "rows").write_bytes(pickle.dumps(rows_made(cases)))
        named_home = again(home, bare, database)
        keys = sessions(actor.access.person, len(cases) + WRITERS)
        here = {"FADU_DISTRICT": str(home)} | ({"FADU_DATABASE": f"{database}_first"} if database else {})
        there = {"FADU_DISTRICT": str(bare)} | ({"FADU_DATABASE": f"{database}_bare"} if database else {})
        office = Server("fadu.office.wsgi:application", here, named_home)
        try:
            plain = Server("bare_app:application", {**there, "BARE_ROWS": str(Path(folder) / "rows")}, named)
            try:
                found = interleaved(office, plain, cases, keys)
            finally:
                plain.stop()
            found |= crowd(office, cases, keys[len(cases) :])
        finally:
            office.stop()
        verified = subprocess.run([sys.executable, "-m", "fadu", "verify"], capture_output=True, text=True,
                                  env={**os.environ, **here}, check=False)  # fmt: skip
        return found | {"ledger": verified.returncode == 0}


def copied(home: Path, bare: Path, database: str) -> str:
    """The district as it is before any act, twice more: for the bare side, and for the office. The bare one's name."""
    from django.db import connection

    connection.close()
    shutil.copytree(home, bare)
    shutil.copytree(home, home.with_name("first"))
    if not database:
        return ""
    label = database.rpartition("/")[2]
    for copy in ("bare", "first"):
        admin(f"DROP DATABASE IF EXISTS {label}_{copy}", f"CREATE DATABASE {label}_{copy} TEMPLATE {label}")
    return f"{label}_bare"


def again(home: Path, bare: Path, database: str) -> str:
    """Let the office begin where the bare side begins; its database's name."""
    from django.db import connection

    connection.close()
    if database:
        connection.settings_dict["NAME"] += "_first"
        return f"{database.rpartition('/')[2]}_first"
    for name in ("fadu.sqlite3", "fadu.sqlite3-wal", "fadu.sqlite3-shm"):
        (home / name).unlink(missing_ok=True)
    shutil.copy(bare / "fadu.sqlite3", home)
    return ""


def interleaved(office: Server, plain: Server, cases: Sequence[int], keys: Sequence[str]) -> dict[str, Any]:
    """CPU milliseconds an event on both sides; the first round warms both up and is not counted."""
    spent: dict[str, list[float]] = {"office": [], "bare": []}
    for start in range(0, len(cases), EVENTS):
        part = list(zip(cases[start : start + EVENTS], keys[start : start + EVENTS], strict=True))
        acts = [lambda to, case=case, key=key: post(to, step_form(case), key, on=DAY.isoformat()) for case, key in part]
        inserts = [lambda to, case=case: post(to, f"/{case}", "") for case, _ in part]
        spent["office"].append(cost(office, acts))
        spent["bare"].append(cost(plain, inserts))
    kept = {side: values[1:] for side, values in spent.items()}
    middle = {side: round(median(values), 2) for side, values in kept.items()}
    return {**{f"{side}_ms": value for side, value in middle.items()},
            **{f"{side}_ms_range": [round(min(values), 2), round(max(values), 2)] for side, values in kept.items()},
            "times": round(middle["office"] / middle["bare"], 2)}  # fmt: skip


def crowd(office: Server, cases: Sequence[int], keys: Sequence[str]) -> dict[str, Any]:
    """64 writers on 8 cases at once: every accepted record is there once, the seq of each case counts them."""
    from fadu.store.models import Case, Event
    from fadu.store.sequence import sequence_waiting

    shared = cases[:SHARED]
    before = dict(Case.objects.filter(pk__in=shared).values_list("pk", "seq"))
    work = [
        lambda to, case=shared[number % SHARED], key=keys[number % WRITERS]: post(
            to, step_form(case), key, on=DAY.isoformat()
        )
        for number in range(WRITERS * EACH)
    ]
    begun = time.perf_counter()
    told = sent(office, work, WRITERS)
    wall = time.perf_counter() - begun
    sequence_waiting()
    after = dict(Case.objects.filter(pk__in=shared).values_list("pk", "seq"))
    made = sum(Event.objects.filter(pk__range=(case << 20 | before[case] + 1, (case + 1 << 20) - 1)).count()
               for case in shared)  # fmt: skip
    accepted = told.count(302)
    lost = accepted - made
    return {"writers": WRITERS, "accepted": accepted, "refused": len(told) - accepted, "lost": lost,
            "counted": sum(after.values()) - sum(before.values()) == made,
            "accepted_per_second": round(accepted / wall)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--postgres", default="")
    parser.add_argument("--one", default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        print(json.dumps(measure(given.one)))
        return
    found: dict[str, Any] = {}
    for name, database in (("SQLite", ""), ("PostgreSQL", given.postgres)):
        if name == "SQLite" or database:
            if database:
                label = database.rpartition("/")[2]
                admin(f"DROP DATABASE IF EXISTS {label}", f"CREATE DATABASE {label}")
            done = subprocess.run([sys.executable, __file__, "--one", database], check=True, stdout=subprocess.PIPE,
                                  text=True)  # fmt: skip
            found[name] = json.loads(done.stdout.splitlines()[-1])
            print(name, found[name])
    if given.write:
        write_results("over_http", {"machine": machine(), "rounds": ROUNDS, "events": EVENTS, "processes": WORKERS,
                                    "databases": found})  # fmt: skip


if __name__ == "__main__":
    main()
