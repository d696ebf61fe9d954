#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What tests of completion in running shells share, sourced after lib.sh: a folder with files to be found, and tab SHELL SETUP.
mkdir -p work/sub
cd work || exit 1
touch plan.yaml 'a b.yaml' sub/x.yaml
PATH=$(dirname "$HKCTL"):$PATH
tab() {
	run python3 "$ROOT/tests/cli/completion.py" "$1" "$HKCTL" "$2"
}
