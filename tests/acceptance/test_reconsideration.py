"""A reconsideration from receipt to service in a real browser, by three people: an officer, a handler, a leader.

With a pause, an extension, documents that are issued, and the decision served.
"""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from desk import Desk
from district import make_town, standing
from pypdf import PdfReader

from fadu.store.models import Case, Document, Role, Trace
from fadu.store.rebuilding import rebuild
from fadu.store.sequence import sequence_waiting
from fadu.store.verifying import verify_store

DECISION = {
    "act": "5号处罚决定", "request": "撤销5号处罚决定", "applicant_says": "没有违法", "respondent_says": "事实清楚",
    "third_party_says": "同意被申请人的意见", "facts": "查明的事实", "opinion": "程序合法",
    "basis": "《中华人民共和国行政复议法》第六十八条", "ruling": "维持被申请人作出的5号处罚决定。",
    "单位.管辖法院": "明川区人民法院",
}  # fmt: skip


RECEIPT = {"papers": "行政复议决定书一份", "receiver": "甲公司", "place": "明川区和平路1号", "way": "直接送达"}


@pytest.mark.usefixtures("real_transactions")
def test_from_receipt_to_service(live_server, browser, settings):
    settings.ALLOWED_HOSTS = ["*"]
    with standing("2024-03-01 10:00"):
        town = make_town()
        officer = Desk(browser, live_server.url, town.people[Role.LEGAL_OFFICER].login)
        page = officer.page
        page.goto(f"{live_server.url}/registers/reconsideration/new/")
        page.fill("[name=title]", "不服罚款决定")
        page.fill("[name=p0-name]", "甲公司")
        page.fill("[name=p0-phone]", "13800000000")
        page.fill("[name=p1-name]", "某局")
        page.click("button[name=more]")
        page.fill("[name=p2-role]", "第三人")
        page.fill("[name=p2-name]", "乙公司")
        page.click("button.primary[name=register]")
        page.wait_for_selector("text=已登记 行政复议2024-00001")
        case = Case.objects.get(number="行政复议2024-00001")
        page.select_option("#assign-person", label="承办人（区司法局）")
        page.click("button:has-text('分派')")
        page.wait_for_selector("text=已分派给承办人")

        handler = Desk(browser, live_server.url, town.people[Role.HANDLER].login)
        assert "分派给您主办" in handler.page.content()
        handler.take(case.pk, "受理", look="最后一日 2024年4月30日（周二）", on="2024-03-01")
        handler.issue(case.pk, "行政复议申请受理通知书", {"act": "5号处罚决定", "单位.电话": "0000-0000000"})
        handler.take(case.pk, "指定", on="2024-03-01", by="甲、乙")
        handler.take(case.pk, "发送", on="2024-03-01")
    with standing("2024-03-06 10:00"):
        handler = Desk(browser, live_server.url, town.people[Role.HANDLER].login)  # the old session has ended
        handler.take(case.pk, "中止", on="2024-03-06", reason="等待另案", outcome="以其他案件审理结果为依据")
        handler.page.goto(f"{live_server.url}/cases/{case.pk}/")
        assert "中止，不计时" in handler.page.content()
        handler.take(case.pk, "书面告知中止", on="2024-03-06")
    with standing("2024-03-16 10:00"):
        handler = Desk(browser, live_server.url, town.people[Role.HANDLER].login)
        handler.take(case.pk, "恢复审理", on="2024-03-16")
        handler.take(case.pk, "书面告知恢复", on="2024-03-16")
        handler.take(case.pk, "听取当事人意见", on="2024-03-16")
        handler.take(case.pk, "延长审理期限", on="2024-03-16", days="30")
        handler.take(case.pk, "书面告知延长", on="2024-03-16")
        leader = Desk(browser, live_server.url, town.people[Role.LEADER].login)
        leader.page.goto(f"{live_server.url}/cases/{case.pk}/")
        assert "须由区司法局管理员、单位法制员、承办人进行" in leader.page.content()
        handler.take(case.pk, "行政复议机关负责人同意", on="2024-03-16")
        handler.take(case.pk, "作出复议决定", on="2024-03-16", outcome="维持", reason="事实清楚，证据确凿")
        handler.issue(case.pk, "行政复议决定书", DECISION)
    with standing("2024-03-18 10:00"):
        officer = Desk(browser, live_server.url, town.people[Role.LEGAL_OFFICER].login)
        officer.take(case.pk, "送达决定书", on="2024-03-18")
        officer.issue(case.pk, "送达回证", RECEIPT)
        leader = Desk(browser, live_server.url, town.people[Role.LEADER].login)
        decision = leader.download(case.pk, "行政复议决定书", "PDF")
        words = "".join(page.extract_text() for page in PdfReader(BytesIO(decision)).pages).replace("\n", "")
        for part in ("明司复决字〔2024〕1号", "乙公司", "维持被申请人作出的5号处罚决定", "2024年3月16日"):
            assert part in words, part
        assert leader.download(case.pk, "行政复议决定书", "Word").startswith(b"PK")
        fresh = Case.objects.get(pk=case.pk)
        assert fresh.closed_on == date(2024, 3, 16)
        assert fresh.state == "serve"
        assert fresh.faults == 0
        assert Document.objects.filter(case=case, kind="official").count() == 6  # three, each as PDF and Word
        assert Trace.objects.filter(kind="download", case=case).count() == 2
        sequence_waiting()
        assert [(verdict.name, verdict.faults) for verdict in verify_store() if not verdict.ok] == []
        assert list(rebuild(check=True)) == []
