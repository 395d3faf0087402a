"""Official documents as PDF and as pictures of their pages, set by Typst.

The layout is one fixed file (``official.typ``); the document goes in as data (JSON), so that no text of a case can be
read as Typst code. Equal documents give equal bytes where the same fonts are installed: no date, no random number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import files

import typst

from fadu.law.errors import FaduError
from fadu.report.official import OfficialDocument
from fadu.report.parts import parts_of

FONTS: Mapping[str, tuple[str, ...]] = {
    "biaosong": ("方正小标宋简体", "FZXiaoBiaoSong-B05S", "方正小标宋_GBK", "华文中宋", "STZhongsong",
                 "Noto Serif CJK SC", "Source Han Serif SC"),
    "fang": ("仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong", "STFangsong", "FandolFang R", "FandolFang",
             "Noto Serif CJK SC", "Source Han Serif SC"),
    "kai": ("楷体_GB2312", "KaiTi_GB2312", "楷体", "KaiTi", "STKaiti", "FandolKai", "Noto Serif CJK SC",
            "Source Han Serif SC"),
    "hei": ("黑体", "SimHei", "STHeiti", "FandolHei", "Noto Sans CJK SC", "Source Han Sans SC"),
    "song": ("宋体", "SimSun", "STSong", "FandolSong", "Noto Serif CJK SC", "Source Han Serif SC"),
}  # fmt: skip
"""Families by use, the one GB/T 9704-2012 names first; none is shipped. A character the first lacks (喆、堃) is taken
from the next that has it."""


class MissingFontError(FaduError):
    """No font of the machine can set Chinese text."""


def to_pdf(document: OfficialDocument) -> bytes:
    """The document as PDF. Raises ``MissingFontError`` where the machine has no Chinese font."""
    return bytes(_set(document, "pdf")[0])


def to_pictures(document: OfficialDocument, dots_per_inch: int = 96) -> list[bytes]:
    """Each page as PNG, for a preview."""
    return _set(document, "png", dots_per_inch)


def _set(document: OfficialDocument, form: str, dots_per_inch: int = 96) -> list[bytes]:
    data = {"document": json.dumps(asdict(parts_of(document)), ensure_ascii=False), "fonts": _chosen_fonts()}
    made = typst.compile(
        _layout(), format=form, font_paths=_installed(), sys_inputs=data, ppi=dots_per_inch, timestamp=0
    )  # type: ignore[call-overload]
    return list(made) if isinstance(made, list) else [made]


@cache
def _layout() -> bytes:
    return files("fadu.report").joinpath("official.typ").read_bytes()


@cache
def _installed() -> typst.Fonts:
    """The machine's fonts, looked up once a process."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)


@cache
def _chosen_fonts() -> str:
    known = {family.lower() for family in _installed().families()}
    chosen = {use: [family for family in families if family.lower() in known] for use, families in FONTS.items()}
    for use, families in chosen.items():
        if not families:
            wanted = "、".join(FONTS[use])
            raise MissingFontError(f"没有可用的中文字体（{use}）；请安装其中之一：{wanted}（Debian：fonts-noto-cjk）")
    return json.dumps(chosen, ensure_ascii=False)
