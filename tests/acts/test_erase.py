"""Erasing a person's data: sealed values, parties, search, and the files that carry it; the ledger stays valid."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.urls import reverse

from fadu.acts import erase as erasing
from fadu.acts.attach import Handed, attach, content_of
from fadu.acts.erase import erase, sweep_erased
from fadu.acts.errors import Incomplete, NotPermitted
from fadu.law.errors import FaduError
from fadu.store.models import ERASED, Case, Document, Event, Role, Trace
from fadu.store.sequence import sequence_waiting
from fadu.store.verifying import document_path, verify_store

DAY = date(2024, 2, 26)
CARD = Handed("张三身份证", "text/plain", "张三的身份证".encode())


@pytest.fixture
def case(town, at):
    with at("2024-02-26 10:00"):
        made = town.reconsideration(DAY)
        attach(town.actor(Role.LEGAL_OFFICER), made.pk, CARD)
        yield made


def _file(case: Case) -> Document:
    return Document.objects.filter(case=case).latest("pk")


def _verified() -> dict[str, bool]:
    sequence_waiting()
    return {verdict.name: verdict.ok for verdict in verify_store()}


def _clean() -> bool:
    return all(_verified().values())


def test_the_files_go_and_the_ledger_stays_valid(town, case):
    path = document_path(_file(case).sha256)
    assert path.exists() and _clean()
    erase(town.actor(Role.ADMINISTRATOR), case.pk, "本人申请")
    row = _file(case)
    assert not path.exists() and _clean()
    assert row.title == ERASED and len(row.sha256) == 64
    assert json.loads(Event.objects.filter(case=case, act="erase").get().body)["files"] == 1
    with pytest.raises(FaduError, match="已随个人信息删除撤下：2024-02-26 第 3 条记录，依据：本人申请"):
        content_of(row)


def test_a_file_removed_without_an_erasure_is_still_found_out(case):
    document_path(_file(case).sha256).unlink()
    assert not _verified()["integrity"]


def test_a_file_that_another_case_holds_too_stays_for_that_case_only(town, case):
    other = town.reconsideration(DAY)
    attach(town.actor(Role.LEGAL_OFFICER), other.pk, CARD)
    erase(town.actor(Role.ADMINISTRATOR), case.pk, "本人申请")
    assert content_of(_file(other)) == CARD.content and _clean()
    with pytest.raises(FaduError, match="撤下"):
        content_of(_file(case))
    erase(town.actor(Role.ADMINISTRATOR), other.pk, "本人申请")
    assert not document_path(_file(other).sha256).exists() and _clean()


def test_the_same_file_can_be_put_in_again_afterwards(town, case):
    erase(town.actor(Role.ADMINISTRATOR), case.pk, "本人申请")
    attach(town.actor(Role.LEGAL_OFFICER), case.pk, CARD)
    assert content_of(_file(case)) == CARD.content
    assert sweep_erased() == 0 and document_path(_file(case).sha256).exists() and _clean()


def test_what_a_killed_erasure_left_is_removed_by_the_worker(town, case, monkeypatch):
    def killed(case: int) -> int:
        raise KeyboardInterrupt

    path = document_path(_file(case).sha256)
    with monkeypatch.context() as patch:
        patch.setattr(erasing, "remove_files", killed)
        with pytest.raises(KeyboardInterrupt):
            erase(town.actor(Role.ADMINISTRATOR), case.pk, "本人申请")
    assert path.exists()
    assert sweep_erased() == 1 and not path.exists()


def test_it_needs_a_reason_and_the_administrator(town, case):
    with pytest.raises(Incomplete, match="须说明依据"):
        erase(town.actor(Role.ADMINISTRATOR), case.pk, "  ")
    with pytest.raises(NotPermitted):
        erase(town.actor(Role.LEGAL_OFFICER), case.pk, "本人申请")
    assert document_path(_file(case).sha256).exists()
    assert not Trace.objects.filter(kind="erase").exists()


def test_the_page_of_the_case_says_why_there_is_no_file(client, town, case):
    client.force_login(town.people[Role.ADMINISTRATOR])
    address, file = reverse("case", args=[case.pk]), reverse("case-file", args=[case.pk, _file(case).pk])
    before = client.get(address).content.decode()
    assert f'href="{file}"' in before and "张三身份证" in before
    client.post(reverse("case-erase", args=[case.pk]), {"reason": "本人申请", "seen": "2"})
    assert _file(case).title == "张三身份证"  # not ticked
    client.post(reverse("case-erase", args=[case.pk]), {"reason": "本人申请<b>", "seen": "2", "sure": "1"})
    for query in ("", "?known=2024-02-26"):
        text = client.get(address + query).content.decode()
        assert file not in text and "张三身份证" not in text
        assert "第 3 条记录删除了个人信息" in text and "依据：本人申请&lt;b&gt;" in text and "已撤下" in text
    assert "文件已随个人信息删除撤下" in client.get(file, follow=True).content.decode()
    client.force_login(town.people[Role.LEGAL_OFFICER])
    assert reverse("case-erase", args=[case.pk]) not in client.get(address).content.decode()
