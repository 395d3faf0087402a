"""Every article that a page names leads to its page."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from django.utils.safestring import mark_safe

from fadu.law.citations import Citation
from fadu.office.articles import NAMED, article_href, cited_on, linked
from fadu.store.lawbook import book
from fadu.store.models import Role


@pytest.fixture
def late(town, at):
    """Deemed to be accepted, and not decided in time: findings, overruns, explanations."""
    with at("2024-02-20 10:00"):
        made = town.reconsideration(date(2024, 2, 1))
    with at("2024-06-20 10:00"):
        yield made


def _bare(text: str) -> list[str]:
    """Articles named outside of links: those of a fold's head, which may hold no link, where no link says the same."""
    links = {unescape(words) for words in re.findall(r"<a [^>]*>([^<]*)</a>", text)}
    plain = re.sub(r"<(a|title|option)\b.*?</\1>", "", text, flags=re.DOTALL)
    heads = re.findall(r"<summary\b.*?</summary>", plain, flags=re.DOTALL)
    rest = re.sub(r"<summary\b.*?</summary>", "", plain, flags=re.DOTALL)
    named = {words for head in heads for words in NAMED.findall(unescape(re.sub("<[^>]*>", " ", head)))}
    return NAMED.findall(unescape(re.sub(r"<[^>]*>", " ", rest))) + sorted(named - links)


@pytest.mark.parametrize("page", [
    "", "cases/{case}/", "cases/{case}/print/", "registers/reconsideration/new/", "cases/{case}/?step=suspend",
    "cases/{case}/correct/1/", "lawbook/procedures/reconsideration/2024-01-01/", "lawbook/calculator/",
    "lawbook/procedures/reconsideration/compare/", "lawbook/indicators/reconsideration.on_time/",
])  # fmt: skip
def test_every_article_on_a_page_is_a_link(client, town, late, page):
    client.force_login(town.people[Role.LEGAL_OFFICER])
    text = client.get(f"/{page.format(case=late.pk)}").content.decode()
    assert _bare(text) == []
    if page in ("", "cases/{case}/", "registers/reconsideration/new/"):
        assert "/lawbook/statutes/" in text


def test_a_refusal_leads_to_the_articles_it_rests_on(client, town, late):
    client.force_login(town.people[Role.LEGAL_OFFICER])
    answer = client.post(f"/cases/{late.pk}/steps/decide/", {"on": "2024-06-20", "outcome": "维持", "look": "1"})
    assert answer.status_code == 200
    text = answer.content.decode()
    shown = text.partition('class="outlook"')[2].partition("</form>")[0]
    assert NAMED.search(unescape(shown)) and _bare(text) == []


def test_where_a_link_leads_there_is_a_page(client, town, late):
    client.force_login(town.people[Role.HANDLER])
    version = book().versions("reconsideration")[-1]
    rules = (*version.steps.values(), *version.clocks.values(), *version.duties.values())
    for one in dict.fromkeys(one for rule in rules for one in cited_on(rule.cites, version.effective_day)):
        assert one.href, one.words
        assert client.get(one.href).status_code == 200, one.words


@pytest.mark.django_db
def test_words_are_escaped_and_what_nobody_knows_stays_words():
    found = linked("<b>《行政复议法》第六十二条第一款</b>、《没有的法》第一条、《行政复议法》第九千条")
    assert found.startswith("&lt;b&gt;<a href=") and found.count("<a ") == 1
    assert "第六十二条第一款</a>&lt;/b&gt;" in found
    assert linked(mark_safe("<ul><li>《行政复议法》第三十条</li></ul>")).startswith("<ul><li><a ")
    assert article_href(Citation("没有的法", 1)) == "" == article_href(Citation("行政复议法", 9000))
