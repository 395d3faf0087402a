"""``make demo [LOG=path] [SERVE=0]``: the platform at work; everything it writes is under ``out/``.

With a log: the Italian road fines against their law. Without: a fictitious district and its year 2023, and its office
at http://127.0.0.1:8000 until Ctrl-C (``SERVE=0``: stop before that).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OUT = Path("out")
CASES = 174_000
"""Of them about seven in ten are of the hotline: 120,000."""
TODAY = "2023-12-29"
START = "2024-02-07"
SHOWN = 12
FINES = {  # rule of the road fines: how a Chinese reader calls it
    "send_90": "违法之日起 90 日内寄出", "notify_90": "违法之日起 90 日内送达", "pay_60": "送达后 60 日内缴款",
    "prefect_60": "送达后 60 日内向省督申诉", "judge_60": "送达后 60 日内向法官起诉",
    "penalty_60": "送达满 60 日才加罚", "collect_over_60": "60 日过后才移送征收",
    "send_appeal_60": "60 日内把申诉移送省督", "result_120": "省督 120 日内作出结果",
    "notify_result_150": "150 日内告知申诉结果", "notified_before_prefect": "向省督申诉之前已送达",
    "notified_before_judge": "向法官起诉之前已送达", "sent_on_before_result": "有结果之前已移送省督",
    "collection_ends": "移送征收之后不再有环节", "one_remedy": "申诉后不再起诉",
}  # fmt: skip


def say(text: str = "") -> None:
    print(text, flush=True)


def fadu(*arguments: str) -> str:
    """Run a command as a user would; what it prints. Its errors and progress go to the screen."""
    command = [sys.executable, "-m", "fadu", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False)  # noqa: S603 - our own
    if done.returncode:
        say(done.stdout)
        raise SystemExit(done.returncode)
    return done.stdout


def told(command: str) -> None:
    say(f"\n$ fadu {command}")


def rule_lines(rules: list[dict[str, Any]], names: dict[str, str]) -> Iterator[str]:
    """The rules with most misses first: kept, missed, cannot be told."""
    yield f"  {'按时/做到':>12}{'问题':>9}{'无法判断':>8}  要求"
    counted = []
    for rule in rules:
        states = rule["states"]
        missed = sum(states.get(state, 0) for state in ("late", "early", "missed"))
        kept = sum(states.get(state, 0) for state in ("kept", "met", "ended"))
        counted.append((missed, kept, states.get("undetermined", 0), rule))
    for missed, kept, unknown, rule in sorted(counted, key=lambda row: -row[0])[:SHOWN]:
        label = names.get(rule["rule"], rule["label"])
        cite = f"〔{'、'.join(rule['cite'][:2])}〕" if rule["cite"] else ""
        yield f"  {kept:>15,}{missed:>11,}{unknown:>12,}  {label}{cite}"


def road_fines(log: Path) -> None:
    """The main job on the public log."""
    sys.path.insert(0, str(HERE / "road-fines"))
    from run import AS_OF, check

    out = OUT / "road-fines"
    say(f"意大利道路罚款日志 {log.name}：按《道路法典》和已发表的模型逐件判断，约需半分钟")
    told(f"check {log.name} --procedure road_fine --as-of {AS_OF} --lawbook examples/road-fines/lawbook …")
    answer = check(log, out)
    used = answer["seconds"]
    say(f"{answer['cases']:,} 件，{answer['events']:,} 个事件；判断日 {answer['as_of']}；"
        f"问题 {answer['findings']:,} 处；用时 {used['wall']} 秒（处理器 {used['cpu']} 秒）")  # fmt: skip
    for line in rule_lines([rule for rule in answer["rules"] if rule["rule"] in FINES], FINES):
        say(line)
    say("申诉之前没有送达的，既不算按期也不算逾期，单独计数（“之前已送达”两行）；先申诉后送达的，两处都列出。")
    say("“缴款”一行的问题包括从未缴款的；恰好第 60 日、第 90 日的有几百件，读作“内”还是“不满”，件数不同。")
    say(f"\n每一处问题：{out}/findings.csv　按规则、按月：{out}/summary.csv")
    say("接着可以试：")
    say(f"  python examples/road-fines/run.py {log}")
    say("      日志的已知数字，= 60 日与 > 60 日分开数，模型中两个永远不成立的条件")
    say("  examples/road-fines/README.md   各项数字和读法")


def district(serve: bool) -> None:
    """A fictitious district with its year 2023 (模拟数据), then its office."""
    folder = OUT / "district"
    ready = folder / "accounts.json"
    if ready.exists():
        say(f"虚构的明川区已在 {folder}（模拟数据）；要重新生成，先删除这个文件夹")
        played = json.loads(ready.read_text(encoding="utf-8"))
    else:
        played = build(folder)
        ready.touch(mode=0o600)
        ready.write_text(json.dumps(played, ensure_ascii=False), encoding="utf-8")
    counts = f"{played['cases']:,} 件，{played['events']:,} 个事件，{played['units']} 个单位，{played['people']} 人"
    say(f"【模拟数据】{counts}")
    say(f"每种角色一个账号，密码都是 {played['password']}")
    for role, login, name in played["logins"]:
        say(f"  {role}：{login}（{name}）")
    told(f"due reconsideration examine {START} --as-of {START}")
    say(fadu("due", "reconsideration", "examine", START, "--as-of", START).rstrip())
    say("\n接着可以试：")
    say(f"  fadu verify --district {folder}        校验账本")
    say(f"  fadu rebuild --check --district {folder}   核对每个办件的状态和期限")
    say(f"  fadu check 你的办件.xlsx --out {OUT}/结果           检查自己的办件（Excel、CSV、JSON、XES）")
    say("  make demo LOG=日志.xes.gz                     公开的意大利道路罚款日志，56 万个事件")
    if serve:
        say()
        command = [sys.executable, "-m", "fadu", "serve", "--district", str(folder)]
        with contextlib.suppress(KeyboardInterrupt):
            subprocess.run(command, check=False)  # noqa: S603 - our own


def build(folder: Path) -> dict[str, Any]:
    """Make the district and play its year into it."""
    shutil.rmtree(folder, ignore_errors=True)
    say("建立虚构的明川区，放入 2023 年的办件（模拟数据，不是任何真实地区的情况）；约需三分钟")
    fadu("init", str(folder), "--name", "明川区", "--code", "MC", "--short", "明", "--simulated", "--begins-on", TODAY)
    told(f"play --district {folder} --cases {CASES} --until {TODAY}")
    played: dict[str, Any] = json.loads(
        fadu("play", "--district", str(folder), "--cases", str(CASES), "--until", TODAY, "--json")
    )
    told(f"worker --once --district {folder}")
    say(fadu("worker", "--once", "--district", str(folder)).rstrip())
    return played


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", type=Path, default=None, help="Road_Traffic_Fine_Management_Process.xes(.gz)")
    log = parser.parse_args().log
    if log is not None and not log.is_file():
        sys.exit(f"没有这个文件：{log}；请给出 Road_Traffic_Fine_Management_Process.xes.gz 的路径")
    os.environ.setdefault("FADU_HOME", str(OUT / "home"))
    begun = time.perf_counter()
    if log:
        road_fines(log)
    else:
        district(serve=os.environ.get("SERVE") != "0")
    say(f"\n演示完成，共 {time.perf_counter() - begun:.0f} 秒；写下的一切都在 {OUT}/ 之内，可以整个删除。")


if __name__ == "__main__":
    main()
