"""Events, the ledger's places and the traces are only ever added to; and the index for full-text search."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from fadu.store.append_only import guard, lift


def forward(apps: Any, editor: Any) -> None:
    guard(editor.connection)
    if editor.connection.vendor == "sqlite":
        editor.execute("CREATE VIRTUAL TABLE store_words USING fts5(words, tokenize='unicode61')")
    else:
        editor.execute("CREATE TABLE store_words (rowid bigint PRIMARY KEY, words tsvector NOT NULL)")
        editor.execute("CREATE INDEX store_words_gin ON store_words USING gin (words)")


def backward(apps: Any, editor: Any) -> None:
    editor.execute("DROP TABLE store_words")
    lift(editor.connection)


class Migration(migrations.Migration):
    dependencies = (("store", "0001_tables"),)
    operations = (migrations.RunPython(forward, backward),)
