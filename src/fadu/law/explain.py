"""Why a clock ends when it ends and a rule stands as it stands: notes a clerk, a citizen and a court can read.

Nothing here decides anything. Notes are made on demand from what ``judge`` found, so that judging
stays fast; each carries its articles and how certain it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from fadu.law.calendars import Calendar, weekday
from fadu.law.cases import History
from fadu.law.citations import Citation
from fadu.law.clocks import Added, Run, State, last_day_with
from fadu.law.conditions import Condition, Name, walk
from fadu.law.dates import DEEMED_BIT, NO_MINUTE, chinese, date_of, day_of
from fadu.law.duties import DutyState, Verdict
from fadu.law.judge import Finding, Judgement, Plan
from fadu.law.procedures import Clock, Duty, Extension, Pause, Procedure, Step, TermRule
from fadu.law.terms import Span, Unit

CERTAINTY_WORDS = {"text": "法条", "secondary": "二手来源", "policy": "本地规定", "inferred": "推定"}
_WEEKDAYS = "一二三四五六日"
_COUNTED = {Unit.WORKING: "个工作日", Unit.CALENDAR: "日", Unit.MONTH: "日"}


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence, the articles it rests on, how certain it is, and what explains it further."""

    text: str
    cites: tuple[Citation, ...] = ()
    certainty: str = "text"
    notes: tuple[Note, ...] = ()


def lines(note: Note, depth: int = 0) -> Iterator[str]:
    """The note as indented lines of plain text; what is not read in the statute says so.

    >>> list(lines(Note("期限：五日", (Citation("行政复议法", 30, paragraph=1),), "inferred")))
    ['期限：五日（《行政复议法》第三十条第一款；推定）']
    """
    sources = ["、".join(dict.fromkeys(cite.formal() for cite in note.cites))] if note.cites else []
    if note.certainty != "text":
        sources.append(CERTAINTY_WORDS[note.certainty])
    yield "  " * depth + note.text + (f"（{'；'.join(sources)}）" if sources else "")
    for inner in note.notes:
        yield from lines(inner, depth + 1)


def explain_run(run: Run, history: History, plan: Plan) -> Note:
    """How the last day of ``run`` was counted, and how the run stands."""
    clock = run.clock
    parts = [_start(run, history, plan.procedure)]
    if run.span is None:
        parts.append(_unknown(clock, history, plan.procedure))
    else:
        parts.append(_term(run, run.span))
        parts += _counting(run, run.span, history, plan)
    parts += _outcome(run, history, plan)
    return Note(f"{clock.label}：{_headline(run, history)}", clock.cites, clock.certainty, tuple(parts))


def explain_duty(verdict: Verdict, history: History, plan: Plan) -> Note:
    """What the duty asks, and which event settles it."""
    duty, procedure = verdict.duty, plan.procedure
    parts = [Note(_demand(duty, procedure))]
    if verdict.state is DutyState.UNDETERMINED:
        parts.append(Note(_missing(duty.applies, history, procedure) or "有关环节没有记录所需的内容"))
    elif verdict.key is not None:
        parts.append(Note(f"依据：{_event(verdict.key, history, procedure)}"))
    if duty.consequence and verdict.state is not DutyState.MET:
        parts.append(Note(f"未履行的后果：{duty.consequence}", duty.cites, duty.certainty))
    return Note(f"{duty.label}：{verdict.state.label}", duty.cites, duty.certainty, tuple(parts))


def explain_finding(finding: Finding, judgement: Judgement) -> Note:
    """The finding, with the run or the duty it comes from explained."""
    history, plan, rule = judgement.history, judgement.plan, finding.rule
    if isinstance(rule, Clock):
        run = next(run for run in judgement.runs if run.clock is rule and run.start_day == finding.start)
        return explain_run(run, history, plan)
    return explain_duty(next(found for found in judgement.verdicts if found.duty is rule), history, plan)


def describe(judgement: Judgement) -> Note:
    """Where the case stands: state, findings, running clocks, next lawful steps with their articles."""
    history, procedure, step = judgement.history, judgement.plan.procedure, judgement.state
    state = "尚未开始" if step is None else f"{step.label}{'，已办结' if judgement.closed else ''}"
    parts = [Note("问题", notes=tuple(explain_finding(found, judgement) for found in judgement.findings))]
    parts.append(Note("计时中", notes=tuple(
        explain_run(run, history, judgement.plan) for run in judgement.running if not run.state.missed
    )))  # fmt: skip
    parts.append(Note("无法判断", notes=tuple(Note(rule.label, rule.cites) for rule in judgement.undetermined)))
    parts.append(Note("下一步可以", notes=tuple(_offer(step) for step in judgement.next_steps)))
    kept = tuple(part for part in parts if part.notes)
    return Note(f"{procedure.name}：截至{chinese(history.as_of)}，{state}", notes=kept)


def _offer(step: Step) -> Note:
    words = [step.label]
    words += [f"由{step.by}"] if step.by else []
    words += [f"须经{step.approved_by}批准"] if step.approved_by else []
    words += ["须说明理由"] if step.reason_required else []
    return Note("，".join(words), step.cites, step.certainty)


# What happened ------------------------------------------------------------------------------------


def _event(key: int, history: History, procedure: Procedure) -> str:
    """``2024年2月20日 受理``; a deemed step says that the law takes it for done."""
    if key & DEEMED_BIT:
        name = next((step for step, deemed in history.deemed if deemed == key), "")
        return f"{chinese(key >> 32)} 视为{procedure.steps[name].label if name else '发生'}"
    return f"{_moment(key)} {procedure.steps[history.event_at(key).step].label}"


def _moment(key: int) -> str:
    minute = key & NO_MINUTE
    clock = "" if minute == NO_MINUTE else f"{minute // 60}时{minute % 60:02d}分"
    return f"{chinese(key >> 32)}{clock}"


def _start(run: Run, history: History, procedure: Procedure) -> Note:
    event = _event(run.start, history, procedure)
    if run.span is not None and run.span.unit is Unit.HOUR:
        known = run.start & NO_MINUTE != NO_MINUTE
        return Note(f"起算：{event}，{'自该时刻起算' if known else '没有记录时刻'}")
    if run.span is not None and run.span.unit in (Unit.ANNUAL, Unit.DATED):
        return Note(f"起算：{event}")
    return Note(f"起算：{event}，当日不计入，自次日起算")


def _unknown(clock: Clock, history: History, procedure: Procedure) -> Note:
    for tree in (clock.applies, *(rule.when for rule in clock.terms), *_named_dates(clock)):
        missing = _missing(tree, history, procedure)
        if missing:
            return Note(f"期限无法确定：{missing}")
    return Note("期限无法确定")


def _named_dates(clock: Clock) -> Iterator[Name]:
    """The fields whose dates are the clock's last day."""
    return (Name(rule.span.field) for rule in clock.terms if rule.span.field)


def _missing(tree: Condition | None, history: History, procedure: Procedure) -> str:
    """The fields a condition reads and the case does not give."""
    names = [part.name for part in walk(tree) if isinstance(part, Name)] if tree else []
    unknown = [procedure.fields[name].label for name in dict.fromkeys(names) if history.fields.get(name) is None]
    return f"未填写{'、'.join(unknown)}" if unknown else ""


# The term and its days ----------------------------------------------------------------------------


def _term(run: Run, span: Span) -> Note:
    """The term in the statute's words, and why its days are what they are."""
    clock = run.clock
    rule = next((rule for rule in clock.terms if rule.span == span), clock.terms[0])
    name = "最短期间" if clock.minimum else "期限"
    text, cites, certainty = _unit(rule, span, clock)
    return Note(f"{name}：{rule.term.text}", clock.cites, clock.certainty, (Note(text, cites, certainty),))


def _unit(rule: TermRule, span: Span, clock: Clock) -> tuple[str, tuple[Citation, ...], str]:
    word, settled = rule.term.word, clock.rule_cites
    match span.unit:
        case Unit.WORKING if word == "工作日":
            return "条文写明工作日，不含法定休假日", clock.cites, clock.certainty
        case Unit.WORKING:
            return f"{rule.term.text}是工作日，不含法定休假日", settled, clock.unit_certainty
        case Unit.CALENDAR:
            if settled or clock.unit_certainty != "text":
                return f"{rule.term.text}按自然日计算，休息日计入", settled, clock.unit_certainty
            return f"条文没有另作解释，{rule.term.text}按自然日计算，休息日计入", (), "inferred"
        case Unit.MONTH:
            return "按月计算：到期月的对应日为末日，没有对应日的为该月最后一日", (), "text"
        case Unit.HOUR:
            return "按实际经过的时间计算，休息日不扣除", (), "text"
        case Unit.DATED:
            return "末日是文书载明的日期，不另行计算", clock.cites, clock.certainty
        case _:
            return "固定的日期，不因休息日顺延", clock.cites, clock.certainty


def _counting(run: Run, span: Span, history: History, plan: Plan) -> list[Note]:
    """The days passed over, what moved the last day, the roll, and whether the calendar is final."""
    clock, calendar = run.clock, plan.calendar
    if span.unit is Unit.HOUR or run.last_day is None:
        return []
    parts = _skipped(run.start_day, run.last_day, calendar) if span.unit is Unit.WORKING else []
    parts += _moves(run, span, history, plan)
    rolled = _roll(run, span, history, calendar)
    parts += [rolled] if rolled else []
    if calendar.provisional(run.last_day):
        year = date_of(run.last_day).year
        parts.append(Note(f"暂定：{year}年的放假安排尚未公布，只按法定节日推算，公布后重新计算", (), "inferred"))
    if clock.minimum and clock.beyond:
        parts.append(Note(f"须在期间届满之后：自{chinese(run.last_day)}起"))
    return parts


def _skipped(start: int, last: int, calendar: Calendar) -> list[Note]:
    """Rest days passed over, one line a holiday and one for the weekends; make-up days that count."""
    days = range(start + 1, last + 1)
    rest = [(calendar.name(day), day) for day in days if not calendar.is_working(day)]
    weekend = [day for name, day in rest if name in ("周六", "周日")]
    found = []
    for name, group in groupby((item for item in rest if item[1] not in weekend), key=lambda item: item[0]):
        holiday = [day for _, day in group]
        found.append(Note(f"{_span(holiday)} {name} {len(holiday)}天"))
    if weekend:
        found.append(Note(f"周六、周日 {len(weekend)}天：{'、'.join(_stretches(weekend))}"))
    made_up = [day for day in days if calendar.is_working(day) and calendar.name(day)]
    worked = [Note(f"{_short(day)}（周{_WEEKDAYS[weekday(day)]}）调休上班，计入") for day in made_up]
    parts = [Note(f"不计入的休息日共{len(rest)}天", notes=tuple(found))] if rest else []
    return [*parts, *worked]


def _short(day: int) -> str:
    value = date_of(day)
    return f"{value.month}月{value.day}日"


def _span(days: list[int]) -> str:
    """``2月10日至17日``."""
    first, last = date_of(days[0]), date_of(days[-1])
    if first == last:
        return _short(days[0])
    return f"{_short(days[0])}至{f'{last.day}日' if first.month == last.month else _short(days[-1])}"


def _stretches(days: list[int]) -> list[str]:
    """Consecutive days as one stretch."""
    groups = groupby(enumerate(days), key=lambda item: item[1] - item[0])
    return [_span([day for _, day in group]) for _, group in groups]


# What moved the last day --------------------------------------------------------------------------


def _moves(run: Run, span: Span, history: History, plan: Plan) -> list[Note]:
    """Every pause and extension, counted or not and why."""
    extension = run.clock.extension
    by_months = extension is not None and extension.span.unit is Unit.MONTH
    days = months = used = 0
    parts = []
    for added in run.added:
        last = last_day_with(run.start_day, span, months, days, plan.calendar)
        if added.kind == "pause":
            parts.append(_pause(run, added, span, last, history))
        elif extension:
            parts.append(_extension(extension, added, last, used, history))
            used += added.counted
        if added.counted and added.kind == "extend" and by_months:
            months += added.amount
        elif added.counted:
            days += added.amount
    if extension and not any(added.kind == "extend" for added in run.added):
        parts += [
            Note(f"{_event(key, history, plan.procedure)}：不具备延长的条件，不计", extension.cites)
            for key in history.keys.get(extension.step, ()) if run.start < key < (run.stop or key + 1)
        ]  # fmt: skip
    return parts


def _pause(run: Run, added: Added, span: Span, last: int, history: History) -> Note:
    begin = added.key >> 32
    rules = [rule for rule in run.clock.pauses if _covers(rule, added, history)]
    label = "、".join(dict.fromkeys(rule.label or "停止计时" for rule in rules)) or "停止计时"
    cites = tuple(dict.fromkeys(cite for rule in rules for cite in rule.cites))
    certainty = next((rule.certainty for rule in rules if rule.certainty != "text"), "text")
    if not added.counted:
        return Note(f"{label}自{chinese(begin)}起，此前期限已于{chinese(last)}届满，不影响期限", cites, certainty)
    open_still = run.stop is None and added.end == history.as_of and any(_open(rule, added, history) for rule in rules)
    until = f"截至{chinese(added.end)}尚未恢复" if open_still else f"至{chinese(added.end)}"
    return Note(
        f"{label}：自{chinese(begin)}次日起，{until}，扣除{added.amount}{_COUNTED[span.unit]}", cites, certainty
    )


def _covers(rule: Pause, added: Added, history: History) -> bool:
    """Whether a pause by this rule is part of the stretch ``added`` stands for."""
    for key in history.keys.get(rule.start, ()):
        resumed = history.next_after((rule.end,), key)
        if key >> 32 < added.end and (resumed is None or resumed >> 32 > added.key >> 32):
            return True
    return False


def _open(rule: Pause, added: Added, history: History) -> bool:
    """Whether a pause by this rule, begun in the stretch ``added``, has not been ended."""
    begun = [key for key in history.keys.get(rule.start, ()) if key >= added.key]
    return any(history.next_after((rule.end,), key) is None for key in begun)


def _extension(extension: Extension, added: Added, last: int, used: int, history: History) -> Note:
    unit = "个月" if extension.span.unit is Unit.MONTH else _COUNTED[extension.span.unit]
    day = chinese(added.key >> 32)
    if not added.counted:
        spent = used >= extension.times
        why = f"依法只能延长{extension.times}次" if spent else f"期限已于{chinese(last)}届满"
        return Note(f"{day}延长：{why}，不计", extension.cites)
    decided = history.event_at(added.key).days if extension.decided and not added.key & DEEMED_BIT else None
    cut = decided is not None and decided > added.amount
    over = f"（决定延长{decided}{unit}，依法至多{extension.term.text}）" if cut else ""
    return Note(f"{day}延长{added.amount}{unit}{over}", extension.cites)


def _roll(run: Run, span: Span, history: History, calendar: Calendar) -> Note | None:
    """The last day moved off a rest day, or left on one where the statute says so."""
    if span.unit is Unit.DATED:
        return _rolled(day_of(str(history.fields[span.field])), run, span, calendar)
    if span.unit not in (Unit.CALENDAR, Unit.MONTH):
        return None
    if run.clock.minimum and not run.clock.beyond:
        return None
    return _rolled(nominal_last_day(run, span, calendar), run, span, calendar)


def nominal_last_day(run: Run, span: Span, calendar: Calendar) -> int:
    """The last day before it rolls off a rest day, pauses and extensions counted in."""
    extension = run.clock.extension
    months = days = 0
    for added in run.added:
        if added.counted and added.kind == "extend" and extension and extension.span.unit is Unit.MONTH:
            months += added.amount
        elif added.counted:
            days += added.amount
    return last_day_with(run.start_day, Span(span.number, span.unit), months, days, calendar)


def _rolled(nominal: int, run: Run, span: Span, calendar: Calendar) -> Note | None:
    """That ``nominal`` is a rest day, and what follows from it."""
    if calendar.is_working(nominal):
        return None
    name, cites, certainty = calendar.name(nominal), run.clock.rule_cites, run.clock.rolls_certainty
    if not span.rolls:
        return Note(f"末日{chinese(nominal)}是{name}，不顺延", cites, certainty)
    return Note(f"末日{chinese(nominal)}是{name}，顺延至{chinese(calendar.roll(nominal))}", cites, certainty)


# How the run stands -------------------------------------------------------------------------------


def _headline(run: Run, history: History) -> str:
    if run.last_day is None:
        return run.state.label
    last = chinese(run.last_day)
    if run.clock.minimum:
        return f"不得早于{last}，{run.state.label}"
    if run.state is State.LATE and _late_by(run, history) > 0:
        return f"末日{last}，逾期{_late_by(run, history)}日"
    return f"末日{last}，{run.state.label}"


def _late_by(run: Run, history: History) -> int:
    """Days past the last lawful day; negative where it is not over."""
    end = history.as_of if run.stop is None else run.stop >> 32
    return 0 if run.last_day is None else end - run.last_day


def _outcome(run: Run, history: History, plan: Plan) -> list[Note]:
    parts = [Note(f"结果：{_result(run, history, plan)}")]
    lapse = run.clock.lapse
    if lapse and (run.state.overrun or run.state is State.RUNNING):
        when = "期限届满，" if run.state.overrun else "逾期的，"
        effect = lapse.consequence
        if lapse.deem:
            since = "自起算之日" if lapse.on_start else "于末日"
            effect = f"{since}视为{plan.procedure.steps[lapse.deem].label}{f'；{effect}' if effect else ''}"
        parts.append(Note(f"后果：{when}{effect}", lapse.cites, run.clock.certainty))
    return parts


def _result(run: Run, history: History, plan: Plan) -> str:
    done = None if run.stop is None else _event(run.stop, history, plan.procedure)
    today = chinese(history.as_of)
    match run.state:
        case State.KEPT | State.ENDED:
            return f"{done}，{run.state.label}"
        case State.EARLY:
            return f"{done}，早了{-_late_by(run, history)}日，{run.state.label}"
        case State.LATE if _late_by(run, history) > 0:
            return f"{done or f'截至{today}尚未办理'}，逾期{_late_by(run, history)}日"
        case State.LATE:
            return f"{done or f'截至{today}尚未办理'}，逾期"
        case State.LAPSED:
            return f"{f'至{done}' if done else f'截至{today}'}没有行使，期限届满，权利不再行使"
        case State.RUNNING:
            return f"截至{today}尚未办理，{_left(run, history, plan.calendar)}"
        case _:
            return f"{done or f'截至{today}尚未办理'}，{run.state.label}"


def _left(run: Run, history: History, calendar: Calendar) -> str:
    left = -_late_by(run, history)
    if run.clock.minimum:
        return "期间尚未届满" if left > 0 else "期间已经届满"
    if run.last_day is not None and run.span is not None and run.span.unit is Unit.WORKING:
        return f"还有{calendar.ordinal(run.last_day) - calendar.ordinal(history.as_of)}个工作日"
    return f"还有{left}日" if left else "今日是末日"


def _demand(duty: Duty, procedure: Procedure) -> str:
    """What the duty asks, in words."""

    def labels(steps: tuple[str, ...], joint: str = "或者") -> str:
        return joint.join(procedure.steps[step].label for step in steps)

    what = labels(duty.steps)
    match duty.verb:
        case "require" if duty.before:
            return f"要求：{labels(duty.before)}之前应当{what}"
        case "require" if duty.after:
            return f"要求：{labels(duty.after)}之后应当{what}"
        case "require":
            return f"要求：办结时应当已{what}"
        case "forbid" if duty.after:
            return f"要求：{labels(duty.after)}之后不得{what}"
        case "forbid":
            return f"要求：不得{what}"
        case "at_most":
            return f"要求：{labels(duty.steps, '、')}至多{duty.limit}次"
        case _:
            return f"要求：每次{labels(duty.steps, '、')}都应当符合：{duty.label}"
