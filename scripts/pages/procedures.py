"""One page per procedure, all its versions: fields, steps, clocks, duties, what is untranslated, the articles cited."""

from __future__ import annotations

from collections.abc import Iterator

from fadu.book import Book
from fadu.law.citations import Citation
from fadu.law.dates import iso
from fadu.law.procedures import Clock, Duty, Pause, Procedure, Step
from pages import words
from pages.markdown import Pages, bullets, joined, page, table
from pages.words import Wording

FOLDER = "reference/procedures"


def procedure_pages(book: Book) -> Pages:
    """The index and the pages."""
    pages = {f"{FOLDER}/README.md": _index(book)}
    for code in book.codes:
        pages[f"{FOLDER}/{code}.md"] = _page(book, code)
    return pages


def _index(book: Book) -> str:
    rows = []
    for code in book.codes:
        versions = book.versions(code)
        last = versions[-1]
        dates = joined(iso(version.effective_day) for version in versions)
        counts = (str(len(part)) for part in (last.steps, last.clocks, last.duties, last.untranslated))
        policy = "（地方政策）" if last.policy else ""
        rows.append((f"[{last.name}]({code}.md){policy}", f"`{code}`", f"《{last.statute}》", dates, *counts))
    head = ("程序", "代码", "依据", "版本（施行日）", "环节", "时钟", "要求", "未译")
    note = "环节、时钟、要求、未译的数目是最近一个版本的。每个程序一页，各版本依次列出。"
    return page("程序", note, table(head, rows))


def _page(book: Book, code: str) -> str:
    versions = book.versions(code)
    name = versions[-1].name
    listed = joined(f"[{iso(each.effective_day)} 起](#{iso(each.effective_day)}-起施行)" for each in versions)
    intro = f"代码 `{code}`。版本：{listed}。在命令行上：`fadu law show {code}`。"
    return page(name, intro, *(block for version in versions for block in _version(book, version)))


def _version(book: Book, procedure: Procedure) -> Iterator[str]:
    yield f"## {iso(procedure.effective_day)} 起施行"
    yield bullets((
        ("主要依据", f"《{procedure.statute}》"),
        ("不再适用", f"{iso(procedure.ends_day)} 起" if procedure.ends_day is not None else ""),
        ("性质", "地方政策，不是法律" if procedure.policy else ""),
        ("新旧衔接", _transition(procedure)),
        ("在末日当天开始的中止", "" if procedure.pause_on_last_day else "不影响期限"),
        ("日历", f"[{procedure.calendar}](../calendars.md)" if procedure.calendar != "CN" else ""),
    ))  # fmt: skip
    yield procedure.notes.strip()
    wording = Wording(procedure)
    yield from _part("字段", _fields(procedure))
    yield from _part("环节", *_steps(procedure))
    yield from _part("时钟", *(_clock(clock, wording) for clock in procedure.clocks.values()))
    yield from _part("程序要求", _duties(wording))
    yield from _part("未译", _untranslated(procedure))
    yield from _part("引用的条文", _citations(book, procedure))


def _part(title: str, *blocks: str) -> Iterator[str]:
    if any(blocks):
        yield f"### {title}"
        yield from blocks


def _transition(procedure: Procedure) -> str:
    step = procedure.steps.get(procedure.transition_step)
    when = f"按“{step.label}”之日确定适用的版本，此前按办件开始之日" if step else "按办件开始之日确定适用的版本"
    certainty = words.CERTAINTY[procedure.transition_certainty]
    notes = "；".join(text for text in (certainty, procedure.transition_note) if text)
    return when + (f"（{notes}）" if notes else "")


def _fields(procedure: Procedure) -> str:
    rows = []
    for field in procedure.fields.values():
        kind = joined(field.choices) if field.choices else words.KINDS[field.kind]
        unit = f"（{field.unit}）" if field.unit else ""
        rows.append((f"`{field.name}`", field.label, kind + unit, _default(field.default)))
    return table(("字段", "名称", "取值", "默认"), rows)


def _default(value: bool | float | str | None) -> str:
    if value is None:
        return "不写为未知"
    if isinstance(value, bool):
        return "是" if value else "否"
    return value if isinstance(value, str) else f"{value:g}"


def _steps(procedure: Procedure) -> Iterator[str]:
    wording = Wording(procedure, words.frequent(procedure))
    told = (f"*{name}*：{wording.steps(each for each in procedure.steps if each in steps)}均未发生。"
            for steps, name in wording.named.items())  # fmt: skip
    yield "\n".join(told)
    head = ("环节", "代码", "由谁", "何时可作", "说明", "依据")
    yield table(head, (_step(step, wording) for step in procedure.steps.values()))


def _step(step: Step, wording: Wording) -> tuple[str, ...]:
    lawful = "；".join(filter(None, (
        "可开始办件" if step.opens else "", f"在{wording.steps(step.after, '或')}之后" if step.after else "",
        wording.of(step.applies), "只一次" if step.once else "",
    )))  # fmt: skip
    notes = "；".join(filter(None, (
        "办结" if step.closes else "", f"结果：{joined(step.outcomes)}" if step.outcomes else "",
        "须写理由" if step.reason_required else "", f"批准：{step.approved_by}" if step.approved_by else "",
        f"须记 {joined(step.needs)}" if step.needs else "",
        f"又名：{joined(step.aliases)}" if step.aliases else "", step.gist,
    )))  # fmt: skip
    return step.label, f"`{step.name}`", step.by, lawful, notes, _source(step)


def _source(rule: Step | Clock | Duty) -> str:
    """Citations, row ids and certainty."""
    return "；".join(filter(None, (words.shorts(rule.cites), joined(rule.ids), words.CERTAINTY[rule.certainty])))


def _clock(clock: Clock, wording: Wording) -> str:
    least = "期满以后方可：" if clock.beyond else "不得少于 "
    terms = "；".join(words.term(rule, wording) for rule in clock.terms)
    shorten = f"；已{wording.steps([clock.shorten])}的可以缩短" if clock.shorten else ""
    facts = (
        ("期限", f"{least if clock.minimum else ''}{terms}{shorten}"),
        ("起算", f"每次{wording.steps(clock.starts, '或')}"),
        ("停止", wording.steps(clock.stops, "或")),
        ("谁的期限", words.PARTY[clock.party]),
        ("适用", wording.of(clock.applies)),
        ("适用时间", _since(clock)),
        *(("不计入", _pause(pause, wording)) for pause in clock.pauses),
        ("可延长", _extension(clock, wording)),
        ("逾期", _lapse(clock, wording)),
        ("依据", _source(clock)),
        ("“日”与顺延的依据", words.shorts(clock.rule_cites) + _marked(clock.unit_certainty) + _rolls(clock)),
    )  # fmt: skip
    return f"#### {clock.label} `{clock.name}`\n\n{bullets(facts)}"


def _pause(pause: Pause, wording: Wording) -> str:
    ends = f"{wording.steps([pause.start])}至{wording.steps([pause.end])}"
    return f"{pause.label}：{ends}{_cited(pause.cites)}{_marked(pause.certainty)}"


def _marked(certainty: str) -> str:
    mark = words.CERTAINTY[certainty]
    return f"（{mark}）" if mark else ""


def _rolls(clock: Clock) -> str:
    mark = words.CERTAINTY[clock.rolls_certainty]
    return f"；顺延为{mark}" if mark and any(rule.span.rolls for rule in clock.terms) else ""


def _cited(cites: tuple[Citation, ...]) -> str:
    return f"〔{words.shorts(cites)}〕" if cites else ""


def _since(rule: Clock | Duty) -> str:
    since = f"{iso(rule.since)} 起" if rule.since is not None else ""
    return since + (f"至 {iso(rule.until)} 前" if rule.until is not None else "")


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


def _duties(wording: Wording) -> str:
    rows = []
    for duty in wording.procedure.duties.values():
        when = "；".join(filter(None, (wording.of(duty.applies), _since(duty))))
        rows.append((duty.label, f"`{duty.name}`", _must(duty, wording), when, duty.consequence, _source(duty)))
    return table(("要求", "代码", "内容", "适用", "后果", "依据"), rows)


def _must(duty: Duty, wording: Wording) -> str:
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


def _untranslated(procedure: Procedure) -> str:
    rows = ((words.shorts(left.cites), joined(left.ids), left.reason) for left in procedure.untranslated)
    return table(("条文", "编号", "为什么不译"), rows)


def _citations(book: Book, procedure: Procedure) -> str:
    cites = {cite: None for cite, _, _ in procedure.citations()}
    cites |= {cite: None for clock in procedure.clocks.values() for cite in clock.rule_cites}
    order = sorted(cites, key=lambda cite: (cite.statute != procedure.statute, cite))
    rows = ((cite.short, f"《{cite.statute}》{cite.formal_locus}", words.gist(cite, book, procedure.effective_day))
            for cite in order)  # fmt: skip
    return table(("引用", "正式写法", "要旨（本项目自己的话）"), rows)
