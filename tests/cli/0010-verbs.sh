#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A verb is four things: a file in cmd/, a row in the table, a manual page, a test. And the manual says what -h says, as completion does.
. "$(dirname "$0")/../lib.sh"

verbs=$(hkctl help -a | sed -n 's/^  \([a-z]*\) .*/\1/p' | grep -v '^complete$')
[ -n "$verbs" ] || fail "hkctl help -a lists no verbs"
for verb in $verbs; do
	begin "$verb"
	ls "$ROOT/cmd/$verb.c" "$ROOT"/cmd/*/"$verb.c" >files 2>/dev/null || [ -s files ] || fail "no cmd/$verb.c"
	[ -f "$ROOT/man/hkctl-$verb.1" ] || fail "no man/hkctl-$verb.1"
	ls "$ROOT"/tests/cli/*-"$verb".sh >/dev/null 2>&1 || fail "no tests/cli/NNNN-$verb.sh"
	run hkctl "$verb" -h
	out "Usage: hkctl $verb"
	hkctl "$verb" -h | sed -n 's/^  [- ][A-Za-z ][, ] --\(\[no-\]\)\{0,1\}\([a-z-]*\).*/\2/p' | sort -u >options
	[ -s options ] || fail "-h lists no options"
	hkctl complete -- "$verb" -- | sed 's/^--//' | sort >completed
	same options completed
	while read -r option; do
		grep -Eq "^\.It .*Fl -$option( |\$)" "$ROOT/man/hkctl-$verb.1" || fail "the manual of $verb does not describe --$option"
	done <options
	sed -n 's/^\.It .*Fl -\([a-z-]*\).*/\1/p' "$ROOT/man/hkctl-$verb.1" | sort -u >described
	comm -13 options described >extra
	[ ! -s extra ] || fail "the manual of $verb describes options it does not have: $(cat extra)"
done
for file in "$ROOT"/cmd/*.c "$ROOT"/cmd/*/*.c; do
	name=$(basename "$file" .c)
	case $name in
	main | commands | common) continue ;;
	*_*) # a part of a verb
		[ "$(dirname "$file")" != "$ROOT/cmd" ] || fail "cmd/$name.c is no verb: parts of verbs are in cmd/parts"
		echo "$verbs" | grep -qx "${name%%_*}" || fail "cmd/$name.c is part of no verb of the table"
		continue
		;;
	esac
	echo "$verbs" | grep -qx "$name" || fail "cmd/$name.c is no verb of the table"
	grep -q "hkctl-$name 1" "$ROOT/man/hkctl.1" || fail "hkctl(1) does not list $name"
done
begin "programs in libexec say of their verbs what the core says"
for program in "$(dirname "$HKCTL")"/libexec/hkctl/hkctl-*; do
	"$program" help | sed -n 's/^  \([a-z]*\) \{1,\}\(.*\)/\1 \2/p' | grep -v '^help ' >there
	[ -s there ] || fail "$program lists no verbs"
	hkctl help | sed -n 's/^  \([a-z]*\) \{1,\}\(.*\)/\1 \2/p' >here
	grep -vxF -f here there && fail "the core says something else than $program"
done
true
