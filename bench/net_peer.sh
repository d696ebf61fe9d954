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
"$python" -c 'import ncclient, yaml' 2>/dev/null || { echo "skipped: $python has no ncclient (python3-ncclient)"; exit 0; }
work=$(mktemp -d)
trap 'exec 6>&- 7>&-; wait; rm -rf "$work"' EXIT
cd "$work"
mkfifo to from far-to far-from
kinds=$(awk -v n="$devices" 'BEGIN { while (n-- > 0) printf "candidate " }')
# shellcheck disable=SC2086 # words
python3 "$root/tests/net/farm.py" farm $kinds <to >from 2>errors &
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
		printf "  - {name: dev-%d, settings: [{object: \"/wan:links/link[name=\\047edge--cloud\\047]/bandwidth\", value: %d}]}\n", n, value
}' >want.yaml
rm -f network.yaml network.yaml.journal*
exec "$root/hkctl" net plan -q -f farm/far.yaml -f want.yaml --save network.yaml
SH
apply="$root/hkctl net apply -q network.yaml" peer="$python $root/bench/net_peer.py farm/far.yaml"
echo "$devices devices, $rtt ms away"
$peer 1 "$devices"
python3 "$root/bench/net_side_by_side.py" "$runs" 'hkctl net apply' 'sh plan.sh 1{run}' "$apply" 'hkctl net plan, then apply' : "sh plan.sh 4{run}; $apply" \
	'ncclient, one after the other' : "$peer 2{run} 1" 'ncclient, all in threads' : "$peer 3{run} $devices"
