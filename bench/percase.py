"""What judging one case costs in pure Python: the last day of a clock, and a whole case.

CPU microseconds a call, median (min–max) of rounds, on one thread; explanations are made on demand and measured apart.

    PYTHONPATH=src python bench/percase.py [--write]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from harness import machine, write_results

from fadu.book import load_book
from fadu.law.calendars import Calendar
from fadu.law.cases import Case, Event, History, fold
from fadu.law.clocks import compile_clock, counter, judge_clock
from fadu.law.dates import day_of
from fadu.law.explain import describe
from fadu.law.judge import Plan, compile_procedure, judge
from fadu.law.procedures import Clock, Pause, Procedure, Step, TermRule
from fadu.law.terms import Span, Term, Unit

ROUNDS = 15
SPANS = {
    "last day, 5 working days": Span(5, Unit.WORKING),
    "last day, 60 days, rolled": Span(60, Unit.CALENDAR, True),
    "last day, 3 months, rolled": Span(3, Unit.MONTH, True),
}
PLAIN = """receive 2024-02-07; accept 2024-02-19; assign 2024-02-19; send_copy 2024-02-22; copy_received 2024-02-26
    ; reply 2024-03-08; hear_opinions 2024-03-20; approve 2024-04-10; decide 2024-04-12; serve 2024-04-15"""
PAUSED = """receive 2024-02-07; accept 2024-02-19; assign 2024-02-19; send_copy 2024-02-22; copy_received 2024-02-26
    ; suspend 2024-03-01; resume 2024-03-11; extend 2024-04-22; approve 2024-05-10; decide 2024-05-12"""
AS_OF = day_of("2024-06-01")


def history(text: str) -> list[Event]:
    return [Event(step, day_of(day), officers=2) for step, day in (part.split() for part in text.split(";"))]


def microseconds(call: Callable[[], Any], seconds: float = 0.05) -> list[float]:
    """CPU microseconds a call, one figure a round."""
    number, spent = 1, 0.0
    while spent < seconds:
        number *= 2
        spent = _spent(call, number)
    return [_spent(call, number) / number * 1e6 for _ in range(ROUNDS)]


def _spent(call: Callable[[], Any], number: int) -> float:
    begun = time.process_time()
    for _ in range(number):
        call()
    return time.process_time() - begun


def paused_clock(span: Span, calendar: Calendar) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """One run with a pause, and a whole judgement of a procedure that has only that clock."""
    clock = Clock(
        "k", "k", ("start",), ("stop",), (TermRule(None, Term(60, "日", "六十日"), span),),
        pauses=(Pause("suspend", "resume", ""),),
    )  # fmt: skip
    steps = {name: Step(name, name, opens=name == "start") for name in ("start", "stop", "suspend", "resume")}
    events = history("start 2024-03-01; suspend 2024-03-11; resume 2024-03-21; stop 2024-05-06")
    plan = compile_procedure(Procedure("p", "p", "p", 0, steps, {"k": clock}, {}), calendar)
    compiled = compile_clock(clock, calendar, True, lambda _: None)
    known = History(events, {}, AS_OF)
    case = Case("1", "p", events)
    return lambda: judge_clock(compiled, known, []), lambda: judge(plan, case, AS_OF)


def cases(plan: Plan) -> dict[str, Callable[[], Any]]:
    calls: dict[str, Callable[[], Any]] = {}
    for name, text in (("plain", PLAIN), ("paused and extended", PAUSED)):
        case = Case("1", "reconsideration", history(text), {"track": "普通程序"})
        calls[f"fold, 10 events, {name}"] = lambda case=case: fold(case, plan.procedure, AS_OF)  # type: ignore[misc]
        calls[f"judge and findings, 10 events, {name}"] = lambda case=case: judge(plan, case, AS_OF).findings  # type: ignore[misc]
        calls[f"the same with every explanation, {name}"] = lambda case=case: describe(judge(plan, case, AS_OF))  # type: ignore[misc]
    return calls


def main(write: bool) -> None:
    book = load_book()
    plan = book.plan(book.procedure("reconsideration", day_of("2024-02-07")))
    calendar, start = plan.calendar, day_of("2024-02-07")
    counts = {name: counter(span, calendar) for name, span in SPANS.items()}
    calls: dict[str, Callable[[], Any]] = {
        name: lambda count=count: count(start, 0, 0) for name, count in counts.items()
    }
    run, alone = paused_clock(Span(60, Unit.CALENDAR, True), calendar)
    calls["run with a pause, judged"] = run
    calls["case of four events, one clock"] = alone
    calls |= cases(plan)
    print(f"reconsideration: {len(plan.procedure.clocks)} clocks, {len(plan.procedure.duties)} duties; CPU µs a call")
    found = {}
    for name, call in calls.items():
        values = microseconds(call)
        found[name] = {"median": round(median(values), 3), "min": round(min(values), 3), "max": round(max(values), 3)}
        print(f"  {name:<52} {median(values):8.2f} ({min(values):.2f}–{max(values):.2f})")
    if write:
        write_results("percase", {"name": "percase", "machine": machine(), "rounds": ROUNDS, "microseconds": found})


if __name__ == "__main__":
    main("--write" in sys.argv[1:])
