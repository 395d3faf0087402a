"""The published data Petri net against the log: which guards can never hold, and which cases fit.

``python examples/road-fines/replay.py LOG MODEL.pnml``. The net is a state machine (one place in, one place
out of every transition), so a case is in one place at a time, or in several where a silent step may have been taken.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

Values = dict[str, Any]
Guard = Callable[[Values, Values], bool | None]
"""Variables before the transition, and those it writes (``x'``) → holds, or None where one is unset."""

CREATE, NOTIFY = "Create Fine", "Insert Fine Notification"
DELAYS = {  # variable: activity that writes it, activity it is measured from
    "delaySend": ("Send Fine", CREATE),
    "delayPrefecture": ("Insert Date Appeal to Prefecture", NOTIFY),
    "delayJudge": ("Appeal to Judge", NOTIFY),
}
NUMBERS = ("amount", "totalPaymentAmount", "expense", "points", "paymentAmount")


@dataclass(frozen=True)
class Transition:
    name: str
    silent: bool
    source: str
    target: str
    text: str
    guard: Guard | None
    writes: tuple[str, ...]


@dataclass(frozen=True)
class Net:
    start: str
    end: str
    transitions: tuple[Transition, ...]


@dataclass(frozen=True)
class Event:
    activity: str
    at: datetime
    attributes: Values


# The model


def read_net(path: Path, swap: bool = False) -> Net:
    """Read the PNML; ``swap`` exchanges the constants '#' and 'G' of its guards."""
    root = ElementTree.parse(path).getroot()  # noqa: S314 - the published model, a local file
    arcs = [(arc.get("source", ""), arc.get("target", "")) for arc in root.iter("arc")]
    into = {target: source for source, target in arcs}
    out = dict(arcs)
    transitions = []
    for node in root.iter("transition"):
        key, text = node.get("id", ""), node.get("guard", "")
        if swap:
            text = text.translate(str.maketrans("#G", "G#"))
        transitions.append(Transition(
            node.findtext("name/text", ""), node.get("invisible") == "true", into[key], out[key], text,
            compile_guard(text) if text else None, tuple(item.text or "" for item in node.iter("writeVariable")),
        ))  # fmt: skip
    places = {node.findtext("name/text"): node for node in root.iter("place")}
    start = next(node.get("id", "") for node in places.values() if node.find("initialMarking") is not None)
    return Net(start, places["End"].get("id", ""), tuple(transitions))


_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Add: operator.add, ast.Sub: operator.sub,
}  # fmt: skip


def compile_guard(text: str) -> Guard:
    """Comparisons, sums, ``&&`` and ``||`` only; nothing of the file is ever run."""
    plain = text.replace("&&", " and ").replace("||", " or ")
    return _compile(ast.parse(re.sub(r"(\w)'", r"\1__new", plain), mode="eval").body)


def _compile(node: ast.AST) -> Guard:
    match node:
        case ast.Constant(value):
            return lambda old, new: value
        case ast.Name(name) if name.endswith("__new"):
            return lambda old, new: new.get(name.removesuffix("__new"))
        case ast.Name(name):
            return lambda old, new: old.get(name)
        case ast.BinOp(left, op, right) | ast.Compare(left, [op], [right]):
            return _both(_compile(left), _compile(right), _OPERATORS[type(op)])
        case ast.BoolOp(op, parts):
            return _joined([_compile(part) for part in parts], isinstance(op, ast.Or))
    raise ValueError(f"guard: {ast.dump(node)} is not understood")


def _both(left: Guard, right: Guard, apply: Callable[[Any, Any], Any]) -> Guard:
    def evaluate(old: Values, new: Values) -> Any:
        a, b = left(old, new), right(old, new)
        return None if a is None or b is None else apply(a, b)

    return evaluate


def _joined(parts: list[Guard], decides: bool) -> Guard:
    def evaluate(old: Values, new: Values) -> bool | None:
        found = [part(old, new) for part in parts]
        return decides if decides in found else None if None in found else not decides

    return evaluate


# The log


def read_cases(path: Path) -> Iterator[tuple[str, list[Event]]]:
    """Name and events of every case, in file order, with all their attributes."""
    cases: list[tuple[str, list[Event]]] = []
    depth = 0
    name, events, attributes = "", [], {}

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal depth, name, events, attributes
        depth += 1
        if tag == "trace":
            name, events = "", []
        elif tag == "event":
            attributes = {}
        elif depth == 4 and "key" in given:
            attributes[given["key"]] = given["value"]
        elif depth == 3 and given.get("key") == "concept:name":
            name = given["value"]

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if tag == "event":
            at = datetime.fromisoformat(attributes["time:timestamp"])
            values = {key: float(text) if key in NUMBERS else text for key, text in attributes.items()}
            events.append(Event(attributes["concept:name"], at, values))
        elif tag == "trace":
            cases.append((name, events))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as source:
        while piece := source.read(1 << 20):
            parser.Parse(piece)
            yield from cases
            cases.clear()


def written(event: Event, firsts: dict[str, datetime], civil: bool) -> Values:
    """The variables an event writes; delays in hours, elapsed or of civil days."""
    values = dict(event.attributes)
    for variable, (activity, since) in DELAYS.items():
        if event.activity == activity and since in firsts:
            begun = firsts[since]
            days = event.at.date() - begun.date()
            values[variable] = days.days * 24 if civil else (event.at - begun).total_seconds() / 3600
    return values


# Guards that never hold


def guard_report(net: Net, cases: list[tuple[str, list[Event]]]) -> list[dict[str, Any]]:
    """For every ``variable == constant``: the values the log writes on the way to it.

    Only where every way into the place before the transition writes the variable, so that nothing else can be there.
    """
    written_at: dict[tuple[str, str], Counter[str]] = {}
    for _, events in cases:
        for event in events:
            value = event.attributes.get("dismissal")
            if value is not None:
                written_at.setdefault((event.activity, "dismissal"), Counter())[value] += 1
    report = []
    for transition in net.transitions:
        match = re.fullmatch(r"\(?(\w+)==\"([^\"]*)\"\)?", transition.text)
        ways = [way for way in net.transitions if way.target == transition.source]
        if match and ways and all(match[1] in way.writes for way in ways):
            seen: Counter[str] = Counter()
            for way in ways:
                seen += written_at.get((way.name, match[1]), Counter())
            report.append({"transition": transition.name, "guard": transition.text, "after": [w.name for w in ways],
                           "seen": dict(seen.most_common()), "holds": seen[match[2]], "dead": match[2] not in seen})
    return report


def guard_counts(net: Net, cases: list[tuple[str, list[Event]]], civil: bool) -> dict[str, dict[str, int]]:
    """For every guarded activity: the events at which its guard holds, does not, or reads what is unset.

    Every event counts, whether or not the model allowed what came before it.
    """
    guarded = {t.name: t.guard for t in net.transitions if not t.silent and t.guard}
    writes: dict[str, set[str]] = {}
    for transition in net.transitions:
        writes.setdefault(transition.name, set()).update(transition.writes)
    words = {True: "holds", False: "broken", None: "unset"}
    found = {name: dict.fromkeys(words.values(), 0) for name in guarded}
    for _, events in cases:
        values: Values = {}
        firsts: dict[str, datetime] = {}
        for event in events:
            new = written(event, firsts, civil)
            firsts.setdefault(event.activity, event.at)
            guard = guarded.get(event.activity)
            if guard:
                found[event.activity][words[guard(values, new)]] += 1
            values.update({name: new[name] for name in writes[event.activity] if name in new})
    return found


# Replay


@dataclass(frozen=True)
class Mode:
    """How strictly to replay: with guards or not; delays in elapsed hours or in civil days of 24."""

    guards: bool
    civil: bool = False


def replay(net: Net, events: list[Event], mode: Mode) -> str:
    """Empty where the case fits; else the first reason why it does not."""
    places: set[str] = {net.start}
    values: Values = {}
    firsts: dict[str, datetime] = {}
    for event in events:
        new = written(event, firsts, mode.civil)
        firsts.setdefault(event.activity, event.at)
        places |= _silent(net, places, values, mode)
        able = [t for t in net.transitions if not t.silent and t.name == event.activity and t.source in places]
        if not able:
            return f"order: {event.activity} not allowed here"
        fired = [t for t in able if not mode.guards or t.guard is None or t.guard(values, new)]
        if not fired:
            return f"guard: {event.activity} {able[0].text}"
        places = {t.target for t in fired}
        for name in {name for t in fired for name in t.writes}:
            values[name] = new.get(name, values.get(name))
    places |= _silent(net, places, values, mode)
    return "" if net.end in places else f"end: stops after {events[-1].activity}"


def _silent(net: Net, places: set[str], values: Values, mode: Mode) -> set[str]:
    """Places reached by silent steps."""
    return {
        t.target for t in net.transitions
        if t.silent and t.source in places and (not mode.guards or t.guard is None or t.guard(values, {}))
    }  # fmt: skip


MODES = {
    "order only": (False, Mode(guards=False)),
    "as published, elapsed hours": (False, Mode(guards=True)),
    "constants exchanged, elapsed hours": (True, Mode(guards=True)),
    "constants exchanged, civil days": (True, Mode(guards=True, civil=True)),
}


MEASURES = {"elapsed hours": False, "civil days": True}


def report(log: Path, model: Path) -> dict[str, Any]:
    nets = {swap: read_net(model, swap) for swap in (False, True)}
    cases = list(read_cases(log))
    fits = {}
    for name, (swap, mode) in MODES.items():
        reasons = Counter(replay(nets[swap], events, mode) for _, events in cases)
        fits[name] = {"fit": reasons.pop("", 0), "of": len(cases), "why_not": dict(reasons.most_common())}
    counts = {name: guard_counts(nets[False], cases, civil) for name, civil in MEASURES.items()}
    return {"constants": guard_report(nets[False], cases), "guards": counts, "fit": fits}


def told(found: dict[str, Any]) -> Iterator[str]:
    yield "Guards on a constant（守卫条件中的常量）"
    for row in found["constants"]:
        verdict = "CAN NEVER HOLD（永远不成立）" if row["dead"] else f"holds {row['holds']:,} times"
        seen = ", ".join(f"{value} {n:,}" for value, n in row["seen"].items())
        yield f"  {row['transition']:38} {row['guard']:22} {verdict}; the log writes {seen} at {'/'.join(row['after'])}"
    for measure, rows in found["guards"].items():
        yield f"Guards on activities, delays in {measure}（环节的守卫条件）"
        for name, row in rows.items():
            yield f"  {name:38}" + "".join(f"{word} {n:>8,}  " for word, n in row.items())
    yield "Cases that fit the model（符合模型的办件）"
    for name, row in found["fit"].items():
        yield f"  {name:36} {row['fit']:>8,} of {row['of']:,}"
        for reason, n in list(row["why_not"].items())[:8]:
            yield f"      {n:>8,}  {reason}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = report(arguments.log, arguments.model)
    print(json.dumps(found, ensure_ascii=False, indent=2) if arguments.json else "\n".join(told(found)))


if __name__ == "__main__":
    main()
