"""Templates filled with the facts of a case: worked by hand, and every way a value can be absent or wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from drawn import UNIT

from fadu.book import SHIPPED, Book
from fadu.book.documents import Documents, DocumentTemplate, read_shared, read_template
from fadu.law.cases import Case, Event, FieldValue
from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.law.judge import Judgement, judge
from fadu.report.filling import (
    BLANK,
    CaseFacts,
    IncompleteDocumentError,
    Party,
    cited,
    fill,
    goes_with,
    values_for,
    wanted,
)
from fadu.report.official import Heading, OfficialDocument, Paragraph, Table

Write = Callable[[str], DocumentTemplate]


def event(step: str, day: str, **more) -> Event:
    return Event(step, day_of(day), **more)


def judged(book: Book, code: str, events: list[Event], on: str = "", **fields: FieldValue) -> Judgement:
    case = Case("某号", code, events, fields)
    procedure = book.procedure(code, day_of(on)) if on else book.procedure_for(case)
    return judge(book.plan(procedure), case, events[-1].day)


def facts(last: Event, **more) -> CaseFacts:
    given = {
        "number": "青复〔2024〕0012", "title": "张三不服罚款决定", "unit": UNIT, "district": "青江区", "event": last,
        "parties": (Party("申请人", "张三", "公民", "1101**", "文化路1号"), Party("被申请人", "青江区城管局")),
        "handlers": ("孙某", "李某"), "document_number": "青江复受字〔2024〕12号",
    }  # fmt: skip
    return CaseFacts(**given | more)


def words(document: OfficialDocument) -> list[str]:
    """Each block as text."""
    found = []
    for block in document.blocks:
        match block:
            case Table(rows):
                found.append("|".join("/".join(row) for row in rows))
            case Paragraph(text, _) | Heading(text, _):
                found.append(text)
    return found


@pytest.fixture
def write(book: Book, tmp_path: Path) -> Write:
    """A template of the procedure penalty, or of the one named in the first line, from a few lines of YAML."""
    shared = read_shared(SHIPPED / "documents", book.procedures, book.statutes)

    def make(text: str) -> DocumentTemplate:
        code = "reconsideration" if "reconsideration" in text.splitlines()[0] else "penalty"
        path = tmp_path / code / "made.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return read_template(path, book.procedures, shared)

    return make


RECEIVED = event("receive", "2024-01-02")
ACCEPTED = event("accept", "2024-01-05")


def test_an_acceptance_worked_by_hand(book: Book, documents: Documents) -> None:
    """Sixty days from 5 January 2024 end on 5 March; the simple procedure has thirty, which end on Sunday 4 February,
    a day worked for the Spring Festival."""
    template = documents.get("reconsideration/acceptance_notice")
    judgement = judged(book, "reconsideration", [RECEIVED, ACCEPTED], track="普通程序")
    values = values_for(facts(ACCEPTED), judgement, template) | {"act": "作出的5号行政处罚决定"}
    document = fill(template, values, marks=("模拟数据",))
    assert document.organ == document.signed_by == "青江区人民政府"
    assert (document.title, document.number) == ("行政复议申请受理通知书", "青江复受字〔2024〕12号")
    assert (document.addressee, document.date, document.marks) == ("张三", "2024年1月5日", ("模拟数据",))
    assert document.remarks == ("联系人：孙某、李某，联系电话：0000-0000000",)
    told = words(document)
    assert told[0] == (
        "你（单位）不服青江区城管局作出的5号行政处罚决定，申请行政复议。本机关于2024年1月2日收到申请。经审查，该申请符合受理条件，"
        "根据《中华人民共和国行政复议法》第三十条第一款、第三款的规定，本机关决定自2024年1月5日起予以受理。"
    )
    assert "本案适用普通程序审理" in told[1] and "六十日内作出行政复议决定，期限至2024年3月5日；" in told[1]
    simple = judged(book, "reconsideration", [RECEIVED, ACCEPTED], track="简易程序")
    told = words(fill(template, values_for(facts(ACCEPTED), simple, template) | {"act": "甲"}))
    assert "三十日内作出行政复议决定，期限至2024年2月4日；" in told[1]


def test_the_text_of_the_version_that_binds_the_case(book: Book, documents: Documents) -> None:
    """Accepted in 2023, a case is told of the Act of 2017: its articles, and the leave to see the file by 23(2)."""
    template = documents.get("reconsideration/acceptance_notice")
    events = [event("receive", "2023-05-04"), event("accept", "2023-05-06")]
    told = words(
        fill(template, values_for(facts(events[-1]), judged(book, "reconsideration", events), template) | {"act": "甲"})
    )
    assert "期限至2023年7月3日" in told[1] and "第三十一条第一款" in told[1]
    assert "第二十三条第二款" in told[2] and not any("法律援助" in line for line in told)


def test_a_deemed_step_has_its_day(book: Book, documents: Documents) -> None:
    """Nobody accepted within five working days: the law takes the case for accepted on 9 January."""
    template = documents.get("reconsideration/reply_notice")
    events = [RECEIVED, event("send_copy", "2024-01-10")]
    values = values_for(facts(events[-1]), judged(book, "reconsideration", events), template)
    assert values["环节.accept.日期"] == "2024-01-09"
    assert values["时钟.reply.期限"] == "十日" and values["时钟.reply.单位"] == "工作日"
    assert "时钟.reply.末日" not in values  # the clock has not begun


def test_remedies_follow_the_day_of_issue(book: Book, documents: Documents) -> None:
    """Until 2023 an application for reconsideration rests on article 9(1), since 2024 on 20(1)."""
    template = documents.get("penalty/exemption_decision")
    events = [event("file", "2023-11-01"), event("exempt", "2023-12-20", reason="轻微")]
    values = values_for(
        facts(events[-1], parties=(Party("当事人", "某公司"),)), judged(book, "penalty", events), template
    ) | dict.fromkeys(template.asks, "甲")
    old, new = (words(fill(template, values | {"文书.日期": day}))[-1] for day in ("2023-12-31", "2024-01-01"))
    assert "六十日内，依照《中华人民共和国行政复议法》第九条第一款向青江区人民政府申请行政复议" in old
    assert "六十日内，依照《中华人民共和国行政复议法》第二十条第一款向青江区人民政府申请行政复议" in new
    for each in (old, new):
        assert "六个月内，依照《中华人民共和国行政诉讼法》第四十六条第一款直接向青江区人民法院提起行政诉讼" in each


def test_on_the_spot_penalties_and_refused_disclosure_go_to_reconsideration_first(documents: Documents) -> None:
    """行政复议法23(1)(一)、(四), in force since 2024."""
    for key in ("penalty_summary/decision", "disclosure_request/answer_refused"):
        template = documents.get(key)
        values = {slot.key: "2024-01-02" if slot.kind == "date" else "1" for slot in template.slots.values()}
        values |= {"文书.日期": "2024-02-01", "kind": "罚款", "fine": "100"}
        told = "".join(words(fill(template, values, draft=True)))
        assert "应当自收到本决定书之日起六十日内" in told and "六个月" not in told, key
        before = "".join(words(fill(template, values | {"文书.日期": "2023-12-31"}, draft=True)))
        assert "第九条第一款" in before and "六个月" in before, key


# Values that are absent ---------------------------------------------------------------------------


def test_every_value_still_wanted_is_named(book: Book, documents: Documents) -> None:
    template = documents.get("reconsideration/acceptance_notice")
    bare = facts(ACCEPTED, parties=(), document_number="", handlers=())
    values = values_for(bare, judged(book, "reconsideration", [RECEIVED, ACCEPTED]), template)
    with pytest.raises(IncompleteDocumentError) as caught:
        fill(template, values)
    message = str(caught.value)
    assert message.startswith("《行政复议申请受理通知书》还缺：")
    for label in ("申请人的名称", "被申请人的名称", "被申请行政复议的行政行为", "文号", "案件的承办人"):
        assert label in message
    assert {slot.key for slot in caught.value.missing} == {slot.key for slot in wanted(template, values)} | {
        "文书.文号"
    }
    assert (
        wanted(template, values | {"act": "甲", "申请人.名称": "乙", "被申请人.名称": "丙", "案件.承办人": "丁"}) == ()
    )


def test_a_draft_leaves_blanks(book: Book, documents: Documents) -> None:
    template = documents.get("reconsideration/acceptance_notice")
    bare = facts(ACCEPTED, document_number="", parties=())
    document = fill(
        template, values_for(bare, judged(book, "reconsideration", [RECEIVED, ACCEPTED]), template), draft=True
    )
    assert document.addressee == BLANK and document.number == "青城复受字〔2024〕　号"
    assert words(document)[0].startswith(f"你（单位）不服{BLANK}{BLANK}，申请行政复议。本机关于2024年1月2日收到申请。")


def test_an_empty_draft_is_possible(documents: Documents) -> None:
    document = fill(documents.get("penalty/decision"), {}, draft=True)
    assert document.number == f"{BLANK}罚决字〔{BLANK}〕　号" and document.date == BLANK


def test_blank_answers_are_no_answers(documents: Documents) -> None:
    template = documents.get("penalty/correction_order")
    with pytest.raises(IncompleteDocumentError, match="违法事实"):
        fill(template, dict.fromkeys(template.slots, "甲") | {"facts": " \n　"})


def test_what_is_optional_and_absent_takes_its_block_along(write: Write) -> None:
    template = write(
        """\
title: 甲
steps: notify
signed_by: ""
ask: {more: {label: 补充, optional: true}, must: {label: 必填}}
remarks: ["{{ more }}"]
attachments: [甲, "{{ more }}"]
body:
  - 必有{{ must }}
  - {heading: 补充}
  - 补充{{ more }}和{{ 当事人.名称 }}
  - {heading: 其他}
  - table: {widths: [1, 1], rows: [[补充, "{{ more }}"]]}
"""
    )
    document = fill(template, {"must": "乙", "单位.名称": "某局"})
    assert words(document) == ["必有乙", "其他", "补充/"]  # the heading that nothing stands under is gone too
    assert (document.remarks, document.attachments) == ((), ("甲",))
    given = fill(template, {"must": "乙", "more": "丙", "当事人.名称": "丁", "单位.名称": "某局"})
    assert words(given) == ["必有乙", "补充", "补充丙和丁", "其他", "补充/丙"] and given.remarks == ("丙",)


def test_a_condition_that_is_open_is_asked(write: Write) -> None:
    template = write(
        """\
title: 甲
steps: notify
signed_by: ""
ask: {way: {label: 送达方式, choices: [直接, 邮寄]}}
body:
  - {when: way == "直接", text: 直接送达}
  - {when: way == "邮寄" and fine > 1000, text: 邮寄送达}
  - {when: outcome(hold_hearing) == "完", text: 听证已完}
"""
    )
    values = {"单位.名称": "某局"}
    with pytest.raises(IncompleteDocumentError) as caught:
        fill(template, values)
    assert [slot.label for slot in caught.value.missing] == ["送达方式", "罚款数额", "环节“hold_hearing”的结果"]
    values |= {"fine": "5000", "outcome(hold_hearing)": "未完"}
    assert words(fill(template, values | {"way": "直接"})) == ["直接送达"]
    assert words(fill(template, values | {"way": "邮寄"})) == ["邮寄送达"]
    assert words(fill(template, values | {"way": "邮寄", "fine": "1000"})) == []
    assert words(fill(template, values, draft=True)) == ["直接送达", "邮寄送达"]  # both, for the writer to choose


# Values that are wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("type: date", "2024年6月1日", "“某项”填的“2024年6月1日”不是日期；接受 2024-01-01 这样的写法"),
        ("type: date", "2024-02-30", "“某项”填的“2024-02-30”不是日期"),
        ("type: number", "五千", "“某项”填的“五千”不是数字；接受 5000 或 5000.5 这样的写法"),
        ("type: number", "1e5", "“某项”填的“1e5”不是数字"),
        ("type: flag", "是", "“某项”填的“是”不是 true 或 false"),
        ("choices: [甲, 乙]", "丙", "“某项”填的“丙”不在可选值之内；可选：甲、乙"),
    ],
)
def test_wrong_answers_are_told(write: Write, kind: str, value: str, message: str) -> None:
    template = write(
        f'title: 甲\nsteps: notify\nsigned_by: ""\nask: {{a: {{label: 某项, {kind}}}}}\nbody: ["写作{{{{ a }}}}"]\n'
    )
    with pytest.raises(IncompleteDocumentError) as caught:
        fill(template, {"a": value, "单位.名称": "某局"})
    assert message in str(caught.value) and str(caught.value).startswith("《甲》") and caught.value.wrong
    assert caught.value.missing == ()


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("type: date", "2024-06-01", "2024年6月1日"), ("type: number", "5000.0", "5000"),
        ("type: number", "12.5", "12.5"),
        ("type: flag", "true", "是"), ("type: flag", "false", "否"), ("choices: [甲, 乙]", "乙", "乙"),
        ("type: text", " 有空格 ", "有空格"), ("type: text", "{{ 单位.名称 }}", "{{ 单位.名称 }}"),
    ],
)  # fmt: skip
def test_values_are_written_as_documents_write_them(write: Write, kind: str, value: str, shown: str) -> None:
    template = write(
        f'title: 甲\nsteps: notify\nsigned_by: ""\nask: {{a: {{label: 某项, {kind}}}}}\nbody: ["写作{{{{ a }}}}"]\n'
    )
    assert words(fill(template, {"a": value, "单位.名称": "某局"})) == [f"写作{shown}"]


@pytest.mark.parametrize("value", ["事实清楚", "事实清楚。", "事实清楚；", "事实清楚，"])
def test_a_sentence_ends_once_however_the_writer_ended_it(write: Write, value: str) -> None:
    template = write(
        """\
title: 甲
steps: notify
signed_by: ""
ask: {a: {label: 事实}}
body: ["经查，{{ a }}。决定处罚", "{{ a }}", "{{ a }}，另查"]
"""
    )
    told = words(fill(template, {"a": value, "单位.名称": "某局"}))
    assert told == ["经查，事实清楚。决定处罚", value, "事实清楚，另查"]


def test_an_amount_in_capitals(write: Write) -> None:
    template = write('title: 甲\nsteps: notify\nsigned_by: ""\nbody: ["{{ fine.大写 }}（{{ fine }}元）"]\n')
    assert words(fill(template, {"fine": "80000", "单位.名称": "某局"})) == ["捌万元整（80000元）"]
    with pytest.raises(IncompleteDocumentError, match="“罚款数额”金额 1000000000000 超出范围"):
        fill(template, {"fine": "1000000000000", "单位.名称": "某局"})


# Which template, which parties --------------------------------------------------------------------


def test_a_template_of_another_step_or_version_is_refused(book: Book, documents: Documents) -> None:
    template = documents.get("reconsideration/ordinary_procedure_notice")
    judgement = judged(book, "reconsideration", [RECEIVED, ACCEPTED])
    with pytest.raises(
        FaduError, match="《行政复议案件转为普通程序审理通知书》随“转为普通程序”制作，不能用于环节“accept”"
    ):
        values_for(facts(ACCEPTED), judgement, template)
    old = judged(book, "reconsideration", [event("receive", "2023-05-04")])
    with pytest.raises(
        FaduError, match="不适用于程序“行政复议”2018-01-01 起施行的版本；适用：reconsideration 的 2024-01-01 版"
    ):
        values_for(facts(old.history.events[-1]), old, template)


def test_the_answer_that_goes_with_the_outcome(book: Book, documents: Documents) -> None:
    last = event("answer", "2024-03-01", outcome="信息不存在")
    judgement = judged(book, "disclosure_request", [event("receive", "2024-02-20"), last])
    fitting = [
        template.name for template in documents.of_step(judgement.plan.procedure, "answer")
        if goes_with(template, values_for(facts(last), judgement, template))
    ]  # fmt: skip
    assert fitting == ["answer_nonexistent"]


def test_parties_of_one_role_stand_together(book: Book, documents: Documents) -> None:
    template = documents.get("reconsideration/decision")
    last = event("decide", "2024-02-20", outcome="维持")
    parties = (
        Party("申请人", "张三", "公民", "1101**", "甲路"),
        Party("申请人", "李四"),
        Party("被申请人", "某局"),
        Party("外人", "王五"),
    )
    judgement = judged(book, "reconsideration", [RECEIVED, ACCEPTED, last])
    values = values_for(facts(last, parties=parties), judgement, template)
    assert values["申请人.名称"] == "张三、李四" and "外人.名称" not in values and "第三人.名称" not in values
    assert values["申请人.基本情况"] == "申请人：张三，证件号码：1101**，住所：甲路。\n申请人：李四。"
    document = fill(template, values | dict.fromkeys(template.asks, "甲") | {"redo_days": ""})
    assert not any("第三人" in line and "：" in line and "甲" not in line for line in words(document))


def test_citations_name_the_statute_once() -> None:
    from fadu.law.citations import parse_citation

    cites = [
        parse_citation(each) for each in ("某法38(1)", "某法38(2)", "某法39", "他法3(1)(二)", "他法3(1)(二)", "某法1")
    ]
    assert cited(cites, {"某法": "中华人民共和国某法"}) == (
        "《中华人民共和国某法》第三十八条第一款、第二款、第三十九条、《他法》第三条第一款第二项、《中华人民共和国某法》第一条"
    )
    assert cited([], {}) == ""


def test_facts_of_events(write: Write, book: Book) -> None:
    template = write(
        """\
# reconsideration
title: 甲
steps: extend
versions: 2024-01-01
signed_by: ""
body:
  - "{{ 事件.日期 }}|{{ 事件.理由 }}|{{ 事件.批准人 }}|{{ 事件.天数 }}|{{ 事件.办理人 }}|{{ 事件.条文 }}"
  - "{{ 环节.accept.日期 }}|{{ 环节.accept.条文 }}"
  - "{{ 时钟.decide.起算日 }}|{{ 时钟.decide.末日 }}|{{ 时钟.decide.条文 }}"
"""
    )
    last = event("extend", "2024-02-20", days=20, approved_by="复议机构负责人", reason="复杂", by=("甲", "乙"))
    judgement = judged(book, "reconsideration", [RECEIVED, ACCEPTED, last], track="普通程序")
    law = "《中华人民共和国行政复议法》"
    assert words(fill(template, values_for(facts(last), judgement, template))) == [
        f"2024年2月20日|复杂|复议机构负责人|20|甲、乙|{law}第六十二条第一款",
        f"2024年1月5日|{law}第三十条第一款、第三款",
        f"2024年1月5日|2024年3月25日|{law}第六十二条第一款、第二款",
    ]
