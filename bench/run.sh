#!/usr/bin/env bash
# All benchmarks; each writes bench/results/NAME.json. LOG=path adds those on the road-fines log; POSTGRES=URL those of recording and of pages there.
# Peers under other licences run in an environment of their own, .venv-peers.
set -euo pipefail
cd "$(dirname "$0")/.."
py=.venv/bin/python
$py bench/percase.py --write
$py bench/simulate.py --write
$py bench/year.py --write
$py bench/scale.py --write
$py bench/rules.py --write
$py bench/fold.py --write
$py bench/ahead.py --write
$py bench/record.py --write ${POSTGRES:+--postgres "$POSTGRES"}
$py bench/over_http.py --write ${POSTGRES:+--postgres "$POSTGRES"}
if [ -n "${POSTGRES:-}" ]; then $py bench/pages.py --write --postgres "$POSTGRES"; fi
if [ -n "${LOG:-}" ]; then
  [ -x .venv-peers/bin/python ] || python3 -m venv .venv-peers
  .venv/bin/uv pip install -q --python .venv-peers/bin/python -r bench/requirements-peers.txt
  $py bench/peers.py --peer .venv-peers/bin/python --log "$LOG"
  .venv/bin/uv pip install -q --python $py rustxes
  $py bench/xes_load.py "$LOG"
fi
$py scripts/write_docs.py
