#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
need python3
python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
live() { python3 "$ROOT/tests/cli/live_objects.py" "$@"; }

# check JSON EXPRESSION: of the document d
check() { python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
fields = lambda i: {f["path"]: (f["before"], f["after"]) for f in i["fields"]}
assert eval(sys.argv[2]), json.dumps(d, indent=1)' "$@" || fail "$2"; }
# edit FILE STATEMENT: on the document d, its items by kind/name in o
edit() { python3 -c 'import json, sys
d = json.load(open(sys.argv[1])); o = {i["kind"] + "/" + i["metadata"]["name"]: i for i in d.get("items", [])}
exec(sys.argv[2])
json.dump(d, open(sys.argv[1], "w"))' "$@"; }

cp "$ROOT"/examples/online-boutique/*.yaml .
mkdir later && cp "$ROOT/examples/evening.yaml" later
run hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml
run hkctl plan -f topology.yaml -f pipeline.yaml -f later --previous plan.yaml -o evening.plan
run hkctl render plan.yaml -d deploy

begin "a plan and itself: no difference, whatever is asked for"
run hkctl diff plan.yaml plan.yaml --detailed-exitcode
out "No difference"
run hkctl diff plan.yaml plan.yaml -d deploy --detailed-exitcode -o json
check "$TRASH/.out" 'd["summary"]["differs"] is False and d["drift"] == [] and all(v == [] for v in d["changes"].values())'

begin "two plans: every change has a reason that follows from them; the summary is last"
run hkctl diff plan.yaml evening.plan
sed 's/[0-9a-f]\{16\}/ID/g' "$TRASH/.out" >evening.text
golden evening evening.text
run hkctl diff plan.yaml evening.plan -o json
check "$TRASH/.out" 'all(c["reasons"] for c in d["changes"]["replicas"]) and {r["code"] for c in d["changes"]["replicas"] for r in c["reasons"]} >= {"load", "link"}'
check "$TRASH/.out" 'sum(c["after"] - c["before"] for c in d["changes"]["replicas"]) == d["summary"]["replicasAdded"] - d["summary"]["replicasRemoved"] == 24'
must_fail 6 hkctl diff plan.yaml evening.plan --detailed-exitcode
run hkctl diff plan.yaml evening.plan -o yaml
python3 -c 'import sys, yaml; assert yaml.safe_load(open(sys.argv[1]))["summary"]["differs"]' "$TRASH/.out" || fail "no YAML"

begin "colour only when asked"
! grep -q "$(printf '\033')" "$TRASH/.out" || fail "colour in YAML"
run hkctl diff --color=always plan.yaml evening.plan
grep -q "$(printf '\033')" "$TRASH/.out" || fail "no colour"

begin "a cluster that goes: removals and moves first, with that as the reason"
mkdir gone
python3 - <<'PY'
import yaml
docs = list(yaml.safe_load_all(open("topology.yaml")))
for d in docs:
    s = d["spec"]
    s["clusters"] = [c for c in s["clusters"] if c["name"] != "metro-1"]
    s["links"] = [l for l in s["links"] if "metro-1" not in (l["from"], l["to"])] + [{"from": "edge-a", "to": "cloud-1", "latency": "20ms", "bandwidth": "10Gbps"}]
yaml.safe_dump_all(docs, open("gone/topology.yaml", "w"))
docs = list(yaml.safe_load_all(open("pipeline.yaml")))
for w in docs[0]["spec"]["workloads"]:
    w.pop("availability", None)
    if "file" in w.get("manifest", {}):
        w["manifest"]["file"] = "../app.yaml"
yaml.safe_dump_all(docs, open("gone/pipeline.yaml", "w"))
PY
run hkctl plan -f gone -o gone.plan
run hkctl diff plan.yaml gone.plan -o json
check "$TRASH/.out" 'any(c["cluster"] == "metro-1" and c["after"] == 0 and c["reasons"][0]["code"] == "cluster-gone" for c in d["changes"]["replicas"])'
check "$TRASH/.out" '(lambda k: k == sorted(k))([["move", "remove", "add"].index(c["action"]) for c in d["changes"]["replicas"]])'
run hkctl diff plan.yaml gone.plan
out "because cluster metro-1 is no longer in the topology"

begin "plan against directory: what rendering would change, told from what somebody edited"
run hkctl diff evening.plan -d deploy -o json
check "$TRASH/.out" 'd["drift"] == [] and d["changes"]["files"] and d["before"] is None'
check "$TRASH/.out" '(lambda k: k == sorted(k))([["delete", "change", "add"].index(c["action"]) for c in d["changes"]["files"]])'
check "$TRASH/.out" 'all(c["reasons"][0]["text"] for c in d["changes"]["files"])'
check "$TRASH/.out" 'any(f["path"] == "spec.replicas" and (f["before"], f["after"]) == ("3", "4") for c in d["changes"]["files"] if c["name"] == "adservice" for f in c["fields"])'
cp -R deploy edited
sed -i 's/replicas: 7$/replicas: 9/' edited/clusters/metro-1/default/deployment-frontend.yaml
rm edited/clusters/edge-a/default/service-frontend.yaml
cp deploy/clusters/edge-a/default/service-frontend.yaml edited/clusters/edge-a/default/service-mine.yaml
echo "# a remark" >>edited/clusters/edge-a/default/service-adservice.yaml
must_fail 6 hkctl diff plan.yaml -d edited --detailed-exitcode
run hkctl diff plan.yaml -d edited -o json
check "$TRASH/.out" 'd["changes"]["files"] == [] and [i["action"] for i in d["drift"]] == ["delete", "change", "change", "add"]'
check "$TRASH/.out" 'fields(d["drift"][2]) == {"spec.replicas": ("7", "9")} and d["drift"][2]["cluster"] == "metro-1" and d["drift"][0]["name"] == "frontend"'
check "$TRASH/.out" 'd["drift"][1]["fields"] == [] and "comments" in d["drift"][1]["note"]'
run hkctl diff evening.plan -d edited -o json
check "$TRASH/.out" 'any(c["overwritesEdit"] and c["cluster"] == "metro-1" for c in d["changes"]["files"])'
check "$TRASH/.out" 'any("history" in (i["note"] or "") for i in d["drift"])'
begin "with the old plan beside, what was edited is known too"
run hkctl diff plan.yaml evening.plan -d edited -o json
check "$TRASH/.out" 'any(fields(i) == {"spec.replicas": ("7", "9")} for i in d["drift"]) and d["changes"]["replicas"]'
begin "a directory where nothing was rendered: everything would be added"
run hkctl diff plan.yaml -d nowhere -o json
check "$TRASH/.out" 'd["drift"] == [] and {c["action"] for c in d["changes"]["files"]} == {"add"}'
[ ! -e nowhere ] || fail "diff wrote"

begin "live objects as the server shows them: no drift, in JSON and in YAML, with and without the tree"
for cluster in edge-a metro-1 cloud-1; do live "deploy/clusters/$cluster" >"$cluster.json"; live "deploy/clusters/$cluster" --yaml >"$cluster.yml"; done
run hkctl diff plan.yaml -d deploy --live edge-a.json --live metro-1=metro-1.yml --live cloud-1.yml --detailed-exitcode
no_err
out "45 live objects compared"
run hkctl diff plan.yaml -l edge-a=edge-a.yml -l metro-1.json -l cloud-1.json --detailed-exitcode
no_err

begin "quantities by value, order of items, zeros and empty fields are no drift; a tool's labels are none either"
cp edge-a.json same.json
edit same.json 'c = o["Deployment/frontend"]["spec"]["template"]["spec"]["containers"][0]; c["resources"]["requests"]["cpu"] = "0.1"; c["env"] = []; c["stdin"] = False
o["Deployment/frontend"]["metadata"]["labels"]["argocd.argoproj.io/instance"] = "shop"; d["items"].reverse()'
run hkctl diff plan.yaml -d deploy -l edge-a=same.json --detailed-exitcode
no_err

begin "drift: a count, an image, a field that was added, an object that is gone, one that should be elsewhere"
cp edge-a.json drift.json
edit drift.json 'o["Deployment/frontend"]["spec"]["replicas"] = 3
p = o["Deployment/adservice"]["spec"]["template"]["spec"]; p["containers"][0]["image"] = "example.org/evil:1"; p["terminationGracePeriodSeconds"] = 31
p["containers"].append({"name": "sidecar", "image": "x:1"}); p["tolerations"] = [{"operator": "Exists"}]
d["items"].remove(o["Deployment/redis-cart"]); o["Service/cartservice"]["spec"]["type"] = "NodePort"
import copy; x = copy.deepcopy(o["Deployment/frontend"]); x["metadata"]["name"] = "paymentservice"; d["items"].append(x)
y = copy.deepcopy(x); y["metadata"].update(name="mine", labels={"app": "mine"}); d["items"].append(y)
z = copy.deepcopy(x); z["metadata"].update(name="old", labels={"hkctl.dev/shard": "old"}); d["items"].append(z)'
must_fail 6 hkctl diff plan.yaml -d deploy -l edge-a=drift.json --detailed-exitcode
golden drift
run hkctl diff plan.yaml -d deploy -l edge-a=drift.json -o json
check "$TRASH/.out" '[(i["action"], i["kind"], i["name"]) for i in d["drift"]] == [("delete", "Deployment", "redis-cart"), ("change", "Deployment", "adservice"), ("change", "Deployment", "frontend"),
	("change", "Service", "cartservice"), ("add", "Deployment", "old"), ("add", "Deployment", "paymentservice")]'
check "$TRASH/.out" 'd["changes"]["files"] == [] and d["summary"]["liveForeign"] == 1'
check "$TRASH/.out" 'set(fields(d["drift"][1])) == {"spec.template.spec.containers[" + c + "]" + r for c, r in [("server", ".image"), ("sidecar", "")]} | {"spec.template.spec.tolerations", "spec.template.spec.terminationGracePeriodSeconds"}'
run hkctl diff plan.yaml -d deploy -l edge-a=drift.json -o json --ignore 'spec.template.spec' --ignore spec.replicas
check "$TRASH/.out" '"adservice" not in [i["name"] for i in d["drift"]] and "frontend" not in [i["name"] for i in d["drift"]]'

begin "what controllers make with the labels of what was rendered is theirs"
cp edge-a.json made.json
edit made.json 'import copy; made = {"hkctl.dev/shard": "s", "app.kubernetes.io/managed-by": "hkctl"}
for kind, version, owner in ("ReplicaSet", "apps/v1", True), ("Pod", "v1", True), ("Endpoints", "v1", False):
  m = {"name": "frontend-7c9d", "namespace": "default", "labels": made}
  if owner: m["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "frontend", "controller": True, "uid": "u"}]
  d["items"].append({"apiVersion": version, "kind": kind, "metadata": m})
d["items"].append({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data-db-s-0", "namespace": "default", "labels": {"hkctl.dev/shard": "s"}}})'
run hkctl diff plan.yaml -d deploy -l edge-a=made.json -o json --detailed-exitcode
check "$TRASH/.out" 'd["drift"] == [] and d["summary"]["liveForeign"] == 4'

begin "an autoscaler owns its replicas, wherever it stands in the list"
cp edge-a.json scaled.json
edit scaled.json 'o["Deployment/frontend"]["spec"]["replicas"] = 12
d["items"].append({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "f", "namespace": "default"},
	"spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "frontend"}, "minReplicas": 1, "maxReplicas": 20}})'
run hkctl diff plan.yaml -d deploy -l edge-a=scaled.json --detailed-exitcode
out "1 left to autoscalers"

begin "values of a secret are never shown"
mkdir -p secret/clusters/edge-a/default
cat >secret/clusters/edge-a/default/secret-key.yaml <<'YAML'
apiVersion: v1
kind: Secret
metadata: {name: key}
data: {token: aHVudGVyMg==}
YAML
printf '%s  clusters/edge-a/default/secret-key.yaml\n' "$(sha256sum <secret/clusters/edge-a/default/secret-key.yaml | cut -d' ' -f1)" >secret/.hkctl-render
printf '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"key","namespace":"default"},"data":{"token":"c2VjcmV0"}}' >secret.json
run hkctl diff plan.yaml -d secret -l edge-a=secret.json
out "data.token: (secret) -> (secret)"
! grep -q 'aHVudGVy\|c2VjcmV0' "$TRASH/.out" || fail "a secret was shown"

begin "a list that was cut off is read up to the cut; nothing behind it is called missing"
size=$(wc -c <edge-a.json)
for part in 3 5 7 9; do
	head -c $((size * part / 10)) edge-a.json >cut.json
	run hkctl diff plan.yaml -d deploy -l edge-a=cut.json --detailed-exitcode
	err "HK1202"
done
size=$(wc -c <edge-a.yml)
for part in 3 5 7 9; do
	head -c $((size * part / 10)) edge-a.yml >cut.yml
	run hkctl diff plan.yaml -d deploy -l edge-a=cut.yml --detailed-exitcode
	err "HK1202"
done

begin "files of an option that is not given here: that is the reason"
run hkctl render -q plan.yaml -d asked --decisions argocd
run hkctl diff plan.yaml -d asked
out "decisions/argocd/edge-a/default.yaml: --decisions as given here does not ask for it"
run hkctl diff plan.yaml -d asked --decisions argocd --detailed-exitcode

begin "of kinds that are not in the list nothing is known, and that is said"
cp edge-a.json some.json
edit some.json 'd["items"] = [i for i in d["items"] if i["kind"] == "Deployment"]'
run hkctl diff plan.yaml -d deploy -l edge-a=some.json --detailed-exitcode
err "HK1203"
err "Service"

begin "broken input is loud"
: >empty.json
must_fail 3 hkctl diff plan.yaml -d deploy -l edge-a=empty.json
echo '{"items":[{"a":1},{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"}}],"kind":"List"}' >odd.json
must_fail 3 hkctl diff plan.yaml -d deploy -l edge-a=odd.json
err "odd.json (item 1)"
must_fail 2 hkctl diff plan.yaml
must_fail 2 hkctl diff plan.yaml deploy
must_fail 2 hkctl diff plan.yaml -d deploy -l nowhere=edge-a.json
err "edge-a, metro-1"
must_fail 3 hkctl diff plan.yaml missing.yaml
must_fail 3 hkctl diff plan.yaml -d "$HOME" -l edge-a=edge-a.json

begin "a stale plan is compared all the same, with a warning"
echo "# later" >>topology.yaml
run hkctl diff plan.yaml plan.yaml
out "stale"
run hkctl show plan.yaml
err "stale"
