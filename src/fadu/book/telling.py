"""What a procedure's rules and an indicator's card say, as names and sentences: for pages, whoever writes them."""

from __future__ import annotations

from collections.abc import Iterable

from fadu.book import Book
from fadu.book.wording import ATTRIBUTES, CERTAINTY, KINDS, PARTY, Wording, joined, shorts, term
from fadu.law.citations import Citation
from fadu.law.dates import iso
from fadu.law.indicators import Indicator
from fadu.law.procedures import Clock, Duty, Field, Pause, Procedure, Step
from fadu.law.statutes import StatuteVersion

Facts = list[tuple[str, str]]
"""(name, words); only those with words."""

FIGURES = {"count": "计数", "rate": "比率", "quantile": "分位数", "sum": "合计", "mean": "平均"}
_SUBJECTS = {"run": "计时", "duty": "程序要求", "case": "办件", "event": "环节"}
_PERIODS = {
    "start": "起算日", "stop": "停止日", "last": "末日", "opened": "开始日", "closed": "办结日", "day": "发生日",
}  # fmt: skip
_DIRECTIONS = {"up": "越高越好", "down": "越低越好", "none": ""}


def procedure_facts(procedure: Procedure) -> Facts:
    """What is said of a version as a whole."""
    return _said((
        ("主要依据", f"《{procedure.statute}》"),
        ("不再适用", f"{iso(procedure.ends_day)} 起" if procedure.ends_day is not None else ""),
        ("性质", "地方政策，不是法律" if procedure.policy else ""),
        ("新旧衔接", _transition(procedure)),
        ("在末日当天开始的中止", "" if procedure.pause_on_last_day else "不影响期限"),
    ))  # fmt: skip


def _transition(procedure: Procedure) -> str:
    step = procedure.steps.get(procedure.transition_step)
    when = f"按“{step.label}”之日确定适用的版本，此前按办件开始之日" if step else "按办件开始之日确定适用的版本"
    notes = "；".join(filter(None, (CERTAINTY[procedure.transition_certainty], procedure.transition_note)))
    return when + (f"（{notes}）" if notes else "")


def field_values(field: Field) -> str:
    """What a field takes."""
    kind = joined(field.choices) if field.choices else KINDS[field.kind]
    return kind + (f"（{field.unit}）" if field.unit else "") + ("，进入日历" if field.appointment else "")


def field_default(field: Field) -> str:
    """What a field is where nothing is written."""
    if field.default is None:
        return "不写为未知"
    if isinstance(field.default, bool):
        return "是" if field.default else "否"
    return field.default if isinstance(field.default, str) else f"{field.default:g}"


def step_lawful(step: Step, wording: Wording) -> str:
    """When a step may be taken."""
    return "；".join(filter(None, (
        "可开始办件" if step.opens else "", f"在{wording.steps(step.after, '或')}之后" if step.after else "",
        wording.of(step.applies), "只一次" if step.once else "",
    )))  # fmt: skip


def step_notes(step: Step) -> str:
    """What a step does and what its record must say."""
    return "；".join(filter(None, (
        "办结" if step.closes else "", f"结果：{joined(step.outcomes)}" if step.outcomes else "",
        "须写理由" if step.reason_required else "", f"批准：{step.approved_by}" if step.approved_by else "",
        f"须记{joined(ATTRIBUTES[name] for name in step.needs)}" if step.needs else "",
        f"须持有效的行政执法证{_cited(step.credential)}" if step.credential else "",
        f"又名：{joined(step.aliases)}" if step.aliases else "", step.gist,
    )))  # fmt: skip


def clock_facts(clock: Clock, wording: Wording) -> Facts:
    """A clock, but for its own sources."""
    return _said((
        ("期限", clock_terms(clock, wording)),
        ("起算", f"每次{wording.steps(clock.starts, '或')}"),
        ("停止", wording.steps(clock.stops, "或")),
        ("谁的期限", PARTY[clock.party]),
        ("适用", wording.of(clock.applies)),
        ("适用时间", rule_dates(clock)),
        *(("不计入", _pause(pause, wording)) for pause in clock.pauses),
        ("可延长", _extension(clock, wording)),
        ("逾期", _lapse(clock, wording)),
    ))  # fmt: skip


def clock_terms(clock: Clock, wording: Wording) -> str:
    """The terms of a clock and when each binds."""
    least = "期满以后方可：" if clock.beyond else "不得少于 "
    terms = "；".join(term(rule, wording) for rule in clock.terms)
    shorten = f"；已{wording.steps([clock.shorten])}的可以缩短" if clock.shorten else ""
    return f"{least if clock.minimum else ''}{terms}{shorten}"


def day_source(clock: Clock) -> str:
    """How certain it is what a 日 is and that the last day rolls; the articles are ``rule_cites``."""
    mark = CERTAINTY[clock.rolls_certainty]
    rolls = f"；顺延为{mark}" if mark and any(rule.span.rolls for rule in clock.terms) else ""
    return _marked(clock.unit_certainty) + rolls


def rule_dates(rule: Clock | Duty) -> str:
    """From when to when a rule binds."""
    since = f"{iso(rule.since)} 起" if rule.since is not None else ""
    return since + (f"至 {iso(rule.until)} 前" if rule.until is not None else "")


def _pause(pause: Pause, wording: Wording) -> str:
    ends = f"{wording.steps([pause.start])}至{wording.steps([pause.end])}"
    return f"{pause.label}：{ends}{_cited(pause.cites)}{_marked(pause.certainty)}"


def _extension(clock: Clock, wording: Wording) -> str:
    extension = clock.extension
    if extension is None:
        return ""
    length = f"按决定的天数，不超过{extension.term.text}" if extension.decided else extension.term.text
    times = f"至多 {extension.times} 次" if extension.times > 1 else ""
    parts = (wording.steps([extension.step]), length, times, wording.of(extension.when))
    return "，".join(filter(None, parts)) + _cited(extension.cites)


def _lapse(clock: Clock, wording: Wording) -> str:
    lapse = clock.lapse
    if lapse is None:
        return ""
    start = "（自起算时视为）" if lapse.on_start else ""
    effects = (f"视为{wording.steps([lapse.deem])}{start}" if lapse.deem else "", lapse.consequence)
    return "；".join(filter(None, effects)) + _cited(lapse.cites)


def duty_must(duty: Duty, wording: Wording) -> str:
    """What a duty asks."""
    steps, before, after = (wording.steps(names, "或者") for names in (duty.steps, duty.before, duty.after))
    match duty.verb:
        case "require" if before:
            return f"{before}之前应当先有{steps}"
        case "require" if after:
            return f"{after}之后应当有{steps}"
        case "require":
            return f"办结前应当有{steps}"
        case "forbid" if after:
            return f"{after}之后不得{steps}"
        case "forbid":
            return f"不得{steps}"
        case "at_most":
            return f"{steps}至多 {duty.limit} 次"
        case _:
            text = wording.of(duty.must)
            return f"每次{steps}：{'写明理由' if text == '理由' else text}"


def duty_when(duty: Duty, wording: Wording) -> str:
    """When a duty binds."""
    return "；".join(filter(None, (wording.of(duty.applies), rule_dates(duty))))


def working_days(version: StatuteVersion) -> str:
    """Which 日 of a statute's version are working days."""
    party = version.working_days_party
    return str(version.working_days) + (f"（只对{PARTY[party]}的期限）" if party else "")


def rolling(version: StatuteVersion) -> str:
    """Whether a last day that is a rest day rolls."""
    return ("顺延" if version.rolls else "不顺延") + _marked(version.rolls_certainty)


def indicator_facts(book: Book, indicator: Indicator) -> Facts:
    """A definition card (口径卡), but for its sources."""
    wording = Wording(book.versions(indicator.procedure)[-1])
    return _said((
        ("口径", indicator.definition),
        ("类型", FIGURES[indicator.kind] + (f" {indicator.quantile:g}" if indicator.kind == "quantile" else "")),
        ("数的是", _counted(book, indicator)),
        ("总体", wording.of(indicator.population)),
        ("分子", wording.of(indicator.numerator)),
        ("分母", wording.of(indicator.denominator) or ("总体" if indicator.kind == "rate" else "")),
        ("取值", wording.name(indicator.value)),
        ("归期", _PERIODS[indicator.period_by]),
        ("单位", indicator.unit),
        ("方向", _DIRECTIONS[indicator.direction]),
        ("目标", "" if indicator.goal is None else f"{indicator.goal:g}"),
        ("最少件数", str(indicator.minimum_n) if indicator.minimum_n else ""),
        ("启用", iso(indicator.since) if indicator.since is not None else ""),
        ("别处的算法", joined(indicator.variants)),
    ))  # fmt: skip


def _counted(book: Book, indicator: Indicator) -> str:
    subject = _SUBJECTS[indicator.subject]
    for procedure in reversed(book.versions(indicator.procedure)):
        rule = procedure.rule(indicator.target) if indicator.target else None
        counted = procedure.steps.get(indicator.target) if indicator.subject == "event" else rule
        if counted:
            return f"{subject}“{counted.label}”（`{indicator.target}`）"
    return subject


def _said(pairs: Iterable[tuple[str, str]]) -> Facts:
    return [pair for pair in pairs if pair[1]]


def _marked(certainty: str) -> str:
    mark = CERTAINTY[certainty]
    return f"（{mark}）" if mark else ""


def _cited(cites: tuple[Citation, ...]) -> str:
    return f"〔{shorts(cites)}〕" if cites else ""
