"""Statutes: which version binds, what a 日 is, gists, names; and reading them from files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fadu.book.statutes import read_statute, read_statutes
from fadu.law.citations import Citation
from fadu.law.dates import day_of, iso
from fadu.law.errors import LawbookError, NoVersion
from fadu.law.statutes import Statute, Statutes, StatuteVersion, WorkingDays

BAD = Path(__file__).parent.parent / "book" / "bad" / "statutes"

GOOD = """\
title: 中华人民共和国行政复议法
short: 行政复议法
aliases: [复议法]
authority: 法律
versions:
  - effective: 2024-01-01
    adopted: 2023-09-01
    certainty: text
    working_days: [三日, 五日, 七日, 十日]
    last_day_rolls: {value: true, certainty: text, cite: 88(1)}
    interpretation: 88
    gists:
      "22": 申请的方式
      "62（1）": 普通程序的审限
  - effective: 2018-01-01
    adopted: 2017-09-01
    text: 旧复议法
    certainty: secondary
    working_days: {up_to: 七日}
    working_days_party: agency
    last_day_rolls: false
"""


@pytest.fixture
def act(tmp_path: Path) -> Statute:
    path = tmp_path / "行政复议法.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return read_statute(path)


def test_a_file_is_read(act: Statute) -> None:
    new, old = act.versions
    assert (act.title, act.short, act.aliases, act.texts) == (
        "中华人民共和国行政复议法", "行政复议法", ("复议法",), "行政复议法",
    )  # fmt: skip
    assert (iso(new.effective), new.certainty, new.rolls, new.rolls_certainty) == ("2024-01-01", "text", True, "text")
    assert new.rolls_cite == Citation("行政复议法", 88, paragraph=1)
    assert new.interpretation == Citation("行政复议法", 88)
    assert new.gists == {"22": "申请的方式", "62(1)": "普通程序的审限"}
    assert (old.certainty, old.rolls, old.rolls_certainty, old.working_days_party) == (
        "secondary", False, "inferred", "agency",
    )  # fmt: skip
    assert act.text_stem(new) == "行政复议法(2023-09-01)"
    assert act.text_stem(old) == "旧复议法"


def test_the_version_in_force(act: Statute) -> None:
    assert act.version_on(day_of("2024-01-01")) is act.versions[0]
    assert act.version_on(day_of("2023-12-31")) is act.versions[1]
    with pytest.raises(NoVersion) as caught:
        act.version_on(day_of("2017-12-31"))
    for words in ("行政复议法", "2017-12-31", "2024-01-01、2018-01-01", "versions"):
        assert words in str(caught.value)


def test_a_repealed_statute_has_no_version() -> None:
    act = Statute("某法", "某法", (StatuteVersion(day_of("2000-01-01")),), repealed=day_of("2020-06-01"))
    assert act.version_on(day_of("2020-05-31"))
    with pytest.raises(NoVersion, match="2020-06-01 废止"):
        act.version_on(day_of("2020-06-01"))


def test_what_a_day_is(act: Statute) -> None:
    new, old = act.versions
    assert [n for n in range(1, 61) if new.counts_working_days(n, "agency")] == [3, 5, 7, 10]
    assert new.counts_working_days(5, "applicant")
    assert [n for n in range(1, 61) if old.counts_working_days(n, "agency")] == [1, 2, 3, 4, 5, 6, 7]
    assert not old.counts_working_days(5, "applicant")
    assert [str(version.working_days) for version in act.versions] == [
        "3日、5日、7日、10日为工作日",
        "7日以内为工作日",
    ]


@given(st.integers(1, 400), st.integers(1, 400))
def test_up_to_is_the_list_of_all_numbers_to_it(number: int, limit: int) -> None:
    listed = WorkingDays(numbers=tuple(range(1, limit + 1)))
    assert WorkingDays(up_to=limit).counts(number) == listed.counts(number)
    assert WorkingDays(every=True).counts(number) and not WorkingDays().counts(number)


def test_gists_narrow_to_wide_then_inside() -> None:
    version = StatuteVersion(0, gists={"3": "总", "5(1)": "甲", "5(2)": "乙", "51(1)": "别条", "7(1)(二)": "项"})
    cites = {"3(1)(二)": "总", "5(1)(三)": "甲", "5": "甲；乙", "7": "项", "7(1)": "项", "9": "", "7(2)": ""}
    assert {
        locus: version.gist(citation)
        for locus, citation in {
            "3(1)(二)": Citation("法", 3, 0, 1, 2),
            "5(1)(三)": Citation("法", 5, 0, 1, 3),
            "5": Citation("法", 5),
            "7": Citation("法", 7),
            "7(1)": Citation("法", 7, 0, 1),
            "9": Citation("法", 9),
            "7(2)": Citation("法", 7, 0, 2),
        }.items()
    } == cites


def test_lookup_by_any_name(act: Statute) -> None:
    statutes = Statutes([act, Statute("中华人民共和国行政处罚法", "行政处罚法", (), ("处罚法",))])
    for name in ("行政复议法", "复议法", "中华人民共和国行政复议法"):
        assert statutes.get(name) is act
    assert "复议法" in statutes and "许可法" not in statutes and len(statutes) == 2
    with pytest.raises(LawbookError, match="没有名为“行政复议”的法规；相近的有：行政复议法"):
        statutes.get("行政复议")
    with pytest.raises(LawbookError, match="没有写明法规名称"):
        statutes.get("")
    with pytest.raises(LawbookError, match="共有 2 部"):
        statutes.get("xyz")


def test_two_statutes_cannot_share_a_name() -> None:
    with pytest.raises(LawbookError, match="“甲”已被《甲法》使用"):
        Statutes([Statute("甲法", "甲法", (), ("甲",)), Statute("乙法", "乙法", (), ("甲",))])


def test_a_text_may_come_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "行政复议法.yaml"
    path.write_text(GOOD.replace("text: 旧复议法", "text: [总则, 附则]"), encoding="utf-8")
    act = read_statute(path)
    assert act.text_stems(act.versions[1]) == ("总则", "附则")
    assert act.text_stems(act.versions[0]) == ("行政复议法(2023-09-01)",)
    assert act.text_stems(StatuteVersion(0)) == ()


def test_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "行政复议法.yaml").write_text(GOOD, encoding="utf-8")
    assert [act.short for act in read_statutes(tmp_path)] == ["行政复议法"]
    with pytest.raises(LawbookError, match="没有法规文件"):
        read_statutes(tmp_path / "none")


MESSAGES = {
    "other-short": (2, "“另一部法”与文件名“other-short”不同"),
    "missing-short": (1, "缺少键：short"),
    "unknown-key": (5, "不认识的键“effectve”；可用的键：effective、"),
    "missing-effective": (4, "缺少键：effective"),
    "bad-date": (4, "“2024年1月1日”不是日期"),
    "no-versions": (3, "versions 是空的；至少应有一个版本"),
    "not-a-list": (3, "这里应是列表"),
    "oldest-first": (5, "由新到旧排列：2024-01-01 不早于上一个版本的 2018-01-01"),
    "adopted-after-effective": (5, "通过日 2018-02-01 晚于施行日 2018-01-01"),
    "bad-certainty": (5, "“inferred”不在可选值之内；可选：text、secondary"),
    "bad-authority": (3, "可选：法律、行政法规"),
    "repealed-early": (3, "废止日 2017-01-01 不晚于最新版本的施行日 2018-01-01"),
    "bad-working-days": (5, "“部分”不可用；working_days 接受 [三日, 五日] 这样的列表、all、{up_to: 十日} 或 none"),
    "bad-working-day-term": (5, "“五天”不是天数；这里照法条写 五日、十日"),
    "empty-working-days": (5, "空列表；没有工作日条款时写 none"),
    "bad-up-to": (5, "不认识的键“upto”；可用的键：up_to"),
    "bad-party": (6, "“行政机关”不在可选值之内；可选：agency、"),
    "rolls-without-cite": (5, "certainty: text 须有 cite"),
    "bad-rolls": (5, "“yes”不是 true 或 false"),
    "bad-interpretation": (5, "“第八十八条第一款规定”不是条文引用；可写：62、62(1)"),
    "gist-of-another-statute": (6, "“行政复议法62”指向《行政复议法》；这里只写本法的条款"),
    "gist-twice": (7, "条款 62 的要旨写了两次"),
    "empty-gist": (6, "条款 62 的要旨是空的"),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_each_mistake_has_its_message(name: str) -> None:
    line, words = MESSAGES[name]
    path = BAD / f"{name}.yaml"
    with pytest.raises(LawbookError) as caught:
        read_statute(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert words in str(caught.value)


def test_every_bad_file_has_its_message() -> None:
    assert {path.stem for path in BAD.glob("*.yaml")} == set(MESSAGES)
