#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion in a running zsh.
. "$(dirname "$0")/../lib.sh"

need zsh
python3 -c 'import pty; pty.openpty()' 2>/dev/null || skip 'there are no pseudo terminals'
. "$ROOT/tests/completion.sh"

begin "sourced behind compinit"
tab zsh "compinit -u -D; source $ROOT/completions/hkctl.zsh"
begin "installed in a directory of fpath: the first TAB loads it"
mkdir ../functions
cp "$ROOT/completions/hkctl.zsh" ../functions/_hkctl
tab zsh "fpath=($TRASH/functions \$fpath); compinit -u -D"
