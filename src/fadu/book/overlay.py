"""A district's own lawbook files laid over the shipped ones: the same name replaces, a new name is added."""

from __future__ import annotations

import shutil
from pathlib import Path

from fadu.law.errors import LawbookError, Place


def laid_over(overlay: Path, into: Path, base: Path | None = None) -> Path:
    """A folder with the files of ``base`` (default: the shipped lawbook) and those of ``overlay`` on top.

    Written anew into ``into`` each time it is asked for. Raises ``LawbookError`` where there is no overlay.
    """
    from fadu.book import SHIPPED  # here: ``book`` is being imported when this module is

    if not overlay.is_dir():
        raise LawbookError("没有这个法典文件夹；请核对 district.toml 的 lawbook", Place(str(overlay)))
    fresh = into.with_name(f"{into.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(base or SHIPPED, fresh)
    shutil.copytree(overlay, fresh, dirs_exist_ok=True)
    shutil.rmtree(into, ignore_errors=True)
    fresh.rename(into)
    return into
