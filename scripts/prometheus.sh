#!/usr/bin/env bash
# Gets the two releases of Prometheus (with promtool) and of Alertmanager (with amtool) that the tests run against,
# without installing anything:
#
#   oldest   what the distribution ships, on Debian 12 Prometheus 2.42 and Alertmanager 0.25
#   newest   at least 3.5 and 0.28, from Debian's next release, unpacked beside the first
#
# Each lies in ${XDG_CACHE_HOME:-~/.cache}/highwater/PROGRAM-VERSION/bin; the links PROGRAM-oldest and PROGRAM-newest
# point there. Where one cannot be had, PROGRAM-NAME.reason says why in one line, and the tests list what they did not
# run with that reason. Safe to run twice at once, to interrupt and to repeat; needs no root. Packages come from the
# archive this machine uses already, checked with its own keys.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/highwater
next_release=forky
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Sets what the functions below need to know of a program.
choose() { # program
  program=$1
  case $program in
    prometheus) package=prometheus tool=promtool newest_wanted=3.5 ;;
    alertmanager) package=prometheus-alertmanager tool=amtool newest_wanted=0.28 ;;
  esac
}

works() { # folder
  "$1/bin/$program" --version >/dev/null 2>&1 && "$1/bin/$tool" --version >/dev/null 2>&1
}

version_of() { # folder
  "$1/bin/$program" --version 2>&1 | sed -n "s/^$program, version \([0-9.]*\).*/\1/p"
}

at_least() { # version, wanted
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# apt with lists and a cache of its own: the machine's are neither read nor changed, so no root is needed.
private_apt() { # command, arguments...
  local command=$1 options
  shift
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  options=(-qq -o "Dir::State::lists=$state/lists" -o "Dir::Cache=$state/cache" -o Acquire::Retries=2
    -o Acquire::http::Timeout=30 -o Acquire::Languages=none -o "APT::Sandbox::User=$(id -un)")
  [ -z "${sources:-}" ] || options+=(-o "Dir::Etc::sourcelist=$sources" -o Dir::Etc::sourceparts=-)
  LC_ALL=C "$command" "${options[@]}" "$@"
}

say_why() { # name, reason
  echo "$2" >"$cache/$program-$1.reason"
  echo "prometheus.sh: no $1 $program: $2" >&2
}

# Unpacks the packages in a folder and points the link at the result.
unpack() { # name, folder with packages
  local name=$1 folder=$2 file version
  rm -rf "$folder/tree"
  for file in "$folder"/*.deb; do dpkg -x "$file" "$folder/tree"; done
  mkdir -p "$folder/home"
  mv "$folder/tree/usr/bin" "$folder/home/bin"
  if [ "$program" = alertmanager ]; then relocate "$folder/tree/usr" "$folder/home"; fi
  if ! works "$folder/home"; then
    say_why "$name" "the package does not run on this system: $("$folder/home/bin/$program" --version 2>&1 | head -n 1)"
    return
  fi
  version=$(version_of "$folder/home")
  if [ "$name" = newest ] && ! at_least "$version" "$newest_wanted"; then
    say_why "$name" "the archive has $version, and $newest_wanted is wanted"
    return
  fi
  [ -d "$cache/$program-$version" ] || mv -T "$folder/home" "$cache/$program-$version"
  ln -sfnT "$program-$version" "$cache/$program-$name"
  rm -f "$cache/$program-$name.reason"
}

# Debian's Alertmanager reads its templates from a fixed folder, which only an installation has. Its name in the program is
# replaced by one of the same length that means "the folder open as number 9", and a script of the usual name opens it.
relocate() { # from, to
  local fixed=/usr/share/prometheus/alertmanager opened
  opened=/proc/self/fd/9/
  while [ ${#opened} -lt ${#fixed} ]; do opened=$opened/; done
  mv "$1/share/prometheus/alertmanager" "$2/share"
  LC_ALL=C sed -i "s|$fixed|$opened|g" "$2/bin/$package"
  # shellcheck disable=SC2016 # for the script to fill in.
  printf '#!/bin/sh\nhome=$(dirname "$(dirname "$(readlink -f "$0")")")\nexec 9<"$home/share" "$home/bin/%s" "$@"\n' \
    "$package" >"$2/bin/$program"
  chmod +x "$2/bin/$program"
}

# The tool is a part of the program's package in some releases, a package of its own in others.
download() { # folder
  local folder=$1
  mkdir -p "$folder"
  fetch "$folder" "$package" || return
  dpkg -c "$folder/${package}"_*.deb >"$scratch/content"
  grep -q "bin/$tool\$" "$scratch/content" || fetch "$folder" "$tool"
}

fetch() { # folder, package
  (cd "$1" && private_apt apt-get download "$2") >>"$scratch/log" 2>&1
}

last_error() { grep -E '^(E|W):' "$scratch/log" | tail -n 1 | grep . || echo 'no error from apt'; }

update() { private_apt apt-get update >>"$scratch/log" 2>&1; }

get_oldest() {
  state=$scratch/own sources=
  if ! update || ! download "$scratch/$program-oldest"; then
    say_why oldest "the distribution's package could not be fetched ($(last_error))"
    return
  fi
  unpack oldest "$scratch/$program-oldest"
}

get_newest() {
  local archive format
  state=$scratch/own sources=
  update || true
  # shellcheck disable=SC2016 # apt fills these in.
  format='$(LABEL)|$(CREATED_BY)|$(COMPONENT)|$(REPO_URI)'
  archive=$(private_apt apt-get indextargets --format "$format" 2>/dev/null | sed -n 's/^Debian|Packages|main|//p' | head -n 1)
  if [ -z "$archive" ] || [ ! -e "$keyring" ]; then
    say_why newest "no Debian archive among this system's sources answers, or its keys are missing ($(last_error))"
    return
  fi
  state=$scratch/next sources=$scratch/next.list
  echo "deb [signed-by=$keyring] $archive $next_release main" >"$sources"
  if ! update || ! download "$scratch/$program-newest"; then
    say_why newest "the package of $next_release could not be fetched ($(last_error))"
    return
  fi
  unpack newest "$scratch/$program-newest"
}

mkdir -p "$cache"
exec 9>"$cache/prometheus.lock"
flock 9
scratch=
trap 'rm -rf "$scratch"' EXIT
for chosen in prometheus alertmanager; do
  choose "$chosen"
  for name in oldest newest; do
    ! works "$cache/$program-$name" || continue
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
      say_why "$name" 'this is not Debian or Ubuntu'
      continue
    fi
    # In the cache, so that what is unpacked is moved into place within one file system.
    [ -n "$scratch" ] || scratch=$(mktemp -d "$cache/prometheus.new.XXXXXXXX")
    echo "prometheus.sh: fetching the $name $program of the tests" >&2
    "get_$name"
  done
done
