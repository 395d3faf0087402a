"""What the staging database may hold."""

from __future__ import annotations

from pathlib import Path

from fadu.book import load_book
from fadu.check import step_names
from fadu.exchange.staging import FIELD, Request, Staging


def _limit(staging: Staging) -> float:
    """MiB."""
    ((text,),) = staging.db.execute("SELECT current_setting('memory_limit')").fetchall()
    number, unit = text.split()
    return float(number) * {"MiB": 1, "GiB": 1024}[unit]


def test_a_file_of_many_fields_may_hold_more(tmp_path: Path) -> None:
    """A year of all procedures, 126 fields wide, ran out of the memory that suffices for one procedure."""
    path = tmp_path / "cases.csv"
    path.write_text("x", encoding="utf-8")
    staging = Staging(Request(path, step_names(load_book())))
    try:
        narrow = _limit(staging)
        staging.add({"case_id": ["甲"], **{f"{FIELD}{number}": ["值"] for number in range(126)}}, [1])
        assert narrow < 600
        assert _limit(staging) > narrow + 126 * 7
    finally:
        staging.close()
