"""docs/img/due.svg: what ``fadu due`` answers, as a picture. Drawn from the real answer."""

from __future__ import annotations

from html import escape
from importlib.util import find_spec
from unicodedata import east_asian_width

from click.testing import CliRunner
from pages.markdown import Pages

COMMAND = ("due", "reconsideration", "examine", "2024-02-07", "--as-of", "2024-02-29")
FONT = "'Noto Sans Mono CJK SC','Source Han Mono SC','Sarasa Mono SC','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',monospace"
CELL, LINE, LEFT, TOP = 8.4, 26, 28, 64


def picture_pages() -> Pages:
    """The picture; none while the command does not exist."""
    if find_spec("fadu.law.explain") is None:
        return {}
    from fadu.cli import group

    answer = CliRunner().invoke(group, list(COMMAND), prog_name="fadu", catch_exceptions=False)
    return {"img/due.svg": draw(f"$ fadu {' '.join(COMMAND)}", answer.output.rstrip("\n").split("\n"))}


def draw(command: str, lines: list[str]) -> str:
    """A terminal window with the command and its answer."""
    shown = [command, "", *lines]
    width = LEFT * 2 + max(map(_cells, shown)) * CELL
    height = TOP + LINE * len(shown) + 12
    body = "\n".join(
        f'<text x="{LEFT + _indent(text) * CELL:.1f}" y="{TOP + LINE * i + 6}" class="{_style(i)}">{escape(text.strip())}</text>'
        for i, text in enumerate(shown) if text.strip()
    )  # fmt: skip
    dots = "".join(f'<circle cx="{26 + 20 * i}" cy="24" r="6" fill="{c}"/>' for i, c in enumerate(("#ff5f57", "#febc2e", "#28c840")))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}" role="img">
<title>{escape(command)}</title>
<style>text {{ font: 15px {FONT}; white-space: pre; fill: #d8dee9 }} .command {{ fill: #88c0d0 }} .answer {{ fill: #ffffff; font-weight: 700 }}</style>
<rect width="100%" height="100%" rx="10" fill="#1f2430"/>
{dots}
{body}
</svg>
"""


def _style(index: int) -> str:
    return "command" if index == 0 else "answer" if index == 2 else "line"


def _cells(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _indent(text: str) -> int:
    return _cells(text[: len(text) - len(text.lstrip())])
