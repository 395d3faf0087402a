"""``fadu law`` on a small invented lawbook: what each command prints, and its exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fadu.cli.law import law

STATUTE = """\
title: 某市养猫条例
short: 养猫条例
authority: 地方性法规
versions:
  - effective: 2024-01-01
    adopted: 2023-09-01
    working_days: [五日, 十日]
    interpretation: 2
    gists:
      "1": 目的
      "2(1)": 五日内登记，可延长不超过十日
      "2(2)": 逾期视为登记
"""
PROCEDURE = """\
name: 养猫登记
code: cats
statute: 养猫条例
effective: 2024-01-01
transition: {by_date_of: receive, certainty: inferred}
steps:
  receive: {label: 收到申请, by: 登记机关, opens: true, cite: 2(1)}
  ask: {label: 通知补正, cite: 2(1)}
  answer: {label: 收到补正, cite: 2(1)}
  extend: {label: 延长, cite: 2(1)}
  register: {label: 登记, closes: true, cite: 2(1)}
clocks:
  register:
    label: 登记期限
    id: MM-01
    start: receive
    stop: register
    term: 五日
    pause: [{from: ask, to: answer, cite: 2(1)}]
    extend: {step: extend, by: event.days, at_most: 十日, cite: 2(1)}
    lapse: {deem: register, cite: 2(2)}
    cite: 2(1)
duties:
  once: {label: 一次补正, at_most: 1, of: ask, cite: 2(1)}
untranslated:
  - {id: MM-02, cite: 1, reason: 没有期限}
"""
TEXT = "第一条 为了养猫。\n第二条 应当在五日内登记，可以延长，但不得超过十日。\n逾期视为登记。\n"
LAW_MD = "## 2. 养猫\n| MM-01 | 登记 | 5日 | V |\n| MM-02 | 目的 | — | V |\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FADU_HOME", str(tmp_path / "home"))
    for name, content in {
        "book/statutes/养猫条例.yaml": STATUTE,
        "book/procedures/cats/2024-01-01.yaml": PROCEDURE,
        "texts/养猫条例(2023-09-01).md": TEXT,
        "law.md": LAW_MD,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(law, [*arguments, "--lawbook", str(home / "book")])


def facts(home: Path, *arguments: str) -> Any:
    result = run(home, *arguments, "--json")
    return json.loads(result.output)


def test_list(home: Path) -> None:
    assert run(home, "list").output == (
        "共 1 种程序，1 个版本：\n"
        "cats  养猫登记  2024-01-01 起 《养猫条例》  环节 5，时钟 1，要求 1，未译 1\n"
    )  # fmt: skip
    assert facts(home, "list")[0]["effective"] == "2024-01-01"


def test_show(home: Path) -> None:
    output = run(home, "show", "养猫登记").output
    for line in (
        "  起 收到申请（登记机关）  〔养猫条例2(1)〕",
        "  登记期限：五日（工作日）  收到申请 → 登记  〔养猫条例2(1)  MM-01〕",
        "      不计入：通知补正 至 收到补正  〔养猫条例2(1)〕",
        "      可延长：延长，不超过 十日  〔养猫条例2(1)〕",
        "      逾期：视为 登记  〔养猫条例2(2)〕",
        "  一次补正：至多：通知补正 1 次  〔养猫条例2(1)〕",
        "  MM-02 没有期限  〔养猫条例1〕",
    ):
        assert line in output.splitlines()
    assert facts(home, "show", "cats", "--on", "2024-02-01")["clocks"][0]["terms"][0]["unit"] == "工作日"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "dogs"), "没有名为“dogs”的程序；可用：cats（养猫登记）"),
        (("show", "cats", "--on", "2023-12-31"), "在 2023-12-31 没有生效的版本"),
        (("show", "cats", "--on", "昨天"), "“昨天”不是日期；接受 2024-01-01"),
        (("cite", "第二条规定"), "不是条文引用"),
        (("cite", "养狗条例2"), "没有名为“养狗条例”的法规；相近的有：养猫条例"),
        (("cite", "养猫条例2", "--texts", "没有的目录"), "没有这个文件夹：没有的目录"),
    ],
)
def test_a_mistake_is_a_message(home: Path, arguments: tuple[str, ...], words: str) -> None:
    result = run(home, *arguments)
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


def test_cite_without_and_with_texts(home: Path) -> None:
    output = run(home, "cite", "养猫条例2(1)", "--on", "2024-06-01").output
    assert "《某市养猫条例》第二条第一款\n简写：养猫条例2(1)\n版本：2024-01-01 起施行（以 2024-06-01 为准）" in output
    assert "要旨：五日内登记，可延长不超过十日" in output
    assert "（没有导入文本 养猫条例(2023-09-01)；可运行 fadu law import）" in output
    texts = ("--texts", str(home / "texts"))
    assert facts(home, "cite", "《某市养猫条例》第二条第二款", *texts)["text"] == "逾期视为登记。"
    assert "条文：（第二条只有2款）" in run(home, "cite", "养猫条例", "2(3)", *texts).output


def test_import_then_cite_and_check_use_the_imported_texts(home: Path) -> None:
    result = CliRunner().invoke(law, ["import", str(home / "texts")])
    assert result.output == f"已导入 1 部法规文本到 {home / 'home' / 'texts'}\n"
    assert facts(home, "cite", "养猫条例1")["exists"] is True
    assert facts(home, "check")["terms_in_text"] == 2


def test_check(home: Path) -> None:
    bare = run(home, "check")
    assert bare.exit_code == 0
    assert "0 处错误" in bare.output
    assert "没有法规文本，未核对条文和期限" in bare.output
    held = facts(home, "check", "--texts", str(home / "texts"))
    assert (held["ok"], held["terms_in_text"], held["not_checked"]) == (True, 2, [])
    empty = run(home, "check", "--texts", str(home / "book"))
    assert empty.exit_code == 0
    assert "没有文本 养猫条例(2023-09-01)" in empty.output


def test_check_fails_on_a_fault_and_names_the_place(home: Path) -> None:
    file = home / "book/procedures/cats/2024-01-01.yaml"
    file.write_text(PROCEDURE.replace("term: 五日", "term: 三个工作日"), encoding="utf-8")
    result = run(home, "check", "--texts", str(home / "texts"))
    assert result.exit_code == 1
    assert "期限“三个工作日”不在所引条文 养猫条例2(1) 中；那里写的是：5日、10日" in result.output
    assert f"{file}:" in result.output
    file.write_text(PROCEDURE + "extra: 1\n", encoding="utf-8")
    assert facts(home, "check")["faults"][0].startswith(f"{file}:")


def test_coverage(home: Path) -> None:
    result = run(home, "coverage", "--law-md", str(home / "law.md"), "--out", str(home / "coverage.md"))
    assert result.exit_code == 0
    table = (home / "coverage.md").read_text(encoding="utf-8")
    assert "| MM-01 | 登记 | V | cats/2024-01-01 时钟 register（登记期限） |" in table
    (home / "law.md").write_text(LAW_MD + "| MM-03 | 巡查 | — | V |\n", encoding="utf-8")
    result = run(home, "coverage", "--law-md", str(home / "law.md"))
    assert result.exit_code == 1
    assert "缺失：MM-03 巡查" in result.output
    assert facts(home, "coverage", "--law-md", str(home / "law.md"))["missing"] == ["MM-03"]
