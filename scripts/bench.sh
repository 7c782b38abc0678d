#!/usr/bin/env bash
# Measures what the documentation claims about cost. There is one benchmark, `benches/poll.rs`.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -e benches/poll.rs ]; then
  echo 'bench: there is no benchmark yet (benches/poll.rs)' >&2
  exit 1
fi
scripts/setup.sh check
exec cargo bench --locked --bench poll "$@"
