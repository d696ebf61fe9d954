#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# As net_peer.sh, with devices that cost next to nothing (devices/), so that the clients are what is measured: changing all of N simulated NETCONF servers behind SSH, RTT milliseconds away.
#	net_client.sh [DEVICES [RTT_MS [RUNS [SEQUENTIAL]]]]
# SEQUENTIAL: 1 adds ncclient with one device after the other (minutes). Needs libssh (libssh-dev), and PYTHON, an interpreter with ncclient and yaml.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-/usr/bin/python3}
devices=${1:-100} rtt=${2:-20} runs=${3:-3} sequential=${4:-0}
. "$root/bench/parts/net.sh"
needs ncclient yaml
pkg-config --exists libssh 2>/dev/null || { echo "skipped: libssh is not there (libssh-dev)"; exit 0; }
work=$(mktemp -d)
trap 'exec 6>&-; wait; cat "$work/errors"; rm -rf "$work"' EXIT
cd "$work"
# shellcheck disable=SC2046 # words
cc -std=c11 -O2 -D_GNU_SOURCE -o devices "$root/bench/devices/devices.c" "$root/bench/devices/relay.c" $(pkg-config --cflags --libs libssh) -lpthread
mkdir farm
mkfifo to from
./devices "$work/farm" "$devices" "$rtt" <to >from 2>errors &
exec 6>to 9<from
read -r said <&9
[ "$said" = ready ]
write_plan "$LINK"
apply="$root/hkctl net apply -q network.yaml" peer="$python $root/bench/net_peer.py farm/far.yaml"
echo "$devices simulated devices, $rtt ms away"
set -- 'hkctl net apply' 'sh plan.sh 1{run}' "$apply" 'hkctl net plan, then apply' : "sh plan.sh 4{run}; $apply" 'ncclient, all in threads' : "$peer 3{run} $devices" \
	'ncclient, 16 threads' : "$peer 5{run} 16"
[ "$sequential" = 0 ] || set -- "$@" 'ncclient, one after the other' : "$peer 2{run} 1"
"$python" "$root/bench/net_side_by_side.py" "$runs" "$@"
