"""JSON: one case object or a list of them; JSONL: one case a line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fadu.exchange.files import Progress, fail
from fadu.exchange.schema import EVENT_COLUMNS, column_of
from fadu.exchange.staging import FIELD, Staging
from fadu.exchange.text import blocks

WAITING = 20_000
CASE_KEYS = {"id": "case_id", "unit": "unit", "procedure": "procedure"}
_CONTAINERS = {"fields": "fields", "字段": "fields", "events": "events", "事件": "events"}
_SPACE = re.compile(r"[\s,]*")
_SHAPE = '{"id": …, "procedure": …, "unit": …, "fields": {…}, "events": [{"step": …, "date": …}]}'


def read(staging: Staging, progress: Progress | None) -> None:
    """One object, a list of objects, or objects one after another."""
    cases = _Cases(staging)
    text = _Text(block.text.decode("utf-8", "replace") for block in blocks(staging, progress))
    for line, value in text.values(lambda line, why: _broken(staging, line, why, cases.count)):
        cases.add(line, value)
    cases.finish()


def read_lines(staging: Staging, progress: Progress | None) -> None:
    """One case a line; a line that is not JSON is rejected, the others are kept."""
    cases = _Cases(staging)
    for block in blocks(staging, progress):
        for i, text in enumerate(block.text.split(b"\n")):
            if text.strip():
                _read_line(staging, cases, block.line + i, text)
    cases.finish()


def _read_line(staging: Staging, cases: _Cases, line: int, text: bytes) -> None:
    try:
        value = json.loads(text)
    except ValueError as error:  # JSONDecodeError, UnicodeDecodeError
        place = f"{line}:{error.colno}" if isinstance(error, json.JSONDecodeError) else str(line)
        staging.reject(
            "json", place, f"这一行不是 JSON（{error}）", found=text[:200].decode("utf-8", "replace"),
            accepted=f"每行一个办件 {_SHAPE}", scope="case",
        )  # fmt: skip
        return
    cases.add(line, value)


def _broken(staging: Staging, line: int, why: str, taken: int) -> None:
    reason = f"JSON 语法错误（第 {line} 行：{why}）"
    if not taken:
        raise fail(staging.request.path, f"{reason}；没有读到任何完整的办件", line)
    staging.reject(
        "json", str(line), f"{reason}；此前的 {taken} 个办件已取，此后的没有读", accepted="完整的 JSON", scope="file"
    )


class _Text:
    """Values of a JSON text that is never held as a whole."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text, self._at, self._line = "", 0, 1

    def _more(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._text, self._at = self._text[self._at :] + piece, 0
        return True

    def _skip(self) -> None:
        """To the next value."""
        while True:
            self._move(_SPACE.match(self._text, self._at).end())  # type: ignore[union-attr]
            if self._at < len(self._text) or not self._more():
                return

    def _move(self, to: int) -> None:
        self._line += self._text.count("\n", self._at, to)
        self._at = to

    def values(self, broken: Callable[[int, str], None]) -> Iterator[tuple[int, Any]]:
        """Each value with its line, up to the first error."""
        self._skip()
        listed = self._text.startswith("[", self._at)
        self._at += listed
        while True:
            self._skip()
            if self._at >= len(self._text):
                if listed:
                    broken(self._line, "文件不完整，没有结尾的 ]")
                return
            if listed and self._text.startswith("]", self._at):
                return
            found = self._value()
            if isinstance(found, json.JSONDecodeError):
                line = self._line + self._text.count("\n", self._at, found.pos)
                broken(line, found.msg)
                return
            yield self._line, found[0]
            self._move(found[1])

    def _value(self) -> tuple[Any, int] | json.JSONDecodeError:
        decoder = json.JSONDecoder()
        while True:
            try:
                return decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - 64
                if not cut or not self._more():
                    return error


class _Cases:
    """Rows of the cases read, handed to the staging table a few thousand at a time."""

    def __init__(self, staging: Staging) -> None:
        self.staging = staging
        self.count = 0
        self._rows: list[dict[str, str | None]] = []
        self._lines: list[int] = []
        self._nth: list[int] = []

    def add(self, line: int, case: Any) -> None:
        self.count += 1
        if not isinstance(case, dict):
            self._reject(line, "", f"不是办件对象，而是 {_kind(case)}", f"每个办件是一个对象 {_SHAPE}", case)
            return
        shared, events = self._split(case)
        name = shared.get("case_id") or ""
        if not isinstance(events, list) or not events:
            what = "办件没有任何事件" if not events else f"「events」不是列表，而是 {_kind(events)}"
            self._reject(line, name, what, '"events": [{"step": …, "date": …}]', events)
            return
        for i, event in enumerate(events, 1):
            self._add_event(line, i, shared, event)
            shared = {key: cell for key, cell in shared.items() if not key.startswith(FIELD)}
        if len(self._rows) >= WAITING:
            self._flush()

    def _split(self, case: Mapping[str, Any]) -> tuple[dict[str, str | None], Any]:
        """Cells shared by all events of the case, and its events."""
        shared: dict[str, str | None] = {}
        events: Any = None
        for key, value in case.items():
            container = _CONTAINERS.get(key)
            column = CASE_KEYS.get(key) or column_of(key)
            if container == "events":
                events = value
            elif container == "fields" and isinstance(value, dict):
                shared |= self._fields(value)
            elif column in CASE_KEYS.values():
                shared[column or ""] = _text(value)
            else:
                self.staging.ignored[f"{key}（办件）"] += 1
        return shared, events

    def _fields(self, fields: Mapping[str, Any]) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for name, value in fields.items():
            mapped = self.staging.request.mapped(name) or name
            if self.staging.request.names.is_field(mapped):
                found[FIELD + mapped] = _text(value)
            else:
                self.staging.ignored[f"{name}（字段）"] += 1
        return found

    def _add_event(self, line: int, nth: int, shared: Mapping[str, str | None], event: Any) -> None:
        if not isinstance(event, dict):
            place = self.staging.place(line, nth)
            self.staging.reject(
                "json", place, f"事件不是对象，而是 {_kind(event)}", case=shared.get("case_id") or "",
                found=_text(event) or "", accepted='{"step": …, "date": …}',
            )  # fmt: skip
            return
        row = dict(shared)
        for key, value in event.items():
            target = self.staging.request.target(key)
            if target in EVENT_COLUMNS:
                row[target or ""] = _text(value)
            else:
                self.staging.ignored[f"{key}（事件）"] += 1
        by = event.get("by")
        if isinstance(by, list) and not row.get("officers"):
            row["officers"] = str(len(by))
        self._rows.append(row)
        self._lines.append(line)
        self._nth.append(nth)

    def _reject(self, line: int, case: str, reason: str, accepted: str, found: Any) -> None:
        self.staging.reject(
            "json", str(line), reason, case=case, found=_text(found) or "", accepted=accepted, scope="case"
        )

    def _flush(self) -> None:
        names = dict.fromkeys(name for row in self._rows for name in row)
        columns = {name: [row.get(name) for row in self._rows] for name in names}
        self.staging.add(columns, self._lines, self._nth)
        self._rows, self._lines, self._nth = [], [], []

    def finish(self) -> None:
        if self._rows:
            self._flush()
        if not self.count and not len(self.staging.rejects):
            raise fail(self.staging.request.path, f"没有任何办件；接受：{_SHAPE}")


def _text(value: Any) -> str | None:
    """A JSON value as the text a table cell would hold."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return "、".join(_text(item) or "" for item in value)
    return json.dumps(value, ensure_ascii=False)


def _kind(value: Any) -> str:
    names = {"dict": "对象", "list": "列表", "str": "文字", "bool": "真假值", "NoneType": "null"}
    return names.get(type(value).__name__, "数字")
