"""Files on their way in: one that is too large is refused by its announced size, before its bytes are received."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from fadu.acts.attach import SIZE_LIMIT


class FileTooBig(RequestDataTooBig):
    """A form with more bytes than any file may have; ``size``: those it announced."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes")
        self.size = size


class StopAtLimit(FileUploadHandler):
    """First of the handlers: looks at the size, leaves the rest to the others.

    A form cannot send more than it announced: Django reads no further (``django.core.handlers.wsgi.LimitedStream``).
    """

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *_: Any) -> None:  # noqa: N803
        """Raises ``FileTooBig``."""
        if content_length > SIZE_LIMIT + settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise FileTooBig(content_length)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass the bytes on."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the other handlers."""
