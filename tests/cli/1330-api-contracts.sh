#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The shipped adapters against the operators' contracts: linted, their requests judged, replies made of the contracts read. A part of what `make check-contracts` does.
. "$(dirname "$0")/../lib.sh"

begin "several adapters at once: none is passed over"
run hkctl api lint "$ROOT"/adapters/*.yaml
out "$(ls "$ROOT"/adapters/*.yaml | wc -l) adapters valid"
sed 's|{id}|{nobody}|' "$ROOT/adapters/camara-qod-1.1.0.yaml" >nobody.yaml
must_fail 3 hkctl api lint nobody.yaml "$ROOT/adapters/camara-qod-0.8.1.yaml"
err "'nobody' is not among the inputs of the adapter"
must_fail 3 hkctl api lint camara-qod-0.8.1 nobody.yaml prometheus-loss
err "nobody.yaml:"
must_fail 3 hkctl api lint camara-qod-0.8.1 nothing.yaml
err "cannot open 'nothing.yaml'"

need python3
CONTRACTS=$ROOT/../shared/contracts/openapi
[ -d "$CONTRACTS" ] || skip "the contracts are not there ($CONTRACTS)"

begin "every shipped adapter is as its contract says"
run hkctl api lint --contract "$CONTRACTS"
out "33 adapters valid, 27 of them as the contracts say"
for contract in "$ROOT"/tests/net/contracts/*.yaml; do
	for adapter in "$ROOT/adapters/$(basename "$contract" .yaml)"*.yaml; do
		run hkctl api lint "$(basename "$adapter" .yaml)" --contract "$contract"
		out "1 adapter valid, and as the contract says"
	done
done
mkdir empty
must_fail 3 hkctl api lint camara-qod-1.1.0 --contract empty
err "adapters/camara-qod-1.1.0.yaml:7:"
err "[HK1424]"

begin "mistakes are found at their line, under their rule"
# wrong ADAPTER EXPRESSION LINE RULE TEXT: the adapter, changed by sed
wrong() {
	contract=$(sed -n 's/^  contract: //p' "$ROOT/adapters/$1.yaml")
	sed "$2" "$ROOT/adapters/$1.yaml" >wrong.yaml
	! cmp -s wrong.yaml "$ROOT/adapters/$1.yaml" || fail "'$2' changes nothing in $1"
	must_fail 3 hkctl api lint wrong.yaml --contract "$(ls "$CONTRACTS"/*/"$contract")"
	line=$(grep -n -m 1 "$3" wrong.yaml)
	err "wrong.yaml:${line%%:*}:"
	err "[$4]"
	err "$5"
}
wrong camara-qod-1.1.0 's|path: /sessions$|path: /session|' 'path: /session$' HK1421 "does not have the path"
wrong camara-qod-1.1.0 's|ok: .201.|ok: [200]|' 'ok: .200.' HK1421 "does not have the status: '200'"
wrong camara-qod-1.1.0 '/^        qosProfile:/d' '^        device:' HK1422 "a member that is not sent: 'qosProfile'"
wrong camara-qod-1.1.0 's|^        qosProfile:|        qosProfil:|' '^        qosProfil:' HK1422 "does not have the member: 'qosProfil'"
wrong camara-qod-1.1.0 's|needs: .profile, duration,|needs: [profile,|' ' duration: {$in' HK1422 "it can be left out: 'duration'"
wrong camara-qod-1.1.0 's|from: /qosStatus, pending|from: /status, pending|' 'from: /status, pending' HK1423 "nothing there: '/status'"
wrong camara-qod-1.1.0 's|failed: .UNAVAILABLE.|failed: [GONE]|' 'failed: .GONE' HK1423 "GONE"
wrong camara-qod-1.1.0 's|type: duration, unit: s, required|type: duration, unit: Mbps, required|' 'unit: Mbps' HK1412 "no unit of this kind"
wrong camara-network-slice-booking-0.1.0 's|, Tbps., most: 1024|, Pbps], most: 1024|' 'Pbps' HK1412 "Pbps"
wrong camara-network-slice-booking-0.1.0 's|bps, kbps, Mbps, Gbps, Tbps|bps, Kbps|' 'Kbps' HK1422 "none of the words of the contract: 'Kbps'"
wrong camara-network-slice-booking-0.1.0 's|, radius: {$in: radius}||' 'areaType' HK1422 "not sent: 'radius'"
wrong camara-connectivity-insights-0.6.0 's|unable to meet the application requirements|cannot meet|' 'cannot meet' HK1423 "a word of the contract is missing"
wrong camara-qos-provisioning-0.3.0 's|ok: .204, 202.|ok: [204]|' 'ok: .204' HK1421 "takes for a failure: '202'"
wrong camara-qod-1.1.0 '/device.port:/s|maximum: 65535|maximum: 65536|' 'device.port:' HK1422 "more than the contract allows: '65536'"
wrong camara-qod-1.2.0-rc.3 '/server.ports:/s|minimum: 1, ||' 'applicationServerPorts:' HK1422 "less than the contract allows: 'server.ports'"
wrong etsi-mec015-bandwidth-2.1.1 's|, as: text||' 'fixedAllocation: {$in' HK1422 "sent as another type"
wrong etsi-mec012-rni-2.1.1 's|cell_id: {|cell_ids: {|' 'cell_ids' HK1422 "does not have the query parameter: 'cell_ids'"
wrong etsi-mec012-rni-2.1.1 's|/ul_gbr_delay_ue|/ul_gbr_delays_ue|' 'delays_ue' HK1423 "nothing there"

begin "what is sent and what is read"
timeout 300 python3 "$ROOT/tests/net/contract_check.py" --brief "${CONTRACTS_BRIEF:-6}" --every "${CONTRACTS_EVERY:-300}" "$HKCTL" "$ROOT/adapters" "$CONTRACTS" >said 2>&1 || {
	code=$?
	[ "$code" -eq 77 ] && skip "$(cat said)"
	cat said
	fail "the adapters and the contracts disagree"
}
grep ' 0 wrong' said

begin "saved callbacks of 3GPP sessions: the worst of each, a round trip halved, directions apart"
cat >topology.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters: [{name: edge-a}, {name: metro-1}]
  networkApis: [{name: nef, adapter: 3gpp-as-session-with-qos, baseUrl: "https://nef.example/3gpp-as-session-with-qos/v1"}]
YAML
mkdir saved
cat >saved/1.json <<'JSON'
{"transaction": "https://nef.example/x", "eventReports": [{"event": "QOS_MONITORING", "qosMonReports": [{"ulDelays": [3, 9, 4], "dlDelays": [5], "rtDelays": [11, 14]}]}, {"event": "QOS_NOT_GUARANTEED"}]}
JSON
run hkctl api metrics nef -f topology.yaml --notifications saved --from edge-a --to metro-1 -o json
out '"latency": "7ms"'
out '"value": "9ms"'
out '"value": "5ms"'
echo '{"eventReports": [{"qosMonReports": [{"rtDelays": [11, "x"]}]}]}' >saved/2.json
must_fail 1 hkctl api metrics nef -f topology.yaml --notifications saved --from edge-a --to metro-1
err "where a number was expected"
