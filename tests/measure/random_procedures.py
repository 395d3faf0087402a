"""Random procedures, written as a lawyer would write them and read by the only reader.

They reach every key of docs/reference/lawbook-format.md that changes a judgement. Names are short:
steps ``s0 s1 …``, clocks ``c0 …``, duties ``d0 …``.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from fadu.book import Book
from fadu.book.procedures import read_procedure
from fadu.book.statutes import read_statute
from fadu.law.calendars import Calendar
from fadu.law.dates import day_of
from fadu.law.errors import LawbookError
from fadu.law.procedures import Procedure
from fadu.law.statutes import Statutes

EFFECTIVE = "2024-01-01"
OPENED = day_of(EFFECTIVE)
"""First day on which a random case may open."""
CALENDAR_DAYS = 366 * 8
OUTCOMES = ("维持", "撤销", "驳回")
TRACKS = ("普通", "简易", "速裁")
TEXTS = ("甲", "乙", "丙")

# What a 日 is and whether the last day rolls is the statute's affair: one law of each temper.
LAWS = {
    "滚法": "working_days: [五日, 十日], last_day_rolls: {value: true, certainty: text, cite: 9}",
    "直法": "working_days: none, last_day_rolls: {value: false, certainty: text, cite: 9}",
    "工法": "working_days: all, last_day_rolls: {value: true, certainty: text, cite: 9}",
}
Data = dict[str, Any]


def _statutes() -> Statutes:
    found = []
    with TemporaryDirectory() as folder:
        for short, clause in LAWS.items():
            path = Path(folder) / f"{short}.yaml"
            clause = clause.replace("working_days: none, ", "")
            path.write_text(f"title: {short}\nshort: {short}\nversions: [{{effective: 2020-01-01, {clause}}}]\n")
            found.append(read_statute(path))
    return Statutes(found)


STATUTES = _statutes()


def book_of(data: Data, calendar: Calendar) -> Book:
    """A book that holds only this procedure. Raises ``LawbookError`` where the reader refuses it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "p" / f"{EFFECTIVE}.yaml"
        path.parent.mkdir()
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        procedure: Procedure = read_procedure(path, STATUTES)
    return Book(Path(), STATUTES, {"CN": calendar}, [procedure])


@st.composite
def books(draw: st.DrawFn) -> tuple[Book, Data]:
    """A book of one random procedure, and what its file says."""
    data = draw(procedures())
    try:
        return book_of(data, draw(calendars())), data
    except LawbookError:
        assume(False)
        raise


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    first = OPENED - 40
    if draw(st.booleans()):
        return Calendar.weekly("CN", first, first + CALENDAR_DAYS)
    rest = draw(st.sets(st.integers(0, 16), max_size=9))
    working = bytes(day % 17 not in rest for day in range(CALENDAR_DAYS))
    return Calendar("CN", working, first, first + CALENDAR_DAYS)


@st.composite
def procedures(draw: st.DrawFn) -> Data:
    count = draw(st.integers(4, 8))
    names = [f"s{place}" for place in range(count)]
    steps: Data = {name: {"label": name} for name in names}
    steps["s0"]["opens"] = True
    if draw(st.booleans()):
        steps["s1"]["opens"] = True
    for name in draw(st.lists(st.sampled_from(names[2:]), max_size=2)):
        steps[name]["closes"] = True
    for name in draw(st.lists(st.sampled_from(names), max_size=2)):
        steps[name]["outcome"] = list(OUTCOMES)
    data = {
        "name": "试", "code": "p", "statute": "滚法", "effective": EFFECTIVE, "fields": draw(_fields()), "steps": steps,
        "pause_on_last_day": draw(st.sampled_from(["extends", "ignored"])),
    }  # fmt: skip
    data["clocks"] = {f"c{n}": draw(_clocks(data)) for n in range(draw(st.integers(1, 4)))}
    if draw(st.booleans()):
        _chain(data["clocks"])
    data["duties"] = {f"d{n}": draw(_duties(data)) for n in range(draw(st.integers(1, 4)))}
    return data


def _chain(clocks: Data) -> None:
    """Let each clock that lapses start the next one that does: what is deemed has its consequences."""
    lapsing = [clock for clock in clocks.values() if "lapse" in clock]
    for earlier, later in pairwise(lapsing):
        deemed = earlier["lapse"]["deem"]
        later["start"] = [deemed]
        later["stop"] = [step for step in later["stop"] if step != deemed] or later["stop"]


@st.composite
def _fields(draw: st.DrawFn) -> Data:
    fields: Data = {
        "track": {"label": "程序", "choices": list(TRACKS)},
        "amount": {"label": "金额", "type": "number"},
        "flag": {"label": "是否", "type": "flag"},
        "word": {"label": "文字", "type": "text"},
        "since": {"label": "日期", "type": "date"},
    }
    defaults = {"track": TRACKS[0], "amount": 3000, "flag": False, "word": TEXTS[0], "since": "2024-03-01"}
    for name in draw(st.sets(st.sampled_from(sorted(fields)))):
        fields[name]["default"] = defaults[name]
    return fields


def _one(steps: Data) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(steps))


def _some(steps: Data, most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(_one(steps), min_size=1, max_size=most, unique=True)


@st.composite
def _atoms(draw: st.DrawFn, steps: Data) -> str:
    sign = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
    same = draw(st.sampled_from(["==", "!="]))
    step = draw(_one(steps))
    outcome = draw(st.sampled_from(OUTCOMES if "outcome" in steps[step] else (*OUTCOMES, "无此")))
    return draw(st.sampled_from([
        f'track {same} "{draw(st.sampled_from(TRACKS))}"', f'track in ["{TRACKS[0]}", "{TRACKS[2]}"]',
        f"amount {sign} 3000", "amount in [3000, 2.5]", f"amount {sign} count({step})", "flag", f"flag {same} true",
        f'word {same} "{draw(st.sampled_from((*TEXTS, "生词")))}"', f'since {sign} "2024-03-01"',
        f"flag {same} done({step})", f"done({step})", f"count({step}) {sign} 1", f"count({step}) in [0, 2]",
        f'outcome({step}) {same} "{outcome}"', f'outcome({step}) in ["{outcome}"]', "true", "(amount > 10) == flag",
    ]))  # fmt: skip


def _conditions(steps: Data) -> st.SearchStrategy[str]:
    atoms = _atoms(steps)
    return st.one_of(
        atoms, atoms.map(lambda text: f"not {text}"),
        st.tuples(atoms, st.sampled_from(["and", "or"]), atoms).map(" ".join),
        st.tuples(atoms, atoms, atoms).map(lambda parts: f"{parts[0]} and ({parts[1]} or not {parts[2]})"),
    )  # fmt: skip


@st.composite
def _gates(draw: st.DrawFn, steps: Data, dated: bool = True) -> Data:
    """``when``, ``unless``, ``since``, ``until``: mostly none."""
    found: Data = {}
    for key in ("when", "unless"):
        if draw(st.integers(0, 3)) == 0:
            found[key] = draw(_conditions(steps))
    if dated and draw(st.integers(0, 4)) == 0:
        found["since"] = "2024-02-01"
    if dated and draw(st.integers(0, 4)) == 0:
        found["until"] = "2024-03-15"
    return found


@st.composite
def _terms(draw: st.DrawFn, steps: Data, words: list[str], named: bool) -> Any:
    term = st.sampled_from([*words, NAMED, NAMED | {"rolls": False}] if named else words)
    match draw(st.integers(0, 3)):
        case 0:
            term = st.sampled_from(words)
            return {track: draw(term) for track in draw(st.sets(st.sampled_from(TRACKS), min_size=1))}
        case 1:
            rules: list[Data] = [
                {"when": draw(_conditions(steps)), "term": draw(term)} for _ in range(draw(st.integers(1, 2)))
            ]
            return [*rules, {"term": draw(term)}] if draw(st.booleans()) else rules
        case _:
            return draw(term)


NAMED: Data = {"field": "since"}
"""A term whose last day the case itself names."""


DAYS = ["三日", "五日", "十日", "二十日", "六十日", "7个工作日", "1个工作日"]
MONTHS = ["一个月", "二个月", "六个月", "一年"]
ODD = ["24小时", "2小时", "48小时", "次年1月31日", "次年10月8日", "每年3月5日"]


@st.composite
def _clocks(draw: st.DrawFn, data: Data) -> Data:
    steps = data["steps"]
    clock: Data = {"label": "钟", "start": draw(_some(steps)), "stop": draw(_some(steps, 3)), **draw(_gates(steps))}
    clock["cite"] = f"{draw(st.sampled_from(sorted(LAWS)))}1"
    kind = draw(st.sampled_from(["plain", "plain", "mixed", "odd", "minimum", "moved", "moved", "moved_months"]))
    if draw(st.integers(0, 3)) == 0:
        clock["unit"] = draw(st.sampled_from(["working", "calendar"]))
    words = {"plain": DAYS + MONTHS, "mixed": DAYS + MONTHS + ODD, "odd": ODD, "minimum": DAYS + MONTHS, "moved": DAYS,
             "moved_months": MONTHS}[kind]  # fmt: skip
    clock["minimum" if kind == "minimum" else "term"] = draw(_terms(steps, words, not kind.startswith("moved")))
    if kind == "minimum":
        clock["beyond"] = draw(st.booleans())
        if draw(st.booleans()):
            clock["shorten"] = {"step": draw(_one(steps))}
    if kind in ("moved", "moved_months"):
        clock |= draw(_movers(clock, steps, kind == "moved_months"))
    if kind != "minimum":
        clock["right"] = draw(st.booleans())
    if kind not in ("minimum", "mixed", "odd") and draw(st.booleans()):
        clock["lapse"] = {"deem": draw(_one(steps)), "on": draw(st.sampled_from(["last_day", "start"]))}
    return clock


@st.composite
def _movers(draw: st.DrawFn, clock: Data, steps: Data, months: bool) -> Data:
    found: Data = {}
    if draw(st.integers(0, 3)):
        pairs = st.tuples(_one(steps), _one(steps))
        found["pause"] = [
            {"from": begin, "to": end} for begin, end in draw(st.lists(pairs, min_size=1, max_size=3))
        ]
    if draw(st.booleans()) or not found:
        words = ["一个月", "三个月", "15日"] if months else ["十日", "15日", "3个工作日"]
        still = [step for step in steps if step not in clock["stop"] and not steps[step].get("closes")]
        found["extend"] = {
            "step": draw(st.sampled_from(still or sorted(steps))), "at_most": draw(st.sampled_from(words)),
            "times": draw(st.integers(1, 3)),
            "by": draw(st.sampled_from(["event.days", "fixed"])),
        }  # fmt: skip
        if draw(st.integers(0, 3)) == 0:
            found["extend"]["when"] = draw(_conditions(steps))
    return found


MUSTS = ("officers >= 2", "officers < 2 or days == 5", "days <= 20", 'outcome == "维持"', 'outcome != "撤销"',
         'outcome in ["维持", "驳回"]', "reason", "not reason", "amount > 1000", 'by == "甲"', 'by != "甲、乙"',
         'approved_by == "局长"', 'reason and officers >= 2', "amount <= officers", "days in [5, 20]")  # fmt: skip


@st.composite
def _duties(draw: st.DrawFn, data: Data) -> Data:
    steps = data["steps"]
    duty: Data = {"label": "责", **draw(_gates(steps))}
    some = draw(_some(steps))
    match draw(st.integers(0, 6)):
        case 0:
            duty |= {"require": some, "before": draw(_some(steps))}
        case 1:
            duty |= {"require": some, "after": draw(_some(steps))}
        case 2:
            duty |= {"require": some}
        case 3:
            duty |= {"forbid": some}
        case 4:
            duty |= {"forbid": some, "after": draw(_some(steps))}
        case 5:
            duty |= {"at_most": draw(st.integers(0, 2)), "of": some}
        case _:
            duty |= {"step": some, "must": draw(st.sampled_from(MUSTS))}
    return duty
