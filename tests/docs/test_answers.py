"""answers.md explains every key that any command answers with, and no key that none does."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fadu.ledger.checkpoint import Checkpoint
from fadu.ledger.ed25519 import Ed25519Signer
from fadu.ledger.hashes import EMPTY
from fadu.ledger.notes import sign_note

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "answers.md"
SEED = bytes(range(32))
LOG = Ed25519Signer.from_seed("fadu.example/MQ", SEED).verifier.text
AS_OF = ("--as-of", "2024-06-28")
EXAMPLES: dict[str, list[tuple[str, ...]]] = {
    "due": [("due", "reconsideration", "examine", "2024-02-07", *AS_OF)],
    "check": [("check", "data/register.xlsx", "--out", "answers", *AS_OF)],
    "explain": [("explain", "data/cases.json", f"明复〔2024〕{n}号", *AS_OF) for n in (3, 4)],
    "measure": [("measure", "data/cases.json", "--period", "2024Q2", "-i", "reconsideration.on_time", *AS_OF)],
    "vary": [("vary", "data/cases.json", "--term", f"reconsideration.decide={term}", *AS_OF)
             for term in ("四十五日", "九十日")],
    "simulate": [("simulate", "--procedure", "reconsideration", "--cases", "5", "--until", "2024-12-31",
                  "--format", "jsonl", "--out", "simulated")],
    "law list": [("law", "list")],
    "law show": [("law", "show", "reconsideration", "--on", "2024-06-01")],
    "law cite": [("law", "cite", "行政复议法62(1)", "--on", "2024-06-01")],
    "law check": [("law", "check"), ("law", "check", "--texts", "texts")],
    "law import": [("law", "import", "texts")],
    "law coverage": [("law", "coverage", "--law-md", "texts/law.md")],
    "init": [("init", "new", "--name", "某区", "--code", "MQ")],
    "play": [("play", "--district", "empty", "--cases", "20")],
    "import": [("import", "register.xlsx", "--district", "kept", "--as", "wang", "--procedure", "reconsideration")],
    "export": [("export", "--district", "kept", "--as", "wang", "--procedure", "reconsideration", "--format", "csv",
                "--out", "register.csv")],
    "verify": [("verify", "--district", "damaged")],
    "checkpoint": [("checkpoint", "--district", "empty", "--since", "0"),
                   ("checkpoint", "--district", "damaged", "--since", "1")],
    "witness": [("witness", "--state", "seen.json", "--key", "witness.pem", "--name", "city.example/witness",
                 "--log", LOG, "first.note")],
    "backup": [("backup", "--district", "kept", "--to", "kept.tar.gz", "--with-keys")],
    "restore": [("restore", "earlier.tar.gz", "--to", "restored")],
    "migrate-store": [("migrate-store", "--district", "kept", "--to", "moved")],
    "holidays": [("holidays", "notice.txt", "--year", "2027", "--notice", "某通知", "--by", "admin", "--dry-run",
                  "--district", "damaged")],
    "rebuild": [("rebuild", "--check", "--district", "damaged")],
}  # fmt: skip


def paths(value: Any, start: str = "") -> Iterator[str]:
    """Every key of a JSON value with the way to it: ``rules[].states.late``."""
    if isinstance(value, dict):
        for key, inner in value.items():
            name = f"{start}.{key}" if start else key
            yield name
            yield from paths(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{start}[]")


def explained() -> dict[str, set[str]]:
    """Keys told on the page, by command."""
    found: dict[str, set[str]] = {}
    for section in re.split(r"^## fadu ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, _, body = section.partition("\n")
        found[name.strip()] = set(re.findall(r"^\| `([^`]+)` \|", body, flags=re.MULTILINE))
    return found


def fits(path: str, told: set[str]) -> str | None:
    """The entry of the page that explains a key; ``*`` stands for a name that is not fixed."""
    if path in told:
        return path
    wild = (entry for entry in told if "*" in entry)
    return next((entry for entry in wild if re.fullmatch(re.escape(entry).replace(r"\*", r"[^.\[]+"), path)), None)


@pytest.fixture(scope="session")
def texts(run, tmp_path_factory) -> None:
    """A folder with one statute text, one file that is none, and a handbook of one row."""
    code, where = run("law", "import", "data", "--json")
    assert code == 0, where
    folder = Path(json.loads(where)["folder"]).parents[1] / "texts"
    folder.mkdir(exist_ok=True)
    (folder / "某法(2020-01-01).md").write_text("# 某法\n\n第一条 五日内办理。\n", encoding="utf-8")
    (folder / "空.md").write_text("没有条文\n", encoding="utf-8")
    (folder / "law.md").write_text("## 2. 行政复议\n\n| FY-01 | 申请 | 六十日 | V |\n", encoding="utf-8")


@pytest.fixture(scope="session")
def districts(run) -> None:
    """A simulated district without cases, and one whose cases were changed by hand."""
    for name in ("empty", "damaged", "kept"):
        code, said = run("init", name, "--name", "某区", "--code", "MQ", "--simulated", "--json")
        assert code == 0, said
    with sqlite3.connect(Path(run.folder) / "kept" / "fadu.sqlite3") as kept:  # somebody who may import
        kept.execute("UPDATE store_person SET login = 'wang' WHERE login = 'system'")
        kept.execute("UPDATE store_grant SET role = 'administrator' WHERE role = 'system_admin'")
    kept.close()
    code, said = run("backup", "--district", "kept", "--to", "earlier.tar.gz", "--with-keys", "--json")
    assert code == 0, said
    book = openpyxl.Workbook()
    for row in (("案号", "单位", "收到申请日期", "受理日期"), ("复1号", "某区", "2024-01-02", "2024-01-05"),
                ("复2号", "某区", "2024-01-02", "去年")):  # fmt: skip
        book.active.append(row)
    book.save(Path(run.folder) / "register.xlsx")
    code, said = run("play", "--district", "damaged", "--cases", "5", "--json")
    assert code == 0, said
    with sqlite3.connect(Path(run.folder) / "damaged" / "fadu.sqlite3") as damaged:
        damaged.execute("UPDATE store_case SET state = 'lost', head = x'00'")
    damaged.close()
    notice = "元旦：1月1日（周五）至3日（周日）放假，共3天。1月9日（周六）上班。"
    (Path(run.folder) / "notice.txt").write_text(notice, encoding="utf-8")
    key = Ed25519Signer.from_seed("fadu.example/MQ", SEED)
    statement = Checkpoint("fadu.example/MQ", 0, EMPTY, "2024-02-07T09:30:00+08:00")
    (Path(run.folder) / "first.note").write_text(sign_note(statement.text, [key]), encoding="utf-8")
    (Path(run.folder) / "witness.pem").write_bytes(key.to_pem())


def test_every_command_has_a_section():
    from pages.commands import commands

    names = {
        path.removeprefix("fadu ") for path, command in commands()
        if any(option.name == "as_json" for option in command.params)
    }  # fmt: skip
    assert set(explained()) == names == set(EXAMPLES)


@pytest.mark.parametrize("command", EXAMPLES)
def test_every_key_is_explained(run, texts, districts, command):
    told, seen = explained()[command], set()
    for words in EXAMPLES[command]:
        code, output = run(*words, "--json")
        assert code in (0, 1), output
        for path in paths(json.loads(output)):
            entry = fits(path, told)
            assert entry, f"answers.md 的 fadu {command} 一节没有说明 {path}"
            seen.add(entry)
    never = {entry for entry in told - seen if "[]" not in entry or entry.split("[]")[0] not in told}
    assert not never, f"answers.md 的 fadu {command} 一节说明了没有的键：{sorted(never)}"
