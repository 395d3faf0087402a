"""``fadu migrate-store``: a district from SQLite to PostgreSQL or back, proved to be the same."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import click

from fadu.cli.at_district import district_option, use_district
from fadu.cli.options import answer, json_option
from fadu.district import SETTINGS, District, folder_of_district, read_district
from fadu.keeping import write_whole
from fadu.law.errors import FaduError

URL = re.compile(r"postgres(ql)?://")
ALONG = ("keys", "documents", "uploads", "snapshots")


def settle_database(folder: Path, database: str) -> None:
    """Write into a district's settings, and for this process, which database it has; empty: SQLite in the folder."""
    path = folder / SETTINGS
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not re.match(r"\s*database\s*=", line)]
    if database:
        kept.insert(0, f'database = "{database}"')  # before any table of the file
    write_whole(path, "\n".join(kept) + "\n")
    os.environ.pop("FADU_DATABASE", None)


def check_url(database: str) -> str:
    """The URL. Raises ``FaduError`` where it is none of PostgreSQL."""
    if not URL.match(database) or re.search(r'["\\\s]', database):
        raise FaduError(f"“{database}”不是 PostgreSQL 的地址；"
                        "接受 postgresql://用户:口令@主机:端口/数据库，特殊字符写成 %XX")  # fmt: skip
    return database


@click.command(name="migrate-store", help="把一个区搬到另一个数据库，并证明两边账本相同；原来的不动。")
@district_option
@click.option("--to", "target", required=True, metavar="URL或文件夹",
              help="空的 PostgreSQL 的地址，或者一个新的文件夹（其中用 SQLite）。")
@json_option
def migrate_store(district: Path | None, target: str, as_json: bool) -> None:
    source = read_district((district or folder_of_district()).resolve())
    before = os.environ.get("FADU_DATABASE")
    if "://" in target:
        check_url(target)
        os.environ["FADU_DATABASE"] = target  # for this process; written down once it is proved
        folder = source.folder
    else:
        folder = _new_folder(source, Path(target).resolve())
    try:
        use_district(folder)
        done = _moved(source, as_json, folder)
    except BaseException:
        if folder != source.folder:
            shutil.rmtree(folder)
        raise
    if done and folder == source.folder:
        settle_database(folder, target)
        if before and not as_json:
            click.echo(f"环境变量 FADU_DATABASE 还指着原来的数据库；请改成 {target}")
    if not done:
        sys.exit(1)


def _new_folder(source: District, folder: Path) -> Path:
    """A district's folder without rows, all else as in the source."""
    if folder.exists() and any(folder.iterdir()):
        raise FaduError(f"{folder} 不是空的，不会覆盖；请换一个文件夹")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copy2(source.folder / SETTINGS, folder / SETTINGS)
    for name in ALONG:
        if (source.folder / name).is_dir():
            shutil.copytree(source.folder / name, folder / name)
    settle_database(folder, "")
    return folder


def _moved(source: District, as_json: bool, folder: Path) -> bool:
    from fadu.store import moving
    from fadu.store.rebuilding import rebuild
    from fadu.store.verifying import verify_store

    if not source.database and not source.sqlite_file.exists():
        raise FaduError(f"{source.folder} 里没有数据库 {source.sqlite_file.name}")
    moving.open_source(source.database or source.sqlite_file)
    moved = moving.move()
    verdicts, differences = verify_store(), list(rebuild(check=True))
    clean = all(verdict.ok for verdict in verdicts) and not differences
    if as_json:
        answer({"folder": str(folder), "rows": moved.rows, "from": moved.there.as_json(), "to": moved.here.as_json(),
                "verified": {verdict.name: verdict.ok for verdict in verdicts},
                "differences": len(differences)})  # fmt: skip
        return clean
    click.echo(f"已搬 {sum(moved.rows.values())} 行，{len(moved.rows)} 张表。")
    click.echo(f"原来的账本：{moved.there}\n现在的账本：{moved.here}\n两者相同。")
    for verdict in verdicts:
        click.echo(f"{verdict.label}：{'没有问题' if verdict.ok else f'{verdict.total} 处问题'}")
    click.echo("由事件重新推算：" + ("没有不同" if not differences else f"{len(differences)} 处不同"))
    kept = "原来的数据库没有改动，确认无误后再自行删除。"
    click.echo(kept if clean else "设置没有改，区仍用原来的数据库；请先查明上面的问题。")
    return clean
