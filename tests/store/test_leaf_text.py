"""The leaf put together from texts is the canonical one, whatever the record says."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from fadu.ledger.leaf import canonical
from fadu.store.leaves import Record, Standing, documents_of, leaf_content, leaf_text

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
number = st.none() | st.integers(0, 10**6)
values = st.recursive(st.none() | st.booleans() | st.integers() | text, lambda inner: st.lists(inner, max_size=3))
bodies = st.dictionaries(text, values, max_size=4) | st.dictionaries(
    st.sampled_from(["document", "word"]), st.builds(lambda sm3: {"sm3": sm3}, text), min_size=1
)
records = st.builds(Record, text, st.dates(date(1949, 10, 1)), text, number, number, st.booleans())
standings = st.builds(Standing, text, st.integers(1, 10**6), st.just("2024-02-26T02:00:00.000000Z"), text,
                      st.binary(max_size=32))  # fmt: skip


@given(standings, records, bodies, st.dictionaries(text, text, max_size=2))
def test_a_leaf_from_texts_is_canonical(standing, record, body, commits):
    written, committed = canonical(body).decode(), canonical(commits).decode()
    found = leaf_text(standing, record, written, committed, documents_of(body))
    assert found == canonical(leaf_content(standing, record, body, commits))
