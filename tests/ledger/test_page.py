"""The reference page of proof files says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from verify_proof import KEYS

from fadu.ledger.checkpoint import Checkpoint
from fadu.ledger.ed25519 import Ed25519Verifier
from fadu.ledger.leaf import COMMITMENT_PREFIX, COMMITMENTS, DOCUMENTS
from fadu.ledger.notes import open_note
from fadu.ledger.proof import _PROOF, FORMAT

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "proof-file.md"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_every_key_is_explained(page):
    assert tuple(_PROOF) == KEYS  # the script has them too
    for key in (*_PROOF, COMMITMENTS, DOCUMENTS):
        assert f"| `{key}` |" in page, key
    assert FORMAT in page and COMMITMENT_PREFIX.decode().strip() in page


def test_the_checkpoint_shown_is_a_real_one(page):
    blocks = re.findall(r"^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    note = next(block for block in blocks if "\ntime " in block)
    shown = next(block for block in blocks if block.startswith("example.org/ledger+"))
    keys = [Ed25519Verifier.read(line) for line in shown.split()]
    opened = open_note(note, keys)
    assert [each.verifier for each in opened.verified] == keys
    assert Checkpoint.read(opened.text).origin == "example.org/ledger"
