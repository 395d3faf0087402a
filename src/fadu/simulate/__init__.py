"""Simulation: plays the procedures of a lawbook forward to make a lifelike, fictitious district.

``simulate`` gives cases, ``write_facts`` a fact set for ``fadu.measure`` of any size, ``write_cases``
JSON lines or CSV for ``fadu check``. Nothing here knows any one procedure: paths come from its steps,
timing from its clocks, and every distinct history has been judged by ``fadu.law`` before it is used.
"""

from fadu.simulate.casefiles import case_json, simulate, write_cases
from fadu.simulate.factset import Summary, write_facts
from fadu.simulate.plan import SimulationPlan
from fadu.simulate.survey import Coverage, survey

__all__ = ["Coverage", "SimulationPlan", "Summary", "case_json", "simulate", "survey", "write_cases", "write_facts"]
