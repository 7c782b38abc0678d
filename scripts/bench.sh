#!/usr/bin/env bash
# Measures what watching costs, in a release build: the thinking alone (benches/poll.rs), everything against the
# simulated cluster (benches/scale), memory over thousands of polls (benches/soak.rs), how soon the demonstration shows
# something (benches/start.rs), how far off lag in time is (benches/time_lag.rs), what is called a storm (benches/storm.rs) or
# hot (benches/hot.rs), how well both are found by the whole product (benches/evaluate), what following the offsets topic
# costs (benches/follow.rs), and whether spoiled bytes make anything panic (benches/decoders.rs). Names of shapes choose
# among them: scripts/bench.sh M L. All are run, also after one that says it failed; the end tells.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh check
failed=()
bench() {
  cargo bench --locked --bench "$@" || failed+=("$1")
}

bench poll "$@"
bench scale "$@"
bench soak
bench start
bench time_lag
bench storm
bench hot
bench follow
bench decoders
bench evaluate
if [ "${#failed[@]}" -gt 0 ]; then
  echo "bench: failed: ${failed[*]}" >&2
  exit 1
fi
