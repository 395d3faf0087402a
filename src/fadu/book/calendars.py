"""Reads ``calendars/<code>.yaml``: rest days and make-up working days, by the notice of each year."""

from __future__ import annotations

from pathlib import Path

from fadu.book.source import Node, load
from fadu.law.calendars import Calendar, Notice, weekday
from fadu.law.dates import day_of, iso
from fadu.law.statutes import CERTAINTIES

_OPTIONAL = ("years", "expected", "until", "weekend", "all_days_work")
_LAST = "2060-12-31"


def read_calendar(path: Path) -> Calendar:
    """One calendar. Errors: ``LawbookError`` with file:line."""
    top = load(path).keys(("code", "name", "first", "published_until"), _OPTIONAL)
    code = top["code"].text()
    if code != Path(path).stem:
        top["code"].fail(f"code“{code}”与文件名“{Path(path).name}”不一致")
    first, published = top["first"].date_day(), top["published_until"].date_day()
    last = top["until"].date_day() if "until" in top else day_of(_LAST)
    if not first <= published <= last:
        top["published_until"].fail(f"published_until 应在 {iso(first)} 与 {iso(last)} 之间")
    weekend = _weekend(top)
    marks = _Marks(bytearray(weekday(day) not in weekend for day in range(first, last + 1)), first)
    notices = []
    for year, node in (top["years"].map() if "years" in top else {}).items():
        entry = node.keys(("rest",), ("work", "notice", "certainty"))
        _year(year, node)
        marks.mark(entry["rest"], 0)
        if "work" in entry:
            marks.mark(entry["work"], 1)
        certainty = entry["certainty"].choice(*CERTAINTIES) if "certainty" in entry else "text"
        if "notice" in entry:
            notices.append(Notice(int(year), entry["notice"].text(), certainty))
    for year, node in (top["expected"].map() if "expected" in top else {}).items():
        _year(year, node)
        marks.mark(node.keys(("rest",))["rest"], 0)
    return Calendar(code, marks.working, first, published, marks.names, notices)


def _weekend(top: dict[str, Node]) -> set[int]:
    """Days of the week that rest, 0 = Monday; files number them 1 (周一) to 7 (周日)."""
    if "all_days_work" in top and top["all_days_work"].boolean():
        return set()
    if "weekend" not in top:
        return {5, 6}
    days = set()
    for item in top["weekend"].list():
        if not 1 <= item.integer() <= 7:
            item.fail(f"“{item.text()}”不是星期几；接受 1（周一）至 7（周日）")
        days.add(item.integer() - 1)
    return days


def _year(text: str, node: Node) -> None:
    if not (text.isdecimal() and len(text) == 4):
        node.fail(f"“{text}”不是年份；接受 2024 这样的写法")


class _Marks:
    """The days of a calendar being read; a day may be marked once."""

    def __init__(self, working: bytearray, first: int) -> None:
        self.working = working
        self.first = first
        self.names: dict[int, str] = {}

    def mark(self, node: Node, flag: int) -> None:
        for item in node.list():
            entry = item.keys(("from", "to", "name"))
            begin, end, name = entry["from"].date_day(), entry["to"].date_day(), entry["name"].text()
            if end < begin or begin < self.first or end >= self.first + len(self.working):
                item.fail("日期范围写反，或在日历起止之外")
            for day in range(begin, end + 1):
                if day in self.names:
                    item.fail(f"{iso(day)} 写了两次：已是“{self.names[day]}”，又是“{name}”")
                self.working[day - self.first] = flag
                self.names[day] = name
