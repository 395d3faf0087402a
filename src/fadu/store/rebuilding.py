"""Projections made anew from events: what differs is told (``check``) or put right.

Every column of a case's row but its number, procedure and mark of simulation, and its clocks, assignments and parties,
follow from its events. A row that says something else was changed by hand, or by a fault of the program.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import transaction

from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.store.histories import NAMING, PROJECTED, ClockRow, Projection, Row, judged, law_case, project, rows_of
from fadu.store.identity import digest
from fadu.store.lawbook import book
from fadu.store.models import ERASED, JOURNAL, Assignment, Case, Clock, Event, Link, Party, Person, Secret, Unit
from fadu.store.reading import case_of, event_id, events_within, seq_of
from fadu.store.sealing import unseal

CHUNK = 1000


class Difference(NamedTuple):
    """A projected value that is not what the events say."""

    case: str
    what: str
    stored: str
    events: str

    def __str__(self) -> str:
        return f"{self.case}：{self.what}现在是“{self.stored}”，按事件应是“{self.events}”"


@dataclass
class OfficePart:
    """What the office's own records say of a case."""

    unit: str = ""
    handler: str | None = None
    secrecy: int = 0
    title: str = ""
    assigned: dict[tuple[str, str], None] = field(default_factory=dict)
    """(person's login, kind), in order."""
    parties: list[Mapping[str, str]] = field(default_factory=list)
    links: dict[tuple[str, str], None] = field(default_factory=dict)
    """(number of the other case, kind), in order."""


def rebuild(check: bool = False, cases: Sequence[int] | None = None) -> Iterator[Difference]:
    """Every difference found; unless ``check``, it is put right as well."""
    names = {person.pk: person.login for person in Person.objects.all()}
    units = {unit.pk: unit.code for unit in Unit.objects.all()}
    query = Case.objects.exclude(procedure=JOURNAL).order_by("pk")
    if cases is not None:
        query = query.filter(pk__in=cases)
    last = 0
    while True:
        kept = "clocks", "assignments", "parties", "links__other"
        part = list(query.filter(pk__gt=last).prefetch_related(*kept)[:CHUNK])
        if not part:
            return
        last = part[-1].pk
        rows = rows_of([case.pk for case in part])
        secrets = _secrets(rows)
        for case in part:
            try:
                expected = _expected(case, rows.get(case.pk, []), secrets.get(case.pk, {}))
            except FaduError as error:
                yield Difference(case.number, "事件", "读不通", str(error))
                continue
            found = list(_differences(case, expected, names, units))
            yield from found
            if found and not check:
                _mend(case, expected)


def _secrets(rows: Mapping[int, Sequence[Row]]) -> dict[int, dict[int, dict[str, Any]]]:
    """The opened personal values of the records that name title and parties: case → seq → name → value."""
    found: dict[int, dict[int, dict[str, Any]]] = {}
    events = [event_id(case, row.seq) for case, each in rows.items() for row in each if row.act in NAMING]
    query = Secret.objects.filter(event_id__in=events, name__in=("title", "parties"))
    for event, name, sealed in query.values_list("event_id", "name", "sealed"):
        of_case = found.setdefault(case_of(event), {})
        of_case.setdefault(seq_of(event), {})[name] = json.loads(unseal(sealed, f"secret.{name}"))
    return found


def office_part(rows: Sequence[Row], secrets: Mapping[int, Mapping[str, Any]]) -> OfficePart:
    """The fold of the office's records."""
    part = OfficePart()
    for row in rows:
        body = row.body
        match row.act:
            case "register":
                part.unit, part.handler, part.secrecy = body["unit"], body.get("handler"), body.get("secrecy", 0)
                opened = secrets.get(row.seq, {})
                part.title, part.parties = opened.get("title", ""), opened.get("parties", [])
                if part.handler:
                    part.assigned[part.handler, "lead"] = None
            case "amend":
                opened = secrets.get(row.seq, {})
                part.title, part.parties = opened.get("title", part.title), opened.get("parties", part.parties)
            case "assign":
                _assign(part, body)
            case "transfer":
                part.unit = body["unit"]
            case "hand_back":
                part.handler = None
                _end(part, lambda login, kind: kind == "lead")
            case "share":
                if not any(login == body["person"] for login, _ in part.assigned):
                    part.assigned[body["person"], "shared"] = None
            case "unshare":
                part.assigned.pop((body["person"], "shared"), None)
            case "link":
                part.links[body["other"], body["kind"]] = None
            case "unlink":
                part.links.pop((body["other"], body["kind"]), None)
            case "restrict":
                part.secrecy = body["secrecy"]
            case "erase":
                part.title, part.parties = ERASED, []
    return part


def _assign(part: OfficePart, body: Mapping[str, Any]) -> None:
    login, kind = body["person"], body["kind"]
    if kind == "lead":
        part.handler = login
        _end(part, lambda other, held: held == "lead" or other == login)
    part.assigned.pop((login, kind), None)
    part.assigned[login, kind] = None
    part.unit = body.get("unit", part.unit)


def _end(part: OfficePart, ends: Any) -> None:
    for key in [key for key in part.assigned if ends(*key)]:
        del part.assigned[key]


@dataclass(frozen=True)
class Expected:
    """What the events say a case should be: by the law as of the day of its projection, and by the office's records."""

    shown: Projection
    fields: Mapping[str, Any]
    part: OfficePart
    seq: int


def _expected(case: Case, rows: Sequence[Row], secrets: Mapping[int, Mapping[str, Any]]) -> Expected:
    """Raises ``FaduError`` where the events can no longer be read."""
    found = law_case(case.number, case.procedure, rows)
    judgement = judged(book(), found, max(day_of(case.projected_on), max(event.day for event in found.events)))
    return Expected(project(judgement), found.fields, office_part(rows, secrets), len(rows))


_LABELS = {
    "version": "适用版本", "state": "环节", "opened_on": "开始", "closed_on": "办结", "due_on": "最近期限",
    "due_clock": "最近期限的时钟", "faults": "问题数",
}  # fmt: skip


def _differences(
    case: Case, expected: Expected, names: Mapping[int, str], units: Mapping[int, str]
) -> Iterator[Difference]:
    """What the row and its followers say, and should not."""
    def differ(what: str, stored: Any, events: Any) -> Iterator[Difference]:
        if stored != events:
            yield Difference(case.number, what, str(stored), str(events))

    for name in PROJECTED:
        yield from differ(_LABELS[name], getattr(case, name), getattr(expected.shown, name))
    yield from differ("字段", case.fields, expected.fields)
    kept = [ClockRow(*(getattr(row, name) for name in ClockRow._fields)) for row in case.clocks.all()]
    yield from differ("时钟", sorted(map(str, kept)), sorted(map(str, expected.shown.clocks)))
    part = expected.part
    yield from differ("单位", units[case.unit_id], part.unit)
    yield from differ("承办人", names.get(case.handler_id or 0), part.handler)
    yield from differ("知悉范围", case.secrecy, part.secrecy)
    yield from differ("标题", case.title, part.title)
    yield from differ("顺序号", case.seq, expected.seq)
    held = sorted((names.get(row.person_id or 0, ""), row.kind) for row in case.assignments.all())
    yield from differ("分派", held, sorted(part.assigned))
    yield from differ("关联", sorted((row.other.number, row.kind) for row in case.links.all()), sorted(part.links))
    shown = [
        (party.role, party.name, party.kind, *(party.clear(name) for name in Party.NUMBERS),
         party.id_number_digest, party.phone_digest)
        for party in case.parties.all()
    ]
    given = [
        (party["role"], party["name"], party.get("kind", "natural"), *(party.get(name, "") for name in Party.NUMBERS),
         *(digest(party.get(name, ""), name) for name in ("id_number", "phone")))
        for party in part.parties
    ]  # fmt: skip
    if shown != given:  # not said what: it is personal
        yield Difference(case.number, "当事人", f"{len(shown)} 名", f"{len(given)} 名，内容不同")


def _mend(case: Case, expected: Expected) -> None:
    """Put the projection right, in one transaction."""
    part = expected.part
    people = {person.login: person for person in Person.objects.filter(login__in=[login for login, _ in part.assigned])}
    last = Event.objects.filter(events_within(case.pk, column="pk")).order_by("-pk").first()
    expected.shown.onto(case)
    case.fields, case.secrecy, case.title = dict(expected.fields), part.secrecy, part.title
    case.unit, case.handler = Unit.objects.get(code=part.unit), people.get(part.handler or "")
    case.seq, case.head = expected.seq, bytes(last.sm3) if last else b""
    with transaction.atomic():
        case.save(update_fields=(*PROJECTED, "fields", "secrecy", "title", "unit", "handler", "seq", "head"))
        Clock.objects.filter(case=case).delete()
        Clock.objects.bulk_create(expected.shown.clocks_of(case))
        Assignment.objects.filter(case=case).delete()
        Assignment.objects.bulk_create(
            Assignment(case=case, person=people[login], kind=kind, since=case.touched_at)
            for login, kind in part.assigned
        )
        others = dict(Case.objects.filter(number__in=[number for number, _ in part.links]).values_list("number", "pk"))
        Link.objects.filter(case=case).delete()
        Link.objects.bulk_create(
            Link(case=case, other_id=others[number], kind=kind) for number, kind in part.links
        )
        parties = [Party.of(place, given) for place, given in enumerate(part.parties)]
        for party in parties:
            party.case = case
        Party.objects.filter(case=case).delete()
        Party.objects.bulk_create(parties)
