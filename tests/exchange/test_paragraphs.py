"""Paragraphs of files that people send: Word and text, and what of it is not read."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from fadu.exchange import paragraphs
from fadu.exchange.paragraphs import PART, TEXT, WORD, paragraphs_of
from fadu.exchange.rejects import FileError

NAMES = 'xmlns:w="w"'  # which names they are is not looked at


def _word(body: str, head: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PART, f'<?xml version="1.0"?>{head}<w:document {NAMES}><w:body>{body}</w:body></w:document>')
    return out.getvalue()


def test_a_word_document_as_word_writes_it():
    file = docx.Document()
    file.add_paragraph("第一条　目的")
    file.add_paragraph("")
    file.add_paragraph("第二条 ").add_run("十日内").bold = True
    file.add_table(1, 2).cell(0, 1).text = "表格里的字"
    out = io.BytesIO()
    file.save(out)
    assert paragraphs_of(out.getvalue(), WORD) == ["第一条　目的", "第二条 十日内", "表格里的字"]


def test_tracked_changes_are_read_as_accepted():
    body = ("<w:p><w:r><w:t>十</w:t></w:r><w:ins><w:r><w:t>五</w:t></w:r></w:ins>"
            "<w:del><w:r><w:delText>二</w:delText></w:r></w:del>"
            "<w:r><w:t>日</w:t><w:tab/><w:t>内</w:t></w:r></w:p>")  # fmt: skip
    assert paragraphs_of(_word(body), WORD) == ["十五日 内"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_the_encodings_of_the_office(encoding):
    assert paragraphs_of("第一条 目的\r\n\r\n第二条 十日\n".encode(encoding), TEXT) == ["第一条 目的", "第二条 十日"]


def test_an_entity_is_not_expanded():
    bomb = '<!DOCTYPE x [<!ENTITY a "哈哈哈哈"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(FileError, match="DOCTYPE"):
        paragraphs_of(_word("<w:p><w:r><w:t>&b;</w:t></w:r></w:p>", bomb), WORD)


def test_what_unpacks_to_too_much_is_not_read(monkeypatch):
    monkeypatch.setattr(paragraphs, "UNPACKED", 1 << 20)
    with pytest.raises(FileError, match="超过 1 MB"):
        paragraphs_of(_word("<w:p><w:r><w:t>" + "字" * (1 << 20) + "</w:t></w:r></w:p>"), WORD)


@pytest.mark.parametrize(("content", "media", "said"), [
    (b"PK\x03\x04 broken", WORD, "不能读出"), (_word("<w:p>")[:-30], WORD, "不能读出"),
    (_word("<w:p><w:r>"), WORD, "不能读出"), (b"%PDF-1.7", "application/pdf", "只能对照"),
    (b"\x81 \xff\xfa", TEXT, "不能解码"), ("段\n".encode() * 2001, TEXT, "有 2001 段"),
    (b"a" * (2 << 20) + b"b", TEXT, "对照至多 2 MB"),
])  # fmt: skip
def test_what_cannot_be_read_says_why(content, media, said):
    with pytest.raises(FileError, match=said):
        paragraphs_of(content, media)
