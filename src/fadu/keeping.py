"""Where Fadu keeps what is the user's own, and how a file is written there: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def home() -> Path:
    """The user's folder for what Fadu keeps: ``$FADU_HOME``, or ``~/.local/share/fadu``."""
    return Path(os.environ.get("FADU_HOME") or Path.home() / ".local" / "share" / "fadu")


def write_whole(path: Path, content: str) -> None:
    """Replace ``path`` by ``content``; a crash leaves what was there. Raises ``OSError``."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".import-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
