"""Importing a register: mapping, preview, run, report."""

from __future__ import annotations

from django.urls import URLPattern

urls: list[URLPattern] = []
