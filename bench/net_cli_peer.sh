#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Changing all of N devices that are told by commands (a shell script behind a real sshd), RTT milliseconds away: hkctl, which arms a job on each device that would take the change back,
# changes all or none, and reads again, beside netmiko and paramiko, which connect, look, set and look.
#	net_cli_peer.sh [DEVICES [RTT_MS [RUNS]]]
# PYTHON names an interpreter with netmiko, paramiko and yaml.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-/usr/bin/python3}
devices=${1:-16} rtt=${2:-20} runs=${3:-3}
. "$root/bench/parts/net.sh"
needs netmiko paramiko yaml
start_farm "$root/bench/net_cli_farm.py" farm "$devices"
write_plan value/a "'"
apply="$root/hkctl net apply -q network.yaml" peer="$python $root/bench/net_cli_peer.py"
echo "$devices devices with a command line, $rtt ms away"
$peer paramiko farm/far.yaml 1 "$devices"
python3 "$root/bench/net_side_by_side.py" "$runs" 'hkctl net apply' 'sh plan.sh 1{run}' "$apply" 'hkctl net plan, then apply' : "sh plan.sh 4{run}; $apply" \
	'netmiko, one after the other' : "$peer netmiko farm/far.yaml 2{run} 1" 'netmiko, all in threads' : "$peer netmiko farm/far.yaml 3{run} $devices" \
	'paramiko, one after the other' : "$peer paramiko farm/far.yaml 5{run} 1" 'paramiko, all in threads' : "$peer paramiko farm/far.yaml 6{run} $devices"
