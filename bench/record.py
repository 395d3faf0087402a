"""What recording one event costs through the act, against the bare transaction that writes the same rows.

The act: permission, the law's answer, the event with its leaf in both trees, the projection, one transaction. The bare
side replays the very statements that the act sent, one transaction an event, by the same driver in one process; it
reads nothing, judges nothing and hashes nothing. Interleaved rounds on copies of one district: events a second, and
CPU microseconds of an event (of this process and of PostgreSQL's for its connection), the steadier figure on a shared
machine. Then 2400 events in one call (``advance_all``).

    python bench/record.py [--write] [--postgres postgresql://postgres@127.0.0.1/fadu_bench]
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
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import Any

from harness import machine, write_results

ROUNDS, EVENTS, BATCHES = 7, 300, 5
DAY = date(2024, 2, 26)
Statement = tuple[str, Any, bool]


def prepared(folder: Path, database: str, begins_on: date | None = None) -> tuple[Any, list[int]]:
    """A district with enough accepted cases; the handler who acts, and the cases."""
    os.environ["FADU_DISTRICT"], os.environ["DJANGO_SETTINGS_MODULE"] = str(folder), "fadu.settings"
    from fadu.district import District, write_district

    write_district(District(folder, "MC", "明川区", "明", database, simulated=True, begins_on=begins_on))
    import django

    django.setup()
    from fadu.acts.found import found_district
    from fadu.acts.moves import Move, NewCase
    from fadu.acts.open_with_facts import Facts, open_with_facts
    from fadu.acts.recording import Actor
    from fadu.store.access import access_of
    from fadu.store.models import Grant, Person, Role, Unit

    found_district("明川区", "MC", "明", simulated=True)
    unit = Unit.objects.get()
    person = Person.objects.create(login="c1", name="承办人", unit=unit)
    Grant.objects.create(person=person, role=Role.HANDLER, unit=unit, since=date(2020, 1, 1))
    then = [Move("accept", DAY), Move("assign", DAY, by=("甲", "乙"))]
    facts = [
        Facts(NewCase("reconsideration", unit.pk, Move("receive", DAY), title=f"第{number}件"), then, "测量")
        for number in range((ROUNDS + 1) * EVENTS)
    ]
    cases = [opened.case.pk for opened in open_with_facts(Actor(None), facts) if opened.case]
    return Actor(access_of(person, DAY)), cases


def act_on(actor: Any, cases: list[int], around: Callable[[], Any] = nullcontext) -> None:
    """One event on each case, through the act."""
    from fadu.acts.advance import advance
    from fadu.acts.moves import Move

    for case in cases:
        with around():
            advance(actor, case, Move("hear_opinions", DAY))


def captured(actor: Any, cases: list[int]) -> list[list[Statement]]:
    """The writing statements of each act."""
    from django.db import connection

    acts: list[list[Statement]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip()[:6] in ("INSERT", "UPDATE", "DELETE"):
            acts[-1].append((sql.replace("%s", "?") if connection.vendor == "sqlite" else sql, params, many))
        return execute(sql, params, many, context)

    def around() -> Any:
        acts.append([])
        return connection.execute_wrapper(note)

    act_on(actor, cases, around)
    return acts


def replay(driver: Any, acts: list[list[Statement]], sqlite: bool) -> None:
    """The same statements, one transaction an act."""
    cursor = driver.cursor()
    for act in acts:
        cursor.execute("BEGIN IMMEDIATE" if sqlite else "BEGIN")
        for sql, params, many in act:
            (cursor.executemany if many else cursor.execute)(sql, params)
        cursor.execute("COMMIT")


class Copies:
    """Three copies of one database: to capture, to act on, to replay on."""

    def __init__(self, database: str) -> None:
        from django.db import connection

        self.sqlite, self.name = not database, str(connection.settings_dict["NAME"])
        connection.close()
        self.names = [self.name, *(f"{self.name}_{number}" for number in (1, 2))]
        for copy in self.names[1:]:
            if self.sqlite:
                shutil.copy(self.name, copy)
            else:
                admin(f"DROP DATABASE IF EXISTS {copy}", f"CREATE DATABASE {copy} TEMPLATE {self.name}")

    def use(self, place: int) -> None:
        """Let Django work on a copy."""
        from django.db import connection

        connection.close()
        connection.settings_dict["NAME"] = self.names[place]

    def driver(self, place: int) -> Any:
        """The driver's own connection, set up as Django sets it up."""
        from django.db import connection

        self.use(place)
        connection.ensure_connection()
        driver, connection.connection = connection.connection, None
        if not self.sqlite:
            driver.autocommit = True
        return driver


def admin(*statements: str) -> None:
    for statement in statements:
        subprocess.run(["psql", "-q", "-h", "127.0.0.1", "-U", "postgres", "-c", statement], check=True)


def rates(database: str) -> dict[str, Any]:
    """Both sides in interleaved rounds, after one that only warms up; then batches."""
    from fadu.clock import BEIJING, standing_at

    with tempfile.TemporaryDirectory() as folder, standing_at(datetime(2024, 2, 26, 10, tzinfo=BEIJING)):
        actor, cases = prepared(Path(folder) / "district", database)
        copies = Copies(database)
        slices = [cases[start : start + EVENTS] for start in range(0, len(cases), EVENTS)]
        copies.use(0)
        written = [captured(actor, part) for part in slices]
        driver = copies.driver(2)
        replay(driver, written[0], copies.sqlite)
        copies.use(1)
        act_on(actor, slices[0])
        timed = Timer(backend(), backend(driver))
        for part, acts in zip(slices[1:], written[1:], strict=True):
            timed("act", lambda part=part: act_on(actor, part))
            timed("bare", lambda acts=acts: replay(driver, acts, copies.sqlite))
        for _ in range(BATCHES):
            timed("one step a case", lambda: in_batch(actor, cases, 1))
            timed("ten steps a case", lambda: in_batch(actor, cases[: len(cases) // 10], 10))
        driver.close()
    return told(timed, len(cases)) | {"statements": len(written[0][0])}


def in_batch(actor: Any, cases: list[int], steps: int) -> None:
    """So many more events on each case, all in one call."""
    from fadu.acts.advance import Step, advance_all
    from fadu.acts.moves import Move

    outcomes = advance_all(actor, [
        Step(case, Move("hear_opinions", DAY)) for case in cases for _ in range(steps)
    ])  # fmt: skip
    assert all(outcome.case for outcome in outcomes)


def told(timed: Timer, batch: int) -> dict[str, Any]:
    """Rates and CPU microseconds of an event, medians of the rounds; the shares are those of the bare side's."""
    wall = {side: median(spent) for side, spent in timed.wall.items()}
    cpu = {side: median(spent) for side, spent in timed.cpu.items()}
    return {
        **{side: round(EVENTS / wall[side]) for side in ("act", "bare")},
        "share": round(wall["bare"] / wall["act"], 2),
        "cpu_microseconds": {side: round(cpu[side] / EVENTS * 1e6) for side in ("act", "bare")},
        "cpu_share": round(cpu["bare"] / cpu["act"], 2),
        "batch": {"events": batch, "per_cpu_second": {
            side: round(batch / cpu[side]) for side in ("one step a case", "ten steps a case")
        }},
        "slowest": {side: round(EVENTS / max(timed.wall[side])) for side in ("act", "bare")},
    }  # fmt: skip


class Timer:
    """Wall and CPU seconds of calls by side; CPU is that of this process and of the database's for the side."""

    def __init__(self, act: int | None, bare: int | None) -> None:
        self.backends = {"act": act, "bare": bare}
        self.wall: dict[str, list[float]] = {}
        self.cpu: dict[str, list[float]] = {}

    def __call__(self, side: str, call: Callable[[], None]) -> None:
        cpu, wall = self._cpu(side), time.perf_counter()
        call()
        self.wall.setdefault(side, []).append(time.perf_counter() - wall)
        self.cpu.setdefault(side, []).append(self._cpu(side) - cpu)

    def _cpu(self, side: str) -> float:
        backend = self.backends.get(side, self.backends["act"])
        return time.process_time() + (spent_by(backend) if backend else 0)


def backend(driver: Any = None) -> int | None:
    """PostgreSQL's process for a connection (default: Django's); None on SQLite, which works in this one."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return None
    if driver is None:
        connection.ensure_connection()
        driver = connection.connection
    return int(driver.info.backend_pid)


def spent_by(process: int) -> float:
    """CPU seconds a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--postgres", default="")
    parser.add_argument("--one", default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        print(json.dumps(rates(given.one)))
        return
    found: dict[str, Any] = {}
    for name, database in (("SQLite", ""), ("PostgreSQL", given.postgres)):
        if name == "SQLite" or database:
            if database:
                label = database.rpartition("/")[2]
                admin(f"DROP DATABASE IF EXISTS {label}", f"CREATE DATABASE {label}")
            command = [sys.executable, __file__, "--one", database]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[name] = json.loads(done.stdout.splitlines()[-1])
            print(name, found[name])
    if given.write:
        write_results("record", {"machine": machine(), "rounds": ROUNDS, "events": EVENTS, "databases": found})


if __name__ == "__main__":
    main()
