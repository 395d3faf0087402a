"""The public road traffic fine log, of which the figures are known (``facts.md``)."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.compute as pc
import pytest

from fadu.exchange import StepNames, open_events
from fadu.law.dates import day_of

SHARED = Path(os.environ.get("FADU_SHARED", Path(__file__).parents[3] / "shared"))
LOG = SHARED / "logs" / "Road_Traffic_Fine_Management_Process.xes.gz"
EVENTS = {
    "Create Fine": 150370, "Send Fine": 103987, "Insert Fine Notification": 79860, "Add penalty": 79860,
    "Payment": 77601, "Send for Credit Collection": 59013, "Insert Date Appeal to Prefecture": 4188,
    "Send Appeal to Prefecture": 4141, "Receive Result Appeal from Prefecture": 999,
    "Notify Result Appeal to Offender": 896, "Appeal to Judge": 555,
}  # fmt: skip
NAMES = StepNames(
    {"fine": {name: name for name in EVENTS}}, {"fine": frozenset({"Create Fine"})},
    {"fine": {"vehicleClass": ("vehicle", "text"), "points": ("points", "number")}},
)  # fmt: skip


@pytest.mark.skipif(not LOG.exists(), reason="the log is not redistributable")
def test_known_figures():
    with open_events(LOG, steps=NAMES, default_procedure="fine", mapping={"paymentAmount": "amount"}) as events:
        assert not len(events.rejects)
        assert (events.counts.cases, events.counts.events) == (150_370, 561_470)
        table = events.table()
    counts = {row["values"]: row["counts"] for row in table["step"].value_counts().to_pylist()}
    assert counts == EVENTS
    assert pc.min_max(table["day"]).as_py() == {"min": day_of("2000-01-01"), "max": day_of("2013-06-18")}
    assert table["minute"].null_count == len(table)
    starts = table.filter(pc.equal(table["seq"], 0))
    assert len(starts) == 150_370 and pc.all(pc.equal(starts["step"], "Create Fine")).as_py()
    years = pc.value_counts(pc.year(starts["day"].combine_chunks().cast("date32"))).to_pylist()
    assert [y["counts"] for y in sorted(years, key=lambda y: y["values"])] == [
        15336, 12323, 11555, 8565, 12587, 14511, 15114, 11290, 12206, 13018, 8001, 10306, 4018, 1540
    ]  # fmt: skip
    assert starts["fields"].null_count == 0
