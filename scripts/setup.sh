#!/usr/bin/env bash
# Checks for what a task needs, and installs what is missing where that is possible without asking:
#
#   setup.sh build   compile the exporter: Rust, and a C compiler and make for librdkafka
#   setup.sh check   + OpenSSL, which librdkafka gets in the tests only
#   setup.sh test    + Java, Maven, Chromium, npm, musl, axe-core and two releases of Prometheus and Alertmanager, for tests
#                    against the real thing
#
# On Debian and Ubuntu, as root or with a sudo that asks no password, missing packages are installed. Otherwise the
# line to run is printed and the exit code is 1. Silent and quick when nothing is missing. Never installs Rust.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()  # Debian packages that are missing
missing=()   # the same in words

has() { command -v "$1" >/dev/null 2>&1; }

need() { # what it is, package; the rest is a command that succeeds if it is there
  local what=$1 package=$2
  shift 2
  "$@" >/dev/null 2>&1 || { missing+=("$what"); packages+=("$package"); }
}

rust() {
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
  if ! has cargo || ! has rustc; then
    echo "setup.sh: Rust $wanted or newer is needed (cargo and rustc); rustup installs it" >&2
    exit 1
  fi
  found=$(rustc --version | cut -d ' ' -f 2)
  if [ "$(printf '%s\n%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1)" != "$wanted" ]; then
    echo "setup.sh: Rust $wanted or newer is needed, this is $found; \`rustup update stable\` brings the newest" >&2
    exit 1
  fi
}

java_is_17() {
  local version
  version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
  [ "${version:-0}" -ge 17 ]
}

java_package() { # the releases of Kafka in the tests all run on 17, newer ones on 21 too
  local release
  for release in 17 21; do
    if has apt-cache && apt-cache show "openjdk-$release-jre-headless" >/dev/null 2>&1; then
      echo "openjdk-$release-jre-headless"
      return
    fi
  done
  echo default-jre-headless
}

for_build() {
  rust
  need 'a C compiler' gcc has cc
  need 'the headers of the C library' libc6-dev test -e /usr/include/stdlib.h
  need 'a C++ compiler' g++ has c++
  need make make has make
}

for_check() {
  for_build
  need git git has git
  need pkg-config pkg-config has pkg-config
  need 'the headers of OpenSSL' libssl-dev test -e /usr/include/openssl/ssl.h
}

for_kafka() {
  need 'Java 17 or newer' "$(java_package)" java_is_17
  need Maven maven has mvn
}

for_image() { # what the Dockerfile's builder installs
  need 'a C compiler for musl' musl-tools has musl-gcc
  need 'the modules of Perl that configure OpenSSL' perl perl -MFindBin -MIPC::Cmd -e 1
}

musl_target() { # without it one test is listed as not run
  local target
  target=$(uname -m)-unknown-linux-musl
  [ ! -d "$(rustc --print target-libdir --target "$target" 2>/dev/null)" ] || return 0
  has rustup && rustup --quiet target add "$target" >&2 || echo "setup.sh: Rust's library for $target is missing" >&2
}

for_browser() {
  need Chromium chromium has chromium
  need npm npm has npm
}

install() {
  local line=(apt-get install -y --no-install-recommends "${packages[@]}") as=()
  [ ${#packages[@]} -gt 0 ] || return 0
  echo "setup.sh: missing: $(printf '%s, ' "${missing[@]}" | sed 's/, $//')" >&2
  if ! has apt-get; then
    echo 'setup.sh: this is not Debian or Ubuntu, so please install them in the way of this system' >&2
    exit 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! has sudo || ! sudo -n true 2>/dev/null; then
      echo "setup.sh: please run: sudo apt-get update && sudo ${line[*]}" >&2
      exit 1
    fi
    as=(sudo)
  fi
  "${as[@]}" apt-get -qq update >&2
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive "${line[@]}" >&2
}

case "${1:-}" in
  build) for_build; install ;;
  check) for_check; install ;;
  test) for_check; for_kafka; for_image; for_browser; install; musl_target; scripts/prometheus.sh; scripts/axe.sh ;;
  *) sed -n '2,10p' "$0" >&2; exit 2 ;;
esac
