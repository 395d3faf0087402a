"""The parties a register names beside those recorded: numbers put right, names changed, parties added; none removed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from fadu.acts.moves import PartyGiven
from fadu.acts.register import party_value
from fadu.exchange.case_drafts import PartyDraft
from fadu.store.models import Party
from fadu.store.sealing import mask, masked_text

Said = tuple[Any, bool]
"""A statement of the records, and whether an import made it."""
Statements = Sequence[Said]
"""What was recorded of a thing, in order."""
Verdict = Literal["same", "new", "kept", "against"]
_NUMBERS = {"id_number": "identity", "phone": "phone", "address": "address"}
_PERSON = re.compile(r"[1-8*][\d*]{16}[\dX*]")  # a credit code of digits alone begins with 9
_PSEUDONYM = re.compile(r"P-[A-Z2-7]{16}")
_BODY = re.compile(
    r"(公司|集团|厂|店|行|局|院|所|站|处|部|社|馆|中心|学校|大学|中学|小学|幼儿园|银行|协会|学会|委员会|政府|合作社|"
    r"事务所|医院|酒店|饭店|商场|超市|工作室|基金会)$"
)


def weigh(given: Any, statements: Statements) -> Verdict:
    """What to do with a value the file gives, by who said what before.

    >>> weigh("乙", [("甲", True)]), weigh("乙", [("甲", False)]), weigh("甲", [("甲", True), ("丙", False)])
    ('new', 'against', 'kept')
    """
    if given in (None, "", ()) or (statements and _alike(given, statements[-1][0])):
        return "same"
    if not statements or statements[-1][0] in (None, "", ()) or statements[-1][1]:
        return "new"
    said = [value for value, imported in statements if imported]
    return "kept" if said and said[-1] == given else "against"


def _alike(given: Any, known: Any) -> bool:
    """Equal; or what an export made of it, which comes back: numbers masked, names of persons as pseudonyms."""
    if isinstance(given, str) and isinstance(known, str) and "*" in given:
        return given in (known, masked_text(known))
    if given and isinstance(given, tuple) and all(_PSEUDONYM.fullmatch(name) for name in given):
        return True
    return bool(given == known)


@dataclass
class PartiesNews:
    """The parties as they are to be, what is new of them in words (never a number), what contradicts the record."""

    after: list[dict[str, str]]
    words: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)


def party_of(draft: PartyDraft) -> PartyGiven:
    """A party as it is handed in. A register does not say whether it is a person: number and name do."""
    if draft.identity:
        legal = len(draft.identity) == 18 and not _PERSON.fullmatch(draft.identity)
    else:
        legal = bool(_BODY.search(draft.name))
    kind = Party.Kind.LEGAL if legal else Party.Kind.NATURAL
    return PartyGiven(draft.role, draft.name, kind.value, draft.identity, draft.phone, draft.address)


def parties_news(said: Sequence[Said], given: Sequence[PartyDraft]) -> PartiesNews:
    """Compare. A masked number (``138****0000``) never takes the place of one that is known."""
    news = PartiesNews([dict(party) for party in said[-1][0]] if said else [])
    strange = [party for party in given if _find(news.after, party.role, party.name) is None]
    for party in given:
        known = _find(news.after, party.role, party.name)
        if known is None:
            known = _renamed(news, said, party, [other for other in strange if other.role == party.role], given)
        if known is not None:
            _compare_numbers(news, known, said, party)
    return news


def _find(parties: Sequence[Mapping[str, str]], role: str, name: str) -> Any:
    return next((party for party in parties if (party["role"], party["name"]) == (role, name)), None)


def _renamed(news: PartiesNews, said: Sequence[Said], party: PartyDraft, strange: Sequence[PartyDraft],
             given: Sequence[PartyDraft]) -> dict[str, str] | None:  # fmt: skip
    """The record whose name the file has changed; None for a party that is new (and added) or not to be changed."""
    names = {(other.role, other.name) for other in given}
    gone = [one for one in news.after if one["role"] == party.role and (one["role"], one["name"]) not in names]
    if len(gone) != 1 or len(strange) != 1:
        news.after.append(party_value(party_of(party)))
        news.words.append(f"增加{party.role}")
        return None
    if not said[-1][1]:  # a person named the party
        if not any(imported and _find(parties, party.role, party.name) for parties, imported in said):
            news.against.append(f"{party.role}的名称与人登记的不同")
        return None
    gone[0]["name"] = party.name
    news.words.append(f"修改{party.role}的名称")
    return gone[0]


def _compare_numbers(news: PartiesNews, known: dict[str, str], said: Sequence[Said], party: PartyDraft) -> None:
    for name, label in Party.NUMBERS.items():
        value = getattr(party, _NUMBERS[name])
        now = known.get(name, "")
        if not value or value == now or ("*" in value and (now or name == "address")) or value == mask(now, name):
            continue
        earlier = [((_find(parties, party.role, party.name) or {}).get(name, ""), imported)
                   for parties, imported in said]  # fmt: skip
        match weigh(value, [*earlier[:-1], (now, bool(said and said[-1][1]))]):
            case "new":
                known[name] = value
                news.words.append(f"{'修改' if now else '补上'}{party.role}的{label}")
            case "against":
                news.against.append(f"{party.role}的{label}与人登记的不同")

