#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# More than a hundred malformed replies, each to a creating request and to a question: one clear sentence, never a crash or a wrong value.
. "$(dirname "$0")/../lib.sh"
need python3
no_proxy='*' timeout 300 python3 "$ROOT/tests/net/api_hostile.py" "$HKCTL" "$TRASH" >.said || {
	cat .said
	fail "hostile replies were not all refused as they should be"
}
cat .said
