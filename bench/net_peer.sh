#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Changing all of N NETCONF servers (netconfd behind sshd), RTT milliseconds away: hkctl, which plans, applies with a journal, and reads again, beside ncclient, which does the same edit
# with confirmed commits.
#	net_peer.sh [DEVICES [RTT_MS [RUNS]]]
# PYTHON names an interpreter with ncclient and yaml (Debian: python3-ncclient, python3-yaml).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-/usr/bin/python3}
devices=${1:-16} rtt=${2:-20} runs=${3:-3}
. "$root/bench/parts/net.sh"
needs ncclient yaml
# shellcheck disable=SC2046 # words
start_farm "$root/tests/net/farm.py" farm $(awk -v n="$devices" 'BEGIN { while (n-- > 0) printf "candidate " }')
write_plan "$LINK"
apply="$root/hkctl net apply -q network.yaml" peer="$python $root/bench/net_peer.py farm/far.yaml"
echo "$devices devices, $rtt ms away"
$peer 1 "$devices"
python3 "$root/bench/net_side_by_side.py" "$runs" 'hkctl net apply' 'sh plan.sh 1{run}' "$apply" 'hkctl net plan, then apply' : "sh plan.sh 4{run}; $apply" \
	'ncclient, one after the other' : "$peer 2{run} 1" 'ncclient, all in threads' : "$peer 3{run} $devices"
