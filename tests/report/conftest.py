"""What the tests of documents share: the lawbook with its templates. ``drawn``, beside this file, reads pages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fadu.book import SHIPPED, Book, load_book
from fadu.book.documents import Documents, load_documents

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def book() -> Book:
    return load_book()


@pytest.fixture(scope="session")
def documents(book: Book) -> Documents:
    return load_documents(SHIPPED, book.procedures, book.statutes)
