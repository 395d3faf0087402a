"""The words of an explanation, for a clerk, a citizen and a court."""

from __future__ import annotations

from textwrap import dedent

import pytest

from fadu.law.citations import Citation
from fadu.law.explain import CERTAINTY_WORDS, Note, describe, explain_duty, explain_finding, explain_run, lines

RULES = """
clocks:
  examine:
    label: 受理审查
    start: receive
    stop: [accept, decline]
    term: 五日
    lapse: {deem: accept, cite: 30(3)}
    cite: 30(1)
  decide:
    label: 复议决定
    start: accept
    stop: decide
    term: 六十日
    pause:
      - {from: suspend, to: resume, label: 中止, cite: 39}
      - {from: inspect, to: inspected, label: 现场勘验, cite: 40, certainty: inferred}
    extend: {step: extend, by: event.days, at_most: 三十日, cite: 62(1)}
    lapse: {consequence: 可以起诉, cite: 34}
    cite: 62
duties:
  serve: {label: 送达, require: serve, after: decide, consequence: 决定不生效, cite: 75(2)}
  hear: {label: 听取意见, require: hear, before: decide, cite: 49}
steps:
  receive: {label: 收到申请, opens: true}
  accept: {label: 受理, after: receive, by: 复议机关, cite: 30}
  decline: {label: 不予受理, after: receive, closes: true, reason: required, cite: 30(2)}
  suspend: {label: 中止, after: accept}
  resume: {label: 恢复, after: accept}
  inspect: {label: 勘验, after: accept}
  inspected: {label: 勘验完, after: accept}
  extend: {label: 延长, after: accept, approved_by: 机构负责人, cite: 62(1)}
  hear: {label: 听取意见, after: accept}
  decide: {label: 作出决定, after: accept, closes: true, cite: 61}
  serve: {label: 送达, after: decide, closes: true}
"""


def told(desk, events: str, as_of: str, clock: str = "", rules: str = RULES, **plan: str) -> str:
    judgement = desk.judge(desk.plan(rules, **plan), events, as_of)
    run = next(run for run in judgement.runs if not clock or run.clock.name == clock)
    return "\n".join(lines(explain_run(run, judgement.history, judgement.plan)))


def test_five_working_days_over_spring_festival_word_for_word(desk) -> None:
    assert told(desk, "receive 2024-02-07; accept 2024-02-20", "2024-06-01") == dedent("""\
        受理审查：末日2024年2月20日，按期（《行政复议法》第三十条第一款）
          起算：2024年2月7日 收到申请，当日不计入，自次日起算
          期限：五日（《行政复议法》第三十条第一款）
            五日是工作日，不含法定休假日（《行政复议法》第八十八条第二款、《行政复议法》第八十八条第一款）
          不计入的休息日共8天
            2月10日至17日 春节 8天
          2月18日（周日）调休上班，计入
          结果：2024年2月20日 受理，按期""")


def test_late_says_by_how_much_and_what_follows(desk) -> None:
    text = told(desk, "receive 2024-02-07; accept 2024-02-26", "2024-06-01")
    assert text.startswith("受理审查：末日2024年2月20日，逾期6日（")
    assert "  结果：2024年2月26日 受理，逾期6日" in text
    assert "  后果：期限届满，于末日视为受理（《行政复议法》第三十条第三款）" in text


def test_an_open_run_says_what_is_left(desk) -> None:
    assert "结果：截至2024年2月9日尚未办理，还有3个工作日" in told(desk, "receive 2024-02-07", "2024-02-09")
    assert "结果：截至2024年2月21日尚未办理，逾期1日" in told(desk, "receive 2024-02-07", "2024-02-21")
    text = told(desk, "receive 2024-02-07", "2024-02-21", "decide")
    assert "起算：2024年2月20日 视为受理，当日不计入" in text
    assert "还有61日" in text and "后果：逾期的，可以起诉" in text


def test_the_roll_names_the_rest_day_and_where_it_is_said(desk) -> None:
    text = told(desk, "receive 2024-02-19; accept 2024-02-20; decide 2024-04-22", "2024-06-01", "decide")
    assert "六十日按自然日计算，休息日计入" in text
    rolled = "末日2024年4月20日是周六，顺延至2024年4月22日"
    assert f"  {rolled}（《行政复议法》第八十八条第二款、《行政复议法》第八十八条第一款）" in text


def test_an_inferred_roll_is_marked(desk) -> None:
    rules = "clocks:\n  pay: {label: 缴款, start: receive, stop: accept, term: 十五日, cite: 67(3)}\n"
    text = told(desk, "receive 2024-03-01", "2024-03-01", rules=rules, statute="行政处罚法")
    assert "  末日2024年3月16日是周六，顺延至2024年3月18日（《行政处罚法》第八十五条；推定）" in text


def test_a_statute_that_leaves_the_last_day_on_a_rest_day(desk) -> None:
    rules = "clocks:\n  k: {label: 办理, start: receive, stop: accept, term: 15日, cite: 34}\n"
    text = told(desk, "receive 2024-03-01", "2024-03-01", rules=rules, statute="信访工作条例")
    assert "末日2024年3月16日是周六，不顺延" in text
    assert "条文没有另作解释，15日按自然日计算，休息日计入（推定）" in text


def test_pauses_and_extensions_with_their_articles(desk) -> None:
    opening = "receive 2024-03-01; accept 2024-03-01; "
    text = told(
        desk, opening + "suspend 2024-03-11; resume 2024-03-21; extend 2024-05-06 days=45", "2024-05-06", "decide"
    )
    assert "  中止：自2024年3月11日次日起，至2024年3月21日，扣除10日（《行政复议法》第三十九条）" in text
    assert "  2024年5月6日延长30日（决定延长45日，依法至多三十日）（《行政复议法》第六十二条第一款）" in text
    assert text.startswith("复议决定：末日2024年6月11日，计时中"), "6月9日是周日，10日端午节"


def test_what_does_not_count_says_why(desk) -> None:
    opening = "receive 2024-03-01; accept 2024-03-01; "
    text = told(desk, opening + "suspend 2024-05-06; resume 2024-05-10", "2024-06-01", "decide")
    assert "中止自2024年5月6日起，此前期限已于2024年4月30日届满，不影响期限" in text
    text = told(desk, opening + "extend 2024-05-06", "2024-06-01", "decide")
    assert "2024年5月6日延长：期限已于2024年4月30日届满，不计" in text
    text = told(desk, opening + "extend 2024-04-01 days=5; extend 2024-04-02 days=5", "2024-04-02", "decide")
    assert "2024年4月2日延长：依法只能延长1次，不计" in text
    rules = RULES.replace("at_most: 三十日", "at_most: 三十日, when: done(hear)")
    text = told(desk, opening + "extend 2024-04-01", "2024-04-02", "decide", rules)
    assert "2024年4月1日 延长：不具备延长的条件，不计" in text


def test_united_pauses_name_both_and_an_open_one_says_so(desk) -> None:
    opening = "receive 2024-03-01; accept 2024-03-01; suspend 2024-03-11; inspect 2024-03-12; inspected 2024-03-14"
    text = told(desk, opening, "2024-03-21", "decide")
    assert "中止、现场勘验：自2024年3月11日次日起，截至2024年3月21日尚未恢复，扣除10日" in text
    assert "（《行政复议法》第三十九条、《行政复议法》第四十条；推定）" in text


def test_a_pause_ended_on_the_very_day_of_judgement_is_ended(desk) -> None:
    opening = "receive 2024-03-01; accept 2024-03-01; suspend 2024-03-11; resume 2024-03-21"
    assert "  中止：自2024年3月11日次日起，至2024年3月21日，扣除10日" in told(desk, opening, "2024-03-21", "decide")
    still = told(desk, opening + "; suspend 2024-03-21", "2024-03-22", "decide")
    assert "截至2024年3月22日尚未恢复" in still, "a second suspension begins on the day the first one ends"
    inspected = told(desk, opening + "; inspect 2024-03-12", "2024-03-21", "decide")
    assert "中止、现场勘验：自2024年3月11日次日起，截至2024年3月21日尚未恢复" in inspected


def test_days_beyond_the_notice_are_provisional(desk) -> None:
    text = told(desk, "receive 2026-12-25", "2026-12-25")
    assert "  暂定：2027年的放假安排尚未公布，只按法定节日推算，公布后重新计算（推定）" in text
    assert "1月1日 元旦 1天" in text and "周六、周日" in text


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("term: 24小时", ["起算：2024年3月1日9时05分 receive，自该时刻起算", "按实际经过的时间计算，休息日不扣除"]),
        (
            "term: 三个月",
            ["期限：三个月", "按月计算：到期月的对应日为末日", "末日2024年6月1日是周六，顺延至2024年6月3日"],
        ),
        ("term: 次年1月31日", ["固定的日期，不因休息日顺延", "末日2025年1月31日"]),
        ("term: 7个工作日", ["条文写明工作日，不含法定休假日"]),
        ("minimum: 三十日", ["最短期间：三十日", "不得早于2024年3月31日", "期间尚未届满"]),
        (
            "minimum: 三十日, beyond: true",
            ["末日2024年3月31日是周日，顺延至2024年4月1日", "须在期间届满之后：自2024年4月2日起"],
        ),
    ],
)
def test_every_kind_of_term(desk, term: str, words: list[str]) -> None:
    rules = f"clocks:\n  k: {{label: 期限, start: receive, stop: accept, {term}, cite: 1}}\n"
    text = told(desk, "receive 2024-03-01 09:05", "2024-03-01", rules=rules)
    for word in words:
        assert word in text


def test_early_ended_and_undetermined(desk) -> None:
    fields = "fields:\n  track: {label: 程序, choices: [普通, 简易]}\n"
    rules = "clocks:\n  k: {label: 期限, start: receive, stop: accept, minimum: 五日, cite: 1}\n"
    text = told(desk, "receive 2024-03-01; accept 2024-03-05", "2024-04-01", rules=rules)
    assert "结果：2024年3月5日 accept，早了3日，未满法定期间" in text
    ended = rules.replace("minimum", "term")
    assert "结果：2024年3月5日 decide，随办结终止" in told(
        desk, "receive 2024-03-01; decide 2024-03-05", "2024-04-01", rules=ended
    )
    unknown = fields + ended.replace("term: 五日", "term: {普通: 五日, 简易: 三日}")
    text = told(desk, "receive 2024-03-01", "2024-04-01", rules=unknown)
    assert "期限：无法判断" in text and "期限无法确定：未填写程序" in text


def test_duties_and_findings(desk) -> None:
    judgement = desk.judge(desk.plan(RULES), "receive 2024-03-01; accept 2024-03-04; decide 2024-03-05", "2024-03-06")
    serve, hear = judgement.verdicts
    text = "\n".join(lines(explain_duty(serve, judgement.history, judgement.plan)))
    assert "送达：尚未到时（《行政复议法》第七十五条第二款）" in text
    assert "要求：作出决定之后应当送达" in text and "未履行的后果：决定不生效" in text
    (finding,) = judgement.findings
    assert explain_finding(finding, judgement) == explain_duty(hear, judgement.history, judgement.plan)
    text = "\n".join(lines(explain_finding(finding, judgement)))
    assert text == (
        "听取意见：未履行（《行政复议法》第四十九条）\n"
        "  要求：作出决定之前应当听取意见\n"
        "  依据：2024年3月5日 作出决定"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("require: hear", "办结时应当已听取意见"),
        ("forbid: hear", "不得听取意见"),
        ("forbid: hear, after: decide", "作出决定之后不得听取意见"),
        ("at_most: 1, of: hear", "听取意见至多1次"),
        ("step: hear, must: officers >= 2", "每次听取意见都应当符合：两人"),
        ("require: [hear, serve], before: [decide, decline]", "作出决定或者不予受理之前应当听取意见或者送达"),
    ],
)
def test_what_each_verb_asks(desk, rule: str, words: str) -> None:
    rules = RULES.split("duties:")[0] + f"duties:\n  d: {{label: 两人, {rule}}}\nsteps:" + RULES.split("steps:")[1]
    judgement = desk.judge(desk.plan(rules), "receive 2024-03-01; hear 2024-03-04", "2024-03-06")
    note = explain_duty(judgement.verdicts[0], judgement.history, judgement.plan)
    assert note.notes[0].text == f"要求：{words}"


def test_an_undetermined_duty_names_the_missing_fact(desk) -> None:
    rules = "fields:\n  due: {label: 应当听证, type: flag}\nduties:\n  d: {label: 听证, forbid: decide, when: due}\n"
    judgement = desk.judge(desk.plan(rules), "receive 2024-03-01", "2024-03-06")
    assert explain_duty(judgement.verdicts[0], judgement.history, judgement.plan).notes[1].text == "未填写应当听证"


def test_the_case_as_a_whole(desk) -> None:
    text = "\n".join(lines(describe(desk.judge(desk.plan(RULES), "receive 2024-02-07", "2024-02-21"))))
    assert text.startswith("试：截至2024年2月21日，受理\n  问题\n    受理审查：末日2024年2月20日，逾期1日")
    assert "\n  计时中\n    复议决定：末日2024年4月22日，计时中" in text
    assert "\n  下一步可以\n    受理，由复议机关（《行政复议法》第三十条）\n    不予受理，须说明理由" in text
    assert "    延长，须经机构负责人批准（《行政复议法》第六十二条第一款）" in text
    assert "无法判断" not in text


def test_a_closed_case_and_one_not_begun(desk) -> None:
    plan = desk.plan(RULES)
    assert (
        "，不予受理，已办结" in describe(desk.judge(plan, "receive 2024-02-07; decline 2024-02-08", "2024-03-01")).text
    )
    assert describe(desk.judge(plan, "receive 2024-02-07", "2024-02-01")).text.endswith("尚未开始")


def test_certainty_words() -> None:
    assert CERTAINTY_WORDS == {"text": "法条", "secondary": "二手来源", "policy": "本地规定", "inferred": "推定"}
    note = Note("甲", (Citation("某法", 1), Citation("某法", 2)), "policy", (Note("乙", (), "secondary"),))
    twice = Note("丙", (Citation("某法", 1), Citation("某法", 1)))
    assert list(lines(twice)) == ["丙（《某法》第一条）"]
    assert list(lines(note)) == ["甲（《某法》第一条、《某法》第二条；本地规定）", "  乙（二手来源）"]
