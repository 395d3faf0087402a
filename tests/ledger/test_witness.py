"""A witness cosigns what grew from what it saw, and says why it refuses the rest."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from kept_in_memory import (
    BEIJING,
    LEDGER_KEY,
    ORIGIN,
    STRANGER_KEY,
    WITNESS_KEY,
    grown,
    numbered,
)

from fadu.ledger.checkpoint import Checkpoint
from fadu.ledger.errors import BadSignatureError, LedgerError, NoteError, UnknownKeyError, WitnessError
from fadu.ledger.hashes import EMPTY, Pair, leaf_pair
from fadu.ledger.notes import add_signatures, open_note, sign_note
from fadu.ledger.tree import consistency_path
from fadu.ledger.witness import FileState, MemoryState, Submission, Witness

LEAVES = numbered(600)
_, ROWS = grown(LEAVES)
FORK = [*LEAVES[:100], leaf_pair(b"rewritten"), *LEAVES[101:]]
_, FORK_ROWS = grown(FORK)
NOON = datetime(2024, 2, 7, 12, 0, tzinfo=BEIJING)


def note(size: int, minute: int, leaves=LEAVES, key=LEDGER_KEY, origin=ORIGIN) -> str:
    tree, _ = grown(leaves[:size])
    time = (NOON + timedelta(minutes=minute)).isoformat()
    return sign_note(Checkpoint(origin, size, tree.root(), time).text, [key])


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


@pytest.fixture(params=["memory", "file"])
def witness(request, tmp_path) -> Witness:
    state = MemoryState({}) if request.param == "memory" else FileState(tmp_path / "witness.json")
    return Witness(WITNESS_KEY, {ORIGIN: [LEDGER_KEY.verifier]}, state)


def test_growth_is_cosigned(witness):
    old = 0
    for minute, size in enumerate((0, 1, 1, 99, 256, 599, 600)):
        submitted = note(size, minute)
        path = consistency_path(old, size, ROWS)
        signature = witness.observe(submitted, path, at(minute))
        assert signature.timestamp == int(at(minute).timestamp())
        opened = open_note(add_signatures(submitted, [signature]), [LEDGER_KEY.verifier, WITNESS_KEY.verifier])
        assert [each.verifier for each in opened.verified] == [LEDGER_KEY.verifier, WITNESS_KEY.verifier]
        old = size


def refused(witness: Witness, reason: str, words: str, *given) -> WitnessError:
    with pytest.raises(WitnessError, match=words) as caught:
        witness.observe(*given)
    assert caught.value.reason == reason
    return caught.value


def test_an_unknown_ledger(witness):
    stranger = note(5, 0, key=STRANGER_KEY, origin=STRANGER_KEY.name)
    refused(witness, "unknown", f"不认识账本“{STRANGER_KEY.name}”，不予见证；见证的账本：{ORIGIN}", stranger, [], at(0))


def test_a_smaller_tree(witness):
    witness.observe(note(300, 0), [], at(0))
    error = refused(witness, "smaller", "大小从 300 变为 299，少了 1 条；账本只能增加.*备份", note(299, 1), [], at(1))
    assert error.seen == note(300, 0)


def test_a_forked_tree_of_the_same_size(witness):
    witness.observe(note(300, 0), [], at(0))
    error = refused(
        witness, "forked", "分叉：大小同为 300，SM3 根已经见证的是 .*，现在是 .*两份检查点都有账本的签名.*请保存",
        note(300, 1, FORK), [], at(1),
    )  # fmt: skip
    assert error.seen == note(300, 0)


@pytest.mark.parametrize("rows", [ROWS, FORK_ROWS], ids=["proof of the first", "proof of the fork"])
def test_a_forked_tree_that_grew(witness, rows):
    witness.observe(note(300, 0), [], at(0))
    path = consistency_path(300, 500, rows)
    words = "一致性证明不成立，不予见证：证明不了大小 500 的账本是从已经见证的大小 300 增长来的.*请保存两份检查点"
    refused(witness, "forked", words, note(500, 1, FORK), path, at(1))
    witness.observe(note(500, 2), consistency_path(300, 500, ROWS), at(2))  # the honest one is not held up by it


def test_a_fork_in_one_of_the_two_trees(witness):
    """Whoever breaks one algorithm does not get past the other."""
    witness.observe(note(300, 0), [], at(0))
    honest, forked = grown(LEAVES[:500])[0].root(), grown(FORK[:500])[0].root()
    for roots, name in ((Pair(forked.sm3, honest.sha256), "SM3"), (Pair(honest.sm3, forked.sha256), "SHA-256")):
        mixed = sign_note(Checkpoint(ORIGIN, 500, roots, at(1).isoformat()).text, [LEDGER_KEY])
        path = consistency_path(300, 500, ROWS)
        refused(witness, "forked", f"的 {name} 一致性证明不成立", mixed, path, at(1))


def test_a_proof_from_another_size(witness):
    witness.observe(note(300, 0), [], at(0))
    refused(witness, "forked", "证明应从 300 开始", note(500, 1), consistency_path(200, 500, ROWS), at(1))


def test_a_proof_where_none_is_due(witness):
    path = consistency_path(300, 500, ROWS)
    refused(witness, "proof", f"第一次见证“{ORIGIN}”，没有可以衔接的大小；证明应当是空的", note(500, 0), path, at(0))


def test_an_older_time(witness):
    witness.observe(note(300, 5), [], at(5))
    path = consistency_path(300, 301, ROWS)
    words = "时间 2024-02-07T12:04:00.* 早于已经见证的 2024-02-07T12:05:00.*校准账本的时钟"
    refused(witness, "older", words, note(301, 4), path, at(6))


def test_a_time_to_come(witness):
    """Else one checkpoint dated to next year would keep every later one out as older."""
    refused(witness, "ahead", "晚于见证机关的时间 2024-02-07T12:00:00.*十分钟以上.*校准", note(300, 11), [], at(0))
    witness.observe(note(300, 10), [], at(0))


def test_an_empty_ledger_with_a_root(witness):
    forged = sign_note(Checkpoint(ORIGIN, 0, Pair(bytes(32), EMPTY.sha256), at(0).isoformat()).text, [LEDGER_KEY])
    refused(witness, "proof", "大小为 0 的账本，根应是空树的根", forged, [], at(0))


def test_a_note_that_is_not_the_ledgers(witness):
    with pytest.raises(UnknownKeyError):
        witness.observe(note(5, 0, key=STRANGER_KEY), [], at(0))
    text, signed = note(5, 0).split("\n\n")
    with pytest.raises(BadSignatureError):
        witness.observe(text.replace("12:00", "12:01") + "\n\n" + signed, [], at(0))
    with pytest.raises(NoteError):
        witness.observe("text", [], at(0))


def test_a_witness_without_a_witness_key_remembers_nothing():
    notes: dict[str, str] = {}
    with pytest.raises(NoteError, match="见证要用 cosignature/v1 的密钥"):
        Witness(LEDGER_KEY, {ORIGIN: [LEDGER_KEY.verifier]}, MemoryState(notes)).observe(note(5, 0), [], at(0))
    assert not notes


def test_a_refusal_changes_nothing(tmp_path):
    path = tmp_path / "witness.json"
    witness = Witness(WITNESS_KEY, {ORIGIN: [LEDGER_KEY.verifier]}, FileState(path))
    witness.observe(note(300, 0), [], at(0))
    before = path.read_bytes()
    for submitted, proof in ((note(299, 1), []), (note(500, 1, FORK), []), (note(301, -1), [])):
        with pytest.raises(WitnessError):
            witness.observe(submitted, proof, at(2))
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["witness.json", "witness.json.lock"]


def test_the_file_is_remembered_by_the_next_process(tmp_path):
    state = tmp_path / "witness.json"
    for minute, (old, size) in enumerate(((0, 10), (10, 300))):
        witness = Witness(WITNESS_KEY, {ORIGIN: [LEDGER_KEY.verifier]}, FileState(state))
        witness.observe(note(size, minute), consistency_path(old, size, ROWS), at(minute))
    assert json.loads(state.read_text(encoding="utf-8")) == {ORIGIN: note(300, 1)}


@pytest.mark.parametrize("content", ["", "text", "[]", '{"a": 1}'])
def test_a_damaged_file_is_not_taken_for_an_empty_one(tmp_path, content):
    state = tmp_path / "witness.json"
    state.write_text(content, encoding="utf-8")
    witness = Witness(WITNESS_KEY, {ORIGIN: [LEDGER_KEY.verifier]}, FileState(state))
    with pytest.raises(LedgerError, match=r"witness\.json: 见证记录读不出；不能当作第一次见证.*从备份恢复"):
        witness.observe(note(5, 0), [], at(0))
    assert state.read_text(encoding="utf-8") == content


def test_of_two_forks_at_once_one_is_cosigned(tmp_path):
    """Two requests that are each consistent with what was seen, but not with each other."""
    for attempt in range(5):
        state = tmp_path / f"{attempt}.json"
        first = Witness(WITNESS_KEY, {ORIGIN: [LEDGER_KEY.verifier]}, FileState(state))
        first.observe(note(50, 0), [], at(0))
        both = (LEAVES, ROWS), (FORK, FORK_ROWS)
        ways = [(note(300, 1, leaves), consistency_path(50, 300, rows)) for leaves, rows in both]

        def ask(way, state=state):
            try:
                return Witness(WITNESS_KEY, {ORIGIN: [LEDGER_KEY.verifier]}, FileState(state)).observe(*way, at(1))
            except WitnessError as error:
                return error.reason

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(ask, ways))
        assert answers.count("forked") == 1, answers


def test_a_submission_is_read_as_it_is_written():
    for old, size in ((0, 300), (99, 300), (300, 300)):
        made = Submission(old, tuple(consistency_path(old, size, ROWS)), note(size, 0))
        assert Submission.read(made.text) == made
    assert Submission(99, (), note(300, 0)).text.startswith("old 99\n\nexample.org/ledger\n300\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "不是送交见证的文件"),
        ("old 5\n", "不是送交见证的文件；应是：old 上次见证的大小"),
        ("5\n\nnote", "不是送交见证的文件"),
        ("old -1\n\nnote", "不是送交见证的文件"),
        ("old ５\n\nnote", "不是送交见证的文件"),
        ("old 5\nAAAA\n\nnote", "证明行“AAAA”应有两个散列"),
        ("old 5\nA A\n\nnote", "SM3 散列“A”不是标准的 Base64"),
        ("old 5\n" + "AAAA AAAA\n" * 127 + "\nnote", "证明有 127 行；至多 126 行"),
    ],
)
def test_what_is_not_a_submission(text, words):
    with pytest.raises(NoteError, match=words):
        Submission.read(text)
