"""docs/img/due.svg: what ``fadu due`` answers, as a picture. Drawn from the real answer."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from unicodedata import east_asian_width

from click.testing import CliRunner

from fadu.cli import group
from pages.markdown import Pages

COMMAND = ("due", "reconsideration", "examine", "2024-02-07", "--as-of", "2024-02-29")
FONTS = ("Noto Sans Mono CJK SC", "Source Han Mono SC", "Sarasa Mono SC", "Noto Sans CJK SC", "PingFang SC",
         "Microsoft YaHei")  # fmt: skip
CELL, LINE, LEFT, TOP = 8.4, 26, 28, 64
LIGHTS = ("#ff5f57", "#febc2e", "#28c840")
STYLE = """\
text { font: 15px FONTS; white-space: pre; fill: #d8dee9 }
.command { fill: #88c0d0 }
.answer { fill: #ffffff; font-weight: 700 }"""


def picture_pages() -> Pages:
    """The picture."""
    answer = CliRunner().invoke(group, list(COMMAND), prog_name="fadu", catch_exceptions=False)
    return {"img/due.svg": draw(f"$ fadu {' '.join(COMMAND)}", answer.output.rstrip("\n").split("\n"))}


def draw(command: str, lines: list[str]) -> str:
    """A terminal window with the command and its answer."""
    shown = [command, "", *lines]
    size = f"{LEFT * 2 + max(map(_cells, shown)) * CELL:.0f} {TOP + LINE * len(shown) + 12}"
    width, height = size.split()
    fonts = ",".join(f"'{name}'" for name in FONTS)
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{width}" height="{height}" role="img">',
        f"<title>{escape(command)}</title>",
        f"<style>{STYLE.replace('FONTS', f'{fonts},monospace')}</style>",
        '<rect width="100%" height="100%" rx="10" fill="#1f2430"/>',
        *(f'<circle cx="{26 + 20 * i}" cy="24" r="6" fill="{colour}"/>' for i, colour in enumerate(LIGHTS)),
        *_texts(shown),
        "</svg>\n",
    ))  # fmt: skip


def _texts(shown: list[str]) -> Iterator[str]:
    for i, text in enumerate(shown):
        if text.strip():
            style = "command" if i == 0 else "answer" if i == 2 else "line"
            left = LEFT + _cells(text[: len(text) - len(text.lstrip())]) * CELL
            yield f'<text x="{left:.1f}" y="{TOP + LINE * i + 6}" class="{style}">{escape(text.strip())}</text>'


def _cells(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
