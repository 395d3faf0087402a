"""What a case has to do with others: its links, the same parties elsewhere, the same file elsewhere.

Only cases the person may see are spoken of; that there are others is not said either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from fadu.acts.moves import PartyGiven
from fadu.store.access import Access
from fadu.store.erased import erasures, withdrawing
from fadu.store.identity import digest
from fadu.store.models import Case, Document, Link, Party

MOST = 20
"""Cases shown of one party; more are rather an agency's or a mediator's number than a party's."""

NUMBERS = ("id_number", "phone")
"""The numbers by which a party is known again."""
_READ = 500


@dataclass(frozen=True, slots=True)
class Linked:
    """A linked case and how it stands to this one. ``kind``: of a link made in this case, which can be taken back."""

    words: str
    case: Case
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A party of this case that other cases have as well, by which of its numbers."""

    name: str
    by: str
    cases: Sequence[Case]

    @property
    def more(self) -> bool:
        """Whether there may be more than are shown."""
        return len(self.cases) == MOST


def links_of(access: Access, case: Case) -> list[Linked]:
    """The links made in this case, then those made in others to it."""
    rows = list(Link.objects.filter(Q(case=case) | Q(other=case)).order_by("pk")[:_READ])
    seen = _seen(access, {row.other_id if row.case_id == case.pk else row.case_id for row in rows})
    out = [Linked(row.get_kind_display(), seen[row.other_id], row.kind)
           for row in rows if row.case_id == case.pk and row.other_id in seen]  # fmt: skip
    back = [Linked(Link.BACK[Link.Kind(row.kind)], seen[row.case_id])
            for row in rows if row.other_id == case.pk and row.case_id in seen]  # fmt: skip
    return out + back


def same_parties(access: Access, case: Case, parties: Sequence[Party]) -> list[Known]:
    """Those of the case's parties who are parties elsewhere: known by identity or credit number, else by telephone."""
    found: list[Known] = []
    for party in parties:
        for name, label in (("id_number_digest", "证件号"), ("phone_digest", "电话")):
            cases = _of_digest(access, case, name, getattr(party, name))
            if cases:
                found.append(Known(party.name, label, cases))
                break
    return found


def _of_digest(access: Access, case: Case, name: str, value: str) -> list[Case]:
    if not value:
        return []
    rows = Party.objects.filter(**{name: value}).exclude(case=case).order_by("-case_id")
    seen = _seen(access, set(rows.values_list("case_id", flat=True)[:_READ]))
    return sorted(seen.values(), key=lambda other: -other.pk)[:MOST]


def known_numbers(parties: Sequence[PartyGiven]) -> Q:
    """Parties that have a number of one of these."""
    return of_digests((name, digest(getattr(party, name), name)) for party in parties for name in NUMBERS)


def of_digests(digests: Iterable[tuple[str, str]]) -> Q:
    """Parties that have one of the digests, each with the number it is of (``NUMBERS``); an empty one is nobody's."""
    wanted: dict[str, set[str]] = {name: set() for name in NUMBERS}
    for name, value in digests:
        wanted[name].add(value)
    return Q(*(Q(**{f"{name}_digest__in": found - {""}}) for name, found in wanted.items()), _connector=Q.OR)


def elsewhere(access: Access, case: Case, files: Sequence[Document]) -> dict[str, list[Case]]:
    """SHA-256 of a file of the case → the other cases that have the same file."""
    rows = Document.objects.filter(sha256__in={file.sha256 for file in files}).exclude(case=case)
    pairs = list(rows.order_by("-pk").values_list("sha256", "case_id")[:_READ])
    seen = _seen(access, {key for _, key in pairs})
    found: dict[str, list[Case]] = {}
    for sha256, key in dict.fromkeys(pairs):
        if key in seen:
            found.setdefault(sha256, []).append(seen[key])
    return found


def materials(access: Access, words: str = "", number: str = "") -> list[dict[str, Any]]:
    """The newest files the person may see, by words of their title or by case, each with the cases that have it."""
    rows: QuerySet[Document] = Document.objects.filter(case__in=access.cases()).select_related("case")
    for word in words.split():
        rows = rows.filter(title__icontains=word)
    if number:
        rows = rows.filter(case__number=number)
    found: dict[str, dict[str, Any]] = {}
    newest = list(rows.order_by("-pk")[:_READ])
    known = erasures(row.case_id for row in newest)
    for row in (row for row in newest if not withdrawing(row, known.get(row.case_id))):
        entry = found.setdefault(row.sha256, {"row": row, "cases": {}})
        entry["cases"][row.case_id] = row.case
    return [{"row": entry["row"], "cases": list(entry["cases"].values())} for entry in found.values()][:50]


def _seen(access: Access, keys: set[int]) -> dict[int, Case]:
    return access.cases().select_related("unit").in_bulk(sorted(keys)) if keys else {}
