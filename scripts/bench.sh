#!/usr/bin/env bash
# Measures what watching costs, in a release build: the thinking alone (benches/poll.rs), everything against the
# simulated cluster (benches/scale), memory over thousands of polls (benches/soak.rs), how far off lag in time is
# (benches/time_lag.rs), what is called a storm (benches/storm.rs) or hot (benches/hot.rs), how well both are found by the
# whole product (benches/evaluate), what following the offsets topic costs (benches/follow.rs), and whether spoiled bytes make
# anything panic (benches/decoders.rs). Names of shapes choose among them: scripts/bench.sh M L
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh check
cargo bench --locked --bench poll "$@"
cargo bench --locked --bench scale "$@"
cargo bench --locked --bench soak
cargo bench --locked --bench time_lag
cargo bench --locked --bench storm
cargo bench --locked --bench hot
cargo bench --locked --bench follow
cargo bench --locked --bench decoders
exec cargo bench --locked --bench evaluate
