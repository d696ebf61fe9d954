#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The GitHub Action and the GitLab include: well-formed, and each step of them does what it says, run here with the variables a runner would set.
. "$(dirname "$0")/../lib.sh"
need python3 bash git
python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
mkdir bin && ln -s "$HKCTL" bin/hkctl
PATH=$TRASH/bin:$PATH

begin "both are what their systems read"
python3 - "$ROOT" <<'PY'
import sys, yaml
action = yaml.safe_load(open(sys.argv[1] + "/action.yml"))
assert action["runs"]["using"] == "composite" and action["name"] and action["description"]
for name, i in action["inputs"].items():
    assert set(i) <= {"description", "default", "required"} and isinstance(i["default"], str), name
for step in action["runs"]["steps"]:
    assert ("uses" in step) != ("run" in step), step
    if "run" in step:
        assert step["shell"] == "bash" and "${{" not in step["run"], "an input inside a script would be run"
        open("step-" + step["id"], "w").write(step["run"])
    for text in list(step.get("env", {}).values()) + [str(step.get("if", ""))]:
        if "inputs." in text:
            assert text.split("inputs.")[1].split()[0].rstrip("}") in action["inputs"], text
lab = yaml.safe_load(open(sys.argv[1] + "/ci/gitlab.yml"))
for job in ("hkctl-validate", "hkctl-check"):
    assert lab[job]["extends"] in lab
    open("job-" + job, "w").write("\n".join(lab[".hkctl"]["before_script"] + lab[job]["script"]))
assert set(lab["hkctl-validate"]["artifacts"]["reports"]) == {"junit", "codequality"}
open("variables", "w").write("".join("%s='%s'\nexport %s\n" % (k, v, k) for k, v in lab["variables"].items()))
PY
if command -v shellcheck >/dev/null; then shellcheck -S warning -s bash step-* && shellcheck -S warning -s sh job-* || fail "shellcheck"; fi
! grep -E 'https?://|docker\.io|ghcr|quay|gcr\.' "$ROOT/action.yml" "$ROOT/ci/gitlab.yml" || fail "a host name"

RUNNER_TEMP=$TRASH/runner
GITHUB_PATH=$TRASH/github-path GITHUB_OUTPUT=$TRASH/github-output GITHUB_STEP_SUMMARY=$TRASH/summary
export RUNNER_TEMP GITHUB_PATH GITHUB_OUTPUT GITHUB_STEP_SUMMARY
mkdir "$RUNNER_TEMP"
# step NAME VARIABLE=VALUE...
step() {
	file=$TRASH/step-$1
	shift
	env "$@" bash --noprofile --norc -eo pipefail "$file"
}
run hkctl init shop
cd shop
run hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml
run hkctl render plan.yaml -d deploy

begin "install: what is in PATH, or an archive with the right digest only"
run step install VERSION= ARCHIVE= SHA256=
mkdir -p "$TRASH/release/hkctl-1" && printf '#!/bin/sh\necho released\n' >"$TRASH/release/hkctl-1/hkctl" && chmod +x "$TRASH/release/hkctl-1/hkctl"
tar -czf "$TRASH/release.tar.gz" -C "$TRASH/release" hkctl-1
sum=$(sha256sum <"$TRASH/release.tar.gz" | cut -d' ' -f1)
if command -v curl >/dev/null; then
	run step install VERSION= "ARCHIVE=file://$TRASH/release.tar.gz" "SHA256=$sum"
	[ "$("$(cat "$GITHUB_PATH")/hkctl")" = released ] || fail "the released binary is not the one"
	must_fail 1 step install VERSION= "ARCHIVE=file://$TRASH/release.tar.gz" "SHA256=$(printf '%064d' 0)"
fi
must_fail 2 step install VERSION= ARCHIVE=file:///x SHA256=

if [ "${VARIANT:-release}" = release ] && tar --sort=name -cf /dev/null -C "$ROOT" VERSION 2>/dev/null; then
	begin "the binary archive: the same bytes twice, and it runs with what it brings"
	run sh "$ROOT/scripts/dist.sh" binary "$TRASH/dist" "$HKCTL"
	run sh "$ROOT/scripts/dist.sh" binary "$TRASH/again" "$HKCTL"
	(cd "$TRASH/dist" && sha256sum -c -- *.sha256 >/dev/null) || fail "digest"
	diff -r "$TRASH/dist" "$TRASH/again" || fail "not the same bytes"
	if command -v curl >/dev/null; then
		begin "... and is what the action and the include find by its version"
		version=$(head -n 1 "$ROOT/VERSION")
		mkdir -p "$TRASH/server/o/r/releases/download" && mv "$TRASH/dist" "$TRASH/server/o/r/releases/download/v$version"
		run step install ARCHIVE= SHA256= "VERSION=$version" "SERVER=file://$TRASH/server" REPOSITORY=o/r REF=main
		(cd "$TRASH" && "$(tail -n 1 "$GITHUB_PATH")/hkctl" version) | head -n 1 | grep -qxF "hkctl $version" || fail "the released binary does not run"
		[ "$(dirname "$(tail -n 1 "$GITHUB_PATH")")" != "$ROOT" ] || fail "not the released binary"
		sed -n '1,/^command -v hkctl/p' "$TRASH/job-hkctl-validate" >"$TRASH/fetch"
		(
			. "$TRASH/variables"
			export "HKCTL_RELEASES=file://$TRASH/server/o/r/releases/download" "HKCTL_VERSION=$version"
			. "$TRASH/fetch"
			sh -c "command -v hkctl"
		) >"$TRASH/where"
		grep -q "/hkctl-$version-.*/bin/hkctl\$" "$TRASH/where" || fail "the include runs $(cat "$TRASH/where")"
		echo tampered >>"$TRASH/server/o/r/releases/download/v$version/$(basename "$TRASH/server/o/r/releases/download/v$version"/*.gz)"
		must_fail 1 step install ARCHIVE= SHA256= "VERSION=$version" "SERVER=file://$TRASH/server" REPOSITORY=o/r REF=main
	fi
fi
if git -C "$ROOT" rev-parse -q --verify 'HEAD^{commit}' >/dev/null 2>&1; then
	begin "the source archive: the same bytes twice, and nothing but what is committed"
	run sh "$ROOT/scripts/dist.sh" source "$TRASH/source"
	run sh "$ROOT/scripts/dist.sh" source "$TRASH/source-again"
	diff -r "$TRASH/source" "$TRASH/source-again" || fail "not the same bytes"
	(cd "$TRASH/source" && sha256sum -c -- *.sha256 >/dev/null) || fail "digest"
	tar -tzf "$TRASH/source"/*.gz >"$TRASH/listed"
	git -C "$ROOT" ls-tree -r --name-only HEAD | wc -l >"$TRASH/committed"
	[ "$(grep -cv '/$' "$TRASH/listed")" -eq "$(cat "$TRASH/committed")" ] || fail "other files than those of the commit"
fi

begin "validate: annotations and SARIF"
run step validate 'PATHS=topology.yaml
pipeline.yaml'
python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["version"] == "2.1.0"' "$RUNNER_TEMP/hkctl.sarif" || fail "no SARIF"
grep -q "^sarif=$RUNNER_TEMP/hkctl.sarif" "$GITHUB_OUTPUT" || fail "no output"
cp pipeline.yaml good && sed -i 's/rate: 120/rat: 120/' pipeline.yaml
must_fail 3 step validate PATHS=.
out "::error file="
python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["runs"][0]["results"]' "$RUNNER_TEMP/hkctl.sarif" || fail "SARIF without results"

begin "the same for GitLab: tests and code quality, also when it fails"
. "$TRASH/variables"
must_fail 3 sh -e "$TRASH/job-hkctl-validate"
python3 - <<'PY'
import json, xml.etree.ElementTree as tree
report = json.load(open(".hkctl-code-quality.json"))
assert report and all(set(f) == {"description", "check_name", "fingerprint", "severity", "location"} for f in report), report
assert all(f["severity"] in ("info", "minor", "major", "critical", "blocker") and f["location"]["lines"]["begin"] >= 1 and f["location"]["path"].endswith("pipeline.yaml") for f in report)
assert len({f["fingerprint"] for f in report}) == len(report)
assert tree.parse(".hkctl-junit.xml").getroot().tag == "testsuites"
json.dump([f["fingerprint"] for f in report], open("prints", "w"))
PY
begin "a line more above moves findings, but does not make them new"
sed -i '1i # one line more' pipeline.yaml
must_fail 3 sh -e "$TRASH/job-hkctl-validate"
python3 -c 'import json; assert [f["fingerprint"] for f in json.load(open(".hkctl-code-quality.json"))] == json.load(open("prints"))' || fail "other fingerprints"
rm prints
cp good pipeline.yaml
rm .hkctl-*
run sh -e "$TRASH/job-hkctl-validate"
[ "$(tr -d ' \n' <.hkctl-code-quality.json)" = '[]' ] || fail "an empty report is a list too"
rm .hkctl-* good

begin "check: a tree that is what the plan renders, and one that is not"
run step check PLAN=plan.yaml DIRECTORY=deploy BASE= OPTIONS=
run env HKCTL_PLAN=plan.yaml sh -e "$TRASH/job-hkctl-check"
git init -q . && git add -A && git -c user.name=a -c user.email=a@example.org commit -qm before
sed -i 's/rate: 120/rate: 1200/' pipeline.yaml
run hkctl plan -f topology.yaml -f pipeline.yaml --previous plan.yaml -o plan.yaml
must_fail 6 step check PLAN=plan.yaml DIRECTORY=deploy BASE=HEAD OPTIONS=
out "::error title=hkctl render"
grep -q 'because load 120/s -> 1200/s' "$GITHUB_STEP_SUMMARY" || fail "summary: $(cat "$GITHUB_STEP_SUMMARY")"
must_fail 6 env HKCTL_PLAN=plan.yaml sh -e "$TRASH/job-hkctl-check"
err "not what plan.yaml renders"

begin "hooks for the pre-commit tool name what there is"
python3 - "$ROOT/.pre-commit-hooks.yaml" >entries <<'PY'
import sys, yaml
for hook in yaml.safe_load(open(sys.argv[1])):
    assert {"id", "name", "entry", "language"} <= set(hook), hook
    print(hook["entry"], *hook.get("args", []))
PY
while read -r program verb rest; do
	[ "$program" = hkctl ] || fail "$program"
	run hkctl "$verb" -h
done <entries
