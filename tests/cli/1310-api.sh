#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Operators' APIs end to end, against a stand-in on the loopback that checks every request against the operator's contract.
. "$(dirname "$0")/../lib.sh"
need python3
CONTRACTS=$ROOT/../shared/contracts/openapi
[ -d "$CONTRACTS" ] || skip "the contracts are not there ($CONTRACTS)"

. "$ROOT/tests/net/api_double.sh"
double double "$CONTRACTS"/*/*.yaml
printf 'not-a-secret-but-treated-as-one\n' >token

api() { # NAME ADAPTER CONTRACT
	printf '  - {name: %s, adapter: %s, baseUrl: "http://127.0.0.1:%s/%s", auth: {bearer: {tokenFile: token}}}\n' "$1" "$2" "$port" "$3" >>topology.yaml
}
cat >topology.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters: [{name: edge-a}, {name: metro-1}]
  networkApis:
YAML
for generation in 0.8.1 0.10.1 0.11.1 1.1.0 1.2.0-rc.3; do
	api "qod-$generation" "camara-qod-$generation" "quality-on-demand-$generation"
done
sed -i 's/name: qod-\([0-9]*\)\.\([0-9]*\)\.\([0-9]*\)\(-rc\.3\)*,/name: qod-\1-\2-\3,/' topology.yaml

begin "a port that is none: refused, and nobody is asked"
for name in qod-0-8-1 qod-0-10-1 qod-0-11-1 qod-1-1-0 qod-1-2-0; do
	must_fail 2 hkctl api request $name -f topology.yaml profile=QOS_E duration=1m device.ipv4=203.0.113.7 device.port=70000 server.ipv4=198.51.100.4
	err "'70000' of 'device.port' is more than 65535, the most that the operator takes"
	must_fail 2 hkctl api request $name -f topology.yaml profile=QOS_E duration=1m device.ipv4=203.0.113.7 device.port=40001 server.ipv4=198.51.100.4 server.ports=443,-1
	err "'-1' of 'server.ports' is less than"
done
[ ! -e double/requests ] || { cat double/requests; fail "the operator was asked"; }

begin "five generations, one command line"
for name in qod-0-8-1 qod-0-10-1 qod-0-11-1 qod-1-1-0 qod-1-2-0; do
	run hkctl api request $name -f topology.yaml profile=QOS_E duration=29m30s device.ipv4=203.0.113.7 device.port=40001 server.ipv4=198.51.100.4 server.ports=443,8443 -o json
	out '"state": "active"'
	id=$(sed -n 's/.*"id": "\(.*\)",/\1/p' .out)
	run hkctl api status $name -f topology.yaml id="$id"
	out "state: active"
	out "duration: 1770s"
	run hkctl api release $name -f topology.yaml id="$id"
	out "Released."
	run hkctl api release $name -f topology.yaml id="$id"
	out "nothing of that id"
	run hkctl api status $name -f topology.yaml id="$id"
	out "state: absent"
done
clean double
