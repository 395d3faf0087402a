"""Places in order: the ledger's dense index, and numbers without gaps.

On SQLite one writer holds the database, so an event gets its place in its own transaction. On PostgreSQL a single head
would be a row every writer waits for: events are put in a queue in their transaction, and the sequencer (the worker)
gives them places in order within a second. What has no place yet is shown as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection, transaction

from fadu.ledger.hashes import Pair
from fadu.ledger.tree import Frontier, appended
from fadu.store.driver import Cursor, on_sqlite, reading
from fadu.store.models import Case, Leaf, Node, Tree, Unsequenced
from fadu.store.writing import insert

CHUNK = 5000
_NOTHING = Frontier().to_bytes()
_NEW_EDGE = (
    "INSERT INTO store_tree (id, size, frontier) VALUES (1, %s, %s)"
    " ON CONFLICT (id) DO UPDATE SET size = excluded.size, frontier = excluded.frontier"
)


def place(cursor: Cursor, leaves: Sequence[tuple[int, Pair]]) -> None:
    """Give new events (id, leaf hashes) their places, or queue them. Inside the events' own transaction."""
    if on_sqlite():
        _integrate(cursor, leaves)
    else:
        insert(cursor, "unsequenced", [(event,) for event, _ in leaves])


def sequence_waiting() -> int:
    """Give places to the events that wait; how many. One sequencer at a time: the tree's row is locked."""
    total = 0
    while not on_sqlite():
        with transaction.atomic():
            Tree.objects.select_for_update().get_or_create(pk=1)
            waiting = list(
                Unsequenced.objects.order_by("event_id").values_list("event_id", "event__sm3", "event__sha256")[:CHUNK]
            )
            if not waiting:
                return total
            with reading() as cursor:
                _integrate(cursor, [(event, Pair(bytes(sm3), bytes(sha256))) for event, sm3, sha256 in waiting])
            Unsequenced.objects.filter(event_id__in=[event for event, _, _ in waiting]).delete()
        total += len(waiting)
    return total


def _integrate(cursor: Cursor, leaves: Sequence[tuple[int, Pair]]) -> None:
    """Append leaves to the tree: their places, the nodes they complete, the new right edge."""
    cursor.execute("SELECT size, frontier FROM store_tree WHERE id = 1 AND size > 0")
    found = cursor.fetchall()
    size, edge = (found[0][0], bytes(found[0][1])) if found else (0, _NOTHING)
    if len(leaves) == 1:
        edge, nodes = appended(edge, leaves[0][1])
    else:
        extended, nodes = Frontier.from_bytes(edge).extend([pair for _, pair in leaves])
        edge = extended.to_bytes()
    insert(cursor, "leaf", [(size + place, event) for place, (event, _) in enumerate(leaves)])
    insert(cursor, "node", [(node.level, node.index, node.pair.sm3, node.pair.sha256) for node in nodes])
    cursor.execute(_NEW_EDGE, (size + len(leaves), edge))


def frontier() -> Frontier:
    """The ledger's right edge as stored."""
    tree = Tree.objects.filter(pk=1).first()
    return Frontier.from_bytes(bytes(tree.frontier)) if tree and tree.size else Frontier()


class Stored:
    """Leaves and nodes of the ledger, as proofs read them (``fadu.ledger.tree.Reader``)."""

    def leaves(self, start: int, stop: int) -> list[Pair]:
        """The hashes of the leaves from ``start`` up to ``stop``."""
        found = Leaf.objects.filter(index__gte=start, index__lt=stop).order_by("index")
        return [Pair(bytes(sm3), bytes(sha256)) for sm3, sha256 in found.values_list("event__sm3", "event__sha256")]

    def node(self, level: int, index: int) -> Pair:
        """A stored subtree."""
        node = Node.objects.get(level=level, index=index)
        return Pair(bytes(node.sm3), bytes(node.sha256))

    def nodes(self, level: int, start: int, stop: int) -> list[Pair]:
        """Stored subtrees of one level, from ``start`` up to ``stop``."""
        found = Node.objects.filter(level=level, index__gte=start, index__lt=stop).order_by("index")
        return [Pair(bytes(sm3), bytes(sha256)) for sm3, sha256 in found.values_list("sm3", "sha256")]


def next_number(name: str, many: int = 1) -> int:
    """The first of ``many`` numbers of a series, without gaps: call inside the transaction that uses them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO store_counter (name, last) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET last = store_counter.last + excluded.last RETURNING last",
            [name, many],
        )
        return int(cursor.fetchone()[0]) - many + 1


def number_cases(cases: Iterable[Case], names: dict[str, str]) -> None:
    """Give new cases that have none the next number of their procedure's year: ``行政复议2023-00012``.

    ``names``: the procedures' names by code. ``case.opened_on`` says the year.
    """
    waiting: dict[tuple[str, int], list[Case]] = {}
    for case in cases:
        if not case.number and case.opened_on is not None:
            waiting.setdefault((case.procedure, case.opened_on.year), []).append(case)
    for (procedure, year), row in sorted(waiting.items()):
        first = next_number(f"case:{procedure}:{year}", len(row))
        for place, case in enumerate(row):
            case.number = f"{names.get(procedure, procedure)}{year}-{first + place:05d}"
