"""The office as a WSGI application; ``FADU_DISTRICT`` names the district it serves."""

from __future__ import annotations

import os
from importlib import import_module
from threading import Thread

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fadu.settings")
application = get_wsgi_application()

statistics = Thread(target=import_module, args=("fadu.office.leads",), name="statistics", daemon=True)
"""Loads what 未诉先办 rests on, which takes seconds, while nobody waits for it."""
statistics.start()
