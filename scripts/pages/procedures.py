"""One page per procedure, all its versions: fields, steps, clocks, duties, what is untranslated, the articles cited."""

from __future__ import annotations

from collections.abc import Iterator

from fadu.book import Book
from fadu.book.telling import (
    clock_facts,
    day_source,
    duty_must,
    duty_when,
    field_default,
    field_values,
    procedure_facts,
    step_lawful,
    step_notes,
)
from fadu.book.wording import CERTAINTY, Wording, frequent, gist, joined, shorts
from fadu.law.dates import iso
from fadu.law.procedures import Clock, Duty, Procedure, Step
from pages.markdown import Pages, bullets, page, table

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
    other = (("日历", f"[{procedure.calendar}](../calendars.md)" if procedure.calendar != "CN" else ""),)
    yield bullets((*procedure_facts(procedure), *other))
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


def _fields(procedure: Procedure) -> str:
    rows = [(f"`{field.name}`", field.label, field_values(field), field_default(field))
            for field in procedure.fields.values()]  # fmt: skip
    return table(("字段", "名称", "取值", "默认"), rows)


def _steps(procedure: Procedure) -> Iterator[str]:
    wording = Wording(procedure, frequent(procedure))
    told = (f"*{name}*：{wording.steps(each for each in procedure.steps if each in steps)}均未发生。"
            for steps, name in wording.named.items())  # fmt: skip
    yield "\n".join(told)
    head = ("环节", "代码", "由谁", "何时可作", "说明", "依据")
    yield table(head, (_step(step, wording) for step in procedure.steps.values()))


def _step(step: Step, wording: Wording) -> tuple[str, ...]:
    return step.label, f"`{step.name}`", step.by, step_lawful(step, wording), step_notes(step), _source(step)


def _source(rule: Step | Clock | Duty) -> str:
    """Citations, row ids and certainty."""
    return "；".join(filter(None, (shorts(rule.cites), joined(rule.ids), CERTAINTY[rule.certainty])))


def _clock(clock: Clock, wording: Wording) -> str:
    facts = (
        *clock_facts(clock, wording),
        ("依据", _source(clock)),
        ("“日”与顺延的依据", shorts(clock.rule_cites) + day_source(clock)),
    )
    return f"#### {clock.label} `{clock.name}`\n\n{bullets(facts)}"


def _duties(wording: Wording) -> str:
    rows = [
        (duty.label, f"`{duty.name}`", duty_must(duty, wording), duty_when(duty, wording), duty.consequence,
         _source(duty))
        for duty in wording.procedure.duties.values()
    ]  # fmt: skip
    return table(("要求", "代码", "内容", "适用", "后果", "依据"), rows)


def _untranslated(procedure: Procedure) -> str:
    rows = ((shorts(left.cites), joined(left.ids), left.reason) for left in procedure.untranslated)
    return table(("条文", "编号", "为什么不译"), rows)


def _citations(book: Book, procedure: Procedure) -> str:
    cites = {cite: None for cite, _, _ in procedure.citations()}
    cites |= {cite: None for clock in procedure.clocks.values() for cite in clock.rule_cites}
    order = sorted(cites, key=lambda cite: (cite.statute != procedure.statute, cite))
    rows = ((cite.short, f"《{cite.statute}》{cite.formal_locus}", gist(cite, book, procedure.effective_day))
            for cite in order)  # fmt: skip
    return table(("引用", "正式写法", "要旨（本项目自己的话）"), rows)
