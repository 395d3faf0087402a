"""What a person does with an import: settle what its columns mean, start it, stop it, drop its file."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from fadu.acts.errors import ActRefused, NotPermitted
from fadu.acts.import_file import SheetPlan, check_plans, drop_file, settle_plans
from fadu.acts.recording import Actor
from fadu.acts.stepping import permit
from fadu.acts.tracing import trace
from fadu.clock import now
from fadu.store.models import ImportBatch, ImportRow

State = ImportBatch.State
BEGINS = Q(state=State.MAPPING) | Q(state__in=(State.DONE, State.FAILED), dry=True)
"""Imports that have recorded nothing yet, and are not about to."""


def settle(actor: Actor, batch: ImportBatch, plans: Sequence[SheetPlan]) -> None:
    """Set what the columns mean; what a dry run told is no longer true and goes. Raises ``ActRefused``."""
    _own(actor, batch)
    settle_plans(batch, plans)
    with transaction.atomic():
        begun = ImportBatch.objects.filter(BEGINS, pk=batch.pk)
        if not begun.update(mapping=batch.mapping, state=State.MAPPING, dry=False, done=0, words="", ended_at=None):
            raise ActRefused("这一批已经开始导入，对应不能再改；要改，请重新上传")
        ImportRow.objects.filter(batch=batch).delete()
    batch.refresh_from_db()


def queue(actor: Actor, batch: ImportBatch, dry: bool) -> None:
    """Let the worker take it, dry or for real; one that was broken off goes on. Raises ``FaduError``."""
    _own(actor, batch)
    permit(actor, "import")
    resumed = ImportBatch.objects.filter(pk=batch.pk, state=State.FAILED, dry=dry)
    if not resumed.update(state=State.WAITING, words="", ended_at=None):
        check_plans(batch)
        with transaction.atomic():
            begun = ImportBatch.objects.filter(BEGINS, pk=batch.pk)
            if not begun.update(state=State.WAITING, dry=dry, done=0, words="", ended_at=None):
                raise ActRefused("这一批正在导入或者已经导入；要再导入同一个文件，请重新上传")
            ImportRow.objects.filter(batch=batch).delete()
    batch.refresh_from_db()
    if not dry:
        trace(actor, "import", f"开始导入第 {batch.pk} 批 {batch.name}")


def stop(actor: Actor, batch: ImportBatch) -> None:
    """Stop it after the chunk at hand; what is recorded stays, and it can go on later."""
    _own(actor, batch)
    going = ImportBatch.objects.filter(pk=batch.pk, state__in=(State.WAITING, State.RUNNING))
    if not going.update(state=State.FAILED, words="由本人停止；已导入的行不受影响，可以继续", ended_at=now()):
        raise ActRefused("这一批没有在导入，不用停止")
    batch.refresh_from_db()


def drop(actor: Actor, batch: ImportBatch) -> None:
    """Delete the file; the report stays. Raises ``ActRefused`` while it is needed."""
    _own(actor, batch)
    drop_file(batch)
    trace(actor, "import", f"删除第 {batch.pk} 批的文件 {batch.name}")


def _own(actor: Actor, batch: ImportBatch) -> None:
    if actor.access is None or batch.owner_id != actor.access.person.pk:
        raise NotPermitted("这一批不是您上传的，只能查看")
