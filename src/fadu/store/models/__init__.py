"""Every table of the district."""

from fadu.store.models.cases import (
    ERASED,
    JOURNAL,
    SEQ_BITS,
    Assignment,
    Case,
    Clock,
    Document,
    Event,
    Link,
    Notification,
    Party,
    Secret,
)
from fadu.store.models.people import SEPARATED, ColumnChoice, Credential, Grant, Person, Post, Role, SavedFilter, Trace
from fadu.store.models.records import (
    Checkpoint,
    Export,
    Figure,
    Heartbeat,
    ImportBatch,
    ImportMapping,
    ImportRow,
    Leaf,
    Node,
    Tree,
    Unsequenced,
)
from fadu.store.models.units import Counter, HolidayYear, Setting, Unit, UnitChange

__all__ = [
    "ERASED", "JOURNAL", "SEPARATED", "SEQ_BITS", "Assignment", "Case", "Checkpoint", "Clock", "ColumnChoice",
    "Counter", "Credential", "Document", "Event", "Export", "Figure", "Grant", "Heartbeat", "HolidayYear",
    "ImportBatch", "ImportMapping", "ImportRow", "Leaf", "Link", "Node", "Notification", "Party", "Person", "Post",
    "Role", "SavedFilter", "Secret", "Setting", "Trace", "Tree", "Unit", "UnitChange", "Unsequenced",
]  # fmt: skip
