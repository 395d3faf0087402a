"""Where Fadu keeps what is the user's own, and how a file is written there: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path


def home() -> Path:
    """The user's folder for what Fadu keeps: ``$FADU_HOME``, or ``~/.local/share/fadu``."""
    return Path(os.environ.get("FADU_HOME") or Path.home() / ".local" / "share" / "fadu")


def keep(path: Path, content: bytes, most: int) -> None:
    """Keep what can be made again, of its kind the newest ``most``; where the folder cannot be written, nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, content)
        kept = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda item: item.stat().st_mtime)
        for old in kept[:-most]:
            old.unlink(missing_ok=True)
    except OSError:
        return


@cache
def sources(*folders: Path) -> str:
    """Changes whenever a module of these folders does: for what is kept by the code that made it."""
    files = sorted(path for folder in folders for path in folder.glob("*.py"))
    return "".join(f"{path}{path.stat().st_mtime_ns}" for path in files)


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace ``path`` by ``content``; a crash leaves what was there. Raises ``OSError``."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".import-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
