"""Clusters: cases of one topic close together in space and time, more than the same ground usually has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import poisson
from sklearn.cluster import DBSCAN

from fadu.ahead.complaints import Complaints

REACH = 300.0
"""Metres within which two cases of one week are neighbours."""
DAYS = 7
"""Days that count as much as ``REACH``."""
WINDOW = 28
LEAST = 5
CHANCE = 0.001


@dataclass(frozen=True, slots=True)
class Cluster:
    """``centre``: metres east and north. ``usual``: cases of the topic the same ground has in as many days."""

    topic: str
    places: tuple[str, ...]
    centre: tuple[float, float]
    radius: float
    first: int
    last: int
    usual: float
    cases: tuple[int, ...]


def clusters(complaints: Complaints, as_of: int) -> list[Cluster]:
    """Clusters of the last four weeks, the largest first. Cases whose point is not known are in none."""
    known = complaints.rows(np.flatnonzero(np.isfinite(complaints.point).all(axis=1)))
    found = []
    for topic in range(len(known.topics)):
        of_topic = known.rows(known.topic == topic)
        found += _of_topic(of_topic, of_topic.between(as_of - WINDOW + 1, as_of), as_of)
    return sorted(found, key=lambda cluster: (-len(cluster.cases), cluster.topic, cluster.first))


def _of_topic(all_days: Complaints, recent: Complaints, as_of: int) -> list[Cluster]:
    if len(recent) < LEAST:
        return []
    space = np.column_stack([recent.point, (recent.day - as_of) * (REACH / DAYS)])
    labels = DBSCAN(eps=REACH, min_samples=LEAST).fit_predict(space)
    groups = (np.flatnonzero(labels == label) for label in range(labels.max(initial=-1) + 1))
    made = (_cluster(all_days, recent.rows(group)) for group in groups)
    return [cluster for cluster in made if poisson.sf(len(cluster.cases) - 1, max(cluster.usual, 0.05)) < CHANCE]


def _cluster(all_days: Complaints, group: Complaints) -> Cluster:
    centre = group.point.mean(axis=0)
    radius = float(np.linalg.norm(group.point - centre, axis=1).max())
    first, last = int(group.day.min()), int(group.day.max())
    ground = np.linalg.norm(all_days.point - centre, axis=1) <= max(radius, REACH)
    before = int((ground & (all_days.day < first)).sum())
    days = max(first - int(all_days.day.min()), 1)
    usual = before / days * (last - first + 1)
    names = tuple(group.places[code] for code in sorted(set(group.place[group.place >= 0].tolist())))
    topic = group.topics[int(group.topic[0])]
    return Cluster(
        topic, names, (float(centre[0]), float(centre[1])), radius, first, last, usual, tuple(group.case.tolist())
    )
