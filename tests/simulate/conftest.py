"""The lawbook as far as it can be read."""

from __future__ import annotations

import pytest

from fadu.book import Book, survey_book


@pytest.fixture(scope="session")
def book() -> Book:
    return survey_book()[0]
