"""The one process behind the office. It has no queue: each duty reads from the tables what is to be done, and does it.

So it may be killed at any moment and started again; two of them do no harm; and what it has done is in the records.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from fadu.acts.erase import sweep_erased
from fadu.acts.export_job import sweep_exports
from fadu.acts.load_holidays import catch_up
from fadu.clock import now, today
from fadu.law.errors import FaduError
from fadu.store import sequence
from fadu.store.checkpoints import make_checkpoint
from fadu.store.models import Checkpoint, Heartbeat
from fadu.worker import exports, imports
from fadu.worker.daily import remind, sweep

BEAT_SECONDS = 0.5
CHECKPOINT_EVERY = timedelta(minutes=10)
DAILY = "daily"


def run(say: Callable[[str], None]) -> None:
    """Until stopped."""
    while True:
        try:
            for words in run_once():
                say(words)
        except FaduError as error:
            say(f"后台任务出错，稍后再试：{error}")
        time.sleep(BEAT_SECONDS)


def run_once() -> Iterator[str]:
    """Everything that is to be done now, in words as it is done."""
    placed = sequence.sequence_waiting()
    if placed:
        yield f"入账 {placed} 个事件"
    yield from _checkpoint()
    followed = catch_up()
    if followed:
        yield f"按新的放假安排重新推算 {followed} 个办件"
    yield from _day()
    yield from imports.run_waiting()
    yield from exports.run_waiting()


def _checkpoint() -> Iterator[str]:
    last = Checkpoint.objects.order_by("-size").first()
    if last is None or now() - last.at >= CHECKPOINT_EVERY:
        made = make_checkpoint()
        if made is not None and (last is None or made.size != last.size):
            yield f"检查点：{made.size} 个事件"


def _day() -> Iterator[str]:
    """The work of the day, once a day; killed half-way, it is begun anew, and each part is done once."""
    day = today()
    beat, _ = Heartbeat.objects.get_or_create(name=DAILY, defaults={"at": now()})
    if beat.done == day.isoformat():
        return
    imports.sweep_files()
    sweep_erased()
    sweep_exports()
    yield f"{day.isoformat()}：重新推算 {sweep(day)} 个办件，发出 {remind(day)} 条提醒"
    Heartbeat.objects.filter(name=DAILY).update(done=day.isoformat(), at=now())
