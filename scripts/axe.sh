#!/usr/bin/env bash
# Gets axe-core, which checks in the tests whether the page is accessible, as
# ${XDG_CACHE_HOME:-~/.cache}/highwater/axe-core-VERSION.js. Comes from npm's registry as this machine is set up to use
# it. Where it cannot be had, it says why, and the tests list what they did not run. Safe to repeat and to interrupt.
set -euo pipefail

version=4.10.3
cache=${XDG_CACHE_HOME:-$HOME/.cache}/highwater
[ ! -s "$cache/axe-core-$version.js" ] || exit 0

mkdir -p "$cache"
if ! command -v npm >/dev/null; then
  echo 'axe.sh: no axe-core: npm is not installed' >&2
  exit 0
fi
scratch=$(mktemp -d "$cache/axe.new.XXXXXXXX")
trap 'rm -rf "$scratch"' EXIT
if ! (cd "$scratch" && npm pack --silent "axe-core@$version" >/dev/null 2>error && tar -xzf "axe-core-$version.tgz"); then
  echo "axe.sh: no axe-core: $(grep -m 1 . "$scratch/error" || echo 'npm does not say why')" >&2
  exit 0
fi
mv "$scratch/package/axe.min.js" "$cache/axe-core-$version.js"
