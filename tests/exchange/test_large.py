# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import resource, sys
from fadu.exchange import StepNames, open_events
names = StepNames({"p": {"立案": "register", "送达": "serve"}}, {"p": frozenset({"register"})}, {"p": {"当事人": ("party", "text")}})
with open_events(sys.argv[1], steps=names, default_procedure="p") as events:
    rows = sum(batch.num_rows for batch in events.batches())
print(rows, events.counts.cases, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.parametrize("quoted", [False, True])
def test_200_mb_of_scattered_cases_stay_in_bounds(tmp_path: Path, quoted: bool):
    path, cases = tmp_path / "a.csv", 1_200_000
    quote = '"' if quoted else ""
    with path.open("w", encoding="utf-8") as file:
        file.write("案号,环节,日期,当事人,理由\n")
        for step, month in (("立案", 1), ("送达", 2)):
            for i in range(cases):
                file.write(
                    f"{quote}某区罚决字第{i:08}号{quote},{step},2024-0{month}-{i % 28 + 1:02},当事人{i:06},因为所以{i:08}照章办理\n"
                )
    assert path.stat().st_size > 200_000_000
    done = subprocess.run([sys.executable, "-c", SCRIPT, path], capture_output=True, text=True, check=True)
    rows, found, kilobytes = json.loads(f"[{','.join(done.stdout.split())}]")
    assert (rows, found) == (2 * cases, cases)
    assert kilobytes < 1_500_000
    print(f"\n{path.stat().st_size >> 20} MB, peak {kilobytes >> 10} MB")
