"""A district's checkpoint goes to its superior body and comes back cosigned, from the command line alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fadu.ledger.ed25519 import Ed25519Signer, Ed25519Verifier
from fadu.ledger.notes import COSIGNATURE, open_note

SRC = Path(__file__).parents[2] / "src"
NAME = "city.example/witness"


def fadu(*words: object) -> tuple[int, str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FADU_", "DJANGO_"))}
    environment = {**clean, "PYTHONPATH": str(SRC), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "fadu", *map(str, words)], env=environment, capture_output=True, check=False
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture(scope="module")
def stages(tmp_path_factory) -> Path:
    """A district that grew: its checkpoint at first, then the submission from there, and the key of its ledger."""
    where = tmp_path_factory.mktemp("witness")
    assert fadu("init", where / "town", "--name", "某区", "--code", "MQ", "--simulated")[0] == 0
    code, said, _ = fadu("checkpoint", "--district", where / "town", "--json")
    first = json.loads(said)
    assert code == 0 and first["size"] == 1 and first["since"] is None and first["proof"] == []
    assert fadu("play", "--district", where / "town", "--cases", "20")[0] == 0
    (where / "first.note").write_text(first["note"])
    (where / "log.key").write_text(first["verifier"])
    (where / "grown.sub").write_text(fadu("checkpoint", "--district", where / "town", "--since", "1")[1])
    (where / "grown.note").write_text(fadu("checkpoint", "--district", where / "town")[1])
    (where / "witness.pem").write_bytes(Ed25519Signer.from_seed(NAME, bytes(range(32)), COSIGNATURE).to_pem())
    return where


def observe(stages: Path, state: Path, note: str, *more: object) -> tuple[int, str, str]:
    log = (stages / "log.key").read_text()
    return fadu("witness", "--state", state, "--key", stages / "witness.pem", "--name", NAME, "--log", log,
                stages / note, *more)  # fmt: skip


def test_growth_is_cosigned(stages, tmp_path):
    state = tmp_path / "seen.json"
    code, said, words = observe(stages, state, "first.note")
    assert code == 0 and said.startswith(f"— {NAME} "), words
    code, said, words = observe(stages, state, "grown.sub", "--json")
    assert code == 0, words
    answer = json.loads(said)
    assert answer["origin"] == "fadu.example/MQ" and answer["size"] > 100
    keys = [Ed25519Verifier.read(text) for text in (answer["verifier"], (stages / "log.key").read_text())]
    assert {each.verifier.name for each in open_note(answer["note"], keys).verified} == {NAME, "fadu.example/MQ"}
    assert answer["cosignature"] in answer["note"] and not (tmp_path / "district.toml").exists()


def test_the_proof_may_come_in_a_file_of_its_own(stages, tmp_path):
    state = tmp_path / "seen.json"
    assert observe(stages, state, "first.note")[0] == 0
    code, said, words = observe(stages, state, "grown.note", "--proof", stages / "grown.sub")
    assert code == 0 and said.startswith("— "), words


def test_without_proof_or_backwards_nothing_is_cosigned(stages, tmp_path):
    state = tmp_path / "seen.json"
    assert observe(stages, state, "first.note")[0] == 0
    code, said, words = observe(stages, state, "grown.note")
    assert code == 2 and not said and "一致性证明不成立，不予见证" in words
    assert observe(stages, state, "grown.sub")[0] == 0
    code, said, words = observe(stages, state, "first.note")
    assert code == 2 and not said and "账本只能增加，不予见证" in words


def test_who_is_not_known(stages, tmp_path):
    stranger = Ed25519Signer.from_seed("other.example/log", bytes(32)).verifier.text
    given = ("witness", "--state", tmp_path / "seen.json", "--name", NAME, "--log", stranger)
    code, _, words = fadu(*given, "--key", stages / "witness.pem", stages / "first.note")
    assert code == 2 and "不认识账本“fadu.example/MQ”" in words
    code, _, words = fadu(*given, "--key", stages / "log.key", stages / "first.note")
    assert code == 2 and "私钥文件读不出" in words
    code, _, words = fadu(*given, "--key", stages / "none.pem", stages / "first.note")
    assert code == 2 and "没有文件" in words
    (tmp_path / "odd.note").write_bytes(b"\xff\xfe")
    code, _, words = fadu(*given, "--key", stages / "witness.pem", tmp_path / "odd.note")
    assert code == 2 and "不是 UTF-8" in words


def test_a_proof_from_beyond_the_end(stages):
    code, _, words = fadu("checkpoint", "--district", stages / "town", "--since", "99999999")
    assert code == 2 and "前者应不大于后者" in words
