#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion in a running fish.
. "$(dirname "$0")/../lib.sh"

need fish
mkdir -p work/sub
cd work
touch plan.yaml 'a b.yaml' sub/x.yaml
PATH=$(dirname "$HKCTL"):$PATH
tab() {
	run python3 "$ROOT/tests/cli/completion.py" "$1" "$HKCTL" "$2"
}

begin "sourced"
tab fish "source $ROOT/completions/hkctl.fish"
