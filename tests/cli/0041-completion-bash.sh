#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion in a running bash.
. "$(dirname "$0")/../lib.sh"

need bash
python3 -c 'import pty; pty.openpty()' 2>/dev/null || skip 'there are no pseudo terminals'
. "$ROOT/tests/completion.sh"

begin "completion as bash loads it: the file that is installed"
tab bash "source $ROOT/completions/hkctl.bash"
