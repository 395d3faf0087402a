"""Breaks a long title into lines that keep words whole and stand in good proportion (GB/T 9704-2012, 7.3.1)."""

from __future__ import annotations

from functools import cache
from math import ceil

from fadu.report.official import width

_OPENING = "《〈（(“‘〔[【"
_CLOSING = "》〉）)”’〕]】、，。；：！？"
_AFTER = "》）、，；：的和与及"
"""Characters after which a title may well be broken."""
_BEFORE = ("关于", "《", "（", "暨", "第", "并")
"""Words before which a title may well be broken."""
_ANYWHERE = 6.0
"""What a break elsewhere costs, in characters of unevenness."""
_REASONABLE = 10
"""Lines of the longest title that is still weighed; a longer one (a text put in the wrong place) is only cut."""


def break_title(title: str, longest: float = 20) -> list[str]:
    """The lines of a title, each at most ``longest`` full characters wide (closing punctuation may hang over).

    Numbers, Latin words and names in 《》 that fit a line stay whole; lines are as few as can be, and about equal.

    >>> break_title("行政复议决定书")
    ['行政复议决定书']
    >>> break_title("青江区人民政府办公室关于印发《区级民生诉求限时办结管理办法（试行）》的通知")
    ['青江区人民政府办公室关于印发', '《区级民生诉求限时办结管理办法（试行）》', '的通知']
    """
    words = _words(title.strip(), longest)
    total = width("".join(words))
    if total <= longest:
        return ["".join(words)] if words else []
    if total > _REASONABLE * longest:
        return _cut(words, longest)
    divisions = (_best(words, count, longest) for count in range(ceil(total / longest), len(words) + 1))
    return next((found for found in divisions if found), list(words))


def _cut(words: tuple[str, ...], longest: float) -> list[str]:
    lines = [""]
    for word in words:
        if lines[-1] and width(lines[-1] + word) > longest:
            lines.append("")
        lines[-1] += word
    return lines


def _words(title: str, longest: float) -> tuple[str, ...]:
    """Pieces not to be broken: a run of Latin letters or digits, a name in 《》, a word with its punctuation."""
    pieces: list[str] = []
    position = 0
    while position < len(title):
        end = _piece_end(title, position, longest)
        piece = title[position:end]
        if pieces and (piece[0] in _CLOSING or pieces[-1][-1] in _OPENING):
            pieces[-1] += piece
        else:
            pieces.append(piece)
        position = end
    return tuple(pieces)


def _piece_end(title: str, start: int, longest: float) -> int:
    if title[start] == "《" and (close := title.find("》", start)) > 0 and width(title[start : close + 1]) <= longest:
        return close + 1
    end, most = start + 1, start + int(longest * 2)
    while end < min(len(title), most) and _narrow(title[start]) and _narrow(title[end]):
        end += 1
    return end


def _narrow(character: str) -> bool:
    return character.isascii() and not character.isspace()


def _best(words: tuple[str, ...], count: int, longest: float) -> list[str] | None:
    """The best division into ``count`` lines, or None where there is none."""
    aim = width("".join(words)) / count

    @cache
    def divide(start: int, left: int) -> tuple[float, tuple[str, ...]] | None:
        found: tuple[float, tuple[str, ...]] | None = None
        for end in range(start + 1, len(words) - left + 2):
            line = "".join(words[start:end])
            if width(line) > longest and end > start + 1:
                break
            if left == 1 and end < len(words):
                continue
            rest = (0.0, ()) if left == 1 else divide(end, left - 1)
            if rest is not None:
                cost = rest[0] + _cost(line, "".join(words[end : end + 2]), aim)
                found = min((cost, (line, *rest[1])), found or (cost + 1, ()))
        return found

    best = divide(0, count)
    return list(best[1]) if best else None


def _cost(line: str, following: str, aim: float) -> float:
    uneven = abs(width(line) - aim)
    good = not following or line[-1] in _AFTER or following.startswith(_BEFORE)
    return uneven if good else uneven + _ANYWHERE
