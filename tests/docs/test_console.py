"""Every ``console`` block runs, and every line it shows is printed, in that order; ``…`` stands for lines left out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs" / "tutorial").glob("*.md")),
         *sorted((ROOT / "docs" / "how-to").glob("*.md"))]  # fmt: skip
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def examples() -> Iterator[tuple[str, str, list[str]]]:
    """(place, command, lines shown) of every command in every console block."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8") if page.is_file() else ""
        for block in _BLOCK.finditer(text):
            start = text.count("\n", 0, block.start())
            command, shown, line = "", [], 0
            for number, written in enumerate(block[1].splitlines(), start + 2):
                if written.startswith("$ "):
                    if command:
                        yield f"{page.name}:{line}", command, shown
                    command, shown, line = written.removeprefix("$ "), [], number
                else:
                    shown.append(written)
            yield f"{page.name}:{line}", command, shown


def by_command() -> dict[str, list[tuple[str, list[str]]]]:
    """Each command once, with every place that shows it."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for place, command, shown in examples():
        found.setdefault(command, []).append((place, shown))
    return found


EXAMPLES = by_command()


@pytest.mark.parametrize("command", EXAMPLES)
def test_console_block_shows_what_is_printed(run, command):
    program, *words = shlex.split(command)
    assert program == "fadu", f"{EXAMPLES[command][0][0]}: 只能示范 fadu 命令"
    code, output = run(*words)
    assert code in (0, 1) and "Traceback" not in output, f"{EXAMPLES[command][0][0]}: 退出码 {code}\n{output}"
    for place, shown in EXAMPLES[command]:
        printed = iter([plain(line) for line in output.splitlines()])
        for line in shown:
            if line.strip() != "…":
                assert plain(line) in printed, f"{place}: 没有印出（或者次序不同）“{line}”；实际是：\n{output}"


def plain(line: str) -> str:
    """A line with every run of spaces as one."""
    return " ".join(line.split())


def test_tutorial_uses_its_commands():
    used = {command.split()[1] for command in EXAMPLES}
    assert used >= {"due", "check", "explain", "measure", "vary"}
