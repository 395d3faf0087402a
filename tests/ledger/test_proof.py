"""Proof files: good ones hold, and every tampered one is found, by the project and by the stand-alone script alike."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import verify_proof
from hypothesis import given, settings
from hypothesis import strategies as st
from kept_in_memory import LEDGER_KEY, ORIGIN, STRANGER_KEY, WITNESS_KEY, Kept, office

from fadu.ledger import hashes
from fadu.ledger.ed25519 import Ed25519Signer
from fadu.ledger.errors import LedgerError
from fadu.ledger.leaf import canonical, commit
from fadu.ledger.notes import Signature, add_signatures, cosign, read_note, sign_note
from fadu.ledger.proof import Check, Disclosed, Named, Proof, Subject, check_proof, make_proof

SCRIPT = Path(verify_proof.__file__)
PAPER = "第 616 号决定书".encode()
INDEX = 616  # divisible by 7 and by 11: it has personal values and a document


@pytest.fixture(scope="module")
def kept() -> Kept:
    return office()


@pytest.fixture(scope="module")
def note(kept) -> str:
    return add_signatures(kept.checkpoint(), [cosign(read_note(kept.notes[-1].note)[0], WITNESS_KEY, 1707300000)])


def subject(kept: Kept, index: int = INDEX, shown: bool = True) -> Subject:
    event = kept.records[index]
    disclosed = tuple(Disclosed(each.name, each.value, each.salt) for each in event.sealed) if shown else ()
    papers = json.loads(event.data).get("documents", [])
    document = Named("决定书.pdf", papers[0]) if papers and shown else None
    return Subject(index, event.data, disclosed, document)


KEYS = (LEDGER_KEY.verifier.text, WITNESS_KEY.verifier.text)


@pytest.fixture(scope="module")
def good(kept, note) -> str:
    return make_proof(subject(kept), note, KEYS, kept.rows)


def failed(checks: list[Check]) -> list[str]:
    return [check.name for check in checks if not check.ok]


def by_script(text: str, keys: tuple[str, ...] = (), document: bytes | None = None) -> list[Check]:
    return [Check(*each) for each in verify_proof.verify(text, list(keys), document)]


def found_by_both(text: str, *given) -> tuple[list[Check], list[Check]]:
    """What each of the two finds; they agree on whether the proof holds."""
    ours, theirs = check_proof(text, *given), by_script(text, *given)
    assert bool(failed(ours)) == bool(failed(theirs)), (failed(ours), failed(theirs))
    return ours, theirs


# -- good proofs -----------------------------------------------------------------------------------


def test_a_good_proof_holds(good):
    ours, theirs = found_by_both(good, KEYS, PAPER)
    names = ["格式", "叶", "检查点", "包含", "包含", f"签名 {ORIGIN}", "签名 example.org/witness", "账本的公钥",
             "披露的“姓名”", "披露的“电话”", "文书“决定书.pdf”", "文书内容"]  # fmt: skip
    assert [each.name.partition("（")[0] for each in ours] == names == [each.name.partition("（")[0] for each in theirs]
    assert not failed(ours)


def test_the_words_say_whose_keys_were_used(good):
    for checks in found_by_both(good):
        assert {each.name: each.words for each in checks}["账本的公钥"] == "取自证明文件本身，请与机关公布的核对"
    for checks in found_by_both(good, KEYS):
        assert {each.name: each.words for each in checks}["账本的公钥"] == "由核验的人给出"
    words = {each.name: each.words for each in check_proof(good)}
    assert words["签名 example.org/witness"] == "见证于 2024-02-07T18:00:00+08:00，与检查点相符"
    assert words["检查点"].startswith("大小 700，时间 2024-02-07T")


def test_every_place_can_be_proved(kept, note):
    for index in (0, 1, 255, 256, 511, 512, 698, 699):
        text = make_proof(subject(kept, index), note, KEYS, kept.rows)
        assert not any(map(failed, found_by_both(text)))


def test_the_only_event_can_be_proved():
    kept = Kept()
    kept.record("A", {"step": "receive"})
    text = make_proof(subject(kept, 0), kept.checkpoint(), KEYS[:1], kept.rows)
    assert json.loads(text)["path"] == {"sm3": [], "sha256": []}
    assert not any(map(failed, found_by_both(text)))


def test_what_is_not_shown_stays_hidden(kept, note):
    text = make_proof(subject(kept, shown=False), note, KEYS, kept.rows)
    assert not any(map(failed, found_by_both(text)))
    assert not any(str(each.value) in text for each in kept.records[INDEX].sealed)


def test_a_proof_is_read_as_it_is_written(good):
    assert Proof.read(good).text == good


# -- tampered proofs -------------------------------------------------------------------------------


def tampered(good: str, change) -> str:
    content = json.loads(good)
    change(content)
    return json.dumps(content, ensure_ascii=False)


def _set(*place: Any, to: Any):
    def change(content):
        for key in place[:-1]:
            content = content[key]
        content[place[-1]] = to(content[place[-1]]) if callable(to) else to

    return change


def _flip(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def _both(*changes):
    def change(content):
        for each in changes:
            each(content)

    return change


def _unchecked(leaf: str) -> str:
    return leaf.replace('"number":616', '"number":617')


OTHER = Ed25519Signer.from_seed(ORIGIN, bytes(32))
TAMPERING = {
    "leaf": (_set("leaf", to=_unchecked), "包含"),
    "leaf, not canonical": (_set("leaf", to=lambda leaf: leaf.replace(":", ": ", 1)), "叶"),
    "leaf, no JSON": (_set("leaf", to="text"), "叶"),
    "leaf, a decimal": (_set("leaf", to='{"a":1.5}'), "叶"),
    "index": (_set("index", to=617), "包含"),
    "index beyond": (_set("index", to=700), "包含"),
    "index negative": (_set("index", to=-1), "格式|包含"),
    "size": (_set("size", to=701), "检查点"),
    "origin": (_set("origin", to="example.org/other"), "检查点"),
    "path, SM3": (_set("path", "sm3", 3, to=_flip), "包含（(SM3|sm3)）"),
    "path, SHA-256": (_set("path", "sha256", 3, to=_flip), "包含（(SHA-256|sha256)）"),
    "path, shorter": (_set("path", "sm3", to=lambda path: path[:-1]), "包含"),
    "path, longer": (_set("path", "sha256", to=lambda path: [*path, "00" * 32]), "包含"),
    "checkpoint, size": (_set("checkpoint", to=lambda note: note.replace("\n700\n", "\n701\n")), "检查点"),
    "checkpoint, time": (_set("checkpoint", to=lambda note: note.replace("time 2024", "time 2023")), f"签名 {ORIGIN}"),
    "checkpoint, line": (_set("checkpoint", to=lambda note: note.replace("\n\n", "\nmore\n\n")), f"签名 {ORIGIN}"),
    "checkpoint, no note": (_set("checkpoint", to=lambda note: note.partition("\n\n")[0]), "检查点"),
    "checkpoint, no root": (_set("checkpoint", to=lambda note: note.replace("sm3 ", "md5 ")), "检查点"),
    "signature": (_set("checkpoint", to=lambda note: _other_signature(note, 0)), f"签名 {ORIGIN}"),
    "cosignature": (_set("checkpoint", to=lambda note: _other_signature(note, 1)), "签名 example.org/witness"),
    "cosigned at another time": (_set("checkpoint", to=lambda note: _other_time(note)), "签名 example.org/witness"),
    "signature gone": (_set("checkpoint", to=lambda note: _without(note, 0)), f"签名 {ORIGIN}"),
    "cosignature gone": (_set("checkpoint", to=lambda note: _without(note, 1)), "签名 example.org/witness"),
    "no key": (_set("keys", to=[]), "账本的公钥"),
    "only the witness's key": (_set("keys", to=[KEYS[1]]), "账本的公钥"),
    "another key of that name": (_set("keys", 0, to=OTHER.verifier.text), f"签名 {ORIGIN}"),
    "a key that is none": (_set("keys", 0, to="text"), "签名 text"),
    "a key of another id": (_set("keys", 0, to=KEYS[0].replace("+", "+0", 1)), f"签名 {ORIGIN}"),
    "disclosed value": (_set("disclosed", 0, "value", to="李四"), "披露的“姓名”"),
    "disclosed name": (_set("disclosed", 0, "name", to="曾用名"), "披露的“曾用名”"),
    "disclosed salt": (_set("disclosed", 0, "salt", to=_flip), "披露的“姓名”"),
    "disclosed of the other name": (_set("disclosed", 0, "name", to="电话"), "披露的“电话”"),
    "document": (_set("document", "sm3", to=_flip), "文书“决定书.pdf”"),
    "format": (_set("format", to="fadu-proof/2"), "格式"),
    "a key more": (_set("more", to=1), "格式"),
    "a key less": (lambda content: content.pop("keys"), "格式"),
}


def _lines(note: str) -> tuple[str, list[str]]:
    text, _, signed = note.partition("\n\n")
    return text + "\n", signed.splitlines(keepends=True)


def _other_signature(note: str, place: int) -> str:
    text, signatures = read_note(note)
    bad = signatures[place].value[:-1] + bytes([signatures[place].value[-1] ^ 1])
    changed = Signature(signatures[place].name, signatures[place].key_id, bad)
    kept = [changed if number == place else each for number, each in enumerate(signatures)]
    return text + "\n" + "".join(each.line for each in kept)


def _other_time(note: str) -> str:
    text, (first, second) = read_note(note)
    later = Signature(second.name, second.key_id, (1707300001).to_bytes(8, "big") + second.value[8:])
    return text + "\n" + first.line + later.line


def _without(note: str, place: int) -> str:
    text, lines = _lines(note)
    return text + "\n" + "".join(lines[:place] + lines[place + 1 :])


@pytest.mark.parametrize("change", TAMPERING)
def test_tampering_is_found(good, change):
    do, name = TAMPERING[change]
    for checks in found_by_both(tampered(good, do)):
        assert any(re.match(name, each) for each in failed(checks)), (failed(checks), name)


@settings(max_examples=250)
@given(st.data())
def test_no_byte_of_a_proof_can_be_changed(good, data):
    """Whatever stands in the file, but for the white space and the name under which a document is handed over."""
    original = good.encode()
    place = data.draw(st.integers(0, len(original) - 1))
    changed = original[:place] + bytes([original[place] ^ data.draw(st.integers(1, 255))]) + original[place + 1 :]
    try:
        text = changed.decode()
    except UnicodeDecodeError:
        return
    ours, theirs = failed(check_proof(text)), failed(by_script(text))
    if not ours:
        content, before = json.loads(text), json.loads(good)
        content["document"]["name"] = before["document"]["name"]
        assert content == before
    if not theirs:
        assert not ours or text.lower() == good.lower()  # the script reads hex in capitals too


def test_a_proof_of_one_ledger_signed_by_its_namesake(good, kept):
    """Whoever makes a ledger of their own under the name is found by the published key, and only by it."""
    text, _ = read_note(json.loads(good)["checkpoint"])
    note, keys = sign_note(text, [OTHER]), [OTHER.verifier.text]
    forged = tampered(good, _both(_set("checkpoint", to=note), _set("keys", to=keys)))
    assert not any(map(failed, found_by_both(forged)))
    for checks in found_by_both(forged, KEYS[:1]):
        assert failed(checks) == [f"签名 {ORIGIN}", "账本的公钥"]


def test_given_keys_are_all_asked_for(good):
    for checks in found_by_both(good, (*KEYS, STRANGER_KEY.verifier.text)):
        assert failed(checks) == ["签名 example.org/stranger"]


def test_another_document(good):
    for checks in found_by_both(good, (), PAPER + b" "):
        assert failed(checks) == ["文书内容"]
        assert checks[-1].words == "文件的 SM3 与记录的不同；文件被改动，或者不是这份文书"


def test_a_document_of_the_event_that_the_proof_does_not_name(kept, note):
    text = make_proof(subject(kept, shown=False), note, KEYS, kept.rows)
    assert not any(map(failed, found_by_both(text, (), PAPER)))
    assert all(failed(checks) == ["文书内容"] for checks in found_by_both(text, (), b"other"))


def test_a_hash_in_another_field_is_no_commitment():
    """What a citizen writes into a free text is not what the ledger committed to."""
    kept = Kept()
    salt = bytes(32)
    kept.record("A", {"text": commit(salt, "姓名", "李四"), "documents": [hashes.SM3.digest(PAPER).hex()]})
    event = kept.records[0]
    note = kept.checkpoint()
    plain = make_proof(Subject(0, event.data), note, KEYS[:1], kept.rows)
    claimed = tampered(plain, _both(
        _set("disclosed", to=[{"name": "姓名", "value": "李四", "salt": salt.hex()}]),
        _set("document", to={"name": "书", "sm3": hashes.SM3.digest(PAPER).hex()}),
    ))  # fmt: skip
    for checks in found_by_both(claimed):
        assert failed(checks) == ["披露的“姓名”", "文书“书”"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "不是 JSON"),
        ("[" * 100_000, "不是 JSON"),
        ("[]", "证明文件应是 JSON 对象"),
        ("{}", "缺少 format、origin、leaf"),
        ('{"format": "a", "format": "b"}', "重复的键"),
        ('{"format": 1.5}', "小数 1.5"),
    ],
)
def test_what_is_not_a_proof(text, words):
    for checks in found_by_both(text):
        assert failed(checks) == ["格式"]
    (check,) = check_proof(text)
    assert re.search(words, check.words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("index", to="616"), "类型不对的有 index"),
        (_set("index", to=True), "类型不对的有 index"),
        (_set("index", to=-1), "index 是 -1；应是不小于 0 的整数"),
        (_set("size", to=1 << 63), "size 是 9223372036854775808"),
        (_set("keys", to=[1]), "keys 里有 1；应是文字"),
        (_set("path", to={"sm3": []}), "path 缺少 sha256"),
        (_set("path", "sm3", to=["00"]), "path.sm3 里有 '00'；应是 64 个小写十六进制字符"),
        (_set("path", "sm3", to=["00" * 32] * 65), "path 超过 64 个散列"),
        (_set("leaf", to="\ud800"), "leaf 里有不成对的代理字符"),
        (_set("disclosed", to=[1]), "disclosed 应是 JSON 对象"),
        (_set("disclosed", 0, "salt", to="00"), "salt 里有 '00'"),
        (_set("document", to={"name": "a"}), "document 缺少 sm3"),
        (_set("format", to="fadu-proof/2"), "格式是“fadu-proof/2”；这个版本核验 fadu-proof/1"),
        (_set("more", to=1), "多出 more；接受的键：format、origin"),
    ],
)
def test_what_is_wrong_with_the_shape_is_said(good, change, words):
    content = json.loads(good)
    change(content)
    text = json.dumps(content)
    (check,) = check_proof(text)
    assert re.search(words, check.words), check.words
    assert failed(by_script(text))


# -- making them -----------------------------------------------------------------------------------


def test_no_proof_before_a_checkpoint():
    kept = Kept()
    kept.record("A", {})
    note = kept.checkpoint()
    event = kept.record("A", {})
    with pytest.raises(LedgerError, match="第 1 号叶还没有被检查点覆盖（检查点的大小是 1）；等下一个检查点"):
        make_proof(Subject(1, event.data), note, KEYS[:1], kept.rows)


def test_no_proof_of_what_does_not_hold(kept, note):
    event = kept.records[INDEX]
    for about, keys, words in (
        (Subject(INDEX, canonical({"other": 1})), KEYS, "不能出具证明：包含（SM3）：.*包含（SHA-256）"),
        (Subject(INDEX + 1, event.data), KEYS, "不能出具证明：包含（SM3）"),
        (Subject(INDEX, event.data, (Disclosed("姓名", "李四", bytes(32)),)), KEYS, "不能出具证明：披露的“姓名”"),
        (Subject(INDEX, event.data, (Disclosed("住址", "某处", bytes(32)),)), KEYS, "叶承诺了：姓名、电话"),
        (Subject(INDEX, event.data, (), Named("书", "00" * 32)), KEYS, "不能出具证明：文书“书”"),
        (Subject(INDEX, event.data), (), "不能出具证明：账本的公钥"),
        (Subject(INDEX, event.data), (STRANGER_KEY.verifier.text,), "不能出具证明：签名 example.org/stranger"),
    ):
        with pytest.raises(LedgerError, match=words):
            make_proof(about, note, keys, kept.rows)


# -- the script by itself --------------------------------------------------------------------------


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """As somebody runs it who has a Python and nothing else: no site packages, no PYTHONPATH."""
    command = [sys.executable, "-I", "-S", str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_script_says_what_it_checked(good, tmp_path):
    proof, paper = tmp_path / "proof.json", tmp_path / "paper.pdf"
    proof.write_text(good, encoding="utf-8")
    paper.write_bytes(PAPER)
    done = run(proof, "--key", KEYS[0], "--key", KEYS[1], "--document", paper)
    assert done.returncode == 0 and not done.stderr
    lines = done.stdout.splitlines()
    assert all(line.startswith("通过") for line in lines[:-1]) and len(lines) == 13
    assert "通过　 账本的公钥：由核验的人给出" in lines
    assert lines[-1] == f"结论：证明成立。记录是：{json.loads(good)['leaf']}"


@pytest.mark.parametrize("change", ["leaf", "signature", "disclosed value", "path, SM3", "a key less"])
def test_the_script_ends_with_1_where_something_is_wrong(good, tmp_path, change):
    proof = tmp_path / "proof.json"
    proof.write_text(tampered(good, TAMPERING[change][0]), encoding="utf-8")
    done = run(proof)
    assert done.returncode == 1 and not done.stderr
    assert re.search("^不通过 ", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("结论：证明不成立。\n")


def test_the_script_is_short_and_imports_nothing_of_the_project():
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 200
    tree = ast.parse(text, feature_version=(3, 9))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    parts = {name.partition(".")[0] for name in imported}
    assert parts <= sys.stdlib_module_names | {"__future__"}
    assert "fadu" not in parts and "__import__" not in text and "importlib" not in text


@given(st.binary(max_size=300))
def test_the_scripts_own_sm3(data):
    assert verify_proof.plain_sm3(data) == hashes.SM3.digest(data)


def test_the_script_without_an_openssl_that_has_sm3(good, monkeypatch):
    monkeypatch.setattr(hashlib, "algorithms_available", {"sha256"})
    calls = []
    plain = verify_proof.plain_sm3
    monkeypatch.setattr(verify_proof, "plain_sm3", lambda data: calls.append(data) or plain(data))
    assert not failed(by_script(good, KEYS, PAPER)) and len(calls) > 10


@settings(max_examples=20)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100), st.integers(0, 511))
def test_the_scripts_own_ed25519(seed, message, bit):
    signer = Ed25519Signer.from_seed(ORIGIN, seed)
    key, signature = signer.verifier.public_key, signer.sign(message)
    assert verify_proof.ed25519(key, message, signature)
    turned = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")
    assert not verify_proof.ed25519(key, message, turned)
    assert not verify_proof.ed25519(key, message + b"x", signature)
    assert not verify_proof.ed25519(key, message, signature + b"x")
    # the other S of the same signature, which RFC 8032 refuses (5.1.7, step 1)
    higher = int.from_bytes(signature[32:], "little") + verify_proof.ORDER
    assert not verify_proof.ed25519(key, message, signature[:32] + higher.to_bytes(32, "little"))


def test_a_key_that_is_no_point_is_said(good):
    key = Ed25519Signer.from_seed(ORIGIN, bytes(32)).verifier
    bad = type(key)(ORIGIN, (2).to_bytes(32, "little"))
    text, (_, second) = read_note(json.loads(good)["checkpoint"])
    posing = Signature(ORIGIN, bad.key_id, bytes(64))
    note = text + "\n" + posing.line + second.line
    forged = tampered(good, _both(_set("checkpoint", to=note), _set("keys", 0, to=bad.text)))
    for checks in found_by_both(forged):
        assert f"签名 {ORIGIN}" in failed(checks)
