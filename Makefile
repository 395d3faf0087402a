# Everything a developer or a user runs. The environment is .venv; nothing outside it is touched.
SHELL := /bin/bash
PY := .venv/bin/python
UV := .venv/bin/uv
FADU := .venv/bin/fadu
STAMP := .venv/.installed
LOG ?=
SERVE ?= 1

.PHONY: demo test soak check lint types docs bench bench-peers lock spark test-spark clean help

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /  — /'

$(STAMP): requirements/dev.lock pyproject.toml scripts/setup.sh
	@bash scripts/setup.sh
	@touch $@

demo: $(STAMP) ## set up, make a fictitious district, open its office (SERVE=0: not; LOG=path: the road-fines log)
	@SERVE=$(SERVE) $(PY) examples/demo.py $(if $(LOG),--log "$(LOG)")

test: $(STAMP) ## set up, then run every test
	@$(PY) -m pytest -q -n auto -rs

soak: $(STAMP) ## kill writers two hundred times; the long run of what the tests do briefly
	@FADU_KILLS=200 $(PY) -m pytest -q -p no:xdist tests/acts/test_killed.py tests/worker -k "killed"

lint: $(STAMP) ## style
	@$(PY) -m ruff check src tests bench scripts examples

types: $(STAMP) ## strict types
	@FADU_DISTRICT=.mypy_cache/district $(PY) -c "from fadu.district import make_if_missing; make_if_missing()"
	@FADU_DISTRICT=.mypy_cache/district $(PY) -m mypy

docs: $(STAMP) ## write the generated pages
	@$(PY) scripts/write_docs.py

check: lint types ## lint, types, and whether the generated pages are current
	@$(PY) scripts/write_docs.py --check
	@$(FADU) law check

bench: $(STAMP) ## measure; writes bench/results and docs/reference/benchmarks.md
	@bash bench/run.sh

spark: $(STAMP) ## add PySpark (needs Java 17)
	@$(UV) pip install -q --python $(PY) --require-hashes -r requirements/spark.lock

test-spark: spark ## the same program on DuckDB and on Spark
	@$(PY) -m pytest -q -m spark

lock: $(STAMP) ## resolve dependencies anew
	@$(UV) pip compile -q --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements/runtime.lock
	@$(UV) pip compile -q --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --group dev pyproject.toml -o requirements/dev.lock
	@$(UV) pip compile -q --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --extra spark -c requirements/dev.lock pyproject.toml -o requirements/spark.lock

clean:
	rm -rf .venv out
