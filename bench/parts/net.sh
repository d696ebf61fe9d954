# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# shellcheck disable=SC2154 # they are set by who includes this
# What net_peer.sh, net_cli_peer.sh and net_client.sh have in common. They set root, python, devices and rtt.

# needs MODULE...: the benchmark is left out when the interpreter has not all of them
needs() {
	"$python" -c "import $(echo "$*" | sed 's/ /, /g')" 2>/dev/null || { echo "skipped: $python has not all of: $*"; exit 0; }
}

# start_farm PROGRAM ARGUMENT...: devices in ./farm behind a relay that takes time, as farm/far.yaml names them; they end with this script
start_farm() {
	work=$(mktemp -d)
	trap 'exec 6>&- 7>&-; wait; rm -rf "$work"' EXIT
	cd "$work"
	mkfifo to from far-to far-from
	python3 "$@" <to >from 2>errors &
	exec 7>to 8<from
	read -r said <&8
	[ "$said" = ready ] || { echo "skipped: $said"; exit 0; }
	python3 "$root/bench/net_delay.py" "$work/farm" "$rtt" <far-to >far-from 2>>errors &
	exec 6>far-to 9<far-from
	read -r said <&9
	[ "$said" = ready ] || { cat errors; exit 1; }
}

# write_plan OBJECT: plan.sh VALUE plans that value, a text in quotes when OBJECT's are (a second argument), for OBJECT on every device
write_plan() {
	cat >plan.sh <<SH
echo 'apiVersion: hkctl.dev/v1alpha1
kind: NetworkConfiguration
metadata: {name: w}
spec:
  controllers:' >want.yaml
i=0
while [ \$i -lt $devices ]; do
	echo "  - {name: dev-\$i, settings: [{object: \"$1\", value: ${2:-}\$1${2:-}}]}"
	i=\$((i + 1))
done >>want.yaml
rm -f network.yaml network.yaml.journal*
exec "$root/hkctl" net plan -q -f farm/far.yaml -f want.yaml --save network.yaml
SH
}
# shellcheck disable=SC2034 # who includes this uses it
LINK="/wan:links/link[name='edge--cloud']/bandwidth"
