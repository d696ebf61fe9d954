#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# hkctl apply: sessions of an operator before the manifests, and none left when those cannot be written.
. "$(dirname "$0")/../lib.sh"
need python3
CONTRACT=$ROOT/../shared/contracts/openapi/camara/quality-on-demand-1.1.0.yaml
[ -e "$CONTRACT" ] || skip "the contract is not there ($CONTRACT)"
. "$ROOT/tests/net/api_double.sh"
double double "$CONTRACT"
sessions() { # how many the operator has
	[ "$(grep -o sessionId double/things 2>/dev/null | wc -l)" = "$1" ] || fail "the operator has $(cat double/things), and $1 sessions were expected"
}

cp -r "$ROOT/examples/hybridkube" docs
printf 'not-a-secret-but-treated-as-one\n' >docs/token
sed -e 's/name: camara-qod-1.1.0/name: impatient/' -e 's/every: 2s/every: 20ms/' -e 's/perSecond: 5/perSecond: 500/' "$ROOT/adapters/camara-qod-1.1.0.yaml" >docs/adapter.yaml
cat >docs/apis.yaml <<YAML
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: apis}
spec:
  networkApis:
  - {name: operator-x, adapter: impatient, baseUrl: "http://127.0.0.1:$port/quality-on-demand-1.1.0", auth: {bearer: {tokenFile: token}}}
YAML
cat >docs/sessions.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: NetworkConfiguration
metadata: {name: sessions}
spec:
  sessions:
  - {name: cameras, api: operator-x, values: {profile: QOS_E, duration: 1h, device.phone: "+4915112345678", server.ipv4: 198.51.100.4}}
YAML
run hkctl plan -f docs -o plan.yaml

begin "sessions are shown for review before anything is asked for"
must_fail 2 hkctl apply plan.yaml -f docs -d deploy
out "Session cameras with operator-x"
[ ! -e deploy ] || fail "manifests were written"
[ ! -e double/requests ] || fail "the operator was asked"

begin "what was reviewed is what is done"
run hkctl net plan plan.yaml -f docs --save network.yaml
must_fail 6 hkctl net plan plan.yaml -f docs --detailed-exitcode
sed 's/profile=QOS_E/profile=QOS_L/' network.yaml >changed.yaml
must_fail 3 hkctl apply plan.yaml --network-plan changed.yaml -d deploy
err "was changed since it was written"
echo '# seen' >>docs/sessions.yaml
must_fail 8 hkctl apply plan.yaml --network-plan network.yaml -d deploy
err "made from files that have changed since"
[ ! -e double/requests ] || fail "the operator was asked"

begin "sessions, then manifests"
run hkctl net plan plan.yaml -f docs --save network.yaml
run hkctl apply plan.yaml --network-plan network.yaml -d deploy
out "Sessions: all new"
sessions 1
[ -e deploy ] || fail "no manifests"

begin "what is there is not asked for again"
# the stand-in repeats more than it was asked for, so this is the same session for hkctl
run hkctl apply plan.yaml --network-plan network.yaml -d deploy -o json
out '"state": "there"'
sessions 1
run hkctl net rollback plan.yaml.journal -f docs
sessions 1
run hkctl net rollback plan.yaml.journal.1 -f docs
out "Sessions: all old"
sessions 0

begin "gone back and resumed from the journal, with the documents that the network plan names"
run hkctl apply plan.yaml --network-plan network.yaml -d deploy
sessions 1
run hkctl apply plan.yaml --network-plan network.yaml -d deploy --resume
sessions 1
must_fail 3 hkctl apply plan.yaml --rollback
err "name them with -f"
sessions 1
run hkctl apply plan.yaml --network-plan network.yaml --rollback
sessions 0

begin "manifests that cannot be written take the sessions back"
mv deploy away
printf x >deploy
must_fail 1 hkctl apply plan.yaml -f docs --yes -d deploy
err "the manifests could not be written; setting the network back"
sessions 0
rm deploy

begin "a value that the adapter does not take is found before anything is done"
sed -i 's/duration: 1h/duration: often/' docs/sessions.yaml
must_fail 3 hkctl net plan plan.yaml -f docs
err "'often' of 'duration' is not a duration"
sed -i -e 's/duration: often/duration: 1h/' -e 's/api: operator-x/api: operator-y/' docs/sessions.yaml
must_fail 3 hkctl net plan plan.yaml -f docs
err "there is no network API 'operator-y'"
clean double
