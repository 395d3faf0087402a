"""Commands that work on a district: its folder, and Django set up for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

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
