"""Which version of a procedure binds a case, and mistakes in calendar files."""

from __future__ import annotations

from pathlib import Path

import pytest

from fadu.book import Book, load_book, survey_book
from fadu.book.calendars import read_calendar
from fadu.law.cases import Case, Event
from fadu.law.dates import day_of, iso
from fadu.law.errors import LawbookError, NoVersion

PROCEDURE = """\
name: 试
code: trial
statute: 某法
effective: {effective}
{more}
steps:
  receive: {{label: 收到, opens: true}}
  accept: {{label: 受理}}
"""
CALENDAR = "code: CN\nname: 中国\nfirst: 2024-01-01\nuntil: 2024-12-31\npublished_until: 2024-12-31\n"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    (tmp_path / "statutes").mkdir()
    (tmp_path / "calendars").mkdir()
    folder = tmp_path / "procedures" / "trial"
    folder.mkdir(parents=True)
    text = "title: 某法\nshort: 某法\nversions: [{effective: 2010-01-01}]\n"
    (tmp_path / "statutes" / "某法.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "calendars" / "CN.yaml").write_text(CALENDAR, encoding="utf-8")
    for effective, more in (
        ("2018-01-01", ""),
        ("2024-01-01", "transition: {by_date_of: accept}\nends: 2025-01-01"),
    ):
        text = PROCEDURE.format(effective=effective, more=more)
        (folder / f"{effective}.yaml").write_text(text, encoding="utf-8")
    return load_book(tmp_path)


def chosen(book: Book, *events: Event) -> str:
    return iso(book.procedure_for(Case("某号", "trial", events)).effective_day)


def event(step: str, day: str, **more: str) -> Event:
    return Event(step, day_of(day), **more)  # type: ignore[arg-type]


def test_the_version_in_force_on_a_day(book: Book) -> None:
    days = ("2018-01-01", "2023-12-31", "2024-01-01", "2024-12-31")
    found = [iso(book.procedure("trial", day_of(day)).effective_day) for day in days]
    assert found == ["2018-01-01", "2018-01-01", "2024-01-01", "2024-01-01"]
    assert book.procedure("试", day_of("2024-05-01")).code == "trial"


def test_no_version_before_the_first_or_after_the_end(book: Book) -> None:
    with pytest.raises(
        NoVersion, match=r"程序“试”在 2017-12-31 没有生效的版本；已有版本自 2018-01-01、2024-01-01 起施行$"
    ):
        book.procedure("trial", day_of("2017-12-31"))
    with pytest.raises(NoVersion, match=r"在 2025-01-01 没有生效的版本；.*，最后的版本自 2025-01-01 起不再适用"):
        book.procedure("trial", day_of("2025-01-01"))


def test_an_unknown_procedure_names_those_there_are(book: Book) -> None:
    with pytest.raises(LawbookError, match=r"没有名为“penalty”的程序；可用：trial（试）"):
        book.procedure("penalty", 0)


def test_the_transition_step_picks_the_version_the_opening_day_until_then(book: Book) -> None:
    assert chosen(book, event("receive", "2023-12-29")) == "2018-01-01"
    assert chosen(book, event("receive", "2023-12-29"), event("accept", "2023-12-31")) == "2018-01-01"
    assert chosen(book, event("receive", "2023-12-29"), event("accept", "2024-01-02")) == "2024-01-01"


def test_events_corrected_away_do_not_pick_it(book: Book) -> None:
    wrong = (event("receive", "2024-01-02"), event("accept", "2023-12-31", id="1"))
    assert chosen(book, *wrong, event("accept", "2024-01-03", corrects="1")) == "2024-01-01"


def test_a_case_without_events_has_no_version(book: Book) -> None:
    with pytest.raises(NoVersion, match=r"办件 某号 没有事件，无法确定适用的版本"):
        book.procedure_for(Case("某号", "trial", []))


def test_a_plan_is_kept_and_needs_its_calendar(book: Book) -> None:
    procedure = book.procedures[0]
    assert book.plan(procedure) is book.plan(procedure)
    book.calendars.clear()
    with pytest.raises(LawbookError, match=r"没有日历“CN”；已有：$"):
        book.plan(book.procedures[1])


def test_the_digest_changes_with_any_file(book: Book) -> None:
    before = book.digest
    path = book.folder / "calendars" / "CN.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# 注\n", encoding="utf-8")
    assert load_book(book.folder).digest != before


def test_a_survey_gives_the_first_mistake_of_every_file(book: Book) -> None:
    folder = book.folder / "procedures" / "trial"
    for path in folder.glob("*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("label: 受理", "lable: 受理"), encoding="utf-8")
    found, faults = survey_book(book.folder)
    assert found.procedures == [] and len(faults) == 2
    assert all("不认识的键“lable”" in str(fault) for fault in faults)
    with pytest.raises(LawbookError, match=r"2018-01-01.yaml:\d+: "):
        load_book(book.folder)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(LawbookError, match=r"没有这个法典文件夹"):
        load_book(tmp_path / "none")
    with pytest.raises(LawbookError, match=r"没有法规文件；这里应有 <法规简称>.yaml"):
        load_book(tmp_path)


YEAR = "years:\n  2024:\n    rest:\n      - {from: 2024-05-01, to: 2024-05-03, name: 劳动节}\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (CALENDAR.replace("code: CN", "code: US"), 1, "code“US”与文件名“CN.yaml”不一致"),
        (CALENDAR.replace("name: 中国\n", ""), 1, "缺少键：name"),
        (CALENDAR.replace("first: 2024-01-01", "first: 元旦"), 3, "“元旦”不是日期"),
        (CALENDAR.replace("published_until: 2024", "published_until: 2025"), 5, "应在 2024-01-01 与 2024-12-31 之间"),
        (CALENDAR + "weekend: [6, 8]\n", 6, "“8”不是星期几；接受 1（周一）至 7（周日）"),
        (CALENDAR + "weekend: [周六]\n", 6, "“周六”不是整数"),
        (CALENDAR + "years: {今年: {rest: []}}\n", 6, "“今年”不是年份；接受 2024 这样的写法"),
        (CALENDAR + "expected: {明年: {rest: []}}\n", 6, "“明年”不是年份"),
        (CALENDAR + "years: {2024: {work: []}}\n", 6, "缺少键：rest"),
        (CALENDAR + YEAR.replace("to: 2024-05-03", "to: 2024-04-30"), 9, "日期范围写反，或在日历起止之外"),
        (CALENDAR + YEAR.replace("to: 2024-05-03", "to: 2025-05-03"), 9, "日期范围写反，或在日历起止之外"),
        (CALENDAR + YEAR.replace(", name: 劳动节", ""), 9, "缺少键：name"),
        (CALENDAR + YEAR + "    certainty: sure\n", 10, "“sure”不在可选值之内"),
        (
            CALENDAR + YEAR + "    work:\n      - {from: 2024-05-03, to: 2024-05-04, name: 调休上班}\n",
            11,
            "2024-05-03 写了两次：已是“劳动节”，又是“调休上班”",
        ),
    ],
)
def test_a_mistake_in_a_calendar_is_refused_at_its_line(text: str, line: int, words: str, tmp_path: Path) -> None:
    path = tmp_path / "CN.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LawbookError) as caught:
        read_calendar(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert words in caught.value.message


def test_calendars_of_other_weeks(tmp_path: Path) -> None:
    path = tmp_path / "CN.yaml"
    friday, saturday = day_of("2024-03-01"), day_of("2024-03-02")
    for more, expected in (("", (1, 0)), ("weekend: [5]\n", (0, 1)), ("all_days_work: true\n", (1, 1))):
        path.write_text(CALENDAR + more, encoding="utf-8")
        calendar = read_calendar(path)
        assert (calendar.is_working(friday), calendar.is_working(saturday)) == expected
