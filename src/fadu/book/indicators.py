"""Reads ``indicators/*.yaml``: definition cards, checked against the procedures they count."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fadu.book.procedures import at
from fadu.book.source import Node, load
from fadu.law.citations import Citation, parse_citation
from fadu.law.conditions import Condition, Name, OfStep, parse_condition, walk
from fadu.law.indicators import KINDS, PERIODS, SUBJECTS, Indicator
from fadu.law.procedures import Procedure
from fadu.law.statutes import CERTAINTIES, Statutes

RUN_NAMES = ("state", "start", "stop", "last", "days", "days_late")
EVENT_NAMES = ("day", "days", "officers", "outcome", "approved_by", "reason", "amount", "by")
NAMES = {"run": RUN_NAMES, "duty": ("state",), "case": ("opened", "closed"), "event": EVENT_NAMES}
DAYS_OF = {"run": ("start", "stop", "last"), "duty": ("opened", "closed"), "case": ("opened", "closed"),
           "event": ("day",)}
_OPTIONAL = ("population", "numerator", "denominator", "value", "quantile", "period_by", "direction", "target",
             "minimum_n", "unit", "source", "cite", "certainty", "variants", "since")


def read_indicators(path: Path, procedures: Sequence[Procedure], statutes: Statutes) -> list[Indicator]:
    """The cards of one file. Errors: ``LawbookError`` with file:line."""
    top = load(path).keys(("indicators",), ("procedure", "note"))
    default = top["procedure"].text() if "procedure" in top else ""
    return [_indicator(node, default, procedures, statutes) for node in top["indicators"].list()]


def _indicator(node: Node, default: str, procedures: Sequence[Procedure], statutes: Statutes) -> Indicator:
    entry = node.keys(("name", "label", "kind", "of", "definition"), (*_OPTIONAL, "procedure"))
    code = entry["procedure"].text() if "procedure" in entry else default
    versions = [procedure for procedure in procedures if procedure.code == code]
    if not versions:
        node.fail(f"没有程序“{code}”；在条目或文件顶部写 procedure")
    subject, target = _subject(entry["of"], versions)
    kind = entry["kind"].choice(*KINDS)
    period = entry["period_by"].choice(*PERIODS) if "period_by" in entry else DAYS_OF[subject][0]
    if period not in DAYS_OF[subject]:
        entry["period_by"].fail(f"“{subject}”可按 {'、'.join(DAYS_OF[subject])} 归期")
    if kind == "rate" and "numerator" not in entry:
        node.fail("rate 要有 numerator（分子）")
    value = _value(entry, kind, subject, versions, node)

    def condition(key: str) -> Condition | None:
        return _condition(entry[key], subject, versions) if key in entry else None

    return Indicator(
        name=entry["name"].text(),
        label=entry["label"].text(),
        kind=kind,
        procedure=code,
        subject=subject,
        target=target,
        definition=entry["definition"].text(),
        population=condition("population"),
        numerator=condition("numerator"),
        denominator=condition("denominator"),
        value=value,
        quantile=entry["quantile"].number() if "quantile" in entry else 0.5,
        period_by=period,
        direction=entry["direction"].choice("up", "down", "none") if "direction" in entry else "none",
        goal=entry["target"].number() if "target" in entry else None,
        minimum_n=entry["minimum_n"].integer() if "minimum_n" in entry else 0,
        unit=entry["unit"].text() if "unit" in entry else "",
        source=entry["source"].choice("system", "import", "typed") if "source" in entry else "system",
        since=entry["since"].date_day() if "since" in entry else None,
        cites=tuple(_cite(item, statutes, versions[-1].statute) for item in entry["cite"].many())
        if "cite" in entry else (),
        certainty=entry["certainty"].choice(*CERTAINTIES) if "certainty" in entry else "text",
        variants=entry["variants"].texts() if "variants" in entry else (),
        text=node.source(),
        place=node.place,
    )


def _subject(node: Node, versions: Sequence[Procedure]) -> tuple[str, str]:
    """``run CLOCK``, ``duty NAME``, ``event STEP`` or ``case``."""
    subject, _, target = node.text().partition(" ")
    if subject not in SUBJECTS:
        node.fail(f"of 应是 run 时钟、duty 程序要求、event 环节 或 case；实为“{node.text()}”")
    known = {
        "run": {name for version in versions for name in version.clocks},
        "duty": {name for version in versions for name in version.duties},
        "event": {name for version in versions for name in version.steps},
        "case": {""},
    }[subject]
    if target not in known:
        node.fail(f"程序“{versions[0].name}”没有“{target}”；可用：{'、'.join(sorted(known))}")
    return subject, target


def _condition(node: Node, subject: str, versions: Sequence[Procedure]) -> Condition:
    tree = at(node, parse_condition)
    fields = {name for version in versions for name in version.fields}
    steps = {name for version in versions for name in version.steps}
    for part in walk(tree):
        if isinstance(part, Name) and part.name not in NAMES[subject] and part.name not in fields:
            known = "、".join((*NAMES[subject], *sorted(fields)))
            node.fail(f"“{part.name}”不能用在“{subject}”上；可用：{known}")
        if isinstance(part, OfStep) and (part.step not in steps or subject == "event"):
            node.fail(f"{part.function}({part.step}) 不能用；环节有：{'、'.join(sorted(steps))}（event 不用环节函数）")
    return tree


def _value(entry: dict[str, Node], kind: str, subject: str, versions: Sequence[Procedure], node: Node) -> str:
    if kind in ("count", "rate"):
        return ""
    if "value" not in entry:
        node.fail(f"{kind} 要有 value（取哪个数）")
    value = entry["value"].text()
    numbers = {name for version in versions for name, item in version.fields.items() if item.kind == "number"}
    allowed = {"run": {"days", "days_late"}, "event": {"amount", "days"}}.get(subject, set()) | numbers
    if value not in allowed:
        entry["value"].fail(f"“{value}”不是可计的数；可用：{'、'.join(sorted(allowed))}")
    return value


def _cite(node: Node, statutes: Statutes, statute: str) -> Citation:
    found = at(node, lambda text: parse_citation(text, statute))
    at(node, lambda _: statutes.get(found.statute).short)
    return found
