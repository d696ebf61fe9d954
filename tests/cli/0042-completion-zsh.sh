#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion in a running zsh.
. "$(dirname "$0")/../lib.sh"

need zsh
python3 -c 'import pty; pty.openpty()' 2>/dev/null || skip 'there are no pseudo terminals'
mkdir -p work/sub
cd work
touch plan.yaml 'a b.yaml' sub/x.yaml
PATH=$(dirname "$HKCTL"):$PATH
tab() {
	run python3 "$ROOT/tests/cli/completion.py" "$1" "$HKCTL" "$2"
}

begin "sourced behind compinit"
tab zsh "compinit -u -D; source $ROOT/completions/hkctl.zsh"
begin "installed in a directory of fpath: the first TAB loads it"
mkdir ../functions
cp "$ROOT/completions/hkctl.zsh" ../functions/_hkctl
tab zsh "fpath=($TRASH/functions \$fpath); compinit -u -D"
