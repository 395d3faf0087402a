"""benchmarks.md: what bench/results/*.json hold, with the machine they were taken on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pages.markdown import Pages, bullets, page, table

INTRO = """\
这一页只转述 `bench/results/*.json`；`make bench` 重新测量并重写它。

读法：CPU 是进程及其子进程的用户加系统秒数（全部线程），是在共用机器上较稳的量；数字是各轮的中位数，括号里是最小至最大；
“×”是同一量与第一行的比。装入数据不计时，除非名称写明。比较的对象都是独立的进程；许可证与本项目不同的同类软件装在另外的环境里。"""

_KEPT = {"name", "machine", "rounds", "sides", "cpu_ratio_to_first", "samples"}
_MAX = 12
"""Entries of a list or table that are shown; the results file has them all."""


def benchmark_page(folder: Path) -> Pages:
    """One section per results file; no page where there is none."""
    records = [(path.name, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json"))]
    blocks = [block for name, record in records for block in _section(name, record)]
    return {"reference/benchmarks.md": page("测量结果", INTRO, *blocks)} if records else {}


def _section(file: str, record: dict[str, Any]) -> Iterator[str]:
    yield f"## {record.get('title') or record.get('name') or file}"
    rounds = f"；{record['rounds']} 轮" + ("，各方交错进行" if "sides" in record else "") if "rounds" in record else ""
    yield f"结果文件 `bench/results/{file}`{rounds}。"
    if "machine" in record:
        yield _machine(record["machine"])
    if "sides" in record:
        yield _sides(record["sides"])
    rest = {key: value for key, value in record.items() if key not in _KEPT}
    for key in [key for key, value in rest.items() if _are_spreads(value)]:
        yield table((key, "中位数（最小–最大）"), ((name, _spread(each)) for name, each in rest.pop(key).items()))
    yield _notes(rest)


def _are_spreads(value: Any) -> bool:
    entries = list(value.values()) if isinstance(value, dict) else []
    return bool(entries) and all(isinstance(each, dict) and "median" in each for each in entries)


def _machine(machine: dict[str, Any]) -> str:
    packages = "、".join(f"{name} {version}" for name, version in machine.get("packages", {}).items())
    parts = [
        str(machine.get("cpu", "")), f"{machine['cores']} 核" if "cores" in machine else "",
        f"内存 {machine['memory_gib']} GiB" if "memory_gib" in machine else "", str(machine.get("system", "")),
        f"Python {machine['python']}" if "python" in machine else "", packages,
    ]  # fmt: skip
    return "机器：" + "；".join(part for part in parts if part) + "。"


def _sides(sides: dict[str, Any]) -> str:
    first = next(iter(sides.values()))
    rows = []
    for name, side in sides.items():
        ratio = side["cpu"]["median"] / max(first["cpu"]["median"], 1e-9)
        peak = f"{side['rss_mib']['median']:,.0f}"
        rows.append((name, _spread(side["cpu"]), f"×{ratio:.2f}", _spread(side["wall"]), peak))
    return table(("一方", "CPU 秒", "", "墙上时间 秒", "内存峰值 MiB"), rows)


def _spread(spread: dict[str, float]) -> str:
    middle, low, high = (f"{spread[key]:.3g}" for key in ("median", "min", "max"))
    return middle if low == high else f"{middle}（{low}–{high}）"


def _notes(notes: dict[str, Any]) -> str:
    return bullets((f"`{key}`", text) for key, value in notes.items() if (text := _plain(value)))


def _plain(value: Any) -> str:
    """A note in one line; long lists are cut, and say so."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return _cut([f"{key} {_plain(item)}" for key, item in value.items()])
    if isinstance(value, list):
        return _cut([_plain(item) for item in value])
    return str(value)


def _cut(parts: list[str]) -> str:
    more = f"；… 共 {len(parts)} 项" if len(parts) > _MAX else ""
    return "；".join(parts[:_MAX]) + more
