"""The fact set: dense, sorted, whole cases, the bytes of its seed, and the same cases as the JSON form."""

from __future__ import annotations

import json
from collections import defaultdict
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fadu.law.cases import Case, Event
from fadu.law.dates import NO_MINUTE, day_of, iso
from fadu.law.errors import FaduError
from fadu.law.judge import judge
from fadu.measure.columns import Words, fact_schema
from fadu.measure.engine import DuckBackend, Question, judge_part
from fadu.measure.facts import facts_of, vocabulary
from fadu.simulate import SimulationPlan, case_json, simulate, write_cases, write_facts

FIRST, UNTIL = day_of("2023-12-01"), day_of("2025-06-30")
CODED = ("unit", "outcome", "approved_by", "by")


def plan_of(**changes):
    return SimulationPlan(**({"first": FIRST, "until": UNTIL, "cases": 1500, "seed": 5, "size": 40} | changes))


@pytest.fixture(scope="module")
def written(book, tmp_path_factory):
    out = tmp_path_factory.mktemp("facts") / "set"
    summary = write_facts(book, plan_of(), out)
    return out, summary, json.loads((out / "meta.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def played(book):
    return list(simulate(book, plan_of()))


def part_tables(out):
    """(code, effective) → its facts, in the order of files."""
    found = defaultdict(list)
    for path in sorted(out.glob("*@*/month=*/part-*.parquet")):
        code, _, effective = path.parent.parent.name.partition("@")
        found[code, day_of(effective)].append(pq.ParquetFile(path).read())
    return {key: pa.concat_tables(tables) for key, tables in found.items()}


def test_meta_describes_what_is_there(book, written):
    out, summary, meta = written
    assert meta["simulated"] is True and meta["label"] == "模拟数据" and meta["seed"] == 5
    assert meta["lawbook_digest"] == book.digest
    assert meta["words"][:len(vocabulary(book).texts)] == vocabulary(book).texts
    tables = part_tables(out)
    assert {(part["code"], day_of(part["effective"])) for part in meta["parts"]} == set(tables)
    for part in meta["parts"]:
        table = tables[part["code"], day_of(part["effective"])]
        keys = table["key"]
        assert part["events"] == table.num_rows and part["cases"] == len(pc.unique(table["case_no"]))
        assert part["first_day"] == iso(pc.min(keys).as_py() >> 32)
        assert part["last_day"] == iso(pc.max(keys).as_py() >> 32)
    assert summary.cases == 1500 and summary.events == sum(part["events"] for part in meta["parts"])


def test_files_hold_whole_cases_sorted_in_their_month(book, written):
    out, _, _ = written
    numbers, procedures = [], {(p.code, p.effective_day): p for p in book.procedures}
    for path in sorted(out.glob("*@*/month=*/part-*.parquet")):
        code, _, effective = path.parent.parent.name.partition("@")
        table = pq.ParquetFile(path).read()
        assert table.schema == fact_schema(procedures[code, day_of(effective)])
        rows = list(zip(table["case_no"].to_pylist(), table["key"].to_pylist(), strict=True))
        assert rows == sorted(rows)
        firsts = {}
        for number, key in rows:
            firsts.setdefault(number, key)
            assert key >> 12 & 0xFFFFF < 100
        assert {iso(key >> 32)[:7] for key in firsts.values()} == {path.parent.name.removeprefix("month=")}
        assert all(key >> 12 & 0xFFFFF == 0 for key in firsts.values())
        assert max(key for _, key in rows) >> 32 <= UNTIL
        numbers += firsts
    assert sorted(numbers) == list(range(1500))


def test_facts_equal_those_of_the_same_cases_in_json(book, written, played):
    out, _, meta = written
    read = [case_of(json.loads(json.dumps(case_json(case)))) for case in played]
    expected = facts_of(read, book, UNTIL)
    tables = part_tables(out)
    assert set(tables) == set(expected.parts)
    words = Words(meta["words"])
    procedures = {(p.code, p.effective_day): p for p in book.procedures}
    for key, table in tables.items():
        days = {f"field_{name}" for name, item in procedures[key].fields.items() if item.kind == "date"}
        assert decoded(table, words, days) == decoded(expected.parts[key], expected.words, days)


def decoded(table, words, days):
    """Rows with texts instead of codes: two fact sets number their texts in different orders. Days are no texts."""
    texts = [name for name in table.schema.names if name not in days
             and (name in CODED or (name.startswith("field_") and table.schema.field(name).type == pa.int32()))]
    rows = table.sort_by([("case_no", "ascending"), ("key", "ascending")]).to_pylist()
    return [{name: words.text(value) if name in texts else value for name, value in row.items()} for row in rows]


def case_of(made):
    return Case(made["id"], made["procedure"], [event_of(event) for event in made["events"]], made["fields"],
                made["unit"])


def event_of(made):
    hour, _, minute = made.get("time", "").partition(":")
    return Event(
        step=made["step"], day=day_of(made["date"]), minute=int(hour) * 60 + int(minute) if hour else NO_MINUTE,
        officers=made.get("officers"), days=made.get("days"), outcome=made.get("outcome"),
        approved_by=made.get("approved_by"), reason=made.get("reason"), amount=made.get("amount"),
        by=tuple(made["by"].split("、")) if "by" in made else (),
    )


def digest(folder):
    total = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return total.hexdigest()


def test_same_seed_same_bytes_whatever_the_number_of_workers(book, tmp_path, written):
    write_facts(book, plan_of(), tmp_path / "two", jobs=2)
    write_facts(book, plan_of(seed=6), tmp_path / "other")
    assert digest(tmp_path / "two") == digest(written[0])
    assert digest(tmp_path / "other") != digest(written[0])


@pytest.mark.filterwarnings("ignore:The 'future.infer_string'")  # ibis 12 reads it; pandas 3.1 deprecates it
@pytest.mark.parametrize("code", ["hotline", "penalty", "reconsideration", "criminal_transfer", "seizure", "licence"])
def test_the_two_engines_agree_on_simulated_facts(book, tmp_path, code):
    plan = plan_of(cases=300, unlawful=0.4, procedures=(code,))
    write_facts(book, plan, tmp_path / "facts")
    words = Words(json.loads((tmp_path / "facts" / "meta.json").read_text(encoding="utf-8"))["words"])
    words.codes = {text: place + 1 for place, text in enumerate(words.texts)}
    cases = dict(enumerate(simulate(book, plan)))
    for (_, effective), table in part_tables(tmp_path / "facts").items():
        procedure = book.procedure(code, effective)
        backend = DuckBackend(threads=2)
        backend.table(table, "facts")
        judged = judge_part(backend, "facts", Question(procedure, book.plan(procedure).calendar, words, UNTIL), "x")
        for number in set(table["case_no"].to_pylist()):
            assert book.procedure_for(cases[number]) is procedure
        assert columnar(backend, judged, procedure) == one_by_one(book, procedure, cases, table)


def columnar(backend, judged, procedure):
    found = set()
    for clock in procedure.clocks.values():
        found |= {(row["case_no"], clock.name, row["start"], row["state"])
                  for row in backend.rows(judged.runs(clock)).to_pylist()}
    for duty in procedure.duties:
        found |= {(row["case_no"], duty, None, row["state"])
                  for row in backend.rows(judged.verdicts(duty)).to_pylist()}
    return found


def one_by_one(book, procedure, cases, table):
    found = set()
    for number in set(table["case_no"].to_pylist()):
        judgement = judge(book.plan(procedure), cases[number], UNTIL)
        found |= {(number, run.clock.name, run.start >> 32, int(run.state)) for run in judgement.runs}
        found |= {(number, verdict.duty.name, None, int(verdict.state)) for verdict in judgement.verdicts}
    return found


def test_crowded_days_repeat_histories_at_other_units_and_times(book, tmp_path):
    """Many cases from few histories: numbers stay dense, the rate holds, hours still elapse alike."""
    plan = SimulationPlan(day_of("2025-03-01"), day_of("2025-03-20"), cases=20_000, seed=3, unlawful=0.1,
                          procedures=("hotline",), size=40, variety=400)
    summary = write_facts(book, plan, tmp_path / "facts")
    (table,) = part_tables(tmp_path / "facts").values()
    assert sorted(set(table["case_no"].to_pylist())) == list(range(20_000))
    assert summary.unlawful / summary.cases == pytest.approx(0.1, abs=0.01)
    assert len(pc.unique(table["unit"])) == 56
    procedure = book.versions("hotline")[0]
    cases = simulate(book, plan)
    unlawful = sum(bool(judge(book.plan(procedure), case, plan.until).findings) for case in cases)
    assert unlawful == summary.unlawful


def test_arrivals_follow_the_calendar(book, tmp_path):
    plan = SimulationPlan(day_of("2024-01-01"), day_of("2024-12-31"), cases=30_000, size=40, variety=400)
    write_facts(book, plan, tmp_path / "facts")
    calendar = book.calendars["CN"]
    opened = defaultdict(lambda: defaultdict(int))
    for (code, _), table in part_tables(tmp_path / "facts").items():
        for key in table["key"].to_pylist():
            if not key >> 12 & 0xFFFFF:
                opened[code][key >> 32] += 1
    hotline = opened.pop("hotline")
    for code in ("village_legal_service", "evacuation", "requisition"):  # neither people nor floods wait for Monday
        opened.pop(code, None)
    assert not any(not calendar.is_working(day) for days in opened.values() for day in days)
    assert any(not calendar.is_working(day) for day in hotline)
    total = sum(hotline.values())
    assert 0.25 < total / 30_000 < 0.45  # published records and inspections are many, too
    assert months(hotline)["2024-12"] > months(hotline)["2024-06"] > months(hotline)["2024-02"]


def months(days):
    found = defaultdict(int)
    for day, count in days.items():
        found[iso(day)[:7]] += count
    return found


def test_events_asked_for_are_about_what_comes(book, tmp_path):
    summary = write_facts(book, SimulationPlan(FIRST, UNTIL, events=60_000, size=40, variety=1000), tmp_path / "facts")
    assert summary.events == pytest.approx(60_000, rel=0.06)


def test_a_folder_in_use_is_refused(book, tmp_path):
    (tmp_path / "old").write_text("x")
    with pytest.raises(FaduError, match="已有内容"):
        write_facts(book, plan_of(), tmp_path)


def test_a_procedure_not_in_force_is_refused(book, tmp_path):
    plan = SimulationPlan(day_of("2005-01-01"), day_of("2005-12-31"), cases=10, procedures=("penalty",))
    with pytest.raises(FaduError, match="没有生效的版本"):
        write_facts(book, plan, tmp_path / "facts")


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_case_files_are_read_back_as_the_same_cases(book, tmp_path, form):
    from fadu.check import step_names
    from fadu.exchange import open_events
    from fadu.exchange.cases import cases_of

    plan = plan_of(cases=200, unlawful=0.3)
    write_cases(book, plan, tmp_path / "set", form)
    with open_events(tmp_path / "set" / f"cases.{form}", steps=step_names(book)) as source:
        read = {case.id: case for case in cases_of(source.batches())}
        assert not len(source.rejects)
    for case in simulate(book, plan):
        assert case.id.startswith("模拟-")
        mine, theirs = (judge(book.plan_for(one), one, UNTIL) for one in (case, read[case.id]))
        assert [(found.rule.name, found.kind, found.stop) for found in mine.findings] == [
            (found.rule.name, found.kind, found.stop) for found in theirs.findings]
