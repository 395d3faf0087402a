"""关联: cases that come from one another, merged, repeated; and files that many cases point to."""

from __future__ import annotations

from datetime import date

import pytest

from fadu.acts.attach import Handed, attach, reuse
from fadu.acts.erase import erase
from fadu.acts.errors import AlreadyRecorded, Incomplete, NotPermitted
from fadu.acts.link import link, unlink
from fadu.acts.moves import Move, NewCase
from fadu.acts.register import register
from fadu.acts.share import restrict
from fadu.store.models import Case, Document, Event, Link, Role
from fadu.store.rebuilding import rebuild
from fadu.store.verifying import document_path

DAY = date(2024, 2, 26)


@pytest.fixture(autouse=True)
def now(at):
    with at("2024-02-26 10:00"):
        yield


@pytest.fixture
def two(town):
    return town.reconsideration(DAY), town.reconsideration(DAY)


def links(case):
    return [(row.other.number, row.kind) for row in Link.objects.filter(case=case)]


def test_a_link_is_a_record_of_one_case_and_read_from_both(town, two):
    first, second = two
    officer = town.actor(Role.LEGAL_OFFICER)
    link(officer, second.pk, first.number, "origin")
    assert links(second) == [(first.number, "origin")] and links(first) == []
    record = Event.objects.filter(case=second).order_by("-id").first()
    assert record.act == "link" and first.number in record.body
    assert list(rebuild(check=True)) == []
    unlink(officer, second.pk, first.number, "origin", "登记有误")
    assert links(second) == [] and Event.objects.filter(case=second, act="unlink").count() == 1
    assert list(rebuild(check=True)) == []


def test_a_link_changed_by_hand_is_found_and_put_right(town, two):
    first, second = two
    link(town.actor(Role.LEGAL_OFFICER), second.pk, first.number, "origin")
    Link.objects.all().delete()
    assert [found.what for found in rebuild(check=True)] == ["关联"]
    assert [found.what for found in rebuild()] == ["关联"]
    assert links(second) == [(first.number, "origin")]


def test_what_is_refused_and_its_words(town, two):
    first, second = two
    officer = town.actor(Role.LEGAL_OFFICER)
    with pytest.raises(Incomplete, match="没有编号为“没有的号”的办件，或者您不能查看它"):
        link(officer, first.pk, "没有的号", "origin")
    with pytest.raises(Incomplete, match="不能关联到本件自己"):
        link(officer, first.pk, first.number, "origin")
    with pytest.raises(Incomplete, match="没有这种关联；可用：源自、并入、重复于、相关"):
        link(officer, first.pk, second.number, "child")
    link(officer, first.pk, second.number, "origin")
    with pytest.raises(AlreadyRecorded, match="已经关联：源自"):
        link(officer, first.pk, second.number, "origin")
    with pytest.raises(Incomplete, match="已经源自本件，两件不能互为“源自”"):
        link(officer, second.pk, first.number, "origin")
    with pytest.raises(Incomplete, match="取消关联须说明理由"):
        unlink(officer, first.pk, second.number, "origin", " ")
    with pytest.raises(AlreadyRecorded, match="本件没有关联到"):
        unlink(officer, second.pk, first.number, "merged", "没有")
    with pytest.raises(NotPermitted, match="关联办件"):
        link(town.actor(Role.LEADER), first.pk, second.number, "related")


def test_a_case_that_may_not_be_seen_is_as_if_it_were_not_there(town, two):
    first, second = two
    restrict(town.actor(Role.ADMINISTRATOR), second.pk, 2, "涉及举报人")
    with pytest.raises(Incomplete, match="或者您不能查看它"):
        link(town.actor(Role.HANDLER), first.pk, second.number, "related")


def test_a_case_opened_from_another_says_so_in_its_first_records(town, two):
    new = NewCase("reconsideration", town.bureau.pk, Move("receive", DAY), title="另一件", origin=two[0].number)
    made = register(town.actor(Role.LEGAL_OFFICER), new)
    assert links(made) == [(two[0].number, "origin")]
    assert [row.act for row in Event.objects.filter(case=made).order_by("id")] == ["register", "link"]
    assert list(rebuild(check=True)) == []
    wrong = NewCase("reconsideration", town.bureau.pk, Move("receive", DAY), title="另一件", origin="没有的号")
    before = Case.objects.count()
    with pytest.raises(Incomplete, match="没有编号为"):
        register(town.actor(Role.LEGAL_OFFICER), wrong)
    assert Case.objects.count() == before


def test_one_file_serves_many_cases(town, two):
    first, second = two
    officer = town.actor(Role.LEGAL_OFFICER)
    attach(officer, first.pk, Handed("现场照片", "image/png", b"\x89PNG..."))
    (file,) = Document.objects.filter(case=first)
    reuse(officer, second.pk, file)
    (same,) = Document.objects.filter(case=second)
    assert (same.sha256, same.sm3, same.title, same.version) == (file.sha256, file.sm3, "现场照片", 1)
    record = Event.objects.filter(case=second).order_by("-id").first()
    assert file.sm3 in record.body and first.number in record.body
    with pytest.raises(AlreadyRecorded, match="“现场照片”就是这个文件，已在本件里"):
        reuse(officer, second.pk, file)
    restrict(town.actor(Role.ADMINISTRATOR), first.pk, 2, "涉及举报人")
    third = town.reconsideration(DAY)
    with pytest.raises(Incomplete, match="没有这份材料，或者您不能查看它所在的办件"):
        reuse(town.actor(Role.HANDLER), third.pk, file)
    assert document_path(file.sha256).exists()


def test_a_withdrawn_file_serves_nobody_but_who_has_it_already(town, two):
    first, second = two
    officer = town.actor(Role.LEGAL_OFFICER)
    attach(officer, first.pk, Handed("身份证复印件", "image/png", b"\x89PNG..."))
    (file,) = Document.objects.filter(case=first)
    reuse(officer, second.pk, file)
    erase(town.actor(Role.ADMINISTRATOR), first.pk, "本人申请")
    third = town.reconsideration(DAY)
    with pytest.raises(Incomplete, match="没有这份材料，或者您不能查看它所在的办件"):
        reuse(officer, third.pk, Document.objects.get(pk=file.pk))
    assert document_path(file.sha256).exists()
    reuse(officer, third.pk, Document.objects.get(case=second))
    assert Document.objects.get(case=third).sha256 == file.sha256
