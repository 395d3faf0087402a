"""``fadu checkpoint`` of a district, and ``fadu witness`` of its superior body, which cosigns it."""

from __future__ import annotations

from pathlib import Path

import click

from fadu.cli.at_district import district_option, use_district
from fadu.cli.options import answer, json_option
from fadu.law.errors import FaduError

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(help="打印账本最新的、签了名的检查点；--since 另附它由那个大小增长而来的证明，可送交见证。")
@district_option
@click.option("--since", type=click.IntRange(min=0), default=None, metavar="大小",
              help="见证机关上次见证时账本的大小；第一次用 0。")
@json_option
def checkpoint(district: Path | None, since: int | None, as_json: bool) -> None:
    use_district(district)
    from fadu.ledger.tree import consistency_path
    from fadu.ledger.witness import Submission
    from fadu.store.checkpoints import make_checkpoint, signer
    from fadu.store.sequence import Stored

    made = make_checkpoint()
    if made is None:
        raise FaduError("账本是空的，还没有可以签的；有了第一条记录（并在 PostgreSQL 上由 fadu worker 排位）之后再来")
    path = consistency_path(since, made.size, Stored()) if since is not None else []
    submission = Submission(since or 0, tuple(path), made.note)
    if as_json:
        proof = {"since": since, "proof": [{"sm3": pair.sm3.hex(), "sha256": pair.sha256.hex()} for pair in path]}
        answer({"size": made.size, "note": made.note, "verifier": signer().verifier.text, **proof})
        return
    click.echo(submission.text if since is not None else made.note, nl=False)


@click.command(help="见证机关：检查点若是由上次见证的增长而来，打印见证签名；否则说明为什么不见证，退出码 2。"
                    "不需要任何区的文件夹。")  # fmt: skip
@click.option("--state", required=True, type=FILE, metavar="文件", help="见证记录：每个账本上次见证到哪里。")
@click.option("--key", required=True, type=FILE, metavar="文件",
              help="见证机关的 Ed25519 私钥（PEM），可用 openssl genpkey -algorithm ed25519 生成。")
@click.option("--name", required=True, metavar="名字", help="见证机关的名字，写进签名，如 city.example/witness。")
@click.option("--log", "logs", required=True, multiple=True, metavar="公钥",
              help="所见证的账本的公钥（fadu checkpoint --json 的 verifier），可多次。")
@click.option("--proof", type=FILE, default=None, metavar="文件", help="证明（fadu checkpoint --since 的输出）。")
@click.argument("note", metavar="检查点", type=FILE)
@json_option
def witness(state: Path, key: Path, name: str, logs: tuple[str, ...], proof: Path | None, note: Path,
            as_json: bool) -> None:
    from fadu.clock import now
    from fadu.ledger.checkpoint import Checkpoint
    from fadu.ledger.ed25519 import Ed25519Signer, Ed25519Verifier
    from fadu.ledger.notes import COSIGNATURE, Verifier, add_signatures, read_note
    from fadu.ledger.witness import FileState, Submission, Witness

    signer = Ed25519Signer.from_pem(name, _read(key).encode(), COSIGNATURE)
    known: dict[str, list[Verifier]] = {}
    for text in logs:
        verifier = Ed25519Verifier.read(text)
        known.setdefault(verifier.name, []).append(verifier)
    given = _read(note)
    if proof is not None:
        given = _read(proof).rstrip("\n").partition("\n\n")[0] + "\n\n" + (_note_of(given))
    submission = Submission.read(given if given.startswith("old ") else f"old 0\n\n{given}")
    signature = Witness(signer, known, FileState(state)).observe(submission.note, submission.path, now())
    if not as_json:
        click.echo(signature.line, nl=False)
        return
    seen = Checkpoint.read(read_note(submission.note)[0])
    answer({"origin": seen.origin, "size": seen.size, "cosignature": signature.line.rstrip("\n"),
            "verifier": signer.verifier.text, "note": add_signatures(submission.note, [signature])})  # fmt: skip


def _note_of(text: str) -> str:
    """The checkpoint of a file that may be a submission."""
    return text.partition("\n\n")[2] if text.startswith("old ") else text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FaduError(f"没有文件 {path}") from None
    except UnicodeDecodeError:
        raise FaduError(f"{path} 不是 UTF-8 的文本文件") from None
