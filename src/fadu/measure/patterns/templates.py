"""DECLARE templates, each decided by integer arithmetic on the places an activity takes in a trace.

The places of an activity are one integer: bit *i* is set where the *i*-th event (from 0) is that activity. The
integers of two activities never share a bit, so comparing them compares their last places, and comparing their
lowest bits compares their first places. Python integers have no width: the verdict is exact at any trace length.
Meanings are those of the textbook (van der Aalst, Pesic & Schonenberg 2009; Di Ciccio & Mecella 2015) read over
finite traces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from fadu.measure.patterns.errors import PatternError

Verdict = Callable[[int, int, int], bool]
"""Places of the first and of the second activity, length of the trace -> whether the constraint is kept."""


class Template(StrEnum):
    """A kind of constraint. ``a`` is the first activity and ``b`` the second."""

    EXISTENCE = "existence"
    EXACTLY_ONE = "exactly_one"
    ABSENCE = "absence"
    INIT = "init"
    CHOICE = "choice"
    EXCLUSIVE_CHOICE = "exclusive_choice"
    RESPONDED_EXISTENCE = "responded_existence"
    COEXISTENCE = "coexistence"
    RESPONSE = "response"
    PRECEDENCE = "precedence"
    SUCCESSION = "succession"
    ALTERNATE_RESPONSE = "alternate_response"
    ALTERNATE_PRECEDENCE = "alternate_precedence"
    ALTERNATE_SUCCESSION = "alternate_succession"
    CHAIN_RESPONSE = "chain_response"
    CHAIN_PRECEDENCE = "chain_precedence"
    CHAIN_SUCCESSION = "chain_succession"
    NON_COEXISTENCE = "non_coexistence"
    NON_SUCCESSION = "non_succession"
    NON_CHAIN_SUCCESSION = "non_chain_succession"

    @property
    def unary(self) -> bool:
        """Whether the template speaks of one activity only."""
        return self in UNARY

    @property
    def verdict(self) -> Verdict:
        """The function that decides it."""
        return VERDICTS[self]

    def activation(self, first: str, second: str) -> tuple[str, str] | None:
        """The activities either of which gives the constraint something to say; ``None``: it always has.

        A case with neither keeps the constraint idly.
        """
        if self in ALWAYS_ACTIVE:
            return None
        if self in ACTIVE_ON_FIRST:
            return first, first
        return (second, second) if self in ACTIVE_ON_SECOND else (min(first, second), max(first, second))


@dataclass(frozen=True, slots=True)
class Constraint:
    """A template bound to activities; ``second`` is empty for a unary template."""

    template: Template
    first: str
    second: str = ""

    def __post_init__(self) -> None:
        if self.template.unary == bool(self.second):
            wanted = "一个环节" if self.template.unary else "两个环节"
            raise PatternError(f"{self} 有误：“{self.template}”要写{wanted}")
        if self.first == self.second:
            raise PatternError(f"{self} 有误：两个环节相同，应为两个不同的环节")

    def __str__(self) -> str:
        names = self.first if not self.second else f"{self.first}, {self.second}"
        return f"{self.template}({names})"


def exactly_one(a: int, _b: int, _n: int) -> bool:
    """``a`` happens once and only once."""
    return a != 0 and a & (a - 1) == 0


def response(a: int, b: int, _n: int) -> bool:
    """After the last ``a`` there is a ``b``: G(a → F b)."""
    return a <= b if a else True


def precedence(a: int, b: int, _n: int) -> bool:
    """Before the first ``b`` there is an ``a``: ¬b W a."""
    return not b or (a != 0 and a & -a < b & -b)


def succession(a: int, b: int, n: int) -> bool:
    """Response and precedence."""
    return response(a, b, n) and precedence(a, b, n)


def next_places(a: int, b: int, n: int) -> int:
    """For each ``a``, the next place taken by ``a`` or ``b``, or place ``n`` where none follows.

    Adding the place after each ``a`` to the run of other events that begins there carries to the end of the run.
    """
    others = ~(a | b) & ((1 << n) - 1)
    return ((a << 1) + others) & ~others


def alternate_response(a: int, b: int, n: int) -> bool:
    """After each ``a`` a ``b`` comes before the next ``a``: G(a → X(¬a U b))."""
    return next_places(a, b, n) & ~b == 0


def alternate_precedence(a: int, b: int, n: int) -> bool:
    """Before each ``b`` an ``a`` came after the previous ``b``: (¬b W a) ∧ G(b → X̃(¬b W a))."""
    return precedence(a, b, n) and next_places(b, a, n) & b == 0


def alternate_succession(a: int, b: int, n: int) -> bool:
    """Alternate response and alternate precedence."""
    return alternate_response(a, b, n) and alternate_precedence(a, b, n)


def chain_response(a: int, b: int, _n: int) -> bool:
    """The event after each ``a`` is a ``b``: G(a → X b)."""
    return (a << 1) & ~b == 0


def chain_precedence(a: int, b: int, _n: int) -> bool:
    """The event before each ``b`` is an ``a``: ¬b at the start, and G(X b → a)."""
    return b & ~(a << 1) == 0


def chain_succession(a: int, b: int, n: int) -> bool:
    """Chain response and chain precedence."""
    return chain_response(a, b, n) and chain_precedence(a, b, n)


def non_succession(a: int, b: int, _n: int) -> bool:
    """After no ``a`` does a ``b`` ever come: G(a → ¬F b)."""
    return not a or b < a & -a


VERDICTS: dict[Template, Verdict] = {
    Template.EXISTENCE: lambda a, _b, _n: a != 0,
    Template.EXACTLY_ONE: exactly_one,
    Template.ABSENCE: lambda a, _b, _n: a == 0,
    Template.INIT: lambda a, _b, _n: a & 1 == 1,
    Template.CHOICE: lambda a, b, _n: (a | b) != 0,
    Template.EXCLUSIVE_CHOICE: lambda a, b, _n: (a != 0) != (b != 0),
    Template.RESPONDED_EXISTENCE: lambda a, b, _n: not a or b != 0,
    Template.COEXISTENCE: lambda a, b, _n: (a != 0) == (b != 0),
    Template.RESPONSE: response,
    Template.PRECEDENCE: precedence,
    Template.SUCCESSION: succession,
    Template.ALTERNATE_RESPONSE: alternate_response,
    Template.ALTERNATE_PRECEDENCE: alternate_precedence,
    Template.ALTERNATE_SUCCESSION: alternate_succession,
    Template.CHAIN_RESPONSE: chain_response,
    Template.CHAIN_PRECEDENCE: chain_precedence,
    Template.CHAIN_SUCCESSION: chain_succession,
    Template.NON_COEXISTENCE: lambda a, b, _n: not a or not b,
    Template.NON_SUCCESSION: non_succession,
    Template.NON_CHAIN_SUCCESSION: lambda a, b, _n: (a << 1) & b == 0,
}

UNARY = frozenset({Template.EXISTENCE, Template.EXACTLY_ONE, Template.ABSENCE, Template.INIT})
ALWAYS_ACTIVE = UNARY | {Template.CHOICE, Template.EXCLUSIVE_CHOICE}
ACTIVE_ON_FIRST = frozenset(
    {Template.RESPONDED_EXISTENCE, Template.RESPONSE, Template.ALTERNATE_RESPONSE, Template.CHAIN_RESPONSE}
)
ACTIVE_ON_SECOND = frozenset({Template.PRECEDENCE, Template.ALTERNATE_PRECEDENCE, Template.CHAIN_PRECEDENCE})
