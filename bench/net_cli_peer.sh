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
"$python" -c 'import netmiko, paramiko, yaml' 2>/dev/null || { echo "skipped: $python has no netmiko (python3-netmiko)"; exit 0; }
work=$(mktemp -d)
trap 'exec 6>&- 7>&-; wait; rm -rf "$work"' EXIT
cd "$work"
mkfifo to from far-to far-from
python3 "$root/bench/net_cli_farm.py" farm "$devices" <to >from 2>errors &
exec 7>to 8<from
read -r said <&8
[ "$said" = ready ] || { echo "skipped: $said"; exit 0; }
python3 "$root/bench/net_delay.py" "$work/farm" "$rtt" <far-to >far-from 2>>errors &
exec 6>far-to 9<far-from
read -r said <&9
[ "$said" = ready ] || { cat errors; exit 1; }
cat >plan.sh <<SH
awk -v n=$devices -v value="\$1" 'BEGIN {
	print "apiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: w}\nspec:\n  controllers:"
	while (n-- > 0)
		printf "  - {name: dev-%d, settings: [{object: \"value/a\", value: \"%d\"}]}\n", n, value
}' >want.yaml
rm -f network.yaml network.yaml.journal*
exec "$root/hkctl" net plan -q -f farm/far.yaml -f want.yaml --save network.yaml
SH
apply="$root/hkctl net apply -q network.yaml" peer="$python $root/bench/net_cli_peer.py"
echo "$devices devices with a command line, $rtt ms away"
$peer paramiko farm/far.yaml 1 "$devices"
python3 "$root/bench/net_side_by_side.py" "$runs" 'hkctl net apply' 'sh plan.sh 1{run}' "$apply" 'hkctl net plan, then apply' : "sh plan.sh 4{run}; $apply" \
	'netmiko, one after the other' : "$peer netmiko farm/far.yaml 2{run} 1" 'netmiko, all in threads' : "$peer netmiko farm/far.yaml 3{run} $devices" \
	'paramiko, one after the other' : "$peer paramiko farm/far.yaml 5{run} 1" 'paramiko, all in threads' : "$peer paramiko farm/far.yaml 6{run} $devices"
