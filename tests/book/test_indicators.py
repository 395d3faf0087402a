"""Definition cards: those that ship read and count what they say; a mistaken one is told with file:line and words."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fadu.book import Book, load_book
from fadu.book.indicators import NAMES, read_indicators
from fadu.cli import group
from fadu.law.conditions import Name, OfStep, walk
from fadu.law.errors import LawbookError
from fadu.law.indicators import Indicator

GOOD = {
    "name": "penalty.x", "label": "某率", "kind": "rate", "of": "run decide", "numerator": 'state == "kept"',
    "definition": "某",
}  # fmt: skip


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book()


def test_every_procedure_has_cards(book: Book) -> None:
    counted = {card.procedure for card in book.indicators.values()}
    assert counted == {procedure.code for procedure in book.procedures}


def test_every_card_says_what_it_counts(book: Book) -> None:
    for card in book.indicators.values():
        assert card.name.startswith(f"{card.procedure}."), card.name
        assert card.cites and len(card.definition) > 10 and card.label, card.name
        assert card.kind != "rate" or "分母" in card.definition or "占比" in card.definition, card.name
        assert card.kind != "rate" or card.direction != "none" or "corrected" in card.name, card.name


def test_every_condition_can_be_counted_in_every_version(book: Book) -> None:
    """A step or field that an older version lacks would stop the count of its cases."""
    for card in book.indicators.values():
        for version in book.versions(card.procedure):
            targets = {"run": version.clocks, "duty": version.duties, "event": version.steps, "case": {"": None}}
            if card.target not in targets[card.subject]:
                continue
            for part in (part for tree in card.conditions for part in walk(tree)):
                known = {*NAMES[card.subject], *version.fields}
                assert not isinstance(part, OfStep) or part.step in version.steps, (card.name, part)
                assert not isinstance(part, Name) or part.name in known, (card.name, part)


def test_performance_counts_the_agency_only(book: Book) -> None:
    """How fast a court or an applicant was is no figure of the agency's; nor is it more certain than its rule."""
    for card in book.indicators.values():
        for version in book.versions(card.procedure):
            clock = version.clocks.get(card.target) if card.subject == "run" else None
            if clock is None:
                continue
            # the reply of a reconsideration is owed by the agency complained of: another agency's term
            assert clock.party == "agency" or card.name == "reconsideration.answer_late", card.name
            sure = clock.certainty == "text" and clock.unit_certainty == "text"
            assert sure or card.certainty != "text", f"{card.name}: {clock.certainty} {clock.unit_certainty}"


BAD = {
    "unknown key": ({"numerater": "done(x)"}, ["不认识的键“numerater”", "可用的键", "numerator"]),
    "missing key": ({"definition": None}, ["缺少键：definition"]),
    "kind": ({"kind": "ratio"}, ["“ratio”不在可选值之内", "count、rate、quantile、sum、mean"]),
    "subject": ({"of": "clock decide"}, ["of 应是 run 时钟、duty 程序要求、event 环节 或 case", "clock decide"]),
    "target": ({"of": "run decided"}, ["程序“行政处罚（普通程序）”没有“decided”", "可用：", "decide"]),
    "case with a target": ({"of": "case decide"}, ["没有“decide”"]),
    "procedure": ({"procedure": "penal"}, ["没有程序“penal”", "procedure"]),
    "period": ({"period_by": "closed"}, ["“run”可按 start、stop、last 归期"]),
    "no numerator": ({"numerator": None}, ["rate 要有 numerator（分子）"]),
    "grammar": ({"numerator": "state =="}, []),
    "name": ({"population": "fined > 3"}, ["“fined”不能用在“run”上", "days_late", "fine"]),
    "step": ({"population": "done(decide)"}, ["done(decide) 不能用", "环节有", "penalize"]),
    "step of an event": ({"of": "event penalize", "population": "done(file)", "numerator": "days > 1"},
                         ["done(file) 不能用", "event 不用环节函数"]),
    "no value": ({"kind": "mean", "numerator": None}, ["mean 要有 value"]),
    "value": ({"kind": "sum", "value": "party", "numerator": None}, ["“party”不是可计的数", "days", "fine"]),
    "quantile": ({"kind": "quantile", "value": "days", "quantile": "half", "numerator": None}, ["“half”不是数字"]),
    "direction": ({"direction": "upward"}, ["“upward”不在可选值之内", "up、down、none"]),
    "minimum": ({"minimum_n": "five"}, ["“five”不是整数"]),
    "source": ({"source": "excel"}, ["“excel”不在可选值之内", "system、import、typed"]),
    "since": ({"since": "2024/1/1"}, ["“2024/1/1”不是日期", "2024-01-01"]),
    "certainty": ({"certainty": "sure"}, ["“sure”不在可选值之内", "text"]),
    "cite": ({"cite": "某某法3"}, ["某某法"]),
    "cite grammar": ({"cite": "62(x)"}, ["62(x)"]),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), BAD.values(), ids=BAD)
def test_mistakes(book: Book, tmp_path: Path, changes: dict[str, str | None], words: list[str]) -> None:
    card = {key: value for key, value in (GOOD | changes).items() if value is not None}
    lines = [f"    {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in card.items()]
    path = tmp_path / "card.yaml"
    path.write_text("procedure: penalty\nindicators:\n  -\n" + "\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(LawbookError) as caught:
        read_indicators(path, book.procedures, book.statutes)
    head = str(caught.value)
    lines_at_fault = {4} | {4 + list(card).index(key) for key in changes if key in card}
    assert head.startswith(tuple(f"{path}:{line}: " for line in lines_at_fault)), head
    assert not [word for word in words if word not in head], head


def test_a_good_card(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(json.dumps({"procedure": "penalty", "indicators": [GOOD]}, ensure_ascii=False), encoding="utf-8")
    (card,) = read_indicators(path, book.procedures, book.statutes)
    assert isinstance(card, Indicator)
    assert (card.subject, card.target, card.period_by, card.certainty) == ("run", "decide", "start", "text")


# Figures ------------------------------------------------------------------------------------------


def case(number: str, procedure: str, unit: str, events: str, **fields: object) -> dict[str, object]:
    """``receive 2024-01-05; answer 2024-01-26``: an event each."""
    steps = [dict(zip(("step", "date", "outcome"), text.split(), strict=False)) for text in events.split("; ")]
    return {"id": number, "procedure": procedure, "unit": unit, "fields": fields, "events": steps}


CASES = [
    # 20 working days from 5 January 2024 end on 2 February (1 February is the 19th).
    case("公1", "disclosure_request", "甲局", "receive 2024-01-05; answer 2024-02-02 予以公开"),
    case("公2", "disclosure_request", "甲局", "receive 2024-01-05; answer 2024-02-05 予以公开"),
    case("公3", "disclosure_request", "乙局", "receive 2024-01-08; answer 2024-01-10 不予公开"),
    case("公4", "disclosure_request", "乙局", "receive 2024-01-08"),
    case("公5", "disclosure_request", "乙局", "receive 2024-01-08; withdraw 2024-01-09"),
    case("公6", "disclosure_request", "乙局", "receive 2023-11-01; answer 2023-11-02 予以公开"),
    case("诉1", "litigation", "甲局", "docket 2024-01-02; hear 2024-02-01; head_appears 2024-02-01; "
         "judge 2024-03-01 驳回诉讼请求; serve 2024-03-01; effective 2024-03-20; close 2024-03-20"),
    case("诉2", "litigation", "甲局", "docket 2024-01-02; hear 2024-02-01; staff_appears 2024-02-01; "
         "judge 2024-03-01 撤销; serve 2024-03-01; effective 2024-03-20; close 2024-03-20"),
    case("诉3", "litigation", "乙局", "docket 2024-01-02; withdraw 2024-02-01"),
    case("热1", "hotline", "甲街道", "receive 2024-01-02; dispatch 2024-01-02; contact 2024-01-03; "
         "feedback 2024-01-09; revisit 2024-01-10; finish 2024-01-10", tier="7日", resolved=True, satisfied=True),
    case("热2", "hotline", "甲街道", "receive 2024-01-02; dispatch 2024-01-02; feedback 2024-01-10; "
         "revisit 2024-01-11; finish 2024-01-11", tier="7日", resolved=False, satisfied=False),
    case("热3", "hotline", "甲街道", "receive 2024-01-02; dispatch 2024-01-02; feedback 2024-01-10; "
         "revisit 2024-01-11; finish 2024-01-11", tier="7日", resolved=True, excluded=True),
    case("热4", "hotline", "乙街道", "receive 2024-01-02; dispatch 2024-01-02; contact 2024-01-02; "
         "feedback 2024-01-05; revisit 2024-01-06; finish 2024-01-06", tier="7日"),
    case("查1", "inspection", "甲局", "assign 2024-01-08; inspect 2024-01-09", mode="联合检查"),
    case("查2", "inspection", "甲局", "assign 2024-01-08; scan 2024-01-09; inspect 2024-01-09; inspect 2024-01-10"),
]  # fmt: skip
COUNTED = {
    # name: (value, numerator, denominator), counted by hand for the first quarter of 2024
    "disclosure_request.received": (5, 5, 5),
    "disclosure_request.answered": (3, 3, 3),
    "disclosure_request.on_time": (2 / 3, 2, 3),
    "disclosure_request.overdue": (1, 1, 1),
    "disclosure_request.days_median": (28, 3, 3),  # 28, 31 and 2 days
    "litigation.head_rate": (1 / 2, 1, 2),
    "litigation.head_appearances": (1, 1, 1),
    "litigation.lost": (1 / 3, 1, 3),
    "hotline.received": (4, 4, 4),
    "hotline.on_time_days": (2 / 3, 2, 3),
    "hotline.contacted": (2 / 4, 2, 4),
    "hotline.resolved": (1 / 2, 1, 2),
    "hotline.satisfied": (1 / 2, 1, 2),
    "inspection.done": (3, 3, 3),
    "inspection.scanned": (1 / 2, 1, 2),
    "inspection.joint": (1 / 3, 1, 3),  # a field of the case decides which of its events count
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, dict[str, object]], Path]:
    folder = tmp_path_factory.mktemp("figures")
    (folder / "cases.json").write_text(json.dumps(CASES, ensure_ascii=False), encoding="utf-8")
    arguments = ["measure", str(folder / "cases.json"), "--period", "2024Q1", "--as-of", "2024-04-30", "--json",
                 "--rows", str(folder / "rows")]  # fmt: skip
    result = CliRunner().invoke(group, arguments)
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["rejected_rows"] == 0
    return {figure["indicator"]: figure for figure in answer["figures"]}, folder / "rows"


@pytest.mark.parametrize("name", COUNTED)
def test_figures_counted_by_hand(told, name: str) -> None:
    figure = told[0][name]
    value, numerator, denominator = COUNTED[name]
    assert figure["value"] == pytest.approx(value)
    assert (figure["numerator"], figure["denominator"]) == (numerator, denominator)


def test_every_figure_opens_to_its_rows(told) -> None:
    figures, folder = told
    assert len(figures) > len(COUNTED)
    for name, figure in figures.items():
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as source:
            rows = list(csv.DictReader(source))
        counted = [row for row in rows if row["计入分子"] == "是"]
        assert len(counted if figure["kind"] == "count" else rows) == figure["rows"], name
        assert figure["kind"] != "rate" or len(counted) == figure["numerator"], name
