"""A lawbook read once and kept: reading its five hundred files takes seconds, the kept one a fifth of one.

What is kept is named by the text of every file and by the code that reads it, so a changed comma is read anew.
"""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from fadu import __version__, law
from fadu.keeping import home, keep, sources

T = TypeVar("T")
MOST = 8
"""Books kept; the oldest go."""


def read_once(root: Path, read: Callable[[], T], whole: Callable[[T], bool]) -> T:
    """What ``read`` makes of a folder, from the user's kept copy where there is one; only what is ``whole`` is kept.

    Whoever can write to ``$FADU_HOME`` can change what that user runs; the folder is made with mode 0700 (ADR 0009).
    """
    path = home() / "books" / f"{_key(root)}.pickle"
    try:
        with _uncollected():
            kept: T = pickle.loads(path.read_bytes())  # noqa: S301 - the user's own file, see above
        return kept
    except Exception:  # absent, cut short, of another version: read anew
        made = read()
    if whole(made):
        keep(path, pickle.dumps(made, protocol=5), MOST)
    return made


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage while a hundred thousand objects are made: it finds none and takes half the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _key(root: Path) -> str:
    reader = sources(Path(__file__).parent, Path(law.__file__).parent)
    total = sha256(repr((__version__, sys.version, str(root.absolute()), str(root), reader)).encode())
    for path in sorted(root.rglob("*.yaml")):
        total.update(f"{path}\0".encode())
        total.update(sha256(path.read_bytes()).digest())
    return total.hexdigest()
