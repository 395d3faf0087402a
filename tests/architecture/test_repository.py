"""What the repository may say: nothing of the machine it was written on, and only addresses a reader may follow."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(
    "|".join(rf"(?<![\w.])/{first}/[A-Za-z0-9_.-]+" for first in ("wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers"))
    + "|/tm" + r"p/[A-Za-z0-9_.-]+"
)
NOT_OURS = re.compile(
    "|".join((
        "cla" + "ude", "anthro" + "pic", "chat" + "gpt", "open" + "ai", "cop" + "ilot", "sub" + "agent",
        "language " + "model", "DESIGN" + r"\.md", "practice" + r"\.md", "measured" + r"\.md", "co-authored" + "-by",
    )),
    re.IGNORECASE,
)  # fmt: skip
INDEX = re.compile(r"--(extra-)?index-" + r"url\s|--find-" + r"links\s|index-" + r"url\s*=")
HOSTS = {
    "www.apache.org", "doi.org", "www.xes-standard.org", "www.w3.org", "www.sqlite.org", "duckdb.org", "www.gov.cn",
    "flk.npc.gov.cn", "ibis-project.org", "127.0.0.1", "localhost", "example.org",
}  # fmt: skip
"""Hosts an address in the repository may name; add one when a page needs it."""


def _tracked() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("不是 git 工作区")
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def lines() -> list[tuple[str, str]]:
    """(file:line, text) of every text file that git holds or would hold."""
    found = []
    for path in _tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        name = path.relative_to(ROOT)
        found += [(f"{name}:{number}", line) for number, line in enumerate(text.splitlines(), 1)]
    return found


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, NOT_OURS, INDEX], ids=["paths", "words", "registries"])
def test_nothing_of_the_workshop(lines, pattern):
    found = [f"{place}: {match[0]}" for place, line in lines if (match := pattern.search(line))]
    assert not found, "\n".join(found[:50])


def test_addresses_are_known_hosts(lines):
    found = [
        f"{place}: {host}"
        for place, line in lines
        for host in re.findall(r"https?://([A-Za-z0-9.-]+)", line) if host.rstrip(".") not in HOSTS
    ]  # fmt: skip
    assert not found, "\n".join(found[:50])


def test_no_large_files():
    found = [f"{path.relative_to(ROOT)}: {path.stat().st_size:,} 字节" for path in _tracked()
             if path.stat().st_size > 1_000_000]
    assert not found, found
