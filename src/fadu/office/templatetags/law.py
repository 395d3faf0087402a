"""``{{ words|articles }}``: words in which every article that is named leads to its page."""

from __future__ import annotations

from django import template

from fadu.office.articles import linked

register = template.Library()
register.filter("articles", linked)
