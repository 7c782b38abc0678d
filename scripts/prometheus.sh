#!/usr/bin/env bash
# Gets the two releases of Prometheus (server and promtool) that the tests run against, without installing anything:
#
#   oldest   what the distribution ships, on Debian 12 release 2.42
#   newest   at least 3.5, from Debian's next release, unpacked beside the first
#
# Each lies in ${XDG_CACHE_HOME:-~/.cache}/highwater/prometheus-VERSION/bin; the links prometheus-oldest and
# prometheus-newest point there. Where one cannot be had, prometheus-NAME.reason says why in one line, and the tests
# list what they did not run with that reason. Safe to run twice at once, to interrupt and to repeat; needs no root.
# Packages come from the archive this machine uses already, checked with its own keys.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/highwater
next_release=forky
newest_wanted=3.5
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

works() { # folder
  "$1/bin/prometheus" --version >/dev/null 2>&1 && "$1/bin/promtool" --version >/dev/null 2>&1
}

version_of() { # program
  "$1" --version 2>&1 | sed -n 's/^prometheus, version \([0-9.]*\).*/\1/p'
}

at_least() { # version, wanted
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# apt with lists and a cache of its own: the machine's are neither read nor changed, so no root is needed.
private_apt() { # program, arguments...
  local program=$1 options
  shift
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  options=(-qq -o "Dir::State::lists=$state/lists" -o "Dir::Cache=$state/cache" -o Acquire::Retries=2
    -o Acquire::http::Timeout=30 -o Acquire::Languages=none -o "APT::Sandbox::User=$(id -un)")
  [ -z "${sources:-}" ] || options+=(-o "Dir::Etc::sourcelist=$sources" -o Dir::Etc::sourceparts=-)
  LC_ALL=C "$program" "${options[@]}" "$@"
}

say_why() { # name, reason
  echo "$2" >"$cache/prometheus-$1.reason"
  echo "prometheus.sh: no $1 Prometheus: $2" >&2
}

# Unpacks the packages in a folder and points the link at the result.
unpack() { # name, folder with packages
  local name=$1 folder=$2 package version
  rm -rf "$folder/tree"
  for package in "$folder"/*.deb; do dpkg -x "$package" "$folder/tree"; done
  mkdir -p "$folder/home"
  mv "$folder/tree/usr/bin" "$folder/home/bin"
  if ! works "$folder/home"; then
    say_why "$name" "the package does not run on this system: $("$folder/home/bin/prometheus" --version 2>&1 | head -n 1)"
    return
  fi
  version=$(version_of "$folder/home/bin/prometheus")
  if [ "$name" = newest ] && ! at_least "$version" "$newest_wanted"; then
    say_why "$name" "the archive has $version, and $newest_wanted is wanted"
    return
  fi
  [ -d "$cache/prometheus-$version" ] || mv -T "$folder/home" "$cache/prometheus-$version"
  ln -sfnT "prometheus-$version" "$cache/prometheus-$name"
  rm -f "$cache/prometheus-$name.reason"
}

download() { # folder, packages...
  local folder=$1 package
  shift
  mkdir -p "$folder"
  for package in "$@"; do
    (cd "$folder" && private_apt apt-get download "$package") >>"$scratch/log" 2>&1 || true
  done
  compgen -G "$folder/prometheus_*.deb" >/dev/null
}

last_error() { grep -E '^(E|W):' "$scratch/log" | tail -n 1 | grep . || echo 'no error from apt'; }

get_oldest() {
  state=$scratch/own sources=
  if ! private_apt apt-get update >>"$scratch/log" 2>&1 || ! download "$scratch/oldest" prometheus; then
    say_why oldest "the distribution's package could not be fetched ($(last_error))"
    return
  fi
  # A part of the package in some releases, a package of its own in others.
  dpkg -c "$scratch/oldest"/prometheus_*.deb >"$scratch/content"
  grep -q 'bin/promtool$' "$scratch/content" || download "$scratch/oldest" promtool
  unpack oldest "$scratch/oldest"
}

get_newest() {
  local archive format
  state=$scratch/own sources=
  private_apt apt-get update >>"$scratch/log" 2>&1 || true
  # shellcheck disable=SC2016 # apt fills these in.
  format='$(LABEL)|$(CREATED_BY)|$(COMPONENT)|$(REPO_URI)'
  archive=$(private_apt apt-get indextargets --format "$format" 2>/dev/null | sed -n 's/^Debian|Packages|main|//p' | head -n 1)
  if [ -z "$archive" ] || [ ! -e "$keyring" ]; then
    say_why newest "no Debian archive among this system's sources answers, or its keys are missing ($(last_error))"
    return
  fi
  state=$scratch/next sources=$scratch/next.list
  echo "deb [signed-by=$keyring] $archive $next_release main" >"$sources"
  if ! private_apt apt-get update >>"$scratch/log" 2>&1 || ! download "$scratch/newest" prometheus promtool; then
    say_why newest "the package of $next_release could not be fetched ($(last_error))"
    return
  fi
  unpack newest "$scratch/newest"
}

mkdir -p "$cache"
exec 9>"$cache/prometheus.lock"
flock 9
scratch=
trap 'rm -rf "$scratch"' EXIT
for name in oldest newest; do
  ! works "$cache/prometheus-$name" || continue
  if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    say_why "$name" 'this is not Debian or Ubuntu'
    continue
  fi
  # In the cache, so that what is unpacked is moved into place within one file system.
  [ -n "$scratch" ] || scratch=$(mktemp -d "$cache/prometheus.new.XXXXXXXX")
  echo "prometheus.sh: fetching the $name Prometheus of the tests" >&2
  "get_$name"
done
