"""``fadu simulate`` on the command line, and what it says of bad wishes and bad district files."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from fadu.cli.simulate import simulate
from fadu.law.errors import FaduError
from fadu.simulate import SimulationPlan
from fadu.simulate.district import SHIPPED, read_district

YEAR = ["--from", "2025-01-01", "--until", "2025-12-31"]


def run(*words):
    return CliRunner().invoke(simulate, [str(word) for word in words], catch_exceptions=False)


def test_answers_in_json(tmp_path):
    penalties = ("--procedure", "行政处罚（普通程序）", "--unlawful", 0.5)
    done = run("--cases", 60, *penalties, "--out", tmp_path / "set", *YEAR, "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 0 and told["label"] == "模拟数据" and told["cases"] == 60
    assert {part["procedure"] for part in told["parts"]} == {"penalty"}
    assert 15 < told["unlawful_cases"] < 45
    assert (tmp_path / "set" / "meta.json").exists()


def test_sums_up_in_chinese(tmp_path):
    done = run("--cases", 40, "--procedure", "hotline", "--format", "jsonl", "--out", tmp_path / "set", *YEAR)
    assert "模拟数据：40 件" in done.stdout.replace("\n", "") and "接诉即办" in done.stdout
    lines = (tmp_path / "set" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [f"模拟-hotline-{number}" for number in range(40)]


def test_events_and_cases_exclude_each_other(tmp_path):
    with pytest.raises(FaduError, match="只能写一个"):
        run("--cases", 1, "--events", 1, "--out", tmp_path / "set")


@pytest.mark.parametrize(
    ("wish", "said"),
    [({"first": 10, "until": 9}, "早于开始日"), ({"unlawful": 1.5}, "不在 0 与 1 之间"), ({"cases": 0}, "只写一个")],
)
def test_impossible_plans_are_refused(wish, said):
    with pytest.raises(FaduError, match=said):
        SimulationPlan(**({"first": 1, "until": 2, "cases": 5} | wish))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('units = ["licensing"]', 'units = ["没有的局"]', "没有的局.*可用：.*licensing"),
        ("town_weight = 4.0", "town_wait = 4.0", "town_wait.*可用：share"),
        ("weekdays = [1.15, ", "weekdays = [", "weekdays 应是 7 个数"),
        ('name = "明川区"', "name = 明川区", "不是 TOML"),
        ('  "明川区民政局", "明川区水务局", "明川区园林绿化局",\n]', '  "别处的局",\n]', "别处的局"),
    ],
)
def test_a_bad_district_file_is_explained(tmp_path, old, new, said):
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    bad = tmp_path / "district.toml"
    bad.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FaduError, match=said):
        read_district(bad)


def test_the_district_has_about_forty_departments_and_sixteen_towns():
    district = read_district()
    assert len(district.units) == len(set(district.units)) == 56
    assert all(set(habits.units) <= set(district.units) for habits in district.known.values())
