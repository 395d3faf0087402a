"""Registers taken away: at once, or by the worker with its progress, fetched by whoever may still see what is in it."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.urls import reverse

from fadu.acts import export_job, export_register
from fadu.acts.erase import erase
from fadu.acts.export_job import sweep_exports
from fadu.acts.share import restrict
from fadu.office import case_lists
from fadu.office.views import exports as views
from fadu.store.models import Case, Export, Grant, Role, Trace
from fadu.worker.exports import run_waiting

DAY = date(2024, 2, 26)
ARGS = ["reconsideration"]


@pytest.fixture
def cases(town, at):
    shutil.rmtree(settings.DISTRICT.folder / "exports", ignore_errors=True)  # the folder outlives a test's database
    with at("2024-02-26 10:00"):
        yield [town.reconsideration(DAY) for _ in range(5)]


@pytest.fixture
def enter(enter, cases):
    """In the time of these tests."""
    return enter


def _text(answer) -> str:
    return answer.content.decode()


def _bytes(answer) -> bytes:
    return b"".join(answer.streaming_content)


def _asked_for(client, form: str = "csv", **query: str) -> Export:
    query_string = "&".join(f"{name}={value}" for name, value in query.items())
    where = reverse("register-export-ask", args=[*ARGS, form])
    client.post(f"{where}?{query_string}", follow=True)
    return Export.objects.latest("pk")


def _files() -> list[str]:
    return [path.name for path in (settings.DISTRICT.folder / "exports").glob("*")]


def test_a_small_list_is_handed_out_and_a_large_one_is_offered_to_the_worker(enter, monkeypatch):
    client = enter()
    page = _text(client.get(reverse("export-choices", args=ARGS)))
    for words in ("列表所见", "一行一个环节", "XES", "OCEL 2.0", "我的导出", "5 件"):
        assert words in page, words
    where = reverse("register-export", args=[*ARGS, "csv"])
    assert len(_bytes(client.get(where)).decode("utf-8-sig").splitlines()) == 6
    monkeypatch.setattr(views, "DIRECT", 4)
    answer = client.get(where, {"rows": "event", "status": "open"})
    assert "超过 4 件，在后台导出" in _text(answer) and "状态：在办" in _text(answer)
    assert reverse("register-export-ask", args=[*ARGS, "csv"]) + "?status=open&amp;rows=event" in _text(answer)
    assert not Export.objects.exists()


def test_more_than_are_counted_are_not_told_as_a_number_of_their_own(enter, monkeypatch):
    monkeypatch.setattr(case_lists, "COUNTED", 3)
    assert '<p class="sub">3+ 件：' in _text(enter().get(reverse("export-choices", args=ARGS)))


def test_the_worker_writes_it_and_it_is_fetched(enter, cases):
    client = enter()
    job = _asked_for(client, rows="seen", order="changed")
    page = _text(client.get(reverse("exports")))
    assert "等待后台任务接手，5 件" in page and "列表所见" in page
    assert client.get(reverse("export-file", args=[job.pk])).status_code == 302
    assert list(run_waiting()) == [f"导出第 {job.pk} 个（{job.name}）：5 件"]
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 5, 5)
    sealed = (settings.DISTRICT.folder / "exports" / job.file).read_bytes()
    assert "不服行政处罚决定".encode() not in sealed
    answer = client.get(reverse("export-file", args=[job.pk]))
    content = _bytes(answer)
    assert len(content) == job.size == int(answer["Content-Length"])
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert [row[0] for row in rows[1:]] == [case.number for case in reversed(cases)]
    assert "保留到 2024-03-04" in _text(client.get(reverse("exports")))
    said = list(Trace.objects.filter(kind="export").values_list("words", flat=True))
    assert said[0].startswith("导出行政复议台账（CSV）5 件") and said[1].startswith("下载导出 ")


@pytest.mark.parametrize("form", ["xlsx", "csv", "xes", "ocel"])
def test_every_format_in_pieces_is_what_it_is_at_once(enter, form, monkeypatch):
    monkeypatch.setattr(export_job, "_PIECE", 100)
    monkeypatch.setattr(export_register, "CHUNK", 2)
    client = enter()
    job = _asked_for(client, form)
    list(run_waiting())
    content = _bytes(client.get(reverse("export-file", args=[job.pk])))
    at_once = _bytes(client.get(reverse("register-export", args=[*ARGS, form])))
    if form == "xlsx":
        assert content[:2] == b"PK" and abs(len(content) - len(at_once)) < 100
    else:
        assert content == at_once
    if form == "xes":
        assert gzip.decompress(content).count(b"<trace>") == 5


def test_xes_and_ocel_and_the_tables_say_the_same_of_what_they_are(enter):
    client, words = enter(), ("状态", "在办")
    taken = {form: _bytes(client.get(reverse("register-export", args=[*ARGS, form]), {"status": "open"}))
             for form in ("xes", "ocel")}  # fmt: skip
    xes, ocel = gzip.decompress(taken["xes"]).decode(), json.loads(taken["ocel"])
    assert f'key="fadu:{words[0]}" value="{words[1]}"' in xes
    assert ocel["fadu:状态"] == "在办" and "口径" in xes and "fadu:口径" in ocel


def test_only_its_owner_fetches_or_deletes_it(enter):
    job = _asked_for(enter())
    list(run_waiting())
    other = enter(Role.ADMINISTRATOR)
    assert other.get(reverse("export-file", args=[job.pk])).status_code == 404
    assert other.post(reverse("export-drop", args=[job.pk])).status_code == 404
    assert "没有后台导出" in _text(other.get(reverse("exports")))


def test_who_may_no_longer_see_a_case_in_it_is_refused(enter, town, cases):
    client = enter()
    job = _asked_for(client)
    list(run_waiting())
    restrict(town.actor(Role.ADMINISTRATOR), cases[0].pk, Case.Secrecy.ASSIGNED, "涉密")
    page = _text(client.get(reverse("export-file", args=[job.pk]), follow=True))
    assert "其中 1 件您现在不能查看" in page
    Grant.objects.filter(person=town.people[Role.LEGAL_OFFICER]).update(until=DAY - timedelta(days=1))
    assert "其中 5 件您现在不能查看" in _text(client.get(reverse("export-file", args=[job.pk]), follow=True))


def test_what_was_restricted_before_it_was_written_is_left_out(enter, town, cases):
    client = enter()
    job = _asked_for(client)
    restrict(town.actor(Role.ADMINISTRATOR), cases[0].pk, Case.Secrecy.ASSIGNED, "涉密")
    list(run_waiting())
    assert "4 件；另有 1 件您已不能查看，没有写入" in _text(client.get(reverse("exports")))
    assert cases[0].number not in _bytes(client.get(reverse("export-file", args=[job.pk]))).decode()


def test_what_was_erased_since_is_not_handed_out(enter, town, cases):
    client = enter()
    job = _asked_for(client)
    list(run_waiting())
    erase(town.actor(Role.ADMINISTRATOR), cases[2].pk, "本人申请")
    assert "在导出之后删除了个人信息" in _text(client.get(reverse("export-file", args=[job.pk]), follow=True))


def test_it_is_deleted_by_its_owner_and_after_a_week(enter, town, at):
    client = enter()
    first, second = _asked_for(client), _asked_for(client)
    list(run_waiting())
    client.post(reverse("export-drop", args=[first.pk]))
    assert Export.objects.count() == 1 and len(_files()) == 1
    with at("2024-03-04 09:00"):
        assert sweep_exports() == 0
    with at("2024-03-04 11:00"):
        assert sweep_exports() == 1
    assert not _files() and not Export.objects.filter(pk=second.pk).exists()


def test_one_deleted_while_it_is_written_leaves_nothing(enter, monkeypatch):
    job = _asked_for(enter())
    monkeypatch.setattr(export_register, "CHUNK", 1)
    monkeypatch.setattr(export_job, "export_register", _deleting(export_job.export_register, job))
    assert list(run_waiting()) == [f"导出第 {job.pk} 个：已删除"]
    assert not _files() and not Export.objects.exists()


def _deleting(write, job: Export):
    def in_between(actor, wanted, cases, file, progress):
        def told(done: int) -> None:
            if done == 3:
                Export.objects.filter(pk=job.pk).delete()
            progress(done)

        return write(actor, wanted, cases, file, told)

    return in_between


def test_one_broken_off_is_written_anew(enter):
    job = _asked_for(enter())
    Export.objects.filter(pk=job.pk).update(state=Export.State.RUNNING, done=2)  # the worker was killed
    (settings.DISTRICT.folder / "exports").mkdir(exist_ok=True)
    (settings.DISTRICT.folder / "exports" / "9999-left.sealed").write_bytes(b"x")
    list(run_waiting())
    job.refresh_from_db()
    assert job.state == "done" and sweep_exports() == 0 and _files() == [job.file]


def test_a_fault_and_a_limit_are_said(enter, town, monkeypatch):
    client = enter()
    job = _asked_for(client)

    def broken(*given):
        raise ValueError("secret")

    monkeypatch.setattr(export_job, "export_register", broken)
    list(run_waiting())
    job.refresh_from_db()
    assert job.state == "failed" and "程序出错（ValueError）" in job.words and "secret" not in job.words
    monkeypatch.setattr(export_job, "MOST", 1)
    page = client.post(reverse("register-export-ask", args=[*ARGS, "csv"]), follow=True)
    assert "一人最多保留 1 个导出" in _text(page)


def test_the_list_over_all_registers_is_taken_as_it_is_seen_only(enter):
    client = enter()
    where = reverse("register-export", args=["all", "xlsx"])
    assert _bytes(client.get(where, {"rows": "seen"}))[:2] == b"PK"
    page = client.get(reverse("register-export", args=["all", "xes"]), follow=True)
    assert "只能按列表所见导出为 Excel 或 CSV" in _text(page)
    assert "OCEL" not in _text(client.get(reverse("export-choices", args=["all"])))
