"""YAML with line numbers: the lawbook's files as nodes that know where they stand.

Only mappings, lists and scalars are read, by the safe loader; no tag can construct anything.
Scalars keep their text as written (``on`` stays ``on``, ``2024-01-01`` stays a string).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NoReturn

import yaml

from fadu.law.dates import day_of
from fadu.law.errors import LawbookError, Place

Raw = yaml.Node
_Loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_INTEGER = re.compile(r"-?[0-9]+")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Node:
    """One YAML value and its place. Every accessor raises ``LawbookError`` with file:line."""

    raw: Raw
    file: str

    @property
    def place(self) -> Place:
        return Place(self.file, self.raw.start_mark.line + 1)

    def fail(self, message: str) -> NoReturn:
        raise LawbookError(message, self.place)

    @property
    def is_map(self) -> bool:
        return isinstance(self.raw, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.raw, yaml.SequenceNode)

    def map(self) -> dict[str, Node]:
        """The mapping's values by key; a key written twice is a mistake."""
        if not isinstance(self.raw, yaml.MappingNode):
            self.fail(f"这里应是“键: 值”的映射，实为：{self.describe()}")
        found: dict[str, Node] = {}
        for key, value in self.raw.value:
            name = str(key.value)
            if name in found:
                Node(key, self.file).fail(f"键“{name}”重复")
            found[name] = Node(value, self.file)
        return found

    def list(self) -> Sequence[Node]:
        """The values of a list, each with its own place."""
        if not isinstance(self.raw, yaml.SequenceNode):
            self.fail(f"这里应是列表，实为：{self.describe()}")
        return [Node(item, self.file) for item in self.raw.value]

    def many(self) -> Sequence[Node]:
        """A list, or one value standing for a list of one."""
        return self.list() if self.is_list else [self]

    def text(self) -> str:
        """The value as written, quotes removed."""
        if not isinstance(self.raw, yaml.ScalarNode):
            self.fail(f"这里应是一个值，实为：{self.describe()}")
        return str(self.raw.value)

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.many())

    def integer(self) -> int:
        """A whole number."""
        text = self.text()
        if not _INTEGER.fullmatch(text):
            self.fail(f"“{text}”不是整数")
        return int(text)

    def at_least(self, least: int) -> int:
        """A whole number not below ``least``."""
        number = self.integer()
        if number < least:
            self.fail(f"“{number}”太小；至少是 {least}")
        return number

    def number(self) -> float:
        """A decimal number; no exponents, no separators."""
        text = self.text()
        if not _DECIMAL.fullmatch(text):
            self.fail(f"“{text}”不是数字")
        return float(text)

    def boolean(self) -> bool:
        """``true`` or ``false``, and no other spelling."""
        text = self.text()
        if text not in ("true", "false"):
            self.fail(f"“{text}”不是 true 或 false")
        return text == "true"

    def date_day(self) -> int:
        """A date written YYYY-MM-DD, as a day number."""
        text = self.text()
        try:
            if not _DATE.fullmatch(text):
                raise ValueError
            return day_of(date.fromisoformat(text))
        except ValueError:
            self.fail(f"“{text}”不是日期；接受 2024-01-01 这样的写法")

    def choice(self, *accepted: str) -> str:
        """One of ``accepted``; the message lists them."""
        text = self.text()
        if text not in accepted:
            self.fail(f"“{text}”不在可选值之内；可选：{'、'.join(accepted)}")
        return text

    def keys(self, required: Iterable[str] = (), optional: Iterable[str] = ()) -> dict[str, Node]:
        """The mapping, after refusing unknown keys and missing ones."""
        found = self.map()
        need, may = tuple(required), tuple(optional)
        for name, value in found.items():
            if name not in need and name not in may:
                self._key(value).fail(f"不认识的键“{name}”；可用的键：{'、'.join((*need, *may))}")
        missing = [name for name in need if name not in found]
        if missing:
            self.fail(f"缺少键：{'、'.join(missing)}")
        return found

    def _key(self, value: Node) -> Node:
        """The key that ``value`` stands under, for its line."""
        return next(Node(key, self.file) for key, item in self.raw.value if item is value.raw)

    def source(self) -> str:
        """The value in one canonical text, for digests."""
        return yaml.serialize(self.raw, allow_unicode=True)

    def describe(self) -> str:
        """The value in words, for messages."""
        kinds = {"MappingNode": "映射", "SequenceNode": "列表"}
        kind = kinds.get(type(self.raw).__name__)
        return kind if kind else f"“{self.raw.value}”"


def load(path: str | Path) -> Node:
    """Read one YAML file. Raises ``LawbookError`` where it is not YAML, empty or not UTF-8."""
    name = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise LawbookError(f"文件不是 UTF-8 编码（第 {error.start} 字节）；请另存为 UTF-8", Place(name)) from error
    except OSError as error:
        raise LawbookError(f"读不了文件：{error.strerror}", Place(name)) from error
    try:
        raw = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise LawbookError(f"不是合法的 YAML：{error.problem}", Place(name, line)) from error
    except yaml.YAMLError as error:
        raise LawbookError(f"不是合法的 YAML：{error}", Place(name)) from error
    if raw is None:
        raise LawbookError("文件是空的", Place(name, 1))
    return Node(raw, name)
