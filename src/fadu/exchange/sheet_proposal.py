"""A proposal of what the columns of a table mean, each with how sure it is and why; people confirm or change it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fadu.exchange import label_words as words
from fadu.exchange.cell_dates import read_date
from fadu.exchange.cell_values import read_flag, read_number
from fadu.exchange.cells import NO_TEXT, NO_VALUE, BrokenCell, Cell, Doubt, is_blank, plain_word, tidy
from fadu.exchange.label_words import bare, best, likeness
from fadu.exchange.sheet_mapping import IGNORE, ColumnMap, Form, SheetMapping, Target, What, numbered
from fadu.exchange.table_shape import Column, Table
from fadu.law.procedures import Field, Procedure, Step

SAMPLED = 300
"""Rows looked at for the shapes of values."""
SURE = 0.55
"""Confidence from which a column is proposed at all."""
_MEANT = re.compile(r"\d{2,4}[-/.年]\d{1,2}[-/.月]\d{1,2}")
CLOSE = 0.06  # two proposals nearer than this are told as alternatives
MANY = 40  # distinct values of a column that is still a choice


@dataclass(frozen=True)
class _Shape:
    """What the values of a column look like: shares of those meant for dates, surely dates, numbers, yes or no."""

    column: Column
    label: str
    cells: list[Cell]
    dates: float
    surely: float
    numbers: float
    flags: float
    distinct: Counter[str]

    @property
    def head(self) -> str:
        """The upper part of a joined label: 申请人 of 申请人/电话."""
        return self.label.rpartition("/")[0].rpartition("/")[2]

    @property
    def tail(self) -> str:
        return self.label.rpartition("/")[2]

    @property
    def names(self) -> tuple[str, ...]:
        """The label as it may be read: all of it run together, or its last part."""
        joined = self.label.replace("/", "")
        return (joined, self.tail) if self.head else (joined,)

    def share_of(self, choices: Sequence[str]) -> float:
        """How many of the values are (nearly) one of the choices."""
        known = [plain_word(choice) for choice in choices]
        total = self.distinct.total()
        hits = sum(n for text, n in self.distinct.items() if _choice_for(text, known))
        return hits / total if total else 0.0


@dataclass(frozen=True, slots=True)
class _Guess:
    score: float
    target: Target
    reason: str


def propose(table: Table, procedure: Procedure) -> SheetMapping:
    """What the table means under a procedure (its latest version). Nothing is proposed for a column nothing fits."""
    shapes = [_shape(table, column) for column in table.columns]
    form: Form = "event" if _step_column(shapes, procedure) else "case"
    guesses = [sorted(_guesses(shape, procedure, form), key=lambda g: -g.score) for shape in shapes]
    chosen = _chosen(guesses)
    counts = {column.index: key[1] for key, column in numbered(table.columns).items()}
    columns = [
        _column(shape, chosen.get(at), guesses[at], procedure, counts[shape.column.index])
        for at, shape in enumerate(shapes)
    ]  # fmt: skip
    unit, notes = _unit_of(table, columns)
    if table.year and any(read.kind == "ambiguous_date" for shape in shapes for read in _doubts(shape)):
        notes += (f"有日期没有写年；表名写的是 {table.year} 年，确认后填入“年份”，否则这些行会退回",)
    return SheetMapping(procedure.code, form, tuple(columns), unit, None, notes)


def fitness(table: Table, procedure: Procedure) -> float:
    """How well a table fits a procedure, 0 to 1: for choosing among registers."""
    mapping = propose(table, procedure)
    named = [item for item in mapping.columns if item.label]
    own = [item.confidence for item in named if item.target.what in ("field", "date", "outcome", "step", "number")]
    return sum(own) / max(len(named), 1)


def _shape(table: Table, column: Column) -> _Shape:
    sampled = (row.cells[column.index] for row in table.rows[:SAMPLED])
    written: list[Cell] = [cell for cell in sampled if not is_blank(cell) and not isinstance(cell, BrokenCell)]
    cells = [cell for cell in written if plain_word(tidy(cell)) not in NO_VALUE]
    total = len(cells) or 1
    dates = sum(_date_like(cell, table.shift) for cell in cells)
    surely = sum(not isinstance(read_date(cell, table.shift), Doubt) for cell in cells)
    numbers = sum(not isinstance(read_number(cell), Doubt) for cell in cells)
    flags = sum(not isinstance(read_flag(cell), Doubt) for cell in cells)
    distinct = Counter(text for text in map(tidy, written) if text not in NO_TEXT)
    return _Shape(
        column, bare(column.label), cells, dates / total, surely / total, numbers / total, flags / total, distinct
    )


def _date_like(cell: Cell, shift: int) -> bool:
    """Whether a cell is meant for a date, be it a wrong one."""
    found = read_date(cell, shift)
    if not isinstance(found, Doubt) or found.kind == "ambiguous_date":
        return True
    return tidy(cell) in words.NOTHING_YET or bool(_MEANT.match(tidy(cell)))


def _doubts(shape: _Shape) -> Iterator[Doubt]:
    if shape.dates > 0.5:
        yield from (found for cell in shape.cells if isinstance(found := read_date(cell), Doubt))


def _step_column(shapes: Sequence[_Shape], procedure: Procedure) -> bool:
    """Whether some column holds steps: by its name, or by its values in a table of few dates."""
    few = sum(shape.dates > 0.5 for shape in shapes) <= 2
    names = [name for step in procedure.steps.values() for name in _step_names(step)]
    for shape in shapes:
        if shape.distinct and best(shape.tail, words.STEP_NAMES) >= 0.9 and shape.share_of(names) > 0.3:
            return True
        if few and shape.distinct.total() >= 4 and shape.share_of(names) >= 0.8 and shape.dates < 0.1:
            return True
    return False


def _step_names(step: Step) -> tuple[str, ...]:
    return (step.label, step.name, *step.aliases)


def _guesses(shape: _Shape, procedure: Procedure, form: str) -> Iterator[_Guess]:
    if not shape.label:
        return
    if best(shape.tail, words.IGNORED) >= 0.97 or best(shape.label, words.IGNORED) >= 0.97:
        return
    yield from _of_case(shape)
    yield from _of_parties(shape)
    for known in procedure.fields.values():
        yield from _of_field(shape, known)
    if form == "event":
        yield from _of_event(shape, procedure)
    else:
        for step in procedure.steps.values():
            yield from _of_step(shape, step, procedure)


def _of_case(shape: _Shape) -> Iterator[_Guess]:
    typed = shape.surely > 0.6
    if _role(shape):  # 申请人/名称 names the party, not the case
        return
    sets: tuple[tuple[What, tuple[str, ...]], ...] = (
        ("number", words.NUMBERS), ("unit", words.UNITS), ("title", words.TITLES), ("summary", words.SUMMARIES),
    )  # fmt: skip
    for what, names in sets:
        score = max(best(name, names) for name in shape.names)
        if what == "number" and shape.tail == "编号":
            score = min(score, 0.8)  # a bare 编号 may be a mere number of rows
        if score >= SURE:
            if typed:
                score *= 0.4
            yield _Guess(score, Target(what), f"列名像“{_nearest(shape, names)}”")


def _nearest(shape: _Shape, names: tuple[str, ...]) -> str:
    return max(names, key=lambda name: max(likeness(own, name) for own in shape.names))


def _role(shape: _Shape) -> str:
    joined = shape.label.replace("/", "")
    return next((role for role in sorted(words.ROLES, key=len, reverse=True) if joined.startswith(role)), "")


def _of_parties(shape: _Shape) -> Iterator[_Guess]:
    joined, role = shape.label.replace("/", ""), _role(shape)
    rest = joined.removeprefix(role).strip("/:的")
    if role and not rest:
        yield _Guess(0.93, Target("party_name", role), f"列名是身份“{role}”")
        return
    for what, names in words.PARTY.items():
        score = best(rest, names)
        if score < 0.9 or shape.dates > 0.6:
            continue
        if role:
            yield _Guess(0.97 * score, Target(what, role), f"列名是“{role}”的“{rest}”")
        elif what != "party_name":
            yield _Guess(0.7 * score, Target(what, "当事人"), f"列名是“{rest}”，没有写是谁的，按当事人")


def _of_field(shape: _Shape, known: Field) -> Iterator[_Guess]:
    named = max(likeness(own, name) for own in shape.names for name in (bare(known.label), known.name))
    fit, words_ = _fit(shape, known)
    score = named * (0.55 + 0.45 * fit)
    if known.kind == "choice" and fit > 0.9 and named >= 0.35:
        score = max(score, 0.75)
    if score >= SURE:
        yield _Guess(score, Target("field", known.name), f"列名像字段「{known.label}」{words_}")


def _fit(shape: _Shape, known: Field) -> tuple[float, str]:
    """How well values fit a field, and the words for it."""
    if not (shape.distinct if known.kind == "choice" else shape.cells):
        return 0.8, "；没有值可看"
    if known.kind == "choice":
        share = shape.share_of(known.choices)
        return share, f"；{share:.0%} 的值是它的选项"
    if known.kind == "flag":
        return shape.flags, f"；{shape.flags:.0%} 的值是是/否"
    if known.kind == "number":
        return shape.numbers, f"；{shape.numbers:.0%} 的值是数字"
    if known.kind == "date":
        return shape.dates, f"；{shape.dates:.0%} 的值是日期"
    return 1.0 - shape.dates * 0.8, ""


def _of_step(shape: _Shape, step: Step, procedure: Procedure) -> Iterator[_Guess]:
    names = _step_names(step)
    if shape.dates > (0.25 if shape.tail.endswith(words.DATE_ENDS) else 0.5) or not shape.cells:
        stem = max((likeness(stem, bare(name)) for stem in _stems(shape, words.DATE_ENDS) for name in names), default=0)
        fit = 1.0 if shape.cells else 0.85
        if stem * fit >= SURE:
            seen = f"；{shape.dates:.0%} 的值是日期" if shape.cells else "；没有值可看"
            yield _Guess(stem * fit, Target("date", step.name), f"列名像「{step.label}」的日期{seen}")
    else:
        yield from _attributes(shape, step, procedure)


def _stems(shape: _Shape, ends: tuple[str, ...]) -> Iterator[str]:
    """The label without the word for date at its end; of a joined label also its parts."""
    for name in shape.names:
        for end in ends:
            if name.endswith(end) and len(name) > len(end):
                yield name.removesuffix(end)
                break
        else:
            yield name
    if shape.head and shape.tail in ends:
        yield shape.head


def _attributes(shape: _Shape, step: Step, procedure: Procedure) -> Iterator[_Guess]:
    """Outcome, days, officers, … of a step: 复议结果, 延期天数, 延期理由."""
    for what, labels in words.ATTRIBUTES.items():
        score = max((_attribute_score(shape, label, _step_names(step)) for label in labels), default=0.0)
        if what == "outcome":
            share = shape.share_of(step.outcomes)
            named = max(score, 0.85 * best(shape.tail, labels) if step.closes or share > 0.9 else 0.0)
            score = named * (0.7 + 0.3 * share)
            if score >= SURE and share > 0:
                yield _Guess(score, Target(what, step.name), f"{share:.0%} 的值是「{step.label}」的结果")
            continue
        if [other.name for other in procedure.steps.values() if what in other.needs] == [step.name]:
            score = max(score, 0.8 * best(shape.tail, labels))  # the only step that needs it
        if score >= SURE and _attribute_fits(shape, what, step):
            yield _Guess(score, Target(what, step.name), f"列名像「{step.label}」的{Target(what).label()}")


def _attribute_score(shape: _Shape, label: str, names: tuple[str, ...]) -> float:
    stems = [own.removesuffix(label).strip("/的") for own in shape.names if own.endswith(label)]
    return max((0.95 * likeness(stem, bare(name)) for stem in stems if stem for name in names), default=0.0)


def _attribute_fits(shape: _Shape, what: What, step: Step) -> bool:
    if what in ("days", "officers", "amount"):
        return (what in step.needs or what == "days") and (shape.numbers > 0.6 or not shape.cells)
    return shape.numbers < 0.5


def _of_event(shape: _Shape, procedure: Procedure) -> Iterator[_Guess]:
    names = [name for step in procedure.steps.values() for name in _step_names(step)]
    share = shape.share_of(names)
    if shape.cells and share > 0.3:
        score = max(share * 0.9, 0.5 * share + 0.5 * best(shape.tail, words.STEP_NAMES))
        yield _Guess(score, Target("step"), f"{share:.0%} 的值是环节")
    if shape.dates > 0.5:
        score = 0.6 + 0.4 * best(shape.tail, words.EVENT_DATES)
        yield _Guess(score * shape.dates, Target("date"), f"{shape.dates:.0%} 的值是日期")
    elif best(shape.tail, words.TIME_ENDS) >= 0.9:
        yield _Guess(0.8, Target("time"), "列名像一天里的时刻")
    for what, labels in words.ATTRIBUTES.items():
        score = max(best(name, labels) for name in shape.names)
        if score >= 0.8 and shape.dates < 0.5:
            yield _Guess(score, Target(what), f"列名像“{_nearest(shape, labels)}”")


def _chosen(guesses: Sequence[Sequence[_Guess]]) -> dict[int, _Guess]:
    """The best guess for each column, each target once: the surest first, of equals the summary last."""
    pairs = ((guess, at) for at, some in enumerate(guesses) for guess in some)
    ranked = sorted(pairs, key=lambda pair: (-pair[0].score, pair[0].target.what == "summary"))
    chosen: dict[int, _Guess] = {}
    taken: set[Target] = set()
    for guess, at in ranked:
        if at not in chosen and guess.target not in taken and guess.score >= SURE:
            chosen[at] = guess
            taken.add(guess.target)
    return chosen


def _column(shape: _Shape, guess: _Guess | None, others: Sequence[_Guess], procedure: Procedure, nth: int) -> ColumnMap:
    label = shape.column.label
    if guess is None:
        rival = f"可能是{others[0].target.label(procedure)}，那已对应到别的列" if others else "没有相近的字段或环节"
        return ColumnMap(label, IGNORE, nth, confidence=0.0, reason=rival if label else "没有列名")
    rivals = [o for o in others if o.target != guess.target and guess.score - o.score < CLOSE]
    doubt = f"；也可能是{rivals[0].target.label(procedure)}" if rivals else ""
    confidence = round(min(guess.score, 0.7) if rivals else guess.score, 2)
    return ColumnMap(
        label, guess.target, nth, _values(shape, guess.target, procedure), _pending(shape, guess.target),
        _empty(shape, guess.target, procedure), _scale(shape, guess.target, procedure), confidence,
        guess.reason + doubt,
    )  # fmt: skip


def _values(shape: _Shape, target: Target, procedure: Procedure) -> dict[str, str]:
    """Values that are not written as a choice is, each with the one choice it can mean."""
    known = {plain_word(choice): choice for choice in _choices(target, procedure)}
    if not known or len(shape.distinct) > MANY:
        return {}
    near = {text: _choice_for(text, list(known)) for text in shape.distinct if plain_word(text) not in known}
    return {text: known[word] for text, word in near.items() if word}


def _pending(shape: _Shape, target: Target) -> tuple[str, ...]:
    if target.what not in ("date", "outcome"):
        return ()
    return tuple(text for text in shape.distinct if text in words.NOTHING_YET)


def _empty(shape: _Shape, target: Target, procedure: Procedure) -> str:
    """否 for an empty cell of a column in which only yes is ever written."""
    known = procedure.fields.get(target.of) if target.what == "field" else None
    ticked = bool(shape.distinct) and all(read_flag(text) is True for text in shape.distinct)
    return "否" if known is not None and known.kind == "flag" and ticked else ""


def _scale(shape: _Shape, target: Target, procedure: Procedure) -> float:
    known = procedure.fields.get(target.of) if target.what == "field" else None
    money = target.what == "amount" or (known is not None and known.unit == "元")
    return 10_000 if money and "万元" in shape.column.label else 1


def _choices(target: Target, procedure: Procedure) -> tuple[str, ...]:
    if target.what == "field":
        return procedure.fields[target.of].choices
    if target.what == "outcome":
        if target.of:
            return procedure.steps[target.of].outcomes
        return tuple(dict.fromkeys(o for step in procedure.steps.values() for o in step.outcomes))
    if target.what == "step":
        return tuple(name for step in procedure.steps.values() for name in (step.label, *step.aliases))
    return ()


def _choice_for(text: str, known: Sequence[str]) -> str:
    """The one choice a text means: equal, or the only one that holds it or that it holds; else none."""
    word = plain_word(text)
    if not word or word in NO_TEXT:
        return ""
    if word in known:
        return word
    if len(word) < 2:
        return ""
    held = [choice for choice in known if word in choice] or [choice for choice in known if choice in word]
    return held[0] if len(held) == 1 else ""


def _unit_of(table: Table, columns: Sequence[ColumnMap]) -> tuple[str, tuple[str, ...]]:
    """The unit of the whole sheet, where no column names one and its head or foot does."""
    if any(item.target.what == "unit" for item in columns):
        return "", ()
    for key, value in table.context.items():
        if key in words.UNITS or key.endswith(("单位", "机关")):
            return value, (f"没有单位列；表上写着“{key}：{value}”，全表按这个单位",)
    return "", ("没有单位列，表上也没有写填报单位；请指定全表的单位",)
