"""``fadu backup``: a district in one file, while the office works."""

from __future__ import annotations

from pathlib import Path

import click

from fadu.cli.at_district import district_option, use_district
from fadu.cli.options import answer, json_option


@click.command(help="把一个区备份成一个文件，办公网站可以照常运行；写完整才有这个文件。")
@district_option
@click.option("--to", required=True, metavar="文件", type=click.Path(dir_okay=False, path_type=Path),
              help="备份文件，如 mingchuan-2024-02-07.tar.gz；已经存在的不覆盖。")
@click.option("--with-keys", is_flag=True, help="连密钥一起备份；拿到文件的人就能看到全部个人信息。")
@json_option
def backup(district: Path | None, to: Path, with_keys: bool, as_json: bool) -> None:
    use_district(district)
    from django.conf import settings

    from fadu.clock import now
    from fadu.store.archive import Wanted, write_archive

    settled = settings.DISTRICT
    manifest = write_archive(Wanted(settled.folder, settled.code, settled.name, with_keys, now()), to)
    if as_json:
        counted = {**manifest.as_json(), "members": len(manifest.members)}
        answer({"file": str(to), "bytes": to.stat().st_size, **counted})
        return
    click.echo(f"已备份 {manifest.name}：{to}（{to.stat().st_size} 字节，{len(manifest.members)} 个文件）")
    click.echo(f"账本：{manifest.ledger}")
    if with_keys:
        click.echo("密钥在备份里：拿到这个文件的人能看到全部个人信息，并能以本区名义签名。请像保管密钥一样保管它。")
    else:
        click.echo("密钥不在备份里：没有 keys/ 文件夹，加密的个人信息打不开，也不能恢复。请把 keys/ 另外保管。")
