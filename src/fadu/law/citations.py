"""Citations of statutes: ``行政复议法62(1)(九)`` in files, 《…》第六十二条第一款第九项 on screen."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fadu.law.errors import LawbookError, Place
from fadu.law.numerals import NUMBER, chinese_number, to_chinese

ACCEPTED = (
    "可写：62、62(1)（第一款）、62(1)(九)（第一款第九项）、62(九)（只有一款的条文的项）、62之一(2)，"
    "前面可加法规简称，如 行政复议法62(1)；或 《中华人民共和国行政复议法》第六十二条第一款第九项"
)

_CHINESE = r"[零〇一二三四五六七八九十百千]+"
_SHORT = re.compile(
    r"(?P<statute>(?:[^,，;；]*?[\u4e00-\u9fffA-Za-z》〉])??)"
    rf"(?P<article>[0-9]+)(?:之(?P<inserted>[0-9]+|{_CHINESE}))?"
    rf"(?:\((?P<paragraph>[0-9]+)\))?(?:\((?P<item>{_CHINESE})\))?"
)
_FORMAL = re.compile(
    rf"(?:《(?P<title>.+)》|(?P<name>.*?))第(?P<article>{NUMBER})条(?:之(?P<inserted>{NUMBER}))?"
    rf"(?:第(?P<paragraph>{NUMBER})款)?(?:第\(?(?P<item>{NUMBER})\)?项)?"
)
_WIDTH = str.maketrans("（）０１２３４５６７８９", "()0123456789")


@dataclass(frozen=True, slots=True, order=True)
class Citation:
    """One place in a statute; 0 stands for "not named" in ``inserted``, ``paragraph`` and ``item``.

    >>> Citation("行政复议法", 62, paragraph=1).short
    '行政复议法62(1)'
    >>> Citation("某法", 120, inserted=1, paragraph=2).formal("某法")
    '《某法》第一百二十条之一第二款'
    """

    statute: str
    article: int
    inserted: int = 0
    paragraph: int = 0
    item: int = 0

    @property
    def locus(self) -> str:
        """The citation without its statute, as keys of ``gists`` write it.

        >>> Citation("行政复议法", 39, paragraph=1, item=9).locus
        '39(1)(九)'
        """
        text = str(self.article)
        if self.inserted:
            text += f"之{to_chinese(self.inserted)}"
        if self.paragraph:
            text += f"({self.paragraph})"
        if self.item:
            text += f"({to_chinese(self.item)})"
        return text

    @property
    def short(self) -> str:
        """The form of lawbook files; ``parse_citation`` reads it back."""
        return f"{self.statute}{self.locus}"

    def formal(self, title: str = "") -> str:
        """The form of official documents, under the full ``title`` (default: the name cited)."""
        return f"《{title or self.statute}》{self.formal_locus}"

    @property
    def formal_locus(self) -> str:
        """
        >>> Citation("行政复议法", 39, paragraph=1, item=9).formal_locus
        '第三十九条第一款第九项'
        """
        text = f"第{to_chinese(self.article)}条"
        if self.inserted:
            text += f"之{to_chinese(self.inserted)}"
        if self.paragraph:
            text += f"第{to_chinese(self.paragraph)}款"
        if self.item:
            text += f"第{to_chinese(self.item)}项"
        return text

    def widened(self) -> tuple[Citation, ...]:
        """This citation, then its paragraph, then its article: each once, narrowest first.

        >>> [each.locus for each in Citation("某法", 3, paragraph=1, item=2).widened()]
        ['3(1)(二)', '3(1)', '3']
        """
        article = Citation(self.statute, self.article, self.inserted)
        paragraph = Citation(self.statute, self.article, self.inserted, self.paragraph)
        return tuple(dict.fromkeys((self, paragraph, article)))


def parse_citation(text: str, default_statute: str = "", place: Place | None = None) -> Citation:
    """Read a citation in the short or the formal form.

    ``default_statute`` is the statute of a bare ``62(1)``. Raises LawbookError, at ``place``.

    >>> parse_citation("62(1)(九)", "行政复议法")
    Citation(statute='行政复议法', article=62, inserted=0, paragraph=1, item=9)
    >>> parse_citation("《中华人民共和国行政复议法》第六十二条第一款").short
    '中华人民共和国行政复议法62(1)'
    """
    plain = re.sub(r"\s+", "", text).translate(_WIDTH)
    found = _FORMAL.fullmatch(plain) or _SHORT.fullmatch(plain)
    if found is None:
        raise LawbookError(f"“{text}”不是条文引用；{ACCEPTED}", place)
    groups = found.groupdict()
    statute = groups.get("title") or groups.get("name") or groups.get("statute") or default_statute
    try:
        article, inserted, paragraph, item = (
            _positive(groups[name]) for name in ("article", "inserted", "paragraph", "item")
        )
    except ValueError as error:
        raise LawbookError(f"条文引用“{text}”中的{error}；{ACCEPTED}", place) from None
    return Citation(statute, article, inserted, paragraph, item)


def _positive(text: str | None) -> int:
    """The number, or 0 where it is not written; a written number must be 1 or more."""
    if text is None:
        return 0
    number = chinese_number(text)
    if not 1 <= number <= 9999:
        raise ValueError(f"“{text}”超出范围，条、款、项从 1 数起，至多 9999")
    return number
