"""Each kind of stored byte changed by hand, and which of the three verdicts says so, in which words."""

from __future__ import annotations

import random
import re
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept_in_memory import LEDGER_KEY, STRANGER_KEY, WITNESS_KEY, Case, Kept, office

from fadu.ledger.checkpoint import Checkpoint
from fadu.ledger.hashes import Pair, leaf_pair
from fadu.ledger.leaf import canonical, read_canonical
from fadu.ledger.notes import add_signatures, cosign, read_note, sign_note
from fadu.ledger.records import CheckpointRecord, DocumentRecord
from fadu.ledger.tree import Frontier, Node
from fadu.ledger.verdicts import Verdict, verify

OFFICE = office()
EARLIER = OFFICE.notes[2].note


@pytest.fixture
def kept() -> Kept:
    return deepcopy(OFFICE)


def verdicts(kept: Kept, *given) -> dict[str, Verdict]:
    return {each.name: each for each in verify(kept, *given)}


def failing(kept: Kept, *given) -> set[str]:
    return {each.name for each in verify(kept, *given) if not each.ok}


def says(verdict: Verdict, where: str, words: str) -> bool:
    return any(re.search(where, each.where) and re.search(words, each.words) for each in verdict.faults)


def flipped(data: bytes, place: int = 0) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_a_ledger_as_it_was_written_is_clean(kept):
    found = verdicts(kept)
    assert [(each.name, each.label, each.ok) for each in found.values()] == [
        ("integrity", "未被改动", True), ("order", "次序", True), ("completeness", "齐全", True),
    ]  # fmt: skip
    assert found["integrity"].counts == {
        "events": 700, "commitments": 200, "documents": 64, "nodes": 2, "checkpoints": 7,
    }  # fmt: skip
    assert found["order"].counts == {"events": 700, "cases": 40, "checkpoints": 7}
    assert found["completeness"].counts == {"sequenced": 700, "events": 700, "covered": 700, "uncovered": 0}


def test_an_empty_ledger_is_clean():
    assert not failing(Kept())
    started = Kept()
    started.checkpoint()  # of size 0
    assert not failing(started)


def test_growth_after_the_newest_checkpoint_is_counted(kept):
    for number in range(30):
        kept.record("B", {"number": number})
    found = verdicts(kept)
    assert all(each.ok for each in found.values())
    assert (found["completeness"].counts["covered"], found["completeness"].counts["uncovered"]) == (700, 30)


# -- integrity ----------------------------------------------------------------------------------------


def test_changed_content_of_an_event(kept):
    kept.change(300, data=kept.records[300].data.replace(b'"number":300', b'"number":301'))
    assert failing(kept) == {"integrity"}
    found = verdicts(kept)["integrity"]
    assert found.total == 1
    assert says(found, r"办件 A-020 第 8 个事件（记录 301）", "内容算出的 SM3、SHA-256 叶散列与写入时的不同")


@pytest.mark.parametrize(("half", "label"), [("sm3", "SM3"), ("sha256", "SHA-256")])
def test_changed_leaf_hash(kept, half, label):
    stored = kept.records[300].stored
    kept.change(300, stored=stored._replace(**{half: flipped(getattr(stored, half))}))
    found = verdicts(kept)
    assert says(found["integrity"], "A-020 第 8 个", f"内容算出的 {label} 叶散列与写入时的不同")
    assert says(found["integrity"], "第 8 层第 1 号节点", "与由各叶算出的不同")
    assert says(found["integrity"], "前沿", "与由各叶算出的不同")
    assert says(found["order"], "检查点", f"大小为 400 时，检查点的 {label} 根是 .*签发之后有记录被改动")
    assert says(found["order"], "A-020 第 9 个", "前一事件散列") == (half == "sm3")


def test_an_event_rewritten_with_its_leaf(kept):
    """Whoever changes the content and computes its hash anew is found by everything built on it."""
    data = kept.records[300].data.replace(b'"number":300', b'"number":301')
    kept.change(300, data=data, stored=leaf_pair(data))
    found = verdicts(kept)
    assert says(found["integrity"], "第 8 层第 1 号节点", "与由各叶算出的不同")
    assert says(found["order"], "A-020 第 9 个", "前一事件散列不是前一事件的")
    assert says(found["order"], "检查点", "大小为 400 时")
    assert not says(found["order"], "检查点", "大小为 300 时")  # an earlier one does not speak of it


def test_everything_rewritten_but_the_checkpoints(kept):
    """A whole history made anew: only what was signed tells."""
    made = Kept()
    for number, event in enumerate(kept.records):
        content = read_canonical(event.data)
        values = {each.name: each.value for each in event.sealed}
        papers = tuple(b"".join(each.chunks) for each in kept.papers if each.leaf == event.data)
        body = {**content["body"], "number": -1} if number == 650 else content["body"]
        made.record(event.case, body, values, papers)
    made.notes = kept.notes
    found = verdicts(made)
    assert {name for name, each in found.items() if not each.ok} == {"order"}
    assert found["order"].total == 1 and says(found["order"], "检查点", "大小为 700 时，检查点的 SM3 根是")


@pytest.mark.parametrize("half", ["sm3", "sha256"])
@pytest.mark.parametrize("place", [0, 1])
def test_changed_node(kept, place, half):
    node = kept.nodes[place]
    kept.nodes[place] = node._replace(pair=node.pair._replace(**{half: flipped(getattr(node.pair, half), 31)}))
    assert failing(kept) == {"integrity"}
    assert says(verdicts(kept)["integrity"], f"第 8 层第 {place} 号节点", "节点或者叶的散列被改动")


def test_deleted_node(kept):
    del kept.nodes[0]
    assert says(verdicts(kept)["integrity"], "第 8 层第 0 号节点", "没有保存这个节点")
    assert verdicts(kept)["integrity"].total == 1  # the next one is found again


@pytest.mark.parametrize("node", [Node(8, 2, Pair(bytes(32), bytes(32))), Node(5, 0, Pair(bytes(32), bytes(32)))])
def test_added_node(kept, node):
    kept.nodes.append(node)
    assert failing(kept) == {"integrity"}
    assert says(verdicts(kept)["integrity"], "账本的节点", "保存了 3 个，应有 2 个；多出的")


def test_moved_node(kept):
    kept.nodes[1] = kept.nodes[1]._replace(index=7)
    assert says(verdicts(kept)["integrity"], "第 8 层第 1 号节点", "位置被改动")


@pytest.mark.parametrize(
    ("edge", "verdict", "words"),
    [
        (None, "integrity", "没有保存前沿；账本有 700 条"),
        (b"", "integrity", "前沿长 0 字节"),
        (flipped(OFFICE.edge, 391), "integrity", "与由各叶算出的不同"),
        (Frontier().to_bytes(), "completeness", "保存的大小是 0，有序号的事件是 700 个"),
    ],
)
def test_changed_frontier(kept, edge, verdict, words):
    kept.edge = edge
    assert failing(kept) == {verdict}
    assert says(verdicts(kept)[verdict], "账本的前沿", words)


def sealed_changed(kept: Kept, position: int = 7, **changed) -> None:
    first, *rest = kept.records[position].sealed
    kept.change(position, sealed=(replace(first, **changed), *rest))


@pytest.mark.parametrize("changed", [{"value": "另一人"}, {"salt": bytes(32)}, {"salt": b""}, {"value": 1.5}])
def test_changed_personal_value(kept, changed):
    sealed_changed(kept, **changed)
    assert failing(kept) == {"integrity"}
    assert says(verdicts(kept)["integrity"], "A-007 第 1 个", "“姓名”密封的值与承诺不符：值、盐或者承诺被改动")


def test_a_personal_value_that_does_not_unseal(kept):
    sealed_changed(kept, value=None, fault="密文打不开")
    assert says(verdicts(kept)["integrity"], "A-007 第 1 个", "“姓名”密封的值与承诺不符：密文打不开")


def test_a_personal_value_gone(kept):
    kept.change(7, sealed=kept.records[7].sealed[1:])
    assert failing(kept) == {"integrity"}
    assert says(verdicts(kept)["integrity"], "A-007 第 1 个", "“姓名”有承诺，密封的值却不见了，也没有抹去的记录")


def test_a_personal_value_erased_leaves_the_ledger_valid(kept):
    for position in range(0, 700, 7):
        erased = tuple(replace(each, value=None, salt=b"", erased=True) for each in kept.records[position].sealed)
        kept.change(position, sealed=erased)
    found = verdicts(kept)
    assert all(each.ok for each in found.values())
    assert found["integrity"].counts["commitments_erased"] == found["integrity"].counts["commitments"] == 200


@pytest.mark.parametrize("left", [{"value": None}, {"salt": b""}])
def test_a_personal_value_erased_by_half(kept, left):
    sealed_changed(kept, erased=True, **left)
    assert says(verdicts(kept)["integrity"], "A-007 第 1 个", "“姓名”记为已经抹去，值或者盐却还在")


def test_a_personal_value_that_nobody_committed_to(kept):
    kept.change(8, sealed=kept.records[7].sealed)
    assert says(verdicts(kept)["integrity"], "A-008 第 1 个", "“姓名”有密封的值，叶里却没有它的承诺")


def test_a_changed_commitment(kept):
    content = read_canonical(kept.records[7].data)
    content["commitments"]["姓名"] = "00" * 32
    kept.change(7, data=canonical(content))
    found = verdicts(kept)["integrity"]
    assert says(found, "A-007 第 1 个", "叶散列与写入时的不同")
    assert says(found, "A-007 第 1 个", "“姓名”密封的值与承诺不符")


def test_changed_document(kept):
    kept.papers[3] = replace(kept.papers[3], chunks=["第 33 号决定书".encode(), b" "])
    assert failing(kept) == {"integrity"}
    assert says(verdicts(kept)["integrity"], "办件 A-033 第 1 个事件的文书", "文件的 SM3 与登记的不同；.*备份")


def test_changed_document_hash(kept):
    kept.papers[3] = replace(kept.papers[3], sm3="00" * 32)
    found = verdicts(kept)["integrity"]
    assert says(found, "A-033", "登记的散列不在事件的叶里") and says(found, "A-033", "文件的 SM3 与登记的不同")


def test_a_document_exchanged_with_its_hash(kept):
    kept.papers[3] = replace(kept.papers[3], sm3=leaf_pair(b"x").sm3.hex(), chunks=[b"\x00x"])
    assert verdicts(kept)["integrity"].total == 1
    assert says(verdicts(kept)["integrity"], "A-033", "登记的散列不在事件的叶里")


def test_a_document_file_gone(kept):
    kept.papers[3] = replace(kept.papers[3], chunks=None)
    assert says(verdicts(kept)["integrity"], "A-033", "文件不见了，也没有抹去的记录")
    kept.papers[3] = replace(kept.papers[3], erased=True)
    assert not failing(kept) and verdicts(kept)["integrity"].counts["documents_erased"] == 1


def test_a_document_of_no_event(kept):
    kept.papers.append(DocumentRecord("附件", "00" * 32, None, None))
    assert failing(kept) == {"integrity", "completeness"}
    assert says(verdicts(kept)["completeness"], "文书", "各叶记着 64 份文书，登记的是 65 份")


def test_a_document_row_deleted(kept):
    del kept.papers[3]
    assert failing(kept) == {"completeness"}
    assert says(verdicts(kept)["completeness"], "文书", "各叶记着 64 份文书，登记的是 63 份；有文书被删除")


# -- checkpoints --------------------------------------------------------------------------------------


def note_changed(kept: Kept, place: int, old: str, new: str) -> None:
    record = kept.notes[place]
    assert old in record.note
    kept.notes[place] = replace(record, note=record.note.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("\n300\n", "\n301\n", "签名与正文不符"),
        ("\n300\n", "\n999999\n", "签名与正文不符"),
        ("time 2024", "time 2023", "签名与正文不符"),
        ("sm3 ", "md5 ", "签名与正文不符"),
        ("— example.org/ledger", "— example.org/other", "签名的密钥都不认识"),
        ("— example.org/ledger ", "", "不是签名行"),
        ("\n\n", "\n", "不是签名文字"),
    ],
)
def test_changed_checkpoint(kept, old, new, words):
    note_changed(kept, 2, old, new)
    assert failing(kept) == {"integrity"}
    assert verdicts(kept)["integrity"].total == 1
    assert says(verdicts(kept)["integrity"], "大小为 300 的检查点", words)


def test_a_checkpoint_filed_under_another_size(kept):
    kept.notes[2] = replace(kept.notes[2], size=301)
    assert failing(kept) == {"integrity"}
    assert says(verdicts(kept)["integrity"], "大小为 301 的检查点", "签名的文字说大小是 300；登记的大小被改动")


def test_a_checkpoint_of_another_ledger(kept):
    stated = replace(Checkpoint.read(read_note(kept.notes[2].note)[0]), origin="example.org/other")
    kept.notes[2] = replace(kept.notes[2], note=sign_note(stated.text, [LEDGER_KEY]))
    assert says(verdicts(kept)["integrity"], "大小为 300", "账本“example.org/other”的；这个账本是“example.org/ledger”")


def test_a_checkpoint_of_a_stranger(kept):
    text, _ = read_note(kept.notes[2].note)
    kept.notes[2] = replace(kept.notes[2], note=sign_note(text, [STRANGER_KEY]))
    assert says(verdicts(kept)["integrity"], "大小为 300", "密钥都不认识：example.org/stranger")


def test_a_bad_cosignature(kept):
    text, _ = read_note(kept.notes[2].note)
    good = cosign(text, WITNESS_KEY, 1707300000)
    kept.notes[2] = replace(kept.notes[2], note=add_signatures(kept.notes[2].note, [good]))
    assert not failing(kept)
    bad = replace(good, value=flipped(good.value, 70))
    kept.notes[2] = replace(OFFICE.notes[2], note=add_signatures(OFFICE.notes[2].note, [bad]))
    assert says(verdicts(kept)["integrity"], "大小为 300", "“example.org/witness”.*签名与正文不符")


def test_checkpoints_out_of_order(kept):
    kept.notes[2], kept.notes[3] = kept.notes[3], kept.notes[2]
    assert failing(kept) == {"order"}
    found = verdicts(kept)["order"]
    assert says(found, "大小为 300 的检查点", "大小从 400 倒退到 300")
    assert says(found, "大小为 300 的检查点", "时间 .* 早于前一个检查点的")


def test_a_signed_checkpoint_that_is_of_no_beginning(kept):
    """The ledger's key in the wrong hands does not make another history true."""
    stated = Checkpoint.read(read_note(kept.notes[2].note)[0])
    for half, label in (("sm3", "SM3"), ("sha256", "SHA-256")):
        roots = stated.roots._replace(**{half: bytes(32)})
        kept.notes[2] = CheckpointRecord(300, sign_note(replace(stated, roots=roots).text, [LEDGER_KEY]))
        assert failing(kept) == {"order"}
        assert says(verdicts(kept)["order"], "检查点", f"检查点的 {label} 根是 {'0' * 64}")


# -- order --------------------------------------------------------------------------------------------


def test_an_index_given_twice(kept):
    kept.change(301, index=300)
    found = verdicts(kept)["order"]
    assert says(found, "A-021 第 8 个", "序号 300 重复或者倒退；应是 301")
    assert says(found, "A-022 第 8 个", "序号应是 301，却是 302；中间的 1 条被删除或者序号被改动")
    assert not says(found, "A-023", "序号")


def test_two_places_exchanged(kept):
    kept.change(300, index=301)
    kept.change(301, index=300)
    found = verdicts(kept)
    assert says(found["order"], "检查点", "大小为 400 时")
    assert says(found["integrity"], "第 8 层第 1 号节点", "不同")
    assert not says(found["integrity"], "事件", "内容")


def test_a_deleted_event(kept):
    """With its row the index is gone, the chain is broken, and everything signed since says so."""
    del kept.records[300]
    found = verdicts(kept)
    assert says(found["order"], "A-021 第 8 个", "序号应是 300，却是 301；中间的 1 条被删除")
    assert says(found["order"], "A-020 第 9 个", "在办件中的号应是 8；中间的事件被删除")
    assert says(found["order"], "A-020 第 9 个", "前一事件散列")
    assert says(found["order"], "检查点", "大小为 400 时")
    assert says(found["completeness"], "前沿", "保存的大小是 700，有序号的事件是 699 个")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"seq": 19}, "在办件中的号应是 18|在办件中的号应是 8"),
        ({"prev": bytes(32)}, "前一事件散列不是前一事件的"),
        ({"prev": b""}, "前一事件散列不是前一事件的"),
        ({"case": "A-021"}, "在办件中的号应是|前一事件散列"),
    ],
)
def test_a_changed_link(kept, changed, words):
    kept.change(300, **changed)
    assert "order" in failing(kept) and says(verdicts(kept)["order"], "A-02[01]", words)


def test_the_first_event_has_none_before_it(kept):
    kept.change(0, prev=bytes(32))
    assert failing(kept) == {"order"} and says(verdicts(kept)["order"], "A-000 第 1 个", "前一事件散列")


def test_a_case_sequenced_backwards():
    kept = Kept()
    for number in range(2):
        kept.record("A", {"number": number})
    kept.tree, kept.nodes, kept.notes = Frontier(), [], []
    for index, position in enumerate((1, 0)):
        kept.change(position, index=index)
        kept.tree, _ = kept.tree.append(kept.records[position].stored)
    kept.edge = kept.tree.to_bytes()
    kept.checkpoint()
    assert failing(kept) == {"order"}
    assert says(verdicts(kept)["order"], "A 第 2 个", "在账本中的序号 0 不在前一事件的 1 之后")


def test_an_event_listed_under_another_case(kept):
    cases = list(kept.cases())
    mixed = [replace(cases[0], events=[replace(each, case="A-001") for each in cases[0].events]), *cases[1:]]
    kept.cases = lambda: iter(mixed)
    assert says(verdicts(kept)["order"], "A-001 第 1 个", "列在办件 A-000 之下")


# -- completeness -------------------------------------------------------------------------------------


def test_an_event_without_a_leaf(kept):
    """Written past the acts, straight into the table."""
    last = kept.records[-1]
    kept.records.append(replace(last, position=701, seq=last.seq + 1, prev=last.stored.sm3, stored=None, index=None))
    kept.states[last.case].seq += 1
    kept.states[last.case].head = leaf_pair(last.data).sm3
    assert failing(kept) == {"completeness"}
    assert says(verdicts(kept)["completeness"], "记录 701", "事件没有叶：没有经过登记的动作写入")


def test_events_that_wait_for_their_place_are_counted(kept):
    for position in (698, 699):
        kept.change(position, index=None)
    kept.tree, kept.nodes, kept.notes = Frontier(), [], kept.notes[:6]
    kept.tree, kept.nodes = kept.tree.extend(each.stored for each in kept.records[:698])
    kept.edge = kept.tree.to_bytes()
    found = verdicts(kept)
    assert all(each.ok for each in found.values())
    assert found["completeness"].counts == {
        "unsequenced": 2, "sequenced": 698, "events": 700, "covered": 600, "uncovered": 98,
    }  # fmt: skip


def test_an_event_that_the_sequencer_forgot(kept):
    waiting = kept.record("B", {"late": True})
    kept = _without_place(kept)
    assert not failing(kept)
    kept.clock = waiting.recorded_at + timedelta(hours=1, minutes=1)
    kept.checkpoint()
    assert failing(kept) == {"completeness"}
    words = "记录于 2024-02-07T21:10:00.*还没有编入账本；请运行 fadu worker"
    assert says(verdicts(kept)["completeness"], "办件 B 第 1 个", words)


def _without_place(kept: Kept) -> Kept:
    """The newest event as it stands before the sequencer came to it."""
    kept.change(-1, index=None)
    kept.tree, kept.nodes = Frontier().extend(each.stored for each in kept.records if each.index is not None)
    kept.edge = kept.tree.to_bytes()
    return kept


def test_a_place_taken_from_the_newest_event(kept):
    kept.change(699, index=None)
    found = verdicts(kept)["completeness"]
    assert says(found, "前沿", "保存的大小是 700，有序号的事件是 699 个")
    assert says(found, "检查点", "签发时账本有 700 条，现在只有 699 条；末尾的 1 条被删除")


def cut(kept: Kept, size: int) -> Kept:
    """The newest events taken away, with everything about them."""
    made = Kept()
    for event in kept.records[:size]:
        content = read_canonical(event.data)
        papers = tuple(b"".join(each.chunks) for each in kept.papers if each.leaf == event.data)
        made.record(event.case, content["body"], {each.name: each.value for each in event.sealed}, papers)
    made.notes = [each for each in kept.notes if each.size <= size]
    return made


def test_the_newest_events_deleted(kept):
    kept.records = kept.records[:690]
    found = verdicts(kept)["completeness"]
    assert says(found, "前沿", "保存的大小是 700，有序号的事件是 690 个")
    assert says(found, "检查点", "末尾的 10 条被删除")
    assert says(found, "办件 A-010", "写明最后是第 18 个事件，查到的最后是第 17 个")


def test_only_what_is_held_elsewhere_shows_a_clean_cut(kept):
    """The limit of what a ledger can say of itself, and what a witness adds."""
    short = cut(kept, 650)
    assert not failing(short)
    assert failing(short, [kept.notes[5].note]) == set()  # of 600: still a beginning
    assert failing(short, [kept.notes[6].note, kept.notes[5].note]) == {"completeness"}
    found = verdicts(short, [kept.notes[6].note])["completeness"]
    assert says(found, "别处保存的检查点（2024-02-07T21:10", "签发时账本有 700 条，现在只有 650 条；末尾的 50 条被删除")


def test_a_fork_held_elsewhere(kept):
    other = office(300)
    other.change(0, stored=leaf_pair(b"other"))
    tree, _ = Frontier().extend(each.stored for each in other.records)
    stated = Checkpoint("example.org/ledger", 300, tree.root(), "2024-02-07T12:00:00+08:00")
    note = sign_note(stated.text, [LEDGER_KEY])
    assert failing(kept, [note]) == {"order"}
    assert says(verdicts(kept, [note])["order"], "别处保存的检查点", "大小为 300 时，检查点的 SM3 根是")
    assert says(verdicts(kept, [note[:-3] + "A=\n"])["integrity"], r"别处保存的检查点（第 1 份）", "Base64|签名")


def test_a_case_that_does_not_state_its_last_event(kept):
    for state in (Case(17, kept.states["A-000"].head), Case(18, bytes(32))):
        kept.states["A-000"] = state
        assert failing(kept) == {"completeness"}
        assert says(verdicts(kept)["completeness"], "办件 A-000", "或者散列不同；末尾的事件被删除")


def test_a_case_without_events(kept):
    kept.states["Z"] = Case()
    assert failing(kept) == {"completeness"}
    assert says(verdicts(kept)["completeness"], "办件 Z", "没有任何事件")


def test_events_of_no_case(kept):
    del kept.states["A-000"]
    assert says(verdicts(kept)["completeness"], "全部办件", "各办件的事件共 682 个，全部事件有 700 个")


# -- all of it ----------------------------------------------------------------------------------------


def test_faults_beyond_the_limit_are_counted(kept):
    for position in range(700):
        kept.change(position, data=kept.records[position].data + b" ")
    found = {each.name: each for each in verify(kept, limit=5)}["integrity"]
    assert len(found.faults) == 5 and found.total >= 700 and not found.ok


COLUMNS = ["data", "prev", "sm3", "sha256", "seq", "index", "case", "value", "salt", "node", "edge", "note", "paper",
           "paper sm3", "head", "case seq"]  # fmt: skip


@settings(max_examples=100)
@given(st.sampled_from(COLUMNS), st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 255))
def test_any_byte_of_any_column_changed_is_found(column, row, place, mask):
    kept = deepcopy(OFFICE)
    change(kept, column, random.Random(row), lambda data: _turned(data, place, mask))
    assert failing(kept), column


def _turned(data: bytes, place: int, mask: int) -> bytes:
    if not data:
        return bytes([mask])
    at = place % len(data)
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def change(kept: Kept, column: str, chance: random.Random, turn) -> None:
    """One stored value of the column changed."""
    position = chance.randrange(len(kept.records))
    event = kept.records[position]
    if column in ("data", "prev"):
        kept.change(position, **{column: turn(getattr(event, column))})
    elif column in ("sm3", "sha256"):
        kept.change(position, stored=event.stored._replace(**{column: turn(getattr(event.stored, column))}))
    elif column in ("seq", "index"):
        kept.change(position, **{column: int.from_bytes(turn(getattr(event, column).to_bytes(3, "big")), "big")})
    elif column == "case":
        kept.change(position, case=chance.choice([each for each in kept.states if each != event.case]))
    elif column in ("value", "salt"):
        first, second = kept.records[position - position % 7].sealed
        new = turn(first.salt) if column == "salt" else turn(first.value.encode()).decode(errors="backslashreplace")
        kept.change(position - position % 7, sealed=(replace(first, **{column: new}), second))
    elif column == "node":
        number = chance.randrange(2)
        node = kept.nodes[number]
        kept.nodes[number] = node._replace(pair=node.pair._replace(sm3=turn(node.pair.sm3)))
    elif column == "edge":
        kept.edge = turn(kept.edge)
    elif column == "note":
        number = chance.randrange(7)
        turned = turn(kept.notes[number].note.encode()).decode(errors="backslashreplace")
        kept.notes[number] = replace(kept.notes[number], note=turned)
    elif column.startswith("paper"):
        number = chance.randrange(len(kept.papers))
        paper = kept.papers[number]
        content, sm3 = b"".join(paper.chunks), bytes.fromhex(paper.sm3)
        new = {"chunks": [turn(content)]} if column == "paper" else {"sm3": turn(sm3).hex()}
        kept.papers[number] = replace(paper, **new)
    else:
        state = kept.states[event.case]
        new = Case(state.seq, turn(state.head)) if column == "head" else Case(state.seq + 1, state.head)
        kept.states[event.case] = new


def test_memory_does_not_grow_with_the_events():
    """A stream of 60,000 events is verified in the memory of a batch."""
    import tracemalloc

    kept = Kept()
    event = kept.record("A", {"step": "receive"})

    class Stream(Kept):
        def __init__(self, count):
            super().__init__()
            self.count = count
            self.tree, made = Frontier(), 0
            for start in range(0, count, 1000):
                self.tree, nodes = self.tree.extend([event.stored] * min(1000, count - start))
                made += len(nodes)
            self.edge, self.made = self.tree.to_bytes(), made

        def events(self):
            return (replace(event, index=index) for index in range(self.count))

        def cases(self):
            return iter(())

        def stored_nodes(self, level):
            return iter(())

        def node_count(self):
            return 0

    peaks = []
    for count in (15_000, 60_000):
        stream = Stream(count)
        tracemalloc.start()
        found = verify(stream)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found[0].counts["events"] == count
    assert peaks[1] < peaks[0] * 1.3, peaks
