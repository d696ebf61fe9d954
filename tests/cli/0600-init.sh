#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"

begin "what init writes validates, plans and renders as it is"
run hkctl init --ci --pre-commit shop
err "wrote shop/topology.yaml"
cd shop
run hkctl validate topology.yaml pipeline.yaml
run hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml
run hkctl render plan.yaml -d deploy
run hkctl render plan.yaml -d deploy --check
run hkctl fmt --check .

begin "the workflow's and the hook's own commands pass, and nothing in the directory is odd to validate"
[ -f .pre-commit-config.yaml ] || fail "no hook"
sed -n 's/^ *entry: //p; s/^ *- run: //p' .pre-commit-config.yaml .github/workflows/hkctl.yaml >commands
[ "$(wc -l <commands)" -eq 4 ] || fail "commands: $(cat commands)"
while read -r program arguments; do
	[ "$program" = hkctl ] || fail "not our program: $program"
	# shellcheck disable=SC2086
	run hkctl $arguments
done <commands
run hkctl validate --strict .

begin "existing files are never touched"
echo "# mine" >topology.yaml
run hkctl init
err "exists"
[ "$(cat topology.yaml)" = "# mine" ] || fail "a file was overwritten"

begin "dry run"
run hkctl init --dry-run ../other
err "would write"
[ ! -e ../other ] || fail "a dry run wrote something"
