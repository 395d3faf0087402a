"""Generated pages are current and complete; links lead somewhere; examples in the how-to pages are real files."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)


def sections(path: Path, mark: str) -> set[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.removeprefix(mark).strip() for line in lines if line.startswith(mark)}


def test_generated_pages_are_current():
    import write_docs

    stale = [path.name for path in write_docs.differing(write_docs.generated(), ROOT / "docs")]
    assert not stale, f"运行 make docs：{stale}"


def test_check_names_what_differs(tmp_path, monkeypatch, capsys):
    """Absent, changed and left-over pages are named; writing mends all three; hand-written pages are never touched."""
    import write_docs
    from pages.markdown import page

    pages = {"reference/a.md": page("甲", "一"), "img/b.svg": "<svg/>"}
    monkeypatch.setattr(write_docs, "generated", lambda law_md: pages)
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "a.md").write_text(page("甲", "二"), encoding="utf-8")
    (folder / "gone.md").write_text(page("没有了"), encoding="utf-8")
    (folder / "own.md").write_text("# 手写\n", encoding="utf-8")
    assert write_docs.main(["--check", "--docs", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert all(name in told for name in ("a.md", "b.svg", "gone.md")) and "own.md" not in told
    assert write_docs.main(["--docs", str(tmp_path)]) == 0
    assert write_docs.main(["--check", "--docs", str(tmp_path)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["a.md", "own.md"]


def test_every_procedure_version_has_its_section(book):
    from fadu.law.dates import iso

    for procedure in book.procedures:
        text = (REFERENCE / "procedures" / f"{procedure.code}.md").read_text(encoding="utf-8")
        heading = f"## {iso(procedure.effective_day)} 起施行\n"
        assert heading in text, f"{procedure.code} 没有 {heading}"
        section = text.split(heading)[1].split("\n## ")[0]
        names = [f"| `{name}` |" for name in (*procedure.fields, *procedure.steps, *procedure.duties)]
        names += [f"#### {clock.label} `{clock.name}`" for clock in procedure.clocks.values()]
        missing = [name for name in names if name not in section]
        assert not missing, f"{procedure.code} {heading} 缺 {missing}"


def test_every_citation_stands_with_its_gist(book):
    for procedure in book.procedures:
        text = (REFERENCE / "procedures" / f"{procedure.code}.md").read_text(encoding="utf-8")
        for cite, _, _ in procedure.citations():
            row = re.search(rf"^\| {re.escape(cite.short)} \| 《.+》第.+ \| (.*) \|$", text, re.MULTILINE)
            assert row, f"{procedure.code}: {cite.short}"
            assert row[1].strip(), f"{procedure.code}: {cite.short} 没有要旨"


def test_every_statute_and_indicator_has_its_section(book):
    assert {statute.short for statute in book.statutes} == sections(REFERENCE / "statutes.md", "## ")
    assert set(book.calendars) == sections(REFERENCE / "calendars.md", "## ")
    for indicator in book.indicators.values():
        page = REFERENCE / "indicators" / f"{indicator.procedure}.md"
        assert f"{indicator.label} `{indicator.name}`" in sections(page, "## ")


def test_every_command_and_option_has_its_section():
    from pages.commands import commands

    text = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    for path, command in commands():
        heading = f"## {path}\n"
        assert heading in text, path
        section = text.split(heading)[1].split("\n## ")[0]
        for parameter in command.params:
            for name in (*parameter.opts, *parameter.secondary_opts) if parameter.param_type_name == "option" else ():
                assert f"`{name}`" in section, f"{path} {name}"


def test_every_command_is_loaded():
    from pages.commands import commands

    from fadu.cli import COMMANDS

    assert {f"fadu {name}" for name in COMMANDS} <= {path for path, _ in commands()}


def test_every_kind_of_reject_and_notice_is_explained():
    kinds = set()
    for path in (ROOT / "src" / "fadu" / "exchange").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            kind = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            if node.func.attr in ("reject", "_reject", "notice") and isinstance(kind, str):
                kinds.add(kind)
    from fadu.exchange import complaints, values
    from fadu.exchange.names import StepNames

    kinds |= set(complaints._words(StepNames({}, {})))
    kinds |= {f"bad_{column}" for column in (*values.TYPED, "time", "void", "recorded")}
    text = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    missing = sorted(kind for kind in kinds if f"| `{kind}` |" not in text)
    assert len(kinds) > 20 and not missing, missing


def test_every_error_class_is_explained():
    text = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    for path in (ROOT / "src" / "fadu").rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and any("FaduError" in ast.unparse(base) for base in node.bases):
                assert f"| `{node.name}` |" in text, node.name


def test_every_results_file_is_on_the_page():
    text = (REFERENCE / "benchmarks.md").read_text(encoding="utf-8")
    for path in (ROOT / "bench" / "results").glob("*.json"):
        assert f"`bench/results/{path.name}`" in text, path.name


def anchors(path: Path) -> set[str]:
    """The anchors a reader's software makes of the headings."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#{1,6}\s+(.+?)\s*$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_lead_somewhere(pages):
    broken = []
    for page in pages:
        for groups in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
            target = unquote(next(filter(None, groups)))
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = (page.parent / name).resolve() if name else page
            if not path.exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
            elif anchor and anchor not in anchors(path):
                broken.append(f"{page.relative_to(ROOT)}: {target}（没有这个标题）")
    assert not broken, "\n".join(broken)


def test_every_page_is_reached_from_the_index(pages):
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.is_file():
            continue
        seen.add(page)
        for groups in _LINK.findall(page.read_text(encoding="utf-8")):
            target = unquote(next(filter(None, groups))).partition("#")[0]
            if target and not re.match(r"[a-z]+:", target):
                waiting.append((page.parent / target).resolve())
    lost = [str(page.relative_to(ROOT)) for page in pages if page not in seen]
    assert not lost, lost


@pytest.mark.parametrize("page", [page for page in HOW_TO if "# lawbook/" in page.read_text(encoding="utf-8")],
                         ids=lambda page: page.stem)  # fmt: skip
def test_files_shown_in_how_to_pages_work(tmp_path, page):
    """The files a page shows are put into a copy of the lawbook and used."""
    from fadu.book import SHIPPED, load_book
    from fadu.scenarios import read_scenarios, run

    folder = tmp_path / "lawbook"
    shutil.copytree(SHIPPED, folder)
    block = re.compile(r"^```yaml\n# lawbook/(\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
    shown = block.findall(page.read_text(encoding="utf-8"))
    for name, text in shown:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    book = load_book(folder)
    for name, _ in shown:
        for scenario in read_scenarios(folder / name, book) if name.startswith("scenarios/") else ():
            assert not run(scenario, book), scenario.name


def test_python_shown_imports_what_exists(pages):
    for page in pages:
        for block in re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            for node in ast.walk(ast.parse(block)):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fadu"):
                    module = importlib.import_module(node.module or "")
                    assert all(hasattr(module, name.name) for name in node.names), f"{page.name}: {ast.unparse(node)}"
