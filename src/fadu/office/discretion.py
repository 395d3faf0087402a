"""裁量基准: the published tiers as a grid, what a fine is beside its tier, and what a party was punished for before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q

from fadu.law.cases import standing
from fadu.law.dates import date_of
from fadu.office.related import NUMBERS, of_digests
from fadu.store.access import Access
from fadu.store.histories import law_case, rows_of
from fadu.store.identity import digest
from fadu.store.lawbook import book
from fadu.store.models import Case, Party

STANDARD, APPLIED = "discretion_standard", "discretion_case"
PUNISHED = {"penalty": "penalize", "penalty_summary": "decide", "public_security_case": "penalize"}
"""Procedure → its step that punishes."""
SPARED = {"no_penalty": "exempt"}
"""Procedure → its step that spares."""
UNLISTED = "未列入"
MOST = 5000
"""Published tiers that are read."""
FOUND = 100
"""Cases of a party that are looked through, the newest."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One published tier of an illegal act (裁量基准的一档). Money in yuan; ``high`` 0: no range of fines is given."""

    case: int
    number: str
    act: str
    basis: str
    tier: str
    circumstances: str
    low: float
    high: float
    other: str
    standard: str
    listed: str
    visible: bool = False
    simulated: bool = False

    @property
    def range(self) -> str:
        """The fine, in words.

        >>> blank = dict(case=1, number="", act="", basis="", tier="", circumstances="", standard="", listed="")
        >>> [Tier(**blank, low=low, high=high, other=other).range
        ...  for low, high, other in ((200, 500, ""), (0, 500, "警告"), (300, 300, ""), (0, 0, ""), (0, 0, "警告"))]
        ['200 元以上 500 元以下', '500 元以下；警告', '300 元', '没有写罚款', '警告']
        """
        said = ""
        if self.high:
            same, low = self.low == self.high, f"{money(self.low)}以上 " if self.low else ""
            said = money(self.high) if same else f"{low}{money(self.high)}以下"
        return "；".join(words for words in (said, self.other) if words) or "没有写罚款"

    def beside(self, fine: float) -> str:
        """How a fine stands to the tier: 档内, 低于档次, 高于档次, or empty where the tier has no range of fines."""
        if not self.high:
            return ""
        return "低于档次" if fine < self.low else "高于档次" if fine > self.high else "档内"

    def proposed(self, fine: float | None, origin: str) -> str:
        """The query string that fills in a case of applying this tier."""
        given = {
            "origin": origin, "title": f"{self.act}（{self.tier}）", "f-act": self.act, "f-standard": self.standard,
            "f-tier": self.tier, "f-range": self.range, "f-low": f"{self.low:g}", "f-high": f"{self.high:g}",
            "f-fine": "" if fine is None else f"{fine:g}",
        }  # fmt: skip
        return "?" + urlencode({name: value for name, value in given.items() if value})


def money(yuan: float) -> str:
    """
    >>> money(1000), money(0.5)
    ('1,000 元', '0.50 元')
    """
    return f"{yuan:,.2f}".removesuffix(".00") + " 元"


@dataclass(frozen=True, slots=True)
class Grid:
    """One version of the standard. ``rows``: an act, and its tiers in the order of ``tiers``."""

    version: str
    tiers: tuple[str, ...]
    rows: Sequence[tuple[str, str, Sequence[Sequence[Tier]]]]

    def of(self, act: str) -> list[Tier]:
        """The tiers of an act, in order."""
        return [tier for name, _, cells in self.rows if name == act for cell in cells for tier in cell]


def published(access: Access) -> list[Tier]:
    """The tiers in force, the newest first. They are published (行政处罚法34), so everyone in the office reads them.

    Only who may see a tier's case is led to it.
    """
    found = Case.objects.filter(
        procedure=STANDARD, state="publish", closed_on=None, secrecy=Case.Secrecy.OPEN
    ).order_by("-opened_on", "pk")  # fmt: skip
    rows = list(found.only("number", "fields", "simulated")[:MOST])
    seen = set(access.cases().filter(procedure=STANDARD).values_list("pk", flat=True)[:MOST])
    return [_tier(case, case.pk in seen) for case in rows]


def _tier(case: Case, visible: bool) -> Tier:
    said: dict[str, Any] = case.fields
    text = {name: str(said.get(name) or "") for name in ("act", "basis", "circumstances", "other", "standard")}
    return Tier(
        case.pk, case.number, tier=said.get("tier") or "一般", low=float(said.get("low") or 0),
        high=float(said.get("high") or 0), listed=said.get("list") or UNLISTED, visible=visible,
        simulated=case.simulated, **text,
    )  # fmt: skip


def grid_of(tiers: Sequence[Tier], version: str) -> Grid:
    """The tiers of one version as acts × tiers, in the order they were entered."""
    choices = book().versions(STANDARD)[-1].fields["tier"].choices
    mine = sorted((tier for tier in tiers if tier.standard == version), key=lambda tier: tier.case)
    rows = [
        (act, next((tier.basis for tier in mine if tier.act == act and tier.basis), ""),
         [[tier for tier in mine if tier.act == act and tier.tier == choice] for choice in choices])
        for act in dict.fromkeys(tier.act for tier in mine)
    ]  # fmt: skip
    return Grid(version, choices, rows)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A case in which a party was punished or spared, on a day. ``same``: the act that is asked for is named in it."""

    case: Case
    what: str
    on: date
    same: bool


def of_number(number: str) -> Q | None:
    """Parties that have it, as identity or credit number or as telephone; None: it is not a whole number."""
    digests = [(name, digest(number, name)) for name in NUMBERS]
    return of_digests(digests) if all(value for _, value in digests) else None


def of_parties(parties: Sequence[Party]) -> Q:
    """Parties that have a number of one of these."""
    return of_digests((name, getattr(party, f"{name}_digest")) for party in parties for name in NUMBERS)


def earlier(access: Access, parties: Q, act: str, but: int = 0) -> list[Earlier]:
    """What the parties were punished or spared for in the cases the person may see; the same act first, then newest.

    ``but``: the case at hand.
    """
    kinds = PUNISHED | SPARED
    keys = Party.objects.filter(parties).exclude(case=but).values_list("case_id", flat=True)
    known = list(dict.fromkeys(keys.order_by("-case_id")[:FOUND]))
    cases = access.cases().filter(procedure__in=kinds).select_related("unit").in_bulk(known)
    rows = rows_of(cases)
    found = []
    for key, case in cases.items():
        law = law_case(case.number, case.procedure, rows[key])
        days = [event.day for event in standing(law) if event.step == kinds[case.procedure]]
        if days:
            label = book().versions(case.procedure)[-1].steps[kinds[case.procedure]].label
            found.append(Earlier(case, label, date_of(max(days)), _names(case, act)))
    return sorted(found, key=lambda each: (each.same, each.on), reverse=True)


def _names(case: Case, act: str) -> bool:
    said = (case.title, case.fields.get("act"), case.fields.get("item"))
    return bool(act) and any(act in str(words) for words in said if words)
