"""The store as a Django app."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Its label is ``store``; its models are the whole schema."""

    name = "fadu.store"
    label = "store"
    verbose_name = "办件库"
    default_auto_field = "django.db.models.BigAutoField"
