"""Parties known again: digests that are equal for equal numbers only, and check digits that notice a wrong sign."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fadu.store.identity import check_digit_fits, digest, plain_number
from fadu.store.models import Party

PERSON, BODY = "11010519491231002X", "91110000600037341L"
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_numbers_written_differently_are_the_same_number():
    assert digest("1101 0519-4912 31002x", "id_number") == digest(PERSON, "id_number") != ""
    assert digest("１３８０００００００１", "phone") == digest("138-0000-0001", "phone")


def test_what_is_no_number_has_no_digest():
    assert [digest(text, "phone") for text in ("", "  ", "138****0001", "12345")] == ["", "", "", ""]


def test_a_number_is_of_its_kind():
    assert digest("13800000001", "phone") != digest("13800000001", "id_number")


def test_the_digest_does_not_hold_the_number():
    assert len(digest(PERSON, "id_number")) == 32 and PERSON not in digest(PERSON, "id_number")


@pytest.mark.parametrize(("number", "signs"), [("440106194912310014", SIGNS[:10]), (BODY, SIGNS)])
def test_one_wrong_sign_is_noticed(number, signs):
    """Every one, of these; where a person's number begins as a credit code may, one in thirty-one can look like one."""
    assert check_digit_fits(number)
    for place in range(18):
        for sign in signs:
            changed = number[:place] + sign + number[place + 1 :]
            assert changed == number or check_digit_fits(changed) in (False, None), changed


@given(st.text(max_size=30))
def test_any_text_can_be_asked(text):
    assert check_digit_fits(text) in (True, False, None)
    assert not set(plain_number(text)) & set(" -－")


@pytest.mark.parametrize("number", ["E12345678", "台胞证0123", "123", ""])
def test_other_papers_have_no_check_digit(number):
    assert check_digit_fits(number) is None


def test_a_party_carries_the_digests_of_its_numbers():
    row = Party.of(0, {"role": "申请人", "name": "甲", "id_number": PERSON, "phone": "13800000001"})
    assert row.id_number_digest == digest(PERSON, "id_number") and row.phone_digest == digest("13800000001", "phone")
    assert Party.of(0, {"role": "申请人", "name": "乙"}).phone_digest == ""
