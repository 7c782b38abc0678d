#!/usr/bin/env bash
# Takes the pictures of docs/images anew, of the page on the demo, in the browser of the tests.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh test
mkdir -p docs/images
HIGHWATER_PICTURES=$PWD/docs/images cargo test --locked --test it -- browser::pictures
