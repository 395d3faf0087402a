"""Classical conformance patterns over an event table: DECLARE templates, temporal profiles, working time.

The event table is any DuckDB table or view (an Arrow table registered on the connection is one) with the columns
``case_id``, ``activity``, ``day`` (days since 1970-01-01) and ``seq`` (the order of the events of a case).

>>> import duckdb
>>> from fadu.measure.patterns import Constraint, Template, Traces, judge
>>> connection = duckdb.connect()
>>> _ = connection.execute('''CREATE TABLE event AS SELECT * FROM (VALUES
...     (1, '立案', 0, 0), (1, '告知', 3, 1), (1, '决定', 9, 2), (2, '立案', 1, 0), (2, '决定', 4, 1)
... ) AS e(case_id, activity, day, seq)''')
>>> before_deciding = Constraint(Template.PRECEDENCE, "告知", "决定")
>>> report = judge(Traces.read(connection, "event"), [before_deciding])
>>> report.outcome(before_deciding).deviations
1
>>> report.cases(before_deciding).column("case_id").to_pylist()
[2]
"""

from fadu.measure.patterns.conformance import Conformance, Outcome, judge
from fadu.measure.patterns.errors import PatternError
from fadu.measure.patterns.templates import Constraint, Template
from fadu.measure.patterns.temporal import PairTime, profile, profile_counts, profile_deviations
from fadu.measure.patterns.traces import Traces, Variant
from fadu.measure.patterns.worktime import Stretch, working_days

__all__ = [
    "Conformance",
    "Constraint",
    "Outcome",
    "PairTime",
    "PatternError",
    "Stretch",
    "Template",
    "Traces",
    "Variant",
    "judge",
    "profile",
    "profile_counts",
    "profile_deviations",
    "working_days",
]
