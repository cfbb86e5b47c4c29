"""Django settings: one PostgreSQL, loopback only, Vietnamese first.

Everything that differs between machines comes from the environment:
    CONGTO_DATA      folder of the embedded database, interval store and result files (./data)
    DATABASE_URL     a PostgreSQL server to use in place of the embedded one
    CONGTO_SECRET    the secret key; without it one is made and kept in the data folder
    CONGTO_MASTER_KEY  where the master key of meters' secrets is (interfaces/project/master_key.py)
    CONGTO_HOSTS     host names served, comma separated (loopback only by default)
    CONGTO_DEBUG     1 shows Django's error pages
"""

import os
from pathlib import Path

from congto.interfaces.project.master_key import MasterKeys
from congto.interfaces.project.secret import secret_key
from congto.interfaces.project.urls_of_database import django_database

DATA = Path(os.environ.get("CONGTO_DATA", "data")).resolve()
DEBUG = os.environ.get("CONGTO_DEBUG") == "1"
SECRET_KEY = secret_key(DATA)
MASTER_KEYS = MasterKeys(DATA)
"""Called by the office when it seals or opens a secret of a meter; the key is made or read then."""
DEFAULT_EXCEPTION_REPORTER_FILTER = "congto.interfaces.project.reports.ReportFilter"
ALLOWED_HOSTS = os.environ.get("CONGTO_HOSTS", "127.0.0.1,localhost,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "procrastinate.contrib.django",
    "congto.office.control",
    "congto.office.organisation",
    "congto.office.network",
    "congto.office.customers",
    "congto.office.meters",
    "congto.office.devices",
    "congto.office.meterdata",
    "congto.office.intake",
    "congto.office.campaigns",
    "congto.office.commands",
    "congto.office.billing",
    "congto.office.ledger",
    "congto.office.payments",
    "congto.office.channels",
    "congto.office.settlement",
    "congto.office.arrears",
    "congto.office.losses",
    "congto.office.scorecard",
    "congto.interfaces.jobs",
    "congto.interfaces.console",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "congto.interfaces.console.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "congto.interfaces.console.middleware.VietnameseFirst",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "congto.interfaces.console.middleware.ScopeOfRequest",
]

ROOT_URLCONF = "congto.interfaces.project.urls"
WSGI_APPLICATION = "congto.interfaces.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "congto.interfaces.console.context.frame",
            ],
        },
    },
]

DATABASES = {"default": django_database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parent.parent / "console" / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 20 * 2**20
"""Shipment files hold keys: they stay in memory, not in a temporary file on the disk."""
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
