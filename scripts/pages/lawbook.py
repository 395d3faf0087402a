"""Pages of the other parts of the lawbook: statutes, calendars, indicators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from fadu.book import Book
from fadu.book.telling import FIGURES, indicator_facts, rolling, working_days
from fadu.book.wording import CERTAINTY, joined, shorts
from fadu.law.calendars import Calendar
from fadu.law.dates import date_of, day_of, iso
from fadu.law.indicators import Indicator
from fadu.law.statutes import Statute, StatuteVersion
from pages.markdown import Pages, bullets, page, table


def statute_page(book: Book) -> Pages:
    """Every statute with its versions and the rule for days of each."""
    users: dict[str, dict[str, None]] = {}
    for procedure in book.procedures:
        for cite, _, _ in procedure.citations():
            users.setdefault(book.statutes.get(cite.statute).short, {})[procedure.code] = None
    order = sorted(book.statutes, key=lambda statute: (statute.authority == "foreign", statute.short))
    note = (f"法典中共有 {len(book.statutes)} 部法规。法规的文本不随本项目发布；"
            "各单位自己导入（见[怎样导入法规文本](../how-to/import-statute-texts.md)）。要旨是本项目自己的话，见各程序的页。")
    return {"reference/statutes.md": page("法规", note, *(_statute(each, users.get(each.short, {})) for each in order))}


def _statute(statute: Statute, users: Iterable[str]) -> str:
    facts = bullets((
        ("全称", statute.title if statute.title != statute.short else ""),
        ("又称", joined(statute.aliases)),
        ("效力层级", "外国法" if statute.authority == "foreign" else statute.authority),
        ("废止", iso(statute.repealed) if statute.repealed is not None else ""),
        ("引用它的程序", joined(f"[{code}](procedures/{code}.md)" for code in users)),
    ))  # fmt: skip
    head = ("施行", "通过或者公布", "哪些“日”是工作日", "末日是休息日", "依据", "可信度", "要旨")
    return f"## {statute.short}\n\n{facts}\n\n{table(head, (_version_row(each) for each in statute.versions))}"


def _version_row(version: StatuteVersion) -> tuple[str, ...]:
    cites = (cite.locus for cite in (version.interpretation, version.rolls_cite) if cite)
    return (
        iso(version.effective), iso(version.adopted) if version.adopted is not None else "", working_days(version),
        rolling(version), joined(dict.fromkeys(cites)), CERTAINTY[version.certainty] or "原文",
        str(len(version.gists)),
    )  # fmt: skip


def calendar_page(book: Book) -> Pages:
    """Every calendar, year by year."""
    note = ("公布日期以后的末日是*暂定*的，屏幕上写明；"
            "怎样写入下一年的安排见[怎样载入下一年的放假安排](../how-to/next-years-holidays.md)。")
    blocks = (block for code in sorted(book.calendars) for block in _calendar(book.calendars[code]))
    return {"reference/calendars.md": page("日历", note, *blocks)}


def _calendar(calendar: Calendar) -> Iterator[str]:
    yield f"## {calendar.code}"
    yield bullets((
        ("起止", f"{iso(calendar.first)} 至 {iso(calendar.last)}"),
        ("已公布至", iso(calendar.published_until)),
        ("逐年核对的通知", f"{len(calendar.notices)} 个" if calendar.notices else ""),
    ))  # fmt: skip
    rows = []
    last = calendar.published_until if calendar.names else calendar.first - 1
    for year in range(date_of(calendar.first).year, date_of(min(calendar.last, last)).year + 1):
        days = range(max(day_of(f"{year}-01-01"), calendar.first), min(day_of(f"{year}-12-31"), calendar.last) + 1)
        rows.append((str(year), _spans(calendar, days, 0), _spans(calendar, days, 1),
                     str(sum(map(calendar.is_working, days))), _notice(calendar, year)))  # fmt: skip
    yield table(("年", "放假", "调休上班", "工作日", "通知"), rows)


def _notice(calendar: Calendar, year: int) -> str:
    notice = calendar.notices.get(year)
    if notice is None:
        return ""
    mark = CERTAINTY[notice.certainty]
    return notice.citation + (f"（{mark}）" if mark else "")


def _spans(calendar: Calendar, days: range, working: int) -> str:
    """``元旦 1-1；春节 1-22 至 1-28``"""
    named = [day for day in days if day in calendar.names and calendar.is_working(day) == bool(working)]
    parts = []
    for (_, name), group in groupby(enumerate(named), key=lambda pair: (pair[1] - pair[0], calendar.names[pair[1]])):
        found = [day for _, day in group]
        first, last = (f"{date.month}-{date.day}" for date in map(date_of, (found[0], found[-1])))
        span = first if first == last else f"{first} 至 {last}"
        parts.append(span if working else f"{name} {span}")
    return "；".join(parts)


def indicator_pages(book: Book) -> Pages:
    """An index and one page per procedure that has indicators; none where the lawbook has none."""
    indicators = sorted(book.indicators.values(), key=lambda each: (each.procedure, each.name))
    if not indicators:
        return {}
    groups = {code: list(found) for code, found in groupby(indicators, key=lambda each: each.procedure)}
    rows = [(f"[{each.label}]({code}.md#{_anchor(each)})", f"`{each.name}`", FIGURES[each.kind], each.unit,
             book.versions(code)[-1].name) for code, found in groups.items() for each in found]  # fmt: skip
    note = (f"法典中共有 {len(indicators)} 个指标。每个指标一张口径卡；"
            "怎样数出来，见[两条路径](../../explanation/two-paths-one-law.md)。")
    index = table(("指标", "代码", "类型", "单位", "程序"), rows)
    pages = {"reference/indicators/README.md": page("指标", note, index)}
    for code, found in groups.items():
        name = book.versions(code)[-1].name
        intro = f"程序见[{name}](../procedures/{code}.md)。"
        pages[f"reference/indicators/{code}.md"] = page(f"{name}的指标", intro, *(_card(book, each) for each in found))
    return pages


def _anchor(indicator: Indicator) -> str:
    return re.sub(r"[^\w\-]", "", f"{indicator.label}-{indicator.name}".lower())


def _card(book: Book, indicator: Indicator) -> str:
    sources = (("依据", shorts(indicator.cites)), ("可信度", CERTAINTY[indicator.certainty]))
    facts = bullets((*indicator_facts(book, indicator), *sources))
    return f"## {indicator.label} `{indicator.name}`\n\n{facts}\n\n```yaml\n{indicator.text.rstrip()}\n```"
