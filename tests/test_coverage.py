"""Coverage of law.md: rows, marks, where each is translated, and what is missing."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fadu.coverage import ENGINE, MISSING, SECTIONS, Row, code_exists, cover, parse_rows
from fadu.law.errors import LawbookError, Place

LAW_MD = Path(os.environ.get("FADU_SHARED") or Path(__file__).parents[2] / "shared") / "law.md"

TEXT = """\
# 手册
## 0. 读法
| 简称 | 全称 | mark |
|---|---|---|
| 甲法 | 甲 | V |
## 1. 期间计算
| # | 规则 | 依据 | mark |
|---|---|---|---|
| P1 | 首日不计 | 民诉法85 | V |
## 2. 养猫登记 (cats)
| ID | 阶段 | 期限 | UI 依据 | mark |
|---|---|---|---|---|
| MM-01 | **登记** | 5日 | 养猫条例2 | V |
| MM-02a | 补正 | 3日 | 养猫条例3 | V / I |
| MM-03 | 年报 | — | 养猫条例4 | V(无数字) / 四级 V2 |
| MM-04 | 巡查 | — | 54号 | V2 |
| MM-05 | 其他 | 一般 | 5 | **U**(文件存在 V2) |
## 6. 别的节
| MM-90 | 不管 | — | V |
"""


@dataclass
class Rule:
    name: str
    label: str
    ids: tuple[str, ...]
    place: Place = field(default_factory=lambda: Place("x"))


@dataclass
class Left:
    ids: tuple[str, ...]
    reason: str
    place: Place = field(default_factory=lambda: Place("x"))


@dataclass
class Procedure:
    steps: dict[str, Rule] = field(default_factory=dict)
    clocks: dict[str, Rule] = field(default_factory=dict)
    duties: dict[str, Rule] = field(default_factory=dict)
    untranslated: tuple[Left, ...] = ()
    place: Place = field(default_factory=lambda: Place("/a/lawbook/procedures/cats/2024-01-01.yaml", 1))


@pytest.fixture
def law_md(tmp_path: Path) -> Path:
    path = tmp_path / "law.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_rows_of_the_covered_sections(law_md: Path) -> None:
    found = cover(law_md, [])
    assert [row.id for row in found.rows] == ["P1", "MM-01", "MM-02a", "MM-03", "MM-04", "MM-05"]
    assert found.rows[1] == Row("MM-01", 2, "养猫登记 (cats)", "登记", "V")
    assert [row.id for row in found.missing] == ["MM-01", "MM-02a", "MM-03"]
    assert not found.ok


def test_where_each_row_is_translated(law_md: Path) -> None:
    procedure = Procedure(
        steps={"register": Rule("register", "登记", ("MM-01",))},
        clocks={"register": Rule("register", "登记期限", ("MM-01", "MM-04"))},
        duties={"ask": Rule("ask", "一次告知", ("MM-02a",))},
        untranslated=(Left(("MM-03",), "没有天数"), Left((), "无编号")),
    )
    found = cover(law_md, [procedure])
    where = {row.id: found.where(row) for row in found.rows}
    assert found.ok
    assert where["MM-01"] == "cats/2024-01-01 环节 register（登记）；cats/2024-01-01 时钟 register（登记期限）"
    assert where["MM-02a"] == "cats/2024-01-01 要求 ask（一次告知）"
    assert where["MM-03"] == "`untranslated`：没有天数（cats/2024-01-01）"
    assert (where["MM-04"], where["MM-05"]) == ("cats/2024-01-01 时钟 register（登记期限）", "—")
    assert "6 行，其中 4 行已读原文（V）：4 行已译入法典，1 行写明不译的理由，0 行缺失" in found.summary()


def test_an_id_that_law_md_does_not_have_is_a_mistake(law_md: Path) -> None:
    untranslated = (Left(("MM-01", "MM-02a", "MM-03", "MM-99", "MM-90"), "无"),)
    found = cover(law_md, [Procedure(untranslated=untranslated)])
    assert not found.missing and [name for name, _ in found.unknown] == ["MM-99"] and not found.ok
    assert "- MM-99：" in found.markdown()


def test_the_table(law_md: Path) -> None:
    table = cover(law_md, []).markdown()
    assert "## 2. 养猫登记 (cats)" in table and "MM-90" not in table
    assert f"| MM-01 | 登记 | V | {MISSING} |" in table
    assert "| MM-04 | 巡查 | V2 | — |" in table
    assert "| P1 | 首日不计 | V | fadu.law.calendars:Calendar.add_working_days |" in table


def test_a_file_without_rows_and_an_id_twice() -> None:
    with pytest.raises(LawbookError, match="没有找到以 FY-01"):
        parse_rows("# 空", Place("law.md"))
    with pytest.raises(LawbookError, match=r"law\.md:2: 编号 A-1 出现两次"):
        parse_rows("| A-1 | 甲 | V |\n| A-1 | 乙 | V |", Place("law.md"))
    with pytest.raises(LawbookError, match="读不了文件"):
        cover("没有/law.md", [])


@pytest.mark.parametrize(
    ("mark", "required"),
    [("V", True), ("V2", False), ("I", False), ("V / I", True), ("V2/V", True), ("文件 V2; 数字 U", False)],
)
def test_marks(mark: str, required: bool) -> None:
    assert Row("A-1", 2, "", "", mark).required == required


def test_the_code_that_the_rows_p_namecode_exists() -> None:
    named = [use.where for uses in ENGINE.values() for use in uses if not use.untranslated]
    assert [where for where in named if not code_exists(where)] == []
    assert not code_exists("fadu.law.nowhere")
    assert not code_exists("fadu.law.dates:nothing")


@pytest.mark.skipif(not LAW_MD.is_file(), reason="law.md is not at hand")
def test_every_section_of_law_md_has_rows() -> None:
    rows = parse_rows(LAW_MD.read_text(encoding="utf-8"), Place(str(LAW_MD)))
    sections = {row.section for row in rows}
    assert set(SECTIONS) <= sections
    assert {row.id for row in rows if row.section == 1} == set(ENGINE)
