"""Imports in the background: what waits is read and recorded chunk by chunk.

How far an import has come is known from its rows alone. Killed half-way, it is read again and goes on with the first
row that has no outcome; run twice at once, each row is still taken once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

from django.db.models import Count

from fadu.acts.errors import ActRefused
from fadu.acts.import_file import drop_file
from fadu.acts.import_news import SOURCE
from fadu.acts.import_reading import placed, read_batch
from fadu.acts.import_rows import Importer, Stopped
from fadu.acts.recording import Actor
from fadu.acts.stepping import permit
from fadu.acts.tracing import trace
from fadu.clock import now, today
from fadu.law.errors import FaduError
from fadu.store import sequence
from fadu.store.access import access_of
from fadu.store.lawbook import book
from fadu.store.models import ImportBatch, ImportRow
from fadu.worker.alone import each_alone

CHUNK = 100
"""Cases of one transaction: on SQLite others wait for it, so it is short."""
KEPT = timedelta(days=30)
"""How long the file of an import that is over is kept, for its marked copy."""
Progress = Callable[[int, int], object]
T = TypeVar("T")
State = ImportBatch.State


def run_waiting() -> Iterator[str]:
    """Every import that waits or was broken off, one after another, in words when it is over."""
    yield from each_alone("import", ImportBatch.objects.filter(state__in=(State.WAITING, State.RUNNING)), run)


def run(key: int, progress: Progress = lambda done, total: None) -> Iterator[str]:
    """One import, to its end. Words for the worker's log when it is over."""
    ImportBatch.objects.filter(pk=key, state=State.WAITING).update(state=State.RUNNING)
    batch = ImportBatch.objects.select_related("owner").get(pk=key)
    if batch.state != State.RUNNING:
        return
    try:
        _import(batch, progress)
        _over(batch, State.DONE, summary(batch))
    except Stopped:
        yield f"导入第 {key} 批：已停止"
        return
    except FaduError as error:
        _over(batch, State.FAILED, str(error))
    except Exception as error:  # a fault of the program must not stop the worker, nor be tried for ever
        logging.getLogger(__name__).exception("import %s", key)
        what = type(error).__name__
        _over(batch, State.FAILED, f"程序出错（{what}），已导入的行不受影响；请告诉系统管理员，之后可以继续")
    batch.refresh_from_db()
    yield f"导入第 {key} 批（{batch.name}）：{batch.words}"


def _import(batch: ImportBatch, progress: Progress) -> None:
    actor = _actor(batch)
    importer = Importer(actor, batch)
    sheets = list(read_batch(batch))
    batch.total = sum(len(sheet.table.rows) for sheet in sheets)
    ImportBatch.objects.filter(pk=batch.pk).update(total=batch.total)
    book()
    known = set(ImportRow.objects.filter(batch=batch).values_list("place", "row"))
    done = len(known)
    progress(done, batch.total)
    for sheet in sheets:
        for rows in _chunks([row for row in sheet.told if (row.place, row.row) not in known], CHUNK * 10):
            importer.tell(rows)
            done += len(rows)
            progress(done, batch.total)
        for drafts in _chunks([one for one in sheet.drafts if (one.sheet, one.rows[0]) not in known], CHUNK):
            importer.record(drafts, partial(placed, sheet))
            sequence.sequence_waiting()
            done += sum(len(draft.rows) for draft in drafts)
            progress(done, batch.total)


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _actor(batch: ImportBatch) -> Actor:
    """Who imports, with what that person may today. Raises ``ActRefused``."""
    if not batch.owner.is_active:
        raise ActRefused(f"{batch.owner.name}的账号已停用，没有继续导入；请由别人重新上传")
    actor = Actor(access_of(batch.owner, today()), SOURCE)
    permit(actor, "import")
    return actor


def _over(batch: ImportBatch, state: str, words: str) -> None:
    """The end of an import, unless a person has stopped it meanwhile."""
    running = ImportBatch.objects.filter(pk=batch.pk, state=State.RUNNING)
    if running.update(state=state, words=words[:500], ended_at=now()) and not batch.dry:
        trace(Actor(access_of(batch.owner, today()), SOURCE), "import", f"第 {batch.pk} 批 {batch.name}：{words}")


def counts(batch: ImportBatch) -> dict[str, tuple[int, int]]:
    """Outcome → (rows, cases); rows that were returned before they made a case count as rows only."""
    found = ImportRow.objects.filter(batch=batch).values("outcome").annotate(
        rows=Count("pk"), cases=Count("key", distinct=True)
    )  # fmt: skip
    told = {item["outcome"]: (item["rows"], item["cases"]) for item in found}
    return {outcome: told.get(outcome, (0, 0)) for outcome in ImportRow.Outcome.values}


def summary(batch: ImportBatch) -> str:
    """What became of the rows, in one line."""
    parts = [f"{ImportRow.Outcome(outcome).label} {rows} 行" for outcome, (rows, _) in counts(batch).items()]
    return f"{'试运行：' if batch.dry else ''}{'，'.join(parts)}"



def sweep_files() -> int:
    """Delete the files of imports that were over long ago; how many."""
    old = ImportBatch.objects.filter(ended_at__lt=now() - KEPT).exclude(file="")
    many = 0
    for batch in old.exclude(state__in=(State.WAITING, State.RUNNING)):
        drop_file(batch)
        many += 1
    return many
