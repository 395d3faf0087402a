"""放假安排: what the calendar has, and loading the notice of a year: read, looked over, recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from fadu.acts.errors import ActRefused, Incomplete, NotPermitted
from fadu.acts.load_holidays import (
    NOTICE_LIMIT,
    Loaded,
    NoticeGiven,
    Read,
    Trial,
    clock_labels,
    load_holidays,
    move_words,
    try_holidays,
    waiting,
)
from fadu.acts.tracing import permit_or_trace
from fadu.clock import today
from fadu.law.calendars import Calendar
from fadu.law.dates import date_of, day_of, month_length
from fadu.office.answers import show
from fadu.office.asked import number
from fadu.office.context import OfficeRequest, actor_of, say
from fadu.office.moments import WEEKDAYS, shown
from fadu.store.lawbook import CHINA, book
from fadu.store.models import HolidayYear

SHOWN = 20
"""Cases whose moved last days are listed."""
LARGEST = 200_000
"""Bytes of a notice that is handed in as a file."""
EXAMPLE = """一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：……放假调休，共7天。1月30日（周六）、2月14日（周日）上班。"""


class NoticeForm(forms.Form):
    """A notice: pasted, or as a text file."""

    year = forms.IntegerField(
        label="哪一年", widget=forms.NumberInput({"min": 2004, "max": 2060}),
        error_messages={"required": "年份没有填写", "invalid": "不是年份；请写作 2027"},
    )
    notice = forms.CharField(
        label="通知的文号或者标题", max_length=NOTICE_LIMIT, help_text="如 国办发明电〔2026〕9号",
        error_messages={"required": "通知的文号或者标题没有填写", "max_length": f"最多 {NOTICE_LIMIT} 字"},
    )
    text = forms.CharField(
        label="通知正文", required=False, widget=forms.Textarea({"rows": 9, "placeholder": EXAMPLE}),
        help_text="粘贴通知的全文或者安排部分；日期写作 1月1日、1月1日至3日 或者 2027-01-01，后面写“放假”“补休”“上班”",
    )
    file = forms.FileField(label="或者上传文本文件", required=False, help_text=".txt，UTF-8 或者 GB18030")
    sure = forms.BooleanField(label="已经核对，通知确实这样安排", required=False)

    def clean(self) -> dict[str, Any]:
        """The text, from the file where none was pasted."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        file = given.get("file")
        if file and not given.get("text"):
            given["text"] = self._read(file)
        if not given.get("text") and "file" not in self.errors:
            self.add_error("text", "通知正文没有填写；粘贴正文，或者上传文本文件")
        return given

    def _read(self, file: UploadedFile[Any]) -> str:
        if (file.size or 0) > LARGEST:
            self.add_error("file", f"文件有 {file.size} 字节，不像一份通知；最多 {LARGEST} 字节")
            return ""
        content: bytes = file.read()
        for coding in ("utf-8-sig", "gb18030"):
            try:
                return content.decode(coding)
            except UnicodeDecodeError:
                continue
        self.add_error("file", "不是文本文件；接受 UTF-8 或者 GB18030 的 .txt，Word、PDF 请复制正文后粘贴")
        return ""

    def given(self) -> NoticeGiven:
        """After ``is_valid``."""
        found = self.cleaned_data
        return NoticeGiven(found["year"], found["notice"], found["text"].replace("\0", ""), found["sure"])


@dataclass(frozen=True, slots=True)
class GridDay:
    """A day of a month's grid."""

    number: int
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a grid of weeks."""

    name: str
    weeks: tuple[tuple[GridDay | None, ...], ...]


@require_http_methods(["GET", "POST"])
def holidays(request: OfficeRequest) -> HttpResponse:
    """The year's calendar, and for an administrator the way to load a notice."""
    if request.method == "GET":
        return _page(request, NoticeForm(initial={"year": _next_year()}))
    permit_or_trace(actor_of(request), "load_holidays")
    form = NoticeForm(request.POST, request.FILES)
    if "back" in request.POST:  # to the form, with what was typed
        return _page(request, NoticeForm(initial={name: request.POST.get(name) for name in ("year", "notice", "text")}))
    if not form.is_valid():
        return _page(request, form, status=422)
    given = form.given()
    try:
        if "record" in request.POST:
            return _record(request, given)
        read, trial = try_holidays(actor_of(request), given)
    except NotPermitted:
        raise
    except Incomplete as error:
        show(form, error)
        return _page(request, form, status=422)
    except ActRefused as error:
        read, trial = try_holidays(actor_of(request), given)
        return _look(request, form, read, trial, str(error))
    return _look(request, form, read, trial)


def _record(request: OfficeRequest, given: NoticeGiven) -> HttpResponse:
    loaded = load_holidays(actor_of(request), given)
    say(request, _told(given.year, loaded))
    return redirect("holidays")


def _told(year: int, loaded: Loaded) -> str:
    if loaded.left:
        return f"已载入 {year} 年的放假安排；{loaded.left} 个办件由后台重新推算，改变的会通知承办人"
    return f"已载入 {year} 年的放假安排；{loaded.moved} 个办件的最后一日改变，发出 {loaded.told} 条消息"


def _page(request: OfficeRequest, form: NoticeForm, status: int = 200) -> HttpResponse:
    year = number(request.GET.get("year")) or today().year
    calendar = book().calendars[CHINA]
    first, last = date_of(calendar.first).year, date_of(calendar.published_until).year
    year = min(max(year, first), last + 1)
    loaded = [(row, shown(row.loaded_at), len(row.off), len(row.work))
              for row in HolidayYear.objects.select_related("loaded_by").order_by("-year")]  # fmt: skip
    notice = calendar.notices.get(year)
    return render(request, "office/lawbook/holidays.html", {
        "form": form, "may": request.access.may("load_holidays"), "year": year, "months": months(calendar, year),
        "published": last, "provisional": year > last, "notice": notice.citation if notice else "",
        "earlier": year - 1 if year > first else None, "later": year + 1 if year <= last else None,
        "loaded": loaded, "waiting": waiting(), "here": "holidays",
    }, status=status)  # fmt: skip


def _look(request: OfficeRequest, form: NoticeForm, read: Read, trial: Trial, refused: str = "") -> HttpResponse:
    """What was understood and what would follow, to be confirmed."""
    labels = clock_labels(book())
    keys = [anew.case.pk for anew in trial.moved]
    seen = set(request.access.cases().filter(pk__in=keys).values_list("pk", flat=True))
    moved = [
        (anew.case, [move_words(anew, move, labels) for move in anew.moved])
        for anew in trial.moved if anew.case.pk in seen
    ]  # fmt: skip
    arrangement = read.arrangement
    before = [month for month in months(read.calendar, arrangement.year - 1)[-1:] if _reaches_back(read)]
    return render(request, "office/lawbook/holidays_confirm.html", {
        "form": form, "read": read, "refused": refused, "months": [*before, *months(read.calendar, arrangement.year)],
        "off": len(arrangement.off), "work": [in_year(day) for day in arrangement.work], "here": "holidays",
        "trial": trial, "moved": moved[:SHOWN], "more": len(trial.moved) - len(moved[:SHOWN]),
        "text": form.cleaned_data["text"],
    }, status=422 if refused else 200)  # fmt: skip


def _reaches_back(read: Read) -> bool:
    return date_of(read.arrangement.first).year < read.arrangement.year


def in_year(day: int) -> str:
    """``2月14日（周日）``"""
    value = date_of(day)
    return f"{value.month}月{value.day}日（周{WEEKDAYS[value.weekday()]}）"


def months(calendar: Calendar, year: int) -> list[Month]:
    """The twelve months of a year as the calendar has them."""
    return [Month(f"{year}年{month}月", tuple(_weeks(calendar, year, month))) for month in range(1, 13)]


def _weeks(calendar: Calendar, year: int, month: int) -> Iterator[tuple[GridDay | None, ...]]:
    first = day_of(date(year, month, 1))
    cells: list[GridDay | None] = [None] * ((first + 3) % 7)
    cells += [_grid_day(calendar, day) for day in range(first, first + month_length(year, month))]
    cells += [None] * (-len(cells) % 7)
    yield from (tuple(cells[start : start + 7]) for start in range(0, len(cells), 7))


def _grid_day(calendar: Calendar, day: int) -> GridDay:
    name = calendar.name(day)
    if calendar.is_working(day):
        tone = "made-up" if name else ""
    else:
        tone = "rest" if name in ("周六", "周日") else "off"
    return GridDay(date_of(day).day, tone, "" if tone in ("", "rest") else name)


def _next_year() -> int:
    return date_of(book().calendars[CHINA].published_until).year + 1


urls: list[URLPattern] = [path("lawbook/holidays/", holidays, name="holidays")]
