"""The paragraphs of a text file or a Word document, read to be compared with another version; nothing is believed."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from xml.parsers import expat

from fadu.exchange.attachments import OFFICE
from fadu.exchange.rejects import FileError
from fadu.exchange.uploads import encoding_of
from fadu.exchange.xlsx_guard import RefusedError

WORD, TEXT = f"{OFFICE}.wordprocessingml.document", "text/plain"
READABLE = (WORD, TEXT)
"""Media types of which paragraphs can be read."""
PART = "word/document.xml"
UNPACKED = 40 << 20
"""Bytes of a document's text part that are read, at most."""
MOST = 2000
"""Paragraphs that are read, at most."""
_PIECE = 1 << 18
_TEXT = 2 << 20


def paragraphs_of(content: bytes, media: str) -> list[str]:
    """The paragraphs that are not empty. Raises ``FileError`` for what cannot be read, or is too long."""
    if media == WORD:
        found = _of_word(content)
    elif media == TEXT:
        if len(content) > _TEXT:
            raise FileError(f"文本有 {len(content) >> 20} MB；对照至多 {_TEXT >> 20} MB")
        found = _of_text(content)
    else:
        raise FileError("只能对照 Word（.docx）和文本（.txt）；其他格式请另存为 .docx 再传一版")
    found = [text for line in found if (text := line.strip())]
    if len(found) > MOST:
        raise FileError(f"有 {len(found)} 段；对照至多 {MOST} 段")
    return found


def _of_text(content: bytes) -> list[str]:
    try:
        return content.decode(encoding_of(BytesIO(content)), "replace").removeprefix("\ufeff").splitlines()
    except RefusedError as error:
        raise FileError(str(error)) from error


def _of_word(content: bytes) -> list[str]:
    reader = _Reader()
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive, archive.open(PART) as part:
            read = 0
            while piece := part.read(_PIECE):
                read += len(piece)
                if read > UNPACKED:
                    raise FileError(f"Word 文档的文字超过 {UNPACKED >> 20} MB，不能对照")
                reader.feed(piece)
            reader.feed(b"", True)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, RuntimeError, NotImplementedError,
            expat.ExpatError) as error:  # fmt: skip
        raise FileError("不能读出 Word 文档里的文字，文件可能已损坏；请打开后重新另存再传一版") from error
    return reader.paragraphs


class _Reader:
    """Gathers the text of ``w:p``, as it reads when all tracked changes are accepted."""

    def __init__(self) -> None:
        self.paragraphs: list[str] = []
        self._open: list[list[str]] = []  # a text box has paragraphs inside a paragraph
        self._text = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._said
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, piece: bytes, final: bool = False) -> None:
        self._parser.Parse(piece, final)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "p":
            self._open.append([])
        elif tag == "t":
            self._text = True
        elif tag in ("tab", "br", "cr") and self._open:
            self._open[-1].append(" ")

    def _end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "t":
            self._text = False
        elif tag == "p" and self._open:
            self.paragraphs.append("".join(self._open.pop()))

    def _said(self, text: str) -> None:
        if self._text and self._open:
            self._open[-1].append(text)

    def _refuse(self, *_: object) -> None:
        raise FileError("Word 文档里声明了 DOCTYPE，正常的文档没有；不读")
