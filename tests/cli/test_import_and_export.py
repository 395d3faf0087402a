"""``fadu import`` and ``fadu export``: the same as the pages, as a named person."""

from __future__ import annotations

import json
from datetime import date

import openpyxl
import pytest
from click.testing import CliRunner
from registers_in_office import HEAD, ROWS, handed_in, rows_with, sheet

from fadu.acts.import_file import plans_of, save_mapping
from fadu.acts.import_reading import tables_of
from fadu.cli.export import export
from fadu.cli.imports import import_register
from fadu.law.errors import FaduError
from fadu.store.models import Case, Event, ImportBatch, Role, Trace


@pytest.fixture
def june(at):
    with at("2024-06-03 10:00"):
        yield


@pytest.fixture
def run(town, june, tmp_path, monkeypatch):
    """Run a command in the tests' district: exit code and output. A ``FaduError`` is raised as it is."""
    monkeypatch.setattr("fadu.cli.imports.use_district", lambda folder: None)
    monkeypatch.setattr("fadu.cli.export.use_district", lambda folder: None)
    monkeypatch.chdir(tmp_path)

    def called(*words: str):
        command = {"import": import_register, "export": export}[words[0]]
        done = CliRunner().invoke(command, list(words[1:]))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    return called


AS = ("--as", "legal_officer")
REGISTER = ("--procedure", "reconsideration")


def test_a_file_is_imported_and_the_faulty_row_told(run, tmp_path):
    (tmp_path / "复议.xlsx").write_bytes(sheet(ROWS))
    code, said = run("import", "复议.xlsx", *REGISTER, *AS, "--copy", "批注.xlsx")
    assert code == 1
    for words in ("工作表“台账”，用程序提出的对应", "受理日期 → 「受理」的日期",
                  "新增 2 行，更新 0 行，未变 0 行，退回 1 行",
                  "台账 第 4 行　台账!G4: 「2024-13-08」没有 13 月", "批注副本：批注.xlsx"):
        assert words in said, said
    assert openpyxl.load_workbook(tmp_path / "批注.xlsx")["台账"]["G4"].comment
    assert Event.objects.filter(actor__login="legal_officer").exists()
    (tmp_path / "好.xlsx").write_bytes(sheet(ROWS[:2]))
    assert run("import", "好.xlsx", *REGISTER, *AS)[0] == 0
    assert Trace.objects.filter(kind="import", address="命令行").exists()


def test_dry_and_json(run, tmp_path):
    (tmp_path / "复议.xlsx").write_bytes(sheet(ROWS))
    code, said = run("import", "复议.xlsx", *AS, "--dry", "--json")
    told = json.loads(said)
    assert code == 1 and told["procedure"] == "reconsideration" and told["dry"] is True
    assert told["rows"] == {"added": 2, "changed": 0, "same": 0, "refused": 1}
    assert told["refused"][0]["row"] == 4 and told["sheets"][0]["columns"]["案号"] == "案号"
    assert not Case.objects.exclude(procedure="journal").exists()


def test_a_saved_mapping_by_name_and_a_unit(run, town, tmp_path):
    officer = town.actor(Role.LEGAL_OFFICER)
    batch = handed_in(town, sheet(ROWS))
    (table, plan), = tables_of(batch)
    save_mapping(officer, "复议月报", table, plan.mapping)
    (tmp_path / "复议.xlsx").write_bytes(sheet(ROWS[:2]))
    assert run("import", "复议.xlsx", *REGISTER, *AS, "--mapping", "复议月报")[0] == 0
    assert plans_of(ImportBatch.objects.latest("pk"))[0].known == "复议月报"
    with pytest.raises(FaduError, match="没有保存过名为“别的”的对应；已有：复议月报"):
        run("import", "复议.xlsx", *REGISTER, *AS, "--mapping", "别的")
    head = tuple(name for name in HEAD if name != "承办单位")
    rows = [tuple(v for n, v in zip(HEAD, row, strict=True) if n != "承办单位") for row in rows_with(0)[:1]]
    (tmp_path / "无单位.xlsx").write_bytes(sheet(rows, head))
    with pytest.raises(FaduError, match="也没有指定全表的单位；请指定其一"):
        run("import", "无单位.xlsx", *REGISTER, *AS)
    assert run("import", "无单位.xlsx", *REGISTER, *AS, "--unit", "区司法局")[0] == 0


def test_someone_must_be_named_who_may(run, tmp_path):
    (tmp_path / "复议.xlsx").write_bytes(sheet(ROWS))
    with pytest.raises(FaduError, match="请用 --as 写明以谁的身份"):
        run("import", "复议.xlsx", *REGISTER)
    with pytest.raises(FaduError, match="没有登录名为“nobody”的在用账号"):
        run("export", *REGISTER, "--format", "csv", "--out", "a.csv", "--as", "nobody")
    with pytest.raises(FaduError, match="没有权限导入台账"):
        run("import", "复议.xlsx", *REGISTER, "--as", "leader")
    assert Trace.objects.filter(kind="denied").exists()


def test_a_register_is_exported_as_a_person_sees_it(run, tmp_path):
    (tmp_path / "复议.xlsx").write_bytes(sheet(ROWS[:2]))
    run("import", "复议.xlsx", *REGISTER, *AS)
    Case.objects.filter(number="明复〔2024〕1号").update(secrecy=Case.Secrecy.ASSIGNED)
    code, said = run("export", *REGISTER, "--format", "csv", "--out", "a.csv", "--as", "leader")
    assert (code, said) == (0, "已导出行政复议台账 1 件：a.csv\n")
    text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert "明复〔2024〕2号" in text and "明复〔2024〕1号" not in text
    assert Trace.objects.get(kind="export").words == "导出行政复议台账（CSV）1 件：全部"
    with pytest.raises(FaduError, match="已经存在，不会覆盖"):
        run("export", *REGISTER, "--format", "csv", "--out", "a.csv", "--as", "leader")
    code, said = run("export", *REGISTER, "--format", "xes", "--out", "a.xes.gz", *AS, "--json")
    assert json.loads(said) == {"file": "a.xes.gz", "procedure": "reconsideration", "format": "xes", "cases": 1}
    assert (tmp_path / "a.xes.gz").stat().st_mode & 0o077 == 0


def test_an_exported_log_is_read_back_by_fadu(run, tmp_path):
    """What leaves as XES is what ``fadu check`` reads: the same steps on the same days."""
    from fadu.book import load_book
    from fadu.check import step_names
    from fadu.exchange import open_events

    (tmp_path / "复议.xlsx").write_bytes(sheet(ROWS[:2]))
    run("import", "复议.xlsx", *REGISTER, *AS)
    run("export", *REGISTER, "--format", "xes", "--out", "a.xes.gz", *AS)
    with open_events(tmp_path / "a.xes.gz", steps=step_names(load_book()), mapping={"fadu:day": "date"}) as found:
        rows = found.table().to_pylist()
    assert [(row["case_id"], row["step"]) for row in rows] == [
        ("明复〔2024〕1号", "receive"), ("明复〔2024〕1号", "accept"), ("明复〔2024〕1号", "decide"),
        ("明复〔2024〕2号", "receive"), ("明复〔2024〕2号", "accept"),
    ]  # fmt: skip
    assert Case.objects.get(number="明复〔2024〕1号").opened_on == date(2024, 1, 2)
