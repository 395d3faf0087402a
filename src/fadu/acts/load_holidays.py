"""载入放假安排: the notice of a year's holidays enters the calendar, and every open case's last days follow it.

A notice that was loaded wrongly is loaded again; both stay in the journal. What follows for the cases is done in
portions, each with its notifications in one transaction, and taken up again where it was broken off (``catch_up``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from fadu.acts.assign import legal_officers
from fadu.acts.errors import ActRefused, Incomplete
from fadu.acts.journal import Entered, enter
from fadu.acts.recording import Actor
from fadu.acts.reproject import Anew, Moved, project_anew, reproject
from fadu.acts.stepping import permit
from fadu.acts.tracing import permit_or_trace
from fadu.book import Book
from fadu.book.holiday_notices import LONGEST, Arrangement, UnclearNoticeError, missing_holidays, read_notice
from fadu.clock import now, today
from fadu.law.calendars import Calendar
from fadu.law.dates import date_of, day_of, iso
from fadu.store.lawbook import CHECK_SECONDS, CHINA, arrangement_of, book, book_under, files, look_again
from fadu.store.models import JOURNAL, Case, Clock, HolidayYear, Notification, Person, Setting, Unit

CHUNK = 500
AT_ONCE = 2000
"""Cases that are projected anew while one waits; more are left to the worker."""
TRIED = 5000
"""Cases that a dry run looks at."""
TOLD = 300
NOTICE_LIMIT = 80
PENDING = "holidays.pending"
SETTLING = timedelta(seconds=CHECK_SECONDS + 2)
"""What other processes may still write under the calendar before; the worker looks once more after it."""


@dataclass(frozen=True, slots=True)
class NoticeGiven:
    """A notice as it is handed in. ``sure``: that a holiday fixed by law is not off was seen and is so."""

    year: int
    notice: str
    text: str
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """What was understood. ``span``: the days that become others than they were; ``replaces``: the notice before."""

    arrangement: Arrangement
    notice: str
    calendar: Calendar
    span: tuple[int, int]
    doubts: tuple[str, ...]
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What would follow: how many cases are concerned, how many were looked at, and whose last days move."""

    concerned: int
    tried: int
    moved: tuple[Anew, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What followed at once; ``left``: cases the worker projects anew."""

    moved: int
    told: int
    left: int


def read_given(given: NoticeGiven) -> Read:
    """Read what is handed in. Raises ``Incomplete`` with the words at the field."""
    faults = {}
    notice, published = given.notice.strip(), date_of(book().calendars[CHINA].published_until).year
    first, last = min(today().year - 1, published), published + 1
    if not notice:
        faults["notice"] = "通知的文号或者标题没有填写"
    elif len(notice) > NOTICE_LIMIT:
        faults["notice"] = f"通知的文号或者标题最多 {NOTICE_LIMIT} 字"
    if not first <= given.year <= last:
        faults["year"] = f"只接受 {first} 至 {last} 年的安排（{published} 年及以前的已经公布，须逐年载入）"
    if len(given.text) > LONGEST:
        faults["text"] = f"通知最多 {LONGEST} 字，现有 {len(given.text)} 字；只粘贴放假安排的部分"
    if faults:
        raise Incomplete(faults)
    try:
        arrangement = read_notice(given.text, given.year)
    except UnclearNoticeError as error:
        raise Incomplete({"text": str(error)}) from error
    return _read(arrangement, notice)


def _read(arrangement: Arrangement, notice: str) -> Read:
    known = HolidayYear.objects.filter(year=arrangement.year).first()
    if known and arrangement_of(known) == arrangement and known.notice == notice:
        raise Incomplete({"text": f"{arrangement.year} 年的安排已经载入（{known.notice}），内容相同，没有重复载入"})
    calendar = book_under(arrangement, notice).calendars[CHINA]
    lacking = missing_holidays(arrangement, files().calendars[CHINA])
    doubts = tuple(f"{iso(day)} 在日历中是{name}，通知中没有放假" for day, name in lacking)
    span = _difference(book().calendars[CHINA], calendar)
    return Read(arrangement, notice, calendar, span, doubts, known.notice if known else "")


def _difference(old: Calendar, new: Calendar) -> tuple[int, int]:
    """The first and the last day that are not as they were, or are published now and were not."""
    days = [day for day in range(new.first, new.last + 1) if old.is_working(day) != new.is_working(day)]
    if new.published_until > old.published_until:
        days += [old.published_until + 1, new.published_until]
    return (min(days), max(days)) if days else (new.last, new.last)


def try_holidays(actor: Actor, given: NoticeGiven) -> tuple[Read, Trial]:
    """What loading would change; nothing is recorded."""
    permit(actor, "load_holidays")
    read = read_given(given)
    later = book_under(read.arrangement, read.notice)
    query = _concerned(*read.span)
    keys = list(query.order_by("pk").values_list("pk", flat=True)[:TRIED])
    moved = [anew for part in _parts(keys) for anew in project_anew(part, today(), later) if anew.moved]
    return read, Trial(query.count(), len(keys), tuple(moved))


def load_holidays(actor: Actor, given: NoticeGiven) -> Loaded:
    """Record the notice and let the open cases follow it. Raises ``NotPermitted``, ``Incomplete``, ``ActRefused``."""
    permit_or_trace(actor, "load_holidays")
    with transaction.atomic():
        Case.objects.select_for_update().get(procedure=JOURNAL)  # one notice at a time
        look_again()
        read = read_given(given)
        if read.doubts and not given.sure:
            raise ActRefused("；".join(read.doubts) + "。请核对是不是漏抄；通知确实如此的，勾选确认后再载入")
        body = _enter(actor, read)
        _keep(actor, given.year, read.notice, body)
        _pend(read)
    look_again()
    keys = list(_concerned(*read.span).order_by("pk").values_list("pk", flat=True)[: AT_ONCE + 1])
    if len(keys) > AT_ONCE:
        return Loaded(0, 0, _concerned(*read.span).count())
    moved = told = 0
    for part in _parts(keys):
        found = _follow(part)
        moved, told = moved + found[0], told + found[1]
    return Loaded(moved, told, 0)


def _enter(actor: Actor, read: Read) -> dict[str, Any]:
    """The journal's record."""
    arrangement = read.arrangement
    body = {
        "year": arrangement.year, "notice": read.notice,
        "off": [[iso(day), name] for day, name in arrangement.off], "work": list(map(iso, arrangement.work)),
        "replaces": read.replaces,
    }  # fmt: skip
    instead = f"，更正原来载入的“{read.replaces}”" if read.replaces else ""
    counts = f"放假 {len(arrangement.off)} 天，调休上班 {len(arrangement.work)} 天"
    words = f"载入 {arrangement.year} 年放假安排（{read.notice}）：{counts}{instead}"
    enter(actor, Entered("load_holidays", "holidays", words, body))
    return body


def _keep(actor: Actor, year: int, notice: str, body: dict[str, Any]) -> None:
    last = HolidayYear.objects.aggregate(last=Max("loaded_at"))["last"]
    moment = now() if last is None else max(now(), last + timedelta(microseconds=1))  # no two alike: it is the stamp
    kept = {"notice": notice, "off": body["off"], "work": body["work"], "loaded_at": moment, "loaded_by_id": actor.id}
    HolidayYear.objects.update_or_create(year=year, defaults=kept)


# What follows for the cases -----------------------------------------------------------------------


def catch_up() -> int:
    """The worker's part: project anew what a notice concerns, from where it was left. How many cases."""
    done = 0
    while (part := _next_part()) is not None:
        _follow(part)
        done += len(part)
    return done


def waiting() -> bool:
    """Whether cases still wait for the worker after a notice."""
    return Setting.objects.filter(name=PENDING).exists()


def _pend(read: Read) -> None:
    first, last = map(iso, read.span)
    earlier = Setting.objects.select_for_update().filter(name=PENDING).first()
    if earlier:
        first, last = min(first, earlier.value["first"]), max(last, earlier.value["last"])
    value = {"first": first, "last": last, "after": 0}
    Setting.objects.update_or_create(name=PENDING, defaults={"value": value, "changed_at": now()})


def _next_part() -> list[int] | None:
    """The next cases; None where none wait, or other processes may not have seen the notice yet."""
    with transaction.atomic():
        row = Setting.objects.select_for_update().filter(name=PENDING).first()
        if row is None or now() - row.changed_at < SETTLING:
            return None
        query = _concerned(day_of(row.value["first"]), day_of(row.value["last"]))
        keys = list(query.filter(pk__gt=row.value["after"]).order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not keys:
            row.delete()
            return None
    return keys


def _follow(keys: Sequence[int]) -> tuple[int, int]:
    """Project these anew and tell who works on those that moved; how many moved, how many messages."""
    with transaction.atomic():
        moved = [anew for anew in reproject(keys, today()) if anew.moved]
        notes = list(_notes(moved))
        Notification.objects.bulk_create(notes, batch_size=500, ignore_conflicts=True)
        row = Setting.objects.select_for_update().filter(name=PENDING).first()
        if row is not None and now() - row.changed_at >= SETTLING:
            row.value = {**row.value, "after": max(row.value["after"], *keys)}
            row.save(update_fields=["value"])
    return len(moved), len(notes)


def _concerned(first: int, last: int) -> QuerySet[Case]:
    """The cases whose clocks may count one of the days from ``first`` to ``last``.

    A last day before ``first`` rests on earlier days alone. Days that have passed count in runs that have ended too.
    """
    counting = Clock.objects.filter(Q(last_day__gte=date_of(first)) | Q(last_day=None) | Q(provisional=True))
    query = Q(pk__in=counting.values("case_id"))
    if date_of(first) <= today():
        ran = Q(opened_on__lte=date_of(last)) & (Q(closed_on=None) | Q(closed_on__gte=date_of(first)))
        query |= ran
    return Case.objects.filter(query).exclude(procedure=JOURNAL)


def _notes(moved: Sequence[Anew]) -> Iterator[Notification]:
    stamp = HolidayYear.objects.aggregate(last=Max("loaded_at"))["last"]
    labels = clock_labels(book())
    officers: dict[int, list[Person]] = {}
    for anew in moved:
        case = anew.case
        people = [case.handler_id] if case.handler_id else [found.pk for found in _officers(case.unit_id, officers)]
        words = f"{case.number} 因放假安排重新计算：{'；'.join(move_words(anew, move, labels) for move in anew.moved)}"
        for person in people:
            key = f"holidays:{stamp:%Y%m%d%H%M%S%f}:{case.pk}:{person}"
            yield Notification(
                person_id=person, case=case, kind="holidays", at=now(), words=words[:TOLD], key=key,
            )  # fmt: skip


def clock_labels(found: Book) -> dict[tuple[str, str], str]:
    """(procedure, clock) → its label."""
    return {(item.code, clock.name): clock.label for item in found.procedures for clock in item.clocks.values()}


def move_words(anew: Anew, move: Moved, labels: dict[tuple[str, str], str]) -> str:
    """``“复议决定”的最后一日由 2027-02-18 改为 2027-02-22``"""
    label = labels.get((anew.case.procedure, move.name), move.name)
    return f"“{label}”的最后一日由 {move.old} 改为 {move.new}"


def _officers(unit: int, known: dict[int, list[Person]]) -> list[Person]:
    if unit not in known:
        known[unit] = legal_officers(Unit.objects.get(pk=unit))
    return known[unit]


def _parts(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
