"""后台导出: a register too large to be waited for, written by the worker, fetched by who asked for it, then deleted."""

from __future__ import annotations

import os
import secrets
import struct
import tempfile
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import IO, BinaryIO, cast

from django.conf import settings

from fadu.acts.erase import KIND
from fadu.acts.errors import ActRefused, NotPermitted
from fadu.acts.export_register import FORMATS, Wanted, check_wanted, export_register, parted
from fadu.acts.recording import Actor
from fadu.acts.tracing import trace
from fadu.clock import now
from fadu.law.errors import FaduError
from fadu.store.models import Export, Trace
from fadu.store.sealing import seal_bytes, unseal_bytes

DIRECT = 5000
"""Cases up to which a register is handed out at once."""
KEPT = timedelta(days=7)
"""How long the file is there to be fetched."""
MOST = 10
"""Files one person may have waiting or kept at a time."""
State = Export.State
_PIECE = 1 << 20
_LENGTH = struct.Struct(">I")


class Dropped(Exception):  # noqa: N818 - named as what it is: the export was dropped while it was written
    """Nobody waits for it any more."""


def ask(actor: Actor, wanted: Wanted, cases: Sequence[int]) -> Export:
    """Let the worker write it. Raises ``ActRefused``."""
    check_wanted(actor, wanted)
    assert actor.access is not None  # noqa: S101 - check_wanted
    person = actor.access.person
    if Export.objects.filter(owner=person).count() >= MOST:
        raise ActRefused(f"一人最多保留 {MOST} 个导出；请在“我的导出”里删除不用的")
    return Export.objects.create(
        owner=person, procedure=wanted.procedure, wanted=asdict(wanted), keys=_packed(cases), name=wanted.file_name,
        total=len(cases), made_at=now(),
    )  # fmt: skip


def _packed(cases: Sequence[int]) -> bytes:
    return zlib.compress(array("q", cases).tobytes(), 1)


def cases_of(job: Export) -> Sequence[int]:
    """The cases that were asked for, in their order."""
    found = array("q")
    found.frombytes(zlib.decompress(bytes(job.keys)))
    return found


def wanted_of(job: Export) -> Wanted:
    """What is written of them."""
    given = dict(job.wanted)
    return Wanted(**{**given, "asked": tuple(map(tuple, given["asked"])), "columns": tuple(given["columns"])})


def write_job(actor: Actor, job: Export) -> None:
    """Write the file, sealed, with what the person may see today. Raises ``FaduError``, ``Dropped``."""
    def progress(done: int) -> None:
        if not Export.objects.filter(pk=job.pk, state=State.RUNNING).update(done=done):
            raise Dropped

    folder = _folder()
    with tempfile.TemporaryFile(dir=folder) as plain:
        cases = [key for part in parted(cases_of(job)) for key in _seen(actor, part)]
        count = export_register(actor, wanted_of(job), cases, cast(BinaryIO, plain), progress)
        size = plain.tell()
        plain.seek(0)
        name = _keep(folder, job.pk, cast(BinaryIO, plain))
    told = f"{count} 件" + (f"；另有 {job.total - count} 件您已不能查看，没有写入" if count < job.total else "")
    done = Export.objects.filter(pk=job.pk, state=State.RUNNING)
    written = {"file": name, "size": size, "keys": _packed(cases), "done": job.total, "words": told}
    if not done.update(state=State.DONE, ended_at=now(), **written):
        (folder / name).unlink(missing_ok=True)
        raise Dropped


def _seen(actor: Actor, cases: Sequence[int]) -> list[int]:
    """Those of the cases that the person may see."""
    assert actor.access is not None  # noqa: S101 - check_wanted, _own
    seen = set(actor.access.cases().filter(pk__in=cases).values_list("pk", flat=True))
    return [key for key in cases if key in seen]


def _folder() -> Path:
    folder = Path(settings.DISTRICT.folder) / "exports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _keep(folder: Path, key: int, plain: IO[bytes]) -> str:
    """The file in sealed pieces, each bound to its place."""
    name = f"{key}-{secrets.token_hex(8)}.sealed"
    with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for place, piece in enumerate(iter(lambda: plain.read(_PIECE), b"")):
            sealed = seal_bytes(piece, f"export:{key}:{place}")
            file.write(_LENGTH.pack(len(sealed)) + sealed)
        file.flush()
        os.fsync(file.fileno())
    return name


def fetch(actor: Actor, job: Export) -> Iterator[bytes]:
    """The file's bytes, for who asked for it and may still see all that is in it. Raises ``FaduError``."""
    _own(actor, job)
    if job.state != State.DONE or not job.file:
        raise ActRefused("这个导出没有可以下载的文件")
    _still_seen(actor, job)
    path = _folder() / job.file
    if not path.exists():
        raise FaduError("文件不在了，请重新导出")
    trace(actor, "export", f"下载导出 {job.name}（{job.words}）：{wanted_of(job).said}")
    return _pieces(path, job.pk)


def _pieces(path: Path, key: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        place = 0
        while head := file.read(_LENGTH.size):
            yield unseal_bytes(file.read(_LENGTH.unpack(head)[0]), f"export:{key}:{place}")
            place += 1


def _still_seen(actor: Actor, job: Export) -> None:
    """Raises ``ActRefused`` where a case in the file may no longer be seen, or its personal data were erased since."""
    cases = cases_of(job)
    gone = len(cases) - sum(len(_seen(actor, part)) for part in parted(cases))
    if gone:
        raise ActRefused(f"其中 {gone} 件您现在不能查看（权限、移交或者知悉范围有变动），文件不再提供；请重新导出")
    erased = Trace.objects.filter(kind=KIND, at__gte=job.made_at).values_list("case_id", flat=True)
    if set(erased) & set(cases):
        raise ActRefused("其中有办件在导出之后删除了个人信息，文件不再提供；请重新导出")


def drop(actor: Actor, job: Export) -> None:
    """Delete the export and its file; one being written is given up."""
    _own(actor, job)
    _delete(job)


def _own(actor: Actor, job: Export) -> None:
    if actor.access is None or job.owner_id != actor.access.person.pk:
        raise NotPermitted("这个导出不是您的")


def _delete(job: Export) -> None:
    Export.objects.filter(pk=job.pk).delete()
    if job.file:
        (_folder() / job.file).unlink(missing_ok=True)


def sweep_exports() -> int:
    """Delete what was over long ago, and files that no export has; how many exports."""
    old = list(Export.objects.filter(ended_at__lt=now() - KEPT))
    for job in old:
        _delete(job)
    known = set(Export.objects.exclude(file="").values_list("file", flat=True))
    writing = {f"{key}-" for key in Export.objects.filter(state=State.RUNNING).values_list("pk", flat=True)}
    for path in _folder().glob("*.sealed"):
        if path.name not in known and not path.name.startswith(tuple(writing)):
            path.unlink(missing_ok=True)
    return len(old)


def media_of(job: Export) -> str:
    """The media type of the file."""
    return FORMATS[wanted_of(job).form][2]

