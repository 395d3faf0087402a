"""The office as a WSGI application; ``FADU_DISTRICT`` names the district it serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fadu.settings")
application = get_wsgi_application()
