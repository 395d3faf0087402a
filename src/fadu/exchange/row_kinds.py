"""What a row of a sheet is by its look: header, data, total, note, column numbers. No knowledge of any procedure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from fadu.exchange.cells import BrokenCell, Cell, is_blank, plain_word, tidy

LONGEST_LABEL = 40
TITLED = 4  # cells of a row that may hold the title beside who filled it in
_DATA = re.compile(r"[\d\s.,:%/¥￥+()\-年月日时分号元万亿]*\d[\d\s.,:%/¥￥+()\-年月日时分号元万亿]*")
_YEAR = re.compile(r"(?:19|20)\d\d年?度?")
_TOTAL = re.compile(r"(?:总?合计|小计|总计|累计|共计|本页(?:小|合)?计|平均|总数)(?:[:：(（].*)?")
_NOTE = re.compile(r"(?:附?注|备注|说明|填表?说明|填报说明|注意|注意事项|提示|要求)\s*\d*\s*[:：.、]?.*")
_SIGNED = re.compile(
    r"(?:填报|填表|制表|报送|统计|审核|复核|负责|经办|联系|单位|日期|时间|电话|签字|盖章|数据|截止|截至)"
    r"[^:：]{0,10}[:：].*"
)
_N = "[一二三四五六七八九十]{1,3}"
_SECTION = re.compile(rf"(?:[(（]{_N}[)）][、.．]?|{_N}[、.．]|第{_N}[部分章节类])\S.*")
_TITLE = re.compile(r".*(?:台账|一览表|登记[表簿]|统计表|汇总表|明细表|情况表|报表|清单|目录)(?:[(（].*)?")
_SAMPLE = re.compile(r"(?:填写)?(?:示例|样例|例|举例|范例)(?:[:：\d(（].*)?")
_ORDINAL = re.compile(r"[(（]?(?:\d{1,3}|[A-Z]{1,2}|[①-⑳])[)）]?(?:栏|列)?")
_LADDER = re.compile(r"[甲乙丙丁戊己庚辛壬癸]")


def filled(row: Sequence[Cell]) -> list[tuple[int, Cell]]:
    """The cells of a row that hold something, with their columns."""
    return [(at, cell) for at, cell in enumerate(row) if not is_blank(cell)]


def is_data(cell: Cell) -> bool:
    """Whether a cell is a date, a number or an amount rather than a word."""
    if not isinstance(cell, str):
        return cell is not None and not isinstance(cell, BrokenCell)
    text = unicodedata.normalize("NFKC", cell.strip())
    return len(text) <= 40 and bool(_DATA.fullmatch(text)) and not _YEAR.fullmatch(text)


def is_label(cell: Cell) -> bool:
    """Whether a cell may be the name of a column."""
    if not isinstance(cell, str):
        return False
    text = tidy(cell)
    return 0 < len(text) <= LONGEST_LABEL and not is_data(text) and not _SIGNED.fullmatch(text)


def looks_like_header(cells: Sequence[Cell]) -> bool:
    """Two names of columns or more, and next to nothing else. Among a few cells one may be the title of the sheet."""
    labels = sum(map(is_label, cells))
    titled = len(cells) <= TITLED and any(isinstance(cell, str) and _TITLE.fullmatch(tidy(cell)) for cell in cells)
    return labels >= 2 and labels >= 0.8 * len(cells) and not titled and not is_note(cells)


def is_note(cells: Sequence[Cell]) -> bool:
    """Remarks, or who filled in the sheet and when: 注：…, 填报单位：… 填报日期：…."""
    texts = [tidy(cell) for cell in cells if isinstance(cell, str)]
    if not texts or len(texts) < len(cells) - 1:
        return False
    if len(cells) == 1 and _NOTE.fullmatch(texts[0].replace("\n", " ")):
        return True
    signed = sum(bool(_SIGNED.fullmatch(text.replace("\n", " "))) for text in texts)
    return signed >= 1 and 2 * signed >= len(cells)


def is_total(cells: Sequence[Cell]) -> bool:
    """合计, 小计 and the like in one of the first cells, spaces allowed."""
    words = (cell for cell in cells[:3] if isinstance(cell, str) and ("计" in cell or "平" in cell or "总" in cell))
    return any(_TOTAL.fullmatch(plain_word(word)) for word in words)


def is_section(cells: Sequence[Cell]) -> bool:
    """The title of a group of rows: 一、城管执法局."""
    return len(cells) == 1 and isinstance(cells[0], str) and bool(_SECTION.fullmatch(tidy(cells[0]).replace("\n", " ")))


def is_sample(cells: Sequence[Cell]) -> bool:
    """A row that only shows how to fill in: 示例."""
    return isinstance(cells[0], str) and "例" in cells[0] and bool(_SAMPLE.fullmatch(plain_word(cells[0])))


def is_numbering(cells: Sequence[Cell]) -> bool:
    """The row 栏次 1 2 3 … (or A B C, 甲 乙 1 2) under a header."""
    texts = [tidy(cell).replace(" ", "") for cell in cells]
    texts = texts[1:] if texts and texts[0] in ("栏次", "序号", "列次") else texts
    if len(texts) < 2 or not all(_ORDINAL.fullmatch(text) or _LADDER.fullmatch(text) for text in texts):
        return False
    numbers = [int(digits[0]) for text in texts if (digits := re.search(r"\d+", unicodedata.normalize("NFKC", text)))]
    return len(numbers) < 2 or all(b - a == 1 for a, b in pairwise(numbers))
