"""法典: procedures and their versions, statutes and the articles cited, indicators, as the district has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from fadu.book import Book
from fadu.book.comparing import Change, compare
from fadu.book.telling import (
    FIGURES,
    clock_facts,
    day_source,
    duty_must,
    duty_when,
    field_default,
    field_values,
    indicator_facts,
    procedure_facts,
    rolling,
    step_lawful,
    step_notes,
    working_days,
)
from fadu.book.uses import KINDS, Use
from fadu.book.wording import Wording, frequent
from fadu.clock import today
from fadu.law.citations import Citation, parse_citation
from fadu.law.dates import day_of, iso
from fadu.law.errors import FaduError
from fadu.law.procedures import Clock, Duty, Procedure, Step
from fadu.law.statutes import AUTHORITIES, Statute, StatuteVersion
from fadu.office.articles import Cited, all_uses, article_href, cited_on, gists_of, text_of, texts, uses_of
from fadu.office.context import OfficeRequest
from fadu.office.diagram import Diagram, draw
from fadu.office.law_links import mark_of, use_href, version_href
from fadu.store.lawbook import book

STATES = {
    "added": ("新增", "ok"), "dropped": ("删去", "bad"), "changed": ("改变", "warn"), "moved": ("条号改变", "mute"),
}  # fmt: skip
RULES = {"clock": "时钟", "duty": "程序要求", "step": "环节", "field": "字段"}


@lru_cache(maxsize=64)
def _diagram_of(digest: str, code: str, effective: int) -> Diagram:
    return draw(next(each for each in book().versions(code) if each.effective_day == effective))


@require_GET
def lawbook(request: OfficeRequest) -> HttpResponse:
    """All procedures, by the rank of the statute they rest on."""
    found, day = book(), day_of(today())
    rows = [_summary(found, code, day) for code in found.codes]
    rows.sort(key=lambda row: AUTHORITIES.index(row["authority"]))
    groups = [(name, list(part)) for name, part in groupby(rows, key=lambda row: row["authority"])]
    marks = [mark_of(certainty) for certainty in ("text", "secondary", "policy", "inferred")]
    return render(request, "office/lawbook/index.html", {"groups": groups, "marks": marks, "here": "procedures"})


def _summary(found: Book, code: str, day: int) -> dict[str, Any]:
    versions = found.versions(code)
    binding = _in_force(found, code, day)
    shown = binding or versions[-1]
    return {
        "procedure": shown, "binding": binding, "authority": found.statutes.get(shown.statute).authority,
        "versions": [(iso(each.effective_day), each is binding) for each in versions],
    }  # fmt: skip


def _in_force(found: Book, code: str, day: int) -> Procedure | None:
    try:
        return found.procedure(code, day)
    except FaduError:
        return None


@require_GET
def procedure(request: OfficeRequest, code: str) -> HttpResponse:
    """The version in force today, or on the day asked for."""
    found, asked = _known(code), _day(request.GET.get("on"))
    day = day_of(today()) if asked is None else asked
    shown = _in_force(found, code, day)
    if shown is not None and asked is not None:
        return redirect(version_href(shown))
    missing = ""
    if shown is None:
        shown = found.versions(code)[0 if day < found.versions(code)[0].effective_day else -1]
        missing = f"{iso(day)} 没有生效的版本，下面是 {iso(shown.effective_day)} 起施行的版本"
    if request.GET.get("on") and asked is None:
        missing = f"“{request.GET['on'][:20]}”不是日期；请写作 2024-02-07。下面是现在的版本"
    return _version_page(request, shown, missing)


@require_GET
def version(request: OfficeRequest, code: str, on: str) -> HttpResponse:
    """One version, named by the day it took effect."""
    found = _known(code)
    shown = next((each for each in found.versions(code) if iso(each.effective_day) == on), None)
    if shown is None:
        raise Http404
    return _version_page(request, shown)


def _version_page(request: OfficeRequest, shown: Procedure, missing: str = "") -> HttpResponse:
    found, wording = book(), Wording(shown)
    versions = found.versions(shown.code)
    binding = _in_force(found, shown.code, day_of(today()))
    named = Wording(shown, frequent(shown))
    cards = [card for card in found.indicators.values() if card.procedure == shown.code]
    return render(request, "office/lawbook/procedure.html", {
        "procedure": shown, "missing": missing, "facts": procedure_facts(shown), "effective": iso(shown.effective_day),
        "diagram": _diagram_of(found.digest, shown.code, shown.effective_day),
        "versions": [(iso(each.effective_day), each is shown, each is binding) for each in versions],
        "pairs": [(iso(old.effective_day), iso(new.effective_day)) for old, new in pairwise(versions)],
        "statute": found.statutes.get(shown.statute),
        "named": [(name, named.steps(each for each in shown.steps if each in steps))
                  for steps, name in named.named.items()],
        "fields": [(each, field_values(each), field_default(each)) for each in shown.fields.values()],
        "steps": [(step, step_lawful(step, named), step_notes(step), *_source(shown, step))
                  for step in shown.steps.values()],
        "clocks": [_clock_row(shown, clock, wording) for clock in shown.clocks.values()],
        "duties": [(duty, duty_must(duty, wording), duty_when(duty, wording), *_source(shown, duty))
                   for duty in shown.duties.values()],
        "untranslated": [(cited_on(row.cites, shown.effective_day), row) for row in shown.untranslated],
        "documents": _documents(shown), "here": "procedures",
        "indicators": [(card, FIGURES[card.kind], _target(shown, card.subject, card.target)) for card in cards],
    })  # fmt: skip


def _source(shown: Procedure, rule: Step | Clock | Duty) -> tuple[list[Cited], Any]:
    return cited_on(rule.cites, shown.effective_day), mark_of(rule.certainty)


def _clock_row(shown: Procedure, clock: Clock, wording: Wording) -> dict[str, Any]:
    links, mark = _source(shown, clock)
    day = cited_on(clock.rule_cites, shown.effective_day)
    facts = clock_facts(clock, wording)
    return {"clock": clock, "facts": facts, "cites": links, "mark": mark, "day": day, "day_mark": day_source(clock)}


def _documents(shown: Procedure) -> list[tuple[str, str, list[Cited]]]:
    """Title, the steps it is made at, articles."""
    found, day = book(), shown.effective_day
    kept = [each for each in found.documents.templates.values()
            if each.procedure == shown.code and day in each.versions]  # fmt: skip
    return [
        (each.title, "、".join(shown.steps[step].label for step in each.steps if step in shown.steps),
         cited_on(each.cites, day))
        for each in kept
    ]  # fmt: skip


def _target(shown: Procedure, subject: str, target: str) -> str:
    """What an indicator reads, by its label in this version."""
    rule = shown.steps.get(target) if subject == "event" else shown.rule(target) if target else None
    return rule.label if rule else ""


@require_GET
def comparison(request: OfficeRequest, code: str) -> HttpResponse:
    """Two versions, article by article."""
    found = _known(code)
    versions = {iso(each.effective_day): each for each in found.versions(code)}
    dates = list(versions)
    if len(dates) < 2:
        raise Http404
    old, new = request.GET.get("from", dates[-2]), request.GET.get("to", dates[-1])
    if old not in versions or new not in versions:
        raise Http404
    old, new = sorted((old, new))
    changes = compare(versions[old], versions[new])
    return render(request, "office/lawbook/compare.html", {
        "procedure": versions[new], "old": old, "new": new, "dates": dates, "here": "procedures",
        "groups": list(_by_article(found, changes, versions[new], versions[old])),
        "counts": [(STATES[state], sum(change.state == state for change in changes)) for state in STATES],
    })  # fmt: skip


def _by_article(found: Book, changes: list[Change], new: Procedure, old: Procedure) -> Iterable[tuple[Any, list[Any]]]:
    """Changes under the article that bears them now, the procedure's own statute first; those of no article last."""
    def order(change: Change) -> tuple[bool, bool, Any]:
        article = change.article
        return article is None, bool(article and article.statute != new.statute), article or Citation("", 0)

    for article, part in groupby(sorted(changes, key=order), key=lambda change: change.article):
        link = cited_on([article], new.effective_day)[0] if article else None
        yield link, [
            {"change": change, "kind": RULES[change.kind], "state": STATES[change.state],
             "before": cited_on(change.before, old.effective_day),
             "after": cited_on(change.after, new.effective_day)}
            for change in part
        ]  # fmt: skip


# Statutes -----------------------------------------------------------------------------------------


@require_GET
def statutes(request: OfficeRequest) -> HttpResponse:
    """All statutes, by rank, with how many of their articles are cited."""
    found, cited = book(), all_uses()
    counts: dict[str, int] = {}
    for short, _, _ in cited:
        counts[short] = counts.get(short, 0) + 1
    rows = sorted(found.statutes, key=lambda each: (AUTHORITIES.index(each.authority), each.short))
    rows = [each for each in rows if each.authority != "foreign"]
    groups = [
        (name, [(each, [iso(version.effective) for version in each.versions], counts.get(each.short, 0))
                for each in part])
        for name, part in groupby(rows, key=lambda each: each.authority)
    ]  # fmt: skip
    return render(request, "office/lawbook/statutes.html", {"groups": groups, "here": "statutes"})


@require_GET
def statute(request: OfficeRequest, code: str) -> HttpResponse:
    """A statute: its versions, and the articles that the lawbook cites."""
    shown = _statute(code)
    versions = [_statute_version(shown, each) for each in shown.versions]
    return render(request, "office/lawbook/statute.html", {
        "statute": shown, "versions": versions, "parts": _by_version(shown), "here": "statutes",
        "repealed": iso(shown.repealed) if shown.repealed is not None else "",
    })  # fmt: skip


def _statute_version(shown: Statute, each: StatuteVersion) -> dict[str, Any]:
    library = texts()
    cites = [cite for cite in (each.interpretation, each.rolls_cite) if cite]
    return {
        "effective": iso(each.effective), "adopted": iso(each.adopted) if each.adopted is not None else "",
        "days": working_days(each), "rolls": rolling(each), "mark": mark_of(each.certainty),
        "cites": cited_on(cites, each.effective),
        "text": library is not None and library.of(shown, each) is not None,
    }  # fmt: skip


def _by_version(shown: Statute) -> list[tuple[str, list[Any]]]:
    """The articles cited, under the version they are in: the same number may be another article in the next."""
    found: dict[int, dict[Citation, list[Use]]] = {}
    for (short, number, inserted), part in all_uses().items():
        if short == shown.short:
            for use in part:
                cited = found.setdefault(_version_of(shown, use).effective, {})
                cited.setdefault(Citation(short, number, inserted), []).append(use)
    return [
        (iso(each.effective), [
            (cite, article_href(cite), each.gist(cite), _procedures(part))
            for cite, part in sorted(found[each.effective].items())
        ])
        for each in shown.versions if each.effective in found
    ]  # fmt: skip


def _version_of(shown: Statute, use: Use) -> StatuteVersion:
    """The version in force when the procedure's version took effect; for an indicator, and before all, the nearest."""
    if not use.version:
        return shown.versions[0]
    day = day_of(use.version)
    return next((each for each in shown.versions if each.effective <= day), shown.versions[-1])


def _procedures(part: list[Use]) -> list[tuple[str, str]]:
    """Name and code of the procedures among the uses."""
    return [(book().versions(code)[-1].name, code) for code in dict.fromkeys(use.procedure for use in part)]


@require_GET
def article(request: OfficeRequest, code: str, article: str) -> HttpResponse:
    """An article: its gists, its text where it was imported, and every rule that rests on it."""
    shown = _statute(code)
    try:
        cite = parse_citation(article, shown.short)
        if book().statutes.get(cite.statute) is not shown:
            raise Http404
    except FaduError as error:
        raise Http404 from error
    whole = Citation(shown.short, cite.article, cite.inserted)
    kept = uses_of(shown.short, cite.article, cite.inserted)
    versions = [(iso(each.effective), gists_of(each, whole), text_of(shown, each, whole)) for each in shown.versions]
    if not kept and not any(gists or text for _, gists, text in versions):
        raise Http404
    return render(request, "office/lawbook/article.html", {
        "statute": shown, "cite": whole, "narrow": cite if cite != whole else None, "versions": versions,
        "uses": list(_grouped(kept)), "here": "statutes", "imported": texts() is not None,
    })  # fmt: skip


def _grouped(kept: Sequence[Use]) -> Iterable[tuple[str, list[Any]]]:
    """Uses by procedure; of a rule that several versions have, each version once."""
    order = sorted(kept, key=lambda use: (book().codes.index(use.procedure), list(KINDS).index(use.kind)))
    for code, part in groupby(order, key=lambda use: use.procedure):
        rules: dict[tuple[str, str], list[Use]] = {}
        for use in part:
            rules.setdefault((use.kind, use.name or use.label), []).append(use)
        yield book().versions(code)[-1].name, [
            (KINDS[kind], found[-1].label, use_href(found[-1]),
             "、".join(dict.fromkeys(use.cite.formal_locus for use in found)),
             [(version, use_href(use)) for version, use in {use.version: use for use in found}.items() if version])
            for (kind, _), found in rules.items()
        ]  # fmt: skip


@require_GET
def indicator(request: OfficeRequest, name: str) -> HttpResponse:
    """An indicator's definition card (口径卡)."""
    found = book()
    card = found.indicators.get(name)
    if card is None:
        raise Http404
    owner = found.versions(card.procedure)[-1]
    kind = {"run": "clock", "duty": "duty", "event": "step"}.get(card.subject, "")
    return render(request, "office/lawbook/indicator.html", {
        "card": card, "procedure": owner, "here": "procedures", "mark": mark_of(card.certainty),
        "facts": [(fact, words.replace("`", "")) for fact, words in indicator_facts(found, card)],
        "cites": cited_on(card.cites, owner.effective_day),
        "rule": _target(owner, card.subject, card.target),
        "rule_href": version_href(owner, f"{kind}-{card.target}") if kind and card.target else "",
    })  # fmt: skip


def _known(code: str) -> Book:
    """The book, where it has the procedure. Raises ``Http404``."""
    found = book()
    if code not in found.codes:
        raise Http404
    return found


def _statute(code: str) -> Statute:
    try:
        return book().statutes.get(code)
    except FaduError as error:
        raise Http404 from error


def _day(text: str | None) -> int | None:
    try:
        return day_of(date.fromisoformat(text or ""))
    except ValueError:
        return None


urls: list[URLPattern] = [
    path("lawbook/", lawbook, name="lawbook"),
    path("lawbook/procedures/<slug:code>/", procedure, name="lawbook-procedure"),
    path("lawbook/procedures/<slug:code>/compare/", comparison, name="lawbook-compare"),
    path("lawbook/procedures/<slug:code>/<slug:on>/", version, name="lawbook-version"),
    path("lawbook/statutes/", statutes, name="lawbook-statutes"),
    path("lawbook/statutes/<str:code>/", statute, name="lawbook-statute"),
    path("lawbook/statutes/<str:code>/<str:article>/", article, name="lawbook-article"),
    path("lawbook/indicators/<str:name>/", indicator, name="lawbook-indicator"),
]
