"""岗责表: the posts of a unit by the powers they answer for, every cell a record of 岗位权责事项."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from fadu.store.access import Access
from fadu.store.models import Case, Clock, Unit

POSTS = "post_duty"
FIRST = "A岗"
MOST = 2000
"""Records that are read of one unit."""
PENDING = ("set", "return_post")
"""The steps after which a post is not approved yet."""
ABSENT = {"link": "空岗", "adjust": "职权已变，待调整"}
"""Clock that runs → what is wanting."""


@dataclass(frozen=True, slots=True)
class Post:
    """A record: a post that answers for a power. ``wanting``: tone and words of what it lacks."""

    case: Case
    grade: str
    filled: bool
    wanting: tuple[tuple[str, str], ...]

    @property
    def person(self) -> str:
        """Who is in the post, as the record has it."""
        return str(self.case.fields.get("person") or "") if self.filled else ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Posts × powers. ``rows``: kind of duty, power, whether an A post that is filled answers for it, its cells.

    A cell: the name of the post, and the records.
    """

    posts: Sequence[str]
    rows: Sequence[tuple[str, str, bool, Sequence[tuple[str, Sequence[Post]]]]]
    cut: bool = False

    @property
    def uncovered(self) -> int:
        """Powers for which no filled A post answers."""
        return sum(not covered for _, _, covered, _ in self.rows)

    @property
    def simulated(self) -> bool:
        return any(post.case.simulated for *_, cells in self.rows for _, cell in cells for post in cell)


def units_with_posts(access: Access) -> list[tuple[Unit, int]]:
    """The units that have posts the person may see, and how many."""
    counts = dict(_posts(access).order_by().values_list("unit").annotate(many=Count("pk")))
    return [(unit, counts[unit.pk]) for unit in Unit.objects.filter(pk__in=counts).order_by("path")]


def matrix_of(access: Access, unit: int, today: date) -> Matrix:
    """The posts of a unit that are not abolished, in the order of their names; powers by the kind of duty."""
    cases = list(_posts(access).filter(unit=unit).order_by("pk")[: MOST + 1])
    clocks: dict[int, list[Clock]] = {}
    for clock in Clock.objects.filter(case__in=[case.pk for case in cases], name__in=ABSENT).order_by("name"):
        clocks.setdefault(clock.case_id, []).append(clock)
    cells: dict[tuple[str, str], dict[str, list[Post]]] = {}
    for case in cases[:MOST]:
        kind, power, post = (str(case.fields.get(name) or "") for name in ("duty_kind", "power", "post"))
        row = cells.setdefault((kind, power or case.title), {})
        row.setdefault(post or "没有写岗位名称", []).append(_post(case, clocks.get(case.pk, ()), today))
    posts = sorted({post for row in cells.values() for post in row})
    rows = [
        (kind, power, any(post.filled and post.grade == FIRST for found in row.values() for post in found),
         [(post, sorted(row.get(post, ()), key=lambda each: each.grade)) for post in posts])
        for (kind, power), row in sorted(cells.items(), key=lambda item: item[0])
    ]  # fmt: skip
    return Matrix(posts, rows, len(cases) > MOST)


def _posts(access: Access) -> QuerySet[Case]:
    return access.cases().filter(procedure=POSTS, closed_on=None)


def _post(case: Case, clocks: Sequence[Clock], today: date) -> Post:
    wanting = [("mute", "待核定")] if case.state in PENDING else []
    for clock in clocks:
        late = clock.last_day is not None and clock.last_day < today
        last = f"，{clock.last_day:%m-%d} 前" if clock.last_day and not late else ""
        wanting.append(("bad" if late else "warn", ABSENT[clock.name] + ("，已超期" if late else last)))
    filled = case.state not in PENDING and all(clock.name != "link" for clock in clocks)
    return Post(case, str(case.fields.get("grade") or FIRST), filled, tuple(wanting))
