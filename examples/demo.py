"""``make demo [LOG=path]``: the platform at work in about a minute; everything it writes is under ``out/``.

With a log: the Italian road fines against their law. Without: a simulated district against Chinese law.
"""

from __future__ import annotations

import argparse
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
CASES = 20_000
UNTIL = "2025-12-31"
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


def district() -> None:
    """A simulated district: simulate, check, and one due date explained."""
    out = OUT / "demo"
    shutil.rmtree(out, ignore_errors=True)
    cases = out / "模拟数据"
    say("没有给日志，用模拟数据演示：虚构的明川区一年的办件（模拟数据，不是任何真实地区的情况）")
    told(f"simulate --cases {CASES} --until {UNTIL} --format jsonl --out {cases}")
    made = json.loads(fadu("simulate", "--cases", str(CASES), "--until", UNTIL, "--format", "jsonl",
                           "--out", str(cases), "--json"))  # fmt: skip
    say(f"【模拟数据】{made['cases']:,} 件，{made['events']:,} 个事件，{made['from']} 至 {made['until']}，"
        f"{len(made['parts'])} 种程序；其中有问题的 {made['unlawful_cases']:,} 件")  # fmt: skip
    source = next(cases.glob("*.jsonl"))
    told(f"check {source} --as-of {UNTIL} --out {out / '检查结果'}")
    answer = json.loads(fadu("check", str(source), "--as-of", UNTIL, "--out", str(out / "检查结果"), "--json"))
    say(f"【模拟数据】{answer['cases']:,} 件，{answer['events']:,} 个事件；判断日 {answer['as_of']}；"
        f"问题 {answer['findings']:,} 处")  # fmt: skip
    for line in rule_lines(answer["rules"], {}):
        say(line)
    say(f"每一处问题及其依据：{out / '检查结果'}/findings.csv")
    told(f"due reconsideration examine {START} --as-of {START}")
    say(fadu("due", "reconsideration", "examine", START, "--as-of", START).rstrip())
    say("\n接着可以试：")
    say("  fadu due penalty --help                       算别的程序的期限")
    say(f"  fadu check 你的办件.xlsx --out {OUT}/结果           检查自己的办件（Excel、CSV、JSON、XES）")
    say("  fadu law --help                               看法典里有哪些程序、条文和期限")
    say("  make demo LOG=日志.xes.gz                     公开的意大利道路罚款日志，56 万个事件")


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
        district()
    say(f"\n演示完成，共 {time.perf_counter() - begun:.0f} 秒；写下的一切都在 {OUT}/ 之内，可以整个删除。")


if __name__ == "__main__":
    main()
