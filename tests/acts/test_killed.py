"""A process killed at any moment: no accepted record is lost, none is doubled, the ledger verifies.

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
from pathlib import Path

import pytest

KILLS = int(os.environ.get("FADU_KILLS", "6"))
DATABASE = os.environ.get("FADU_TEST_DATABASE", "")
WRITER = """
import django
django.setup()
from datetime import date
from fadu.acts.advance import advance
from fadu.acts.moves import Move, NewCase
from fadu.acts.recording import Actor
from fadu.acts.register import register
from fadu.clock import today
from fadu.store.lawbook import book
from fadu.store.models import Unit

actor, unit = Actor(None), Unit.objects.get(parent=None)
book()  # read before the clock of the killer runs
print("begun", flush=True)
while True:
    case = register(actor, NewCase("reconsideration", unit.pk, Move("receive", today()), title="不服决定"))
    print(case.pk, 1, flush=True)
    for step in ("accept", "hear_opinions", "hear_opinions"):
        advance(actor, case.pk, Move(step, today()))
        print(case.pk, case.seq, flush=True)
"""
COUNT = """
import django, json
django.setup()
from fadu.store.models import Event
from fadu.store.sequence import sequence_waiting
sequence_waiting()
print(json.dumps([list(row) for row in Event.objects.order_by("id").values_list("case_id", "seq", "act", "step")]))
"""


@pytest.mark.skipif(bool(DATABASE), reason="写在 SQLite 的一个新区里；PostgreSQL 由 make soak 另测")
def test_a_writer_killed_at_random_loses_and_doubles_nothing(tmp_path: Path):
    folder = tmp_path / "district"
    environment = {**os.environ, "FADU_DISTRICT": str(folder), "DJANGO_SETTINGS_MODULE": "fadu.settings"}

    def python(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
        )

    made = python("-m", "fadu", "init", str(folder), "--name", "某区", "--code", "MQ", "--simulated")
    assert made.returncode == 0, made.stderr
    accepted: list[tuple[int, int]] = []
    chance = random.Random(7)
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER], env=environment, stdout=subprocess.PIPE, text=True, cwd=tmp_path
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "begun\n"
            time.sleep(chance.uniform(0.02, 0.7))
            writer.send_signal(signal.SIGKILL)
            lines = [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
            accepted += [tuple(map(int, line.split())) for line in lines]
    counted = python("-c", COUNT)
    assert counted.returncode == 0, counted.stderr
    events = [row for row in json.loads(counted.stdout) if row[2] != "found"]
    kept = {(case, seq) for case, seq, _, _ in events}
    assert len(kept) == len(events)
    assert accepted and {case for case, _ in accepted} <= {case for case, _ in kept}
    told = {case: max(seq for other, seq in accepted if other == case) for case, _ in accepted}
    for case in told:
        assert [seq for other, seq in sorted(kept) if other == case] == list(
            range(1, 1 + max(seq for other, seq in kept if other == case))
        )
    steps = [[step for other, _, _, step in events if other == case] for case in told]
    assert all(row == ["receive", "accept", "hear_opinions", "hear_opinions"][: len(row)] for row in steps)
    assert len(events) - len(accepted) <= KILLS  # at most the one that was being told
    assert "没有问题" in python("-m", "fadu", "worker", "--once").stdout + python("-m", "fadu", "verify").stdout
    assert python("-m", "fadu", "verify").returncode == 0
    assert python("-m", "fadu", "rebuild", "--check").returncode == 0
