"""Every template that ships: complete under every condition it knows, drawn both ways, and true to its Act."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from io import BytesIO

import docx
import pytest
from docx.oxml.ns import qn
from drawn import UNIT, answers, text_of

from fadu.book import SHIPPED, Book, load_book
from fadu.book.documents import Documents, DocumentTemplate, load_documents
from fadu.book.places import Article
from fadu.law.cases import standing
from fadu.law.conditions import Compare, Literal, Name, OfStep, Within, walk
from fadu.law.dates import day_of, iso
from fadu.law.errors import CaseError, NoVersion
from fadu.law.judge import judge
from fadu.report.filling import CaseFacts, IncompleteDocumentError, Party, fill, goes_with, values_for
from fadu.report.official import Heading, OfficialDocument, Paragraph, Table
from fadu.report.word import to_docx
from fadu.scenarios import read_scenarios

BOOK = load_book()
TEMPLATES = load_documents(SHIPPED, BOOK.procedures, BOOK.statutes).templates


def said(document: OfficialDocument) -> str:
    """Everything the document says in its body."""
    parts = [document.organ, document.title, document.number, document.addressee, document.signed_by, document.date,
             *document.attachments, *document.remarks, document.copies_to]  # fmt: skip
    for block in document.blocks:
        match block:
            case Table(rows):
                parts += [cell for row in rows for cell in row]
            case Paragraph(text, _) | Heading(text, _):
                parts.append(text)
    return "\n".join(parts)


def given(template: DocumentTemplate) -> dict[str, str]:
    """A value for every place, and one for whatever its conditions read."""
    by_kind = {"date": "2024-06-03", "number": "20", "capital": "20", "flag": "true"}
    values = {
        slot.key.removesuffix(".大写"): by_kind.get(slot.kind, f"〈{slot.label}〉") for slot in template.slots.values()
    }
    values |= {f"单位.{name}": text for name, text in UNIT.items()} | answers(template)
    return values | {
        "文书.文号": "青城某字〔2024〕12号",
        "文书.日期": "2024-06-03",
        "程序.施行日": iso(template.versions[-1]),
    }


def choices(template: DocumentTemplate) -> Iterator[dict[str, str]]:
    """Values for the conditions, each fact in turn with every value it can be compared with, the others fixed."""
    options: dict[str, dict[str, None]] = {}
    for tree in template.conditions:
        for part in walk(tree):
            if isinstance(part, OfStep) and part.function == "done":
                options.setdefault(f"done({part.step})", {}).update({"true": None, "false": None})
            elif isinstance(part, Name) and template.kinds.get(part.name) == "flag":
                options.setdefault(part.name, {}).update({"true": None, "false": None})
            elif isinstance(part, Compare) and isinstance(part.right, Literal):
                options.setdefault(key(part.left), {}).update({str(part.right.value): None, "9999": None})
            elif isinstance(part, Within):
                options.setdefault(key(part.left), {}).update(dict.fromkeys(map(str, part.options)))
    for name, ask in template.asks.items():
        if name in options and ask.choices:
            options[name] = dict.fromkeys(ask.choices)
    fixed = {name: next(iter(values)) for name, values in options.items()}
    yield fixed
    for name, values in options.items():
        yield from (fixed | {name: value} for value in itertools.islice(values, 1, None))


def key(node) -> str:
    return node.name if isinstance(node, Name) else f"{node.function}({node.step})"


# As files -----------------------------------------------------------------------------------------


def test_enough_ship_and_every_procedure_has_some() -> None:
    assert len(TEMPLATES) >= 45
    # 考试、到访；裁定书由人民法院制作；裁量基准随规范性文件公布
    without = {"knowledge_exam", "village_legal_service", "judicial_confirmation", "discretion_standard"}
    shipped = {template.procedure for template in TEMPLATES.values()}
    assert shipped == {procedure.code for procedure in BOOK.procedures} - without


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_serves_the_newest_version_of_its_procedure(name: str) -> None:
    template = TEMPLATES[name]
    newest = BOOK.versions(template.procedure)[-1]
    assert newest.effective_day in template.versions
    assert all(step in newest.steps for step in template.steps)


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_rests_on_articles_of_statutes_that_were_in_force(name: str) -> None:
    """An article written out means the same text in every version of the procedure it is written for."""
    template = TEMPLATES[name]
    assert template.cites, "写明依据的条文（cite）"
    for block in template.body:
        for text in (block.text, *(cell for row in block.rows for cell in row)):
            for part in text:
                if isinstance(part, Article):
                    days = [
                        version if block.until is None else block.until - 1
                        for version in block.versions or template.versions
                    ]
                    texts = {in_force(part.citation.statute, max(day, block.since or day)) for day in days}
                    assert len(texts) == 1 and None not in texts, part.text


def in_force(statute: str, day: int) -> int | None:
    try:
        return BOOK.statutes.get(statute).version_on(day).effective
    except NoVersion:
        return None


@pytest.mark.parametrize("name", TEMPLATES)
def test_titles_of_one_procedure_differ(name: str) -> None:
    template = TEMPLATES[name]
    same = [
        each.name for each in TEMPLATES.values() if (each.procedure, each.title) == (template.procedure, template.title)
    ]
    assert same == [template.name]


# Filled -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_is_complete_under_every_condition(name: str) -> None:
    template = TEMPLATES[name]
    for version, facts in itertools.product(template.versions, choices(template)):
        document = fill(template, given(template) | facts | {"程序.施行日": iso(version)})
        told = said(document)
        assert "{{" not in told and "}}" not in told, facts
        assert document.blocks, facts
        assert not re.search(r"。。|；。|，，|、、|（）|《》|的的|根据的规定|：：", told), (facts, told)


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_is_drawn_as_pdf_and_as_word(name: str) -> None:
    template = TEMPLATES[name]
    document = fill(template, given(template) | next(choices(template)), marks=("模拟数据",))
    drawn = text_of(document)
    written = "".join(docx.Document(BytesIO(to_docx(document))).element.body.itertext(qn("w:t")))
    for told in (drawn, "".join(written.split())):
        assert "".join(template.title.split()) in told
        for block in document.blocks:
            if isinstance(block, Paragraph):
                assert all("".join(line.split()) in told for line in block.text.splitlines()), block.text
        for sign in ("{{", "}}"):
            assert sign not in told


@pytest.mark.parametrize("name", TEMPLATES)
def test_remedies_state_the_terms_of_the_acts(name: str) -> None:
    """复议法20(1) and 9(1) before 2024: sixty days; 行诉法46(1): six months; 45: fifteen days."""
    template = TEMPLATES[name]
    for day, facts in itertools.product(("2023-06-01", "2024-06-03"), choices(template)):
        for line in said(fill(template, given(template) | facts | {"文书.日期": day})).splitlines():
            if "申请行政复议；" in line or "先向青江区人民政府申请行政复议" in line:
                law = "第九条第一款" if day < "2024" else "第二十条第一款"
                assert "六十日内，依照《中华人民共和国行政复议法》" + law in line, line
            if "直接向" in line and "提起行政诉讼" in line:
                assert "六个月内，依照《中华人民共和国行政诉讼法》第四十六条第一款" in line, line


CONTENTS = {
    # 处罚法59: 姓名地址、事实证据、种类依据、履行方式期限、救济、机关日期
    "penalty/decision": [
        "〈当事人的基本情况〉",
        "违法事实和证据",
        "处罚的种类和依据",
        "履行方式和期限",
        "十五日内",
        "百分之三",
        "救济途径和期限",
        UNIT["名称"],
        "2024年6月3日",
    ],
    # 处罚法44、45
    "penalty/notice": ["〈违法事实和证据〉", "〈处罚依据〉", "〈拟作出的行政处罚〉", "陈述、申辩"],
    # 处罚法63、64
    "penalty/hearing_right_notice": ["有权要求听证", "第六十四条第一项", "不承担组织听证的费用"],
    "penalty/hearing_notice": ["〈听证时间〉", "〈听证地点〉", "申请回避", "一至二人", "视为放弃听证权利"],
    # 处罚法52(2)
    "penalty_summary/decision": [
        "〈违法行为〉",
        "〈违法行为的时间〉",
        "〈违法行为的地点〉",
        "〈处罚依据〉",
        "执法人员签名或者盖章",
        "拒绝签收",
        "申请行政复议",
    ],
    # 强制法24(2)
    "seizure/decision": [
        "〈当事人的基本情况〉",
        "〈采取措施的理由〉",
        "期限为三十日",
        "〈场所、设施或者财物的名称、规格、数量、状况〉",
        "申请行政复议",
        "提起行政诉讼",
    ],
    "seizure/inventory": ["一式二份", "当事人签名或者盖章"],
    # 强制法31
    "freezing/decision": [
        "〈当事人的基本情况〉",
        "〈冻结的理由〉",
        "冻结期限自",
        "〈账号〉",
        "贰拾元整",
        "申请行政复议",
    ],
    # 强制法35
    "compulsory_execution/urging_notice": ["〈应当履行的义务〉", "前履行", "内履行", "履行方式", "陈述和申辩"],
    # 强制法37(2)
    "compulsory_execution/enforcement_decision": [
        "〈强制执行的理由〉",
        "〈强制执行的法律依据〉",
        "方式：",
        "时间：",
        "申请行政复议",
    ],
    # 强制法51(1)(一)
    "compulsory_execution/substitute_decision": [
        "〈代履行的理由〉",
        "标的：",
        "方式：",
        "时间：",
        "代履行人：",
        "费用预算",
    ],
    # 强制法55
    "compulsory_execution/court_application": ["机关负责人（签名）", "当事人的意见及催告情况", "申请强制执行标的情况"],
    # 复议法31(1)
    "reconsideration/correction_notice": ["〈需要补正的事项〉", "视为放弃行政复议申请"],
    # 复议法51(1)
    "reconsideration/hearing_notice": ["〈听证地点〉", "〈拟听证事项〉", "应当参加听证"],
    # 实施条例50(2)、复议法73(1)
    "reconsideration/mediation_statement": ["〈行政复议请求〉", "〈事实〉", "〈理由〉", "〈调解结果〉", "签字或者签章"],
    "reconsideration/decision": [
        "申请人请求：",
        "申请人称：",
        "被申请人称：",
        "经审理查明：",
        "本机关认为：",
        "十五日内",
    ],
    # 许可法38(2)
    "licence/refusing_decision": ["〈不予许可的理由和依据〉", "申请行政复议", "提起行政诉讼"],
    # 公开条例30、36
    "disclosure_request/correction_notice": ["〈需要补正的事项〉", "答复期限自本机关收到补正的申请之日起计算"],
    "disclosure_request/answer_refused": ["〈不予公开的理由〉", "不予公开"],
    "disclosure_request/answer_not_ours": ["〈负责公开的行政机关的名称、联系方式〉"],
    # 信访条例32(1)、35
    "petition/handling_opinion": ["投诉请求", "事实和理由", "处理意见及其法律法规依据", "三十日内", "请求复查"],
    "petition/review_opinion": ["三十日内", "请求复核"],
    # 治安法115
    "public_security_case/penalty_decision": [
        "性别、年龄、身份证件的名称和号码、住址",
        "〈违法事实〉",
        "〈证据〉",
        "执行方式和期限",
        "申请行政复议",
    ],
    # 移送规定6
    "criminal_transfer/transfer_letter": ["调查报告", "涉案物品清单", "检验报告或者鉴定结论", "其他有关涉嫌犯罪的材料"],
    # 京备案11(2)
    "normative_document/filing_report": ["正式文本", "起草和修改情况的说明", "主要依据", "公告"],
    # 决策条例27
    "major_decision/review_opinion": ["法定权限", "法定程序", "内容", "不得提交决策机关讨论"],
    # 法援法43(1)、49(1)
    "legal_aid/refusing_decision": ["〈不予法律援助的理由〉", "司法行政部门"],
    # 出庭规定6(1)、9(1)
    "litigation/appearance_certificate": ["〈出庭负责人姓名〉", "职务"],
    "litigation/absence_explanation": ["主要负责人（签字）", "证明材料"],
}


@pytest.mark.parametrize("name", CONTENTS)
def test_it_states_what_its_act_requires(name: str) -> None:
    template = TEMPLATES[name]
    told = {said(fill(template, given(template) | facts)) for facts in choices(template)}
    missing = [words for words in CONTENTS[name] if not any(words in each for each in told)]
    assert not missing, missing


# Over worked cases --------------------------------------------------------------------------------


def test_the_worked_cases_of_the_lawbook_fill_their_documents(book: Book, documents: Documents) -> None:
    """For every event of every scenario: what the case and the law give, and the writer's answers, are enough, but
    for fields the scenario leaves out and attributes the event does not have."""
    made: set[str] = set()
    for path in sorted((SHIPPED / "scenarios").rglob("*.yaml")):
        for scenario in read_scenarios(path, book):
            for event in standing(scenario.case):
                try:
                    judgement = judge(book.plan(scenario.procedure), scenario.case, event.day)
                except CaseError:
                    continue  # an earlier day at which the case had not opened
                for template in documents.of_step(scenario.procedure, event.step):
                    roles = documents.roles[template.procedure]
                    facts = CaseFacts(
                        "2024-0001", "某案", UNIT, "青江区", event,
                        tuple(Party(role.name, "甲", "公民", "1101**", "某街1号") for role in roles),
                        ("孙某",), "青城某字〔2024〕1号",
                    )  # fmt: skip
                    values = values_for(facts, judgement, template)
                    if goes_with(template, values):
                        made.add(template.key)
                        complete(template, values, judgement.history.fields)
    assert len(made) > 130


def complete(template: DocumentTemplate, values: dict[str, str], fields) -> None:
    try:
        document = fill(template, values | answers(template))
    except IncompleteDocumentError as error:
        assert not error.wrong
        open_still = {slot.key for slot in error.missing if not unknown(slot.key, fields)}
        assert not open_still, (template.key, open_still)
        document = fill(template, values | answers(template), draft=True)
    assert document.title == template.title and day_of(values["文书.日期"]) > 0


def unknown(name: str, fields) -> bool:
    """A field the case does not have, an attribute of an event that was not recorded, a day of a clock not running."""
    return name.startswith(("事件.", "环节.", "时钟.")) or fields.get(name.removesuffix(".大写")) is None
