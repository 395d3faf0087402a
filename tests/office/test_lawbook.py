"""The lawbook's pages: procedures and their versions, the diagram, statutes, articles, indicators, comparison."""

from __future__ import annotations

import itertools
import re
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from fadu.book import load_book
from fadu.book.comparing import compare
from fadu.book.uses import uses
from fadu.law.dates import iso
from fadu.office.diagram import BOX, CHARACTER, LINE, PADDING, draw, wrapped
from fadu.store.models import Role
from fadu.texts import import_texts

BOOK = load_book()
ALL = [(each.code, iso(each.effective_day)) for each in BOOK.procedures]


@pytest.fixture
def page(town):
    client = Client()
    client.force_login(town.people[Role.HANDLER])
    return client


def shown(client, name, *args, status=200, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def procedure(code, on):
    return next(each for each in BOOK.versions(code) if iso(each.effective_day) == on)


# --- pages ---


def test_the_index_lists_every_procedure_with_its_versions(page, at):
    with at("2024-06-03 09:00"):
        text = shown(page, "lawbook")
    for code, on in ALL:
        assert reverse("lawbook-version", args=[code, on]) in text
    assert "依据法律的程序" in text and "依据地方性法规的程序" in text
    assert "今日没有生效的版本" in text  # 治安案件, of 2026


@pytest.mark.parametrize("code", sorted({code for code, _ in ALL}))
def test_every_procedure_shows_its_rules_with_their_articles(page, at, code):
    with at("2026-06-03 09:00"):
        text = shown(page, "lawbook-procedure", code)
    version = BOOK.versions(code)[-1]
    for rule in (*version.steps.values(), *version.clocks.values(), *version.duties.values()):
        assert rule.label in text
    for kind, rules in (("step", version.steps), ("clock", version.clocks), ("duty", version.duties)):
        ids = re.findall(rf'id="{kind}-([^"]+)"', text)
        assert ids == list(rules)
    for cite in (cite for step in version.steps.values() for cite in step.cites):
        statute = BOOK.statutes.get(cite.statute).short
        assert f"/lawbook/statutes/{quote(statute)}/" in text
        assert cite.formal() in text
    assert set(re.findall(r'href="#((?:step|clock)-[^"]+)"', text)) <= set(re.findall(r'id="([^"]+)"', text))
    for card in (card for card in BOOK.indicators.values() if card.procedure == code):
        assert card.label in text


def test_the_version_of_a_day_is_found_or_it_is_said_that_there_is_none(page, at):
    with at("2024-06-03 09:00"):
        found = page.get(reverse("lawbook-procedure", args=["reconsideration"]), {"on": "2023-05-04"})
        assert found["Location"] == reverse("lawbook-version", args=["reconsideration", "2018-01-01"])
        early = shown(page, "lawbook-procedure", "reconsideration", on="2001-01-01")
        assert "2001-01-01 没有生效的版本，下面是 2018-01-01 起施行的版本" in early
        wrong = shown(page, "lawbook-procedure", "reconsideration", on="昨天<b>")
        assert "“昨天&lt;b&gt;”不是日期；请写作 2024-02-07。下面是现在的版本" in wrong


@pytest.mark.parametrize(("name", "args"), [
    ("lawbook-procedure", ["nothing"]), ("lawbook-version", ["reconsideration", "2020-01-01"]),
    ("lawbook-compare", ["penalty"]), ("lawbook-compare", ["nothing"]), ("lawbook-statute", ["没有的法"]),
    ("lawbook-article", ["行政复议法", "999"]), ("lawbook-article", ["行政复议法", "不是条"]),
    ("lawbook-article", ["行政复议法", "民法典1"]), ("lawbook-indicator", ["nothing.here"]),
])  # fmt: skip
def test_what_is_not_there_is_not_found(page, name, args):
    assert "没有这一页" in shown(page, name, *args, status=404)


def test_nobody_reads_it_without_signing_in(town):
    assert Client().get(reverse("lawbook")).status_code == 302


def test_an_article_names_every_rule_that_rests_on_it(page):
    text = shown(page, "lawbook-article", "行政复议法", "62(1)")
    assert "引用的是第六十二条第一款" in text
    for label in ("复议决定", "延长审理期限", "简易程序不得延长", "法定期限内审结率"):
        assert label in text
    assert reverse("lawbook-version", args=["reconsideration", "2024-01-01"]) + "#clock-decide" in text
    assert "普通程序六十日内决定，经批准可延长至多三十日" in text


def test_every_article_cited_has_a_page(page):
    for (statute, article, _), found in list(uses(BOOK).items())[::23]:
        text = shown(page, "lawbook-article", statute, found[0].cite.locus)
        assert found[0].label in text, (statute, article)


def test_a_text_imported_meanwhile_is_shown_at_once(page, tmp_path, monkeypatch):
    monkeypatch.setenv("FADU_HOME", str(tmp_path / "home"))
    assert "没有导入法规文本" in shown(page, "lawbook-article", "行政复议法", "62")
    for words in ("条文的第一款。", "改正过的第一款。"):
        (tmp_path / "行政复议法(2023-09-01).md").write_text(f"第六十二条 {words}\n第二款。\n", encoding="utf-8")
        import_texts(tmp_path)
        text = shown(page, "lawbook-article", "行政复议法", "62")
        assert f'<blockquote class="article"><p>{words}</p>' in text
        assert "没有导入法规文本" not in text
    assert "已导入" in shown(page, "lawbook-statute", "行政复议法")


def test_statutes_list_the_articles_of_each_version_apart(page):
    assert "/lawbook/statutes/%E8%A1%8C" in shown(page, "lawbook-statutes")
    text = shown(page, "lawbook-statute", "行政复议法")
    new, old = text.index("2024-01-01 起施行的版本"), text.index("2018-01-01 起施行的版本")
    assert new < text.index("第六十二条") < old
    assert "3日、5日、7日、10日为工作日" in text


def test_an_indicator_shows_its_card_and_the_rule_it_reads(page):
    text = shown(page, "lawbook-indicator", "reconsideration.on_time")
    assert reverse("lawbook-version", args=["reconsideration", "2024-01-01"]) + "#clock-decide" in text
    assert "口径" in text and "卡片原文" in text and "`" not in text.split("卡片原文")[0].split("<main")[1]


# --- comparison ---


def test_two_versions_are_compared_article_by_article(page):
    text = shown(page, "lawbook-compare", "reconsideration")
    assert "2018-01-01 起施行</a> → <a" in text
    assert "<del>三十日" in text or "<del>六十日" in text
    assert text.index("《行政复议法》第三十条") < text.index("《行政复议法》第六十二条")
    turned = shown(page, "lawbook-compare", "reconsideration", **{"from": "2024-01-01", "to": "2018-01-01"})
    assert re.findall(r"<del>.*?</del>", turned) == re.findall(r"<del>.*?</del>", text)
    shown(page, "lawbook-compare", "reconsideration", status=404, **{"from": "1999-01-01"})


def test_a_version_compared_with_itself_has_no_changes():
    for version in BOOK.procedures:
        assert compare(version, version) == []


def test_a_changed_term_is_told_with_what_it_was():
    old, new = procedure("licence", "2019-04-23"), procedure("licence", "2024-11-29")
    states = {(change.kind, change.name): change.state for change in compare(old, new)}
    assert "added" in states.values()
    for (kind, name), state in states.items():
        sides = {"clock": (old.clocks, new.clocks), "duty": (old.duties, new.duties), "step": (old.steps, new.steps),
                 "field": (old.fields, new.fields)}[kind]  # fmt: skip
        assert (name in sides[0], name in sides[1]) == {"added": (False, True), "dropped": (True, False)}.get(
            state, (True, True)
        )


# --- diagram ---


@pytest.mark.parametrize(("code", "on"), ALL)
def test_nothing_in_a_diagram_overlaps(code, on):
    version = procedure(code, on)
    picture = draw(version)
    assert [box.step.name for box in picture.boxes] == list(version.steps)
    assert sorted(bar.clock.name for bar in picture.bars) == sorted(version.clocks)
    for place, box in enumerate(picture.boxes):
        assert box.x >= 0 and box.x + BOX <= picture.width and box.y >= 0 and box.y + box.height <= picture.steps_end
        for other in picture.boxes[place + 1 :]:
            apart = abs(box.x - other.x) >= BOX or box.y + box.height <= other.y or other.y + other.height <= box.y
            assert apart, (box.step.label, other.step.label)
        assert box.height == len(box.lines) * LINE + 2 * PADDING
        for _, words in box.lines:
            assert len(words) * 12 <= BOX - 4, words
    levels = sorted(bar.y for bar in picture.bars)
    assert all(later - earlier >= 30 for earlier, later in itertools.pairwise(levels))
    for bar in picture.bars:
        assert bar.y > picture.steps_end and bar.below + 9 < picture.height
        room = picture.width - bar.text_x if bar.anchor == "start" else bar.text_x
        assert min(len(bar.words) * CHARACTER, picture.width) <= room + 12 or bar.anchor == "end"


def test_steps_stand_behind_those_they_come_after():
    for code, on in ALL:
        version = procedure(code, on)
        picture = draw(version)
        column = {box.step.name: box.x for box in picture.boxes}
        back = sum(arrow.back for arrow in picture.arrows)
        against = sum(column[before] >= column[name] for name, step in version.steps.items() for before in step.after)
        assert against == back, code
        assert min(column[name] for name in version.openings) == min(column.values()), code


def test_a_label_is_wrapped_without_losing_a_character():
    for version in BOOK.procedures:
        for step in version.steps.values():
            assert "".join(wrapped(step.label)) == step.label
            assert not any(line.endswith("（") or line[0] in "、，）" for line in wrapped(step.label)), step.label
