"""Due days and hearings by month."""

from __future__ import annotations

from django.urls import URLPattern

urls: list[URLPattern] = []
