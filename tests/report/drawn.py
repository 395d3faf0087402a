"""What a drawn document shows, line by line; a fictitious unit; an answer to every question of a template."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from pypdf import PdfReader

from fadu.book.documents import DocumentTemplate
from fadu.report.official import OfficialDocument
from fadu.report.typeset import to_pdf

POINTS = 72 / 25.4
UNIT = {
    "名称": "青江区城市管理综合行政执法局", "代字": "青城", "地址": "青江区文化路8号", "邮编": "000000",
    "电话": "0000-0000000", "联系人": "赵某", "负责人": "钱某", "统一社会信用代码": "（略）",
    "复议机关": "青江区人民政府", "管辖法院": "青江区人民法院", "上一级机关": "青江区人民政府",
    "缴款银行": "青江银行营业部", "缴款账号": "0000 0000 0000",
}  # fmt: skip
"""Facts of a fictitious unit."""


@dataclass(frozen=True)
class Line:
    """One line of a page: its text, and the left end of its base line in millimetres from the top left corner."""

    text: str
    left: float
    down: float
    size: float


def lines(document: OfficialDocument) -> list[list[Line]]:
    """The lines of every page of the document as PDF, from the top."""
    pages = []
    for page in PdfReader(BytesIO(to_pdf(document))).pages:
        found: list[Line] = []

        def see(text: str, cm, tm, font, size: float, found: list[Line] = found) -> None:
            if text.strip():
                left, up = cm[4] + tm[4], cm[5] - tm[5]
                found.append(Line(text.strip("\n"), left / POINTS, 297 - up / POINTS, size))

        page.extract_text(visitor_text=see)
        pages.append(sorted(found, key=lambda line: (round(line.down, 1), line.left)))
    return pages


def text_of(document: OfficialDocument) -> str:
    """Every character of the text area of its pages, without spaces, line ends, marks and page numbers."""
    area = (line for page in lines(document) for line in page if 37 < line.down < 297 - 35)
    return "".join("".join(line.text.split()) for line in area)


def answers(template: DocumentTemplate) -> dict[str, str]:
    """An answer to everything the template asks of its writer."""
    given = {"date": "2024-06-28", "number": "15", "flag": "true"}
    return {
        ask.name: ask.choices[0] if ask.choices else given.get(ask.kind, f"〈{ask.label}〉")
        for ask in template.asks.values()
    }
