"""权责清单: the list of powers as each published version left it, and what is different between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from fadu.law.cases import standing
from fadu.law.dates import date_of
from fadu.store.access import Access
from fadu.store.histories import law_case, rows_of
from fadu.store.models import Case

ITEMS = "power_item"
MOST = 5000
"""Changes of the list that are read."""
UNNAMED = "没有写版本"
SAID = (("item", "职权事项"), ("basis", "法律依据"), ("holder", "行使主体"), ("level", "行使层级"))
"""What a version says of a power, and its words on screen."""
DROPPED, NEW = "取消", "新增"


@dataclass(frozen=True, slots=True)
class Step:
    """One published change of the list (一个职权事项的一次调整). ``on``: the day it took effect, else was published."""

    case: Case
    on: date
    visible: bool

    def said(self, name: str) -> str:
        return str(self.case.fields.get(name) or "")

    @property
    def version(self) -> str:
        return self.said("version") or UNNAMED


@dataclass(frozen=True, slots=True)
class Difference:
    """A power in two versions. ``state``: added, dropped, changed or same; ``facts``: name, before, after."""

    state: str
    name: str
    power: str
    facts: Sequence[tuple[str, str, str]]
    old: Step | None
    new: Step | None


def steps_of(access: Access) -> list[Step]:
    """The published changes, in the order they took effect. The list is published, so everyone in the office reads it.

    Only who may see a change's case is led to it.
    """
    found = Case.objects.filter(procedure=ITEMS, secrecy=Case.Secrecy.OPEN).order_by("pk")[:MOST]
    seen = set(access.cases().filter(procedure=ITEMS).values_list("pk", flat=True)[:MOST])
    cases = {case.pk: case for case in found}
    rows = rows_of(cases)
    steps = []
    for key, case in cases.items():
        days = {event.step: event.day for event in standing(law_case(case.number, ITEMS, rows[key]))}
        if "publish" in days:
            steps.append(Step(case, date_of(days.get("effect", days["publish"])), key in seen))
    return sorted(steps, key=lambda step: (step.on, step.case.pk))


def versions_of(steps: Sequence[Step]) -> list[str]:
    """The versions, in the order of their first change."""
    return list(dict.fromkeys(step.version for step in steps))


def list_at(steps: Sequence[Step], version: str) -> dict[str, Step]:
    """The list as a version left it, each power by the number of the case that first named it; empty before all.

    A change names the case of the one before (原件编号); where it does not, it is of the power of the same name.
    """
    names = versions_of(steps)
    until = names.index(version) if version in names else -1
    kept: dict[str, Step] = {}
    for key, step in _identified(steps):
        if names.index(step.version) > until:
            continue
        if step.said("change") == DROPPED:
            kept.pop(key, None)
        else:
            kept[key] = step
    return kept


def _identified(steps: Sequence[Step]) -> Iterator[tuple[str, Step]]:
    by_number: dict[str, str] = {}
    by_name: dict[tuple[str, str], str] = {}
    for step in steps:
        name = (step.said("power"), step.said("item"))
        key = by_number.get(step.said("previous")) or by_name.get(name) or step.case.number
        by_number[step.case.number] = by_name[name] = key
        yield key, step


def differences(steps: Sequence[Step], old: str, new: str) -> list[Difference]:
    """What is different between two versions, and what is not; by kind of power and name."""
    before, after = list_at(steps, old), list_at(steps, new)
    last = dict(_identified([step for step in steps if step.version in _until(steps, new)]))
    found = [
        _difference(before.get(key), after.get(key), last[key])
        for key in dict.fromkeys((*before, *after))
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each.power, each.name))


def _until(steps: Sequence[Step], version: str) -> list[str]:
    names = versions_of(steps)
    return names[: names.index(version) + 1] if version in names else []


def _difference(old: Step | None, new: Step | None, last: Step) -> Difference:
    """``last``: the change that left it so; of a power that is dropped, the one that dropped it."""
    facts = []
    for name, label in SAID:
        was = old.said(name) if old else ""
        now = new.said(name) if new else ""
        if name == "holder" and old is None and new is not None and new.said("change") != NEW:
            was = new.said("former")
        if was != now:
            facts.append((label, was, now))
    shown = new or old or last
    state = "dropped" if new is None else "added" if old is None and new.said("change") == NEW else "changed"
    if old is not None and new is not None and not facts:
        state = "same"
    return Difference(state, shown.said("item") or shown.case.title, shown.said("power"), facts, old, new or last)
