"""Reading statute texts: invented texts for each trap, and the shared corpus where it is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fadu.law.citations import Citation
from fadu.law.dates import day_of
from fadu.law.errors import LawbookError
from fadu.law.numerals import to_chinese
from fadu.law.statutes import Statute, StatuteVersion
from fadu.texts import StatuteText, TextLibrary, import_texts, load_imported, parse_text, read_text, texts_folder

SHARED = Path(os.environ.get("FADU_SHARED") or Path(__file__).parents[2] / "shared") / "laws"

TEXT = """\
---
title: "某市养猫条例"
---
# 某市养猫条例

2020年1月1日 某会议通过，根据第三条的决定修正

目 录
第一章 总则
<!-- INFO END -->

为了养猫，制定本条例。

## 第一章 总\u3000则

\u200b
第一条 为了规范养猫，制定本条例。

**第二条**\u3000养猫人应当自收到通知之日起五日内登记，有下列情形之一的除外：

（一）猫\u200b已走失；

（二）猫不足一岁，包括：
1.未满三个月的；
2．满三个月未满一岁的；

（三）其他。

有前款第（二）项情形的，满一岁后登记。

第一条规定的养猫人，适用本条。

第三条第二款规定的情形除外。

（一）第二列之一；

## 第二章 管理

本章说明文字。

第二条之一 插入的条文。

第三条登记机关应当核对：
| 品种 | 期限 |
|---|---|
| 短毛 | 十日 |

第四条 (一)甲；
(二)乙。

第四条的规定也适用于狗。

第九条 跳号的条文。

附件：1.登记表
2.样式

第十条 附件里的条文。
"""


@pytest.fixture
def text() -> StatuteText:
    return parse_text(TEXT, "某市养猫条例(2020-01-01)")


def cite(article: int, paragraph: int = 0, item: int = 0, inserted: int = 0) -> Citation:
    return Citation("养猫条例", article, inserted, paragraph, item)


def test_articles_and_title(text: StatuteText) -> None:
    assert text.title == "某市养猫条例"
    assert [article.key for article in text.articles] == [(1, 0), (2, 0), (2, 1), (3, 0), (4, 0), (9, 0)]


def test_headings_preamble_and_invisible_characters_are_left_out(text: StatuteText) -> None:
    assert text.find(cite(1)) == "为了规范养猫，制定本条例。"
    assert text.find(cite(2, 1, 1)) == "（一）猫已走失；"
    assert "本章说明" not in str(text.articles)


def test_paragraphs_after_items_and_references_at_the_start_of_a_line(text: StatuteText) -> None:
    assert text.find(cite(2, 2)) == "有前款第（二）项情形的，满一岁后登记。"
    assert text.find(cite(2, 3)) == "第一条规定的养猫人，适用本条。"
    assert text.find(cite(2, 4, 1)) == "（一）第二列之一；"
    assert text.find(cite(4, 2)) == "第四条的规定也适用于狗。"
    assert not text.has(cite(2, 5))


def test_points_below_an_item_belong_to_it(text: StatuteText) -> None:
    assert text.find(cite(2, 1, 2)) == "（二）猫不足一岁，包括：\n1.未满三个月的；\n2．满三个月未满一岁的；"


def test_an_item_is_read_with_its_lead(text: StatuteText) -> None:
    assert text.context(cite(2, 1, 3)) == ("养猫人应当自收到通知之日起五日内登记，有下列情形之一的除外：\n（三）其他。")
    assert text.context(cite(1)) == text.find(cite(1))
    assert text.context(cite(7)) is None


def test_inserted_articles_and_tables(text: StatuteText) -> None:
    assert text.find(cite(2, inserted=1)) == "插入的条文。"
    assert text.find(cite(3)) == "登记机关应当核对：\n| 品种 | 期限 |\n| 短毛 | 十日 |"


def test_why_something_is_missing(text: StatuteText) -> None:
    assert text.missing(cite(1)) == ""
    assert text.missing(cite(62)) == "全文共6条，没有第六十二条"
    assert text.missing(cite(2, inserted=2)) == "全文共6条，没有第二条之二"
    assert text.missing(cite(1, 2)) == "第一条只有1款"
    assert text.missing(cite(2, 2, 1)) == "第二条第二款没有第（一）项"
    assert text.missing(cite(2, item=9)) == "第二条没有第（九）项"
    assert text.missing(cite(2, item=1)) == "第二条有2款都有第（一）项，应写明第几款"
    assert parse_text("第一条 甲：\n（一）一；\n乙：\n（一）二。", "x").missing(cite(1, item=1)) == (
        "第一条有2款都有第（一）项，应写明第几款"
    )


def test_plain_text_with_items_in_one_line() -> None:
    text = parse_text("某办法\n第一章 总则\n第一条　应当：（一）甲；（二）乙。\n第二条　依照（一）办理。", "某办法")
    assert [text.find(cite(1, 1, n)) for n in (1, 2)] == ["（一）甲；", "（二）乙。"]
    assert text.find(cite(2)) == "依照（一）办理。"


def test_lines_inside_an_item_do_not_start_a_paragraph() -> None:
    text = parse_text("第一条 应当：\n（一）甲。\n甲的第二段。\n（二）乙。\n末款。", "某办法")
    assert text.find(cite(1, 1, 1)) == "（一）甲。\n甲的第二段。"
    assert text.find(cite(1, 2)) == "末款。"


def test_a_text_numbered_without_articles() -> None:
    text = parse_text("# 某意见\n现规定如下：\n一、甲。\n甲之二款。\n二、乙：\n（一）丙；\n三、丁。", "某意见")
    assert [article.number for article in text.articles] == [1, 2, 3]
    assert text.find(cite(1, 2)) == "甲之二款。" and text.find(cite(2, item=1)) == "（一）丙；"


@given(st.integers(1, 300), st.integers(1, 4), st.integers(0, 5))
def test_what_is_written_is_found(articles: int, paragraphs: int, items: int) -> None:
    lines = []
    for n in range(1, articles + 1):
        lines.append(f"第{to_chinese(n)}条 甲{n}款1。")
        lines += [f"（{to_chinese(i)}）乙{n}项{i}；" for i in range(1, items + 1)]
        lines += [f"甲{n}款{p}。" for p in range(2, paragraphs + 1)]
    text = parse_text("\n\n".join(lines), "某法")
    assert [article.number for article in text.articles] == list(range(1, articles + 1))
    for p in range(1, paragraphs + 1):
        assert (text.find(cite(articles, p)) or "").startswith(f"甲{articles}款{p}。")
    assert not text.has(cite(articles, paragraphs + 1)) and not text.has(cite(articles, 1, items + 1))
    assert all(text.has(cite(articles, item=i)) for i in range(1, items + 1))


def test_a_library_finds_the_text_of_a_version(tmp_path: Path) -> None:
    (tmp_path / "某法（2020-01-01）.txt").write_text("第一条 甲。", encoding="gb18030")
    (tmp_path / "旧某法.md").write_text("第一条 乙。", encoding="utf-8")
    library = TextLibrary(tmp_path)
    new, old = StatuteVersion(1, adopted=day_of("2020-01-01")), StatuteVersion(0, text="旧某法")
    act = Statute("某法", "某法", (new, old))
    assert len(library) == 2 and "旧某法" in set(library)
    assert [(found := library.of(act, v)) and found.find(cite(1)) for v in (new, old)] == ["甲。", "乙。"]
    assert library.of(act, StatuteVersion(0)) is None
    assert library.of(act, StatuteVersion(0, text="没有")) is None
    assert library.of(act, StatuteVersion(0, text="旧某法", more_texts=("没有",))) is None


def test_a_text_in_parts_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "典一.md").write_text("第一条 甲。", encoding="utf-8")
    (tmp_path / "典附则.md").write_text("第十条 乙。\n第十一条 丙。", encoding="utf-8")
    version = StatuteVersion(0, text="典一", more_texts=("典附则",))
    text = TextLibrary(tmp_path).of(Statute("某典", "某典", (version,)), version)
    assert text is not None
    assert [article.number for article in text.articles] == [1, 10, 11]


def test_import_and_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FADU_HOME", str(tmp_path / "home"))
    source = tmp_path / "source"
    source.mkdir()
    (source / "某市养猫条例(2020-01-01).md").write_text(TEXT, encoding="utf-8")
    (source / "某市养猫条例（2020-01-01）.txt").write_text(TEXT, encoding="utf-8")
    (source / "说明.md").write_text("没有条文。", encoding="utf-8")
    (source / "INDEX.tsv").write_text("file", encoding="utf-8")
    assert load_imported() is None
    for _ in range(2):
        report = import_texts(source)
        assert report.imported == ("某市养猫条例(2020-01-01)",)
        assert [name for name, _ in report.refused] == ["某市养猫条例（2020-01-01）.txt", "说明.md"]
    assert report.folder == str(texts_folder()) == str(tmp_path / "home" / "texts")
    assert [path.name for path in texts_folder().iterdir()] == ["某市养猫条例(2020-01-01).json"]
    library = load_imported()
    assert library is not None
    assert library.get("某市养猫条例(2020-01-01)") == parse_text(TEXT, "某市养猫条例(2020-01-01)")


def test_without_fadu_home_texts_are_kept_under_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FADU_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert texts_folder() == tmp_path / ".local" / "share" / "fadu" / "texts"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.md", "没有条文", "没有找到条文；条文应以“第一条 ……”"),
        ("坏.txt", b"\xff\xff\xff", "不是 UTF-8 或 GB18030"),
        ("坏.json", "{", "已损坏；请重新运行 fadu law import"),
        ("旧.json", '{"format": "fadu-statute-text/0"}', "不是 fadu-statute-text/1；请重新运行 fadu law import"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: str | bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LawbookError) as caught:
        read_text(path)
    assert str(caught.value).startswith(str(path)) and words in str(caught.value)


def test_a_missing_file_or_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(LawbookError, match="读不了"):
        read_text(tmp_path / "无.md")
    with pytest.raises(LawbookError, match="没有这个文件夹"):
        import_texts(tmp_path / "无", tmp_path / "out")


needs_corpus = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared statute texts are not at hand")
FIRST_ARTICLE = {"民法典附则(2020-05-28)": 1259}
"""Texts that are an excerpt: they do not begin with article 1."""
ARTICLES = {
    "行政复议法(2023-09-01)": 90, "行政复议法(2017-09-01)": 43, "行政复议法实施条例(2007-05-29)": 66,
    "行政处罚法(2021-01-22)": 86, "行政许可法(2019-04-23)": 83, "行政强制法(2011-06-30)": 71,
    "治安管理处罚法(2025-06-27)": 144, "行政诉讼法(2017-06-27)": 103, "政府信息公开条例(2019-04-03)": 56,
    "最高人民法院关于适用《行政诉讼法》的解释(2018-02-06)": 163, "重大行政决策程序暂行条例(2019-04-20)": 44,
    "最高人民法院关于行政机关负责人出庭应诉若干问题的规定(2020-06-22)": 15, "信访工作条例(2022-02-25)": 50,
    "最高人民法院关于审理行政协议案件若干问题的规定(2019-11-27)": 29, "北京市接诉即办工作条例(2021-09-24)": 38,
    "最高人民法院关于综合治理类司法建议工作若干问题的规定(2023-11-15)": 13, "法律援助法(2021-08-20)": 71,
    "北京市优化营商环境条例(2024-11-29)": 94, "突发事件应对法(2024-06-28)": 106, "公平竞争审查条例(2024-06-06)": 27,
    "全国人民代表大会和地方各级人民代表大会代表法(2025-03-11)": 65, "人民调解法(2010-08-28)": 35,
    "北京市各级人民代表大会常务委员会规范性文件备案审查条例(2024-09-27)": 45, "政府督查工作条例(2020-12-26)": 28,
    "北京市人民代表大会代表建议、批评和意见办理条例(2014-01-22)": 34, "政务数据共享条例(2025-05-28)": 44,
    "行政执法机关移送涉嫌犯罪案件的规定(2020-08-07)": 20, "法规规章备案审查条例(2024-08-30)": 26,
    "生产安全事故报告和调查处理条例(2007-04-09)": 46, "北京市安全生产条例(2022-05-25)": 66,
}  # fmt: skip
"""Numbers of articles as law.md gives them."""


@needs_corpus
@pytest.mark.parametrize("path", sorted(SHARED.glob("*.md")), ids=lambda path: path.stem)
def test_each_shared_text_is_read_whole(path: Path) -> None:
    text = read_text(path)
    first = FIRST_ARTICLE.get(text.stem, 1)
    expected = [(number, 0) for number in range(first, first + len(text.articles))]
    assert [article.key for article in text.articles] == expected
    for article in text.articles:
        assert article.paragraphs, f"第{article.number}条没有内容"
        for paragraph in article.paragraphs:
            numbers = [item.number for item in paragraph.items]
            assert numbers == list(range(1, len(numbers) + 1)), (article.number, numbers)
            assert paragraph.text.endswith(("。", "：", ":", "”", "）", "；")), (article.number, paragraph.text)


@needs_corpus
def test_the_shared_texts_have_as_many_articles_as_the_law_table_says() -> None:
    library = TextLibrary(SHARED)
    assert len(library) == 74
    counts = {stem: len(text.articles) if (text := library.get(stem)) else 0 for stem in ARTICLES}
    assert counts == ARTICLES
