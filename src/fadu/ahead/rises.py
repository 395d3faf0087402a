"""Significant rises: a place's cases of one topic in the last seven days, against what was to be expected.

Expected is the season of the topic over the whole district (a Poisson regression on the week's working days and, with
enough history, the time of year, refitted once with outlying weeks weighed down) times the level of the place, drawn
towards that of its neighbours where it has few cases. Weeks scatter more than Poisson says; by how much is measured.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson
from statsmodels.stats.multitest import fdrcorrection

from fadu.ahead.complaints import Complaints

WEEK = 7
YEAR_WEEKS = 365.25 / WEEK
LEAST_WEEKS = 8
"""History without which nothing is said."""
SEASON_WEEKS = 40
"""History with which the time of year can be told."""
PRIOR_WEEKS = 4.0
"""How many weeks of the usual level a place without cases of its own is given."""
OUTLYING = 2.5


@dataclass(frozen=True, slots=True)
class Rise:
    """``expected``, ``observed``: cases of the seven days. ``chance``: of so many or more where nothing is unusual."""

    place: str
    topic: str
    expected: float
    observed: int
    chance: float
    cases: tuple[int, ...]


def rises(
    complaints: Complaints, as_of: int, working: NDArray[np.bool_], false_share: float = 0.05, least: int = 5
) -> list[Rise]:
    """Rises of the seven days that end with ``as_of``, the least likely first.

    ``working[i]``: whether the day ``as_of − i`` is a working day, for as far back as the cases go. ``false_share``:
    the share of the rises told that may be by chance (Benjamini–Hochberg). ``least``: fewer cases are no rise.
    """
    weeks = (as_of + 1 - int(complaints.day.min(initial=as_of))) // WEEK - 1  # whole ones before the last
    if weeks < LEAST_WEEKS:
        return []
    counts = _counts(complaints, as_of, weeks)
    season, scatter = _seasons(counts.sum(axis=1), _features(weeks, as_of, working))
    expected = _expected(counts, season)
    scatter = np.maximum(scatter, _scatter(counts, season))
    seen = counts[0]
    chance = tails(seen, expected, scatter[np.newaxis, :])
    told, _ = fdrcorrection(chance.ravel(), alpha=false_share)
    told = told.reshape(chance.shape) & (seen >= least)
    last = complaints.between(as_of - WEEK + 1, as_of)
    found = [
        Rise(
            complaints.places[place], complaints.topics[topic], float(expected[place, topic]), int(seen[place, topic]),
            float(chance[place, topic]), _cases(last, int(place), int(topic)),
        )
        for place, topic in np.argwhere(told)
    ]  # fmt: skip
    return sorted(found, key=lambda rise: (rise.chance, rise.place, rise.topic))


def _cases(last: Complaints, place: int, topic: int) -> tuple[int, ...]:
    return tuple(last.case[(last.place == place) & (last.topic == topic)].tolist())


def _counts(complaints: Complaints, as_of: int, weeks: int) -> NDArray[np.int64]:
    """Cases by week back from ``as_of`` (0: the last seven days), place and topic."""
    shape = weeks + 1, len(complaints.places), len(complaints.topics)
    back = (as_of - complaints.day) // WEEK
    chosen = (back >= 0) & (back <= weeks) & (complaints.place >= 0) & (complaints.topic >= 0)
    place = back[chosen], complaints.place[chosen], complaints.topic[chosen]
    flat = np.ravel_multi_index(place, shape)
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)


def _features(weeks: int, as_of: int, working: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What the week is like: its working days and, with enough history, the time of year."""
    back = np.arange(weeks + 1)
    days = working[: (weeks + 1) * WEEK].reshape(weeks + 1, WEEK).sum(axis=1)
    columns = [np.ones(weeks + 1), days - 5.0]
    if weeks >= SEASON_WEEKS:
        angle = 2 * np.pi * (as_of / WEEK - back) / YEAR_WEEKS
        columns += [np.sin(angle), np.cos(angle)]
    return np.column_stack(columns)


def _seasons(totals: NDArray[Any], features: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The topic's expectation for every week over the mean of the weeks before the last, and its scatter."""
    season, scatter = np.ones(totals.shape), np.ones(totals.shape[1])
    for topic in range(totals.shape[1]):
        past, told = totals[1:, topic], features[1:]
        if past.sum() < len(past):  # fewer than one a week: no season can be read from it
            continue
        fitted = _fit(past, told, np.ones(len(past)))
        residual = (past - fitted.mu) / np.sqrt(np.maximum(fitted.mu, 1e-9) * max(fitted.scale, 1.0))
        weights = np.where(residual > OUTLYING, (OUTLYING / np.maximum(residual, OUTLYING)) ** 2, 1.0)
        fitted = _fit(past, told, weights)
        season[:, topic] = fitted.predict(features)
        season[:, topic] /= season[1:, topic].mean()
        scatter[topic] = max(1.0, float(fitted.scale))
    return season, scatter


def _fit(past: NDArray[Any], features: NDArray[np.float64], weights: NDArray[np.float64]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of weeks without a case
        model = sm.GLM(past, features, family=sm.families.Poisson(), var_weights=weights)
        return model.fit(scale="X2", maxiter=50)


def _expected(counts: NDArray[np.int64], season: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cases of the last week to be expected, by place and topic."""
    past = _clipped(counts[1:])
    weight = season[1:].sum(axis=0)[np.newaxis, :]
    total = past.sum(axis=0)
    usual = np.outer(total.sum(axis=1), total.sum(axis=0)) / max(total.sum(), 1)
    level = (total + PRIOR_WEEKS * usual / weight) / (weight + PRIOR_WEEKS)
    shown: NDArray[np.float64] = level * season[0][np.newaxis, :]
    return shown


def _clipped(past: NDArray[np.int64]) -> NDArray[np.float64]:
    """The weeks before, earlier rises cut back to what a usual week can have, so that they do not hide the next."""
    mean = past.mean(axis=0)
    top: NDArray[np.float64] = np.minimum(past, np.maximum(np.ceil(mean + 3 * np.sqrt(mean)), 1.0))
    return top


def _scatter(counts: NDArray[np.int64], season: NDArray[np.float64]) -> NDArray[np.float64]:
    """By topic, how much more the weeks of its places scatter than Poisson says (Pearson's χ² over its freedom)."""
    past = _clipped(counts[1:])
    mean = past.mean(axis=0)[np.newaxis] * season[1:, np.newaxis, :]
    parts = np.where(mean > 0, (past - mean) ** 2 / np.maximum(mean, 1e-9), 0.0)
    free = np.maximum((mean[0] > 0).sum(axis=0) * (len(past) - 1), 1)
    found: NDArray[np.float64] = parts.sum(axis=(0, 1)) / free
    return np.maximum(found, 1.0)


def tails(seen: NDArray[Any], expected: NDArray[Any], scatter: NDArray[Any]) -> NDArray[np.float64]:
    """The chance of ``seen`` or more where ``expected`` is the mean and ``scatter`` times it the variance.

    >>> tails(np.array([3.0]), np.array([1.0]), np.array([1.0])).round(4).tolist()
    [0.0803]
    """
    mean = np.maximum(expected, 1e-6)
    wide = np.maximum(scatter, 1.0 + 1e-9)
    spread = nbinom.sf(seen - 1, mean / (wide - 1.0), 1.0 / wide)
    found: NDArray[np.float64] = np.where(scatter > 1.001, spread, poisson.sf(seen - 1, mean))
    return found
