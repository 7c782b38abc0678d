#!/usr/bin/env bash
# A real Kafka of one broker with a little traffic, and the exporter on it. Runs until ctrl-c, which stops everything
# and leaves nothing behind. The exporter listens on 127.0.0.1:10308, or on $LISTEN. Everything is on 127.0.0.1.
set -euo pipefail
cd "$(dirname "$0")/.."

kafka_version=4.3.1
listen=${LISTEN:-127.0.0.1:10308}
records_per_second=50

exporter=
others=()
scratch=$(mktemp -d)

stop() {
  trap '' INT TERM
  local pid
  # The exporter drains; the rest is killed, for nothing of it is kept and a consumer without a broker waits long.
  [ -z "$exporter" ] || kill -TERM -- "-$exporter" 2>/dev/null || true
  [ -z "$exporter" ] || wait "$exporter" 2>/dev/null || true
  for pid in "${others[@]}"; do kill -KILL -- "-$pid" 2>/dev/null || true; done
  for pid in "${others[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$scratch"
}
trap stop EXIT
# Ctrl-c is how a demo ends, so it is no failure.
trap 'echo; exit 0' INT
trap 'exit 143' TERM

say() { echo "demo: $*" >&2; }

fail() { # words; the end of a log, if one is named
  say "$1"
  [ -z "${2:-}" ] || tail -n 20 "$2" >&2
  exit 1
}

answers() { # host, port
  (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

until_answers() { # host, port, pid, log
  local tries=0
  until answers "$1" "$2"; do
    kill -0 "$3" 2>/dev/null || fail "it ended before it listened on $1:$2" "$4"
    [ $((tries += 1)) -le 300 ] || fail "nothing listens on $1:$2 after a minute" "$4"
    sleep 0.2
  done
}

free_port() {
  local port
  while true; do
    # Below the ports that the system hands out to clients.
    port=$((20000 + RANDOM % 12000))
    answers 127.0.0.1 "$port" || { echo "$port"; return; }
  done
}

kafka() { # class, arguments...
  "${java[@]}" "$@"
}

# In the background, in a group of processes of its own so that ctrl-c does not reach it: `stop` ends all in order.
start() { # name, command...
  local log=$scratch/$1.log
  shift
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  set +m
  others+=($!)
}

start_broker() {
  port=$(free_port) controller_port=$(free_port)
  cat >"$scratch/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$scratch/data
auto.create.topics.enable=false
offsets.topic.num.partitions=3
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=2097152
P
  kafka kafka.tools.StorageTool format -t "$(head -c 16 /dev/urandom | base64 | tr '+/' 'AB' | tr -d '=')" \
    -c "$scratch/server.properties" >"$scratch/format.log" 2>&1 || fail 'Kafka could not format its storage' "$scratch/format.log"
  start broker "${java[@]}" kafka.Kafka "$scratch/server.properties"
  until_answers 127.0.0.1 "$port" "${others[-1]}" "$scratch/broker.log"
  bootstrap=127.0.0.1:$port
}

start_traffic() {
  local consumer=org.apache.kafka.tools.consumer.ConsoleConsumer
  kafka org.apache.kafka.tools.TopicCommand --bootstrap-server "$bootstrap" --create --topic orders --partitions 6 \
    >"$scratch/topic.log" 2>&1 || fail 'the topic could not be created' "$scratch/topic.log"
  start producer "${java[@]}" org.apache.kafka.tools.ProducerPerformance --bootstrap-server "$bootstrap" --topic orders \
    --num-records 1000000000 --record-size 200 --throughput "$records_per_second" \
    --command-property linger.ms=0 partitioner.ignore.keys=true
  start fulfilment "${java[@]}" "$consumer" --bootstrap-server "$bootstrap" --topic orders --group fulfilment --from-beginning \
    --command-property auto.commit.interval.ms=1000
  kafka "$consumer" --bootstrap-server "$bootstrap" --topic orders --group billing --from-beginning --max-messages 100 \
    >"$scratch/billing.log" 2>&1 || fail 'the group billing could not read' "$scratch/billing.log"
}

if answers "${listen%:*}" "${listen##*:}"; then
  fail "something listens on $listen already; another place is chosen with LISTEN=127.0.0.1:PORT make demo"
fi
scripts/setup.sh demo
home=$(tests/kafka/fetch.sh "$kafka_version")
java=(java -Xmx192m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error
  -cp "$home/libs/*")
say 'building the exporter'
cargo build --locked --quiet --bin highwater
say "starting Kafka $kafka_version"
start_broker
say 'starting a producer and two groups of consumers'
start_traffic

# `cargo run` knows where cargo puts what it builds, and becomes the exporter.
set -m
cargo run --locked --quiet --bin highwater -- --bootstrap "$bootstrap" --listen "$listen" --poll.interval 5s </dev/null &
set +m
exporter=$!
until_answers "${listen%:*}" "${listen##*:}" "$exporter" ''
cat <<TEXT

Kafka $kafka_version runs on $bootstrap: topic orders with 6 partitions, $records_per_second records a second, and two groups.
  fulfilment   reads all the time: its lag stays near 0
  billing      read 100 records and stopped: its lag grows by $records_per_second a second, and its state is Empty

Highwater asks it every 5 seconds:
  http://$listen/          what it knows, as a page
  http://$listen/metrics   the same for Prometheus

Worth a look:
  curl -s http://$listen/metrics | grep kafka_consumergroup_topic_lag
  curl -s http://$listen/metrics | grep kafka_consumergroup_state | grep ' 1\$'

Ctrl-c stops everything.
TEXT
wait "$exporter"
