"""Reads ``statutes/<short title>.yaml`` (format: docs/reference/lawbook-format.md, "Statutes")."""

from __future__ import annotations

from pathlib import Path

from fadu.book.source import Node, load
from fadu.law.citations import Citation, parse_citation
from fadu.law.dates import iso
from fadu.law.errors import LawbookError, Place
from fadu.law.numerals import chinese_number
from fadu.law.statutes import (
    AUTHORITIES,
    CERTAINTIES,
    PARTIES,
    VERSION_CERTAINTIES,
    Statute,
    Statutes,
    StatuteVersion,
    WorkingDays,
)

_VERSION_KEYS = (
    *("adopted", "text", "certainty", "working_days", "working_days_party"),
    *("last_day_rolls", "interpretation", "gists"),
)


def read_statutes(folder: str | Path) -> Statutes:
    """All statute files of a folder, in order of name. Raises ``LawbookError`` where there are none."""
    paths = sorted(Path(folder).glob("*.yaml"))
    if not paths:
        raise LawbookError("没有法规文件；这里应有 <法规简称>.yaml", Place(str(folder)))
    return Statutes(read_statute(path) for path in paths)


def read_statute(path: str | Path) -> Statute:
    """One statute file. Raises ``LawbookError`` with file:line."""
    node = load(path)
    keys = node.keys(("title", "short", "versions"), ("aliases", "authority", "texts", "repealed"))
    short = keys["short"].text()
    if short != Path(path).stem:
        keys["short"].fail(f"简称“{short}”与文件名“{Path(path).stem}”不同；文件名应为 {short}.yaml")
    versions = _versions(keys["versions"], short)
    repealed = keys["repealed"].date_day() if "repealed" in keys else None
    if repealed is not None and repealed <= versions[0].effective:
        keys["repealed"].fail(f"废止日 {iso(repealed)} 不晚于最新版本的施行日 {iso(versions[0].effective)}")
    return Statute(
        title=keys["title"].text(),
        short=short,
        versions=versions,
        aliases=keys["aliases"].texts() if "aliases" in keys else (),
        authority=keys["authority"].choice(*AUTHORITIES) if "authority" in keys else "法律",
        texts=keys["texts"].text() if "texts" in keys else short,
        repealed=repealed,
        place=node.place,
    )


def _versions(node: Node, short: str) -> tuple[StatuteVersion, ...]:
    """The versions, which the file must give newest first."""
    versions: list[StatuteVersion] = []
    for item in node.list():
        version = _version(item, short)
        if versions and version.effective >= versions[-1].effective:
            item.fail(f"版本应由新到旧排列：{iso(version.effective)} 不早于上一个版本的 {iso(versions[-1].effective)}")
        versions.append(version)
    if not versions:
        node.fail("versions 是空的；至少应有一个版本")
    return tuple(versions)


def _version(node: Node, short: str) -> StatuteVersion:
    keys = node.keys(("effective",), _VERSION_KEYS)
    effective = keys["effective"].date_day()
    adopted = keys["adopted"].date_day() if "adopted" in keys else None
    if adopted is not None and adopted > effective:
        keys["adopted"].fail(f"通过日 {iso(adopted)} 晚于施行日 {iso(effective)}")
    texts = keys["text"].texts() if "text" in keys else ()
    rolls, rolls_certainty, rolls_cite = _rolls(keys.get("last_day_rolls"), short)
    return StatuteVersion(
        effective=effective,
        adopted=adopted,
        text=texts[0] if texts else "",
        more_texts=texts[1:],
        certainty=keys["certainty"].choice(*VERSION_CERTAINTIES) if "certainty" in keys else "text",
        working_days=_working_days(keys.get("working_days")),
        working_days_party=keys["working_days_party"].choice(*PARTIES) if "working_days_party" in keys else "",
        rolls=rolls,
        rolls_certainty=rolls_certainty,
        rolls_cite=rolls_cite,
        interpretation=_citation(keys["interpretation"], short) if "interpretation" in keys else None,
        gists=_gists(keys.get("gists"), short),
        place=node.place,
    )


def _working_days(node: Node | None) -> WorkingDays:
    """A list of terms, ``all``, ``{up_to: 十日}`` or ``none``; default none."""
    if node is None:
        return WorkingDays()
    if node.is_map:
        return WorkingDays(up_to=_days(node.keys(("up_to",))["up_to"]))
    if node.is_list:
        numbers = tuple(_days(item) for item in node.list())
        if not numbers:
            node.fail("working_days 是空列表；没有工作日条款时写 none")
        return WorkingDays(numbers=numbers)
    if node.text() not in ("all", "none"):
        node.fail(f"“{node.text()}”不可用；working_days 接受 [三日, 五日] 这样的列表、all、{{up_to: 十日}} 或 none")
    return WorkingDays(every=node.text() == "all")


def _days(node: Node) -> int:
    """``五日`` as a number of days."""
    text = node.text()
    try:
        number = chinese_number(text.removesuffix("日")) if text.endswith("日") else 0
    except ValueError:
        number = 0
    if number < 1:
        node.fail(f"“{text}”不是天数；这里照法条写 五日、十日")
    return number


def _rolls(node: Node | None, short: str) -> tuple[bool, str, Citation | None]:
    """Whether a last day on a rest day moves on, how certain that is, and where it is said."""
    if node is None:
        return True, "inferred", None
    if not node.is_map:
        return node.boolean(), "inferred", None
    keys = node.keys(("value",), ("certainty", "cite"))
    certainty = keys["certainty"].choice(*CERTAINTIES) if "certainty" in keys else "inferred"
    cite = _citation(keys["cite"], short) if "cite" in keys else None
    if certainty == "text" and cite is None:
        node.fail("certainty: text 须有 cite，写明末日顺延出自哪一条")
    return keys["value"].boolean(), certainty, cite


def _citation(node: Node, short: str) -> Citation:
    return parse_citation(node.text(), short, node.place)


def _gists(node: Node | None, short: str) -> dict[str, str]:
    """Summaries by locus, however the key was written."""
    gists: dict[str, str] = {}
    for key, value in (node.map() if node else {}).items():
        citation = parse_citation(key, short, value.place)
        if citation.statute != short:
            value.fail(f"gists 的键“{key}”指向《{citation.statute}》；这里只写本法的条款")
        if citation.locus in gists:
            value.fail(f"条款 {citation.locus} 的要旨写了两次")
        if not value.text().strip():
            value.fail(f"条款 {citation.locus} 的要旨是空的；用一句话写出该条要求什么")
        gists[citation.locus] = value.text().strip()
    return gists
