"""The lawbook: procedures, statutes, the calculator of last days, holiday notices."""

from __future__ import annotations

from django.urls import URLPattern

urls: list[URLPattern] = []
