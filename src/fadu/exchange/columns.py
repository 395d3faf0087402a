"""Which column of a sheet is what: its header row, and the words when it has none that will do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fadu.exchange.schema import REQUIRED, accepted_headers, chinese_column
from fadu.exchange.staging import Request


@dataclass(frozen=True)
class Header:
    """The columns in use: name of each → target (event column or ``field:name``), or None."""

    names: tuple[str, ...]
    targets: tuple[str | None, ...]

    @property
    def missing(self) -> list[str]:
        return [column for column in REQUIRED if column not in self.targets]

    @property
    def doubles(self) -> list[str]:
        return [t for t, n in Counter(t for t in self.targets if t).items() if n > 1]

    def index(self, target: str) -> int:
        return self.targets.index(target)


def header_of(request: Request, cells: Sequence[str]) -> Header:
    """What each cell of a header row stands for; a nameless column is called by its number."""
    names = tuple(" ".join(cell.split()) or f"第 {i + 1} 列" for i, cell in enumerate(cells))
    targets = [request.target(name) if cell.strip() else None for name, cell in zip(names, cells, strict=True)]
    if "date" not in targets and targets.count("time") == 1:
        targets[targets.index("time")] = "date"  # one column 时间 that holds date and time
    return Header(names, tuple(targets))


def complaint(request: Request, header: Header) -> str:
    """What is wrong with a header row, or nothing."""
    if header.missing:
        lacking = "、".join(chinese_column(c) for c in header.missing)
        found, accepted = "、".join(header.names)[:300], accepted_headers(tuple(header.missing))
        return f"缺少列：{lacking}；找到的列：{found}；接受：{accepted}"
    if header.doubles:
        double = header.doubles[0]
        same = "、".join(f"「{n}」" for n, t in zip(header.names, header.targets, strict=True) if t == double)
        return f"{same} 都是「{chinese_column(double)}」；只留一列，或改名"
    if "procedure" not in header.targets and request.default is None:
        return f"没有「程序」列，也没有指定默认程序；接受：{request.names.accepted_procedures()}"
    return ""
