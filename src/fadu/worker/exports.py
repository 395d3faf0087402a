"""Exports in the background: each that waits is written to its end. Killed half-way, it is written anew."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from fadu.acts.errors import ActRefused
from fadu.acts.export_job import Dropped, write_job
from fadu.acts.recording import Actor
from fadu.clock import now, today
from fadu.law.errors import FaduError
from fadu.store.access import access_of
from fadu.store.models import Export
from fadu.worker.alone import each_alone

State = Export.State


def run_waiting() -> Iterator[str]:
    """Every export that waits or was broken off, one after another, in words when it is over."""
    yield from each_alone("export", Export.objects.filter(state__in=(State.WAITING, State.RUNNING)), run)


def run(key: int) -> Iterator[str]:
    """One export, to its end."""
    Export.objects.filter(pk=key, state=State.WAITING).update(state=State.RUNNING)
    job = Export.objects.select_related("owner").filter(pk=key, state=State.RUNNING).first()
    if job is None:
        return
    try:
        if not job.owner.is_active:
            raise ActRefused(f"{job.owner.name}的账号已停用，没有导出")
        write_job(Actor(access_of(job.owner, today()), "worker"), job)
    except Dropped:
        yield f"导出第 {key} 个：已删除"
        return
    except FaduError as error:
        _failed(job, str(error))
    except Exception as error:  # a fault of the program must not stop the worker, nor be tried for ever
        logging.getLogger(__name__).exception("export %s", key)
        _failed(job, f"程序出错（{type(error).__name__}），没有导出；请告诉系统管理员")
    job = Export.objects.filter(pk=key).first() or job
    yield f"导出第 {key} 个（{job.name}）：{job.words}"


def _failed(job: Export, words: str) -> None:
    Export.objects.filter(pk=job.pk, state=State.RUNNING).update(state=State.FAILED, words=words[:500], ended_at=now())
