"""Drafts of a register become records: as single acts would have made them, once, whole or not at all."""

from __future__ import annotations

import io
import json
from datetime import date

import openpyxl
import pytest
from district import make_town, standing
from django.db import connection
from registers_in_office import HEAD, ROWS, handed_in, imported, ran, rows_with, sheet, sheets

from fadu.acts import import_rows, stepping
from fadu.acts.advance import advance
from fadu.acts.assign import assign
from fadu.acts.correct import correct
from fadu.acts.erase import erase
from fadu.acts.import_file import unit_names
from fadu.acts.import_parties import parties_news, party_of
from fadu.acts.import_reading import copy_of
from fadu.acts.moves import Move, NewCase, PartyGiven
from fadu.acts.open_with_facts import Facts, open_with_facts
from fadu.acts.recording import Stale
from fadu.acts.register import register
from fadu.exchange.case_drafts import PartyDraft
from fadu.store import search
from fadu.store.models import (
    Case,
    Clock,
    Event,
    ImportBatch,
    ImportRow,
    Leaf,
    Notification,
    Party,
    Role,
    Secret,
    Unit,
)
from fadu.store.rebuilding import rebuild
from fadu.store.verifying import verify_store

FIRST = "明复〔2024〕1号"


@pytest.fixture
def june(at):
    with at("2024-06-03 10:00"):
        yield


def told(batch: ImportBatch) -> list[tuple[int, str, str]]:
    return list(ImportRow.objects.filter(batch=batch).order_by("place", "row").values_list("row", "outcome", "words"))


def outcomes(batch: ImportBatch) -> list[str]:
    return [outcome for _, outcome, _ in told(batch)]


def events(number: str) -> list[tuple[str, str, date]]:
    found = Event.objects.filter(case__number=number).order_by("seq")
    return list(found.values_list("act", "step", "occurred_on"))


def sound() -> None:
    """The ledger verifies and every projection is what the events say."""
    assert [str(found) for found in rebuild(check=True)] == []
    assert all(verdict.ok for verdict in verify_store()), [v.faults for v in verify_store()]


def test_rows_become_cases_and_a_faulty_one_is_returned_with_its_cell(town, june):
    batch = imported(town, ROWS)
    assert outcomes(batch) == ["added", "added", "refused"]
    assert told(batch)[2][2].startswith("台账!G4: 「2024-13-08」没有 13 月；接受：2023-01-05")
    assert (batch.state, batch.total, batch.done) == ("done", 3, 3)
    assert batch.words == "新增 2 行，更新 0 行，未变 0 行，退回 1 行"
    assert events(FIRST) == [
        ("register", "receive", date(2024, 1, 2)), ("advance", "accept", date(2024, 1, 5)),
        ("advance", "decide", date(2024, 2, 20)),
    ]  # fmt: skip
    case = Case.objects.get(number=FIRST)
    assert (case.title, case.unit.name, case.closed_on) == ("不服罚款决定", "区司法局", date(2024, 2, 20))
    party = Party.objects.get(case=case)
    assert (party.role, party.name, party.kind, party.clear("phone")) == ("申请人", "甲公司", "legal", "13800000001")
    body = json.loads(Event.objects.get(case=case, seq=2).body)
    assert body == {"excuse": f"导入（第 {batch.pk} 批）", "source": "import"}
    sound()


def test_an_imported_case_stands_as_one_recorded_by_hand(town, june):
    """The same facts through the act for facts: the same findings, clocks, state and version."""
    imported(town, ROWS[:2])
    facts = Facts(
        NewCase("reconsideration", town.bureau.pk, Move("receive", date(2024, 1, 3)), title="不服强制措施"),
        [Move("accept", date(2024, 1, 8))], "补录",
    )  # fmt: skip
    by_hand = open_with_facts(town.actor(Role.LEGAL_OFFICER), [facts])[0].case
    assert by_hand is not None

    def seen(case: Case) -> list[object]:
        clocks = Clock.objects.filter(case=case).order_by("name").values_list("name", "started_on", "last_day")
        return [list(clocks), case.version, case.state, case.due_on, case.due_clock, case.faults, case.closed_on]

    assert seen(Case.objects.get(number="明复〔2024〕2号")) == seen(Case.objects.get(pk=by_hand.pk))


def test_the_same_file_again_changes_nothing(town, june):
    first = imported(town, ROWS)
    before = Event.objects.count()
    again = imported(town, ROWS)
    assert outcomes(again) == ["same", "same", "refused"]
    assert Event.objects.count() == before
    assert [row.case_id for row in ImportRow.objects.filter(batch=again).order_by("row")] == [
        row.case_id for row in ImportRow.objects.filter(batch=first).order_by("row")
    ]


@pytest.mark.parametrize(
    ("changed", "words", "added"),
    [
        ({"受理日期": "2024-01-08"}, "更正“受理”的日期（2024-01-05 → 2024-01-08）", ("correct", "accept")),
        ({"复议结果": "撤销"}, "更正“作出复议决定”的结果（维持 → 撤销）", ("correct", "decide")),
        ({"案件名称": "不服停业决定"}, "修改标题", ("amend", "")),
        ({"申请人联系电话": "13800000009"}, "修改申请人的电话", ("amend", "")),
        ({"申请人": "甲二公司"}, "修改申请人的名称", ("amend", "")),
    ],
    ids=["day", "outcome", "title", "number", "name"],
)
def test_what_a_row_says_otherwise_is_corrected_and_counted(town, june, changed, words, added):
    imported(town, ROWS)
    again = imported(town, rows_with(0, **changed))
    assert outcomes(again) == ["changed", "same", "refused"]
    assert told(again)[0][2] == words
    last = Event.objects.filter(case__number=FIRST).order_by("-seq").first()
    assert last is not None and (last.act, last.step) == added
    assert json.loads(last.body)["why"] == f"导入（第 {again.pk} 批）"
    case = Case.objects.get(number=FIRST)
    party = Party.objects.get(case=case)
    stands = {
        "案件名称": case.title, "申请人联系电话": party.clear("phone"), "申请人": party.name,
        "受理日期": "2024-01-08", "复议结果": "撤销",
    }  # fmt: skip
    assert all(stands[name] == value for name, value in changed.items())
    sound()
    third = imported(town, rows_with(0, **changed))
    assert outcomes(third) == ["same", "same", "refused"]


def test_a_step_that_was_not_there_is_added_and_one_that_is_gone_is_kept_and_told(town, june):
    imported(town, ROWS)
    later = imported(town, rows_with(1, 复议决定日期="2024-03-01", 复议结果="撤销"))
    assert told(later)[1][1:] == ("changed", "补记“作出复议决定”（2024-03-01）")
    assert events("明复〔2024〕2号")[-1] == ("advance", "decide", date(2024, 3, 1))
    gone = imported(town, rows_with(0, 复议决定日期="", 复议结果=""))
    assert told(gone)[0][1:] == ("same", "表里没有“作出复议决定”（2024-02-20），登记的保留；撤销请在办件页更正")
    sound()


def test_the_summary_is_amended_and_search_finds_the_new_words_only(town, june):
    head = (*HEAD, "复议请求")
    imported(town, sheet([(*ROWS[0], "请求撤销罚款")], head))
    again = imported(town, sheet([(*ROWS[0], "请求返还驾照")], head))
    assert told(again)[0][1:] == ("changed", "修改内容")

    def found(word: str) -> int:
        sql, parameters = search.condition(word) or ("", [])
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM store_words WHERE {sql}", parameters)
            return int(cursor.fetchone()[0])

    assert (found("返还驾照"), found("撤销罚款"), found("甲公司"), found("不服罚款")) == (1, 0, 1, 1)
    sound()


def test_what_a_person_recorded_is_not_overwritten(town, june):
    imported(town, ROWS)
    case = Case.objects.get(number=FIRST)
    officer = town.actor(Role.LEGAL_OFFICER)
    correct(officer, case.pk, 2, Move("accept", date(2024, 1, 4)), "登记有误")
    # the file still says what it said: the person's word stands, and the rest of the row is taken
    kept = imported(town, rows_with(0, 案件名称="不服停业决定"))
    assert told(kept)[0][1:] == ("changed", "修改标题")
    # the file says a third thing: returned with both
    other = imported(town, rows_with(0, 受理日期="2024-01-09"))
    assert told(other)[0][1] == "refused"
    assert "“受理”的日期由人登记为“2024-01-04”，表里是“2024-01-09”" in told(other)[0][2]
    assert "登记有误的，请在办件页更正" in told(other)[0][2]
    sound()


def test_a_step_a_person_took_out_does_not_come_back(town, june):
    imported(town, ROWS)
    case = Case.objects.get(number=FIRST)
    correct(town.actor(Role.LEGAL_OFFICER), case.pk, 3, None, "没有作出决定")
    again = imported(town, rows_with(0, 案件名称="不服停业决定"))
    assert told(again)[0][2] == "修改标题；“作出复议决定”（2024-02-20）已由人撤销，没有再补记"
    assert Case.objects.get(pk=case.pk).closed_on is None


def test_erased_personal_data_does_not_come_back(town, june):
    imported(town, ROWS)
    case = Case.objects.get(number=FIRST)
    erase(town.actor(Role.ADMINISTRATOR), case.pk, "本人申请")
    again = imported(town, rows_with(0, 案件名称="不服停业决定", 申请人联系电话="13800000009"))
    assert told(again)[0][1:] == ("same", "个人信息已依申请删除，标题、内容、当事人没有再写入")
    assert not Secret.objects.filter(event__case=case).exists() and not Party.objects.filter(case=case).exists()
    assert Case.objects.get(pk=case.pk).title == "（个人信息已删除）"
    sound()


def test_a_masked_number_never_replaces_the_real_one(town, june):
    imported(town, ROWS)
    again = imported(town, rows_with(0, 申请人联系电话="138****0001", 案件名称="不服停业决定"))
    assert told(again)[0][2] == "修改标题"
    assert Party.objects.get(case__number=FIRST).clear("phone") == "13800000001"


def test_a_reassigned_case_keeps_its_unit(town, june):
    imported(town, ROWS, role=Role.ADMINISTRATOR)
    case = Case.objects.get(number=FIRST)
    assign(town.actor(Role.ADMINISTRATOR), case.pk, town.people[Role.HANDLER], unit=town.street)
    again = imported(town, rows_with(0, 案件名称="不服停业决定"), role=Role.ADMINISTRATOR)
    assert told(again)[0][1:] == ("changed", "修改标题")
    assert Case.objects.get(pk=case.pk).unit == town.street
    moved = imported(town, rows_with(0, 承办单位="明川区"), role=Role.ADMINISTRATOR)
    assert "承办单位已登记为“和平街道”，改派请在办件页进行" in told(moved)[0][2]


def test_a_case_moved_on_in_the_office_is_left_as_it_is(town, june):
    imported(town, ROWS)
    case = Case.objects.get(number="明复〔2024〕2号")
    advance(town.actor(Role.LEGAL_OFFICER), case.pk, Move("hear_opinions", date(2024, 1, 10), excuse="补录"))
    again = imported(town, rows_with(1, 案件名称="不服扣押"))
    assert told(again)[1][1:] == ("changed", "修改标题")


def test_the_handler_is_told_once_a_case(town, june):
    imported(town, ROWS)
    case = Case.objects.get(number=FIRST)
    assign(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.HANDLER])
    imported(town, rows_with(0, 受理日期="2024-01-08", 案件名称="不服停业决定"))
    notes = Notification.objects.filter(person=town.people[Role.HANDLER], kind="import")
    assert [note.words for note in notes] == [
        f"{FIRST}：导入更正“受理”的日期（2024-01-05 → 2024-01-08）、修改标题"
    ]


def test_a_step_of_today_is_put_to_the_law(town, june):
    """It has not happened long ago: what the statute's text forbids is refused, with the article and the cell."""
    batch = imported(town, rows_with(0, 受理日期="", 复议决定日期="2024-06-03"))
    row, outcome, words = told(batch)[0]
    assert (row, outcome) == (2, "refused")
    assert words.startswith("台账!H2: 依法不能办理“作出复议决定”") and "行政复议法" in words
    assert not Case.objects.filter(number=FIRST).exists()


def test_only_where_the_person_may_register(town, june):
    batch = imported(town, rows_with(1, 承办单位="和平街道"))
    assert outcomes(batch) == ["added", "refused", "refused"]
    assert "没有权限登记办件" in told(batch)[1][2] and "授权范围是" in told(batch)[1][2]


def test_a_case_the_person_may_not_see_is_neither_told_nor_touched(town, june):
    imported(town, ROWS, role=Role.ADMINISTRATOR)
    Case.objects.filter(number=FIRST).update(secrecy=Case.Secrecy.ASSIGNED)
    before = Event.objects.count()
    for title in ("不服罚款决定", "不服停业决定"):
        batch = imported(town, rows_with(0, 案件名称=title))
        assert told(batch)[0][1] == "refused"
        assert "这个案号已经登记，办件不在您的权限范围内，没有改动" in told(batch)[0][2]
        assert ImportRow.objects.get(batch=batch, row=2).case is None
    assert Event.objects.count() == before


def test_a_handler_does_not_change_the_cases_of_another(town, june):
    imported(town, ROWS)
    case = Case.objects.get(number=FIRST)
    assign(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.LEGAL_OFFICER])
    batch = imported(town, rows_with(0, 受理日期="2024-01-08"), role=Role.HANDLER)
    assert "“更正记录”由该办件的承办人办理" in told(batch)[0][2]


def test_a_number_of_one_units_own_gets_the_units_name(town, june):
    rows = [("12", *ROWS[0][1:]), ("12", "和平街道", *ROWS[1][2:])]
    batch = imported(town, rows, role=Role.ADMINISTRATOR)
    assert outcomes(batch) == ["added", "added"]
    assert set(Case.objects.exclude(procedure="journal").values_list("number", flat=True)) == {"明司12", "明和12"}
    assert outcomes(imported(town, rows, role=Role.ADMINISTRATOR)) == ["same", "same"]


def test_a_number_of_another_register_is_returned(town, june):
    imported(town, ROWS)
    head = ("案号", "单位", "当事人名称", "立案日期")
    data = sheet([(FIRST, "区司法局", "甲公司", "2024-02-01")], head)
    batch = imported(town, data, procedure="penalty", name="处罚.xlsx")
    assert "已用于别的台账；案号在全区不能重复" in told(batch)[0][2]


def test_one_case_on_two_sheets_is_taken_once(town, june):
    changed = (ROWS[1][0], ROWS[1][1], "另一个标题", *ROWS[1][3:])
    data = sheets({"一月": [HEAD, *ROWS[:2]], "二月": [HEAD, ROWS[0], changed]})
    batch = imported(town, data)
    assert sorted(told(batch)) == [
        (2, "added", ""), (2, "same", "与工作表「一月」第 2 行相同，只取一次"), (3, "added", ""),
        (3, "refused", "案号与工作表「一月」第 3 行相同，内容不同；请核对，每件只留一处"),
    ]  # fmt: skip
    before = Event.objects.count()
    imported(town, data)
    assert Event.objects.count() == before


def test_every_row_has_an_outcome_whatever_is_wrong_with_it(town, june):
    """One row an event: a faulty row holds the others of its case; nothing is passed over."""
    head = ("案号", "单位", "环节", "日期")
    rows = [
        ("a-1号", "区司法局", "收到申请", "2024-01-02"), ("a-1号", "区司法局", "受理", "2024-01-05"),
        ("a-2号", "区司法局", "收到申请", "2024-01-02"), ("a-2号", "区司法局", "受理", "去年"),
        ("", "区司法局", "受理", "2024-01-05"), ("a-3号", "没有的局", "收到申请", "2024-01-05"),
    ]  # fmt: skip
    batch = imported(town, sheet(rows, head))
    assert [(row, outcome) for row, outcome, _ in told(batch)] == [
        (2, "added"), (3, "added"), (4, "refused"), (5, "refused"), (6, "refused"), (7, "refused"),
    ]  # fmt: skip
    words = [words for _, _, words in told(batch)]
    assert words[2] == "与第 5 行是同一件，那一行退回，一同退回"
    assert "没有写案号" in words[4] and "没有单位「没有的局」" in words[5]


def test_numbers_of_persons_are_masked_in_the_report(town, june):
    data = sheet([(*ROWS[0][:4], "138-0000-00011112222", *ROWS[0][5:])])
    words = told(imported(town, data))[0][2]
    assert "0000-0001" not in words and "138****2222" in words and "不像电话号码" in words


def test_a_dry_run_tells_the_same_and_records_nothing(town, june):
    imported(town, ROWS)
    changed = rows_with(0, 案件名称="不服停业决定")
    before = Event.objects.count()
    dry = imported(town, changed, dry=True)
    assert outcomes(dry) == ["changed", "same", "refused"] and dry.words.startswith("试运行：")
    assert Event.objects.count() == before and Case.objects.get(number=FIRST).title == "不服罚款决定"
    real = ran(town, dry)
    assert outcomes(real) == ["changed", "same", "refused"] and not real.words.startswith("试运行")
    assert Case.objects.get(number=FIRST).title == "不服停业决定"


def test_a_chunk_that_others_were_first_to_is_looked_at_again(town, june, monkeypatch):
    tries = []
    really = import_rows.write

    def write(*given):
        tries.append(1)
        if len(tries) < 3:
            raise Stale
        return really(*given)

    monkeypatch.setattr(import_rows, "write", write)
    assert outcomes(imported(town, ROWS)) == ["added", "added", "refused"]
    assert len(tries) == 3


def test_a_case_that_never_holds_still_is_returned_not_lost(town, june, monkeypatch):
    really = import_rows.write

    def write(actor, changes):
        if any(change.case.number == FIRST for change in changes):
            raise Stale
        return really(actor, changes)

    monkeypatch.setattr(import_rows, "write", write)
    batch = imported(town, ROWS)
    assert outcomes(batch) == ["refused", "added", "refused"]
    assert "这个办件正被许多人同时办理，没有导入；请再导入一次" in told(batch)[0][2]


def test_records_and_outcomes_are_one_transaction(town, june, monkeypatch):
    """Where the report cannot be written, nothing is recorded either."""

    def broken(*given, **named):
        raise RuntimeError("disk full")

    batch = handed_in(town, sheet(ROWS))
    before = Event.objects.count()
    monkeypatch.setattr(ImportRow.objects, "bulk_create", broken)
    ran(town, batch)
    assert batch.state == "failed" and "程序出错（RuntimeError）" in batch.words
    assert Event.objects.count() == before and not ImportRow.objects.exists() and batch.done == 0


@pytest.mark.usefixtures("real_transactions")
def test_no_lock_is_held_while_a_chunk_is_judged(monkeypatch):
    town, judged = make_town(), []
    really = stepping.judged

    def watched(*given):
        judged.append(connection.in_atomic_block)
        return really(*given)

    monkeypatch.setattr(stepping, "judged", watched)
    with standing("2024-06-03 10:00"):
        imported(town, ROWS)
    assert judged and not any(judged)


def test_ledger_leaves_are_those_of_single_acts(town, june):
    imported(town, ROWS)
    assert Leaf.objects.count() == Event.objects.count()
    sound()


def test_units_go_by_their_names_with_and_without_the_districts(town):
    units = unit_names()
    assert [units(text) for text in ("区司法局", "司法局", "明川区司法局", " 明司 ", "SFJ")] == ["SFJ"] * 5
    assert units("财政局") is None
    Unit.objects.create(code="SFJ2", name="司法局", kind="department", parent=town.district)
    again = unit_names()
    assert (again("司法局"), again("区司法局"), again("明川区司法局")) == ("SFJ2", "SFJ", None)


@pytest.mark.parametrize(
    ("name", "identity", "kind"),
    [("张三", "", "natural"), ("明川区某某有限公司", "", "legal"), ("某店", "91110000600007783X", "legal"),
     ("王公司", "110101199001011234", "natural")],
)  # fmt: skip
def test_whether_a_party_is_a_person(name, identity, kind):
    assert party_of(PartyDraft("当事人", name, identity)).kind == kind


def test_a_party_more_is_added_and_none_is_removed():
    said = [([{"role": "申请人", "name": "甲", "kind": "natural"}], True)]
    news = parties_news(said, (PartyDraft("第三人", "乙"),))
    assert [party["name"] for party in news.after] == ["甲", "乙"] and news.words == ["增加第三人"]


def test_the_copy_marks_cells_and_late_refusals(town, june):
    rows = rows_with(1, 承办单位="和平街道")
    batch = imported(town, rows)
    book = openpyxl.load_workbook(io.BytesIO(copy_of(batch)))
    front = [[cell.value for cell in row] for row in book["导入报告"].iter_rows()]
    assert any("退回 2 行" in str(row[0]) for row in front)
    marked = {cell.coordinate for row in book["台账"].iter_rows() for cell in row if cell.comment}
    assert marked == {"G4", "A3"}
    assert "没有权限登记办件" in book["台账"]["A3"].comment.text


def test_by_hand_and_by_file_meet_at_the_number(town, june):
    """A case that a person registered under the number the unit uses is known."""
    opening = Move("receive", date(2024, 1, 2), excuse="补录")
    parties = (PartyGiven("申请人", "甲公司", "legal"),)
    new = NewCase("reconsideration", town.bureau.pk, opening, "不服罚款决定", "", parties, number=FIRST)
    register(town.actor(Role.LEGAL_OFFICER), new)
    batch = imported(town, ROWS[:1])
    assert told(batch)[0][1:] == (
        "changed", "补记“受理”（2024-01-05）、补记“作出复议决定”（2024-02-20）、补上申请人的电话"
    )  # fmt: skip
    sound()
