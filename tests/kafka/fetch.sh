#!/usr/bin/env bash
# Prepares Apache Kafka for the tests: fetch.sh VERSION... (for example 4.3.1 3.9.2 2.8.2)
#
# Each version goes to ${XDG_CACHE_HOME:-~/.cache}/highwater/kafka-VERSION, whose path is printed on stdout:
#   libs/                 Kafka's own published jars, fetched by Maven
#   bootstrap.checkpoint  what formatting writes into a KRaft log directory; the same for every cluster of a version
#   broker.jsa tool.jsa   class data archives that halve the start of a JVM; absent where the JVM cannot make them
# Safe to run twice at once (a lock), to interrupt (everything is renamed into place when complete) and to
# repeat (nothing is done twice). It is NOT what starts clusters: tests/it/support/kafka does that.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/highwater
jvm=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error)

die() { echo "fetch.sh: $*" >&2; exit 1; }

need() { # program, Debian package
  command -v "$1" >/dev/null || die "\`$1\` is needed to run real Kafka in the tests; install it (Debian: apt-get install $2)"
}

uses_zookeeper() { [[ $1 =~ ^(2\.|3\.[0-2]\.) ]]; }

write_pom() { # version, file
  local exclusions='' artifact
  for artifact in connect-runtime connect-json connect-api connect-transforms; do
    exclusions+="<exclusion><groupId>org.apache.kafka</groupId><artifactId>$artifact</artifactId></exclusion>"
  done
  # Older Kafka brings a logger of its own; two bindings at once make slf4j choose by chance.
  for artifact in slf4j-log4j12 slf4j-reload4j; do
    exclusions+="<exclusion><groupId>org.slf4j</groupId><artifactId>$artifact</artifactId></exclusion>"
  done
  exclusions+="<exclusion><groupId>org.rocksdb</groupId><artifactId>rocksdbjni</artifactId></exclusion>"
  {
    echo '<project><modelVersion>4.0.0</modelVersion><groupId>highwater</groupId><artifactId>kafka-for-tests</artifactId>'
    echo '<version>1</version><packaging>pom</packaging><dependencies>'
    for artifact in kafka_2.13 kafka-tools kafka-streams; do
      echo "<dependency><groupId>org.apache.kafka</groupId><artifactId>$artifact</artifactId><version>$1</version>"
      echo "<exclusions>$exclusions</exclusions></dependency>"
    done
    echo '<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>'
    echo '</dependencies></project>'
  } >"$2"
}

fetch_jars() { # version, home
  need mvn maven
  rm -rf "$2/libs.new"
  write_pom "$1" "$2/pom.xml"
  echo "fetch.sh: fetching the jars of Kafka $1" >&2
  timeout 900 mvn -q -B -f "$2/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DoutputDirectory="$2/libs.new" -DincludeScope=runtime >"$2/fetch.log" 2>&1 ||
    die "maven could not fetch Kafka $1: $(grep ERROR "$2/fetch.log" | head -n 5)"
  [ -e "$2/libs.new/kafka_2.13-$1.jar" ] || die "maven fetched no kafka_2.13-$1.jar"
  mv -T "$2/libs.new" "$2/libs"
}

write_properties() { # directory, client port, controller port
  cat >"$1/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$3
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$1/data
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
log.cleaner.dedupe.buffer.size=2097152
P
}

make_checkpoint() { # home, scratch directory
  write_properties "$2" 1 2
  java "${jvm[@]}" -cp "$1/libs/*" kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAA \
    -c "$2/server.properties" >"$2/format.log" 2>&1 || die "formatting failed: $(cat "$2/format.log")"
  cp "$2/data/bootstrap.checkpoint" "$1/bootstrap.checkpoint.new"
  mv "$1/bootstrap.checkpoint.new" "$1/bootstrap.checkpoint"
}

# One broker and one tool run long enough to load their classes, and leave archives of them at exit. An archive only
# saves time, so a failure here is said and not fatal.
make_archives() { # home, scratch directory
  local home=$1 scratch=$2 port=$((20000 + RANDOM % 12000)) broker
  local groups=org.apache.kafka.tools.consumer.group.ConsumerGroupCommand
  write_properties "$scratch" "$port" $((port + 1))
  # The time limit holds even if this script is killed.
  timeout -s KILL 90 java "${jvm[@]}" -Xmx192m -XX:ArchiveClassesAtExit="$home/broker.jsa.new" -cp "$home/libs/*" \
    kafka.Kafka "$scratch/server.properties" >"$scratch/broker.log" 2>&1 9>&- & # without our lock
  broker=$!
  tool() { # JVM flags, class, arguments...
    timeout -s KILL 60 java "${jvm[@]}" -cp "$home/libs/*" "$@" --bootstrap-server "127.0.0.1:$port" >>"$scratch/tool.log" 2>&1
  }
  tool org.apache.kafka.tools.TopicCommand --create --topic warm || return 1
  tool "$groups" --group warm --topic warm --reset-offsets --to-offset 0 --execute || return 1
  tool -XX:ArchiveClassesAtExit="$home/tool.jsa.new" "$groups" --describe --all-groups --offsets || return 1
  kill -TERM "$broker"
  wait "$broker" || true # a JVM that is asked to end says 143
  [ -s "$home/broker.jsa.new" ] && [ -s "$home/tool.jsa.new" ] || return 1
  mv "$home/broker.jsa.new" "$home/broker.jsa"
  mv "$home/tool.jsa.new" "$home/tool.jsa"
}

clean_up() {
  local running
  running=$(jobs -p)
  [ -z "$running" ] || kill -TERM $running # to `timeout`, which passes it on
  rm -rf "$scratch"
}

prepare() { # version
  local home=$cache/kafka-$1 jvm_file stamp
  need java openjdk-17-jre-headless
  mkdir -p "$home"
  exec 9>"$home/lock"
  flock 9
  [ -d "$home/libs" ] || fetch_jars "$1" "$home"
  if ! uses_zookeeper "$1"; then
    # An archive fits one JVM and one directory only; elsewhere the JVM ignores it.
    jvm_file=$(readlink -f "$(command -v java)")
    stamp="$home $(stat -c '%n %Y %s' "$jvm_file")"
    if [ "$(cat "$home/stamp" 2>/dev/null)" != "$stamp" ]; then
      scratch=$(mktemp -d)
      trap clean_up EXIT
      make_checkpoint "$home" "$scratch"
      rm -f "$home"/*.jsa "$home"/*.jsa.new
      make_archives "$home" "$scratch" || echo "fetch.sh: no class data archive for Kafka $1, brokers start slower" >&2
      echo "$stamp" >"$home/stamp"
    fi
  fi
  echo "$home"
}

[ $# -gt 0 ] || die "usage: fetch.sh VERSION..."
for version in "$@"; do
  [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "not a Kafka version: $version"
  (prepare "$version")
done
