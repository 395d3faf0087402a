"""Imports in the background: to the end, stopped, broken off, killed; nothing is lost and nothing doubled.

A short run each time; ``make soak`` kills two hundred times (``FADU_KILLS``).
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from registers_in_office import ROWS, handed_in, imported, ran, sheet

from fadu.acts.errors import ActRefused
from fadu.acts.import_file import drop_file
from fadu.acts.import_queue import queue, stop
from fadu.store.models import Case, Event, ImportRow, Role, Trace
from fadu.worker import imports, run_once

KILLS = int(os.environ.get("FADU_KILLS", "3"))
DATABASE = os.environ.get("FADU_TEST_DATABASE", "")
MANY = 300
"""Cases of one file: more than a worker takes in before it is killed."""


@pytest.fixture
def june(at):
    with at("2024-06-03 10:00"):
        yield


def many(count: int, first: int = 1) -> list[tuple[str, ...]]:
    """Rows of as many cases."""
    day = date(2024, 1, 2)
    return [
        (f"明复〔2024〕{number}号", "区司法局", f"不服决定{number}", f"公司{number}", f"138{number:08d}",
         str(day + timedelta(days=number % 60)), "", "", "")
        for number in range(first, first + count)
    ]  # fmt: skip


def test_the_worker_takes_what_waits(town, june):
    batch = handed_in(town, sheet(ROWS))
    assert [words for words in run_once() if words.startswith("导入")] == []  # nobody has started it yet
    queue(town.actor(Role.LEGAL_OFFICER), batch, dry=False)
    assert f"导入第 {batch.pk} 批（复议台账.xlsx）：新增 2 行，更新 0 行，未变 0 行，退回 1 行" in list(run_once())
    assert [words for words in run_once() if words.startswith("导入")] == []
    kept = Trace.objects.filter(kind="import").order_by("pk").values_list("words", flat=True)
    assert list(kept) == [
        f"上传 复议台账.xlsx，导入行政复议台账（第 {batch.pk} 批）", f"开始导入第 {batch.pk} 批 复议台账.xlsx",
        f"第 {batch.pk} 批 复议台账.xlsx：新增 2 行，更新 0 行，未变 0 行，退回 1 行",
    ]  # fmt: skip


def test_progress_is_counted_with_the_rows(town, june):
    batch, told = handed_in(town, sheet([*many(250), *ROWS[2:]])), []
    queue(town.actor(Role.LEGAL_OFFICER), batch, dry=False)
    list(imports.run(batch.pk, lambda done, total: told.append((done, total))))
    assert told == [(0, 251), (1, 251), (101, 251), (201, 251), (251, 251)]
    batch.refresh_from_db()
    assert (batch.done, batch.total, ImportRow.objects.count()) == (251, 251, 251)


def test_what_was_broken_off_goes_on_where_it_was(town, june, monkeypatch):
    """As after a power cut: the batch still says that it runs."""
    batch = handed_in(town, sheet(many(250)))
    queue(town.actor(Role.LEGAL_OFFICER), batch, dry=False)
    really, times = imports.Importer.record, []

    def record(importer, drafts, placed):
        times.append(1)
        if len(times) == 2:
            raise KeyboardInterrupt
        return really(importer, drafts, placed)

    monkeypatch.setattr(imports.Importer, "record", record)
    with pytest.raises(KeyboardInterrupt):
        list(imports.run(batch.pk))
    batch.refresh_from_db()
    assert (batch.state, batch.done) == ("running", 100)
    list(imports.run_waiting())
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.words) == ("done", 250, "新增 250 行，更新 0 行，未变 0 行，退回 0 行")
    assert Case.objects.exclude(procedure="journal").count() == 250


def test_a_person_stops_it_and_lets_it_go_on(town, june, monkeypatch):
    batch = handed_in(town, sheet(many(250)))
    officer = town.actor(Role.LEGAL_OFFICER)
    queue(officer, batch, dry=False)
    told = imports.run(batch.pk, lambda done, total: stop(officer, batch) if done == 100 else None)
    assert list(told) == [f"导入第 {batch.pk} 批：已停止"]
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.words) == ("failed", 100, "由本人停止；已导入的行不受影响，可以继续")
    assert Case.objects.exclude(procedure="journal").count() == 100
    with pytest.raises(ActRefused, match="这一批没有在导入，不用停止"):
        stop(officer, batch)
    ran(town, batch)
    assert (batch.state, batch.done) == ("done", 250)
    with pytest.raises(ActRefused, match="正在导入或者已经导入；要再导入同一个文件，请重新上传"):
        queue(officer, batch, dry=False)


def test_whoever_left_imports_nothing_more(town, june):
    batch = handed_in(town, sheet(ROWS))
    queue(town.actor(Role.LEGAL_OFFICER), batch, dry=False)
    town.people[Role.LEGAL_OFFICER].is_active = False
    town.people[Role.LEGAL_OFFICER].save()
    list(imports.run_waiting())
    batch.refresh_from_db()
    assert (batch.state, batch.words) == ("failed", "单位法制员的账号已停用，没有继续导入；请由别人重新上传")
    assert Event.objects.exclude(case__procedure="journal").count() == 0


def test_a_file_that_is_gone_is_told(town, june):
    batch = handed_in(town, sheet(ROWS))
    queue(town.actor(Role.LEGAL_OFFICER), batch, dry=False)
    with pytest.raises(ActRefused, match="文件还要用；请先停止"):
        drop_file(batch)
    (Path(settings.DISTRICT.uploads) / batch.file).unlink()
    list(imports.run_waiting())
    batch.refresh_from_db()
    assert "文件“复议台账.xlsx”不在了；请从备份恢复 uploads，或者重新上传" in batch.words


def test_files_lie_sealed_and_are_deleted_after_thirty_days(town, at):
    with at("2024-06-03 10:00"):
        batch = imported(town, ROWS)
    path = Path(settings.DISTRICT.uploads) / batch.file
    data = path.read_bytes()
    assert not data.startswith(b"PK") and path.stat().st_mode & 0o077 == 0
    with at("2024-07-02 10:00"):
        assert imports.sweep_files() == 0
    with at("2024-07-04 10:00"):
        assert imports.sweep_files() == 1
    batch.refresh_from_db()
    assert not path.exists() and batch.file == "" and ImportRow.objects.filter(batch=batch).count() == 3


def test_the_event_of_a_fault_of_the_program_is_told_and_the_worker_lives(town, june, monkeypatch, caplog):
    batch = handed_in(town, sheet(ROWS))
    queue(town.actor(Role.LEGAL_OFFICER), batch, dry=False)

    def broken(*given, **named):
        raise ZeroDivisionError

    monkeypatch.setattr(imports, "read_batch", broken)
    list(imports.run_waiting())
    batch.refresh_from_db()
    assert batch.words == "程序出错（ZeroDivisionError），已导入的行不受影响；请告诉系统管理员，之后可以继续"


BEGIN = """
import django
django.setup()
from fadu.store.lawbook import book
book()
"""
FOUND = BEGIN + """
from datetime import date
from fadu.clock import today
from fadu.store.models import Grant, Person, Role, Unit
root = Unit.objects.get(parent=None)
bureau = Unit.objects.create(code="SFJ", name="区司法局", kind="department", parent=root)
person = Person.objects.create(login="zhang", name="张三", unit=bureau, simulated=True)
Grant.objects.create(person=person, role=Role.LEGAL_OFFICER, unit=bureau, since=date(2020, 1, 1))
"""
HAND_IN = BEGIN + """
import sys
from pathlib import Path
from fadu.acts.import_file import take_in
from fadu.acts.import_queue import queue
from fadu.acts.recording import Actor
from fadu.clock import today
from fadu.store.access import access_of
from fadu.store.models import Person
actor = Actor(access_of(Person.objects.get(login="zhang"), today()))
queue(actor, take_in(actor, "复议.xlsx", Path(sys.argv[1]).read_bytes(), "reconsideration"), dry=False)
"""
WORK = BEGIN + """
from fadu.worker.imports import run_waiting
print("begun", flush=True)
for words in run_waiting():
    print(words, flush=True)
print("idle", flush=True)
"""
COUNT = BEGIN + """
import json
from fadu.store.models import Event, ImportBatch, ImportRow
print(json.dumps({
    "events": list(Event.objects.exclude(case__procedure="journal").order_by("id")
                   .values_list("case__number", "seq", "act", "step")),
    "batches": list(ImportBatch.objects.order_by("pk").values_list("pk", "state", "total", "done", "words")),
    "rows": list(ImportRow.objects.order_by("batch", "row").values_list("batch_id", "row", "outcome")),
}))
"""


@pytest.mark.skipif(bool(DATABASE), reason="写在 SQLite 的一个新区里")
def test_an_import_killed_at_random_loses_and_doubles_nothing(tmp_path: Path):
    """One file after another, each worker killed; each file says one thing more of each case than the one before."""
    folder = tmp_path / "district"
    environment = {**os.environ, "FADU_DISTRICT": str(folder), "DJANGO_SETTINGS_MODULE": "fadu.settings"}

    def python(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    python("-m", "fadu", "init", str(folder), "--name", "某区", "--code", "MQ", "--simulated")
    python("-c", FOUND)
    rows = many(MANY)
    chance, files, idle = random.Random(11), 0, True
    for _ in range(KILLS):
        if idle:
            files += 1
            data = [(*row[:2], f"{row[2]}（{files}）", *row[3:]) for row in rows]
            (tmp_path / "register.xlsx").write_bytes(sheet(data))
            python("-c", HAND_IN, "register.xlsx")
        idle = killed_while_working(environment, tmp_path, chance.uniform(0.05, 1.5))
    python("-c", WORK)
    found = json.loads(python("-c", COUNT))
    words = ["新增 300 行，更新 0 行，未变 0 行，退回 0 行"]
    words += ["新增 0 行，更新 300 行，未变 0 行，退回 0 行"] * (files - 1)
    assert found["batches"] == [[place, "done", MANY, MANY, told] for place, told in enumerate(words, 1)]
    assert [row[:2] for row in found["rows"]] == [
        [batch, row] for batch in range(1, files + 1) for row in range(2, MANY + 2)
    ]
    expected = [[1, "register", "receive"], *([seq, "amend", ""] for seq in range(2, files + 1))]
    by_case: dict[str, list[list[object]]] = {}
    for number, *event in found["events"]:
        by_case.setdefault(number, []).append(event)
    assert len(by_case) == MANY and all(events == expected for events in by_case.values())
    assert "没有问题" in python("-m", "fadu", "verify")
    python("-m", "fadu", "rebuild", "--check")


TAKEN = BEGIN + """
import io, json
from django.conf import settings
from fadu.acts.import_reading import copy_of
from fadu.store.models import ImportBatch
print(json.dumps([copy_of(ImportBatch.objects.get())[:2].decode(), settings.DISTRICT.key("pseudonym").hex()]))
"""


@pytest.mark.skipif(bool(DATABASE), reason="写在 SQLite 的一个新区里")
def test_a_backup_brings_back_the_files_and_the_keys_they_need(tmp_path: Path):
    """Of a restored district the marked copy can be made, and persons have the pseudonyms they had."""
    def python(folder: str, *words: str) -> str:
        environment = {**os.environ, "FADU_DISTRICT": str(tmp_path / folder), "DJANGO_SETTINGS_MODULE": "fadu.settings"}
        done = subprocess.run(
            [sys.executable, *words], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    python("one", "-m", "fadu", "init", str(tmp_path / "one"), "--name", "某区", "--code", "MQ", "--simulated")
    python("one", "-c", FOUND)
    (tmp_path / "register.xlsx").write_bytes(sheet(ROWS))
    python("one", "-c", HAND_IN, "register.xlsx")
    python("one", "-c", WORK)
    before = python("one", "-c", TAKEN)
    python("one", "-m", "fadu", "backup", "--to", "kept.tar.gz", "--with-keys")
    python("two", "-m", "fadu", "restore", "kept.tar.gz", "--to", str(tmp_path / "two"))
    assert python("two", "-c", TAKEN) == before


def killed_while_working(environment: dict[str, str], folder: Path, seconds: float) -> bool:
    """Start a worker, kill it after so long; whether it had done everything before."""
    with subprocess.Popen(
        [sys.executable, "-c", WORK], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        cwd=folder,
    ) as worker:  # fmt: skip
        assert worker.stdout is not None
        assert worker.stdout.readline() == "begun\n"
        time.sleep(seconds)
        worker.send_signal(signal.SIGKILL)
        return "idle" in worker.stdout.read()
