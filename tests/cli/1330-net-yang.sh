#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Values against the YANG modules of their controllers: refused before any device is asked, at the line they come from.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/net/farm.sh"

mkdir models
cat >models/demo-types.yang <<'YANG'
module demo-types {
  namespace "urn:example:demo-types"; prefix dt; revision 2026-01-01;
  typedef rate { type uint64 { range "1..100000000"; } units "kbit/s"; }
}
YANG
cat >models/demo-wan.yang <<'YANG'
module demo-wan {
  /* namespace "urn:example:not-this"; */
  namespace "urn:example:hk-wan"; prefix wan;
  import demo-types { prefix dt; }
  revision 2026-01-01;
  container links {
    list link {
      key name;
      leaf name { type string { length "1..20"; } }
      leaf owner { type string; mandatory true; }
      leaf bandwidth { type dt:rate; }
      leaf latency { type decimal64 { fraction-digits 3; range "0.001..max"; } }
      leaf class { type enumeration { enum gold; enum silver; } }
      leaf peer { type leafref { path "../../link/name"; } }
      must "bandwidth > 5";
    }
  }
}
YANG
cat >topology.yaml <<'YAML'
apiVersion: hkctl.dev/v1alpha1
kind: Topology
metadata: {name: t}
spec:
  clusters: [{name: edge}, {name: cloud}]
  controllers:
  - {name: wan, protocol: netconf, ssh: {host: 127.0.0.1, port: 1, user: nobody, knownHosts: none}, models: {wan: "urn:example:hk-wan"}}
YAML
want() {
	printf 'apiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: w}\nspec:\n  controllers:\n  - name: wan\n    settings:\n' >want.yaml
	for setting; do
		echo "    - {object: \"/wan:links/link[name='a--b']/${setting%%=*}\", value: \"${setting#*=}\"}" >>want.yaml
	done
}

begin "no program, no check; and that is said"
want bandwidth=0
if PATH=/nowhere "$HKCTL" net plan -f topology.yaml -f want.yaml --yang models >.out 2>.err; then
	fail "a device on port 1 answered"
fi
err "yanglint (libyang) is not installed"
must_fail 3 hkctl net plan -f topology.yaml -f want.yaml --yang .
need yanglint
err "has no YANG module"

begin "what does not fit is refused, with the path in the module and the line of the document"
must_fail 3 hkctl net plan -f topology.yaml -f want.yaml --yang models
err "want.yaml:8:"
err HK1319
err "out of the allowed range"
err "/demo-wan:links/link[name='a--b']/bandwidth"
want bandwidth=fast latency=0.0005 class=bronze owner=me
must_fail 3 hkctl net plan -f topology.yaml -f want.yaml --yang models
err "want.yaml:8:"
err "want.yaml:9:"
err "want.yaml:10:"
grep -q "want.yaml:11:" .err && fail "a good value was refused"
want bandwith=7
must_fail 3 hkctl net plan -f topology.yaml -f want.yaml --yang models
err "bandwith"
want "class=<gold/>"
must_fail 3 hkctl net plan -f topology.yaml -f want.yaml --yang models

begin "what fits goes on to the devices; what depends on the rest of a device is left to it"
want bandwidth=3 latency=1.5 class=gold owner=me peer=elsewhere
must_fail 5 hkctl net plan -f topology.yaml -f want.yaml --yang models
err "cannot connect"

begin "modules that are missing or wrong"
sed 's/hk-wan"}/other"}/' topology.yaml >other.yaml
must_fail 5 hkctl net plan -f other.yaml -f want.yaml --yang models
err HK1320
mkdir broken
echo 'module demo-wan { namespace "urn:example:hk-wan"; prefix wan; import nothing-there { prefix n; } }' >broken/demo-wan.yang
must_fail 3 hkctl net plan -f topology.yaml -f want.yaml --yang broken
err "cannot use the modules"
mkdir scratch
TMPDIR=$TRASH/scratch must_fail 3 hkctl net plan -f topology.yaml -f want.yaml --yang broken
[ -z "$(ls scratch)" ] || fail "files were left behind"

begin "a mandatory leaf of what comes into being, with a real server"
start_farm farm.py candidate
sed -i 's/name: wan$/name: dev-0/' want.yaml
want bandwidth=100
sed -i 's/name: wan$/name: dev-0/' want.yaml
must_fail 3 hkctl net plan -f farm/topology.yaml -f want.yaml --yang models
err "its mandatory leaf 'owner' is not set"
err "want.yaml:8:"
# the server itself knows no owner, so the entry can be made without asking the module, and is there from then on
run hkctl net plan -q -f farm/topology.yaml -f want.yaml --save network.yaml
run hkctl net apply -q network.yaml
want bandwidth=200
sed -i 's/name: wan$/name: dev-0/' want.yaml
run hkctl net plan -f farm/topology.yaml -f want.yaml --yang models
out "1 change on 1 controller"

begin "modules fetched from the server itself"
must_fail 2 hkctl net models -f farm/topology.yaml
err "--yang DIR"
must_fail 2 hkctl net models dev-9 -f farm/topology.yaml --yang fetched
err "no NETCONF controller 'dev-9'"
run hkctl net models -f farm/topology.yaml --yang fetched
grep -q 'module hk-wan' fetched/hk-wan.yang || fail "no module: $(ls fetched)"
run hkctl net models dev-0 -f farm/topology.yaml --yang fetched
[ "$(awk '/^dev-0/ { print $3 }' .out)" = 0 ] || fail "what is there was fetched again"
want bandwidth=-1
sed -i 's/name: wan$/name: dev-0/' want.yaml
must_fail 3 hkctl net plan -f farm/topology.yaml -f want.yaml --yang fetched
err "/hk-wan:links/link[name='a--b']/bandwidth"
must_fail 5 hkctl net models -f topology.yaml --yang fetched
err "wan: "
exec 7>&-
wait
