"""Official documents and attachments of a case."""

from __future__ import annotations

from django.urls import URLPattern

urls: list[URLPattern] = []
