"""``{{ words|articles }}``: words in which every article that is named leads to its page.

``{% options pairs chosen %}``: the options of a choice, by value and words.
``{% gauge done tone words %}``: a bar that is full at 100, ``words`` for who cannot see it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from fadu.office.articles import linked

register = template.Library()
register.filter("articles", linked)


@register.simple_tag
def options(pairs: Iterable[tuple[Any, str]], chosen: Any) -> SafeString:
    """Of hundreds of units a template would be slow to write them."""
    return format_html_join("", '<option value="{}"{}>{}</option>', (
        (value, " selected" if value == chosen else "", words) for value, words in pairs
    ))  # fmt: skip


@register.simple_tag
def gauge(done: float | None, tone: str, words: str) -> SafeString:
    """The drawing of a share. ``tone``: ok warn bad mute; with ``long`` before it: over the whole width."""
    return format_html(
        '<svg class="gauge {}" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="rail" width="100" height="8"/><rect class="fill" width="{}" height="8"/></svg>',
        tone, words, done or 0,
    )  # fmt: skip
