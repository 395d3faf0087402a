"""Two small procedures, and a reader that gives the table, the rejects and the notices at once.

The module ``registers`` beside this file is shared by the tests of registers and exports.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fadu.exchange import EVENT_SCHEMA, Counts, Reject, StepNames, open_events

sys.path.insert(0, str(Path(__file__).parent))


def _names(**steps: tuple[str, ...]) -> dict[str, str]:
    return {name: key for key, names in steps.items() for name in (key, *names)}


NAMES = StepNames(
    steps={
        "penalty": _names(
            register=("立案", "Register Case"), report=("收到举报",), investigate=("调查取证",), extend=("延长",),
            decide=("作出处罚决定", "决定"), serve=("送达",),
        ),
        "reconsideration": _names(receive=("收到申请",), accept=("受理",), decide=("作出复议决定",)),
    },
    opening={"penalty": frozenset({"register", "report"}), "reconsideration": frozenset({"receive"})},
    fields={
        "penalty": {
            "track": ("track", "choice"), "办案程序": ("track", "choice"), "fine": ("fine", "number"),
            "罚款金额": ("fine", "number"), "hearing": ("hearing", "flag"), "应当听证": ("hearing", "flag"),
            "party": ("party", "text"), "当事人": ("party", "text"), "发现日期": ("found_on", "date"),
        },
        "reconsideration": {"审理程序": ("track", "choice")},
    },
    titles={"行政处罚": "penalty", "行政复议": "reconsideration"},
)  # fmt: skip


@dataclass
class Read:
    rows: list[dict[str, Any]]
    rejects: list[Reject]
    notices: str
    counts: Counts

    def column(self, *names: str) -> list[Any]:
        return [tuple(row[n] for n in names) if len(names) > 1 else row[names[0]] for row in self.rows]

    @property
    def messages(self) -> str:
        return "\n".join(str(reject) for reject in self.rejects)


@pytest.fixture
def names() -> StepNames:
    return NAMES


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    """Read a file of that name and content (or an existing path)."""

    def reader(name: str | Path, content: str | bytes | None = None, **options: Any) -> Read:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        options.setdefault("steps", NAMES)
        options.setdefault("default_procedure", "penalty")
        with open_events(path, **options) as events:
            table = events.table()
            assert table.schema == EVENT_SCHEMA
            counts = events.counts
            assert counts.rows_read == counts.events + counts.rejected_rows == len(table) + counts.rejected_rows
            rejects = list(events.rejects)
            assert sum(r.scope == "row" for r in rejects) == counts.rejected_rows
            notices = "\n".join(map(str, events.notices))
        return Read(table.to_pylist(), rejects, notices, counts)

    return reader
