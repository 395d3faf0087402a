"""Ahead of complaint (未诉先办): what the hotline's cases say of next week, each finding with the cases behind it.

Rises above what the season and the place lead one to expect, clusters in space and time, callers who come again, kinds
that end in enforcement. A finding is a lead for 主动治理, never a verdict: who reads it opens its cases first.
"""

from fadu.ahead.clusters import Cluster, clusters
from fadu.ahead.complaints import Complaints
from fadu.ahead.repeats import Reach, Repeat, reaches, repeats
from fadu.ahead.rises import Rise, rises

__all__ = ["Cluster", "Complaints", "Reach", "Repeat", "Rise", "clusters", "reaches", "repeats", "rises"]
