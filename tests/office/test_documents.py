"""Documents and attachments of a case: written from its records, numbered, kept in two files, handed out to who may."""

from __future__ import annotations

import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from pypdf import PdfReader

from fadu.acts.advance import advance
from fadu.acts.assign import assign
from fadu.acts.attach import SIZE_LIMIT, content_of
from fadu.acts.issue import PDF, WORD, Writing, issue
from fadu.acts.moves import Move
from fadu.acts.share import share
from fadu.exchange.attachments import inspect_attachment
from fadu.exchange.rejects import FileError
from fadu.store.models import Case, Document, Event, Role, Secret, Trace, Unit
from fadu.store.sequence import sequence_waiting
from fadu.store.verifying import proof_of, verify_store

DAY = date(2024, 3, 1)
FILLED = {"act": "5号处罚决定", "被申请人.名称": "某局", "单位.电话": "0000-0000000", "案件.承办人": "李某"}


@pytest.fixture
def case(town, at):
    """Received and accepted on 1 March 2024; today is 1 March."""
    with at("2024-03-01 10:00"):
        made = town.reconsideration(DAY)
        assign(town.actor(Role.LEGAL_OFFICER), made.pk, town.people[Role.HANDLER])
        advance(town.actor(Role.HANDLER), made.pk, Move("accept", DAY))
        yield made


@pytest.fixture
def enter(client, town, case):
    """Sign in as a role."""

    def as_role(role: Role):
        client.logout()  # an old session may have been idle too long
        client.force_login(town.people[role])
        return client

    return as_role


def _text(response) -> str:
    return response.content.decode()


def _where(case: Case, name: str = "acceptance_notice", about: int = 3) -> str:
    return reverse("case-paper", args=[case.pk, name, about])


def _issue(client, case: Case, **more: str):
    seen = Case.objects.get(pk=case.pk).seq
    return client.post(_where(case), {**FILLED, "seen": seen, "issue": "1", **more}, follow=True)


def _words(document: Document) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(content_of(document))).pages))


def _pdf() -> Document:
    return Document.objects.filter(media=PDF).latest("pk")


# Writing and issuing ------------------------------------------------------------------------------


def test_the_case_offers_the_documents_of_the_step_just_taken(enter, town, case):
    page = _text(enter(Role.HANDLER).get(reverse("case", args=[case.pk])))
    assert f'href="{_where(case)}">行政复议申请受理通知书' in page
    advance(town.actor(Role.HANDLER), case.pk, Move("send_copy", DAY))
    page = _text(enter(Role.HANDLER).get(reverse("case", args=[case.pk])))
    first, folded = page.split("此前环节的文书")
    assert "行政复议答复通知书" in first and "行政复议申请受理通知书" in folded


def test_the_form_asks_what_the_records_do_not_give_and_shows_how_it_reads(enter, case):
    page = _text(enter(Role.HANDLER).get(_where(case)))
    asked = re.findall(r'<(?:textarea|input type="text"|input) name="([^"]+)"|<textarea name="([^"]+)"', page)
    names = {first or second for first, second in asked}
    assert {"act", "被申请人.名称", "单位.电话"} <= names and "申请人.名称" not in names
    assert "期限至2024年4月30日" in page and "还缺：" in page
    looked = _text(enter(Role.HANDLER).post(_where(case), {**FILLED, "act": "<b>5号</b>处罚", "look": "1"}))
    assert "不服某局&lt;b&gt;5号&lt;/b&gt;处罚" in looked and "<b>5号" not in looked
    assert not Document.objects.exists()


def test_the_page_is_seen_before_it_is_issued(enter, case):
    answer = enter(Role.HANDLER).post(_where(case), {**FILLED, "pdf": "1"})
    assert answer["Content-Type"] == PDF and answer.content.startswith(b"%PDF")
    words = re.sub(r"\s", "", PdfReader(io.BytesIO(answer.content)).pages[0].extract_text())
    assert "草稿" in words
    assert not Document.objects.exists() and Event.objects.filter(act="issue").count() == 0


def test_what_is_wanted_is_said_at_its_place(enter, case):
    answer = enter(Role.HANDLER).post(_where(case), {**FILLED, "act": " ", "seen": 3, "issue": "1"})
    assert answer.status_code == 422
    assert "请填写被申请行政复议的行政行为" in _text(answer) and "某局" in _text(answer)
    long = enter(Role.HANDLER).post(_where(case), {**FILLED, "act": "长" * 20_001, "seen": 3, "issue": "1"})
    assert "最多 20000 字，收到 20001 字；较长的内容请作为附件上传" in _text(long)
    assert not Document.objects.exists()


def test_it_is_issued_with_a_number_as_pdf_and_word_and_is_in_the_ledger(enter, case):
    page = _text(_issue(enter(Role.HANDLER), case))
    assert "已制发《行政复议申请受理通知书》明司复受字〔2024〕1号" in page and "制发文书" in page
    pdf, word = Document.objects.order_by("pk")
    assert (pdf.media, word.media, pdf.number) == (PDF, WORD, word.number)
    words = _words(pdf)
    for part in ("明司复受字〔2024〕1号", "甲公司", "不服某局5号处罚决定", "2024年3月1日", "期限至2024年4月30日"):
        assert part in words
    assert zipfile.ZipFile(io.BytesIO(content_of(word))).testzip() is None
    sequence_waiting()
    assert [verdict.faults for verdict in verify_store() if not verdict.ok] == []
    assert pdf.sm3 in proof_of(pdf.event_id)
    kept = Secret.objects.get(event=pdf.event_id, name="filled")
    assert "5号处罚决定".encode() not in bytes(kept.sealed)


def test_numbers_are_without_gaps_by_unit_kind_and_year(enter, town, case, at):
    client = enter(Role.HANDLER)
    _issue(client, case)
    _issue(client, case, act="")  # refused: no number is lost
    other = town.reconsideration(DAY)
    advance(town.actor(Role.HANDLER), other.pk, Move("accept", DAY))
    client.post(_where(other, about=2), {**FILLED, "seen": 2, "issue": "1"})
    assert _pdf().number == "明司复受字〔2024〕2号"
    advance(town.actor(Role.HANDLER), case.pk, Move("send_copy", DAY))
    about = Case.objects.get(pk=case.pk).seq
    address = {"单位.地址": "和平路1号"}
    client.post(_where(case, "reply_notice", about), {**FILLED, **address, "seen": about, "issue": "1"})
    assert _pdf().number == "明司复答字〔2024〕1号"
    with at("2025-01-06 10:00"):
        client = enter(Role.HANDLER)
        third = town.reconsideration(date(2025, 1, 6))
        advance(town.actor(Role.HANDLER), third.pk, Move("accept", date(2025, 1, 6)))
        client.post(_where(third, about=2), {**FILLED, "seen": 2, "issue": "1"})
        assert _pdf().number == "明司复受字〔2025〕1号"


@pytest.mark.usefixtures("real_transactions")
def test_of_several_issued_at_one_time_each_has_its_own_number(at):
    from district import make_town

    with at("2024-03-01 10:00"):
        town = make_town()
        officer = town.actor(Role.LEGAL_OFFICER)
        cases = [town.reconsideration(DAY) for _ in range(4)]
        for each in cases:
            advance(officer, each.pk, Move("accept", DAY))

        def write(each: Case) -> None:
            try:
                issue(officer, each.pk, Writing("reconsideration/acceptance_notice", 2, FILLED))
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, cases))
    numbers = Document.objects.filter(media=PDF).values_list("number", flat=True)
    assert sorted(numbers) == [f"明司复受字〔2024〕{number}号" for number in range(1, 5)]


def test_issued_late_it_bears_the_day_and_the_last_day_of_its_step(enter, town, case, at):
    handler = town.actor(Role.HANDLER)
    with at("2024-03-20 10:00"):
        why = "以其他案件审理结果为依据"
        advance(handler, case.pk, Move("suspend", date(2024, 3, 20), reason="等待另案", outcome=why))
    with at("2025-01-06 10:00"):
        advance(handler, case.pk, Move("resume", date(2025, 1, 6)))
        _issue(enter(Role.HANDLER), case)
    document = _pdf()
    words = _words(document)
    assert document.number == "明司复受字〔2024〕1号"  # the row of the document's year
    assert "期限至2024年4月30日" in words and "2024年3月1日" in words and "2025" not in words
    assert Event.objects.get(pk=document.event_id).occurred_on == date(2025, 1, 6)  # that it was issued late is seen


def test_issued_again_it_is_a_version_under_the_same_number(enter, case):
    client = enter(Role.HANDLER)
    _issue(client, case)
    same = _issue(client, case)
    assert "已记录，没有重复制发" in _text(same) and Document.objects.count() == 2
    page = _text(client.get(_where(case)))
    assert "5号处罚决定" in page and "文号不变" in page  # filled in as before
    assert "，第 2 版" in _text(_issue(client, case, act="6号处罚决定"))
    assert {(row.version, row.number) for row in Document.objects.all()} == {
        (1, "明司复受字〔2024〕1号"), (2, "明司复受字〔2024〕1号"),
    }  # fmt: skip
    assert "以前的版本（1）" in _text(client.get(reverse("case", args=[case.pk])))


def test_the_same_form_twice_issues_once(enter, case):
    client, form = enter(Role.HANDLER), {**FILLED, "seen": 3, "issue": "1"}
    client.post(_where(case), form)
    again = client.post(_where(case), form, follow=True)
    assert "已记录，没有重复制发" in _text(again) and Document.objects.count() == 2
    changed = client.post(_where(case), {**form, "act": "7号处罚决定"})
    assert changed.status_code == 409 and "在您打开之后已有变动" in _text(changed)
    assert "7号处罚决定" in _text(changed) and Document.objects.count() == 2


def test_what_was_written_of_the_unit_is_there_for_its_next_document(enter, town, case):
    client = enter(Role.HANDLER)
    _issue(client, case)
    other = town.reconsideration(DAY)
    advance(town.actor(Role.HANDLER), other.pk, Move("accept", DAY))
    page = _text(client.get(_where(other, about=2)))
    assert "联系电话：0000-0000000" in page and 'name="单位.电话"' not in page


def test_addresses_are_masked_until_it_is_issued(enter, town, at, case):
    from fadu.acts.moves import NewCase, PartyGiven
    from fadu.acts.register import register

    party = PartyGiven("申请人", "张三", "natural", address="明川区和平路1号", id_number="110101199001011234")
    opening = Move("receive", DAY)
    new = NewCase("reconsideration", town.bureau.pk, opening, "不服", parties=(party,))
    made = register(town.actor(Role.LEGAL_OFFICER), new)
    advance(town.actor(Role.LEGAL_OFFICER), made.pk, Move("decline", DAY, reason="超过申请期限"))
    client, where = enter(Role.LEGAL_OFFICER), _where(made, "refusal_decision", 2)
    filled = {"act": "罚款", "request": "撤销罚款", "被申请人.基本情况": "被申请人：某局。", "prerequisite": "false",
              "单位.管辖法院": "明川区人民法院"}  # fmt: skip
    draft = client.post(where, {**filled, "pdf": "1"})
    told = "".join(page.extract_text() for page in PdfReader(io.BytesIO(draft.content)).pages)
    shown = _text(client.post(where, {**filled, "look": "1"}))
    assert "和平路1号" not in told and "和平路1号" not in shown and "明川区****" in shown
    client.post(where, {**filled, "seen": 2, "issue": "1"})
    assert "明川区和平路1号" in _words(_pdf()) and "19900101" not in _words(_pdf())


def test_a_unit_without_code_letters_is_told_who_can_give_them(enter, town, case):
    Unit.objects.update(short="")
    assert "区司法局没有发文简称" not in _text(_issue(enter(Role.HANDLER), case))  # the district is above it
    assert "明川区没有发文简称，不能编文号；请系统管理员" in _text(_issue(enter(Role.HANDLER), case))
    assert not Document.objects.exists()


def test_a_document_of_a_record_that_does_not_stand_is_not_issued(enter, town, case):
    from fadu.acts.correct import correct

    correct(town.actor(Role.HANDLER), case.pk, 3, None, "误记")
    page = _text(enter(Role.HANDLER).get(_where(case), follow=True))
    assert "《行政复议申请受理通知书》不能随第 3 条记录制发" in page
    assert enter(Role.HANDLER).get(_where(case, "no_such_paper")).status_code == 404
    assert enter(Role.LEADER).get(_where(case)).status_code == 403


def test_the_document_of_a_corrected_record_keeps_its_number(enter, town, case, at):
    from fadu.acts.correct import correct

    client = enter(Role.HANDLER)
    _issue(client, case)
    with at("2024-03-04 10:00"):
        client = enter(Role.HANDLER)
        correct(town.actor(Role.HANDLER), case.pk, 3, Move("accept", date(2024, 3, 4)), "日期填错")
        _issue(client, case)
    document = _pdf()
    assert (document.version, document.number) == (2, "明司复受字〔2024〕1号")
    assert "期限至2024年5月6日" in _words(document)  # sixty days end on 3 May, a day of the holiday


# Attachments --------------------------------------------------------------------------------------


def _upload(client, case: Case, name: str, content: bytes, **more: str):
    form = {"file": SimpleUploadedFile(name, content), **more}
    return client.post(reverse("case-upload", args=[case.pk]), form, follow=True)


PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


def test_a_file_is_uploaded_shown_and_handed_out(enter, case):
    client = enter(Role.HANDLER)
    assert "已上传“现场照片”" in _text(_upload(client, case, "现场照片.png", PNG))
    row = Document.objects.get()
    assert (row.title, row.media, row.kind) == ("现场照片", "image/png", "attachment")
    answer = client.get(reverse("case-file", args=[case.pk, row.pk]))
    assert answer.content == PNG and answer["Content-Disposition"].startswith("attachment;")
    assert "%E7%8E%B0%E5%9C%BA%E7%85%A7%E7%89%87.png" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]
    trace = Trace.objects.get(kind="download")
    assert trace.person.login == "handler" and "现场照片" in trace.words and trace.case_id == case.pk


def test_a_new_version_stands_beside_the_old_and_the_same_file_is_not_kept_twice(enter, case):
    client = enter(Role.HANDLER)
    _upload(client, case, "照片.png", PNG)
    assert "已记录，没有重复上传：“照片”第 1 版就是这个文件" in _text(_upload(client, case, "照片.png", PNG))
    _upload(client, case, "改名.png", PNG + b"2", of="照片")
    assert [(row.title, row.version) for row in Document.objects.order_by("pk")] == [("照片", 1), ("照片", 2)]
    assert "以前的版本（1）" in _text(client.get(reverse("case", args=[case.pk])))
    sequence_waiting()
    assert [verdict.faults for verdict in verify_store() if not verdict.ok] == []


def test_only_who_may_see_the_case_is_handed_its_files(enter, town, case):
    _upload(enter(Role.HANDLER), case, "照片.png", PNG)
    where = reverse("case-file", args=[case.pk, Document.objects.get().pk])
    for role in (Role.EXTERNAL, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        assert enter(role).get(where).status_code == 404, role
    share(town.actor(Role.LEGAL_OFFICER), case.pk, town.people[Role.EXTERNAL], "监督")
    assert enter(Role.EXTERNAL).get(where).status_code == 200
    assert [trace.person.login for trace in Trace.objects.filter(kind="download")] == ["external"]
    other = town.reconsideration(DAY)
    assert enter(Role.HANDLER).get(reverse("case-file", args=[other.pk, Document.objects.get().pk])).status_code == 404


def test_who_may_not_attach_attaches_nothing(enter, case):
    refused = _upload(enter(Role.LEADER), case, "照片.png", PNG)
    assert refused.status_code == 403 and "“附材料”须由区司法局管理员、单位法制员、承办人进行" in _text(refused)
    assert _upload(enter(Role.EXTERNAL), case, "照片.png", PNG).status_code == 404
    assert not Document.objects.exists()


def test_an_upload_that_is_refused_says_why(enter, case):
    client = enter(Role.HANDLER)
    assert "内容却不是这种图片" in _text(_upload(client, case, "照片.png", b"MZ program"))
    assert "请选择要上传的文件" in _text(client.post(reverse("case-upload", args=[case.pk]), {}))
    assert "空文件" in _text(_upload(client, case, "空.txt", b""))
    assert not Document.objects.exists()


def _zip(parts: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()


DOCX = {"word/document.xml": b"<w/>", "[Content_Types].xml": b"<t/>"}


@pytest.mark.parametrize(("name", "content", "words"), [
    ("a.exe", b"MZ", "不收“.exe”文件；接受：PDF"),
    ("a.zip", _zip({"a": b"x"}), "压缩包请解开后分别上传"),
    ("a", b"x", "不收“没有后缀”文件"),
    ("../a.pdf", b"%PDF-1.4", "含有路径或控制字符"),
    ("a.pdf", b"hello", "内容却不是 PDF"),
    ("a.pdf", b"%PDF-1.4 cut", "没有传完"),
    ("a.pdf", b"%PDF-1.4 /JavaScript (x) %%EOF", "带有脚本"),
    ("a.docx", b"PK not a zip", "文件已损坏"),
    ("a.docx", _zip({"xl/workbook.xml": b"<w/>"}), "内容却不是 Word 文档"),
    ("a.docx", _zip({**DOCX, "word/vbaProject.bin": b"x"}), "含有宏"),
    ("a.docx", _zip({**DOCX, "word/media/bomb.bin": b"\0" * 12_000_000}), "疑似压缩炸弹"),
    ("a.docx", _zip({f"p{n}": b"" for n in range(2001)}), "2001 个文件"),
    ("a.ofd", _zip({"x.xml": b"<w/>"}), "内容却不是 OFD 版式文件"),
    ("a.doc", b"plain", "内容却不是旧式 Word 文档"),
    ("a.xlsx", _zip(DOCX), "不是 Excel 工作簿"),
    ("a.txt", b"a\0b", "NUL"),
    ("a.txt", b"\xef\xbb\xbf \n", "空文件"),
    ("a.png", PNG + b"x" * SIZE_LIMIT, "至多 50 MB"),
])  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_refused(name, content, words):
    with pytest.raises(FileError, match=re.escape(words)):
        inspect_attachment(content, name)


@pytest.mark.parametrize(("name", "content", "media"), [
    ("通知.PDF", b"%PDF-1.7 ... %%EOF\n", "application/pdf"),
    ("答复.docx", _zip(DOCX), WORD),
    ("版式.ofd", _zip({"OFD.xml": b"<o/>"}), "application/ofd"),
    ("说明.txt", "情况说明".encode("gb18030"), "text/plain"),
    ("照片.jpeg", b"\xff\xd8\xff\xe0x", "image/jpeg"),
])  # fmt: skip
def test_files_that_offices_send_are_taken(name, content, media):
    found = inspect_attachment(content, name)
    assert (found.media, found.stem) == (media, name.rpartition(".")[0])


class _Announced(io.RawIOBase):
    """A body of which only the size is known: reading it is counted."""

    def __init__(self, size: int) -> None:
        self.size, self.read_so_far = size, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.read_so_far += size
        return b"x" * size

    def __len__(self) -> int:
        return self.size


@pytest.mark.parametrize("page", ["case-upload", "import"])
def test_a_file_that_is_too_large_is_refused_before_it_is_received(enter, case, page):
    body = _Announced(500 << 20)
    address = reverse(page, args=[case.pk] if page == "case-upload" else [])
    answer = enter(Role.HANDLER).generic(
        "POST", address,
        **{"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "multipart/form-data; boundary=b", "wsgi.input": body},
    )  # fmt: skip
    assert answer.status_code == 413 and body.read_so_far == 0
    assert "文件最大 50 MB，这次提交有 500 MB，没有接收" in _text(answer)
    assert not Document.objects.exists()
