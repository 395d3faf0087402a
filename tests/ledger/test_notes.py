"""Signed notes, keys and checkpoints in the forms of C2SP, and the words of every refusal."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from kept_in_memory import LEDGER_KEY, ORIGIN, STRANGER_KEY, WITNESS_KEY, numbered

from fadu.ledger.checkpoint import Checkpoint, read_time
from fadu.ledger.ed25519 import COSIGNATURE, Ed25519Signer, Ed25519Verifier
from fadu.ledger.errors import BadSignatureError, NoteError, RootMismatchError, UnknownKeyError
from fadu.ledger.hashes import EMPTY, SHA256, SM3, Pair
from fadu.ledger.notes import (
    Signature,
    add_signatures,
    cosign,
    encode64,
    key_id,
    open_note,
    read_key,
    read_note,
    read_signature,
    sign_note,
    write_key,
)
from fadu.ledger.tree import Frontier, Head

TEXT = "example.org/ledger\n正文\n"
NOTE = sign_note(TEXT, [LEDGER_KEY])

# The example of Go's golang.org/x/mod/sumdb/note, which this form comes from.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

# RFC 8032, 7.1: secret key, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2465"
        "5141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb0"
        "0d291612bb0c00",
    ),
]


def test_a_note_signed_elsewhere_opens():
    opened = open_note(GO_NOTE, [Ed25519Verifier.read(GO_KEY)])
    assert opened.text.endswith("your problem is.\n") and not opened.unknown
    assert Ed25519Verifier.read(GO_KEY).text == GO_KEY


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_ed25519_of_the_standard(seed, public, message, signature):
    signer = Ed25519Signer.from_seed("example.org/rfc", bytes.fromhex(seed))
    assert signer.verifier.public_key.hex() == public
    assert signer.sign(bytes.fromhex(message)).hex() == signature
    assert signer.verifier.verify(bytes.fromhex(message), bytes.fromhex(signature))


def test_the_shape_of_a_note():
    text, signed = NOTE.split("\n\n")
    assert text + "\n" == TEXT
    dash, name, encoded = signed.rstrip("\n").split(" ")
    assert (dash, name) == ("—", ORIGIN)
    assert encoded == encode64(LEDGER_KEY.key_id + LEDGER_KEY.sign(TEXT.encode()))
    assert open_note(NOTE, [LEDGER_KEY.verifier]).text == TEXT


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1), st.integers(1, 5))
def test_any_text_opens_as_it_was_signed(line, times):
    text = (line + "\n") * times + "\n" + line + "\n"  # an empty line within the text is text
    opened = open_note(sign_note(text, [LEDGER_KEY, STRANGER_KEY]), [LEDGER_KEY.verifier])
    assert opened.text == text
    assert [each.verifier.name for each in opened.verified] == [ORIGIN]
    assert [each.name for each in opened.unknown] == [STRANGER_KEY.name]


def test_every_changed_byte_of_the_text_is_found():
    data = NOTE.encode()
    for place in range(len(TEXT.encode())):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises((BadSignatureError, NoteError, UnicodeDecodeError)):
            open_note(changed.decode(), [LEDGER_KEY.verifier])


def test_a_bad_signature_of_a_known_key_spoils_the_note():
    """Even where another signature is good: a note is not what some signers agree on."""
    note = sign_note(TEXT, [LEDGER_KEY, STRANGER_KEY])
    bad = Signature(ORIGIN, LEDGER_KEY.key_id, bytes(64))
    with pytest.raises(BadSignatureError, match=f"“{ORIGIN}”（密钥 {LEDGER_KEY.key_id.hex()}）的签名与正文不符"):
        open_note(note + bad.line, [LEDGER_KEY.verifier, STRANGER_KEY.verifier])


def test_an_unknown_key_is_said_with_those_known():
    words = f"签名的密钥都不认识：{ORIGIN}.*认识的密钥：{STRANGER_KEY.name}.*索取公钥"
    with pytest.raises(UnknownKeyError, match=words):
        open_note(NOTE, [STRANGER_KEY.verifier])
    with pytest.raises(UnknownKeyError, match="认识的密钥：（没有）"):
        open_note(NOTE, [])


def test_a_key_is_known_by_name_and_id_both():
    namesake = Ed25519Signer.from_seed(ORIGIN, bytes(32))
    assert namesake.key_id != LEDGER_KEY.key_id
    with pytest.raises(UnknownKeyError):
        open_note(NOTE, [namesake.verifier])
    posing = Signature(ORIGIN, LEDGER_KEY.key_id, namesake.sign(TEXT.encode()))
    with pytest.raises(BadSignatureError):
        open_note(TEXT + "\n" + posing.line, [LEDGER_KEY.verifier])


SIGNATURE = NOTE.split("\n\n")[1]


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("", "不是签名文字"),
        (TEXT, "不是签名文字"),
        (TEXT + "\n", "不是签名文字"),
        (TEXT + "\n" + SIGNATURE.rstrip("\n"), "不是签名文字"),
        (TEXT + "\n" + SIGNATURE.replace("—", "-"), "不是签名行"),
        (TEXT + "\n— name\n", "不是签名行"),
        (TEXT + "\n— name 名\n", "不是标准的 Base64"),
        (TEXT + "\n— name AAAA\n", "太短"),
        (TEXT + "\n— na+me AAAAAAAA\n", "名称“na\\+me”不能用"),
        (TEXT + "\n— name AAAAAAAB=\n", "不是标准的 Base64"),
        (TEXT + "\n— name AAAAAAF=\n", "不是标准的 Base64"),  # bits left over that are not zero
        (TEXT + "\t\n\n" + SIGNATURE, "控制字符"),
        (TEXT + "\ud800\n\n" + SIGNATURE, "UTF-8"),
        (TEXT + "\n" + SIGNATURE * 65, "有 65 行签名；至多 64 行"),
        ("长" * 70_000, "长 70000 字；至多 65536 字"),
    ],
)
def test_what_is_not_a_note(note, words):
    with pytest.raises(NoteError, match=words):
        open_note(note, [LEDGER_KEY.verifier])


@pytest.mark.parametrize("text", ["no newline", "a\tb\n", "a\rb\n", "\ud800\n"])
def test_what_is_not_signed(text):
    with pytest.raises(NoteError, match="应以换行结束，除换行外没有控制字符"):
        sign_note(text, [LEDGER_KEY])


def test_a_note_has_a_signer():
    with pytest.raises(NoteError, match="没有给出签名的密钥"):
        sign_note(TEXT, [])


# -- keys ------------------------------------------------------------------------------------------


def test_keys_are_read_as_they_are_written():
    for signer in (LEDGER_KEY, WITNESS_KEY):
        assert Ed25519Verifier.read(signer.verifier.text) == signer.verifier
        assert signer.verifier.text.startswith(f"{signer.name}+{signer.key_id.hex()}+")


def test_one_key_has_two_ids():
    """A key used for notes is not by that a witness's."""
    note = Ed25519Signer.from_seed("example.org/both", bytes(32))
    witness = Ed25519Signer.from_seed("example.org/both", bytes(32), COSIGNATURE)
    assert note.verifier.public_key == witness.verifier.public_key and note.key_id != witness.key_id
    assert note.key_id == key_id("example.org/both", 1, note.verifier.public_key)
    assert witness.key_id == key_id("example.org/both", 4, witness.verifier.public_key)


KEY = LEDGER_KEY.verifier.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "不是公钥；接受 名称"),
        ("example.org+abc", "不是公钥；接受 名称"),
        (KEY.replace(ORIGIN, "example.org/other"), "编号 .* 与名称和公钥不符；.*重新索取"),
        (KEY[:-3] + "AA=", "编号 .* 与名称和公钥不符|不是标准的 Base64"),
        (f"{ORIGIN}+00000000+", "公钥“”不是标准的 Base64"),
        (write_key(ORIGIN, 2, bytes(32)), "类型是 0x02；接受：Ed25519（0x01）、见证签名（0x04）"),
        (write_key(ORIGIN, 1, bytes(31)), "公钥是 31 字节；Ed25519 公钥是 32 字节"),
        (write_key("a b", 1, bytes(32)), "名称“a b”不能用；接受不含空白和加号"),
        (write_key("", 1, bytes(32)), "名称“”不能用"),
    ],
)
def test_what_is_not_a_key(text, words):
    with pytest.raises(NoteError, match=words):
        Ed25519Verifier.read(text)


def test_other_kinds_of_keys_fit_the_form():
    """What an SM2 signer needs of the form: a kind of its own, any length."""
    assert read_key(write_key(ORIGIN, 0xFF, b"sm2" + bytes(65))) == (ORIGIN, 0xFF, b"sm2" + bytes(65))


def test_a_signer_of_another_algorithm_fits_in():
    class Reversing:
        """Stands for SM2: any algorithm whose signature its verifier accepts."""

        name, algorithm = "example.org/sm2", "sm2"
        key_id = key_id(name, 0xFF, b"sm2")

        def sign(self, message):
            return message[::-1]

        def verify(self, text, signature):
            return signature == text[::-1]

    note = sign_note(TEXT, [LEDGER_KEY, Reversing()])
    opened = open_note(note, [Reversing(), LEDGER_KEY.verifier])
    assert [each.verifier.algorithm for each in opened.verified] == ["ed25519", "sm2"]


def test_a_private_key_as_pem():
    for password in (None, b"secret"):
        pem = LEDGER_KEY.to_pem(password)
        again = Ed25519Signer.from_pem(ORIGIN, pem, password=password)
        assert again.sign(b"x") == LEDGER_KEY.sign(b"x")
    rsa = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for pem, password, words in (
        (b"text", None, "私钥文件读不出；应是 PEM"),
        (LEDGER_KEY.to_pem(b"secret"), None, "私钥文件读不出.*口令"),
        (LEDGER_KEY.to_pem(b"secret"), b"wrong", "私钥文件读不出.*口令"),
        (rsa, None, "不是 Ed25519 的；可用 openssl genpkey"),
    ):
        with pytest.raises(NoteError, match=words):
            Ed25519Signer.from_pem(ORIGIN, pem, password=password)


def test_other_bad_keys():
    with pytest.raises(NoteError, match="种子是 16 字节；应是 32 个随机字节"):
        Ed25519Signer.from_seed(ORIGIN, bytes(16))
    with pytest.raises(NoteError, match="没有“sm2”这种 Ed25519 密钥；接受：ed25519、cosignature/v1"):
        Ed25519Signer.from_seed(ORIGIN, bytes(32), "sm2")
    with pytest.raises(NoteError, match="名称“a b”不能用"):
        Ed25519Signer.from_seed("a b", bytes(32))


def test_a_private_key_does_not_show():
    assert "private" not in repr(LEDGER_KEY).lower() and bytes(range(32)).hex() not in repr(LEDGER_KEY)


def test_a_public_key_that_is_no_point_verifies_nothing():
    assert not Ed25519Verifier(ORIGIN, b"\xff" * 32).verify(b"x", bytes(64))


# -- cosignatures ----------------------------------------------------------------------------------


def test_a_cosignature_signs_the_time_with_the_text():
    signature = cosign(TEXT, WITNESS_KEY, 1679315147)
    assert signature.timestamp == 1679315147 and len(signature.value) == 72
    assert signature.value[8:] == WITNESS_KEY.sign(b"cosignature/v1\ntime 1679315147\n" + TEXT.encode())
    note = add_signatures(NOTE, [signature, signature])
    assert note.count("—") == 2 and add_signatures(note, [signature]) == note
    opened = open_note(note, [LEDGER_KEY.verifier, WITNESS_KEY.verifier])
    assert [each.verifier.algorithm for each in opened.verified] == ["ed25519", "cosignature/v1"]
    later = Signature(signature.name, signature.key_id, (1679315148).to_bytes(8, "big") + signature.value[8:])
    with pytest.raises(BadSignatureError):
        open_note(add_signatures(NOTE, [later]), [WITNESS_KEY.verifier])
    beyond = Signature(signature.name, signature.key_id, (1 << 63).to_bytes(8, "big") + signature.value[8:])
    assert not WITNESS_KEY.verifier.verify(TEXT.encode(), beyond.value)


def test_keys_of_one_use_are_refused_for_the_other():
    with pytest.raises(NoteError, match="见证用的密钥，不能作普通签名"):
        sign_note(TEXT, [WITNESS_KEY])
    with pytest.raises(NoteError, match=f"见证要用 cosignature/v1 的密钥；“{ORIGIN}”是 ed25519 的"):
        cosign(TEXT, LEDGER_KEY, 1)


def test_a_signature_line_is_read_as_it_is_written():
    _, (signature,) = read_note(NOTE)
    assert read_signature(signature.line) == read_signature(signature.line.rstrip("\n")) == signature
    with pytest.raises(NoteError, match="不是签名行"):
        read_signature("text")


# -- checkpoints -----------------------------------------------------------------------------------

TREE, _ = Frontier().extend(numbered(5))
CHECKPOINT = Checkpoint(ORIGIN, 5, TREE.root(), "2024-02-07T09:30:00+08:00")


def test_a_checkpoint_has_five_lines():
    roots = TREE.root()
    assert CHECKPOINT.text == (
        f"{ORIGIN}\n5\n{encode64(roots.sha256)}\nsm3 {encode64(roots.sm3)}\ntime 2024-02-07T09:30:00+08:00\n"
    )
    assert Checkpoint.read(CHECKPOINT.text) == CHECKPOINT
    extended = Checkpoint(ORIGIN, 5, roots, "2024-02-07T01:30:00.5Z", ("more of", "this"))
    assert Checkpoint.read(extended.text) == extended
    assert CHECKPOINT.head(SM3) == Head(5, roots.sm3) and CHECKPOINT.head(SHA256) == Head(5, roots.sha256)


LINES = CHECKPOINT.text.rstrip("\n").split("\n")


def changed(place: int, line: str) -> str:
    return "\n".join([*LINES[:place], line, *LINES[place + 1 :]]) + "\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CHECKPOINT.text.rstrip("\n"), "不是账本的检查点；应有五行"),
        ("\n".join(LINES[:4]) + "\n", "不是账本的检查点；应有五行"),
        (changed(0, ""), "没有空行"),
        (changed(0, "a b"), "名称“a b”不能用"),
        (changed(1, "05"), "大小“05”不是数；接受十进制整数，前面没有零"),
        (changed(1, "-1"), "大小“-1”不是数"),
        (changed(1, "５"), "大小“５”不是数"),
        (changed(2, "AAAA"), "两个根都应是 32 字节"),
        (changed(2, "????"), "SHA-256 根“\\?+”不是标准的 Base64"),
        (changed(3, LINES[2]), "应以“sm3 ”“time ”开头"),
        (changed(3, "sm3 AAA"), "SM3 根“AAA”不是标准的 Base64"),
        (changed(4, "2024-02-07T09:30:00+08:00"), "应以“sm3 ”“time ”开头"),
        (changed(4, "time 2024-02-07 09:30"), "不是时间；接受 RFC 3339"),
        (changed(4, "time 2024-02-30T09:30:00+08:00"), "不是时间"),
        (changed(4, "time 2024-02-07T09:30:00"), "不是时间"),
    ],
)
def test_what_is_not_a_checkpoint(text, words):
    with pytest.raises(NoteError, match=words):
        Checkpoint.read(text)


def test_a_checkpoint_that_cannot_be_written():
    with pytest.raises(NoteError, match="大小 -1 应不小于 0"):
        Checkpoint(ORIGIN, -1, EMPTY, CHECKPOINT.time)
    for line in ("", "a\nb"):
        with pytest.raises(NoteError, match="扩展行不能是空行，也不能含换行"):
            Checkpoint(ORIGIN, 0, EMPTY, CHECKPOINT.time, (line,))


def test_another_tree_is_said_with_both_roots():
    CHECKPOINT.require(5, TREE.root())
    with pytest.raises(RootMismatchError, match="检查点说的是大小为 5 的账本，给出的账本大小是 6"):
        CHECKPOINT.require(6, TREE.root())
    for name, roots in (("SM3", Pair(bytes(32), TREE.root().sha256)), ("SHA-256", Pair(TREE.root().sm3, bytes(32)))):
        with pytest.raises(RootMismatchError, match=f"检查点的 {name} 根是 .*算出的是 {'0' * 64}.*fadu verify"):
            CHECKPOINT.require(5, roots)


def test_times_are_compared_as_moments():
    assert read_time("2024-02-07T09:30:00+08:00") == read_time("2024-02-07T01:30:00Z")
