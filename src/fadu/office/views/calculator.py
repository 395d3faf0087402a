"""期限计算: when a clock of a procedure ends, or a plain number of days, counted off day by day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from itertools import groupby
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from fadu.book import Book
from fadu.book.due import (
    CountedDay,
    Due,
    DueQuestion,
    PlainDue,
    clock_named,
    deciding_fields,
    deciding_steps,
    plain_due,
    when_due,
)
from fadu.clock import today
from fadu.law.cases import Event, FieldValue
from fadu.law.dates import NO_MINUTE, date_of, day_of, iso
from fadu.law.errors import FaduError
from fadu.law.explain import Note
from fadu.law.procedures import Clock, Procedure
from fadu.law.terms import Span, Unit
from fadu.office.articles import cited_on
from fadu.office.context import OfficeRequest
from fadu.office.forms import FIELD, field_of, value_of
from fadu.office.law_links import mark_of, version_href
from fadu.office.moments import WEEKDAYS, in_words
from fadu.store.lawbook import CHINA, book

PAUSES = 2
LONGEST = 400
"""Days that are shown one by one."""
UNITS = {"working": ("个工作日", Unit.WORKING), "days": ("日（自然日）", Unit.CALENDAR), "months": ("个月", Unit.MONTH)}
MOST = {"working": 2000, "days": 5000, "months": 240}
TITLES = {
    "start": "起算日，不计入", "rest": "休息日，不计入", "off": "放假，不计入", "paused": "停止计时，不计入",
    "rolled": "末日遇休息日，顺延",
}  # fmt: skip
FIRST, LATEST = "2004-01-01", "2050-12-31"


@dataclass(frozen=True, slots=True)
class StripDay:
    """A day of the calendar strip."""

    date: str
    tone: str
    words: str
    number: int
    last: bool


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the strip; None where the term does not reach."""

    month: str
    days: tuple[StripDay | None, ...]


def _dated(label: str, required: bool = True, hint: str = "") -> forms.DateField:
    picker = forms.DateInput({"type": "date", "min": FIRST, "max": LATEST}, format="%Y-%m-%d")
    return forms.DateField(
        label=label, required=required, widget=picker, help_text=hint,
        error_messages={"invalid": "不是日期；请写作 2024-02-07", "required": f"{label}没有填写"},
    )  # fmt: skip


class ClockForm(forms.Form):
    """A clock, the day it began, what paused and extended it, and the fields that decide it."""

    def __init__(self, procedure: Procedure, clock: Clock, data: QueryDict | None) -> None:
        super().__init__(data)
        self.procedure, self.clock = procedure, clock
        start = "、".join(procedure.steps[name].label for name in clock.starts[:2])
        self.fields["start"] = _dated("起算的日子", hint=f"“{start}”{'等' if len(clock.starts) > 2 else ''}的日子")
        self.fields["start"].initial = today()
        if any(rule.span.unit is Unit.HOUR for rule in clock.terms):
            self.fields["time"] = forms.TimeField(
                label="时刻", required=False, widget=forms.TimeInput({"type": "time"}),
                error_messages={"invalid": "不是时刻；请写作 09:30"}, help_text="按小时计算的期限，从这一刻起",
            )  # fmt: skip
        self.fields["on"] = _dated("按哪一天的法律", False, "不填的，按起算的日子")
        for item in deciding_fields(procedure, clock):
            self.fields[FIELD + item.name] = field_of(item)
        for name in deciding_steps(clock):
            self.fields[f"s-{name}"] = _dated(f"“{procedure.steps[name].label}”的日子", False, "没有发生的不填")
        self._pauses()
        self._extension()

    def _pauses(self) -> None:
        choices = [(str(place), self.pause_label(place)) for place in range(len(self.clock.pauses))]
        for place in range(PAUSES if choices else 0):
            self.fields[f"pause-{place}"] = forms.ChoiceField(
                label=f"停止计时（{place + 1}）", required=False, choices=[("", "—"), *choices],
                error_messages={"invalid_choice": "没有这种停止计时"},
            )  # fmt: skip
            self.fields[f"from-{place}"] = _dated("自", False)
            self.fields[f"to-{place}"] = _dated("至", False, "还没有恢复的不填")

    def pause_label(self, place: int) -> str:
        """A pause by what begins it."""
        pause, steps = self.clock.pauses[place], self.procedure.steps
        return pause.label or f"{steps[pause.start].label}至{steps[pause.end].label}"

    def _extension(self) -> None:
        extension = self.clock.extension
        if extension is None:
            return
        self.fields["extended"] = _dated("决定延长的日子", False, f"“{self.procedure.steps[extension.step].label}”")
        if extension.decided:
            unit = "个月" if extension.span.unit is Unit.MONTH else "天"
            self.fields["days"] = forms.IntegerField(
                label=f"延长多少{unit}", required=False, min_value=1, max_value=1000,
                help_text=f"至多{extension.term.text}",
                error_messages={"invalid": "不是整数", "min_value": "至少是 1", "max_value": "最多 1000"},
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Dates that cannot be together are told at their field."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name, value in list(given.items()):
            if isinstance(value, date) and not FIRST <= value.isoformat() <= LATEST and not name.startswith(FIELD):
                self.add_error(name, f"日历只有 {FIRST} 至 {LATEST}，没有 {value}")
        start = given.get("start")
        for place in range(PAUSES):
            kind, begun, ended = (given.get(f"{part}-{place}") for part in ("pause", "from", "to"))
            if kind and not begun:
                self.add_error(f"from-{place}", "停止计时从哪一天起没有填写")
            elif begun and not kind:
                self.add_error(f"pause-{place}", "是哪一种停止计时没有选择")
            elif begun and ended and ended < begun:
                self.add_error(f"to-{place}", f"{ended} 在 {begun} 之前")
            elif begun and start and begun < start:
                self.add_error(f"from-{place}", f"{begun} 在起算的日子（{start}）之前")
        extended, days = given.get("extended"), given.get("days")
        if extended and start and extended < start:
            self.add_error("extended", f"{extended} 在起算的日子（{start}）之前")
        if "days" in self.fields and extended and not days and "days" not in self.errors:
            self.add_error("days", "延长多少没有填写")
        if days and not extended and "extended" not in self.errors:
            self.add_error("extended", "决定延长的日子没有填写")
        return given

    def question(self) -> DueQuestion:
        """What is asked. After ``is_valid``."""
        given = self.cleaned_data
        at: time | None = given.get("time")
        minute = NO_MINUTE if at is None else at.hour * 60 + at.minute
        fields: dict[str, FieldValue] = {}
        for item in deciding_fields(self.procedure, self.clock):
            value = value_of(item, given.get(FIELD + item.name))
            if value is not None:
                fields[item.name] = value
        start = day_of(given["start"])
        return DueQuestion(self.clock, (start, minute), max(day_of(today()), start), tuple(self._events()), fields)

    def _events(self) -> Iterator[Event]:
        given, clock = self.cleaned_data, self.clock
        for name in deciding_steps(clock):
            if given.get(f"s-{name}"):
                yield Event(name, day_of(given[f"s-{name}"]))
        for place in range(PAUSES):
            if given.get(f"pause-{place}"):
                pause = clock.pauses[int(given[f"pause-{place}"])]
                yield Event(pause.start, day_of(given[f"from-{place}"]))
                if given.get(f"to-{place}"):
                    yield Event(pause.end, day_of(given[f"to-{place}"]))
        if clock.extension and given.get("extended"):
            yield Event(clock.extension.step, day_of(given["extended"]), days=given.get("days"))

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields as the page lays them out."""
        pausing = [self[name] for name in self.fields if name.partition("-")[0] in ("pause", "from", "to")]
        extending = [self[name] for name in ("extended", "days") if name in self.fields]
        rest = [field for field in self if field not in pausing and field not in extending]
        parts = (("", rest), ("停止计时", pausing), ("延长", extending))
        return [(label, found) for label, found in parts if found]


class PlainForm(forms.Form):
    """So many days from a day."""

    number = forms.IntegerField(
        label="多少", min_value=1, max_value=max(MOST.values()), initial=5,
        error_messages={"required": "多少没有填写", "invalid": "不是整数", "min_value": "至少是 1",
                        "max_value": f"最多 {max(MOST.values())}"},
    )  # fmt: skip
    unit = forms.ChoiceField(
        label="单位", choices=[(name, words) for name, (words, _) in UNITS.items()],
        error_messages={"required": "单位没有选择", "invalid_choice": "没有这种单位；可用：个工作日、日、个月"},
    )
    since = _dated("自哪一天", hint="当日不计入，自次日起算")
    rolls = forms.BooleanField(label="末日是休息日的，顺延", required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        """The number within what the calendar holds."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        unit, since = given.get("unit", ""), given.get("since")
        if given.get("number", 0) > MOST.get(unit, 10**9):
            self.add_error("number", f"{UNITS[unit][0]}最多 {MOST[unit]}")
        if since and not FIRST <= since.isoformat() <= "2040-12-31":
            self.add_error("since", f"接受 {FIRST} 至 2040-12-31，没有 {since}")
        return given

    def answer(self) -> PlainDue:
        """After ``is_valid``."""
        given = self.cleaned_data
        unit = UNITS[given["unit"]][1]
        span = Span(given["number"], unit, given["rolls"] and unit is not Unit.WORKING)
        return plain_due(book().calendars[CHINA], day_of(given["since"]), span)


@require_GET
def calculator(request: OfficeRequest) -> HttpResponse:
    """Both questions; the answer stands beside the one that was asked."""
    found, asked = book(), request.GET
    content: dict[str, Any] = {"here": "calculator", "procedures": _choices(found), "asked": asked}
    _clock_part(found, asked, content)
    plain = PlainForm(asked if "number" in asked else None, initial={"since": today()})
    if plain.is_bound and plain.is_valid():
        content["plain_answer"] = _plain_shown(plain.answer())
    content["plain"] = plain
    wrong = (content.get("form") and content["form"].errors) or plain.errors or content.get("unknown")
    return render(request, "office/lawbook/calculator.html", content, status=422 if wrong else 200)


def _choices(found: Book) -> list[tuple[str, str]]:
    return [(code, found.versions(code)[-1].name) for code in found.codes]


def _clock_part(found: Book, asked: QueryDict, content: dict[str, Any]) -> None:
    code, name = asked.get("procedure", ""), asked.get("clock", "")
    if not code:
        return
    if code not in found.codes:
        content["unknown"] = f"没有程序“{code[:40]}”；请从列表中选择"
        return
    day, known = _law_day(asked), found.versions(code)
    try:
        shown = found.procedure(code, day)
    except FaduError as error:
        content["unknown"], shown = str(error), known[-1]
    content |= {"procedure": shown, "clocks": list(shown.clocks.values()), "version": iso(shown.effective_day)}
    if not name or "unknown" in content:
        return
    try:
        clock = clock_named(shown, name[:60])
    except FaduError:
        content["unknown"] = f"{iso(shown.effective_day)} 起施行的{shown.name}没有这个期限；请从列表中选择"
        return
    form = ClockForm(shown, clock, asked if "start" in asked else None)
    content |= {"form": form, "clock": clock}
    if form.is_bound and form.is_valid():
        try:
            content["answer"] = _shown(found, when_due(found.plan(shown), form.question()))
        except FaduError as error:
            form.add_error(None, str(error))


def _law_day(asked: QueryDict) -> int:
    """The day whose law is asked for; today where none can be read."""
    for name in ("on", "start"):
        try:
            return day_of(date.fromisoformat(asked.get(name, "")))
        except ValueError:
            continue
    return day_of(today())


def _shown(found: Book, due: Due) -> dict[str, Any]:
    """The answer as the page has it."""
    run, procedure = due.run, due.plan.procedure
    note = due.explanation
    clock, last = run.clock, due.last_day
    return {
        "last": None if last is None else in_words(date_of(last)),
        "at": "" if due.minute is None else f"{due.minute // 60:02d}:{due.minute % 60:02d}",
        "name": "最早可以作出" if clock.minimum else "最后一日", "provisional": due.provisional, "note": note,
        "why": list(_tree(note.notes, procedure.effective_day)), "mark": mark_of(clock.certainty),
        "cites": cited_on(clock.cites, procedure.effective_day), "weeks": _weeks(due.days(), last),
        "version": iso(procedure.effective_day), "href": version_href(procedure, f"clock-{clock.name}"),
    }  # fmt: skip


def _plain_shown(due: PlainDue) -> dict[str, Any]:
    words = UNITS[next(name for name, (_, unit) in UNITS.items() if unit is due.span.unit)][0]
    rolled = due.last_day - due.nominal
    name = due.calendar.name(due.nominal)
    return {
        "last": in_words(date_of(due.last_day)), "provisional": due.provisional,
        "asked": f"自 {iso(due.start)} 起 {due.span.number} {words}",
        "rolled": f"第 {due.span.number} {words}的末日 {iso(due.nominal)} 是{name}，顺延" if rolled else "",
        "weeks": _weeks(due.days(), due.last_day),
    }  # fmt: skip


def _tree(notes: Iterable[Note], day: int, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The explanation a sentence a row, with its articles as links."""
    for note in notes:
        yield {
            "text": note.text, "depth": depth, "cites": cited_on(note.cites, day),
            "mark": None if note.certainty == "text" else mark_of(note.certainty),
        }  # fmt: skip
        yield from _tree(note.notes, day, depth + 1)


def _weeks(days: Iterable[CountedDay], last: int | None) -> list[Week]:
    """The days in weeks from Monday to Sunday; none where there are too many to look at."""
    listed = list(days)
    if not listed or len(listed) > LONGEST:
        return []
    weeks = []
    for _, part in groupby(listed, key=lambda item: (item.day + 3) // 7):
        row: list[StripDay | None] = [None] * 7
        for item in part:
            row[(item.day + 3) % 7] = _strip_day(item, last)
        first = next(day for day in row if day)
        weeks.append(Week(first.date[:7], tuple(row)))
    return weeks


def _strip_day(item: CountedDay, last: int | None) -> StripDay:
    words = TITLES.get(item.kind, f"第 {item.number} 日")
    named = item.name if item.name not in ("周六", "周日") else ""
    tone = item.kind if item.kind != "counted" else _tone(item.name)
    told = f"周{WEEKDAYS[(item.day + 3) % 7]}，{words}{f'（{named}）' if named else ''}"
    return StripDay(iso(item.day), tone, told, item.number, item.day == last)


def _tone(name: str) -> str:
    """A day that counts, by what it is in the calendar."""
    if name in ("周六", "周日"):
        return "rest"
    return {"": "counted", "调休上班": "made-up"}.get(name, "off")


urls: list[URLPattern] = [path("lawbook/calculator/", calculator, name="calculator")]
