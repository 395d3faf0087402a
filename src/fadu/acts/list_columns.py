"""Columns of a list of cases: those there are, and those a person chose; on screen and where the list is taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial

from fadu.clock import BEIJING
from fadu.exchange.table_out import OutCell
from fadu.law.procedures import Field, Procedure
from fadu.store.lawbook import book, procedure_names
from fadu.store.models import Case, ColumnChoice, Person

ALL = "all"
"""In place of a procedure's code: the list over every register."""

FIRST = ("title", "unit", "handler", "state", "opened", "due", "faults")
"""What is shown before anyone chose; the number always is."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it shows of a case, how wide it is in a workbook, how it lies in a table (``css``)."""

    name: str
    label: str
    of: Callable[[Case], OutCell]
    width: int = 14
    css: str = ""


@cache
def _labels_of(digest: str) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    procedures = book().procedures
    return (
        {(item.code, step.name): step.label for item in procedures for step in item.steps.values()},
        {(item.code, clock.name): clock.label for item in procedures for clock in item.clocks.values()},
    )


def step_label(procedure: str, step: str) -> str:
    """A step's name on screen."""
    return _labels_of(book().digest)[0].get((procedure, step), step)


def clock_label(procedure: str, clock: str) -> str:
    """A clock's name on screen."""
    return _labels_of(book().digest)[1].get((procedure, clock), clock)


def _handler(case: Case) -> OutCell:
    return case.handler.name if case.handler else None


def _field(name: str, case: Case) -> OutCell:
    value: OutCell = case.fields.get(name)
    return value


def _changed(case: Case) -> OutCell:
    return case.touched_at.astimezone(BEIJING).replace(tzinfo=None, second=0, microsecond=0)


NUMBER = Column("number", "编号", lambda case: case.number, 26, "keep")
_GENERAL = (
    Column("title", "标题", lambda case: case.title, 36, "wide"),
    Column("unit", "单位", lambda case: case.unit.name, 18),
    Column("handler", "承办人", _handler, 12, "keep"),
    Column("state", "环节", lambda case: step_label(case.procedure, case.state), 16, "keep"),
    Column("opened", "开始", lambda case: case.opened_on, 12, "keep"),
    Column("due", "最近期限", lambda case: case.due_on, 12, "keep"),
    Column("clock", "期限名称", lambda case: clock_label(case.procedure, case.due_clock), 16),
    Column("closed", "办结", lambda case: case.closed_on, 12, "keep"),
    Column("faults", "问题数", lambda case: case.faults, 8, "num"),
    Column("changed", "最近变动", _changed, 17, "keep"),
    Column("version", "适用版本", lambda case: case.version, 12, "keep"),
    Column("secrecy", "知悉范围", lambda case: Case.Secrecy(case.secrecy).label, 16),
)
_PROCEDURE = Column("procedure", "程序", lambda case: procedure_names().get(case.procedure, case.procedure), 16)


def columns_of(procedure: Procedure | None) -> dict[str, Column]:
    """All columns a list may have beside the number, by name: the general ones, then the procedure's own fields."""
    if procedure is None:
        return {column.name: column for column in (_PROCEDURE, *_GENERAL)}
    own = [_own(item) for item in procedure.fields.values()]
    return {column.name: column for column in (*_GENERAL, *own)}


def _own(item: Field) -> Column:
    label = f"{item.label}（{item.unit}）" if item.unit else item.label
    return Column(f"f-{item.name}", label, partial(_field, item.name), 16, "num" if item.kind == "number" else "")


def chosen_columns(person: Person, procedure: Procedure | None) -> list[Column]:
    """The columns the person sees, the number first."""
    known = columns_of(procedure)
    kept = ColumnChoice.objects.filter(person=person, procedure=procedure.code if procedure else ALL).first()
    names = kept.names if kept else ((_PROCEDURE.name, *FIRST) if procedure is None else FIRST)
    return [NUMBER, *(known[name] for name in known if name in names)]


def named_columns(procedure: Procedure | None, names: Iterable[str]) -> list[Column]:
    """The columns with these names, as far as there are such, the number first."""
    known = columns_of(procedure)
    return [NUMBER, *(known[name] for name in names if name in known)]


def choose_columns(person: Person, procedure: Procedure | None, names: Iterable[str]) -> None:
    """Keep a choice; none at all brings back what is shown to everyone."""
    known, code = columns_of(procedure), procedure.code if procedure else ALL
    chosen = [name for name in known if name in set(names)]
    if chosen:
        ColumnChoice.objects.update_or_create(person=person, procedure=code, defaults={"names": chosen})
    else:
        ColumnChoice.objects.filter(person=person, procedure=code).delete()
