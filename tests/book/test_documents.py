"""Templates of documents: what ships is read; each mistake is refused at its line, in words that say what is accepted.

The first line of every file in ``bad/documents`` says on which line the mistake is found and with which words.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from fadu.book import SHIPPED, Book, load_book
from fadu.book.documents import (
    _BLOCKS,
    _FILE,
    _SCOPE,
    Documents,
    DocumentTemplate,
    Shared,
    load_documents,
    read_roles,
    read_shared,
    read_template,
    survey_documents,
)
from fadu.book.places import (
    CASE_FACTS,
    CLOCK_FACTS,
    DISTRICT_FACTS,
    EVENT_FACTS,
    PAPER_FACTS,
    PARTY_FACTS,
    UNIT_FACTS,
    Article,
    Ask,
    Role,
    Slot,
)
from fadu.law.dates import day_of
from fadu.law.errors import LawbookError

BAD = sorted((Path(__file__).parent / "bad" / "documents").glob("*.yaml"))
GOOD = """\
title: 行政复议申请受理通知书
steps: [accept, receive]
versions: 2024-01-01
when: outcome(decide) == "维持"
number: 复受字
issuer: "{{ 区.政府 }}"
addressee: "{{ 申请人.名称 }}、{{ 第三人.名称 }}"
red_head: true
seal: false
approved_by: "{{ 单位.负责人 }}"
copies_to: 某局
remarks: [甲, "{{ note }}"]
attachments: 清单
cite: [30(1), 行政诉讼法45]
certainty: inferred
note: 说明
ask:
  note: {label: 附注, optional: true, hint: 可以不填}
  way: {label: 方式, choices: [当面, 邮寄]}
body:
  - 依照{{ 条文.62(1) }}、{{条文.实施条例34(3)}}，至{{ 时钟.decide.末日 }}，{{ amount }}元（{{ amount.大写 }}）。
  - {flush: 顶格, when: way == "当面" and track == "普通程序", since: 2024-02-01, until: 2025-01-01}
  - {heading: 标题, level: 2, versions: 2024-01-01}
  - {table: {widths: [1, 2], rows: [[甲, "{{ 环节.receive.日期 }}"], [乙]], header: true}}
  - {clause: 救济, when: not prerequisite}
"""


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book()


@pytest.fixture(scope="module")
def shared(book: Book) -> Shared:
    return read_shared(SHIPPED / "documents", book.procedures, book.statutes)


@pytest.fixture(scope="module")
def documents(book: Book) -> Documents:
    return load_documents(SHIPPED, book.procedures, book.statutes)


@pytest.fixture(scope="module")
def good(book: Book, shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> DocumentTemplate:
    path = tmp_path_factory.mktemp("good") / "reconsideration" / "acceptance.yaml"
    path.parent.mkdir()
    path.write_text(GOOD, encoding="utf-8")
    return read_template(path, book.procedures, shared)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_mistakes_are_refused_where_they_stand(path: Path, book: Book, shared: Shared, tmp_path: Path) -> None:
    line, _, words = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").partition(" ")
    copied = tmp_path / "penalty" / path.name
    copied.parent.mkdir()
    shutil.copy(path, copied)
    with pytest.raises(LawbookError) as caught:
        read_template(copied, book.procedures, shared)
    assert str(caught.value).startswith(f"{copied}:{line}: "), str(caught.value)
    assert words in caught.value.message


def test_the_file_they_are_made_from_is_good(book: Book, shared: Shared, tmp_path: Path) -> None:
    """Each bad file has one mistake: the good one they differ from is read."""
    path = tmp_path / "penalty" / "notice.yaml"
    path.parent.mkdir()
    text = next(each for each in BAD if each.stem == "number-not-words").read_text(encoding="utf-8")
    path.write_text(text.replace("number: PEN-1", "number: 罚告字"), encoding="utf-8")
    assert read_template(path, book.procedures, shared).key == "penalty/notice"


def test_a_folder_that_is_no_procedure(book: Book, shared: Shared, tmp_path: Path) -> None:
    path = tmp_path / "penalties" / "notice.yaml"
    path.parent.mkdir()
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(LawbookError, match=r"没有程序“penalties”；模板放在以程序 code 命名的文件夹里，可用：.*penalty"):
        read_template(path, book.procedures, shared)


# What is read -------------------------------------------------------------------------------------


def test_every_key_is_read(good: DocumentTemplate) -> None:
    assert good.key == "reconsideration/acceptance"
    assert (good.title, good.steps, good.number) == ("行政复议申请受理通知书", ("accept", "receive"), "复受字")
    assert good.versions == (day_of("2024-01-01"),)
    assert (good.red_head, good.seal, good.certainty, good.note) == (True, False, "inferred", "说明")
    assert [cite.short for cite in good.cites] == ["行政复议法30(1)", "行政诉讼法45"]
    assert good.asks["note"] == Ask("note", "附注", optional=True, hint="可以不填")
    assert good.asks["way"] == Ask("way", "方式", "choice", ("当面", "邮寄"))
    assert good.issuer == good.signed_by == (Slot("区.政府", "区的政府"),)
    assert good.addressee == (
        Slot("申请人.名称", "申请人的名称"),
        "、",
        Slot("第三人.名称", "第三人的名称", optional=True),
    )
    assert good.remarks == (("甲",), (Slot("note", "附注", optional=True),))
    assert good.titles["行政复议法"] == "中华人民共和国行政复议法"


def test_places_know_what_they_hold(good: DocumentTemplate) -> None:
    text = good.body[0].text
    assert [part.text for part in text if isinstance(part, Article)] == [
        "《中华人民共和国行政复议法》第六十二条第一款", "《中华人民共和国行政复议法实施条例》第三十四条第三款",
    ]  # fmt: skip
    assert [part for part in text if isinstance(part, Slot)] == [
        Slot("时钟.decide.末日", "“复议决定”的末日", "date"), Slot("amount", "案件涉及款额", "number"),
        Slot("amount.大写", "案件涉及款额", "capital"),
    ]  # fmt: skip
    assert {cite.short for cite in good.articles} >= {"行政复议法62(1)", "行政复议法实施条例34(3)", "行政复议法30(1)"}


def test_blocks_know_when_they_belong(good: DocumentTemplate) -> None:
    flush, heading, table = good.body[1:4]
    version = day_of("2024-01-01")
    assert [flush.binds(version, day_of(day)) for day in ("2024-01-31", "2024-02-01", "2024-12-31", "2025-01-01")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert heading.binds(version, 0) and not heading.binds(day_of("2018-01-01"), 0) and heading.level == 2
    assert (len(table.rows), table.widths, table.header) == (2, (1, 2), True)
    clause = good.body[4:]
    assert len(clause) == 2 and all(block.when is not None for block in clause)


def test_documents_are_found_by_step_and_version(documents: Documents, book: Book) -> None:
    new, old = (
        book.procedure("reconsideration", day_of("2024-06-01")),
        book.procedure("reconsideration", day_of("2023-06-01")),
    )
    assert [each.name for each in documents.of_step(new, "accept")] == ["acceptance_notice"]
    assert [each.name for each in documents.of_step(old, "accept")] == ["acceptance_notice"]
    assert [each.name for each in documents.of_step(new, "to_ordinary")] == ["ordinary_procedure_notice"]
    assert documents.of_step(old, "to_ordinary") == [] and documents.of_step(new, "nothing") == []


def test_an_unknown_key_names_those_of_the_procedure(documents: Documents) -> None:
    assert documents.get("penalty/decision").title == "行政处罚决定书"
    with pytest.raises(LawbookError, match=r"没有文书模板“penalty/决定书”；可用：penalty/.*penalty/decision"):
        documents.get("penalty/决定书")


# Roles, clauses, whole folders --------------------------------------------------------------------


def test_roles(tmp_path: Path, book: Book) -> None:
    path = tmp_path / "roles.yaml"
    path.write_text("penalty: [当事人, {role: 代理人, optional: true}]\n", encoding="utf-8")
    assert read_roles(path, book.procedures) == {"penalty": (Role("当事人"), Role("代理人", True))}
    path.write_text("penal: [当事人]\n", encoding="utf-8")
    with pytest.raises(LawbookError, match=r"roles.yaml:1: 没有程序“penal”；可用："):
        read_roles(path, book.procedures)
    path.write_text("penalty: [{role: 当事人, needed: true}]\n", encoding="utf-8")
    with pytest.raises(LawbookError, match="不认识的键“needed”；可用的键：role、optional"):
        read_roles(path, book.procedures)


def test_a_mistake_in_a_clause_is_told_where_the_clause_stands(tmp_path: Path, book: Book) -> None:
    folder = tmp_path / "documents" / "penalty"
    folder.mkdir(parents=True)
    (tmp_path / "documents" / "clauses.yaml").write_text("救济:\n  - 甲\n  - 向{{ 申请人.名称 }}\n", encoding="utf-8")
    (folder / "a.yaml").write_text("title: 甲\nsteps: file\nbody:\n  - clause: 救济\n", encoding="utf-8")
    with pytest.raises(LawbookError, match=r"clauses.yaml:3: “申请人.名称”不是待填项"):
        load_documents(tmp_path, book.procedures, book.statutes)


def test_every_file_is_surveyed_with_its_first_mistake(tmp_path: Path, book: Book) -> None:
    folder = tmp_path / "documents" / "penalty"
    folder.mkdir(parents=True)
    for name, step in (("a", "file"), ("b", "filed"), ("c", "serves")):
        (folder / f"{name}.yaml").write_text(f"title: 甲\nsteps: {step}\nbody: 乙\n", encoding="utf-8")
    found, faults = survey_documents(tmp_path, book.procedures, book.statutes)
    assert list(found.templates) == ["penalty/a"] and [str(fault.place) for fault in faults] == [
        f"{folder / 'b.yaml'}:2", f"{folder / 'c.yaml'}:2",
    ]  # fmt: skip
    with pytest.raises(LawbookError, match="没有环节“filed”"):
        load_documents(tmp_path, book.procedures, book.statutes)


def test_a_lawbook_without_documents_has_none(tmp_path: Path, book: Book) -> None:
    assert load_documents(tmp_path, book.procedures, book.statutes) == Documents({}, {})


def test_the_template_of_the_how_to_page_is_read(book: Book, shared: Shared, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "write-a-document-template.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```yaml\n# lawbook/documents/(\S+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in shown] == ["licence/change_decision.yaml"]
    path = tmp_path / shown[0][0]
    path.parent.mkdir()
    path.write_text(shown[0][1], encoding="utf-8")
    template = read_template(path, book.procedures, shared)
    assert template.steps == ("change",) and set(template.asks) == {"permit", "before", "after", "valid"}


def test_the_page_of_the_format_names_every_place_and_key() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "documents-format.md").read_text(encoding="utf-8")
    for facts in (CASE_FACTS, PAPER_FACTS, DISTRICT_FACTS, UNIT_FACTS, PARTY_FACTS, EVENT_FACTS, CLOCK_FACTS):
        assert all(fact in page for fact in facts), facts
    for key in (*_FILE, *_BLOCKS, *_SCOPE, "clause", "level", "widths", "rows", "header"):
        assert re.search(rf"\b{key}\b", page), key
