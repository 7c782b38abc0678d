#!/usr/bin/env bash
# Every test: unit tests, tests/it (some start real Kafka and Prometheus) and the examples in the documentation.
# Arguments go to the test binaries, for example a part of a test's name.
#
# What could not run here is listed with its reason: tests append "NAME: REASON" to $HIGHWATER_NOT_RUN_FILE.
# The last line is always "N passed, N failed". The exit code is 0 only if something ran and nothing failed.
set -euo pipefail
cd "$(dirname "$0")/.."

kafka_versions=(4.3.1 3.9.2 2.8.2)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log
export HIGHWATER_NOT_RUN_FILE=$scratch/not-run
touch "$log" "$HIGHWATER_NOT_RUN_FILE"

run() {
  scripts/setup.sh test || return
  # Ahead of the tests only to be seen: a test fetches what it needs, and fails with the reason if it cannot.
  tests/kafka/fetch.sh "${kafka_versions[@]}" >/dev/null || echo 'test: not all of Kafka could be fetched' >&2
  cargo test --locked --no-fail-fast -- "$@" 2>&1 | tee "$log"
}

status=0
run "$@" || status=$?

# "test result: ok. 3 passed; 1 failed; 0 ignored; …", once per binary; colours, where cargo is told to use them, go.
sum() {
  sed 's/\x1b\[[0-9;]*m//g' "$log" | sed -n "s/^test result: .* \([0-9]*\) $1;.*/\1/p" | awk '{ sum += $1 } END { print sum + 0 }'
}
passed=$(sum passed) failed=$(sum failed) ignored=$(sum ignored)

echo
if [ -s "$HIGHWATER_NOT_RUN_FILE" ]; then
  echo 'not run:'
  sort -u "$HIGHWATER_NOT_RUN_FILE" | sed 's/^/  /'
fi
if [ "$ignored" -gt 0 ]; then
  echo "$ignored tests are ignored, which this project does not allow"
  status=1
fi
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
  echo "no test failed, and yet the run did (exit code $status): see above"
elif [ "$failed" -gt 0 ] && [ "$status" -eq 0 ]; then
  status=1
fi
if [ "$passed" -eq 0 ]; then
  echo 'no test passed'
  status=$((status == 0 ? 1 : status))
fi
echo "$passed passed, $failed failed"
exit "$status"
