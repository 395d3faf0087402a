"""Texts of statutes: articles, paragraphs (款) and items (项), read from Markdown or plain text.

Fadu carries no statute texts. An office imports the ones it holds (``fadu law import``); they are
parsed once and kept as JSON in the user's own data folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fadu.keeping import home, write_whole
from fadu.law.citations import Citation
from fadu.law.errors import LawbookError, Place
from fadu.law.numerals import NUMBER, chinese_number, to_chinese
from fadu.law.statutes import Statute, StatuteVersion

FORMAT = "fadu-statute-text/1"
SUFFIXES = (".md", ".txt")
MAX_BYTES = 8_000_000

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]|<!--.*?-->", re.DOTALL)
_ARTICLE = re.compile(rf"第(?P<number>{NUMBER})\s*条(?:之(?P<inserted>{NUMBER}))?(?P<gap>\s*)(?P<rest>.*)")
_NUMBERED = re.compile(r"(?P<number>[一二三四五六七八九十百]+)、(?P<rest>.*)")
_ITEM = re.compile(r"[（(]\s*(?P<number>[一二三四五六七八九十百]+)\s*[）)]\s*(?P<rest>.*)")
_POINT = re.compile(r"(?:[0-9]+[.．、]|[（(][0-9]+[）)])")
_HEADING = re.compile(rf"#|第(?:{NUMBER})\s*(?:分编|编|章|节)(?:\s|[^，。；：]{{0,30}}$)|附\s*则$|目\s*录$")
_APPENDIX = re.compile(rf"附\s*(?:件|表|录)?\s*(?:[0-9]+|{NUMBER})?\s*(?:[：:].*)?$")
_REFERENCE = re.compile(r"第|的|规定|至|到|、|和|或|与|及|中|所|以[上下内外]|（|，|。|；|之")
_STATED = re.compile(r"[。；：，:;]$")


@dataclass(frozen=True, slots=True)
class Item:
    """One 项 and what stands below it."""

    number: int
    text: str

    def __str__(self) -> str:
        return f"（{to_chinese(self.number)}）{self.text}"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One 款: its text and its items."""

    text: str
    items: tuple[Item, ...] = ()

    def item(self, number: int) -> Item | None:
        return next((item for item in self.items if item.number == number), None)

    def __str__(self) -> str:
        return "\n".join([self.text, *(str(item) for item in self.items)])


@dataclass(frozen=True, slots=True)
class Article:
    """One 条. ``inserted`` is 1 for 第X条之一."""

    number: int
    inserted: int
    paragraphs: tuple[Paragraph, ...]

    @property
    def key(self) -> tuple[int, int]:
        return self.number, self.inserted

    def __str__(self) -> str:
        return "\n".join(str(paragraph) for paragraph in self.paragraphs)


@dataclass(frozen=True)
class StatuteText:
    """The text of one version of a statute.

    >>> text = parse_text("第一条 甲。\\n第二条 有下列情形之一的：\\n（一）乙；\\n（二）丙。\\n丁。", "某法")
    >>> text.find(Citation("某法", 2, item=2)), text.find(Citation("某法", 2, paragraph=2))
    ('（二）丙。', '丁。')
    >>> text.has(Citation("某法", 3)), text.missing(Citation("某法", 3))
    (False, '全文共2条，没有第三条')
    """

    stem: str
    title: str
    articles: tuple[Article, ...]

    @cached_property
    def _by_key(self) -> dict[tuple[int, int], Article]:
        return {article.key: article for article in self.articles}

    def article(self, citation: Citation) -> Article | None:
        return self._by_key.get((citation.article, citation.inserted))

    def find(self, citation: Citation) -> str | None:
        """The text of what is cited; None where it is not there, or the item stands in several paragraphs."""
        article = self.article(citation)
        if article is None or citation.paragraph > len(article.paragraphs):
            return None
        if not citation.paragraph and not citation.item:
            return str(article)
        paragraphs = self._paragraphs(article, citation)
        if not citation.item:
            return str(paragraphs[0])
        items = [item for paragraph in paragraphs if (item := paragraph.item(citation.item))]
        return str(items[0]) if len(items) == 1 else None

    def context(self, citation: Citation) -> str | None:
        """The cited text with what governs it: an item is read after the words of its paragraph."""
        text, article = self.find(citation), self.article(citation)
        if text is None or article is None or not citation.item:
            return text
        paragraphs = self._paragraphs(article, citation)
        lead = next(paragraph.text for paragraph in paragraphs if paragraph.item(citation.item))
        return f"{lead}\n{text}"

    def has(self, citation: Citation) -> bool:
        return self.find(citation) is not None

    def missing(self, citation: Citation) -> str:
        """Why ``find`` returns None, in words; "" where it does not."""
        article = self.article(citation)
        if article is None:
            locus = Citation("", citation.article, citation.inserted).formal_locus
            return f"全文共{len(self.articles)}条，没有{locus}"
        name = Citation("", *article.key).formal_locus
        if citation.paragraph > len(article.paragraphs):
            return f"{name}只有{len(article.paragraphs)}款"
        if self.has(citation):
            return ""
        paragraphs = self._paragraphs(article, citation)
        holders = sum(1 for paragraph in paragraphs if paragraph.item(citation.item))
        where = f"{name}第{to_chinese(citation.paragraph)}款" if citation.paragraph else name
        if holders > 1:
            return f"{name}有{holders}款都有第（{to_chinese(citation.item)}）项，应写明第几款"
        return f"{where}没有第（{to_chinese(citation.item)}）项"

    @staticmethod
    def _paragraphs(article: Article, citation: Citation) -> tuple[Paragraph, ...]:
        chosen = citation.paragraph
        return article.paragraphs[chosen - 1 : chosen] if chosen else article.paragraphs


def parse_text(source: str, stem: str) -> StatuteText:
    """Split a text into articles. Without any 第X条, paragraphs numbered 一、二、 count as articles.

    Headings, the preamble, the table of contents and appendices belong to no article.
    """
    lines = [line for raw in _INVISIBLE.sub("", source).splitlines() if (line := raw.replace("**", "").strip())]
    title = next((line.lstrip("# ").strip() for line in lines if line.startswith("# ")), stem.partition("(")[0])
    articles = _Reader(numbered=False).read(lines) or _Reader(numbered=True).read(lines)
    return StatuteText(stem, title, articles)


class _Reader:
    """Walks the lines of a text, keeping the article, paragraph and items it is in."""

    def __init__(self, numbered: bool) -> None:
        self._numbered = numbered
        self._articles: list[Article] = []
        self._key: tuple[int, int] | None = None
        self._last = (0, 0)
        self._paragraphs: list[tuple[str, list[Item]]] = []

    def read(self, lines: Iterable[str]) -> tuple[Article, ...]:
        for line in lines:
            if self._last != (0, 0) and _APPENDIX.fullmatch(line):
                break
            start = self._start(line)
            if start:
                self._close()
                self._key, rest = start
                self._last = self._key
                self._add(rest)
            elif self._is_heading(line):
                self._close()
            elif self._key is not None:
                self._add(line)
        self._close()
        return tuple(self._articles)

    def _start(self, line: str) -> tuple[tuple[int, int], str] | None:
        """The key and first words where the line opens an article; a sentence that cites one does not."""
        found = (_NUMBERED if self._numbered else _ARTICLE).match(line)
        if found is None:
            return None
        groups = found.groupdict()
        try:
            key = chinese_number(groups["number"]), chinese_number(groups.get("inserted") or "零")
        except ValueError:
            return None
        follows = key in ((self._last[0] + 1, 0), (self._last[0], self._last[1] + 1))
        rest = str(groups["rest"])
        refers = _REFERENCE.match(rest) is not None
        if self._numbered or (groups["gap"] or not rest):
            opens = follows or (key > self._last and not refers and not self._numbered)
        else:
            opens = follows and not refers
        return (key, rest) if opens else None

    def _is_heading(self, line: str) -> bool:
        if _HEADING.match(line):
            return True
        section = None if self._numbered else _NUMBERED.fullmatch(line)
        return section is not None and len(line) <= 30 and not _STATED.search(line)

    def _add(self, line: str) -> None:
        """A line of the open article: an item, a point below it, a table row or a new paragraph."""
        item = _ITEM.match(line)
        if item and self._paragraphs:
            number = chinese_number(item["number"])
            self._fold(number)
            self._paragraphs[-1][1].append(Item(number, item["rest"]))
        elif self._paragraphs and (line.startswith("|") or _POINT.match(line)):
            self._append(line)
        elif line:
            lead, items = _inline_items(line)
            self._paragraphs.append((lead, items))

    def _fold(self, number: int) -> None:
        """Plain lines before item ``number`` belong to the item before it (信访条例2005第21条)."""
        holder = next((i for i in reversed(range(len(self._paragraphs))) if self._paragraphs[i][1]), None)
        if number == 1 or holder is None or self._paragraphs[holder][1][-1].number != number - 1:
            return
        items = self._paragraphs[holder][1]
        between = [text for text, _ in self._paragraphs[holder + 1 :]]
        items[-1] = Item(items[-1].number, "\n".join([items[-1].text, *between]))
        del self._paragraphs[holder + 1 :]

    def _append(self, line: str) -> None:
        """Lengthen the last item or paragraph by a line that is neither (points 1. 2., rows of a table)."""
        if re.fullmatch(r"[|\s:-]+", line):
            return
        text, items = self._paragraphs[-1]
        if items:
            items[-1] = Item(items[-1].number, f"{items[-1].text}\n{line}")
        else:
            self._paragraphs[-1] = (f"{text}\n{line}", items)

    def _close(self) -> None:
        if self._key is not None:
            paragraphs = tuple(Paragraph(text, tuple(items)) for text, items in self._paragraphs)
            self._articles.append(Article(*self._key, paragraphs))
        self._key = None
        self._paragraphs = []


def _inline_items(line: str) -> tuple[str, list[Item]]:
    """Items run on in one line (…：（一）…；（二）…), as some plain texts have them."""
    starts = list(re.finditer(r"(?<=[：；，:;])\s*[（(](?P<number>[一二三四五六七八九十]+)[）)]", line))
    numbers = [chinese_number(start["number"]) for start in starts]
    if len(starts) < 2 or numbers != list(range(1, len(starts) + 1)):
        return line, []
    ends = [start.start() for start in starts[1:]] + [len(line)]
    pieces = [line[start.end() : end].strip() for start, end in zip(starts, ends, strict=True)]
    items = [Item(number, piece) for number, piece in zip(numbers, pieces, strict=True)]
    return line[: starts[0].start()].strip(), items


def read_text(path: str | Path) -> StatuteText:
    """A ``.md`` or ``.txt`` text, or one stored by ``import_texts``. Raises ``LawbookError`` with the file's name."""
    path = Path(path)
    place = Place(str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LawbookError(f"读不了法规文本：{error.strerror}", place) from error
    if len(data) > MAX_BYTES:
        raise LawbookError(f"文件有 {len(data)} 字节，超过 {MAX_BYTES}；法规文本应是 .md 或 .txt", place)
    source = _decode(data, place)
    text = _from_json(source, place) if path.suffix == ".json" else parse_text(source, path.stem)
    if not text.articles:
        raise LawbookError("没有找到条文；条文应以“第一条 ……”或“一、……”开头，每条另起一行", place)
    return text


def _decode(data: bytes, place: Place) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise LawbookError("文件编码不是 UTF-8 或 GB18030；请另存为 UTF-8", place)


class TextLibrary:
    """The texts in one folder, by stem; each is read when first asked for."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._paths: dict[str, Path] = {}
        self._read: dict[str, StatuteText] = {}
        for suffix in (*SUFFIXES, ".json"):
            for path in sorted(self.folder.glob(f"*{suffix}")):
                self._paths[_normal(path.stem)] = path

    def get(self, stem: str) -> StatuteText | None:
        """The text of that stem (``行政复议法(2023-09-01)``), or None where the folder has none."""
        stem = _normal(stem)
        if stem not in self._read and stem in self._paths:
            self._read[stem] = read_text(self._paths[stem])
        return self._read.get(stem)

    def of(self, statute: Statute, version: StatuteVersion) -> StatuteText | None:
        """The text of a statute's version, its parts joined, or None where one is not held."""
        parts = [text for stem in statute.text_stems(version) if (text := self.get(stem))]
        if not parts or len(parts) < len(statute.text_stems(version)):
            return None
        if len(parts) == 1:
            return parts[0]
        articles = sorted((article for part in parts for article in part.articles), key=lambda each: each.key)
        return StatuteText(parts[0].stem, statute.title, tuple(articles))

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _normal(stem: str) -> str:
    return stem.translate(str.maketrans("（）", "()")).strip()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Stems stored, and the files that were not, each with the reason."""

    folder: str
    imported: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def texts_folder() -> Path:
    """``$FADU_HOME/texts``, or ``~/.local/share/fadu/texts``."""
    return home() / "texts"


def import_texts(source: str | Path, folder: str | Path | None = None) -> ImportReport:
    """Parse every ``.md`` and ``.txt`` of ``source`` into ``folder`` (default: ``texts_folder()``).

    A file without articles is refused and reported; a text imported before is replaced as a whole.
    """
    source, target = Path(source), Path(folder) if folder else texts_folder()
    if not source.is_dir():
        raise LawbookError("没有这个文件夹；请给出存放法规文本（.md 或 .txt）的文件夹", Place(str(source)))
    paths = sorted(path for path in source.iterdir() if path.suffix in SUFFIXES and path.is_file())
    target.mkdir(parents=True, exist_ok=True)
    imported: list[str] = []
    refused: list[tuple[str, str]] = []
    for path in paths:
        if _normal(path.stem) in imported:
            refused.append((path.name, "同名文本已经导入"))
            continue
        try:
            text = read_text(path)
        except LawbookError as error:
            refused.append((path.name, error.message))
            continue
        write_whole(target / f"{_normal(path.stem)}.json", _to_json(text))
        imported.append(_normal(path.stem))
    return ImportReport(str(target), tuple(imported), tuple(refused))


def load_imported(folder: str | Path | None = None) -> TextLibrary | None:
    """The texts imported on this machine, or None where there are none."""
    library = TextLibrary(folder or texts_folder())
    return library if len(library) else None


def _to_json(text: StatuteText) -> str:
    articles = [
        [
            article.number,
            article.inserted,
            [[each.text, [[item.number, item.text] for item in each.items]] for each in article.paragraphs],
        ]
        for article in text.articles
    ]
    document = {"format": FORMAT, "stem": text.stem, "title": text.title, "articles": articles}
    return json.dumps(document, ensure_ascii=False, indent=1)


def _from_json(source: str, place: Place) -> StatuteText:
    try:
        document: dict[str, Any] = json.loads(source)
        if document["format"] != FORMAT:
            raise LawbookError(f"存储格式“{document['format']}”不是 {FORMAT}；请重新运行 fadu law import", place)
        articles = tuple(
            Article(number, inserted, tuple(Paragraph(p, tuple(Item(*item) for item in items)) for p, items in rows))
            for number, inserted, rows in document["articles"]
        )
        return StatuteText(str(document["stem"]), str(document["title"]), articles)
    except (ValueError, KeyError, TypeError) as error:
        raise LawbookError("导入的法规文本已损坏；请重新运行 fadu law import", place) from error
