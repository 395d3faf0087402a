"""The pages of importing and of taking a register away, as their users meet them; wrong files answered in words."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from exchange.registers import ole, xls
from registers_in_office import HEAD, ROWS, handed_in, imported, ran, rows_with, sheet, sheets

from fadu.acts.import_file import plans_of, take_in
from fadu.acts.import_queue import queue
from fadu.store.models import Case, Event, ImportBatch, ImportMapping, ImportRow, Role, Trace
from fadu.worker.imports import run_waiting


@pytest.fixture
def june(at):
    with at("2024-06-03 10:00"):
        yield


@pytest.fixture
def enter(enter, june):
    """In the time of these tests."""
    return enter


def text(response) -> str:
    return response.content.decode()


def send(client, data: bytes, name: str = "复议台账.xlsx", procedure: str = "reconsideration"):
    given = {"file": SimpleUploadedFile(name, data), "procedure": procedure}
    return client.post(reverse("import"), given)


def test_from_the_file_to_the_report(enter, town):
    client = enter()
    sent = send(client, sheet(ROWS))
    batch = ImportBatch.objects.get()
    assert sent.headers["Location"] == reverse("import-map", args=[batch.pk])
    page = text(client.get(sent.headers["Location"]))
    for words in ("每一列是什么：复议台账.xlsx", "申请人联系电话", "138****0001", "前 3 行这样理解：2 件可以导入",
                  "收到申请 2024-01-02 → 受理 2024-01-05 → 作出复议决定 2024-02-20（维持）",
                  "「2024-13-08」没有 13 月"):
        assert words in page, words
    assert "13800000001" not in page
    run = client.post(reverse("import-map", args=[batch.pk]), form_of(batch, do="run"))
    assert run.headers["Location"] == reverse("import-batch", args=[batch.pk])
    waiting = text(client.get(run.headers["Location"]))
    assert "等待后台任务接手" in waiting and 'hx-trigger="every 2s"' in waiting and ">刷新</a>" in waiting
    list(run_waiting())
    polled = client.get(run.headers["Location"], headers={"HX-Request": "true"})
    assert polled.headers["HX-Refresh"] == "true"
    report = text(client.get(run.headers["Location"]))
    assert "新增 2 行，更新 0 行，未变 0 行，退回 1 行" in report and "hx-trigger" not in report
    case = Case.objects.get(number="明复〔2024〕1号")
    assert reverse("case", args=[case.pk]) in report
    only = text(client.get(run.headers["Location"], {"outcome": "refused"}))
    assert "台账 第 4 行" in only and "台账 第 2 行" not in only
    assert "台账 第 3 行" in text(client.get(run.headers["Location"], {"q": "明复〔2024〕2号"}))
    listed = text(client.get(reverse("import")))
    assert "复议台账.xlsx" in listed and "完成" in listed


def form_of(batch: ImportBatch, **given: str) -> dict[str, str]:
    """The form of the page as it stands: the proposal, confirmed."""
    found: dict[str, str] = {"do": "save", **given}
    for place, plan in enumerate(plans_of(batch)):
        found[f"s{place}-use"] = "on"
        for at, item in enumerate(plan.mapping.columns):
            found.setdefault(f"s{place}-c{at}", f"{item.target.what}:{item.target.of}")
    return found


def test_a_column_is_given_another_meaning_and_the_form_is_known_again(enter, town):
    client = enter()
    data = sheet(ROWS)
    send(client, data)
    batch = ImportBatch.objects.get()
    title = f"s0-c{HEAD.index('案件名称')}"
    given = form_of(batch, **{title: "summary:", "s0-name": "和平街道报的复议"})
    assert client.post(reverse("import-map", args=[batch.pk]), given).status_code == 302
    page = text(client.get(reverse("import-map", args=[batch.pk])))
    assert "已更新预览" in page and "已保存对应“和平街道报的复议”；以后同样列名的表会认出来" in page
    assert "人工指定" in page
    shuffled = [(row[1], row[0], *row[2:]) for row in [HEAD, *ROWS]]
    again = take_in(town.actor(Role.HANDLER), "六月.xlsx", sheets({"Sheet1": shuffled}), "reconsideration")
    plan = plans_of(again)[0]
    assert plan.known == "和平街道报的复议"
    assert {item.label: item.target.what for item in plan.mapping.columns}["案件名称"] == "summary"
    assert "认出了这种表：用的是保存过的对应“和平街道报的复议”" in text(
        enter(Role.HANDLER).get(reverse("import-map", args=[again.pk]))
    )
    mapping = ImportMapping.objects.get()
    client = enter(Role.HANDLER)
    client.post(reverse("import-mapping-drop", args=[mapping.pk]))
    assert ImportMapping.objects.exists()  # not the handler's
    enter().post(reverse("import-mapping-drop", args=[mapping.pk]))
    assert not ImportMapping.objects.exists()


def test_what_a_value_means_is_said_on_the_page(enter, town):
    client = enter()
    send(client, sheet(rows_with(0, 复议结果="已结")))
    batch = ImportBatch.objects.get()
    place = HEAD.index("复议结果")
    given = form_of(batch, **{f"s0-c{place}": "outcome:decide"})
    client.post(reverse("import-map", args=[batch.pk]), given)
    page = text(client.get(reverse("import-map", args=[batch.pk])))
    assert "写法 1 种不是选项" in page and "「作出复议决定」没有「已结」" in page
    client.post(reverse("import-map", args=[batch.pk]), {**given, f"s0-c{place}-v0": "撤销"})
    page = text(client.get(reverse("import-map", args=[batch.pk])))
    assert "作出复议决定 2024-02-20（撤销）" in page and "没有「已结」" not in page


def test_a_mapping_that_cannot_give_cases_is_not_started(enter, town):
    client = enter()
    send(client, sheet(ROWS))
    batch = ImportBatch.objects.get()
    given = form_of(batch, **{"s0-c0": "ignore:", "do": "run"})
    answer = client.post(reverse("import-map", args=[batch.pk]), given)
    assert answer.status_code == 422
    assert "「行政复议」的对应里没有「案号」列；请指定哪一列是案号" in text(answer)
    nothing = {name: value for name, value in form_of(batch, do="run").items() if name != "s0-use"}
    assert "没有选择要导入的工作表" in text(client.post(reverse("import-map", args=[batch.pk]), nothing))
    batch.refresh_from_db()
    assert batch.state == "mapping"


def test_a_unit_for_the_whole_sheet(enter, town):
    client = enter()
    head = tuple(name for name in HEAD if name != "承办单位")
    send(client, sheet([tuple(v for n, v in zip(HEAD, row, strict=True) if n != "承办单位") for row in ROWS], head))
    batch = ImportBatch.objects.get()
    page = text(client.get(reverse("import-map", args=[batch.pk])))
    assert "没有单位列，表上也没有写填报单位；请指定全表的单位" in page
    client.post(reverse("import-map", args=[batch.pk]), form_of(batch, **{"s0-unit": "SFJ", "do": "run"}))
    list(run_waiting())
    assert ImportRow.objects.filter(outcome="added").count() == 2
    assert Case.objects.get(number="明复〔2024〕1号").unit == town.bureau


def test_a_dry_run_then_for_real(enter, town):
    client = enter()
    send(client, sheet(ROWS))
    batch = ImportBatch.objects.get()
    client.post(reverse("import-map", args=[batch.pk]), form_of(batch, do="dry"))
    list(run_waiting())
    page = text(client.get(reverse("import-batch", args=[batch.pk])))
    assert "没有登记任何内容，正式导入时会这样。" in page and not Case.objects.exclude(procedure="journal").exists()
    client.post(reverse("import-act", args=[batch.pk, "run"]))
    list(run_waiting())
    assert Case.objects.exclude(procedure="journal").count() == 2
    # what is recorded is not mapped anew
    assert client.get(reverse("import-map", args=[batch.pk])).status_code == 302


def test_stop_go_on_and_drop(enter, town):
    client = enter()
    send(client, sheet(ROWS))
    batch = ImportBatch.objects.get()
    client.post(reverse("import-map", args=[batch.pk]), form_of(batch, do="run"))
    client.post(reverse("import-act", args=[batch.pk, "drop"]))
    page = text(client.get(reverse("import-batch", args=[batch.pk])))
    assert "正在导入，文件还要用；请先停止" in page
    client.post(reverse("import-act", args=[batch.pk, "stop"]))
    page = text(client.get(reverse("import-batch", args=[batch.pk])))
    assert "由本人停止；已导入的行不受影响，可以继续" in page and ">继续</button>" in page
    list(run_waiting())
    assert not ImportRow.objects.exists()
    client.post(reverse("import-act", args=[batch.pk, "go-on"]))
    list(run_waiting())
    assert ImportRow.objects.count() == 3
    client.post(reverse("import-act", args=[batch.pk, "drop"]))
    page = text(client.get(reverse("import-batch", args=[batch.pk])))
    assert "文件已删除。" in page and "下载批注副本" not in page and "台账 第 4 行" in page
    answer = client.get(reverse("import-copy", args=[batch.pk]), follow=True)
    assert "的文件已删除；要再导入，请重新上传" in text(answer)


def test_the_marked_copy(enter, town):
    batch = imported(town, ROWS)
    answer = enter().get(reverse("import-copy", args=[batch.pk]))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book["台账"]["G4"].comment.text.startswith("「2024-13-08」没有 13 月")
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert Trace.objects.filter(kind="export", words=f"下载第 {batch.pk} 批 复议台账.xlsx 的批注副本").exists()
    # put right and sent again as it is
    book["台账"]["G4"] = "2024-03-08"
    out = io.BytesIO()
    book.save(out)
    again = imported(town, out.getvalue())
    assert again.words == "新增 1 行，更新 0 行，未变 2 行，退回 0 行"


def test_only_ones_own_imports(enter, town):
    batch = imported(town, ROWS)
    pages = [reverse(name, args=[batch.pk]) for name in ("import-batch", "import-map", "import-copy")]
    for role in (Role.HANDLER, Role.LEADER, Role.EXTERNAL, Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN):
        client = enter(role)
        assert [client.get(page).status_code for page in pages if "map" not in page] == [404, 404], role
        assert client.get(pages[1]).status_code in (403, 404)
        for name in ("run", "go-on", "stop", "drop"):
            assert client.post(reverse("import-act", args=[batch.pk, name])).status_code in (403, 404)
    assert "复议台账.xlsx" not in text(enter(Role.HANDLER).get(reverse("import")))
    client = enter(Role.ADMINISTRATOR)  # of the whole district: may look, not act
    page = text(client.get(pages[0]))
    assert "单位法制员" in page and "删除文件" not in page
    assert client.get(pages[2]).status_code == 200
    answer = client.post(reverse("import-act", args=[batch.pk, "drop"]))
    assert answer.status_code == 403 and "不是您上传的，只能查看" in text(answer)


def test_a_case_the_reader_may_not_open_is_not_linked(enter, town):
    batch = imported(town, ROWS)
    Case.objects.filter(number="明复〔2024〕1号").update(secrecy=Case.Secrecy.ASSIGNED)
    page = text(enter(Role.ADMINISTRATOR).get(reverse("import-batch", args=[batch.pk])))
    assert "明复〔2024〕1号" not in page and "明复〔2024〕2号" in page


@pytest.mark.parametrize("role", [Role.LEADER, Role.EXTERNAL, Role.AUDIT_ADMIN])
def test_who_may_not_import_is_told(enter, role):
    answer = enter(role).get(reverse("import"))
    assert answer.status_code == 403 and "“导入台账”须由" in text(answer)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(ROWS))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
        new.writestr("xl/worksheets/sheet9.xml", b"\0" * (80 << 20))
    return out.getvalue()


def long_text() -> bytes:
    """A workbook with a description of fifty megabytes in one cell."""
    out = io.BytesIO()
    data, words = sheet(rows_with(0, 案件名称="LONG")), "".join(f"第{n}段" for n in range(4_000_000)).encode()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info).replace(b"LONG", words))
    return out.getvalue()


WRONG = {
    "bomb": (bomb, "台账.xlsx", "压缩"),
    "password": (lambda: ole({"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"y" * 5000}), "台账.xlsx",
                 "内容却是旧式 Office 文件"),
    "password xls": (lambda: ole({"EncryptedPackage": b"x" * 5000}), "台账.xls",
                     "工作簿设了打开密码（已加密），不能读；请在 Excel 中去掉密码后另存"),
    "html": (lambda: "<html><table><tr><td>案号</td></tr></table></html>".encode(), "台账.xls",
             "文件名是「.xls」，内容却是网页（HTML）；请用 Excel 或 WPS 打开后“另存为” Excel 工作簿（.xlsx）再传"),
    "empty": (lambda: b"", "台账.xlsx", "空文件：没有任何内容"),
    "blank": (lambda: b" \n \n", "台账.csv", "空文件：没有任何内容"),
    "no table": (lambda: sheets({"说明": [["请见附件"], ["谢谢"]]}), "台账.xlsx", "工作表「说明」"),
    "picture": (lambda: b"\x89PNG\r\n" + b"0" * 100, "台账.xlsx", "内容却是PNG 图片"),
    "log": (lambda: b'<?xml version="1.0"?><log></log>', "台账.xes",
            "XES 不是表格；登记表接受：Excel（.xlsx .xls）、CSV"),
    "path": (lambda: sheet(ROWS), "台账.exe", "不认识的文件类型「.exe」"),
    "large": (lambda: b"a,b\n" * (51 << 18), "台账.csv", "文件有 51.0 MB；接受：至多 50 MB"),
    "long": (long_text, "台账.xlsx",
             "工作表「台账」C2 有 34888890 个字；接受：一格至多 32767 字（Excel 的上限）；请缩短"),
    "one cell": (lambda: f"案号,标题\n1号,\"{'长' * 200_000}\"\n".encode(), "台账.csv", "一格超过 131072 字"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_file_is_answered_in_words(enter, kind):
    make, name, words = WRONG[kind]
    answer = send(enter(), make(), name)
    assert answer.status_code == 422
    assert words in text(answer).replace("&quot;", '"'), text(answer)[text(answer).find("notice"):][:600]
    assert not ImportBatch.objects.exists()


def test_no_file_at_all(enter):
    answer = enter().post(reverse("import"), {"procedure": ""})
    assert answer.status_code == 422 and "没有选择文件" in text(answer)


def test_a_long_description_is_returned_with_its_length(enter, town):
    head = (*HEAD, "复议请求")
    batch = imported(town, sheet([(*ROWS[0], "长" * 32_000)], head))
    assert "有 32000 个字；接受：至多 20000 个字" in ImportRow.objects.get(batch=batch).words


def test_old_excel_and_csv_of_the_ministry_are_read(enter, town):
    client = enter()
    rows = [[str(cell) for cell in row] for row in (HEAD, *ROWS[:2])]
    assert send(client, xls(rows), "旧.xls").status_code == 302
    lines = "\n".join(",".join(row) for row in rows)
    assert send(client, lines.encode("gb18030"), "旧.csv").status_code == 302
    for batch in ImportBatch.objects.order_by("pk"):
        ran(town, batch)
    assert [batch.words for batch in ImportBatch.objects.order_by("pk")] == [
        "新增 2 行，更新 0 行，未变 0 行，退回 0 行", "新增 0 行，更新 0 行，未变 2 行，退回 0 行",
    ]  # fmt: skip


def test_the_register_is_told_from_the_columns(enter, town):
    client = enter()
    send(client, sheet(ROWS), procedure="")
    assert ImportBatch.objects.get().procedure == "reconsideration"
    odd = sheet([("苹果", "3"), ("梨", "4")], ("水果", "个数"))
    answer = send(client, odd, procedure="")
    assert answer.status_code == 422 and "看不出这是哪一种台账" in text(answer)


def test_what_is_in_a_file_is_escaped(enter, town):
    evil = "<script>alert(1)</script>"
    client = enter()
    send(client, sheet(rows_with(0, 案件名称=evil, 申请人=evil, 复议结果=evil), (*HEAD[:-1], f"复议结果{evil}")),
         f"{evil.replace('/', '')}.xlsx")
    batch = ImportBatch.objects.get()
    page = text(client.get(reverse("import-map", args=[batch.pk])))
    assert evil not in page and "<script>alert" not in page
    queue(town.actor(Role.LEGAL_OFFICER), batch, dry=False)
    list(run_waiting())
    assert "<script>alert" not in text(client.get(reverse("import-batch", args=[batch.pk])))


# Taking a register away


@pytest.fixture
def filled(town, june):
    """Two cases with a person's numbers in a title, one of them secret."""
    imported(town, rows_with(0, 案件名称="不服罚款决定，电话13800000001"))
    return Case.objects.get(number="明复〔2024〕1号")


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("form", ["xlsx", "csv", "xes", "ocel"])
def test_a_register_in_each_format(enter, town, filled, form):
    answer = enter().get(reverse("register-export", args=["reconsideration", form]))
    data = body(answer)
    if form == "xlsx":
        found = "".join(
            str(cell.value) for page in openpyxl.load_workbook(io.BytesIO(data)) for row in page for cell in row
        )
    elif form == "xes":
        found = gzip.decompress(data).decode()
    else:
        found = data.decode("utf-8-sig")
    assert "明复〔2024〕1号" in found and "明复〔2024〕2号" in found and "模拟数据" in found
    assert "138****0001" in found and "13800000001" not in found
    names = {"xlsx": "Excel", "csv": "CSV", "xes": "XES", "ocel": "OCEL 2.0"}
    assert Trace.objects.get(kind="export").words == f"导出行政复议台账（{names[form]}）2 件：全部，排列：新的在前"
    if form == "ocel":
        assert {item["type"] for item in json.loads(found)["objects"]} == {"办件", "单位"}


def test_rows_and_filters_hold_for_what_is_taken_away(enter, town, filled):
    filled.secrecy = Case.Secrecy.ASSIGNED
    filled.save()
    client = enter(Role.LEADER)
    data = body(client.get(reverse("register-export", args=["reconsideration", "csv"]))).decode("utf-8-sig")
    assert "明复〔2024〕1号" not in data and "明复〔2024〕2号" in data
    closed = body(client.get(reverse("register-export", args=["reconsideration", "csv"]), {"status": "closed"}))
    assert len(closed.decode("utf-8-sig").splitlines()) == 1
    assert Trace.objects.filter(kind="export").last().words.endswith("0 件：状态：已办结，排列：新的在前")
    nobody = body(enter(Role.AUDIT_ADMIN).get(reverse("register-export", args=["reconsideration", "xes"])))
    assert b"2024" not in nobody[:10]


def test_a_format_or_a_register_there_is_not(enter):
    client = enter()
    assert client.get(reverse("register-export", args=["reconsideration", "pdf"])).status_code == 404
    assert client.get(reverse("register-export", args=["nothing", "csv"])).status_code == 404


def test_corrected_steps_are_taken_away_as_they_stand(enter, town, filled):
    imported(town, rows_with(0, 受理日期="2024-01-08", 案件名称="不服罚款决定，电话13800000001"))
    data = body(enter().get(reverse("register-export", args=["reconsideration", "csv"]), {"rows": "event"}))
    found = [line.split(",") for line in data.decode("utf-8-sig").splitlines() if line.startswith("明复〔2024〕1号")]
    assert [(line[3], line[4]) for line in found] == [
        ("收到申请", "2024-01-02"), ("受理", "2024-01-08"), ("作出复议决定", "2024-02-20"),
    ]  # fmt: skip


@pytest.mark.parametrize("rows", ["case", "event"])
def test_what_was_taken_away_comes_back_as_it_was(enter, town, filled, rows):
    """Masked numbers and pseudonyms take the place of nothing."""
    before = Event.objects.count()
    data = body(enter().get(reverse("register-export", args=["reconsideration", "xlsx"]), {"rows": rows}))
    batch = ran(town, handed_in(town, data, "导出.xlsx"))
    assert set(ImportRow.objects.filter(batch=batch).values_list("outcome", flat=True)) == {"same"}, list(
        ImportRow.objects.filter(batch=batch).values_list("words", flat=True)
    )
    assert Event.objects.count() == before
    assert Case.objects.get(pk=filled.pk).opened_on == date(2024, 1, 2)
