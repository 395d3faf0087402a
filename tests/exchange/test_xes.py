# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import gzip

import pytest

from fadu.exchange import xes_chunk, xes_file
from fadu.law.dates import day_of

HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n<!-- a log -->\n<log xes.version="1.0">\n\t<string key="concept:name" value="log"/>\n'


def event(step: str, day: str, more: str = "") -> str:
    return (
        f'\t\t<event>\n\t\t\t<string key="concept:name" value="{step}"/>\n'
        f'\t\t\t<date key="time:timestamp" value="{day}"/>\n{more}\t\t</event>\n'
    )


def trace(case: str, *events: str, more: str = "") -> str:
    return f'\t<trace>\n\t\t<string key="concept:name" value="{case}"/>\n{more}{"".join(events)}\t</trace>\n'


def log(*traces: str) -> str:
    return HEAD + "".join(traces) + "</log>\n"


ONE = trace("1", event("立案", "2024-02-07T09:30:00.000+08:00"), event("送达", "2024-02-08T00:00:00+08:00"))


def test_dates_are_local_and_midnight_everywhere_is_no_time(read):
    text = log(
        trace("1", event("立案", "2006-07-24T00:00:00.000+02:00"), event("送达", "2006-07-23T00:00:00.000+02:00"))
    )
    result = read("a.xes", text)
    assert result.counts.rejected_rows == 1  # the earlier day is before the opening
    assert result.column("day", "minute") == [(day_of("2006-07-24"), None)]
    assert read("b.xes", log(ONE)).column("minute") == [570, 0]


def test_attributes(read):
    more = '\t\t\t<string key="org:resource" value="张三"/>\n\t\t\t<float key="paid" value="12.50"/>\n'
    more += '\t\t\t<string key="outcome" value="维持"/>\n\t\t\t<int key="fine" value="300"/>\n\t\t\t<string key="x" value="y"/>\n'
    shared = '\t\t<string key="当事人" value="某人"/>\n\t\t<string key="单位" value="城管局"/>\n'
    text = log(
        trace("1", event("立案", "2024-01-01T00:00:00Z", more), event("决定", "2024-01-02T00:00:00Z"), more=shared)
    )
    result = read("a.xes", text, mapping={"paid": "amount"})
    first, second = result.rows
    assert (first["by"], first["amount"], first["outcome"], first["unit"]) == ("张三", 12.5, "维持", "城管局")
    assert first["fields"] == '{"fine":300,"party":"某人"}' and second["fields"] is None
    assert second["unit"] == "城管局"
    assert "「x」" in result.notices


def test_lifecycle_is_noticed(read):
    more = '<string key="lifecycle:transition" value="start"/>'
    assert "lifecycle:transition" in read("a.xes", log(trace("1", event("立案", "2024-01-01", more)))).notices


NESTED = '<string key="concept:name" value="1"><string key="concept:name" value="inner"/></string>'
SHAPES = {
    "common": ONE,
    "one line": ONE.replace("\n", "").replace("\t", ""),
    "value first": ONE.replace('key="concept:name" value="立案"', 'value="立案" key="concept:name"'),
    "single quotes": ONE.replace('"', "'"),
    "entities": ONE.replace("立案", "&#31435;&#x6848;"),
    "comment": ONE.replace("<event>", "<!-- </trace> <event> \" --><event>", 1),
    "CDATA": ONE.replace("<event>", '<![CDATA[</trace>"]]><event>', 1),
    "instruction": ONE.replace("<event>", '<?x </trace> "?><event>', 1),
    "nested": ONE.replace('<string key="concept:name" value="1"/>', NESTED),
    "list": ONE.replace("</event>", '<list key="l"><values><string key="concept:name" value="q"/></values></list></event>', 1),
    "prefix": ONE.replace("<", "<x:").replace("<x:/", "</x:"),
    "spaces in tags": ONE.replace("<event>", "<event >").replace("<trace>", "<trace\n>").replace("/>", " />").replace("</trace>", "</trace >"),
    "other attributes": ONE.replace("<string ", '<string id="1" '),
    "attribute after events": ONE.replace("\t</trace>", '\t\t<string key="x" value="y"/>\n\t</trace>'),
    "not self-closed": ONE.replace('value="立案"/>', 'value="立案"></string>'),
    "a > in a value": ONE.replace("</event>", '<string key="z" value="a > b"/></event>', 1),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bulk", [1, 1 << 20])
def test_every_lawful_shape_gives_the_same_table(read, shape, bulk, monkeypatch):
    monkeypatch.setattr(xes_file, "BULK", bulk)
    monkeypatch.setattr("fadu.exchange.files.PIECE", 997 if bulk == 1 else 1 << 20)
    two = ONE.replace('value="1"', 'value="2"')
    three = ONE.replace('value="1"', 'value="3"')
    text = log(two, SHAPES[shape], three)
    if shape == "prefix":
        text = "<x:log xmlns:x='http://www.xes-standard.org/'>" + SHAPES[shape] + "</x:log>"
    result = read("a.xes", text)
    cases = ["1"] if shape == "prefix" else ["2", "1", "3"]
    expected = [
        (c, s, day_of(d), m) for c in cases for s, d, m in [("register", "2024-02-07", 570), ("serve", "2024-02-08", 0)]
    ]
    assert result.column("case_id", "step", "day", "minute") == expected
    assert not result.rejects


def test_a_trace_in_a_comment_is_not_read(read):
    text = HEAD + "<!--" + ONE + "-->" + ONE.replace('value="1"', 'value="2"') + "<!--" + ONE + "--></log>"
    assert read("a.xes", text).column("case_id") == ["2", "2"]


def test_common_shape_is_read_in_bulk(read, monkeypatch):
    def never(*_):
        raise AssertionError("parsed one by one")

    monkeypatch.setattr(xes_file._Reader, "_parsed", never)
    assert len(read("a.xes", log(*[ONE] * 3)).rows) == 6


@pytest.mark.parametrize("shape", ["nested", "comment", "single quotes", "entities"])
def test_bulk_refuses_other_shapes(shape):
    assert xes_chunk.read_chunk(SHAPES[shape].strip().encode(), lambda *_: True, 1) is None


@pytest.mark.parametrize("spoil", [
    ("</event>", ""), ("<event>", ""), ("</event>", "</event></event>"), ("<event>", "<event><event>"),
    ("<trace>", "<trace><trace>"), ('value="1"', "value=1"), ('"/>', '">'), ("key=", "kez="), ("</trace>", "</log>"),
])  # fmt: skip
def test_bulk_refuses_what_is_not_well_formed(spoil):
    spoilt = ONE.replace(*spoil, 1).strip().encode()
    assert xes_chunk.read_chunk(spoilt + ONE.encode(), lambda *_: True, 1) is None


@pytest.mark.parametrize("more", ["", "<!-- -->", "<x/>"])
def test_lines_are_those_of_the_file(read, more):
    text = log(ONE, trace("2", event("飞", "2024-01-01")), trace("3", event("立案", "x"), more=more), trace("4"))
    lines = text.split("\n")
    first, second, empty = sorted(int(r.place) for r in read("a.xes", text).rejects)
    assert "<event>" in lines[first - 1] and "飞" in lines[first]
    assert "<event>" in lines[second - 1] and '"x"' in lines[second + 1]
    assert "<trace>" in lines[empty - 1]


def test_encoding_of_the_declaration(read):
    text = log(ONE).replace("UTF-8", "GBK")
    assert len(read("a.xes", text.encode("gbk")).rows) == 2


def test_trace_without_events_and_event_without_trace(read):
    result = read("a.xes", log(trace("7"), ONE, "<event></event>"))
    assert "办件没有任何事件" in result.messages and result.rejects[0].case == "7"
    assert "<trace> 之外的 <event>" in result.notices
    assert result.counts.rejected_cases == 1


def test_truncated_gzip(read):
    text = log(*(trace(f"案{i * 7919}", event("立案", f"2024-01-{i % 28 + 1:02}")) for i in range(3000)))
    result = read("a.xes.gz", gzip.compress(text.encode())[:-2000])
    assert 0 < result.counts.cases < 3000
    file, *cases = result.rejects
    assert file.scope == "file" and "压缩文件不完整" in file.reason
    assert f"此前的 {result.counts.cases} 个办件已取" in file.reason and "</log>" in file.accepted
    assert [c.scope for c in cases] in ([], ["case"])


@pytest.mark.parametrize("head", ["", "<!-- " + '"' + " -->"])
def test_cut_file_keeps_whole_traces_and_names_the_unfinished(read, head):
    text = log(head, ONE, trace("9", event("立案", "2024-01-01"), event("送达", "2024-01-02")))
    result = read("a.xes", text[: text.rindex("<date")])
    assert result.column("case_id") == ["1", "1"]
    assert "文件不完整：在第" in result.messages and "此前的 1 个办件已取" in result.messages
    assert "办件在文件中断处不完整（已读到 1 个事件），整件不取" in result.messages
    assert result.rejects[1].case == "9"


def test_error_in_the_middle(read):
    result = read("a.xes", log(ONE, "<oops>", ONE))
    assert "XML 语法错误（第" in result.messages and len(result.rows) >= 2
