"""The ledger is clean after work, and not after any byte of what it holds was changed by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from fadu.acts.advance import advance
from fadu.acts.attach import Handed, attach, content_of
from fadu.acts.close_period import Closed, close_period
from fadu.acts.erase import erase
from fadu.acts.errors import ActRefused
from fadu.acts.moves import Move, NewCase
from fadu.acts.open_with_facts import Facts, open_with_facts
from fadu.law.errors import FaduError
from fadu.store.append_only import lift
from fadu.store.checkpoints import make_checkpoint
from fadu.store.models import Checkpoint, Document, Event, Role
from fadu.store.sequence import sequence_waiting
from fadu.store.verifying import document_path, proof_of, verify_store

DAY = date(2024, 2, 26)


@pytest.fixture
def worked(town, at):
    """A district in which something of each kind was recorded, and that somebody then gets at directly."""
    with at("2024-02-26 10:00"):
        open_with_facts(town.actor(Role.LEGAL_OFFICER), [
            Facts(NewCase("reconsideration", town.bureau.pk, Move("receive", DAY), title="不服决定"), [
                Move("accept", DAY), Move("assign", DAY, by=("甲", "乙")),
            ], "纸质台账补录")
            for _ in range(90)
        ])  # fmt: skip
        case = town.reconsideration(DAY)
        advance(town.actor(Role.HANDLER), case.pk, Move("accept", DAY))
        attach(town.actor(Role.HANDLER), case.pk, Handed("罚款收据", "text/plain", "收据".encode()))
        close_period(town.actor(Role.ADMINISTRATOR), "2023Q4", [Closed("reconsideration.received", "90")])
        sequence_waiting()
        make_checkpoint()
        town.reconsideration(DAY)
        sequence_waiting()
        lift(connection)
        yield case


def _verdicts() -> dict[str, bool]:
    return {verdict.name: verdict.ok for verdict in verify_store()}


def _words() -> str:
    return " ".join(f"{fault.where} {fault.words}" for verdict in verify_store() for fault in verdict.faults)


def test_work_leaves_a_clean_ledger(worked):
    assert _verdicts() == {"integrity": True, "order": True, "completeness": True}, _words()


@pytest.mark.parametrize("statement", [
    "UPDATE store_event SET body = replace(body, 'SFJ', 'SFK') WHERE seq = 1",
    "UPDATE store_event SET step = 'decline' WHERE step = 'accept'",
    "UPDATE store_event SET occurred_on = '2024-02-25' WHERE seq = 2",
    "UPDATE store_event SET recorded_at = '2024-02-25 01:00:00' WHERE seq = 2",
    "UPDATE store_event SET act = 'note' WHERE seq = 3",
    "UPDATE store_event SET commits = replace(commits, '\"title\":\"', '\"title\":\"0') WHERE seq = 1",
    "UPDATE store_event SET void = NOT void WHERE seq = 2",
    "UPDATE store_event SET prev = sm3 WHERE seq = 2",
    "UPDATE store_event SET sm3 = sha256 WHERE seq = 2",
    "UPDATE store_secret SET salt = sealed WHERE name = 'title'",
    "UPDATE store_secret SET sealed = salt WHERE name = 'parties'",
    "DELETE FROM store_secret WHERE name = 'summary'",
    "UPDATE store_node SET sm3 = sha256",
    "UPDATE store_tree SET size = size + 1",
    "UPDATE store_tree SET frontier = (SELECT prev FROM store_event WHERE seq = 2 LIMIT 1)",
    "UPDATE store_checkpoint SET note = replace(note, 'time 2024', 'time 2023')",
    "UPDATE store_figure SET value = '91'",
    "DELETE FROM store_figure",
    "UPDATE store_case SET head = (SELECT sha256 FROM store_event WHERE seq = 1 LIMIT 1) WHERE seq = 3",
    "DELETE FROM store_leaf WHERE \"index\" = (SELECT max(\"index\") FROM store_leaf)",
    "UPDATE store_document SET sm3 = replace(sm3, substr(sm3, 1, 4), '0000')",
])  # fmt: skip
def test_what_was_changed_by_hand_is_found(worked, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount > 0
    assert not all(_verdicts().values())
    assert _words()


def test_a_changed_document_is_found(worked):
    document = Document.objects.get()
    path = document_path(document.sha256)
    kept = path.read_bytes()
    try:
        path.write_bytes(kept + b"!")
        assert not _verdicts()["integrity"]
        with pytest.raises(FaduError, match="内容与登记的摘要不符"):
            content_of(document)
        path.unlink()
        assert not all(_verdicts().values())
        with pytest.raises(FaduError, match="文件不在了；请从备份恢复"):
            content_of(document)
    finally:
        path.write_bytes(kept)


def test_erasing_personal_data_leaves_the_ledger_valid(town, worked):
    erase(town.actor(Role.ADMINISTRATOR), worked.pk, "保存期限届满")
    sequence_waiting()
    assert _verdicts() == {"integrity": True, "order": True, "completeness": True}, _words()


def test_a_period_is_closed_once(town, worked):
    with pytest.raises(ActRefused, match="2023Q4 已经关账"):
        close_period(town.actor(Role.ADMINISTRATOR), "2023Q4", [Closed("reconsideration.received", "91")])


def test_a_proof_is_checked_by_a_script_that_knows_nothing_of_the_project(worked, tmp_path):
    event = Event.objects.get(case=worked, seq=2)
    path = tmp_path / "proof.json"
    path.write_text(proof_of(event.pk), encoding="utf-8")
    script = Path(__file__).parents[2] / "scripts" / "verify_proof.py"
    command = [sys.executable, "-I", str(script), str(path)]
    good = subprocess.run(command, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stdout + good.stderr
    proof = json.loads(path.read_text(encoding="utf-8"))
    proof["leaf"] = proof["leaf"].replace("accept", "reject")
    path.write_text(json.dumps(proof), encoding="utf-8")
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 1


def test_the_database_itself_refuses_to_change_an_event(town, at):
    with at("2024-02-26 10:00"):
        case = town.reconsideration(DAY)
    with pytest.raises(Exception, match="append-only"):
        Event.objects.filter(case=case).update(step="accept")


def test_checkpoints_are_signed_by_the_district(worked):
    note = Checkpoint.objects.get().note
    assert note.startswith(f"{settings.DISTRICT.origin}\n")
    assert f"— {settings.DISTRICT.origin} " in note
