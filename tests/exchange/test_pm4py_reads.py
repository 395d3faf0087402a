"""pm4py reads both exports. It is AGPL: it runs in an environment of its own (bench/run.sh makes it), as a process."""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from registers import export_cases
from registers_in_office import ROWS, imported, rows_with

from fadu.acts.export_register import Wanted, export_register
from fadu.exchange.export_cases import About, ExportCase
from fadu.exchange.ocel_out import write_ocel
from fadu.exchange.xes_out import write_xes
from fadu.law.dates import iso
from fadu.store.models import Role

PEER = Path(__file__).parents[2] / ".venv-peers" / "bin" / "python"
ABOUT = About("台账", simulated=True)
pytestmark = pytest.mark.skipif(
    not PEER.is_file(), reason="没有 .venv-peers（pm4py，AGPL）：bench/run.sh 里有建立它的两行命令；3 项因此没有运行"
)

XES = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import pm4py
log = pm4py.read_xes(sys.argv[1], return_legacy_log_object=False)
cases = {}
for case, activity, stamp, resource in zip(log["case:concept:name"], log["concept:name"], log["time:timestamp"], log["org:resource"]):
    cases.setdefault(case, []).append([activity, stamp.tz_convert("Asia/Shanghai").strftime("%Y-%m-%d %H:%M"), resource if isinstance(resource, str) else ""])
variants = pm4py.get_variants(log)
net = pm4py.discover_dfg(log)
print("ANSWER" + json.dumps({"cases": cases, "variants": len(variants), "edges": len(net[0])}, ensure_ascii=False))
"""

OCEL = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import pm4py
ocel = pm4py.read_ocel2_json(sys.argv[1])
relations = ocel.relations
counts = relations.groupby(["ocel:type", "ocel:qualifier"]).size()
flat = pm4py.ocel_flattening(ocel, "办件")
graph = pm4py.discover_ocdfg(ocel)
print("ANSWER" + json.dumps({
    "events": len(ocel.events), "objects": dict(ocel.objects["ocel:type"].value_counts()),
    "types": sorted(pm4py.ocel_get_object_types(ocel)), "activities": sorted(set(ocel.events["ocel:activity"])),
    "relations": {"/".join(key): int(n) for key, n in counts.items()}, "flat": len(flat),
    "o2o": len(ocel.o2o), "graph": sorted(graph["object_types"]),
}, ensure_ascii=False, default=int))
"""


def ask(script: str, path: Path) -> dict:
    done = subprocess.run([PEER, "-c", script, path], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.rpartition("ANSWER")[2])


def cases() -> list[ExportCase]:
    return [*export_cases("reconsideration", 40), *export_cases("penalty", 40)]


def test_xes(tmp_path):
    path = tmp_path / "a.xes.gz"
    with path.open("wb") as out:
        write_xes(out, made := cases(), ABOUT)
    found = ask(XES, path)
    expected = {}
    for case in made:  # both registers number alike, so that pm4py sees the cases of a number as one
        for event in case.events:
            clock = event.minute or 0
            stamp = f"{iso(event.day)} {clock // 60:02}:{clock % 60:02}"
            expected.setdefault(case.number, []).append([event.label, stamp, "、".join(event.by)])
    assert {number: sorted(rows) for number, rows in found["cases"].items()} == {
        number: sorted(rows) for number, rows in expected.items()
    }
    assert found["variants"] > 10 and found["edges"] > 10


def test_ocel(tmp_path):
    path = tmp_path / "a.jsonocel"
    with path.open("wb") as out:
        write_ocel(out, made := cases(), ABOUT)
    found = ask(OCEL, path)
    events = [event for case in made for event in case.events]
    assert found["events"] == found["flat"] == len(events)
    assert found["types"] == found["graph"] == sorted(["办件", "单位", "人员", "文书"])
    assert found["objects"] == {"办件": 80, "文书": 80, "单位": 1, "人员": len({p for e in events for p in e.by})}
    assert found["activities"] == sorted({event.label for event in events})
    assert found["relations"] == {
        "办件/办理": len(events), "单位/承办单位": len(events), "文书/制发": 80,
        "人员/经办人": sum(len(set(event.by)) for event in events),
    }  # fmt: skip
    assert found["o2o"] == 160  # each 办件 with its 单位, each 文书 with its 办件


def test_a_register_of_the_store(town, at, tmp_path):
    """What the act of exporting writes, a corrected step included."""
    with at("2024-06-03 10:00"):
        imported(town, ROWS)
        imported(town, rows_with(0, 受理日期="2024-01-08"))
        actor, told = town.actor(Role.ADMINISTRATOR), {}
        for form, script in (("xes", XES), ("ocel", OCEL)):
            path = tmp_path / f"register.{'xes.gz' if form == 'xes' else 'json'}"
            with path.open("wb") as file:
                export_register(actor, Wanted("reconsideration", form), list(actor.access.cases().values_list("pk", flat=True)), file)
            told[form] = ask(script, path)
    assert {case: [event[:2] for event in events] for case, events in told["xes"]["cases"].items()} == {
        "明复〔2024〕1号": [["收到申请", "2024-01-02 00:00"], ["受理", "2024-01-08 00:00"], ["作出复议决定", "2024-02-20 00:00"]],
        "明复〔2024〕2号": [["收到申请", "2024-01-03 00:00"], ["受理", "2024-01-08 00:00"]],
    }
    assert told["ocel"]["events"] == 5 and told["ocel"]["objects"] == {"办件": 2, "单位": 1}
