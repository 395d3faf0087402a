"""A procedure as a picture: steps in columns by order, arrows for what must come before, clocks as bars below.

Places are worked out here, in pixels; ``lawbook/diagram.html`` draws them. Text lies in boxes made for it, so that
nothing overlaps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from unicodedata import east_asian_width

from fadu.law.conditions import Both, Condition, Either, OfStep
from fadu.law.procedures import Clock, Procedure, Step

BOX, GAP_X, GAP_Y = 122, 42, 12
LINE, PADDING, CHARACTER = 16, 8, 12.5
TOP, LEFT = 34, 12
BAR, PER_LINE, INSET = 40, 9, 3
SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Box:
    """A step: where it stands, and its label in lines."""

    step: Step
    x: float
    y: float
    height: float
    lines: tuple[tuple[float, str], ...]
    """Baseline and words."""

    @property
    def middle(self) -> float:
        return self.x + BOX / 2

    @property
    def inner_x(self) -> float:
        return self.x + INSET

    @property
    def inner_y(self) -> float:
        return self.y + INSET

    @property
    def inner_height(self) -> float:
        return self.height - 2 * INSET


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a step to one that comes after it. ``back``: to one that came before (again from there)."""

    path: str
    back: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A clock: from the column in which it starts to the one in which it stops."""

    clock: Clock
    words: str
    x: float
    y: float
    width: float
    text_x: float
    anchor: str

    @property
    def below(self) -> float:
        """Where the bar itself lies, under its words."""
        return self.y + 7


@dataclass(frozen=True, slots=True)
class Diagram:
    """The picture."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    bars: tuple[Bar, ...]
    columns: tuple[float, ...]
    """The middle of each column, for the lines that lead down to the bars."""
    steps_end: float
    box: int = BOX
    inner: int = BOX - 6


def draw(procedure: Procedure) -> Diagram:
    """The diagram of a version of a procedure."""
    steps = procedure.steps
    every = _edges(procedure)
    back = _back_edges(steps, every)
    edges = [edge for edge in every if edge not in back]
    ranks = _ranks(list(steps), edges)
    chains = _chains(edges, ranks)
    columns = _columns(list(steps), ranks, chains)
    lines = {name: wrapped(step.label) for name, step in steps.items()}
    heights: dict[object, float] = {name: len(lines[name]) * LINE + 2 * PADDING for name in steps}
    middles = _middles(columns, chains, heights)
    highest = min(middle - heights.get(node, 0.0) / 2 for node, middle in middles.items())
    middles = {node: middle - highest + TOP for node, middle in middles.items()}
    boxes = {name: _box(step, ranks[name], middles[name], heights[name], lines[name]) for name, step in steps.items()}
    arrows = [_arrow(chain, ranks, middles) for chain in chains]
    arrows += [_back(boxes[before], boxes[name]) for before, name in sorted(back)]
    end = max(box.y + box.height for box in boxes.values()) + 22
    width = LEFT * 2 + len(columns) * (BOX + GAP_X) - GAP_X
    bars, bottom = _bars(procedure, ranks, end, width)
    lanes = tuple(LEFT + place * (BOX + GAP_X) + BOX / 2 for place in range(len(columns)))
    return Diagram(width, round(bottom), tuple(boxes.values()), tuple(arrows), bars, lanes, end)


def wrapped(label: str) -> list[str]:
    """The label in lines of about the same length, none wider than a box.

    >>> wrapped("告知拟处罚内容及事实、理由、依据和权利")
    ['告知拟处罚内容', '及事实、理由、', '依据和权利']
    """
    count = -(-_ems(label) // PER_LINE)
    target = -(-_ems(label) // max(1, count))
    found = [""]
    for character in label:
        closing = character in "、，）。；："
        if found[-1] and _ems(found[-1] + character) > (PER_LINE if closing else target):
            taken = found[-1][-1] if closing or found[-1].endswith("（") else ""  # what may not stand alone at an end
            found[-1] = found[-1].removesuffix(taken)
            found.append(taken)
        found[-1] += character
    return found


def _ems(text: str) -> int:
    """Widths of a Chinese character, rounded up."""
    return -(-sum(2 if east_asian_width(character) in "WFA" else 1 for character in text) // 2)


# The order of steps -------------------------------------------------------------------------------


def _edges(procedure: Procedure) -> list[tuple[str, str]]:
    """What comes before each step: what the file says, else what its condition asks, else what opens the case."""
    found = []
    for name, step in procedure.steps.items():
        before = step.after
        if not before and not step.opens:
            asked = dict.fromkeys(_asked(step.applies)) if step.applies else {}
            before = tuple(other for other in asked if other != name) or procedure.openings[:1]
        found += [(other, name) for other in before]
    return found


def _asked(tree: Condition) -> Iterator[str]:
    """Steps that a condition asks to have been taken; not those that it excludes."""
    match tree:
        case OfStep("done", step):
            yield step
        case Both(left, right) | Either(left, right):
            yield from (*_asked(left), *_asked(right))


def _back_edges(steps: dict[str, Step], edges: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Edges that lead back to a step on the way: without them the steps have an order."""
    following: dict[str, list[str]] = defaultdict(list)
    for before, name in edges:
        following[before].append(name)
    led = {name for _, name in edges}
    back: set[tuple[str, str]] = set()
    state: dict[str, int] = {}
    first = sorted(steps, key=lambda name: (name in led, not steps[name].opens))
    for root in first:
        _walk(root, following, state, back)
    return back


def _walk(name: str, following: dict[str, list[str]], state: dict[str, int], back: set[tuple[str, str]]) -> None:
    if name in state:
        return
    state[name] = 1
    for after in following[name]:
        if state.get(after) == 1:
            back.add((name, after))
        else:
            _walk(after, following, state, back)
    state[name] = 2


def _ranks(names: list[str], edges: list[tuple[str, str]]) -> dict[str, int]:
    """The column of each step: one behind the last that it comes after."""
    ranks = dict.fromkeys(names, 0)
    for _ in names:
        changed = False
        for before, name in edges:
            if ranks[name] <= ranks[before]:
                ranks[name], changed = ranks[before] + 1, True
        if not changed:
            break
    return ranks


Node = object
"""A step's name, or the place (edge, column) at which an arrow passes through a column."""


def _chains(edges: list[tuple[str, str]], ranks: dict[str, int]) -> list[list[Node]]:
    """Each arrow as the nodes it passes: one in every column between its ends."""
    return [
        [before, *((before, name, rank) for rank in range(ranks[before] + 1, ranks[name])), name]
        for before, name in edges
    ]  # fmt: skip


def _columns(names: list[str], ranks: dict[str, int], chains: list[list[Node]]) -> list[list[Node]]:
    """The nodes of each column, ordered so that few arrows cross."""
    columns: list[list[Node]] = [[] for _ in range(max(ranks.values()) + 1)]
    for name in names:
        columns[ranks[name]].append(name)
    for chain in chains:
        for node in chain[1:-1]:
            columns[node[2]].append(node)  # type: ignore[index]
    left, right = _neighbours(chains)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else reversed(columns):
            _sort(column, columns, left if forward else right)
    return columns


def _neighbours(chains: list[list[Node]]) -> tuple[dict[Node, list[Node]], dict[Node, list[Node]]]:
    left: dict[Node, list[Node]] = defaultdict(list)
    right: dict[Node, list[Node]] = defaultdict(list)
    for chain in chains:
        for before, after in pairwise(chain):
            right[before].append(after)
            left[after].append(before)
    return left, right


def _sort(column: list[Node], columns: list[list[Node]], beside: dict[Node, list[Node]]) -> None:
    places = {node: place for nodes in columns for place, node in enumerate(nodes)}
    column.sort(key=lambda node: (
        median(places[other] for other in beside[node]) if beside[node] else places[node], places[node],
    ))  # fmt: skip


# Where they stand ---------------------------------------------------------------------------------


def _middles(columns: list[list[Node]], chains: list[list[Node]], heights: dict[object, float]) -> dict[Node, float]:
    """The middle of every node from top to bottom: near those it is joined with, and clear of one another."""
    left, right = _neighbours(chains)
    middles: dict[Node, float] = {}
    for column in columns:
        _settle(column, heights, lambda node, place: _mean(left[node], middles, place * 44.0), middles)
    for beside, order in ((right, columns[::-1]), (left, columns), (right, columns[::-1])):
        wish = _beside(beside, middles)
        for column in order:
            _settle(column, heights, wish, middles)
    return middles


def _beside(near: dict[Node, list[Node]], middles: dict[Node, float]) -> Callable[[Node, int], float]:
    """The wish to be at the height of one's neighbours on one side; where there are none, where one is."""
    return lambda node, _: _mean(near[node], middles, middles[node])


def _mean(nodes: Sequence[Node], middles: dict[Node, float], otherwise: float) -> float:
    return sum(middles[node] for node in nodes) / len(nodes) if nodes else otherwise


def _settle(column: list[Node], heights: dict[object, float], wish: Callable[[Node, int], float],
            middles: dict[Node, float]) -> None:
    """Place a column's nodes as near to their wishes as their heights let them (least squares, order kept)."""
    offsets, total = [], 0.0
    for place, node in enumerate(column):
        if place:
            total += (heights.get(column[place - 1], 4.0) + heights.get(node, 4.0)) / 2 + GAP_Y
        offsets.append(total)
    blocks: list[tuple[float, int]] = []
    for place, node in enumerate(column):
        mean, count = wish(node, place) - offsets[place], 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, count = (mean * count + before * many) / (count + many), count + many
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    for node, mean, offset in zip(column, means, offsets, strict=True):
        middles[node] = mean + offset


def _box(step: Step, rank: int, middle: float, height: float, lines: list[str]) -> Box:
    top = middle - height / 2
    told = tuple((round(top + PADDING + LINE * place + 12, 1), words) for place, words in enumerate(lines))
    return Box(step, LEFT + rank * (BOX + GAP_X), round(top, 1), height, told)


def _arrow(chain: list[Node], ranks: dict[str, int], middles: dict[Node, float]) -> Arrow:
    """A curve from the right of one box to the left of another, level where it passes a column."""
    rank = ranks[str(chain[0])]
    x, y = LEFT + rank * (BOX + GAP_X) + BOX, middles[chain[0]]
    path = [f"M{x} {y:.1f}"]
    for place, node in enumerate(chain[1:], 1):
        end, to = x + GAP_X, middles[node]
        last = place == len(chain) - 1
        stop = end - 6 if last else end
        path.append(f"C{x + GAP_X / 2} {y:.1f} {end - GAP_X / 2} {to:.1f} {stop} {to:.1f}")
        x, y = end, to
        if not last:
            x += BOX
            path.append(f"H{x}")
    return Arrow("".join(path), False)


def _back(before: Box, after: Box) -> Arrow:
    """Over the top, from the later step back to the earlier."""
    x, y = before.x + BOX / 2, before.y
    to, end = after.x + BOX / 2 + 14, after.y - 6
    high = max(4.0, min(y, end) - 26)
    return Arrow(f"M{x} {y:.1f}C{x} {high:.1f} {to} {high:.1f} {to} {end:.1f}", True)


# Clocks -------------------------------------------------------------------------------------------


def _bars(procedure: Procedure, ranks: dict[str, int], top: float, width: int) -> tuple[tuple[Bar, ...], float]:
    bars = []
    clocks = procedure.clocks
    columns = {name: (_first(each.starts, ranks), _last(each.stops, ranks)) for name, each in clocks.items()}
    order = sorted(clocks.values(), key=lambda clock: columns[clock.name])
    for place, clock in enumerate(order):
        begin, end = columns[clock.name]
        x = LEFT + begin * (BOX + GAP_X) + BOX / 2
        length = max(18.0, (end - begin) * (BOX + GAP_X))
        words = f"{clock.label}　{terms(clock)}　{_ends(procedure, clock)}"
        room = width - x - 4
        fits = _ems(words) * CHARACTER <= room
        bars.append(Bar(clock, words, x, top + 30 + place * BAR, length, x if fits else width - 6,
                        "start" if fits else "end"))  # fmt: skip
    return tuple(bars), top + 30 + len(bars) * BAR + 4


def terms(clock: Clock) -> str:
    """The terms of a clock, short: ``三十日、六十日``."""
    words = "、".join(dict.fromkeys(rule.term.text for rule in clock.terms))
    return f"至少{words}" if clock.minimum else words


def _ends(procedure: Procedure, clock: Clock) -> str:
    def told(names: tuple[str, ...]) -> str:
        more = f"等{len(names)}项" if len(names) > 1 else ""
        return procedure.steps[names[0]].label + more

    return f"{told(clock.starts)} → {told(clock.stops)}"


def _first(names: Iterable[str], ranks: dict[str, int]) -> int:
    return min(ranks[name] for name in names)


def _last(names: Iterable[str], ranks: dict[str, int]) -> int:
    return max(ranks[name] for name in names)
