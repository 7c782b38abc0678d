#!/usr/bin/env bash
# Measures what one poll costs the exporter itself at several sizes (benches/poll.rs), in a release build.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh check
exec cargo bench --locked --bench poll "$@"
