"""Which rows of law.md the lawbook translates: a table, and what is missing.

Every row of law.md that was read in full text (mark V) must be a step, clock or duty of a procedure, be
listed as ``untranslated`` with its reason, or (the rows P of the computation of periods) be done by code.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fadu.law.errors import LawbookError, Place

SECTIONS = (1, 2, 3, 4, 5, *range(7, 16), 17)
"""Sections of law.md the lawbook answers for; of section 1 only the rows P."""

MISSING = "MISSING"

_SECTION = re.compile(r"##\s*(?P<number>\d+)\.\s*(?P<title>.+)")
_ROW_ID = re.compile(r"(?:[A-Z]+-\d+[a-z]?|P\d+)")
_MARK = re.compile(r"(?<![A-Za-z])(V2|V|I|U)(?![A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of law.md. ``mark`` is its last column as written (V, V2, I, U or a mix)."""

    id: str
    section: int
    title: str
    stage: str
    mark: str

    @property
    def required(self) -> bool:
        """Whether the row, or a part of it, was read in the statute.

        >>> Row("A-1", 2, "", "", "V / I").required, Row("A-2", 2, "", "", "V2").required
        (True, False)
        """
        return "V" in _MARK.findall(self.mark)


@dataclass(frozen=True, slots=True)
class Use:
    """Where a row is translated, or the reason why it is not (``untranslated``)."""

    where: str
    untranslated: bool = False

    def __str__(self) -> str:
        return f"`untranslated`：{self.where}" if self.untranslated else self.where


class _Rule(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def ids(self) -> tuple[str, ...]: ...
    @property
    def place(self) -> Place: ...


class _Left(Protocol):
    @property
    def ids(self) -> tuple[str, ...]: ...
    @property
    def reason(self) -> str: ...
    @property
    def place(self) -> Place: ...


class CoveringProcedure(Protocol):
    """What the table asks of a procedure."""

    @property
    def place(self) -> Place: ...
    @property
    def steps(self) -> Mapping[str, _Rule]: ...
    @property
    def clocks(self) -> Mapping[str, _Rule]: ...
    @property
    def duties(self) -> Mapping[str, _Rule]: ...
    @property
    def untranslated(self) -> Iterable[_Left]: ...


ENGINE: dict[str, tuple[Use, ...]] = {
    "P1": (Use("fadu.law.calendars:Calendar.add_working_days"),),
    "P2": (Use("fadu.law.calendars:Calendar.roll"),),
    "P3": (Use("办件以交邮日登记为发生日，邮寄在途由登记人判断，系统不推算", True),),
    "P4": (Use("fadu.law.dates:add_months"),),
    "P5": (Use("fadu.law.clocks:first_last_day"), Use("停止业务活动的时刻因机关而异，时钟按整日计算", True)),
    "P6": (Use("fadu.law.clocks:hour_last_day"),),
    "P7": (Use("fadu.law.clocks:first_last_day"),),
    "P8": (Use("障碍与是否准许由有权机关判断，无期限可算；准许后记为顺延的事件", True),),
    "P9": (Use("是否因应急措施中止由机关决定，记为各程序的中止环节", True),),
    "P10": (Use("fadu.book.calendars:read_calendar"),),
}
"""Rows P: the code that does them (module:name, looked up when the table is made), or why none does."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows of law.md with their uses. ``unknown`` are ids of the lawbook that law.md does not have."""

    rows: tuple[Row, ...]
    uses: Mapping[str, tuple[Use, ...]]
    unknown: tuple[tuple[str, str], ...]

    @property
    def missing(self) -> tuple[Row, ...]:
        """Rows of mark V that are neither translated nor said not to be."""
        return tuple(row for row in self.rows if row.required and not self.uses.get(row.id))

    @property
    def ok(self) -> bool:
        return not self.missing and not self.unknown

    def where(self, row: Row) -> str:
        """The last column of the table."""
        uses = self.uses.get(row.id, ())
        return "；".join(str(use) for use in uses) or (MISSING if row.required else "—")

    def markdown(self) -> str:
        """The table, by section, with the counts first."""
        lines = ["# 法定事实的落实", "", "本页由 `fadu law coverage` 生成，勿手改。", "", self.summary(), ""]
        section = 0
        for row in self.rows:
            if row.section != section:
                section = row.section
                lines += ["", f"## {section}. {row.title}", "", "| ID | 环节 | 可信度 | 所在 |", "|---|---|---|---|"]
            cells = (row.id, row.stage, row.mark, self.where(row))
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        if self.unknown:
            lines += ["", "## law.md 中没有的编号", ""]
            lines += [f"- {identifier}：{where}" for identifier, where in self.unknown]
        return "\n".join(lines) + "\n"

    def summary(self) -> str:
        """One sentence with the counts."""
        translated = sum(any(not use.untranslated for use in self.uses.get(row.id, ())) for row in self.rows)
        left = sum(bool(self.uses.get(row.id)) for row in self.rows) - translated
        required = sum(row.required for row in self.rows)
        return (
            f"law.md 的相关各节共 {len(self.rows)} 行，其中 {required} 行已读原文（V）："
            f"{translated} 行已译入法典，{left} 行写明不译的理由，{len(self.missing)} 行缺失；"
            f"法典另有 {len(self.unknown)} 个 law.md 没有的编号。"
        )


def parse_rows(text: str, place: Place) -> tuple[Row, ...]:
    """Every row of law.md whose first cell is an id, in order. Raises ``LawbookError`` where there is none, or twice.

    >>> parse_rows("## 3. 行政处罚\\n| CF-13 | **决定** | 90日 | V / I |", Place("law.md"))
    (Row(id='CF-13', section=3, title='行政处罚', stage='决定', mark='V / I'),)
    """
    rows: dict[str, Row] = {}
    number, title = 0, ""
    for line_number, line in enumerate(text.splitlines(), 1):
        if heading := _SECTION.match(line):
            number, title = int(heading["number"]), heading["title"].strip()
        cells = [cell.replace("**", "").strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or len(cells) < 3 or not _ROW_ID.fullmatch(cells[0]):
            continue
        if cells[0] in rows:
            raise LawbookError(f"编号 {cells[0]} 出现两次；每行的编号应当唯一", Place(place.file, line_number))
        rows[cells[0]] = Row(cells[0], number, title, cells[1], cells[-1])
    if not rows:
        raise LawbookError("没有找到以 FY-01、P1 这样的编号开头的表格行；请给出 law.md", place)
    return tuple(rows.values())


def cover(law_md: str | Path, procedures: Iterable[CoveringProcedure]) -> Coverage:
    """Compare law.md with the ids that procedures bear."""
    place = Place(str(law_md))
    try:
        text = Path(law_md).read_text(encoding="utf-8")
    except OSError as error:
        raise LawbookError(f"读不了文件：{error.strerror}", place) from error
    rows = parse_rows(text, place)
    uses = _uses(procedures)
    known = {row.id for row in rows}
    unknown = tuple((name, "；".join(map(str, found))) for name, found in sorted(uses.items()) if name not in known)
    uses |= {name: found for name, found in ((name, _engine(name)) for name in ENGINE) if found}
    covered = tuple(row for row in rows if row.section in SECTIONS)
    return Coverage(covered, {row.id: uses[row.id] for row in covered if row.id in uses}, unknown)


def _uses(procedures: Iterable[CoveringProcedure]) -> dict[str, tuple[Use, ...]]:
    """Uses by row id, each once, in the order of the files."""
    found: dict[str, dict[Use, None]] = {}
    for procedure in procedures:
        file = "/".join(Path(procedure.place.file).with_suffix("").parts[-2:])
        kinds = (("环节", procedure.steps), ("时钟", procedure.clocks), ("要求", procedure.duties))
        for kind, rules in kinds:
            for rule in rules.values():
                for name in rule.ids:
                    found.setdefault(name, {})[Use(f"{file} {kind} {rule.name}（{rule.label}）")] = None
        for left in procedure.untranslated:
            for name in left.ids:
                found.setdefault(name, {})[Use(f"{left.reason}（{file}）", True)] = None
    return {name: tuple(uses) for name, uses in found.items()}


def _engine(name: str) -> tuple[Use, ...]:
    """The row's code, where it exists, and its reasons."""
    return tuple(use for use in ENGINE[name] if use.untranslated or code_exists(use.where))


def code_exists(where: str) -> bool:
    """Whether ``module:attribute.attribute`` can be found."""
    module, _, path = where.partition(":")
    try:
        found: object = importlib.import_module(module)
    except ModuleNotFoundError:
        return False
    for attribute in filter(None, path.split(".")):
        if not hasattr(found, attribute):
            return False
        found = getattr(found, attribute)
    return True
