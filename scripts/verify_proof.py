"""核验证明文件：一条记录在存证账本里，检查点有账本的签名，此后没有改动。

只用 Python 标准库（3.9 以上），不联网，不需要法度本身：python verify_proof.py proof.json [--key 公钥] [--document 文书]
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
CHECKPOINT = re.compile(
    r"\A([^\s+]+)\n(0|[1-9]\d*)\n(\S{44})\nsm3 (\S{44})\ntime \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?"
    r"(?:Z|[+-]\d\d:\d\d)\n(?:[^\x00-\x1f]+\n)*\n(?:— [^\s+]+ \S+\n)+\Z"
)
Point = tuple[int, int]
KEYS = ("format", "origin", "leaf", "index", "size", "path", "checkpoint", "keys", "disclosed", "document")


def need(holds: object, words: str) -> None:
    if not holds:
        raise ValueError(words)


def plain_sm3(data: bytes) -> bytes:
    """GB/T 32905-2016, for a Python whose OpenSSL has no SM3."""
    def turn(word: int, by: int) -> int:
        return (word << by % 32 | word >> 32 - by % 32) & 0xFFFFFFFF

    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    data += b"\x80" + bytes((55 - len(data)) % 64) + (len(data) * 8).to_bytes(8, "big")
    for start in range(0, len(data), 64):
        w = [int.from_bytes(data[at : at + 4], "big") for at in range(start, start + 64, 4)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ turn(w[j - 3], 15)
            w.append(x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            first = turn(turn(a, 12) + e + turn(0x79CC4519 if j < 16 else 0x7A879D8A, j) & 0xFFFFFFFF, 7)
            ff, gg = (a ^ b ^ c, e ^ f ^ g) if j < 16 else (a & b | a & c | b & c, e & f | ~e & g)
            left = ff + d + (first ^ turn(a, 12)) + (w[j] ^ w[j + 4]) & 0xFFFFFFFF
            right = gg + h + first + w[j] & 0xFFFFFFFF
            a, b, c, d, e, f, g, h = left, a, turn(b, 9), c, right ^ turn(right, 9) ^ turn(right, 17), e, turn(f, 19), g
        state = [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h))]  # noqa: B905 (3.9 has no strict)
    return b"".join(word.to_bytes(4, "big") for word in state)


def digest(name: str, data: bytes) -> bytes:
    plain = name == "sm3" and name not in hashlib.algorithms_available
    return plain_sm3(data) if plain else hashlib.new(name, data).digest()


def add(p: Point, q: Point) -> Point:
    """The sum of two points of the curve (RFC 8032, 5.1.4)."""
    product = D * p[0] * q[0] * p[1] * q[1]
    x, y = p[0] * q[1] + p[1] * q[0], p[1] * q[1] + p[0] * q[0]
    return x * pow(1 + product, -1, P) % P, y * pow(1 - product, -1, P) % P


def point(data: bytes) -> Point:
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and x * x % P == square and (x or data[31] < 128), "公钥不是曲线上的点")
    return (x if x & 1 == data[31] >> 7 else P - x), y


def ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is good (RFC 8032, 5.1.7): R = s·B − k·A."""
    s = int.from_bytes(signature[32:], "little")
    (x, y), base = point(key), point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    found = (0, 1)
    for bit in reversed(range(253)):
        for each in (found, *[base] * (s >> bit & 1), *[(P - x, y)] * (k >> bit & 1)):
            found = add(found, each)
    encoded = (found[1] | (found[0] & 1) << 255).to_bytes(32, "little")
    return len(signature) == 64 and s < ORDER and signature[:32] == encoded


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def decoded(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, f"“{text[:60]}”不是标准的 Base64")
    return data


def root(name: str, leaf: bytes, index: int, size: int, path: list[str]) -> bytes:
    """What a leaf and its path lead to (RFC 9162, 2.1.3.2)."""
    last, found = size - 1, digest(name, b"\0" + leaf)
    need(0 <= index <= last, f"大小为 {size} 的账本没有第 {index} 号叶")
    for sister in map(bytes.fromhex, path):
        need(last > 0, "路径太长")
        found = digest(name, b"\1" + sister + found if index & 1 or index == last else b"\1" + found + sister)
        while index == last and index and not index & 1:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    need(last == 0, "路径太短")
    return found


def check_key(key: str, note: str) -> tuple[str, int]:
    """Name and kind of a key, all of whose signatures of the note are good and which has one."""
    name, identity, encoded = [*key.split("+", 2), "", ""][:3]
    data, (text, _, signed) = decoded(encoded), note.rpartition("\n\n")
    known = hashlib.sha256(f"{name}\n".encode() + data).digest()[:4]
    need(data[:1] in (b"\1", b"\4") and len(data) == 33 and known.hex() == identity, "不是 Ed25519 公钥，或者编号不符")
    lines = [(line[1], decoded(line[2])) for line in re.finditer(r"— (\S+) (\S+)\n", signed)]
    mine = [signature[4:] for signer, signature in lines if signer == name and signature[:4] == known]
    need(mine, "检查点没有这个密钥的签名")
    for each in mine:
        when = f"cosignature/v1\ntime {int.from_bytes(each[:8], 'big')}\n" if data[0] == 4 else ""
        need(ed25519(data[1:], f"{when}{text}\n".encode(), each[8 * (when > "") :]), "签名与检查点不符；其中有的被改动")
    return name, data[0]


def verify(text: str, keys: list[str], document: bytes | None) -> list[tuple[str, bool, str]]:
    """Everything that was checked: name, whether it holds, words."""
    found, proof, leaf, roots, owners, documents = [], {}, {}, {}, [], []

    @contextmanager
    def check(name: str, good: str) -> Iterator[None]:
        try:
            yield
            found.append((name, True, good))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            found.append((name, False, str(error) if type(error) is ValueError else f"写法不对（{error!r}）"))

    with check("格式", "fadu-proof/1"):
        given = json.loads(text, parse_float=int, parse_constant=int)
        need({*KEYS} >= {*given} >= {*KEYS[:8]} and given["format"] == "fadu-proof/1", f"键应是 {'、'.join(KEYS)}")
        need(type(given["index"]) is type(given["size"]) is int, "index、size 应是整数")
        documents = [given["document"]] if "document" in given else []
        "".join([*given["keys"], *(shown["name"] for shown in (*given.get("disclosed", []), *documents))])  # are texts
        proof = given
    if not proof:
        return found
    with check("叶", "规范写法"):
        leaf = json.loads(proof["leaf"], parse_float=int, parse_constant=int)
        need(canonical(leaf) == proof["leaf"].encode(), "不是规范写法：键应按码位排序，没有空格")
    with check("检查点", f"账本“{proof['origin']}”，大小 {proof['size']}"):
        stated = CHECKPOINT.findall(proof["checkpoint"]) or [("", "", "", "")]
        need(stated[0][0], "应有五行（账本名、大小、SHA-256 根、sm3 根、time 时间）、一个空行和签名行")
        need(stated[0][:2] == (proof["origin"], str(proof["size"])), "账本名或者大小与证明写的不同")
        roots = {"sm3": decoded(stated[0][3]), "sha256": decoded(stated[0][2])}
    if not roots:
        return found
    for name, stated_root in roots.items():
        with check(f"包含（{name}）", f"是账本的第 {proof['index']} 号叶（从 0 数起），路径通到检查点的根"):
            reached = root(name, proof["leaf"].encode(), proof["index"], proof["size"], proof["path"][name])
            need(reached == stated_root, "路径通不到检查点的根；叶、序号、路径或者检查点被改动")
    for key in keys or proof["keys"]:
        with check(f"签名 {key.partition('+')[0]}", "与检查点相符"):
            owners.append(check_key(key, proof["checkpoint"]))
    with check("账本的公钥", "由核验的人给出" if keys else "取自证明文件本身，请与机关公布的核对"):
        need((proof["origin"], 1) in owners, f"没有账本“{proof['origin']}”的有效签名，不知道检查点是谁签发的")
    for shown in proof.get("disclosed", []):
        with check(f"披露的“{shown['name']}”", "与叶里的承诺相符"):
            salt, value = bytes.fromhex(shown["salt"]), canonical([shown["name"], shown["value"]])
            opened = len(salt) == 32 and digest("sm3", b"fadu commitment 1\n" + salt + value).hex()
            need(opened == leaf["commitments"][shown["name"]], "与叶里的承诺不符；值、名称或者盐被改动")
    for shown in documents:
        with check(f"文书“{shown['name']}”", "散列记在叶里"):
            need(shown["sm3"] in list(leaf["documents"]), "散列不在叶里；不是这个事件的文书，或者散列被改动")
    if document is not None:
        with check("文书内容", "文件的 SM3 与记录的相同"):
            hashes = [shown["sm3"] for shown in documents] or list(leaf["documents"])
            need(digest("sm3", document).hex() in hashes, "文件的 SM3 与记录的不同；文件被改动，或者不是这份文书")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="核验证明文件；全部通过时退出码是 0，有不通过的是 1")
    parser.add_argument("proof", type=Path, help="证明文件")
    parser.add_argument("--key", action="append", default=[], help="机关公布的公钥，可以给多个；不给时用证明文件里的")
    parser.add_argument("--document", type=Path, help="要一并核对的文书")
    given = parser.parse_args()
    text = given.proof.read_text("utf-8")
    found = verify(text, given.key, given.document and given.document.read_bytes())
    for name, good, words in found:
        print(f"{'通过　' if good else '不通过'} {name}：{words}")
    good = all(each[1] for each in found)
    print(f"结论：证明{'成立' if good else '不成立'}。" + (f"记录是：{json.loads(text)['leaf']}" if good else ""))
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
