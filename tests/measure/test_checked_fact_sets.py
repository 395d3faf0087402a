"""A fact set checked as it stands is its cases checked from a file: the same findings, counts and figures."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from fadu.book import Book, load_book
from fadu.check import Checked, Options, check_file, find_case, judge_case, open_cases
from fadu.cli import group
from fadu.law.dates import day_of
from fadu.law.errors import FaduError
from fadu.simulate import SimulationPlan, write_cases, write_facts

CODES = ("hotline", "reconsideration", "penalty", "petition", "disclosure_request")
"""With deemed steps, pauses, hours, extensions and dates that a case names."""


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book()


@pytest.fixture(scope="module")
def both(book: Book, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same cases as a fact set and as a file."""
    folder = tmp_path_factory.mktemp("both")
    plan = SimulationPlan(day_of("2023-07-01"), day_of("2024-06-30"), cases=900, seed=4, unlawful=0.3, procedures=CODES)
    write_facts(book, plan, folder / "facts")
    write_cases(book, plan, folder / "cases", "jsonl")
    return folder / "facts", folder / "cases" / "cases.jsonl"


def checked(path: Path, book: Book, options: Options) -> Checked:
    with open_cases(path, book, options) as source:
        found = check_file(source, book, options)
        found.findings = iter(list(found.findings))
        return found


@pytest.mark.parametrize("as_of", ["2023-07-20", "2024-02-10", "2024-12-31"])
def test_a_fact_set_is_checked_as_its_cases_are(book: Book, both: tuple[Path, Path], as_of: str) -> None:
    facts, cases = (checked(path, book, Options(day_of(as_of))) for path in both)
    mine, theirs = list(facts.findings), list(cases.findings)
    assert mine and Counter(mine) == Counter(theirs)
    assert facts.counts == cases.counts
    assert (facts.cases, facts.events, facts.steps) == (cases.cases, cases.events, cases.steps)
    assert facts.columnar and not cases.columnar


def test_before_its_first_event_there_is_nothing_to_judge(book: Book, both: tuple[Path, Path]) -> None:
    found = checked(both[0], book, Options(day_of("2023-06-30")))
    assert (found.cases, found.events, list(found.findings)) == (0, 0, [])


def test_a_case_of_a_fact_set_is_found_by_its_number(book: Book, both: tuple[Path, Path]) -> None:
    options = Options(day_of("2024-12-31"))
    some = list({item.case: item for item in checked(both[1], book, options).findings}.values())[:8]
    for item in some:
        cases = []
        for path in both:
            with open_cases(path, book, options) as source:
                case = find_case(source, book, item.case)
            assert case is not None
            cases.append(judge_case(case, book, options))
        assert cases[0].case.unit == cases[1].case.unit == item.unit
        assert [run._replace(added=()) for run in cases[0].runs] == [run._replace(added=()) for run in cases[1].runs]
        assert cases[0].verdicts == cases[1].verdicts
    with open_cases(both[0], book, options) as source:
        for name in ("模拟-hotline-999999", "hotline-1", "模拟-hotline-x"):
            assert find_case(source, book, name) is None


def figures(path: Path, *more: str) -> dict[str, object]:
    asked = ["measure", str(path), "--period", "2024", "--as-of", "2024-12-31", "-i", "reconsideration", "--json"]
    done = CliRunner().invoke(group, [*asked, *more])
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_figures_and_their_rows_are_the_same(both: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = (figures(path, "--rows", str(tmp_path / name)) for name, path in zip("ab", both, strict=True))
    assert one["notices"] == ["模拟数据"] and other["notices"] == []
    mine, theirs = one["figures"], other["figures"]
    assert isinstance(mine, list) and isinstance(theirs, list) and any(item["rows"] for item in mine)
    assert len({item["receipt"].pop("snapshot") for item in (mine[0], theirs[0])}) == 2
    for item in (*mine, *theirs):
        item["receipt"].pop("snapshot", None)
        item["receipt"].pop("rows")  # the order of rows is that of the cases' own numbers in each
    assert mine == theirs
    for path in sorted((tmp_path / "a").iterdir()):
        assert Counter(path.read_text("utf-8").splitlines()) == Counter(
            (tmp_path / "b" / path.name).read_text("utf-8").splitlines())


def test_the_command_says_that_the_data_are_made_up(both: tuple[Path, Path], tmp_path: Path) -> None:
    done = CliRunner().invoke(group, ["check", str(both[0]), "--as-of", "2024-12-31", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "注意：模拟数据" in done.output and "要求" in done.output
    assert (tmp_path / "out" / "findings.csv").read_text("utf-8-sig").count("\n") > 100


@pytest.mark.parametrize("given", [{"on": 1}, {"known_on": 1}, {"mapping": {"a": "b"}}, {"columnar": False}])
def test_what_a_fact_set_leaves_no_room_for_is_refused(book: Book, both: tuple[Path, Path], given: dict) -> None:
    name = {"on": "--on", "known_on": "--known-on", "mapping": "--map", "columnar": "--per-case"}[next(iter(given))]
    with pytest.raises(FaduError, match=f"事实集不能用 {name}：.*请给办件文件"):
        open_cases(both[0], book, replace(Options(day_of("2024-12-31")), **given))


def test_a_folder_that_is_no_fact_set_is_refused(book: Book, tmp_path: Path) -> None:
    with pytest.raises(FaduError, match=r"不是事实集：文件夹里没有可读的 meta\.json；接受 fadu simulate 写出的文件夹"):
        open_cases(tmp_path, book, Options(1))
    (tmp_path / "meta.json").write_text("[]")
    with pytest.raises(FaduError, match=r"meta\.json 里没有各程序的清单"):
        open_cases(tmp_path, book, Options(1))


def test_a_lawbook_whose_steps_changed_is_not_read_into_old_facts(book: Book, both: tuple[Path, Path],
                                                                  tmp_path: Path) -> None:
    folder = Path(shutil.copytree(both[0], tmp_path / "facts"))
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    meta["parts"][0]["steps"].reverse()
    (folder / "meta.json").write_text(json.dumps(meta, ensure_ascii=False), "utf-8")
    with pytest.raises(FaduError, match=r"在法典中的环节与写事实集时不同.*请按这部法典重新生成"):
        checked(folder, book, Options(day_of("2024-12-31")))


def test_a_field_new_to_the_lawbook_is_not_looked_for_in_old_facts(book: Book, both: tuple[Path, Path],
                                                                   tmp_path: Path) -> None:
    folder = Path(shutil.copytree(both[0], tmp_path / "facts"))
    for path in (folder / "penalty@2021-07-15").rglob("*.parquet"):
        table = pq.read_table(path, partitioning=None)
        pq.write_table(table.drop_columns([table.column_names[-1]]), path)
    with pytest.raises(FaduError, match=r"penalty 的 2021-07-15 版在法典中的字段与写事实集时不同"):
        checked(folder, book, Options(day_of("2024-12-31")))
