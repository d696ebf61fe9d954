#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The verb is done by another program: dispatch, help, completion and exit status must not show it.
. "$(dirname "$0")/../lib.sh"

cat >topology.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters: [{name: edge}, {name: cloud}]
  links: [{from: edge, to: cloud, latency: 4ms, bandwidth: 1Gbps, controller: wan}]
  controllers:
  - {name: wan, protocol: netconf, ssh: {host: 10.0.0.1, port: 830, user: ops}, models: {w: "urn:example:wan"}}
  - {name: access, protocol: linux, ssh: {host: gateway}}
YAML

begin "show"
run hkctl net show -f topology.yaml
out "CONTROLLER"
[ "$(sed -n 2p .out | cut -d' ' -f1)" = access ] || fail "not sorted by name"
run hkctl net show -f topology.yaml wan -o yaml
out "port: 830"
grep -q access .out && fail "shows what was not asked for"
must_fail 2 hkctl net show -f topology.yaml lan
err "no controller 'lan'"
must_fail 2 hkctl net frobnicate
err "the first word says what to do"

begin "global options, help and completion go to the program"
run hkctl --color always -q net show -f topology.yaml
must_fail 2 hkctl net
must_fail 2 hkctl net show --fil
err "--file"
run hkctl help net
out "Usage: hkctl net"
run hkctl complete -- net show --outp
[ "$(cat .out)" = --output ] || fail "got: $(cat .out)"
run hkctl complete -- net sh
[ "$(cat .out)" = show ] || fail "got: $(cat .out)"
run hkctl complete -- ne
[ "$(cat .out)" = net ] || fail "got: $(cat .out)"

begin "documents that are wrong"
sed 's/w: "urn:example:wan"/w: ""/; s/name: access/name: wan/' topology.yaml >wrong.yaml
must_fail 3 hkctl net show -f wrong.yaml
err HK1301
err HK1302

begin "an installation without the program"
mkdir alone
cp "$HKCTL" alone/hkctl
must_fail 1 alone/hkctl net show -f topology.yaml
err "hkctl-net"
must_fail 1 alone/hkctl help net
err "hkctl-net"
