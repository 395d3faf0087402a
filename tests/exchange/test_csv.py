# ruff: noqa: E501 - tables of texts

from __future__ import annotations

import gzip
from datetime import date

import pytest

from fadu.exchange import FileError
from fadu.law.dates import day_of

HEAD = "案号,环节,日期\n"


def test_chinese_columns_and_fields(read):
    text = (
        "案号,程序,单位,环节,日期,时间,记录日期,经办人,执法人员数,天数,结果,批准人,理由,金额,事件编号,更正,作废,罚款金额,应当听证,当事人,发现日期,备注\n"
        '甲1,行政处罚,城管局,立案,2024-02-07,09:30,2024/2/8,张三,2人,30,,李四,"因,为","1,234.50元",e1,,否,3000,是,某公司,2024年1月2日,x\n'
    )
    result = read("a.csv", text, default_procedure=None)
    (row,) = result.rows
    assert row == {
        "case_id": "甲1", "procedure": "penalty", "unit": "城管局", "step": "register", "day": day_of("2024-02-07"),
        "seq": 0, "minute": 570, "recorded": day_of("2024-02-08"), "by": "张三", "officers": 2, "days": 30,
        "outcome": None, "approved_by": "李四", "reason": "因,为", "amount": 1234.5, "event_id": "e1",
        "corrects": None, "void": False,
        "fields": '{"fine":3000,"found_on":"2024-01-02","hearing":true,"party":"某公司"}',
    }  # fmt: skip
    assert "「备注」" in result.notices and "1 处" in result.notices


@pytest.mark.parametrize("text", [
    "2024-02-07", "2024/2/7", "2024年2月7日", "20240207", "2024-02-07 00:00:00", "2024-02-07T00:00:00.000+08:00",
    "２０２４－０２－０７", "2024年02月07日00时00分", "2024-02-07T00:00:00Z", "20240207 0:00", "　2024-02-07 ",
])  # fmt: skip
def test_dates(read, text):
    assert read("a.csv", f"{HEAD}1,立案,{text}\n").column("day", "minute") == [(day_of("2024-02-07"), None)]


def test_times_are_kept_unless_all_are_midnight(read):
    rows = "1,立案,2024-02-07 00:00\n1,决定,2024-02-07 14:30\n1,送达,2024-02-08\n"
    assert read("a.csv", HEAD + rows).column("minute") == [0, 870, None]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_delimiters(read, encoding, delimiter, end):
    text = end.join(
        delimiter.join(c)
        for c in [("案号", "环节", "日期"), ("甲", "立案", "2024-02-07"), ("甲", "送达", "2024-02-08")]
    )
    result = read("a.csv", text.encode(encoding))
    assert result.column("case_id", "step", "seq") == [("甲", "register", 0), ("甲", "serve", 1)]
    assert not result.rejects


@pytest.mark.parametrize("large", [0, 1 << 30])
def test_scattered_cases_are_ordered_by_day_then_file(read, monkeypatch, large):
    monkeypatch.setattr("fadu.exchange.staging.LARGE", large)
    monkeypatch.setattr("fadu.exchange.staging.HELD", 2)
    rows = "a,送达,2024-03-01\nb,立案,2024-01-01\na,立案,2024-01-05\nb,送达,2024-01-02\na,调查取证,2024-01-05\nb,决定,2024-01-02\n"
    assert read("a.csv", HEAD + rows).column("case_id", "step", "seq") == [
        ("a", "register", 0), ("a", "investigate", 1), ("a", "serve", 2),
        ("b", "register", 0), ("b", "serve", 1), ("b", "decide", 2),
    ]  # fmt: skip


def test_lines_after_quoted_line_breaks_and_blank_lines(read):
    text = '案号,环节,日期,理由\n1,立案,2024-01-01,"第一行\n第二行"\n\n1,送达,没有,\n1,飞,2024-01-02,\n'
    result = read("a.csv", text)
    assert [r.place for r in result.rejects] == ["5", "6"]
    assert result.column("reason") == ["第一行\n第二行"]


def test_a_quoted_row_that_spans_blocks(read, monkeypatch):
    monkeypatch.setattr("fadu.exchange.text.BLOCK", 64)
    monkeypatch.setattr("fadu.exchange.files.PIECE", 16)
    long = "字\n" * 100
    text = (
        f'案号,环节,日期,理由\n1,立案,2024-01-01,"{long}"\n'
        + "".join(f"{i},立案,2024-01-0{i % 9 + 1},\n" for i in range(2, 50))
        + "x,飞,2024-01-01,\n"
    )
    result = read("a.csv", text)
    assert len(result.rows) == 49 and result.rows[0]["reason"] == long.strip()
    assert result.rejects[0].place == str(text.count("\n"))


def test_header_below_a_title_and_trailing_commas(read):
    text = "某区台账,,,\n,,,\n案号,环节,日期,\n1,立案,2024-01-01,\n1,送达,2024-01-02\n"
    assert read("a.csv", text).column("step") == ["register", "serve"]


def test_one_column_that_holds_date_and_time(read):
    assert read("a.csv", "case,activity,时间\n1,Register Case,2024-01-01 08:00\n").column("minute") == [480]


def test_procedure_named_once_holds_for_the_case(read):
    text = (
        "案号,程序,环节,日期\n1,,送达,2024-01-02\n1,行政处罚,立案,2024-01-01\n2,reconsideration,收到申请,2024-01-01\n"
    )
    result = read("a.csv", text, default_procedure=None)
    assert result.column("case_id", "procedure", "step") == [
        ("1", "penalty", "register"), ("1", "penalty", "serve"), ("2", "reconsideration", "receive")
    ]  # fmt: skip


def test_mapping_sends_a_column_to_an_event_column_or_field(read):
    text = "案号,环节,日期,paid,who\n1,立案,2024-01-01,12.5,某人\n"
    (row,) = read("a.csv", text, mapping={"paid": "amount", "who": "当事人"}).rows
    assert (row["amount"], row["fields"]) == (12.5, '{"party":"某人"}')


def test_first_field_value_counts_even_on_a_rejected_row(read):
    text = "案号,环节,日期,罚款金额,当事人\n1,飞,2024-01-01,500,\n1,立案,2024-01-02,600,甲\n"
    result = read("a.csv", text)
    assert result.rows[0]["fields"] == '{"fine":500,"party":"甲"}'
    assert "「fine」" in result.notices and "前后不一致" in result.notices


def test_a_large_file_gives_the_same_table(read, monkeypatch):
    steps = ["立案", "送达", "决定", "飞"]
    rows = "".join(f"案{i % 997},{steps[i * 7 % 4]},2024-01-{i * 13 % 31 + 1},{i},单位{i % 7}\n" for i in range(20_000))
    small = read("a.csv", "案号,环节,日期,罚款金额,单位\n" + rows)
    monkeypatch.setattr("fadu.exchange.staging.LARGE", 0)
    assert read("a.csv") == small and small.rejects and small.rows


def test_progress_ends_at_the_size_of_the_file(read, tmp_path):
    seen = []
    read("a.csv", HEAD + "1,立案,2024-01-01\n" * 1000, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == ((tmp_path / "a.csv").stat().st_size,) * 2


def test_truncated_gzip_keeps_what_was_read(read):
    rows = "".join(f"案{i * 7919},立案,2024-01-{i % 28 + 1:02}\n" for i in range(5000))
    result = read("a.csv.gz", gzip.compress((HEAD + rows).encode())[:-4000])
    assert 0 < result.counts.events < 5000
    (reject,) = result.rejects
    assert reject.scope == "file" and "压缩文件不完整" in reject.reason
    assert f"第 {result.counts.rows_read + 2} 行之前的内容已取" in reject.reason


def test_bytes_that_cannot_be_decoded(read):
    good = "案一,立案,2024-01-01\n".encode()
    result = read(
        "a.csv", HEAD.encode() + good + b"\xff\xfe\x80,x,2024-01-01\n" + good.replace("一".encode(), "二".encode())
    )
    assert len(result.rows) == 2
    assert "a.csv:3" in result.messages and "不能解码" in result.messages and "UTF-8 或 GB18030" in result.messages


def test_unpaired_quote_does_not_swallow_the_file(read):
    rows = "".join(f"{i},立案,2024-01-01,\n" for i in range(20000))
    result = read("a.csv", '案号,环节,日期,理由\nx,立案,2024-01-01,"没有完\n' + rows)
    assert "引号没有配对" in result.messages
    assert 10000 < len(result.rows) < 20000 and result.rejects[0].place.startswith("2–")


def test_day_is_the_civil_day(read):
    (row,) = read("a.csv", HEAD + "1,立案,1970-01-02\n").rows
    assert row["day"] == 1 == (date(1970, 1, 2) - date(1970, 1, 1)).days


def test_no_header(read):
    with pytest.raises(FileError, match="缺少列：案号、环节、日期"):
        read("a.csv", "1,立案,2024-01-01\n")
