"""The lawbook's worked cases, and the mistakes a scenario file can hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fadu.book import SHIPPED, Book, load_book
from fadu.law.errors import FaduError, LawbookError
from fadu.scenarios import Scenario, read_scenarios, run

FILES = sorted(SHIPPED.glob("scenarios/*/*.yaml"))
FILE = """\
procedure: trial
scenarios:
  - name: 一
    as_of: 2024-06-01
    events:
      - {step: receive, date: 2024-02-07}
      - {step: accept, date: 2024-02-20, by: [甲, 乙], recorded_at: 2024-02-21, time: "09:30"}
    expect:
      clocks: {examine: {last_day: 2024-02-20, state: kept, provisional: false}}
      findings: []
      undetermined: [urgent]
      state: 受理
      next: [extend]
"""
PROCEDURE = """\
name: 试
code: trial
statute: 某法
effective: 2010-01-01
fields:
  urgent: {label: 急, type: flag}
steps:
  receive: {label: 收到, opens: true}
  accept: {label: 受理, once: true}
  extend: {label: 延长}
clocks:
  examine: {label: 审查, start: receive, stop: accept, term: 五日, unit: working, cite: 1}
  lapsing: {label: 视为, start: extend, stop: accept, term: 五日, lapse: {deem: accept}, cite: 1}
duties:
  urgent: {label: 急, forbid: extend, when: urgent}
"""


def shipped() -> Iterator[object]:
    """Every scenario of the lawbook; a file that cannot be read is one failing test that says why."""
    try:
        book = load_book()
    except FaduError as error:
        yield pytest.param(error, None, id="lawbook")
        return
    for path in FILES:
        try:
            for scenario in read_scenarios(path, book):
                yield pytest.param(scenario, book, id=f"{path.parent.name}/{path.stem}:{scenario.name}")
        except FaduError as error:
            yield pytest.param(error, book, id=f"{path.parent.name}/{path.stem}")


@pytest.mark.parametrize(("scenario", "book"), list(shipped()))
def test_a_worked_case_of_the_lawbook(scenario: Scenario | FaduError, book: Book) -> None:
    if isinstance(scenario, FaduError):
        pytest.fail(str(scenario))
    assert [f"{scenario.place}: {difference}" for difference in run(scenario, book)] == []


@pytest.fixture
def book(tmp_path: Path) -> Book:
    for name, text in (
        ("statutes/某法.yaml", "title: 某法\nshort: 某法\nversions: [{effective: 2010-01-01}]\n"),
        ("calendars/CN.yaml", (SHIPPED / "calendars" / "CN.yaml").read_text(encoding="utf-8")),
        ("procedures/trial/2010-01-01.yaml", PROCEDURE),
    ):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return load_book(tmp_path)


def read(text: str, book: Book) -> list[Scenario]:
    path = book.folder / "scenarios.yaml"
    path.write_text(text, encoding="utf-8")
    return list(read_scenarios(path, book))


def test_a_scenario_that_holds(book: Book) -> None:
    (scenario,) = read(FILE, book)
    event = scenario.case.events[1]
    assert (event.officers, event.by, event.minute) == (2, ("甲", "乙"), 570)
    assert run(scenario, book) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("last_day: 2024-02-20", "last_day: 2024-02-21", "时钟 examine：末日应为 2024-02-21，实为 2024-02-20"),
        ("state: kept", "state: late", "时钟 examine：状态应为 late，实为 kept（末日 2024-02-20）"),
        ("provisional: false", "provisional: true", "时钟 examine：provisional 应为 True，实为 False"),
        ("findings: []", "findings: [examine]", "问题：应为 ['examine']，实为 []"),
        ("undetermined: [urgent]", "undetermined: [examine]", "无法判断：应为 ['examine']，实为 ['urgent']"),
        ("state: 受理", "state: 收到", "状态：应为 收到，实为 受理"),
        ("next: [extend]", "next: [accept]", "下一步：应有 ['accept']，实有 ['extend']"),
        ("state: 受理", "deemed: [{step: accept, date: 2024-02-20}]", "视为发生：应为 accept 2024-02-20，实为 无"),
        ("examine: {last_day", "lapsing: {last_day", "时钟 lapsing：应有 1 次计时，实有 0 次"),
    ],
)
def test_every_difference_is_told(old: str, new: str, words: str, book: Book) -> None:
    (scenario,) = read(FILE.replace(old, new), book)
    found = run(scenario, book)
    assert words in found, found


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("procedure: trial", "procedure: other", 3, "没有名为“other”的程序；可用：trial（试）"),
        ("as_of: 2024-06-01", "as_of: 六月", 4, "“六月”不是日期"),
        ("    as_of: 2024-06-01\n", "", 3, "缺少键：as_of"),
        ("step: receive", "step: recieve", 6, "程序“试”没有环节“recieve”；可用：receive、accept、extend"),
        ("date: 2024-02-07", "date: 2005-02-07", 3, "程序“试”在 2005-02-07 没有生效的版本"),
        ("date: 2024-02-07}", "date: 2024-02-07, time: 25:00}", 6, "“25:00”不是时间"),
        ("date: 2024-02-07}", "date: 2024-02-07, days: -1}", 6, "“-1”太小；至少是 0"),
        ("date: 2024-02-07}", "date: 2024-02-07, void: true}", 6, "void（撤销）要写明 corrects"),
        ("date: 2024-02-07}", "date: 2024-02-07, colour: red}", 6, "不认识的键“colour”"),
        ("    events:", "    fields: {track: 普通}\n    events:", 5, "程序“试”没有字段“track”；可用：urgent"),
        ("    events:", "    fields: {urgent: 是}\n    events:", 5, "“是”不是 true 或 false"),
        ("{examine:", "{examin:", 9, "程序“试”没有时钟“examin”；可用：examine、lapsing"),
        ("state: kept", "state: fine", 9, "“fine”不在可选值之内；可选：kept、late、running"),
        ("findings: []", "findings: [examin]", 10, "程序“试”没有名为“examin”的时钟或程序要求"),
        ("state: 受理", "sate: 受理", 12, "不认识的键“sate”"),
    ],
)
def test_a_mistake_is_refused_at_its_line(old: str, new: str, line: int, words: str, book: Book) -> None:
    with pytest.raises(LawbookError) as caught:
        read(FILE.replace(old, new, 1), book)
    assert str(caught.value).startswith(f"{book.folder / 'scenarios.yaml'}:{line}: ")
    assert words in caught.value.message
