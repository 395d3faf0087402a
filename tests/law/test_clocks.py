"""Clocks worked out by hand: last days, pauses, extensions, hours, minimum periods."""

from __future__ import annotations

import pytest

from fadu.law.clocks import State, first_last_day
from fadu.law.dates import day_of, iso
from fadu.law.terms import parse_term, resolve


def clock(term: str, **more: str) -> str:
    """YAML of one clock ``k`` from receive to decide."""
    rest = "".join(f"\n    {key}: {value}" for key, value in more.items())
    return (
        f"clocks:\n  k:\n    label: 期限\n    start: receive\n    stop: decide\n    term: {term}\n    cite: 30{rest}\n"
    )


PAUSES = "[{from: suspend, to: resume, cite: 39}, {from: inspect, to: inspected, cite: 40}]"


@pytest.mark.parametrize(
    ("term", "working", "start", "last"),
    [
        # 2月8、9、18（调休）、19、20日；10日至17日春节不计
        ("五日", True, "2024-02-07", "2024-02-20"),
        ("三日", True, "2024-02-05", "2024-02-08"),
        ("十日", True, "2024-02-05", "2024-02-23"),
        # 9月28日，10月7、8日（调休），9、10日
        ("五日", True, "2023-09-27", "2023-10-10"),
        # 9月29日（调休），30日，10月8、9、10日
        ("五日", True, "2024-09-27", "2024-10-10"),
        # 4月28日（调休），29、30日
        ("三日", True, "2024-04-26", "2024-04-30"),
        ("20个工作日", False, "2024-09-30", "2024-11-01"),
        # 起算日是休息日：从次日数起
        ("五日", True, "2024-02-10", "2024-02-22"),
        # 自然日：4月20日是周六，顺延至22日
        ("六十日", False, "2024-02-20", "2024-04-22"),
        # 末日落在春节：顺延至2月18日（周日，调休上班）
        ("十日", False, "2024-02-02", "2024-02-18"),
        ("十五日", False, "2024-03-01", "2024-03-18"),
        # 调休上班的周日是工作日，不顺延
        ("三日", False, "2024-02-15", "2024-02-18"),
        # 月：对应日；没有对应日的为月末
        ("三个月", False, "2024-01-15", "2024-04-15"),
        ("一个月", False, "2024-01-31", "2024-02-29"),
        ("一个月", False, "2023-01-31", "2023-02-28"),
        ("六个月", False, "2024-08-31", "2025-02-28"),
        ("二年", False, "2024-02-29", "2026-02-28"),  # 周六，但是调休上班日，不顺延
        ("三个月", False, "2023-12-30", "2024-04-01"),  # 3月30日周六
        ("次年1月31日", False, "2025-05-01", "2026-01-31"),  # 周六；法定的日期不顺延
        # 每年：起算日之后的第一个该日
        ("每年1月31日", False, "2024-12-31", "2025-01-31"),
        ("每年1月31日", False, "2025-01-06", "2025-01-31"),
        ("每年1月31日", False, "2025-01-31", "2026-01-31"),
        ("每年1月31日", False, "2025-05-01", "2026-01-31"),
    ],
)
def test_last_day(cn, term: str, working: bool, start: str, last: str) -> None:
    span = resolve(parse_term(term), working, rolls=True)
    assert iso(first_last_day(day_of(start), span, cn)) == last


def test_a_statute_that_does_not_roll(desk) -> None:
    rules = "clocks:\n  k: {label: k, start: receive, stop: decide, term: 60日, cite: 34}\n"
    plan = desk.plan(rules, statute="信访工作条例")
    assert desk.runs(plan, "receive 2024-02-20", "2024-04-20") == ["2024-04-20 running"]
    assert desk.runs(plan, "receive 2024-02-20", "2024-04-21") == ["2024-04-20 late"]


def test_kept_on_the_last_day_late_the_day_after(desk) -> None:
    plan = desk.plan(clock("五日"))
    assert desk.runs(plan, "receive 2024-02-07; decide 2024-02-20", "2024-06-01") == ["2024-02-20 kept"]
    assert desk.runs(plan, "receive 2024-02-07; decide 2024-02-21", "2024-06-01") == ["2024-02-20 late"]
    assert desk.runs(plan, "receive 2024-02-07", "2024-02-20") == ["2024-02-20 running"]
    assert desk.runs(plan, "receive 2024-02-07", "2024-02-21") == ["2024-02-20 late"]


def test_a_stop_on_the_day_of_the_start_counts_only_when_it_comes_after(desk) -> None:
    plan = desk.plan(clock("五日", stop="accept").replace("    stop: decide\n", ""))
    assert desk.runs(plan, "receive 2024-03-01; accept 2024-03-01", "2024-06-01") == ["2024-03-08 kept"]
    again = "receive 2024-03-01; accept 2024-03-04; receive 2024-03-04"
    assert desk.runs(plan, again, "2024-03-05") == ["2024-03-08 kept", "2024-03-11 running"]


def test_every_start_opens_a_run(desk) -> None:
    plan = desk.plan(clock("五日"))
    runs = desk.runs(plan, "receive 2024-03-01; receive 2024-03-06; decide 2024-03-12", "2024-06-01")
    assert runs == ["2024-03-08 late", "2024-03-13 kept"]


def test_old_and_new_reconsideration_act_count_ten_days_differently(desk) -> None:
    new, old = desk.plan(clock("十日")), desk.plan(clock("十日"), on="2018-01-01")
    assert desk.runs(new, "receive 2024-02-02", "2024-02-02") == ["2024-02-21 running"]
    assert desk.runs(old, "receive 2024-02-02", "2024-02-02") == ["2024-02-18 running"]


class TestPauses:
    def rules(self, desk, term: str = "六十日", extra: str = ""):
        return desk.plan(extra + clock(term, pause=PAUSES))

    def last(self, desk, plan, events: str, as_of: str = "2024-12-31") -> str:
        return desk.runs(plan, events, as_of)[-1]

    def test_the_days_after_the_pause_up_to_the_resumption_do_not_count(self, desk) -> None:
        plan = self.rules(desk)  # 4月30日 + 10日 = 5月10日
        events = "receive 2024-03-01; suspend 2024-03-11; resume 2024-03-21; decide 2024-05-10"
        assert self.last(desk, plan, events) == "2024-05-10 kept"

    def test_working_day_terms_lose_only_working_days(self, desk) -> None:
        plan = self.rules(desk, "十日")  # 3月15日起数；中止期间3月8日、11日两个工作日
        events = "receive 2024-03-01; suspend 2024-03-07; resume 2024-03-11; decide 2024-03-19"
        assert self.last(desk, plan, events) == "2024-03-19 kept"

    def test_an_open_pause_runs_to_the_as_of_day(self, desk) -> None:
        plan, events = self.rules(desk), "receive 2024-03-01; suspend 2024-03-11"
        assert desk.runs(plan, events, "2024-03-11") == ["2024-04-30 running"]
        assert desk.runs(plan, events, "2024-03-21") == ["2024-05-10 running"]
        assert desk.runs(plan, events, "2024-08-08") == ["2024-09-27 running"]

    def test_an_open_pause_ends_with_the_stop(self, desk) -> None:
        events = "receive 2024-03-01; suspend 2024-03-11; decide 2024-03-21"
        assert self.last(desk, self.rules(desk), events) == "2024-05-10 kept"

    def test_overlapping_pauses_count_once(self, desk) -> None:
        # 3月12日至31日共20日，勘验在中止之内或与之交叉
        inside = "suspend 2024-03-11; inspect 2024-03-15; inspected 2024-03-20; resume 2024-03-31"
        across = "suspend 2024-03-11; inspect 2024-03-20; resume 2024-03-25; inspected 2024-03-31"
        for pauses in (inside, across):
            assert self.last(desk, self.rules(desk), f"receive 2024-03-01; {pauses}") == "2024-05-20 late", pauses

    def test_adjoining_pauses_add_up(self, desk) -> None:
        pauses = "suspend 2024-03-11; resume 2024-03-20; inspect 2024-03-20; inspected 2024-03-31"
        assert self.last(desk, self.rules(desk), f"receive 2024-03-01; {pauses}") == "2024-05-20 late"

    def test_a_pause_begun_before_the_start_counts_from_the_start(self, desk) -> None:
        plan = desk.plan(clock("六十日", pause=PAUSES).replace("start: receive", "start: accept"))
        events = "receive 2024-02-20; suspend 2024-02-25; accept 2024-03-01; resume 2024-03-11"
        assert self.last(desk, plan, events) == "2024-05-10 late"

    def test_a_pause_after_the_stop_or_before_the_start_changes_nothing(self, desk) -> None:
        after = "receive 2024-03-01; decide 2024-03-05; suspend 2024-03-11; resume 2024-03-21"
        assert self.last(desk, self.rules(desk), after) == "2024-04-30 kept"

    def test_a_pause_of_no_days_changes_nothing(self, desk) -> None:
        events = "receive 2024-03-01; suspend 2024-03-11; resume 2024-03-11"
        assert self.last(desk, self.rules(desk), events) == "2024-04-30 late"

    def test_a_pause_after_the_last_day_changes_nothing(self, desk) -> None:
        events = "receive 2024-03-01; suspend 2024-05-06; resume 2024-05-16"
        assert self.last(desk, self.rules(desk), events) == "2024-04-30 late"

    @pytest.mark.parametrize(("setting", "last"), [("extends", "2024-05-10"), ("ignored", "2024-04-30")])
    def test_a_pause_on_the_very_last_day(self, desk, setting: str, last: str) -> None:
        plan = self.rules(desk, extra=f"pause_on_last_day: {setting}\n")
        events = "receive 2024-03-01; suspend 2024-04-30; resume 2024-05-10"
        assert self.last(desk, plan, events) == f"{last} late"

    def test_the_day_before_the_last_both_settings_agree(self, desk) -> None:
        for setting in ("extends", "ignored"):
            plan = self.rules(desk, extra=f"pause_on_last_day: {setting}\n")
            events = "receive 2024-03-01; suspend 2024-04-29; resume 2024-05-09"
            assert self.last(desk, plan, events) == "2024-05-10 late"

    def test_a_pause_saved_by_an_earlier_one_counts(self, desk) -> None:
        pauses = "suspend 2024-03-11; resume 2024-03-21; inspect 2024-05-10; inspected 2024-05-15"
        assert self.last(desk, self.rules(desk), f"receive 2024-03-01; {pauses}") == "2024-05-15 late"

    def test_a_second_run_takes_only_what_falls_in_it(self, desk) -> None:
        events = "receive 2024-03-01; suspend 2024-03-11; receive 2024-03-16; resume 2024-03-21"
        plan = self.rules(desk)
        assert desk.runs(plan, events, "2024-04-01") == ["2024-05-10 running", "2024-05-20 running"]


class TestExtensions:
    def rules(self, desk, term: str = "六十日", **more: str):
        words = {"step": "extend", "by": "event.days", "at_most": "三十日", **more}
        inner = ", ".join(f"{key}: {value}" for key, value in words.items())
        return desk.plan(clock(term, extend=f"{{{inner}}}", pause=PAUSES))

    def test_the_length_decided_counts(self, desk) -> None:
        plan = self.rules(desk)
        assert desk.runs(plan, "receive 2024-03-01; extend 2024-04-20 days=20", "2024-04-20") == ["2024-05-20 running"]

    def test_no_length_is_the_whole_length_the_statute_allows(self, desk) -> None:
        assert desk.runs(self.rules(desk), "receive 2024-03-01; extend 2024-04-20", "2024-04-20") == [
            "2024-05-30 running"
        ]

    def test_more_than_the_statute_allows_is_cut(self, desk) -> None:
        plan = self.rules(desk)
        assert desk.runs(plan, "receive 2024-03-01; extend 2024-04-20 days=45", "2024-04-20") == ["2024-05-30 running"]

    def test_fixed_length_ignores_what_was_written(self, desk) -> None:
        plan = self.rules(desk, by="fixed")
        assert desk.runs(plan, "receive 2024-03-01; extend 2024-04-20 days=5", "2024-04-20") == ["2024-05-30 running"]

    def test_only_so_many_times(self, desk) -> None:
        events = "receive 2024-03-01; extend 2024-04-20 days=10; extend 2024-05-08 days=10"
        assert desk.runs(self.rules(desk), events, "2024-05-08") == ["2024-05-10 running"]
        assert desk.runs(self.rules(desk, times="2"), events, "2024-05-08") == ["2024-05-20 running"]

    def test_decided_on_the_last_day_counts_the_day_after_does_not(self, desk) -> None:
        plan = self.rules(desk)
        assert desk.runs(plan, "receive 2024-03-01; extend 2024-04-30 days=9", "2024-05-08") == ["2024-05-09 running"]
        assert desk.runs(plan, "receive 2024-03-01; extend 2024-05-01 days=9", "2024-05-08") == ["2024-04-30 late"]

    def test_a_late_extension_does_not_use_up_the_one_allowed(self, desk) -> None:
        late = "receive 2024-03-01; extend 2024-05-01 days=9; receive 2024-04-01"
        assert desk.runs(self.rules(desk), late, "2024-05-02") == ["2024-04-30 late", "2024-06-11 running"]

    def test_under_a_condition(self, desk) -> None:
        plan = self.rules(desk, when="done(accept)")
        assert desk.runs(plan, "receive 2024-03-01; extend 2024-04-20", "2024-04-20") == ["2024-04-30 running"]
        assert desk.runs(plan, "receive 2024-03-01; accept 2024-03-02; extend 2024-04-20", "2024-04-20") == [
            "2024-05-30 running"
        ]

    def test_a_pause_can_bring_an_extension_into_time(self, desk) -> None:
        events = "receive 2024-03-01; suspend 2024-04-01; resume 2024-04-11; extend 2024-05-10 days=5"
        assert desk.runs(self.rules(desk), events, "2024-05-10") == ["2024-05-15 running"]

    def test_an_extension_can_bring_a_pause_into_time(self, desk) -> None:
        events = "receive 2024-03-01; extend 2024-04-30 days=10; inspect 2024-05-10; inspected 2024-05-13"
        assert desk.runs(self.rules(desk), events, "2024-05-13") == ["2024-05-13 running"]

    def test_months_are_extended_by_months_from_the_start(self, desk) -> None:
        plan = self.rules(desk, "三个月", by="fixed", at_most="一个月")
        # 11月30日 + 4个月；不是2月29日 + 1个月
        assert desk.runs(plan, "receive 2023-11-30; extend 2024-02-20", "2024-02-20") == ["2024-04-01 running"]

    def test_months_can_be_extended_by_days(self, desk) -> None:
        plan = self.rules(desk, "三个月")
        assert desk.runs(plan, "receive 2024-01-15; extend 2024-04-01 days=10", "2024-04-01") == ["2024-04-25 running"]

    def test_working_days_are_extended_by_working_days(self, desk) -> None:
        plan = self.rules(desk, "20个工作日", at_most="20个工作日")
        assert desk.runs(plan, "receive 2024-03-01; extend 2024-03-20 days=5", "2024-03-20") == ["2024-04-08 running"]

    def test_after_the_stop_it_is_nothing(self, desk) -> None:
        events = "receive 2024-03-01; decide 2024-05-06; extend 2024-04-30"
        assert desk.runs(self.rules(desk), events, "2024-06-01") == ["2024-05-30 kept"]
        events = "receive 2024-03-01; decide 2024-04-29; extend 2024-04-30"
        assert desk.runs(self.rules(desk), events, "2024-06-01") == ["2024-04-30 kept"]


class TestHours:
    @pytest.mark.parametrize(
        ("events", "as_of", "state"),
        [
            ("receive 2024-03-01 09:00; decide 2024-03-02 09:00", "2024-03-09", "kept"),
            ("receive 2024-03-01 09:00; decide 2024-03-02 09:01", "2024-03-09", "late"),
            ("receive 2024-03-01; decide 2024-03-01", "2024-03-09", "kept"),
            ("receive 2024-03-01 09:00; decide 2024-03-01", "2024-03-09", "kept"),
            ("receive 2024-03-01; decide 2024-03-02", "2024-03-09", "undetermined"),
            ("receive 2024-03-01 09:00; decide 2024-03-02", "2024-03-09", "undetermined"),
            ("receive 2024-03-01; decide 2024-03-02 00:00", "2024-03-09", "kept"),
            ("receive 2024-03-01; decide 2024-03-03", "2024-03-09", "late"),  # 至少 24 小时又 1 分
            ("receive 2024-03-01 23:59; decide 2024-03-03 00:00", "2024-03-09", "late"),
            ("receive 2024-03-01; decide 2024-03-04", "2024-03-09", "late"),
            ("receive 2024-03-01 09:00", "2024-03-01", "running"),
            ("receive 2024-03-01 09:00", "2024-03-02", "late"),
            ("receive 2024-03-01 00:00", "2024-03-01", "running"),
            ("receive 2024-03-01", "2024-03-01", "running"),
        ],
    )
    def test_only_what_every_possible_time_agrees_on(self, desk, events: str, as_of: str, state: str) -> None:
        plan = desk.plan(clock("24小时"))
        assert desk.runs(plan, events, as_of)[0].split()[1] == state

    def test_rest_days_do_not_stop_the_hours(self, desk) -> None:
        plan = desk.plan(clock("2小时"))
        assert desk.runs(plan, "receive 2024-02-10 23:00; decide 2024-02-11 01:00", "2024-03-01") == ["2024-02-11 kept"]


class TestMinimum:
    def rules(self, desk, length: str = "三十日", **more: str):
        return desk.plan(clock("X", **more).replace("term: X", f"minimum: {length}"))

    def test_the_period_must_run_in_full(self, desk) -> None:
        plan = self.rules(desk)
        assert desk.runs(plan, "receive 2024-03-01; decide 2024-03-31", "2024-06-01") == ["2024-03-31 kept"]
        assert desk.runs(plan, "receive 2024-03-01; decide 2024-03-30", "2024-06-01") == ["2024-03-31 early"]
        assert desk.runs(plan, "receive 2024-03-01", "2024-06-01") == ["2024-03-31 running"]

    def test_beyond_the_stop_must_come_after_the_rolled_last_day(self, desk) -> None:
        plan = self.rules(desk, beyond="true")  # 末日3月31日周日，顺延4月1日，届满后为4月2日
        assert desk.runs(plan, "receive 2024-03-01; decide 2024-04-01", "2024-06-01") == ["2024-04-02 early"]
        assert desk.runs(plan, "receive 2024-03-01; decide 2024-04-02", "2024-06-01") == ["2024-04-02 kept"]

    def test_ten_working_days_of_demand_in_the_compulsion_act(self, desk) -> None:
        rules = clock("X", beyond="true").replace("term: X", "minimum: 十日")
        plan = desk.plan(rules, statute="行政强制法")  # 强制法69：十日以内是工作日
        assert desk.runs(plan, "receive 2024-09-30; decide 2024-10-19", "2024-12-01") == ["2024-10-19 kept"]
        assert desk.runs(plan, "receive 2024-09-30; decide 2024-10-18", "2024-12-01") == ["2024-10-19 early"]

    def test_shortened_where_the_step_came_before(self, desk) -> None:
        plan = self.rules(desk, shorten="{step: accept, cite: 15}")
        assert desk.runs(plan, "receive 2024-03-01; accept 2024-03-02; decide 2024-03-10", "2024-06-01") == [
            "2024-03-31 kept"
        ]
        assert desk.runs(plan, "receive 2024-03-01; decide 2024-03-10; accept 2024-03-12", "2024-06-01") == [
            "2024-03-31 early"
        ]

    def test_working_days(self, desk) -> None:
        plan = self.rules(desk, "五日")
        assert desk.runs(plan, "receive 2024-02-07; decide 2024-02-19", "2024-06-01") == ["2024-02-20 early"]
        assert desk.runs(plan, "receive 2024-02-07; decide 2024-02-20", "2024-06-01") == ["2024-02-20 kept"]


class TestClosing:
    STEPS = "receive decide! withdraw! suspend resume inspect inspected extend"

    def test_a_closing_step_ends_what_runs(self, desk) -> None:
        plan = desk.plan(clock("五日"), steps=self.STEPS)
        assert desk.runs(plan, "receive 2024-02-07; withdraw 2024-02-20", "2024-06-01") == ["2024-02-20 ended"]
        assert desk.runs(plan, "receive 2024-02-07; withdraw 2024-02-21", "2024-06-01") == ["2024-02-20 late"]

    def test_the_stop_itself_comes_first_when_it_is_earlier(self, desk) -> None:
        plan = desk.plan(clock("五日"), steps=self.STEPS)
        events = "receive 2024-02-07; decide 2024-02-08; withdraw 2024-03-20"
        assert desk.runs(plan, events, "2024-06-01") == ["2024-02-20 kept"]

    def test_a_minimum_period_is_ended_not_early(self, desk) -> None:
        plan = desk.plan(clock("X").replace("term: X", "minimum: 三十日"), steps=self.STEPS)
        assert desk.runs(plan, "receive 2024-03-01; withdraw 2024-03-02", "2024-06-01") == ["2024-03-31 ended"]

    def test_hours_are_ended_too(self, desk) -> None:
        plan = desk.plan(clock("24小时"), steps=self.STEPS)
        assert desk.runs(plan, "receive 2024-03-01 09:00; withdraw 2024-03-01", "2024-06-01") == ["2024-03-02 ended"]

    def test_a_run_that_starts_after_the_close_goes_on(self, desk) -> None:
        plan = desk.plan(clock("五日").replace("start: receive", "start: suspend"), steps=self.STEPS)
        events = "receive 2024-02-01; withdraw 2024-02-02; suspend 2024-02-07"
        assert desk.runs(plan, events, "2024-02-08") == ["2024-02-20 running"]


def test_since_and_until_choose_runs_by_their_start(desk) -> None:
    plan = desk.plan(clock("五日", since="2024-03-01", until="2024-04-01"))
    events = "receive 2024-02-29; receive 2024-03-01; receive 2024-03-31; receive 2024-04-01"
    assert desk.runs(plan, events, "2024-04-01") == ["2024-03-08 late", "2024-04-08 running"]


class TestUnknownFacts:
    FIELDS = "fields:\n  track: {label: 程序, choices: [普通, 简易]}\n  urgent: {label: 急, type: flag}\n"

    def test_the_term_of_the_choice(self, desk) -> None:
        plan = desk.plan(self.FIELDS + clock("{普通: 六十日, 简易: 三十日}"))
        assert desk.runs(plan, "receive 2024-03-01", "2024-03-01", track="普通") == ["2024-04-30 running"]
        assert desk.runs(plan, "receive 2024-03-01", "2024-03-01", track="简易") == ["2024-04-01 running"]
        assert desk.runs(plan, "receive 2024-03-01", "2024-03-01") == ["? undetermined"]

    def test_the_first_term_that_holds(self, desk) -> None:
        rules = self.FIELDS + clock("[{when: urgent, term: 五日}, {when: 'track == \"普通\"', term: 十日}]")
        plan = desk.plan(rules)
        start = "receive 2024-03-01"
        assert desk.runs(plan, start, "2024-03-01", urgent=True) == ["2024-03-08 running"]
        assert desk.runs(plan, start, "2024-03-01", urgent=False, track="普通") == ["2024-03-15 running"]
        assert desk.runs(plan, start, "2024-03-01", urgent=False, track="简易") == []
        assert desk.runs(plan, start, "2024-03-01", track="普通") == ["? undetermined"]

    def test_when_and_unless(self, desk) -> None:
        plan = desk.plan(self.FIELDS + clock("五日", when="'track == \"普通\"'", unless="urgent"))
        start = "receive 2024-03-01"
        assert desk.runs(plan, start, "2024-03-01", track="普通", urgent=False) == ["2024-03-08 running"]
        assert desk.runs(plan, start, "2024-03-01", track="普通", urgent=True) == []
        assert desk.runs(plan, start, "2024-03-01", urgent=True) == [], "假与未知为假"
        assert desk.runs(plan, start, "2024-03-01", urgent=False) == ["? undetermined"]
        assert desk.runs(plan, start, "2024-03-01", track="普通") == ["? undetermined"]

    def test_a_default_stands_in_for_what_is_missing(self, desk) -> None:
        rules = self.FIELDS.replace("简易]}", "简易], default: 普通}") + clock("{普通: 六十日, 简易: 三十日}")
        plan = desk.plan(rules)
        assert desk.runs(plan, "receive 2024-03-01", "2024-03-01", track=None) == ["2024-04-30 running"]


def test_days_beyond_the_published_calendar_are_provisional(desk, cn) -> None:
    plan = desk.plan(clock("五日"))
    run = desk.judge(plan, "receive 2026-12-25", "2026-12-25").runs[0]
    assert run.last_day is not None and iso(run.last_day) == "2027-01-04" and cn.provisional(run.last_day)


def test_states_speak_chinese() -> None:
    assert [state.label for state in State] == ["按期", "逾期", "计时中", "随办结终止", "无法判断", "未满法定期间",
                                                     "逾期未行使"]
