"""Registers as lists people work in: found, filtered, ordered, paged, taken away, and worked on many at once."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from fadu.acts.assign import assign
from fadu.book import load_book
from fadu.clock import today
from fadu.office import case_lists
from fadu.office.case_lists import ORDER, Asked, asked_for, keys_of, page_of
from fadu.store.access import access_of
from fadu.store.models import Assignment, Case, ColumnChoice, Event, Notification, Role, SavedFilter, Trace

BOOK = load_book()
DAY = date(2024, 2, 26)
WHERE = "/registers/reconsideration/"


@pytest.fixture
def enter(enter, now):
    """In the time of these tests."""
    return enter


@pytest.fixture
def many(town, now):
    """Twenty-three rows: some closed, some without a last day, several with the same day and moment."""
    at = datetime(2024, 2, 20, tzinfo=UTC)
    made = [
        Case(
            number=f"列-{place:03}", procedure="reconsideration", unit=town.bureau, title=f"第{place}件",
            state="receive", opened_on=DAY, closed_on=DAY if place % 5 == 0 else None, version=date(2024, 1, 1),
            due_on=None if place % 7 == 0 else DAY + timedelta(days=place % 4), projected_on=DAY, seq=1,
            touched_at=at + timedelta(minutes=place % 6, microseconds=place % 2),
        ) for place in range(23)
    ]  # fmt: skip
    Case.objects.bulk_create(made)
    return list(Case.objects.filter(number__startswith="列"))


def _text(response) -> str:
    return response.content.decode()


def _numbers(page: str) -> list[str]:
    return re.findall(r'aria-label="选择 ([^"]+)"', page)


def _access(town, role: Role):
    return access_of(town.people[role], today())


@pytest.mark.parametrize("order", [name for name, _ in ORDER])
def test_pages_laid_end_to_end_are_the_whole_list_once(town, many, monkeypatch, order):
    monkeypatch.setattr(case_lists, "PAGE", 4)
    access = _access(town, Role.LEGAL_OFFICER)
    asked, seen, pages = Asked(order=order), [], 0
    found = asked_for(access, "reconsideration", asked, DAY)
    while True:
        rows, more = page_of(found, asked)
        seen += rows
        pages += 1
        if not more:
            break
        asked = Asked(order=order, before=more)
    assert pages == 6
    assert [case.pk for case in seen] == keys_of(found, Asked(order=order))
    assert sorted(case.pk for case in seen) == sorted(case.pk for case in many)


def _listed(found, order: str) -> list[Case]:
    cases = Case.objects.in_bulk()
    return [cases[key] for key in keys_of(found, Asked(order=order), 100)]


def test_each_order_is_what_it_says(town, many):
    found = asked_for(_access(town, Role.LEGAL_OFFICER), "reconsideration", Asked(), DAY)
    newest = keys_of(found, Asked(), 100)
    assert newest == sorted(newest, reverse=True)
    due = [(case.due_on, case.pk) for case in _listed(found, "due")]
    counting = [case.pk for case in many if case.closed_on is None and case.due_on]
    assert sorted(key for _, key in due[: len(counting)]) == sorted(counting)
    assert due[: len(counting)] == sorted(due[: len(counting)])
    changed = [(case.touched_at, case.pk) for case in _listed(found, "changed")]
    assert changed == sorted(changed, reverse=True)


@pytest.mark.parametrize("before", ["x", "0", "9-1-1", "0--1", "0-999999999999999999-1", "0-0-1-2", "²-1-1"])
def test_a_page_that_cannot_be_begins_the_list(enter, many, before):
    client = enter(Role.LEGAL_OFFICER)
    for order in ("due", "changed"):
        assert len(_numbers(_text(client.get(WHERE, {"before": before, "order": order})))) == 23


@pytest.mark.parametrize("role", [Role.LEGAL_OFFICER, Role.HANDLER, Role.LEADER])
@pytest.mark.parametrize("where", [WHERE, "/registers/all/"])
def test_a_list_asks_as_many_questions_for_forty_rows_as_for_one(enter, town, now, where, role, monkeypatch):
    monkeypatch.setattr("fadu.store.lawbook.CHECK_SECONDS", 1e9)  # that one question comes by the clock

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(where, {"order": "due"}).status_code == 200
        return len(queries)

    town.reconsideration(DAY)
    client = enter(role)
    client.get(where)
    first = asked()
    at = datetime(2024, 2, 20, tzinfo=UTC)
    Case.objects.bulk_create(
        Case(number=f"多-{place}", procedure="reconsideration", unit=town.bureau, handler=town.people[Role.HANDLER],
             state="receive", due_on=DAY, opened_on=DAY, touched_at=at, projected_on=DAY, seq=1)
        for place in range(40)
    )  # fmt: skip
    assert asked() == first <= 30


@pytest.mark.parametrize("query", [
    {"status": "open"}, {"status": "closed"}, {"due": "today"}, {"due": "week"}, {"due": "3"}, {"who": "none"},
    {"who": "mine"}, {"status": "new"}, {"q": "第1"}, {"state": "receive", "order": "due"},
])  # fmt: skip
def test_a_filter_shows_exactly_what_it_says(enter, town, many, query):
    Case.objects.filter(number="列-001").update(handler=town.people[Role.LEGAL_OFFICER])
    shown = set(_numbers(_text(enter(Role.LEGAL_OFFICER).get(WHERE, query))))
    sunday = DAY + timedelta(days=6)
    rules = {
        "status=open": lambda case: case.closed_on is None, "status=closed": lambda case: case.closed_on is not None,
        "due=today": lambda case: case.closed_on is None and case.due_on == DAY,
        "due=week": lambda case: case.closed_on is None and case.due_on and DAY <= case.due_on <= sunday,
        "due=3": lambda case: case.closed_on is None and case.due_on and DAY <= case.due_on <= DAY + timedelta(days=3),
        "who=none": lambda case: case.closed_on is None and case.number != "列-001",
        "who=mine": lambda case: case.number == "列-001", "status=new": lambda case: case.closed_on is None,
        "q=第1": lambda case: False,  # these rows were never indexed
        "state=receive": lambda case: True,
    }  # fmt: skip
    name, value = next(iter(query.items()))
    assert shown == {case.number for case in many if rules[f"{name}={value}"](case)}


def test_facets_count_and_the_count_is_what_the_list_shows(enter, many):
    client = enter(Role.LEGAL_OFFICER)
    page = _text(client.get(WHERE))
    facets = {"今日到期": "due=today", "三日内": "due=3", "在办": "status=open", "未分派": "who=none",
              "新分派给我的": "who=fresh"}  # fmt: skip
    for words, query in facets.items():
        number = re.search(rf'href="\?{query}">{words} (\d+)</a>', page)
        assert number, words
        assert int(number[1]) == len(_numbers(_text(client.get(f"{WHERE}?{query}"))))
    both = _text(client.get(f"{WHERE}?due=3&who=fresh"))
    assert re.search(r'href="\?status=open&amp;due=3&amp;who=fresh">在办 0</a>', both)
    assert re.search(r'href="\?who=fresh" aria-current="true">三日内 0</a>', both)
    assert re.search(r'href="\?status=closed">已办结</a>', page)  # what no index answers is not counted


def test_a_count_stops_at_a_thousand(town, now):
    at = datetime(2024, 2, 20, tzinfo=UTC)
    Case.objects.bulk_create(
        Case(number=f"千-{place}", procedure="hotline", unit=town.bureau, touched_at=at, projected_on=DAY)
        for place in range(1002)
    )
    found = asked_for(_access(town, Role.LEGAL_OFFICER), "hotline", Asked(), DAY)
    assert case_lists.counted(found) == "1000+"
    assert case_lists.counted(found.filter(number__endswith="1")) == "101"


def test_the_list_over_all_has_every_procedure_and_filters_by_one(enter, town, many):
    Case.objects.create(number="热-1", procedure="hotline", unit=town.bureau, state="dispatch", projected_on=DAY,
                        touched_at=datetime(2024, 2, 20, tzinfo=UTC))  # fmt: skip
    client = enter(Role.LEGAL_OFFICER)
    assert len(_numbers(_text(client.get("/registers/all/")))) == 24
    assert _numbers(_text(client.get("/registers/all/", {"procedure": "hotline"}))) == ["热-1"]
    assert "全部台账" in _text(client.get("/registers/"))
    assert client.get("/registers/no_such/").status_code == 404


@pytest.mark.parametrize("code", BOOK.codes)
def test_every_procedure_has_a_register_of_its_own(enter, code):
    page = enter(Role.ADMINISTRATOR).get(f"/registers/{code}/")
    assert page.status_code == 200
    assert BOOK.versions(code)[0].name in page.content.decode()


def test_columns_are_chosen_a_person_and_a_register_and_kept(enter, town, many):
    Case.objects.filter(number="列-001").update(fields={"track": "简易程序"})
    client = enter(Role.LEGAL_OFFICER)
    assert "<th scope=\"col\">审理程序</th>" not in _text(client.get(WHERE))
    form = {"column": ["f-track", "closed", "nonsense"], "keep": "1", "query": "?status=open"}
    answer = client.post(f"{WHERE}columns/", form)
    assert answer["Location"] == f"{WHERE}?status=open"
    page = _text(client.get(WHERE))
    assert re.findall(r"<th scope=\"col\">(.*?)</th>", page) == ["编号", "办结", "审理程序"]
    assert '<td data-label="审理程序">简易程序</td>' in page
    assert ColumnChoice.objects.get().names == ["closed", "f-track"]
    assert "<th scope=\"col\">标题</th>" in _text(enter(Role.LEADER).get(WHERE))
    client = enter(Role.LEGAL_OFFICER)
    client.post(f"{WHERE}columns/", {"query": "?"})
    assert "<th scope=\"col\">标题</th>" in _text(client.get(WHERE))


def test_a_filter_is_saved_used_and_deleted_and_only_ones_own(enter, town, many):
    client = enter(Role.LEGAL_OFFICER)
    client.post(f"{WHERE}filters/", {"name": "快到期", "query": "?due=3&order=due&evil=1"})
    kept = SavedFilter.objects.get()
    assert kept.query == "?due=3&order=due"
    assert f'href="{WHERE}?due=3&amp;order=due"' in _text(client.get(WHERE))
    assert "没有保存：筛选须有名称" in _text(client.post(f"{WHERE}filters/", {"name": " ", "query": ""}, follow=True))
    other = enter(Role.HANDLER)
    other.post(f"{WHERE}filters/", {"drop": kept.pk})
    assert SavedFilter.objects.filter(pk=kept.pk).exists()
    assert "已删除筛选“快到期”" in _text(
        enter(Role.LEGAL_OFFICER).post(f"{WHERE}filters/", {"drop": kept.pk}, follow=True)
    )
    assert not SavedFilter.objects.exists()


def test_there_is_room_for_thirty_filters(enter, town, many):
    client = enter(Role.LEGAL_OFFICER)
    for place in range(30):
        client.post(f"{WHERE}filters/", {"name": f"筛选{place}", "query": "?"})
    answer = client.post(f"{WHERE}filters/", {"name": "再来", "query": "?"}, follow=True)
    assert "没有保存：一个台账最多保存 30 个筛选" in _text(answer)
    assert "已保存筛选“筛选3”" in _text(
        client.post(f"{WHERE}filters/", {"name": "筛选3", "query": "?due=3"}, follow=True)
    )


def _taken(client, form: str = "xlsx", **query: str):
    answer = client.get(reverse("register-export", args=["reconsideration", form]), {**query, "rows": "seen"})
    return load_workbook(BytesIO(b"".join(answer.streaming_content)))


def test_what_is_taken_away_is_what_is_seen(enter, town, many):
    Case.objects.filter(number="列-001").update(title="=1+1", fields={"track": "简易程序"})
    client = enter(Role.LEGAL_OFFICER)
    client.post(f"{WHERE}columns/", {"column": ["title", "due", "f-track"], "keep": "1"})
    query = {"status": "open", "order": "due"}
    seen = _numbers(_text(client.get(WHERE, query)))
    book = _taken(client, **query)
    sheet = book.worksheets[1]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["编号", "标题", "最近期限", "审理程序"]
    assert [row[0] for row in rows[1:]] == seen
    nasty = next(row for row in sheet.iter_rows() if row[0].value == "列-001")
    assert nasty[1].data_type == "s" and nasty[1].quotePrefix
    about = {row[0].value: row[1].value for row in book.worksheets[0].iter_rows() if len(row) > 1}
    assert (about["状态"], about["排列"], about["导出人"]) == ("在办", "先到期的在前", "单位法制员")
    assert Trace.objects.get(kind="export").words == (
        f"导出行政复议台账（Excel）{len(seen)} 件：状态：在办，排列：先到期的在前"
    )


def test_only_what_may_be_seen_is_listed_or_taken(enter, town, many):
    client = enter(Role.EXTERNAL)
    assert "没有符合条件的办件" in _text(client.get(WHERE))
    book = _taken(client)
    assert book.worksheets[1].max_row == 1


def test_all_of_a_page_is_chosen_by_a_link(enter, many):
    client = enter(Role.LEGAL_OFFICER)
    page = _text(client.get(WHERE))
    assert "checked aria-label" not in page
    assert _text(client.get(WHERE + "?chosen=all")).count("checked aria-label") == 23
    assert 'href="?chosen=all">全选本页' in page


def test_who_may_do_nothing_to_many_is_offered_nothing(enter, many):
    page = _text(enter(Role.LEADER).get(WHERE))
    assert 'name="act"' not in page and 'name="case"' not in page
    refused = enter(Role.LEADER).post(f"{WHERE}batch/", {"act": "assign"})
    assert refused.status_code == 403
    assert "“分派”须由区司法局管理员、单位法制员进行" in _text(refused)
    assert enter(Role.LEGAL_OFFICER).post(f"{WHERE}batch/", {"act": "nonsense"}).status_code == 404


def _hidden(page: str) -> dict[str, list[str]]:
    """The form that confirms, as a browser would hand it in."""
    form = page[page.rindex("<form class=\"buttons\" method=\"post\">") :]
    given: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        given.setdefault(name, []).append(value)
    return {**given, "stage": ["confirm"]}


def test_a_step_of_many_is_foreseen_with_the_articles_then_recorded_once(enter, town, now):
    one, other = town.reconsideration(DAY), town.reconsideration(DAY)
    client = enter(Role.LEGAL_OFFICER)
    client.post(reverse("step", args=[other.pk, "accept"]), {"seen": 1, "on": "2024-02-26"})
    keys = [f"{one.pk}-1", f"{other.pk}-2"]
    where = f"{WHERE}batch/"
    offered = _text(client.post(where, {"act": "advance", "case": keys}))
    assert "受理（1 件）" in offered
    form = _text(client.post(where, {"act": "advance", "case": keys, "step": "accept"}))
    assert "预览" in form and "确认办理" not in form
    given = {"act": "advance", "case": keys, "step": "accept", "form": "accept", "on": "2024-02-26"}
    ahead = _text(client.post(where, {**given, "stage": "preview"}))
    assert "收到申请 → 受理；此后发送副本至 2024-03-06" in ahead
    assert "依法不能办理“受理”" in ahead and "《行政复议法》第三十条" in ahead
    assert "1 件将办理，1 件不办理" in ahead
    assert Event.objects.filter(step="accept").count() == 1  # nothing was recorded
    confirm = _hidden(ahead)
    first = client.post(where, confirm, follow=True)
    assert "1 件已办理，1 件没有办理" in _text(first) and "已记录“受理”" in _text(first)
    again = client.post(where, confirm, follow=True)
    assert "这份表单已经办理过，没有重复办理" in _text(again) and "已记录“受理”" in _text(again)
    third = client.post(where, {**confirm, "token": "another"}, follow=True)
    assert "在您打开之后已有变动" in _text(third)
    assert Event.objects.filter(step="accept").count() == 2


def test_a_step_of_yesterday_asks_for_one_reason_for_all(enter, town, at, now):
    cases = [town.reconsideration(DAY), town.reconsideration(DAY)]
    with at("2024-02-27 10:00"):
        client = enter(Role.LEGAL_OFFICER)
        given = {"act": "advance", "case": [f"{case.pk}-1" for case in cases], "step": "accept", "form": "accept",
                 "on": "2024-02-26", "stage": "preview"}  # fmt: skip
        asked = _text(client.post(f"{WHERE}batch/", given))
        assert "部分办件须写明理由才能记录" in asked and "仍要记录的理由" in asked and "补录" in asked
        ahead = _text(client.post(f"{WHERE}batch/", {**given, "excuse": "系统昨日停机"}))
        assert "2 件将办理，0 件不办理" in ahead
        client.post(f"{WHERE}batch/", _hidden(ahead))
    assert Event.objects.filter(step="accept", body__contains="系统昨日停机").count() == 2


def test_cases_of_two_procedures_take_no_step_together(enter, town, now):
    one = town.reconsideration(DAY)
    other = Case.objects.create(number="热-1", procedure="hotline", unit=town.bureau, projected_on=DAY, seq=1,
                                touched_at=datetime(2024, 2, 20, tzinfo=UTC))  # fmt: skip
    answer = enter(Role.LEGAL_OFFICER).post(
        "/registers/all/batch/", {"act": "advance", "case": [f"{one.pk}-1", f"{other.pk}-1"]}
    )
    assert "选中的办件属于 2 种程序；批量办理环节须是同一程序" in _text(answer)


def test_many_are_assigned_and_who_is_there_already_is_left(enter, town, now):
    one, other = town.reconsideration(DAY), town.reconsideration(DAY)
    handler = town.people[Role.HANDLER]
    assign(town.actor(Role.LEGAL_OFFICER), other.pk, handler)
    client = enter(Role.LEGAL_OFFICER)
    given = {"act": "assign", "case": [f"{one.pk}-1", f"{other.pk}-2"]}
    assert handler.name in _text(client.post(f"{WHERE}batch/", given))
    assert "没有选择人员" in _text(client.post(f"{WHERE}batch/", {**given, "stage": "preview"}))
    ahead = _text(client.post(f"{WHERE}batch/", {**given, "person": handler.pk, "kind": "lead", "stage": "preview"}))
    assert "由承办人主办" in ahead and "已由承办人主办，不变" in ahead and "1 件将办理，1 件不办理" in ahead
    done = _text(client.post(f"{WHERE}batch/", _hidden(ahead), follow=True))
    assert "1 件已办理，1 件不变" in done
    assert Assignment.objects.filter(person=handler, kind="lead").count() == 2
    assert Event.objects.filter(act="assign").count() == 2


def test_a_case_can_be_handed_to_another_unit_only_by_who_covers_both(enter, town, now):
    case = town.reconsideration(DAY)
    street = town.person("street", Role.HANDLER, town.street, "街道承办")
    given = {"act": "assign", "case": f"{case.pk}-1", "unit": town.street.pk, "person": street.pk, "stage": "preview"}
    assert "没有选择人员" in _text(enter(Role.LEGAL_OFFICER).post(f"{WHERE}batch/", given))  # is not offered the unit
    client = enter(Role.ADMINISTRATOR)
    ahead = _text(client.post(f"{WHERE}batch/", given))
    assert "由街道承办主办，由区司法局移交和平街道" in ahead
    client.post(f"{WHERE}batch/", _hidden(ahead))
    assert Case.objects.get(pk=case.pk).unit == town.street


def test_many_are_reminded_and_a_closed_one_is_told_why_not(enter, town, now):
    one, other = town.reconsideration(DAY), town.reconsideration(DAY)
    Case.objects.filter(pk=other.pk).update(closed_on=DAY)
    client = enter(Role.LEGAL_OFFICER)
    given = {"act": "remind", "case": [f"{one.pk}-1", f"{other.pk}-1"], "text": "本周办完"}
    assert "催办的内容最多 2000 字，收到 2001 字" in _text(
        client.post(f"{WHERE}batch/", {**given, "text": "急" * 2001, "stage": "preview"})
    )
    ahead = _text(client.post(f"{WHERE}batch/", {**given, "stage": "preview"}))
    assert "通知单位法制员，催办计入办件记录" in ahead and "已于 2024-02-26 办结，不再催办" in ahead
    assert "1 件已办理，1 件没有办理" in _text(client.post(f"{WHERE}batch/", _hidden(ahead), follow=True))
    assert Notification.objects.get(kind="remind").words.endswith("：本周办完")


def test_nothing_chosen_or_too_much_is_said(enter, town, many):
    client = enter(Role.LEGAL_OFFICER)
    none = client.post(f"{WHERE}batch/", {"act": "remind"}, follow=True)
    assert "没有选择办件，请在列表左侧勾选" in _text(none)
    keys = [f"{many[0].pk}-{place}" for place in range(201)]
    assert "选择了 201 件，一次最多 200 件" in _text(
        client.post(f"{WHERE}batch/", {"act": "remind", "case": keys}, follow=True)
    )
    hidden = enter(Role.HANDLER)
    Case.objects.update(secrecy=Case.Secrecy.ASSIGNED)
    answer = hidden.post(f"{WHERE}batch/", {"act": "advance", "case": f"{many[0].pk}-1"}, follow=True)
    assert "没有选择办件" in _text(answer)


def test_the_result_of_a_batch_is_its_makers(enter, town, now):
    assert enter(Role.LEGAL_OFFICER).get(reverse("batch-done", args=["reconsideration", "nope"])).status_code == 404


def test_what_is_found_of_many_is_what_is_found_of_few(town, at):
    with at("2024-02-26 10:00"):
        for _ in range(3):
            town.reconsideration(date(2024, 2, 26))
        access, asked = town.actor(Role.LEADER).access, Asked(text="行政处罚 撤销")
        few, many = (asked_for(access, "", asked, date(2024, 2, 26), above=above) for above in (None, 0))
        assert [case.pk for case in page_of(many, asked)[0]] == [case.pk for case in page_of(few, asked)[0]]
        assert many.count() == 3
        assert asked_for(access, "", Asked(text="不在其中"), date(2024, 2, 26), above=0).count() == 0


@pytest.mark.parametrize("near", [1, 3, 10_000])
def test_a_search_laid_end_to_end_is_all_it_finds_wherever_it_looked_first(town, at, monkeypatch, near):
    monkeypatch.setattr(case_lists, "NEAR", near)
    monkeypatch.setattr(case_lists, "PAGE", 2)
    with at("2024-02-26 10:00"):
        own = [town.reconsideration(date(2024, 2, 26)).pk for _ in range(5)][::-1]
        access, found, asked = town.actor(Role.LEADER).access, [], Asked(text="行政处罚 撤销")
        for _ in range(3):
            cases, before, count = case_lists.listed(access, "", asked, date(2024, 2, 26))
            found += [case.pk for case in cases]
            assert count in ("5", "2+")
            asked = Asked(text=asked.text, before=before)
    assert found == own and not before


def test_of_a_search_that_fills_its_page_nothing_far_is_read(town, at, monkeypatch):
    monkeypatch.setattr(case_lists, "PAGE", 2)
    with at("2024-02-26 10:00"):
        for _ in range(3):
            town.reconsideration(date(2024, 2, 26))
        access = town.actor(Role.LEADER).access
        monkeypatch.delattr(case_lists, "known")
        assert case_lists.listed(access, "", Asked(text="撤销"), date(2024, 2, 26))[2] == "2+"


def test_what_a_person_wrote_stands_in_a_list_as_words(enter, town, now):
    Case.objects.bulk_create([Case(number="文-1", procedure="hotline", unit=town.bureau, touched_at=datetime(
        2024, 2, 20, tzinfo=UTC), projected_on=DAY, title="<b>甲</b>&乙")])  # fmt: skip
    page = enter(Role.LEADER).get("/registers/all/").content.decode()
    assert "&lt;b&gt;甲&lt;/b&gt;&amp;乙" in page and "<b>甲" not in page
