"""Checking a lawbook against the law: what is a fault, what is counted as not checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fadu.law.citations import Citation, parse_citation
from fadu.law.dates import day_of
from fadu.law.errors import Place
from fadu.law.numerals import to_chinese
from fadu.law.procedures import TermUse
from fadu.law.statutes import Statute, Statutes, StatuteVersion, WorkingDays
from fadu.lawcheck import CheckReport, bears, check, mentions
from fadu.texts import TextLibrary

DAY = day_of("2024-06-01")
GISTS = {"1": "目的", "2(1)": "五日登记", "3": "年报"}
TEXT = """第一条 为了养猫。
第二条 养猫人应当在十五日内登记，延长不超过两个月。
机关应当在五个工作日内答复：
（一）三十日以内的；
（二）24小时以内的。
第三条 每年1月31日前报告上一年度情况。
"""


@dataclass
class Procedure:
    """A procedure as the check sees it."""

    cites: tuple[str, ...] = ()
    uses: tuple[TermUse, ...] = ()
    code: str = "cats"
    statute: str = "养猫条例"
    effective_day: int = DAY
    place: Place = field(default_factory=lambda: Place("cats/2024-06-01.yaml"))

    def citations(self) -> Iterable[tuple[Citation, Place, str]]:
        for line, cite in enumerate(self.cites, 1):
            yield parse_citation(cite, self.statute), Place("cats.yaml", line), "text"

    def terms(self) -> Iterable[TermUse]:
        return self.uses


@dataclass
class Book:
    statutes: Statutes
    procedures: list[Procedure]


def use(text: str, number: int, word: str, *cites: str, certainty: str = "text", day: int = DAY) -> TermUse:
    citations = tuple(parse_citation(cite, "养猫条例") for cite in cites)
    return TermUse(number, word, text, citations, Place("cats.yaml", 9), certainty, day)


def statutes(**changes: object) -> Statutes:
    version = StatuteVersion(day_of("2024-01-01"), adopted=day_of("2023-09-01"), gists=GISTS, **changes)  # type: ignore[arg-type]
    return Statutes([Statute("某市养猫条例", "养猫条例", (version,))])


@pytest.fixture
def library(tmp_path: Path) -> TextLibrary:
    (tmp_path / "养猫条例(2023-09-01).md").write_text(TEXT, encoding="utf-8")
    return TextLibrary(tmp_path)


def run(procedure: Procedure, library: TextLibrary | None = None, **changes: object) -> CheckReport:
    return check(Book(statutes(**changes), [procedure]), library)


def messages(report: CheckReport) -> list[str]:
    return [str(fault) for fault in report.faults]


def test_a_clean_book(library: TextLibrary) -> None:
    procedure = Procedure(("1", "2(1)", "养猫条例3"), (use("十五日", 15, "日", "2(1)"),))
    for texts in (None, library):
        report = run(procedure, texts)
        assert report.ok and not report.not_checked
        assert (report.procedures, report.citations, report.with_texts) == (1, 3, texts is not None)
    assert (report.citations_in_text, report.terms_in_text) == (3, 1)


def test_an_unknown_statute_a_missing_version_and_a_missing_gist() -> None:
    assert messages(run(Procedure(("养狗条例3", "2(1)", "2(2)")))) == [
        "cats.yaml:1: 引用 养狗条例3：法典中没有名为“养狗条例”的法规；相近的有：养猫条例",
        "cats.yaml:3: 养猫条例（2024-01-01起施行）没有 2(2) 的要旨；请在 养猫条例 的 gists 中为 养猫条例2 写一句话",
    ]
    early = run(Procedure(("1",), effective_day=day_of("2023-12-31")))
    assert not early.ok and "在 2023-12-31 没有生效的版本" in messages(early)[0]


def test_a_citation_outside_the_text(library: TextLibrary) -> None:
    report = run(Procedure(("1(2)", "2(1)(三)")), library)
    assert messages(report) == [
        "cats.yaml:1: 引用 养猫条例1(2) 不在法条中：养猫条例（2024-01-01起施行）第一条只有1款",
        "cats.yaml:2: 引用 养猫条例2(1)(三) 不在法条中：养猫条例（2024-01-01起施行）第二条第一款没有第（三）项",
    ]


@pytest.mark.parametrize(
    ("text", "number", "word", "cites"),
    [
        ("十五日", 15, "日", ("2(1)",)),
        ("15日", 15, "日", ("2",)),
        ("二个月", 2, "个月", ("1", "2(1)")),
        ("5个工作日", 5, "工作日", ("2(2)",)),
        ("五个工作日", 5, "工作日", ("2(2)(一)",)),
        ("三十日", 30, "日", ("2(2)(一)",)),
        ("二十四小时", 24, "小时", ("2(2)(二)",)),
        ("次年1月31日", 131, "次年", ("3",)),
    ],
)
def test_a_term_that_stands_in_the_text(
    text: str, number: int, word: str, cites: tuple[str, ...], library: TextLibrary
) -> None:
    report = run(Procedure(uses=(use(text, number, word, *cites),)), library)
    assert report.ok and report.terms_in_text == 1 and not report.not_checked


@pytest.mark.parametrize(
    ("text", "number", "word", "cite"),
    [
        ("五日", 5, "日", "2"),
        ("五个工作日", 5, "工作日", "2(1)"),
        ("十五个工作日", 15, "工作日", "2"),
        ("三十日", 30, "日", "2(2)(二)"),
        ("一个月", 1, "个月", "3"),
        ("31日", 31, "日", "3"),
        ("一年", 1, "年", "3"),
    ],
)
def test_a_term_that_does_not(text: str, number: int, word: str, cite: str, library: TextLibrary) -> None:
    (message,) = messages(run(Procedure(uses=(use(text, number, word, cite),)), library))
    assert message.startswith(f"cats.yaml:9: 期限“{text}”不在所引条文 养猫条例{cite} 中；那里写的是：")


def test_a_term_without_a_citation(library: TextLibrary) -> None:
    assert messages(run(Procedure(uses=(use("五日", 5, "日"),)), library)) == [
        "cats.yaml:9: 期限“五日”没有引用条文；请写 cite"
    ]


def test_what_is_not_checked_is_named_and_counted(tmp_path: Path, library: TextLibrary) -> None:
    procedure = Procedure(("1", "2(1)"), (use("五日", 5, "日", "1"), use("七日", 7, "日", "1", certainty="policy")))
    empty = run(procedure, TextLibrary(tmp_path / "none"))
    name = "养猫条例（2024-01-01起施行）"
    assert [(each.what, each.name, each.reason, each.count) for each in empty.not_checked] == [
        ("引用", name, "没有文本 养猫条例(2023-09-01)", 2),
        ("期限", "七日", "确定性为 policy", 1),
        ("期限", name, "没有文本 养猫条例(2023-09-01)", 1),
        ("要旨", name, "没有文本 养猫条例(2023-09-01)", 3),
    ]
    assert (empty.citations_in_text, empty.terms_in_text) == (0, 0)
    secondary = run(procedure, library, certainty="secondary")
    assert {each.reason for each in secondary.not_checked} == {"版本的确定性为 secondary", "确定性为 policy"}
    assert secondary.citations_in_text == 0


def test_a_text_that_cannot_be_read_is_not_checked(tmp_path: Path) -> None:
    (tmp_path / "养猫条例(2023-09-01).md").write_text("无", encoding="utf-8")
    unread = run(Procedure(("1",)), TextLibrary(tmp_path)).not_checked
    assert [each.what for each in unread] == ["引用", "要旨"]
    assert all(each.reason.startswith("文本读不了：没有找到条文") for each in unread)


def test_one_held_citation_that_bears_the_term_is_enough(library: TextLibrary) -> None:
    both = Statutes([*statutes(), Statute("他法", "他法", (StatuteVersion(0, certainty="secondary"),))])
    procedure = Procedure(uses=(use("十五日", 15, "日", "他法3", "2(1)"), use("九日", 9, "日", "他法3", "2(1)")))
    report = check(Book(both, [procedure]), library)
    assert report.ok and report.terms_in_text == 1
    assert [(each.name, each.count) for each in report.not_checked] == [("他法（1970-01-01起施行）", 1)]


def test_a_statute_file_is_checked_against_its_own_text(library: TextLibrary) -> None:
    here = Place("养猫条例.yaml", 5)
    right = {"working_days": WorkingDays(numbers=(15,)), "interpretation": Citation("养猫条例", 2), "place": here}
    assert run(Procedure(), library, **right).ok
    wrong = {
        "working_days": WorkingDays(numbers=(5, 15)),
        "interpretation": Citation("养猫条例", 2, paragraph=1),
        "rolls_cite": Citation("养猫条例", 9),
        "place": here,
    }
    assert messages(run(Procedure(), library, **wrong)) == [
        "养猫条例.yaml:5: 引用 养猫条例9 不在法条中：养猫条例（2024-01-01起施行）全文共3条，没有第九条",
        "养猫条例.yaml:5: 工作日 5日 不在 养猫条例2(1) 中",
    ]
    unsaid = run(Procedure(), library, working_days=WorkingDays(up_to=10), place=here)
    assert messages(unsaid) == [
        "养猫条例.yaml:5: 写了 working_days 而没有写 interpretation；请写明出自哪一条"
    ]  # fmt: skip
    version = StatuteVersion(0, text="养猫条例(2023-09-01)", gists={"1(2)": "无此款"})
    report = check(Book(Statutes([Statute("养猫条例", "养猫条例", (version,))]), []), library)
    assert "要旨 1(2) 没有对应的条文：养猫条例（1970-01-01起施行）第一条只有1款" in messages(report)[0]


words = st.sampled_from(["日", "工作日", "个月", "年", "小时"])


@given(st.integers(1, 999), st.integers(1, 999), words, words, st.booleans())
def test_a_passage_bears_exactly_the_terms_it_states(a: int, b: int, x: str, y: str, chinese: bool) -> None:
    written = to_chinese(a) if chinese else str(a)
    assert bears(f"应当在{written}{x}内办结", b, y) == ((a, x) == (b, y))


def test_ordinals_ranges_and_dates() -> None:
    assert list(mentions("第五日起，三至七日或者二、三个工作日；2019年1月31日；二十个 工作日；同一年度")) == [
        "3日", "7日", "2工作日", "3工作日", "20工作日", "1月31日",
    ]  # fmt: skip
