"""``fadu restore``: a district from its backup, proved to be the one that was backed up."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fadu.cli.at_district import use_district
from fadu.cli.migrate_store import check_url, settle_database
from fadu.cli.options import answer, json_option
from fadu.law.errors import FaduError

if TYPE_CHECKING:
    from fadu.store.unpacking import Manifest

NEEDED = ("field", "ledger")
"""Without them the personal values do not open, and the checkpoints are nobody's; the web key may be new."""


@click.command(help="由备份恢复一个区，并校验账本与备份时相同；不覆盖任何已有的东西。")
@click.argument("archive", metavar="文件", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to", "folder", required=True, metavar="文件夹", type=click.Path(file_okay=False, path_type=Path),
              help="新的区的文件夹，应不存在或者是空的。")
@click.option("--database", default="", metavar="URL", help="恢复到这个空的 PostgreSQL；不写则用文件夹里的 SQLite。")
@click.option("--keys", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None, metavar="文件夹",
              help="另外保管的密钥（备份里没有密钥时）。")
@json_option
def restore(archive: Path, folder: Path, database: str, keys: Path | None, as_json: bool) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise FaduError(f"{folder} 不是空的，不会覆盖；请换一个文件夹")
    if database:
        check_url(database)
    made, folder = not folder.exists(), folder.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        manifest = _unpacked(archive, folder, keys)
        settle_database(folder, database)
        use_district(folder)
        rows = _filled(manifest, folder, database)
    except BaseException:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if made:
            folder.rmdir()
        raise
    _proved(manifest, folder, rows, as_json)


def _unpacked(archive: Path, folder: Path, keys: Path | None) -> Manifest:
    from fadu.store.unpacking import unpack

    manifest = unpack(archive, folder)
    if keys is not None:
        shutil.copytree(keys, folder / "keys", dirs_exist_ok=True)
    missing = [
        name for name in NEEDED
        if not (folder / "keys" / name).exists() and not os.environ.get(f"FADU_KEY_{name.upper()}")
    ]  # fmt: skip
    if missing:
        raise FaduError(
            f"备份里没有密钥 {'、'.join(missing)}，没有恢复；请用 --keys 指明另外保管的 keys 文件夹，"
            f"或者设环境变量 {'、'.join(f'FADU_KEY_{name.upper()}' for name in missing)}"
        )
    for name in ("documents", "uploads", "snapshots"):
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    return manifest


def _filled(manifest: Manifest, folder: Path, database: str) -> int:
    """Load the rows into a database made ready for this version; how many."""
    from django.core.management import call_command

    from fadu.store import archive, moving, unpacking

    packed = folder / unpacking.SQLITE
    if manifest.database == "sqlite" and not database:
        call_command("migrate", verbosity=0, interactive=False)
        return sum(model._base_manager.count() for model in moving.tables())
    if manifest.database == "sqlite":
        moving.open_source(packed)
        counts = moving.move().rows
        moving.close_source()
        packed.unlink()
    else:
        moving.prepare()
        counts, _ = moving.fill(lambda model: archive.table_rows(folder, model))
        shutil.rmtree(folder / unpacking.TABLES)
    return sum(counts.values())


def _proved(manifest: Manifest, folder: Path, rows: int, as_json: bool) -> None:
    from fadu.store.moving import HERE, head_of
    from fadu.store.verifying import verify_store

    head, verdicts = head_of(HERE), verify_store()
    same, clean = head == manifest.ledger, all(verdict.ok for verdict in verdicts)
    if as_json:
        answer({"folder": str(folder), "rows": rows, "ledger": head.as_json(), "backed_up": manifest.ledger.as_json(),
                "same": same, "verified": {verdict.name: verdict.ok for verdict in verdicts}})  # fmt: skip
    else:
        click.echo(f"已恢复 {manifest.name}（备份于 {manifest.made_at}）：{folder}，{rows} 行")
        click.echo(f"备份时的账本：{manifest.ledger}\n恢复后的账本：{head}\n{'两者相同。' if same else '两者不同！'}")
        for verdict in verdicts:
            click.echo(f"{verdict.label}：{'没有问题' if verdict.ok else f'{verdict.total} 处问题'}")
            for fault in verdict.faults[:5]:
                click.echo(f"  {fault.where}：{fault.words}")
    if not (same and clean):
        sys.exit(1)
