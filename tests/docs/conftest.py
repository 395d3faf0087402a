"""Makes ``scripts`` importable, and finds the pages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
if str(ROOT / "scripts") not in sys.path:
    sys.path.insert(0, str(ROOT / "scripts"))


@pytest.fixture(scope="session")
def book():
    from fadu.book import load_book

    return load_book()


@pytest.fixture(scope="session")
def pages() -> list[Path]:
    """Every page a reader may open."""
    top = [ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md", "glossary.md")]
    return [*top, *sorted(DOCS.rglob("*.md"))]


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Run ``fadu`` in a copy of the tutorial's folder; gives (exit code, output)."""
    import os
    import shutil
    import subprocess

    folder = tmp_path_factory.mktemp("tutorial")
    shutil.copytree(DOCS / "tutorial" / "data", folder / "data")
    environment = {**os.environ, "COLUMNS": "200", "FADU_HOME": str(folder / "home"),
                   "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT / "src")}  # fmt: skip

    def fadu(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "fadu", *words], cwd=folder, env=environment, capture_output=True, check=False
        )
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    fadu.folder = folder
    return fadu
