"""Django's settings, made from the district's folder. One process serves one district."""

from __future__ import annotations

import os
from pathlib import Path

from fadu.clock import begin_on
from fadu.district import postgresql, read_district

DISTRICT = read_district()
if DISTRICT.begins_on is not None:
    begin_on(DISTRICT.begins_on)
SECRET_KEY = DISTRICT.key("web").hex()
DEBUG = False
ALLOWED_HOSTS = list(DISTRICT.allowed_hosts)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "fadu.store",
    "fadu.office",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fadu.office.middleware.ContentPolicy",
    "fadu.office.middleware.SessionPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "fadu.office.urls"
WSGI_APPLICATION = "fadu.office.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": [
            "django.template.context_processors.request",
            "fadu.office.context.frame",
        ]},
    }
]  # fmt: skip


def _database() -> dict[str, object]:
    if DISTRICT.database:
        # A page asks for few rows of many, and disks no longer turn: an index is nearly always the cheaper way, and
        # compiling a statement costs more than it saves.
        planner = {"options": "-c random_page_cost=1.1 -c jit=off"}
        return {**postgresql(DISTRICT.database), "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "OPTIONS": planner}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(DISTRICT.sqlite_file),
        "CONN_MAX_AGE": None,
        "TEST": {"NAME": str(DISTRICT.folder / "test.sqlite3")},  # a file: memory has no second writer
        "OPTIONS": {
            # Writers queue at BEGIN, so that none finds at its first write that what it read is stale.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=8000;"
            "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA foreign_keys=ON;",
        },
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

AUTH_USER_MODEL = "store.Person"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "/sign-in/"
SESSION_ENGINE = "fadu.store.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "fadu.office.views.errors.forged"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if os.environ.get("FADU_HTTPS"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
"""Words of one form; files have a limit of their own (``fadu.exchange.uploads``)."""
FILE_UPLOAD_HANDLERS = [
    "fadu.office.uploading.StopAtLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SIGN_IN = {
    "tries": 5,  # wrong passwords before an account is locked
    "lock_minutes": 15,
    "idle_minutes": 30,
    "sessions": 2,  # at one time, for one person
    "password_length": 10,
    "password_days": 90,
    "second_factor": 0,  # who must have one: 0 nobody, 1 administrators, 2 everybody
    **(DISTRICT.policy or {}),
}
SESSION_COOKIE_AGE = 60 * SIGN_IN["idle_minutes"] * 2
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
