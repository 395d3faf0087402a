"""What the commands print: every thing once, quickly, and no list longer than a screen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from fadu.cli import group

ONE = {
    "id": "甲1", "procedure": "reconsideration", "unit": "复议科",
    "events": [{"step": "receive", "date": "2024-02-07"}, {"step": "accept", "date": "2024-02-20"}],
}  # fmt: skip


def told(*words: str) -> str:
    result = CliRunner().invoke(group, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def case_file(tmp_path: Path) -> Path:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([ONE], ensure_ascii=False), encoding="utf-8")
    return path


def test_due_says_its_answer_once() -> None:
    text = told("due", "reconsideration", "decide", "2024-03-01", "--as-of", "2024-05-10",
                "--event", "suspend=2024-04-10", "--event", "resume=2024-05-10")  # fmt: skip
    assert text.startswith("复议决定：末日2024年5月30日，计时中")
    assert text.count("复议决定") == 1
    assert "中止：自2024年4月10日次日起，至2024年5月10日，扣除30日" in text


def test_explain_tells_every_clock_once(case_file: Path) -> None:
    text = told("explain", str(case_file), "甲1", "--as-of", "2024-03-01")
    for headline in ("发送副本：末日2024年2月29日，逾期1日", "复议决定：末日2024年4月22日，计时中",
                     "受理审查：末日2024年2月20日，按期"):  # fmt: skip
        assert text.count(headline) == 1, headline


def test_an_unknown_step_names_the_nearest_and_not_the_whole_list(case_file: Path, tmp_path: Path) -> None:
    events = [*ONE["events"], {"step": "作出复议", "date": "2024-03-01"}]
    case_file.write_text(json.dumps([ONE | {"events": events}], ensure_ascii=False), encoding="utf-8")
    command = ("check", str(case_file), "--as-of", "2024-03-01")
    screen = told(*command, "--out", str(tmp_path / "out")).replace("\n", "")
    assert "没有环节「作出复议」，是否「作出复议决定」（该程序接受 " in screen and "个环节名称）" in screen
    assert "receive" not in screen
    written = (tmp_path / "out" / "rejects.csv").read_text(encoding="utf-8-sig")
    (reject,) = json.loads(told(*command, "--json"))["rejects"]
    for text in (written, reject):
        assert "收到申请" in text and "公开决定书/publish" in text


def test_a_small_file_is_checked_without_the_heavy_libraries(case_file: Path) -> None:
    code = ("import sys; from fadu.cli import group\n"
            f"group(['check', {str(case_file)!r}, '--as-of', '2024-03-01'], standalone_mode=False)\n"
            "print([name for name in ('pandas', 'ibis', 'sqlglot') if name in sys.modules])")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
