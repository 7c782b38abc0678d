#!/usr/bin/env bash
# The quick checks: format, lints, documentation, architecture and dependencies. The same profile and features as
# test.sh, so that nothing is compiled for one and again for the other.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh check

step() {
  echo "check: $1" >&2
  shift
  "$@" || { echo "check: failed: $*" >&2; exit 1; }
}

step format cargo fmt --check
step lints cargo clippy --all-targets --locked -- -D warnings
step documentation env RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --document-private-items --locked
step 'architecture and dependencies' cargo test --locked --test it -- tidy:: dependencies::
if command -v cargo-deny >/dev/null; then
  # Advisories need a database from the network; what is checked here depends on the tree alone.
  step cargo-deny cargo deny --offline check bans licenses sources
fi
echo 'check: all good' >&2
