"""Commands that work on a district: its folder, and Django set up for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fadu.law.errors import FaduError

if TYPE_CHECKING:
    from fadu.acts.recording import Actor

district_option: Callable[[Any], Any] = click.option(
    "--district", type=click.Path(file_okay=False, path_type=Path), default=None, metavar="文件夹",
    help="区的文件夹（默认：环境变量 FADU_DISTRICT，或用户目录下的 district）。",
)  # fmt: skip


def use_district(folder: Path | None) -> None:
    """Set Django up for the district. Raises ``FaduError`` where the folder is none."""
    import django

    from fadu.district import folder_of_district, read_district

    os.environ["FADU_DISTRICT"] = str((folder or folder_of_district()).resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "fadu.settings"
    read_district()
    django.setup()


as_option: Callable[[Any], Any] = click.option(
    "--as", "login", default="", metavar="登录名", help="以谁的身份：权限、可见范围和留痕都按这个人。必须写明。"
)


def person_of(login: str) -> Actor:
    """The person who acts from the command line. Raises ``FaduError`` where none is named or there is none."""
    from fadu.acts.recording import Actor
    from fadu.clock import today
    from fadu.store.access import access_of
    from fadu.store.models import Person

    if not login:
        raise FaduError("请用 --as 写明以谁的身份（登录名）；权限和留痕都按这个人")
    person = Person.objects.filter(login=login.lower(), is_active=True).first()
    if person is None:
        raise FaduError(f"没有登录名为“{login}”的在用账号；登录名在办公网站的“人员”一页")
    return Actor(access_of(person, today()), "command", "命令行")
