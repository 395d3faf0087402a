"""Procedure files: each mistake is refused at its line, in words that say what is accepted.

The first line of every file in ``bad/procedures`` says on which line the mistake is found and with which words.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fadu.book.procedures import read_procedure
from fadu.book.statutes import read_statute
from fadu.law.dates import iso
from fadu.law.errors import LawbookError
from fadu.law.procedures import Procedure
from fadu.law.statutes import Statutes

BAD = sorted((Path(__file__).parent / "bad" / "procedures").glob("*.yaml"))
STATUTES = {
    "行政复议法": "aliases: [复议法]\nversions:\n  - {effective: 2024-01-01, working_days: [三日, 五日], "
    "last_day_rolls: {value: true, certainty: text, cite: 88(1)}, interpretation: 88(2)}\n",
    "行政处罚法": "versions: [{effective: 2021-07-15, working_days: [二日, 三日, 五日, 七日], interpretation: 85}]\n",
}
GOOD = """\
name: 行政复议
code: p
statute: 复议法
effective: 2024-01-01
ends: 2030-01-01
policy: true
transition: {by_date_of: accept, certainty: text, note: 自受理日}
pause_on_last_day: ignored
notes: 说明
calendar: CN
fields:
  track: {label: 程序, choices: [普通, 简易], default: 普通}
  amount: {label: 金额, type: number, unit: 元, default: 3}
steps:
  receive: {label: 收到, by: [甲, 乙], opens: true, cite: [22, 行政处罚法7(2)], aliases: 收件, id: R, certainty: text}
  accept: {label: 受理, after: receive, once: true, when: amount > 1, unless: 'track == "简易"'}
  decide: {label: 决定, after: [accept], closes: true, outcome: [维持, 撤销], approved_by: 负责人, needs: [days]}
  suspend: {label: 中止, reason: required}
  resume: {label: 恢复}
clocks:
  decide:
    label: 决定
    id: [A, B]
    party: other
    start: [accept, receive]
    stop: decide
    term: {普通: 六十日, 简易: 三十日}
    since: 2024-02-01
    until: 2025-02-01
    pause: {from: suspend, to: resume, label: 中止, cite: 39, certainty: inferred}
    extend: {step: suspend, by: fixed, at_most: 三十日, times: 2, when: done(accept), cite: 62(1)}
    lapse: {consequence: 后果, cite: 34}
    cite: [62, 1]
    certainty: secondary
duties:
  two: {label: 两人, step: decide, must: 'officers >= 2 and outcome == "维持"', consequence: 撤销, cite: 5, id: C}
untranslated:
  - {id: X, cite: 42, reason: 判断}
"""


@pytest.fixture(scope="module")
def statutes(tmp_path_factory: pytest.TempPathFactory) -> Statutes:
    folder = tmp_path_factory.mktemp("statutes")
    for short, text in STATUTES.items():
        (folder / f"{short}.yaml").write_text(f"title: 中华人民共和国{short}\nshort: {short}\n{text}", encoding="utf-8")
    return Statutes(read_statute(path) for path in sorted(folder.glob("*.yaml")))


def read(text: str, statutes: Statutes, folder: Path) -> Procedure:
    path = folder / "p" / "2024-01-01.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return read_procedure(path, statutes)


@pytest.mark.parametrize("bad", BAD, ids=[path.stem for path in BAD])
def test_a_mistake_is_refused_at_its_line(bad: Path, statutes: Statutes, tmp_path: Path) -> None:
    text = bad.read_text(encoding="utf-8")
    _, line, words = text.split("\n", 1)[0].split(" ", 2)
    with pytest.raises(LawbookError) as caught:
        read(text, statutes, tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'p' / '2024-01-01.yaml'}:{line}: ")
    assert words in caught.value.message


def test_there_are_bad_files() -> None:
    assert len(BAD) > 90


@pytest.fixture
def good(statutes: Statutes, tmp_path: Path) -> Procedure:
    return read(GOOD, statutes, tmp_path)


def test_the_head_of_a_file(good: Procedure) -> None:
    assert (good.code, good.name, good.statute, good.calendar, good.notes) == (
        "p",
        "行政复议",
        "行政复议法",
        "CN",
        "说明",
    )
    assert (iso(good.effective_day), iso(good.ends_day or 0), good.policy) == ("2024-01-01", "2030-01-01", True)
    assert (good.transition_step, good.transition_certainty, good.transition_note) == ("accept", "text", "自受理日")
    assert good.pause_on_last_day is False
    assert (good.openings, good.closings) == (("receive",), ("decide",))
    assert [(row.ids, row.reason) for row in good.untranslated] == [(("X",), "判断")]


def test_fields_and_steps(good: Procedure) -> None:
    track, amount = good.fields.values()
    assert (track.kind, track.choices, track.default) == ("choice", ("普通", "简易"), "普通")
    assert (amount.kind, amount.unit, amount.default) == ("number", "元", 3.0)
    receive, accept, decide, suspend, _ = good.steps.values()
    assert (receive.by, receive.aliases, receive.ids, receive.certainty) == ("甲、乙", ("收件",), ("R",), "text")
    assert [cite.short for cite in receive.cites] == ["行政复议法22", "行政处罚法7(2)"]
    assert accept.once and accept.applies is not None and accept.certainty == "policy"
    assert (decide.outcomes, decide.approved_by, decide.needs) == (("维持", "撤销"), "负责人", ("days",))
    assert suspend.reason_required


def test_clocks_and_duties(good: Procedure) -> None:
    clock = good.clocks["decide"]
    assert (clock.starts, clock.stops, clock.party, clock.ids) == (
        ("accept", "receive"),
        ("decide",),
        "other",
        ("A", "B"),
    )
    assert [(rule.term.text, rule.span.unit.name) for rule in clock.terms] == [
        ("六十日", "CALENDAR"),
        ("三十日", "CALENDAR"),
    ]
    assert [cite.short for cite in clock.rule_cites] == ["行政复议法88(2)", "行政复议法88(1)"]
    assert (clock.rolls_certainty, clock.unit_certainty, clock.certainty) == ("text", "text", "secondary")
    extension, lapse = clock.extension, clock.lapse
    assert extension is not None and (extension.decided, extension.times, extension.span.number) == (False, 2, 30)
    assert lapse is not None and (lapse.deem, lapse.consequence) == ("", "后果")
    assert [(pause.start, pause.end, pause.certainty) for pause in clock.pauses] == [("suspend", "resume", "inferred")]
    duty = good.duties["two"]
    assert (duty.verb, duty.steps, duty.consequence, duty.certainty) == ("must", ("decide",), "撤销", "policy")


def test_every_citation_and_term_is_listed_with_its_place(good: Procedure) -> None:
    assert {cite.locus for cite, place, _ in good.citations() if place.line} == {
        "22", "7(2)", "62", "1", "39", "62(1)", "34", "5", "42",
    }  # fmt: skip
    assert [(use.text, [cite.locus for cite in use.citations]) for use in good.terms()] == [
        ("六十日", ["62", "1"]), ("三十日", ["62", "1"]), ("三十日", ["62(1)"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b"# only\n", "文件是空的"),
        ("name: 试".encode("gb18030"), "文件不是 UTF-8 编码（第 6 字节）；请另存为 UTF-8"),
        (b"a: [1", "不是合法的 YAML"),
        (b"a: 1\nb: \x07", "不是合法的 YAML"),
    ],
)
def test_files_that_are_not_yaml(content: bytes, words: str, statutes: Statutes, tmp_path: Path) -> None:
    path = tmp_path / "2024-01-01.yaml"
    path.write_bytes(content)
    with pytest.raises(LawbookError) as caught:
        read_procedure(path, statutes)
    assert words in caught.value.message and str(caught.value).startswith(str(path))


def test_a_file_that_cannot_be_read(statutes: Statutes, tmp_path: Path) -> None:
    with pytest.raises(LawbookError, match="读不了文件"):
        read_procedure(tmp_path / "none.yaml", statutes)


def test_no_version_of_the_statute_in_force(statutes: Statutes, tmp_path: Path) -> None:
    path = tmp_path / "p" / "2020-01-01.yaml"
    path.parent.mkdir()
    path.write_text(GOOD.replace("effective: 2024-01-01", "effective: 2020-01-01"), encoding="utf-8")
    with pytest.raises(LawbookError, match=r"2020-01-01.yaml:\d+: 《行政复议法》在 2020-01-01 没有生效的版本"):
        read_procedure(path, statutes)
