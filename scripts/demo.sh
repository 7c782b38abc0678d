#!/usr/bin/env bash
# Builds the exporter and runs it on its own simulated cluster, until ctrl-c. Arguments go to `highwater demo`.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh build
cargo build --locked --bin highwater
# `cargo run` knows where cargo puts what it builds, and becomes the demo.
exec cargo run --locked --quiet --bin highwater -- demo "$@"
