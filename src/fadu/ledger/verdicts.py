"""Three verdicts on a ledger as it is stored, each by itself:

- *integrity* (未被改动): what is stored hashes to what was stored beside it, up to the signed checkpoints;
- *order* (次序): the events stand in one dense order, each case's in a chain, and each checkpoint is a beginning of it;
- *completeness* (齐全): nothing is missing at the end, between, or from the tree.

Everything is streamed: memory does not grow with the number of events. The tree is grown from the *stored* leaf hashes,
so that one changed event is one fault of integrity, and not a fault of everything after it too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fadu.ledger.checkpoint import Checkpoint, label
from fadu.ledger.errors import LedgerError
from fadu.ledger.hashes import ALGORITHMS, SM3, Pair, leaf_hash, leaf_pair
from fadu.ledger.leaf import commit, commitments_in, document_hash, documents_in
from fadu.ledger.notes import open_note, read_note
from fadu.ledger.records import NO_EVENT, CaseRecord, DocumentRecord, EventRecord, Source
from fadu.ledger.tree import Frontier, Node

LABELS = {"integrity": "未被改动", "order": "次序", "completeness": "齐全"}
LIMIT = 100
"""Faults told in words, of each verdict; all are counted."""

GRACE = timedelta(hours=1)
"""An event recorded this long before the newest checkpoint should have a place in the ledger."""

BATCH = 4096
_HOLDS_COMMITMENTS, _HOLDS_DOCUMENTS = b'"commitments":{"', b'"documents":["'


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it should be: where, and in words."""

    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one kind. ``faults``: the first of ``total``; ``counts``: how much was looked at."""

    name: str
    total: int
    faults: tuple[Fault, ...]
    counts: Mapping[str, int]

    @property
    def ok(self) -> bool:
        return self.total == 0

    @property
    def label(self) -> str:
        return LABELS[self.name]


class _Findings:
    """A verdict in the making."""

    def __init__(self, name: str, limit: int) -> None:
        self._name, self._limit = name, limit
        self._total = 0
        self._faults: list[Fault] = []
        self.counts: Counter[str] = Counter()

    def fault(self, where: str, words: str) -> None:
        self._total += 1
        if len(self._faults) < self._limit:
            self._faults.append(Fault(where, words))

    def verdict(self) -> Verdict:
        return Verdict(self._name, self._total, tuple(self._faults), dict(self.counts))


def verify(source: Source, published: Sequence[str] = (), limit: int = LIMIT) -> list[Verdict]:
    """The three verdicts: integrity, order, completeness.

    ``published``: checkpoints held elsewhere (by a witness, on paper, in a proof file). Only with such a one can it be
    seen that the newest events *and* everything about them were taken away.
    """
    run = _Run(source, limit)
    held = run.check_published(published)
    newest = run.check_checkpoints()
    run.check_events(held, newest)
    run.check_cases()
    run.check_documents()
    return [run.integrity.verdict(), run.order.verdict(), run.completeness.verdict()]


class _Run:
    """One verification: the three verdicts in the making, and the checks that add to them."""

    def __init__(self, source: Source, limit: int) -> None:
        self.source = source
        self.integrity, self.order, self.completeness = (_Findings(name, limit) for name in LABELS)
        self._documents_named = 0
        self._unusable: set[int] = set()
        """Which checkpoints, by their number, are not held against the tree: what is wrong with them was told."""

    # -- checkpoints by themselves ---------------------------------------------------------------------------------

    def _opened(self, where: str, note: str) -> Checkpoint | None:
        """The checkpoint of a note, where it is signed and of this ledger."""
        try:
            checkpoint = Checkpoint.read(open_note(note, self.source.verifiers).text)
        except LedgerError as error:
            self.integrity.fault(where, str(error))
            return None
        if checkpoint.origin != self.source.origin:
            self.integrity.fault(where, f"检查点是账本“{checkpoint.origin}”的；这个账本是“{self.source.origin}”")
            return None
        return checkpoint

    def check_published(self, notes: Sequence[str]) -> list[Checkpoint]:
        """Those that can be held against this ledger, smallest first."""
        opened = [self._opened(f"别处保存的检查点（第 {number} 份）", note) for number, note in enumerate(notes, 1)]
        return sorted(filter(None, opened), key=lambda each: each.size)

    def check_checkpoints(self) -> Checkpoint | None:
        """Signatures, filing and time; the newest that is good."""
        newest: Checkpoint | None = None
        for number, record in enumerate(self.source.checkpoints()):
            where = f"大小为 {record.size} 的检查点"
            self.integrity.counts["checkpoints"] += 1
            checkpoint = self._opened(where, record.note)
            if checkpoint is None:
                self._unusable.add(number)
                continue
            if checkpoint.size != record.size:
                self.integrity.fault(where, f"签名的文字说大小是 {checkpoint.size}；登记的大小被改动")
            if newest and checkpoint.moment < newest.moment:
                self.order.fault(where, f"时间 {checkpoint.time} 早于前一个检查点的 {newest.time}")
            if newest and checkpoint.size < newest.size:
                self.order.fault(where, f"大小从 {newest.size} 倒退到 {checkpoint.size}；账本只能增加")
                self._unusable.add(number)
            else:
                newest = checkpoint
        return newest

    def _usable(self) -> Iterator[Checkpoint]:
        for number, record in enumerate(self.source.checkpoints()):
            if number not in self._unusable:
                yield Checkpoint.read(read_note(record.note)[0])

    # -- the events and the tree -----------------------------------------------------------------------------------

    def check_events(self, held: Sequence[Checkpoint], newest: Checkpoint | None) -> None:
        """Every event against its leaf, and the tree that the leaves make against what is stored and signed of it."""
        trails = [_Trail("检查点", self._usable(), self.order), _Trail("别处保存的检查点", iter(held), self.order)]
        growth = _Growth(_StoredNodes(self.source, self.integrity), trails)
        expected = 0
        for event in self.source.events():
            self.integrity.counts["events"] += 1
            self._check_leaf(event)
            if event.index is None:
                self._check_unsequenced(event, newest)
                continue
            if event.index != expected:
                self._misplaced(event, expected)
            expected = event.index + 1
            growth.add(event.stored or leaf_pair(event.data))
        tree = growth.finish()
        self.completeness.counts["sequenced"] = tree.size
        self._check_frontier(tree)
        self._check_cover(tree, newest, trails)

    def _check_leaf(self, event: EventRecord) -> None:
        made = leaf_pair(event.data)
        if event.stored is None:
            self.completeness.fault(event.where, "事件没有叶：没有经过登记的动作写入，请查明来源")
        elif event.stored != made:
            names = "、".join(label(each) for each in ALGORITHMS if each.of(event.stored) != each.of(made))
            self.integrity.fault(event.where, f"内容算出的 {names} 叶散列与写入时的不同；事件的内容或者散列被改动")
        if event.sealed or _HOLDS_COMMITMENTS in event.data or _HOLDS_DOCUMENTS in event.data:
            leaf = _loaded(event.data)
            self._documents_named += len(documents_in(leaf))
            self._check_sealed(event, commitments_in(leaf))

    def _check_sealed(self, event: EventRecord, committed: Mapping[str, str]) -> None:
        sealed = {each.name: each for each in event.sealed}
        for name, commitment in committed.items():
            self.integrity.counts["commitments"] += 1
            each = sealed.get(name)
            if each is None:
                self.integrity.fault(event.where, f"“{name}”有承诺，密封的值却不见了，也没有抹去的记录")
            elif each.erased:
                self.integrity.counts["commitments_erased"] += 1
                if each.value is not None or each.salt:
                    self.integrity.fault(event.where, f"“{name}”记为已经抹去，值或者盐却还在；请抹去")
            elif each.fault or not _opens(commitment, each.salt, name, each.value):
                words = each.fault or "值、盐或者承诺被改动"
                self.integrity.fault(event.where, f"“{name}”密封的值与承诺不符：{words}")
        for name in sealed.keys() - committed.keys():
            self.integrity.fault(event.where, f"“{name}”有密封的值，叶里却没有它的承诺；叶被改动或者值是后来放入的")

    def _check_unsequenced(self, event: EventRecord, newest: Checkpoint | None) -> None:
        self.completeness.counts["unsequenced"] += 1
        if newest and event.recorded_at and event.recorded_at < newest.moment - GRACE:
            self.completeness.fault(
                event.where,
                f"记录于 {event.recorded_at.isoformat(timespec='seconds')}，到 {newest.time} 的检查点还没有编入账本；"
                "请运行 fadu worker 编号，仍不编入的请查明原因",
            )

    def _misplaced(self, event: EventRecord, expected: int) -> None:
        if event.index is not None and event.index > expected:
            words = f"序号应是 {expected}，却是 {event.index}；中间的 {event.index - expected} 条被删除或者序号被改动"
        else:
            words = f"序号 {event.index} 重复或者倒退；应是 {expected}"
        self.order.fault(event.where, words)

    def _check_frontier(self, tree: Frontier) -> None:
        where = "账本的前沿"
        data = self.source.frontier()
        if data is None:
            if tree.size:
                self.integrity.fault(where, f"没有保存前沿；账本有 {tree.size} 条")
            return
        try:
            stored = Frontier.from_bytes(data)
        except LedgerError as error:
            self.integrity.fault(where, str(error))
            return
        if stored.size != tree.size:
            words = f"保存的大小是 {stored.size}，有序号的事件是 {tree.size} 个；有事件被删除或者增加"
            self.completeness.fault(where, words)
        elif stored != tree:
            self.integrity.fault(where, "保存的散列与由各叶算出的不同；叶的散列或者前沿被改动")

    def _check_cover(self, tree: Frontier, newest: Checkpoint | None, trails: Sequence[_Trail]) -> None:
        covered = min(newest.size, tree.size) if newest else 0
        self.completeness.counts.update(covered=covered, uncovered=tree.size - covered)
        for trail in trails:
            for checkpoint in trail.rest():
                self.completeness.fault(
                    f"{trail.name}（{checkpoint.time}）",
                    f"签发时账本有 {checkpoint.size} 条，现在只有 {tree.size} 条；"
                    f"末尾的 {checkpoint.size - tree.size} 条被删除",
                )

    # -- the cases -------------------------------------------------------------------------------------------------

    def check_cases(self) -> None:
        """Each case's chain, and that the case states its last event."""
        seen = 0
        for case in self.source.cases():
            self.order.counts["cases"] += 1
            seen += self._check_chain(case)
        self.order.counts["events"] = seen
        self.completeness.counts["events"] = seen
        if seen != self.integrity.counts["events"]:
            words = f"各办件的事件共 {seen} 个，全部事件有 {self.integrity.counts['events']} 个；有事件不属于任何办件"
            self.completeness.fault("全部办件", words)

    def _check_chain(self, case: CaseRecord) -> int:
        seen, seq, prev, index = 0, 0, NO_EVENT, -1
        for event in case.events:
            seen += 1
            if event.case != case.case:
                self.order.fault(event.where, f"列在办件 {case.case} 之下")
            if event.seq != seq + 1:
                self.order.fault(event.where, f"在办件中的号应是 {seq + 1}；中间的事件被删除，或者号被改动")
            if event.prev != prev:
                self.order.fault(event.where, "记的前一事件散列不是前一事件的；前面的事件被换过、删除或者改动")
            if event.index is not None:
                if event.index <= index:
                    self.order.fault(event.where, f"在账本中的序号 {event.index} 不在前一事件的 {index} 之后")
                index = event.index
            seq, prev = event.seq, event.stored.sm3 if event.stored else leaf_hash(SM3, event.data)
        if not seen:
            self.completeness.fault(f"办件 {case.case}", "没有任何事件；事件被删除，或者办件不是经过登记产生的")
        elif (case.seq, case.head) != (seq, prev):
            words = (
                f"写明最后是第 {case.seq} 个事件，查到的最后是第 {seq} 个，或者散列不同；"
                "末尾的事件被删除，或者办件被改动"
            )
            self.completeness.fault(f"办件 {case.case}", words)
        return seen

    # -- the documents ---------------------------------------------------------------------------------------------

    def check_documents(self) -> None:
        """Every document against the hash in its event's leaf."""
        for document in self.source.documents():
            self.integrity.counts["documents"] += 1
            self._check_document(document)
        found = self.integrity.counts["documents"]
        if found != self._documents_named:
            words = f"各叶记着 {self._documents_named} 份文书，登记的是 {found} 份；有文书被删除或者增加"
            self.completeness.fault("文书", words)

    def _check_document(self, document: DocumentRecord) -> None:
        if document.leaf is None or document.sm3 not in documents_in(_loaded(document.leaf)):
            self.integrity.fault(document.where, "登记的散列不在事件的叶里；散列被改动，或者文书不是这个事件的")
        if document.erased:
            self.integrity.counts["documents_erased"] += 1
        elif document.chunks is None:
            self.integrity.fault(document.where, "文件不见了，也没有抹去的记录；请从备份恢复")
        elif document_hash(document.chunks) != document.sm3:
            self.integrity.fault(document.where, "文件的 SM3 与登记的不同；文件被改动，请从备份恢复")


def _loaded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:  # it holds no commitments then; that it was changed, its hash says
        return None


def _opens(commitment: str, salt: bytes, name: str, value: object) -> bool:
    try:
        return commit(salt, name, value) == commitment
    except LedgerError:
        return False


class _Trail:
    """Checkpoints, none smaller than the one before, each compared with the tree when it has that size."""

    def __init__(self, name: str, checkpoints: Iterator[Checkpoint], findings: _Findings) -> None:
        self.name = name
        self._rest = checkpoints
        self._findings = findings
        self._next = next(checkpoints, None)

    @property
    def due(self) -> int | None:
        """The size at which a checkpoint waits."""
        return self._next.size if self._next else None

    def compare(self, size: int, roots: Pair) -> None:
        """Hold those of this size against the tree."""
        while self._next is not None and self._next.size == size:
            self._findings.counts["checkpoints"] += 1
            try:
                self._next.require(size, roots)
            except LedgerError as error:
                self._findings.fault(f"{self.name}（{self._next.time}）", str(error))
            self._next = next(self._rest, None)

    def rest(self) -> Iterator[Checkpoint]:
        """Those that the tree never reached."""
        while self._next is not None:
            yield self._next
            self._next = next(self._rest, None)


class _StoredNodes:
    """The stored nodes, level by level, held against those made anew."""

    def __init__(self, source: Source, findings: _Findings) -> None:
        self._source = source
        self._findings = findings
        self._streams: dict[int, Iterator[Node]] = {}
        self._waiting: dict[int, Node | None] = {}

    def _stored(self, level: int, index: int) -> Node | None:
        """The next stored node of the level that is not before ``index``."""
        if level not in self._streams:
            self._streams[level] = iter(self._source.stored_nodes(level))
            self._waiting[level] = next(self._streams[level], None)
        while (found := self._waiting[level]) is not None and found.index < index:
            self._waiting[level] = next(self._streams[level], None)
        return found

    def compare(self, made: Iterable[Node]) -> None:
        """Nodes made anew, each level's in order."""
        for node in made:
            self._findings.counts["nodes"] += 1
            where = f"第 {node.level} 层第 {node.index} 号节点"
            found = self._stored(node.level, node.index)
            if found is None or found.index != node.index:
                self._findings.fault(where, "没有保存这个节点；节点被删除或者位置被改动")
            elif found.pair != node.pair:
                self._findings.fault(where, "保存的散列与由各叶算出的不同；节点或者叶的散列被改动")

    def count(self) -> None:
        """That there are no more than were made."""
        stored, made = self._source.node_count(), self._findings.counts["nodes"]
        if stored > made:
            self._findings.fault("账本的节点", f"保存了 {stored} 个，应有 {made} 个；多出的不是账本写入的")


class _Growth:
    """The tree, grown in batches that stop where a checkpoint is to be compared."""

    def __init__(self, nodes: _StoredNodes, trails: Sequence[_Trail]) -> None:
        self._nodes = nodes
        self._trails = trails
        self._tree = Frontier()
        self._pending: list[Pair] = []
        self._room = 0
        self._flush()

    def add(self, leaf: Pair) -> None:
        """One more leaf."""
        self._pending.append(leaf)
        if len(self._pending) == self._room:
            self._flush()

    def _flush(self) -> None:
        self._tree, made = self._tree.extend(self._pending)
        self._pending = []
        self._nodes.compare(made)
        size = self._tree.size
        if size in [trail.due for trail in self._trails]:
            roots = self._tree.root()
            for trail in self._trails:
                trail.compare(size, roots)
        due = [trail.due for trail in self._trails]
        self._room = min([BATCH, *(each - size for each in due if each is not None)])

    def finish(self) -> Frontier:
        """The whole tree, its last batch and the number of nodes compared."""
        self._flush()
        self._nodes.count()
        return self._tree
