"""Two versions of a procedure side by side: what was added, dropped or worded otherwise, and under which articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fadu.book.telling import (
    Facts,
    clock_facts,
    day_source,
    duty_must,
    duty_when,
    field_default,
    field_values,
    step_lawful,
    step_notes,
)
from fadu.book.wording import CERTAINTY, Wording
from fadu.law.citations import Citation
from fadu.law.procedures import Clock, Duty, Field, Procedure, Step

Rule = Clock | Duty | Field | Step


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that is another in the newer version. ``state``: added, dropped, changed, or moved (only its article).

    ``facts``: (name, before, after) of what differs; ``before`` and ``after``: the articles.
    """

    kind: str
    name: str
    label: str
    state: str
    facts: tuple[tuple[str, str, str], ...]
    before: tuple[Citation, ...] = ()
    after: tuple[Citation, ...] = ()

    @property
    def article(self) -> Citation | None:
        """The article under which it is listed: the newer one where there is one."""
        cites = self.after or self.before
        return Citation(cites[0].statute, cites[0].article, cites[0].inserted) if cites else None


def compare(old: Procedure, new: Procedure) -> list[Change]:
    """Every rule that differs: clocks, duties, steps, fields."""
    both = Wording(old), Wording(new)
    parts: tuple[Iterator[Change], ...] = (
        _changes("clock", (old.clocks, new.clocks), both, _clock),
        _changes("duty", (old.duties, new.duties), both, _duty),
        _changes("step", (old.steps, new.steps), both, _step),
        _changes("field", (old.fields, new.fields), both, _field),
    )
    return [change for part in parts for change in part]


def _changes(kind: str, sides: tuple[Mapping[str, Rule], Mapping[str, Rule]], both: tuple[Wording, Wording],
             tell: Callable[[Any, Wording], Facts]) -> Iterator[Change]:
    old, new = sides
    for name in dict.fromkeys((*new, *old)):
        was, now = old.get(name), new.get(name)
        facts_were = dict(tell(was, both[0])) if was is not None else {}
        facts_are = dict(tell(now, both[1])) if now is not None else {}
        names = dict.fromkeys((*facts_were, *facts_are))
        facts = tuple(
            (fact, facts_were.get(fact, ""), facts_are.get(fact, ""))
            for fact in names if facts_were.get(fact, "") != facts_are.get(fact, "")
        )  # fmt: skip
        before, after = _cites(was), _cites(now)
        if not facts and before == after:
            continue
        state = "added" if was is None else "dropped" if now is None else "changed" if facts else "moved"
        label = now.label if now is not None else was.label if was is not None else ""
        yield Change(kind, name, label, state, facts, before, after)


def _cites(rule: Rule | None) -> tuple[Citation, ...]:
    return () if rule is None or isinstance(rule, Field) else rule.cites


def _merged(facts: Facts) -> Facts:
    """Facts of the same name (several pauses) as one."""
    found: dict[str, str] = {}
    for name, words in facts:
        found[name] = f"{found[name]}；{words}" if name in found else words
    return list(found.items())


def _clock(clock: Clock, wording: Wording) -> Facts:
    day = "、".join(cite.formal() for cite in clock.rule_cites) + day_source(clock)
    return _merged([
        ("名称", clock.label), *clock_facts(clock, wording), ("“日”与顺延的依据", day),
        ("可信度", CERTAINTY[clock.certainty]),
    ])  # fmt: skip


def _duty(duty: Duty, wording: Wording) -> Facts:
    return [
        ("名称", duty.label), ("内容", duty_must(duty, wording)), ("适用", duty_when(duty, wording)),
        ("后果", duty.consequence), ("可信度", CERTAINTY[duty.certainty]),
    ]  # fmt: skip


def _step(step: Step, wording: Wording) -> Facts:
    return [
        ("名称", step.label), ("由谁", step.by), ("何时可作", step_lawful(step, wording)), ("说明", step_notes(step)),
        ("可信度", CERTAINTY[step.certainty]),
    ]  # fmt: skip


def _field(field: Field, wording: Wording) -> Facts:
    return [("名称", field.label), ("取值", field_values(field)), ("默认", field_default(field))]
