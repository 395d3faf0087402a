"""glossary.md: every noun of ``fadu.law`` has its Chinese term and its source, and nothing else is in the tables."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

GLOSSARY = Path(__file__).parents[2] / "glossary.md"
_ROW = re.compile(r"\|\s*`(?P<code>\w+)`\s*\|\s*(?P<chinese>[^|]+?)\s*\|\s*(?P<source>[^|]+?)\s*\|")


@pytest.fixture(scope="module")
def rows() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if match := _ROW.match(line):
            assert match["code"] not in found, f"{match['code']} 出现两次"
            found[match["code"]] = match["chinese"], match["source"]
    return found


@pytest.fixture(scope="module")
def nouns(sources) -> set[str]:
    return {
        node.name
        for source in sources if source.layer == "law"
        for node in source.tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }  # fmt: skip


def test_every_noun_of_the_law_is_in_the_glossary(rows, nouns):
    missing = nouns - set(rows)
    assert not missing, "glossary.md 缺少"


def test_every_entry_has_chinese_and_a_source(rows):
    for code, (chinese, source) in rows.items():
        assert re.search(r"[\u4e00-\u9fff]", chinese), f"{code} 没有中文"
        assert source.strip("-— "), f"{code} 没有依据"


def test_the_glossary_names_nothing_that_is_gone(rows, sources):
    known = {node.name for source in sources for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)}
    aliases = (node for source in sources for node in source.tree.body if isinstance(node, ast.Assign))
    known |= {ast.unparse(node.targets[0]) for node in aliases}
    gone = set(rows) - known
    assert not gone, "代码中没有"
