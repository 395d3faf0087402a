"""``fadu law``: the lawbook on the command line: list, show, cite, check, import, coverage."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fadu.law.errors import FaduError

if TYPE_CHECKING:
    from fadu.book import Book
    from fadu.law.citations import Citation
    from fadu.law.procedures import Clock, Duty, Procedure, Step, TermRule
    from fadu.lawcheck import CheckReport
    from fadu.texts import TextLibrary

Facts = dict[str, Any]

VERBS = {"require": "应当", "forbid": "不得", "at_most": "至多", "must": "应当符合"}

lawbook_option = click.option("--lawbook", metavar="目录", help="法典文件夹；默认用随软件发布的法典")
texts_option = click.option("--texts", metavar="目录", help="法规文本文件夹；默认用已导入的文本")
json_option = click.option("--json", "as_json", is_flag=True, help="输出 JSON")
on_option = click.option("--on", "on", metavar="日期", help="以哪一天为准（2024-01-01）；默认今天")


class _LawGroup(click.Group):
    """Shows errors a user may see as messages, not as tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FaduError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_LawGroup, name="law", help="法典：程序、条文、核对")
def law() -> None:
    """The lawbook: procedures, citations, checks."""


@law.command(name="list", help="列出全部程序及其版本")
@lawbook_option
@json_option
def list_procedures(lawbook: str | None, as_json: bool) -> None:
    """Every procedure version, by code and date."""
    facts = [_summary(procedure) for procedure in _book(lawbook).procedures]
    _output(facts, _list_lines(facts), as_json)


@law.command(help="显示一个程序：环节、时钟、要求及其条文")
@click.argument("procedure", metavar="程序")
@on_option
@lawbook_option
@json_option
def show(procedure: str, on: str | None, lawbook: str | None, as_json: bool) -> None:
    """One procedure as of a day, by code or Chinese name."""
    facts = _procedure(_book(lawbook).procedure(procedure, _day(on)))
    _output(facts, _procedure_lines(facts), as_json)


@law.command(help="查一处引用：正式写法、要旨、版本、条文（如 行政复议法62(1)）")
@click.argument("text", metavar="引用", nargs=-1, required=True)
@on_option
@texts_option
@lawbook_option
@json_option
def cite(text: Sequence[str], on: str | None, texts: str | None, lawbook: str | None, as_json: bool) -> None:
    """What a citation says, in the version in force on a day."""
    from fadu.law.citations import parse_citation

    facts = _citation(parse_citation("".join(text)), _day(on), _book(lawbook), _library(texts))
    _output(facts, _citation_lines(facts), as_json)


@law.command(help="核对法典：引用、版本、要旨；有文本时核对条文与期限。有错时退出码为 1")
@texts_option
@lawbook_option
@json_option
def check(texts: str | None, lawbook: str | None, as_json: bool) -> None:
    """Check the lawbook against itself and against the texts."""
    from fadu.book import survey_book
    from fadu.lawcheck import check as check_book

    book, mistakes = survey_book(lawbook)
    report = check_book(book, _library(texts))
    faults = [str(mistake) for mistake in mistakes] + [str(fault) for fault in report.faults]
    facts = {
        "ok": not faults,
        "procedures": report.procedures,
        "citations": report.citations,
        "citations_in_text": report.citations_in_text,
        "terms_in_text": report.terms_in_text,
        "with_texts": report.with_texts,
        "faults": faults,
        "not_checked": [
            {"what": each.what, "name": each.name, "reason": each.reason, "count": each.count}
            for each in report.not_checked
        ],
    }
    _output(facts, _check_lines(report, faults), as_json)
    if faults:
        raise SystemExit(1)


@law.command(name="import", help="导入法规文本（.md 或 .txt，UTF-8），供显示条文和核对")
@click.argument("folder", metavar="目录")
@json_option
def import_command(folder: str, as_json: bool) -> None:
    """Keep parsed statute texts in the user's data folder."""
    from fadu.texts import import_texts

    report = import_texts(folder)
    facts = {
        "folder": report.folder,
        "imported": list(report.imported),
        "refused": [{"file": name, "reason": reason} for name, reason in report.refused],
    }
    lines = [f"已导入 {len(report.imported)} 部法规文本到 {report.folder}"]
    lines += [f"未导入：{name}：{reason}" for name, reason in report.refused]
    _output(facts, lines, as_json)


@law.command(help="对照 law.md：每一行译在何处、为何不译、是否缺失。缺 V 行时退出码为 1")
@click.option("--law-md", required=True, metavar="文件", help="法定事实手册 law.md")
@click.option("--out", metavar="文件", help="写入 Markdown 表格的文件；默认输出到屏幕")
@lawbook_option
@json_option
def coverage(law_md: str, out: str | None, lawbook: str | None, as_json: bool) -> None:
    """Which rows of law.md the lawbook translates."""
    from fadu.coverage import cover

    found = cover(law_md, _book(lawbook).procedures)
    if out:
        Path(out).write_text(found.markdown(), encoding="utf-8")
    facts = {
        "ok": found.ok,
        "rows": [
            {"id": row.id, "section": row.section, "stage": row.stage, "mark": row.mark, "where": found.where(row)}
            for row in found.rows
        ],
        "missing": [row.id for row in found.missing],
        "unknown": [name for name, _ in found.unknown],
    }
    lines = [found.summary()] if out else [found.markdown()]
    lines += [f"缺失：{row.id} {row.stage}" for row in found.missing]
    lines += [f"law.md 中没有的编号：{name}（{where}）" for name, where in found.unknown]
    _output(facts, lines, as_json)
    if not found.ok:
        raise SystemExit(1)


def _book(folder: str | None) -> Book:
    from fadu.book import load_book

    return load_book(folder)


def _library(folder: str | None) -> TextLibrary | None:
    """The texts of ``folder``, or those imported; None where there are none."""
    from fadu.texts import TextLibrary, load_imported

    if folder is None:
        return load_imported()
    if not Path(folder).is_dir():
        raise click.ClickException(f"没有这个文件夹：{folder}")
    return TextLibrary(folder)


def _day(text: str | None) -> int:
    from fadu.law.dates import day_of

    try:
        return day_of(text or date.today())
    except ValueError as error:
        raise click.ClickException(f"“{text}”不是日期；接受 2024-01-01 这样的写法") from error


def _output(facts: Any, lines: Iterable[str], as_json: bool) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


def _summary(procedure: Procedure) -> Facts:
    from fadu.law.dates import iso

    return {
        "code": procedure.code,
        "name": procedure.name,
        "statute": procedure.statute,
        "effective": iso(procedure.effective_day),
        "ends": iso(procedure.ends_day) if procedure.ends_day is not None else None,
        "policy": procedure.policy,
        "steps": len(procedure.steps),
        "clocks": len(procedure.clocks),
        "duties": len(procedure.duties),
        "untranslated": len(procedure.untranslated),
    }


def _list_lines(facts: Sequence[Facts]) -> list[str]:
    lines = [f"共 {len({each['code'] for each in facts})} 种程序，{len(facts)} 个版本："]
    for each in facts:
        ends = f"至 {each['ends']} " if each["ends"] else ""
        policy = "（地方政策）" if each["policy"] else ""
        lines.append(
            f"{each['code']}  {each['name']}{policy}  {each['effective']} 起 {ends}《{each['statute']}》  "
            f"环节 {each['steps']}，时钟 {each['clocks']}，要求 {each['duties']}，未译 {each['untranslated']}"
        )
    return lines


def _procedure(procedure: Procedure) -> Facts:
    return {
        **_summary(procedure),
        "notes": procedure.notes,
        "steps": [_step(step) for step in procedure.steps.values()],
        "clocks": [_clock(clock) for clock in procedure.clocks.values()],
        "duties": [_duty(duty) for duty in procedure.duties.values()],
        "untranslated": [
            {"id": list(left.ids), "cite": _shorts(left.cites), "reason": left.reason}
            for left in procedure.untranslated
        ],
        "file": str(procedure.place),
    }


def _shorts(cites: Iterable[Citation]) -> list[str]:
    return [citation.short for citation in cites]


def _rule(rule: Step | Clock | Duty) -> Facts:
    return {
        "name": rule.name,
        "label": rule.label,
        "id": list(rule.ids),
        "cite": _shorts(rule.cites),
        "certainty": rule.certainty,
    }


def _step(step: Step) -> Facts:
    return {**_rule(step), "by": step.by, "opens": step.opens, "closes": step.closes, "after": list(step.after)}


def _clock(clock: Clock) -> Facts:
    return {
        **_rule(clock),
        "party": clock.party,
        "start": list(clock.starts),
        "stop": list(clock.stops),
        "minimum": clock.minimum,
        "terms": [_term(rule) for rule in clock.terms],
        "pause": [{"from": pause.start, "to": pause.end, "cite": _shorts(pause.cites)} for pause in clock.pauses],
        "extend": clock.extension and {
            "step": clock.extension.step,
            "at_most": clock.extension.term.text,
            "times": clock.extension.times,
            "cite": _shorts(clock.extension.cites),
        },
        "lapse": clock.lapse and {
            "deem": clock.lapse.deem,
            "consequence": clock.lapse.consequence,
            "cite": _shorts(clock.lapse.cites),
        },
    }  # fmt: skip


def _term(rule: TermRule) -> Facts:
    unit = rule.span.unit.label
    return {"term": rule.term.text, "unit": unit, "rolls": rule.span.rolls, "conditional": rule.when is not None}


def _duty(duty: Duty) -> Facts:
    return {
        **_rule(duty),
        "verb": duty.verb,
        "steps": list(duty.steps),
        "before": list(duty.before),
        "after": list(duty.after),
        "limit": duty.limit,
        "consequence": duty.consequence,
    }


def _tail(facts: Facts) -> str:
    """Citations, row ids and certainty at the end of a line."""
    parts = ["、".join(facts["cite"]), "、".join(facts["id"]), _certainty(facts.get("certainty", "text"))]
    shown = "  ".join(part for part in parts if part)
    return f"  〔{shown}〕" if shown else ""


def _certainty(word: str) -> str:
    """How certain, where it is not the text of the statute itself."""
    from fadu.law.explain import CERTAINTY_WORDS

    return "" if word == "text" else CERTAINTY_WORDS[word]


def _cited(facts: Facts) -> str:
    """Citations only, at the end of a line."""
    return _tail({"cite": facts["cite"], "id": []})


def _procedure_lines(facts: Facts) -> list[str]:
    labels = {step["name"]: step["label"] for step in facts["steps"]}
    lines = [f"{facts['name']}（{facts['code']}）  {facts['effective']} 起  《{facts['statute']}》"]
    lines += [facts["notes"].strip()] if facts["notes"].strip() else []
    lines += ["", "环节"]
    for step in facts["steps"]:
        role = "起" if step["opens"] else "止" if step["closes"] else "　"
        by = f"（{step['by']}）" if step["by"] else ""
        lines.append(f"  {role} {step['label']}{by}{_tail(step)}")
    lines += ["", "时钟"]
    for clock in facts["clocks"]:
        lines += _clock_lines(clock, labels)
    lines += ["", "要求"]
    for duty in facts["duties"]:
        lines.append(f"  {duty['label']}：{_duty_words(duty, labels)}{_tail(duty)}")
    if facts["untranslated"]:
        lines += ["", "未译"]
        lines += [f"  {'、'.join(left['id'])} {left['reason']}{_cited(left)}" for left in facts["untranslated"]]
    return lines


def _named(names: Iterable[str], labels: dict[str, str]) -> str:
    return "、".join(labels.get(name, name) for name in names)


def _clock_lines(clock: Facts, labels: dict[str, str]) -> list[str]:
    terms = "；".join(
        f"{each['term']}（{each['unit']}{'，末日顺延' if each['rolls'] else ''}）" for each in clock["terms"]
    )
    least = "不少于 " if clock["minimum"] else ""
    span = f"{_named(clock['start'], labels)} → {_named(clock['stop'], labels)}"
    lines = [f"  {clock['label']}：{least}{terms}  {span}{_tail(clock)}"]
    for pause in clock["pause"]:
        ends = _named([pause["from"], pause["to"]], labels).replace("、", " 至 ", 1)
        lines.append(f"      不计入：{ends}{_cited(pause)}")
    if extend := clock["extend"]:
        times = f"，最多 {extend['times']} 次" if extend["times"] > 1 else ""
        step = _named([extend["step"]], labels)
        lines.append(f"      可延长：{step}，不超过 {extend['at_most']}{times}{_cited(extend)}")
    if lapse := clock["lapse"]:
        effect = f"视为 {_named([lapse['deem']], labels)}" if lapse["deem"] else lapse["consequence"]
        lines.append(f"      逾期：{effect}{_cited(lapse)}")
    return lines


def _duty_words(duty: Facts, labels: dict[str, str]) -> str:
    words = f"{VERBS.get(duty['verb'], duty['verb'])}：{_named(duty['steps'], labels)}"
    if duty["verb"] == "at_most":
        words += f" {duty['limit']} 次"
    if duty["before"]:
        words += f"，在 {_named(duty['before'], labels)} 之前"
    if duty["after"]:
        words += f"，在 {_named(duty['after'], labels)} 之后"
    return words


def _citation(citation: Citation, day: int, book: Book, library: TextLibrary | None) -> Facts:
    """Everything known about a citation on a day."""
    from fadu.law.dates import iso

    statute = book.statutes.get(citation.statute)
    version = statute.version_on(day)
    text = library.of(statute, version) if library is not None else None
    stems = "、".join(statute.text_stems(version)) or statute.short
    reason = f"没有导入文本 {stems}；可运行 fadu law import" if text is None else text.missing(citation)
    return {
        "citation": f"{statute.short}{citation.locus}",
        "formal": citation.formal(statute.title),
        "authority": statute.authority,
        "gist": version.gist(citation),
        "effective": iso(version.effective),
        "on": iso(day),
        "certainty": version.certainty,
        "working_days": str(version.working_days),
        "text": text.find(citation) if text is not None else None,
        "no_text": reason,
        "exists": text.has(citation) if text is not None else None,
    }


def _citation_lines(facts: Facts) -> list[str]:
    note = _certainty(facts["certainty"])
    certainty = f"，{note}" if note else ""
    text = facts["text"] or f"（{facts['no_text']}）"
    return [
        facts["formal"],
        f"简写：{facts['citation']}",
        f"版本：{facts['effective']} 起施行（以 {facts['on']} 为准）{certainty}；{facts['working_days']}",
        f"要旨：{facts['gist'] or '（法典中没有写）'}",
        f"条文：{text}",
    ]


def _check_lines(report: CheckReport, faults: Sequence[str]) -> list[str]:
    lines = list(faults)
    lines.append(f"{report.procedures} 个程序版本，{report.citations} 处引用，{len(faults)} 处错误。")
    if not report.with_texts:
        lines.append("没有法规文本，未核对条文和期限；可运行 fadu law import 目录，或加 --texts 目录。")
        return lines
    lines.append(f"与文本核对：引用 {report.citations_in_text} 处，期限 {report.terms_in_text} 处。")
    if report.not_checked:
        lines.append(f"未核对 {sum(each.count for each in report.not_checked)} 处：")
        lines += [f"  {each.what} {each.name}：{each.reason}（{each.count} 处）" for each in report.not_checked]
    return lines
