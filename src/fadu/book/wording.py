"""Rules of the lawbook in Chinese words: conditions, terms, citations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from fadu.book import Book
from fadu.law.citations import Citation
from fadu.law.clocks import State
from fadu.law.conditions import Both, Compare, Condition, Either, Literal, Name, Not, OfStep, Within, walk
from fadu.law.duties import DutyState
from fadu.law.errors import NoVersion
from fadu.law.explain import CERTAINTY_WORDS
from fadu.law.procedures import Procedure, TermRule
from fadu.law.terms import Unit

CERTAINTY = CERTAINTY_WORDS | {"text": ""}
PARTY = {"agency": "行政机关", "applicant": "申请人、当事人", "court": "人民法院", "other": "其他单位"}
KINDS = {"choice": "选项", "number": "数字", "flag": "是否", "text": "文字", "date": "日期"}
_SIGNS = {"==": "为", "!=": "不为", ">=": "不少于", "<=": "不超过", ">": "大于", "<": "小于"}
ATTRIBUTES = {
    "officers": "人员数", "days": "天数", "outcome": "结果", "approved_by": "批准人", "reason": "理由",
    "amount": "金额", "by": "经办人", "state": "状态", "start": "起算日", "stop": "停止日", "last": "末日",
    "days_late": "逾期天数", "opened": "开始日", "closed": "办结日", "day": "日期",
}  # fmt: skip
_STATES = {state.name.lower(): state.label for state in (*DutyState, *State)}
_OFTEN = 4
"""A list of steps that none of so many conditions may have seen gets a name of its own."""


@dataclass(frozen=True)
class Wording:
    """Conditions of one procedure as sentences. ``named``: lists of steps told once, above the table."""

    procedure: Procedure
    named: Mapping[frozenset[str], str] = field(default_factory=dict)

    def of(self, tree: Condition | None) -> str:
        """A condition as a sentence; "" where there is none."""
        match tree:
            case None:
                return ""
            case Literal(value):
                return _value(value)
            case Name(name):
                return self.name(name)
            case OfStep(function, step):
                return self._of_step(function, step)
            case Compare(sign, left, right):
                return f"{self.of(left)}{_SIGNS[sign]}{self._side(right, left)}"
            case Within(left, options):
                listed = joined(self._side(Literal(option), left) for option in options)
                return f"{self.of(left)}为{listed}" + ("之一" if len(options) > 1 else "")
            case Not(inner):
                return self._not(inner)
            case Both(left, right):
                return f"{self._grouped(left, Either)}，且{self._grouped(right, Either)}"
            case Either(left, right):
                return f"{self._grouped(left, Both)}，或{self._grouped(right, Both)}"

    def name(self, name: str) -> str:
        """A field or attribute; "" for no name."""
        known = self.procedure.fields.get(name)
        return f"“{known.label}”" if known else ATTRIBUTES.get(name, name)

    def steps(self, names: Iterable[str], between: str = "、") -> str:
        """Labels of steps, each in quotes."""
        return between.join(f"“{self.procedure.steps[name].label}”" for name in names)

    def _grouped(self, tree: Condition, kind: type) -> str:
        return f"（{self.of(tree)}）" if isinstance(tree, kind) else self.of(tree)

    def _not(self, inner: Condition) -> str:
        if steps := list(_any_done(inner)):
            known = self.named.get(frozenset(steps))
            return known or (f"未{self.steps(steps)}" if len(steps) == 1 else f"{self.steps(steps)}均未发生")
        text = self.of(inner)
        return f"非{text}" if isinstance(inner, Name) else f"并非（{text}）"

    def _of_step(self, function: str, step: str) -> str:
        label = self.steps([step])
        return {"done": f"已{label}", "count": f"{label}的次数", "outcome": f"{label}的结果"}[function]

    def _side(self, tree: Condition, other: Condition) -> str:
        """The right side; states in their own words."""
        if isinstance(tree, Literal) and isinstance(tree.value, str) and other == Name("state"):
            return f"“{_STATES.get(tree.value, tree.value)}”"
        return self.of(tree)


def joined(texts: Iterable[str]) -> str:
    """With 、 between."""
    return "、".join(texts)


def _any_done(tree: Condition) -> Iterator[str]:
    """The steps of ``done(a) or done(b) or …``; nothing where the condition is another."""
    match tree:
        case OfStep("done", step):
            yield step
        case Either(left, right):
            first, second = list(_any_done(left)), list(_any_done(right))
            if first and second:
                yield from (*first, *second)


def frequent(procedure: Procedure) -> dict[frozenset[str], str]:
    """Names for lists of steps that many conditions of the steps exclude: 未结, 未结之二, …"""
    found: Counter[frozenset[str]] = Counter()
    for step in procedure.steps.values():
        for node in walk(step.applies) if step.applies else ():
            if isinstance(node, Not):
                found[frozenset(_any_done(node.inner))] += 1
    often = [steps for steps, n in found.most_common() if n >= _OFTEN and len(steps) > 1]
    return {steps: "未结" if i == 0 else f"未结之{'二三四五六七八九'[i - 1]}" for i, steps in enumerate(often[:9])}


def _value(value: bool | float | str) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"“{value}”" if isinstance(value, str) else f"{value:g}"


def term(rule: TermRule, wording: Wording) -> str:
    """A term with its unit, and when it binds."""
    unit = "" if rule.span.unit in (Unit.ANNUAL, Unit.HOUR) else f"（{rule.span.unit.label}）"
    rolls = "，末日是休息日的顺延" if rule.span.rolls else ""
    when = wording.of(rule.when)
    return f"{rule.term.text}{unit}{rolls}" + (f"〔{when}〕" if when else "")


def shorts(cites: Iterable[Citation]) -> str:
    """Citations in the short form."""
    return joined(dict.fromkeys(cite.short for cite in cites))


def gist(cite: Citation, book: Book, day: int) -> str:
    """Our summary of a citation in the version in force on a day, or in the first one after it."""
    statute = book.statutes.get(cite.statute)
    try:
        version = statute.version_on(day)
    except NoVersion:
        version = statute.versions[-1]
    return version.gist(cite)
