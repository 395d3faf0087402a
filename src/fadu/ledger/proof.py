"""Proof files: one JSON text with which anybody can check, offline, that an event is in the ledger as it stands.

``scripts/verify_proof.py`` checks the same things in the same order with the standard library alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from fadu.ledger.checkpoint import Checkpoint, label
from fadu.ledger.ed25519 import Ed25519Verifier
from fadu.ledger.errors import BadSignatureError, LedgerError, NoteError, UnknownKeyError
from fadu.ledger.hashes import ALGORITHMS, leaf_hash
from fadu.ledger.leaf import commit, commitments_in, document_hash, documents_in, read_canonical
from fadu.ledger.notes import COSIGNATURE, Verifier, open_note, read_note
from fadu.ledger.tree import Reader, inclusion_path, verify_inclusion

FORMAT = "fadu-proof/1"
MAX_PATH = 64
_HASH = re.compile(r"[0-9a-f]{64}")
_BEIJING = timezone(timedelta(hours=8))
ReadKey = Callable[[str], Verifier]


class Check(NamedTuple):
    """One thing that was checked: its name, whether it holds, and what was found, in words."""

    name: str
    ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A personal value shown with its salt, so that its commitment in the leaf can be opened."""

    name: str
    value: Any
    salt: bytes


@dataclass(frozen=True, slots=True)
class Named:
    """A document of the event: what it is called and its SM3 hash (hex)."""

    name: str
    sm3: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a proof is about: the leaf, and what of it is shown or handed over with it."""

    index: int
    data: bytes
    disclosed: tuple[Disclosed, ...] = ()
    document: Named | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof file.

    ``paths``: algorithm → inclusion path (hex); ``note``: the signed checkpoint; ``keys``: the keys of its signers.
    """

    origin: str
    subject: Subject
    size: int
    paths: Mapping[str, tuple[str, ...]]
    note: str
    keys: tuple[str, ...]

    @property
    def text(self) -> str:
        """The file."""
        content: dict[str, Any] = {
            "format": FORMAT,
            "origin": self.origin,
            "leaf": self.subject.data.decode(),
            "index": self.subject.index,
            "size": self.size,
            "path": {name: list(path) for name, path in self.paths.items()},
            "checkpoint": self.note,
            "keys": list(self.keys),
        }
        if self.subject.disclosed:
            content["disclosed"] = [
                {"name": each.name, "value": each.value, "salt": each.salt.hex()} for each in self.subject.disclosed
            ]
        if self.subject.document:
            content["document"] = {"name": self.subject.document.name, "sm3": self.subject.document.sm3}
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def read(cls, text: str) -> Proof:
        """The proof of a file's text. Raises ``LedgerError``: not a proof file, with what is wrong."""
        try:
            content = json.loads(text, object_pairs_hook=_once, parse_float=_no_number, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise LedgerError(f"证明文件不是 JSON：{error}") from None
        _shape(content, _PROOF, "证明文件")
        if content["format"] != FORMAT:
            raise LedgerError(f"证明文件的格式是“{content['format']}”；这个版本核验 {FORMAT}")
        for name in ("index", "size"):
            if not 0 <= content[name] < 1 << 63:
                raise LedgerError(f"证明文件的 {name} 是 {content[name]}；应是不小于 0 的整数")
        return cls(
            content["origin"], _subject(content), content["size"], _paths(content["path"]), content["checkpoint"],
            tuple(_text(key, "keys") for key in content["keys"]),
        )  # fmt: skip


_PROOF: dict[str, tuple[type, bool]] = {
    "format": (str, True), "origin": (str, True), "leaf": (str, True), "index": (int, True), "size": (int, True),
    "path": (dict, True), "checkpoint": (str, True), "keys": (list, True),
    "disclosed": (list, False), "document": (dict, False),
}  # fmt: skip
"""Key → its type, and whether it must be there."""

_DISCLOSED: dict[str, tuple[type, bool]] = {"name": (str, True), "value": (object, True), "salt": (str, True)}
_DOCUMENT: dict[str, tuple[type, bool]] = {"name": (str, True), "sm3": (str, True)}
_PATH: dict[str, tuple[type, bool]] = {each.name: (list, True) for each in ALGORITHMS}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise LedgerError(f"证明文件里有重复的键：{'、'.join(key for key, _ in pairs)}")
    return found


def _no_number(text: str) -> Any:
    raise LedgerError(f"证明文件里有小数 {text}；数只接受整数")


def _shape(value: Any, keys: Mapping[str, tuple[type, bool]], where: str) -> None:
    if not isinstance(value, dict):
        raise LedgerError(f"{where}应是 JSON 对象")
    missing = [key for key, (_, needed) in keys.items() if needed and key not in value]
    wrong = [key for key, (kind, _) in keys.items() if key in value and kind not in (object, type(value[key]))]
    unknown = [key for key in value if key not in keys]
    for words, found in (("缺少", missing), ("类型不对的有", wrong), ("多出", unknown)):
        if found:
            raise LedgerError(f"{where}{words} {'、'.join(found)}；接受的键：{'、'.join(keys)}")


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise LedgerError(f"证明文件的 {where} 里有 {value!r}；应是文字")
    return value


def _hash(value: Any, where: str) -> str:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise LedgerError(f"证明文件的 {where} 里有 {str(value)[:80]!r}；应是 64 个小写十六进制字符")
    return value


def _paths(value: Any) -> dict[str, tuple[str, ...]]:
    _shape(value, _PATH, "证明文件的 path ")
    if any(len(path) > MAX_PATH for path in value.values()):
        raise LedgerError(f"证明文件的 path 超过 {MAX_PATH} 个散列")
    return {name: tuple(_hash(each, f"path.{name}") for each in value[name]) for name in _PATH}


def _subject(content: dict[str, Any]) -> Subject:
    shown = []
    for each in content.get("disclosed", ()):
        _shape(each, _DISCLOSED, "证明文件的 disclosed ")
        shown.append(Disclosed(each["name"], each["value"], bytes.fromhex(_hash(each["salt"], "salt"))))
    document = content.get("document")
    if document is not None:
        _shape(document, _DOCUMENT, "证明文件的 document ")
        document = Named(document["name"], _hash(document["sm3"], "document.sm3"))
    try:
        data = content["leaf"].encode()
    except UnicodeEncodeError:
        raise LedgerError("证明文件的 leaf 里有不成对的代理字符") from None
    return Subject(content["index"], data, tuple(shown), document)


def make_proof(subject: Subject, note: str, keys: Sequence[str], read: Reader) -> str:
    """The proof file of a leaf under a signed checkpoint; ``keys``: the verifier keys of all who signed it.

    Raises:
        LedgerError: the checkpoint does not cover the leaf yet, or what was given does not hold together.
    """
    checkpoint = Checkpoint.read(read_note(note)[0])
    if subject.index >= checkpoint.size:
        raise LedgerError(
            f"第 {subject.index} 号叶还没有被检查点覆盖（检查点的大小是 {checkpoint.size}）；"
            "等下一个检查点签发后再出具证明"
        )
    path = inclusion_path(subject.index, checkpoint.size, read)
    paths = {each.name: tuple(each.of(pair).hex() for pair in path) for each in ALGORITHMS}
    text = Proof(checkpoint.origin, subject, checkpoint.size, paths, note, tuple(keys)).text
    failed = [f"{check.name}：{check.words}" for check in check_proof(text) if not check.ok]
    if failed:
        raise LedgerError(f"不能出具证明：{'；'.join(failed)}")
    return text


def check_proof(
    text: str, trusted: Sequence[str] = (), document: bytes | None = None, read_key: ReadKey = Ed25519Verifier.read
) -> list[Check]:
    """Everything a proof file claims, one check each; the proof is good where all are ``ok``.

    ``trusted``: verifier keys got from elsewhere; without them the file's own keys are used, and the words say so.
    ``document``: the bytes of a document that is said to be the event's.
    """
    try:
        proof = Proof.read(text)
    except LedgerError as error:
        return [Check("格式", False, str(error))]
    checks = [Check("格式", True, f"{FORMAT}，账本“{proof.origin}”"), *_check_leaf(proof)]
    found = _check_checkpoint(proof)
    if isinstance(found, Check):
        return [*checks, found]
    checks.append(Check("检查点", True, f"大小 {found.size}，时间 {found.time}"))
    checks += _check_inclusion(proof, found)
    checks += _check_signatures(proof, trusted, read_key)
    return [*checks, *_check_disclosed(proof), *_check_document(proof, document)]


def _check_leaf(proof: Proof) -> Iterator[Check]:
    try:
        read_canonical(proof.subject.data)
        yield Check("叶", True, f"规范写法，{len(proof.subject.data)} 字节")
    except LedgerError as error:
        yield Check("叶", False, str(error))


def _leaf(proof: Proof) -> Any:
    try:
        return read_canonical(proof.subject.data)
    except LedgerError:
        return None


def _check_checkpoint(proof: Proof) -> Checkpoint | Check:
    try:
        checkpoint = Checkpoint.read(read_note(proof.note)[0])
    except NoteError as error:
        return Check("检查点", False, str(error))
    if (checkpoint.origin, checkpoint.size) != (proof.origin, proof.size):
        return Check(
            "检查点", False,
            f"检查点是“{checkpoint.origin}”大小 {checkpoint.size} 的，"
            f"证明写的是“{proof.origin}”大小 {proof.size}；被改动过",
        )  # fmt: skip
    return checkpoint


def _check_inclusion(proof: Proof, checkpoint: Checkpoint) -> Iterator[Check]:
    index = proof.subject.index
    for algorithm in ALGORITHMS:
        path = [bytes.fromhex(each) for each in proof.paths[algorithm.name]]
        leaf = leaf_hash(algorithm, proof.subject.data)
        ok = verify_inclusion(algorithm, leaf, index, path, checkpoint.head(algorithm))
        words = (
            f"叶是账本的第 {index} 号（从 0 数起），路径通到检查点的根" if ok
            else f"由叶、序号 {index} 和路径算不出检查点的根；叶、序号、路径或者检查点被改动"
        )  # fmt: skip
        yield Check(f"包含（{label(algorithm)}）", ok, words)


def _check_signatures(proof: Proof, trusted: Sequence[str], read_key: ReadKey) -> Iterator[Check]:
    owned = False
    for text in trusted or proof.keys:
        key, check = _check_signature(proof.note, text, read_key)
        owned |= check.ok and key is not None and key.name == proof.origin and key.algorithm != COSIGNATURE
        yield check
    words = "由核验的人给出" if trusted else "取自证明文件本身，请与机关公布的核对"
    if not owned:
        words = f"没有账本“{proof.origin}”的有效签名，不知道检查点是谁签发的；请向机关索取公钥"
    yield Check("账本的公钥", owned, words)


def _check_signature(note: str, text: str, read_key: ReadKey) -> tuple[Verifier | None, Check]:
    name = f"签名 {text.partition('+')[0]}"
    try:
        key = read_key(text)
        signature = open_note(note, [key]).verified[0].signature
    except (UnknownKeyError, BadSignatureError, NoteError) as error:
        return None, Check(name, False, str(error))
    when = f"见证于 {_moment(signature.timestamp)}，" if key.algorithm == COSIGNATURE else ""
    return key, Check(name, True, f"{when}与检查点相符")


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, _BEIJING).isoformat()
    except (ValueError, OverflowError, OSError):  # beyond the year 9999
        return f"1970 年起第 {seconds} 秒"


def _check_disclosed(proof: Proof) -> Iterator[Check]:
    committed = commitments_in(_leaf(proof))
    for each in proof.subject.disclosed:
        name = f"披露的“{each.name}”"
        if each.name not in committed:
            yield Check(name, False, f"叶里没有“{each.name}”的承诺；叶承诺了：{'、'.join(committed) or '（没有）'}")
            continue
        ok = _opens(committed[each.name], each)
        yield Check(name, ok, "与叶里的承诺相符" if ok else "与叶里的承诺不符；值或者盐被改动")


def _opens(commitment: str, shown: Disclosed) -> bool:
    try:
        return commit(shown.salt, shown.name, shown.value) == commitment
    except LedgerError:  # a value that cannot be written canonically was never committed to
        return False


def _check_document(proof: Proof, content: bytes | None) -> Iterator[Check]:
    committed = documents_in(_leaf(proof))
    named = proof.subject.document
    if named:
        ok = named.sm3 in committed
        words = "散列记在叶里" if ok else "散列不在叶里；这份文书不是这个事件的，或者散列被改动"
        yield Check(f"文书“{named.name}”", ok, words)
    if content is not None:
        ok = document_hash([content]) in ([named.sm3] if named else committed)
        words = "文件的 SM3 与记录的相同" if ok else "文件的 SM3 与记录的不同；文件被改动，或者不是这份文书"
        yield Check("文书内容", ok, words)
