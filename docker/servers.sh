#!/bin/sh
# Real servers in one process group, for the compose files beside this one: `servers.sh cluster` (three primaries, a replica
# each) or `servers.sh sentinel` (a primary, two replicas, three sentinels). All of them announce 127.0.0.1, which is right
# both among themselves and for a program on the host, as long as each port is published under its own number.
#
# REEF_FIRST_PORT (default 7000) moves the ports, REEF_BIND (default 0.0.0.0, for a container) the address they listen on.
set -eu

host=127.0.0.1
bind=${REEF_BIND:-0.0.0.0}
first=${REEF_FIRST_PORT:-7000}
# Cluster bus ports, set explicitly: the default (port + 10000) of a moved port may be taken or too large.
bus_offset=100
# Seconds until a server that does not answer counts as failed.
start_limit=20

server=$(command -v valkey-server || command -v redis-server)
cli=$(command -v valkey-cli || command -v redis-cli)
folder=$(mktemp -d)
pids=""

stop() {
  trap - EXIT INT TERM
  # shellcheck disable=SC2086 # one word per process
  [ -z "$pids" ] || kill $pids 2>/dev/null || true
  wait
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start PORT [option value]...: one server in a folder of its own, without protected mode (nothing but loopback is published)
start() {
  port=$1
  shift
  mkdir "$folder/$port"
  "$server" --port "$port" --bind "$bind" --protected-mode no --dir "$folder/$port" --save "" "$@" &
  pids="$pids $!"
}

await() {
  port=$1
  tries=$((start_limit * 10))
  until [ "$("$cli" -h "$host" -p "$port" ping 2>/dev/null)" = PONG ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "the server on port $port does not answer" >&2; exit 1; }
    sleep 0.1
  done
}

cluster() {
  nodes=""
  for index in 0 1 2 3 4 5; do
    port=$((first + index))
    start "$port" --cluster-enabled yes --cluster-port $((port + bus_offset)) --cluster-node-timeout 2000 \
      --cluster-announce-ip "$host" --appendonly yes --appendfsync no --repl-diskless-sync-delay 0
    nodes="$nodes $host:$port"
  done
  for node in $nodes; do await "${node##*:}"; done
  # shellcheck disable=SC2086 # one word per node
  "$cli" --cluster create $nodes --cluster-replicas 1 --cluster-yes
}

sentinel() {
  start "$first"
  for index in 1 2; do
    start $((first + index)) --replicaof "$host" "$first" --replica-announce-ip "$host" --repl-diskless-sync-delay 0
  done
  for index in 0 1 2; do await $((first + index)); done
  for index in 3 4 5; do
    port=$((first + index))
    mkdir "$folder/$port"
    # A sentinel rewrites its configuration, so it needs a file.
    cat >"$folder/$port/sentinel.conf" <<CONF
port $port
bind $bind
protected-mode no
dir $folder/$port
sentinel announce-ip $host
sentinel announce-port $port
sentinel monitor mymaster $host $first 2
sentinel down-after-milliseconds mymaster 2000
sentinel failover-timeout mymaster 5000
sentinel parallel-syncs mymaster 1
CONF
    "$server" "$folder/$port/sentinel.conf" --sentinel &
    pids="$pids $!"
  done
  for index in 3 4 5; do await $((first + index)); done
}

case ${1:-} in
  cluster) cluster ;;
  sentinel) sentinel ;;
  *) echo "usage: servers.sh cluster|sentinel" >&2; exit 2 ;;
esac
echo "ready: $1 on ports $first to $((first + 5))"
wait
