#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Used by "make install" and "make uninstall": install.sh install|uninstall BINDIR LIBEXEC DATADIR MANDIR DOCDIR, below $DESTDIR.
# Both go through the same list, so that uninstall removes exactly what install wrote.
set -eu
cd "$(dirname "$0")/.."
action=$1 bindir=$2 libexec=$3 datadir=$4 mandir=$5 docdir=$6
DESTDIR=${DESTDIR:-}

# One "mode source target" a line. Paths of the source tree have no blanks.
files() {
	echo "755 ${HKCTL:-hkctl} $bindir/hkctl"
	programs=$(dirname "${HKCTL:-hkctl}")/libexec/hkctl
	if [ -d "$programs" ]; then
		find "$programs" -maxdepth 1 -type f -perm -u+x | sed "s|.*/\(.*\)|755 & $libexec/\1|"
	fi
	for page in man/*.[1-9]; do
		[ -e "$page" ] && echo "644 $page $mandir/man${page##*.}/${page##*/}"
	done
	for tree in schemas adapters pipelines examples; do
		[ -d "$tree" ] && find "$tree" -type f ! -name '.*' | sed "s|.*|644 & $datadir/hkctl/&|"
	done
	[ -e completions/hkctl.bash ] && echo "644 completions/hkctl.bash $datadir/bash-completion/completions/hkctl"
	[ -e completions/hkctl.zsh ] && echo "644 completions/hkctl.zsh $datadir/zsh/site-functions/_hkctl"
	[ -e completions/hkctl.fish ] && echo "644 completions/hkctl.fish $datadir/fish/vendor_completions.d/hkctl.fish"
	for doc in README.md LICENSE CHANGELOG.md docs/*.md; do
		[ -e "$doc" ] && echo "644 $doc $docdir/${doc##*/}"
	done
	return 0
}

case $action in
install)
	files | LC_ALL=C sort -k 3 | while read -r mode source target; do
		mkdir -p "$DESTDIR${target%/*}"
		# A new file and a rename, so that a running hkctl is never half replaced.
		cp "$source" "$DESTDIR$target.new"
		chmod "$mode" "$DESTDIR$target.new"
		mv -f "$DESTDIR$target.new" "$DESTDIR$target"
	done
	mkdir -p "$DESTDIR$libexec"
	;;
uninstall)
	files | while read -r mode source target; do
		rm -f "$DESTDIR$target"
	done
	for directory in "$datadir/hkctl" "$libexec" "$docdir"; do
		# Directories that still hold something of somebody else stay.
		[ ! -d "$DESTDIR$directory" ] || find "$DESTDIR$directory" -depth -type d -exec rmdir {} + 2>/dev/null || :
	done
	;;
*)
	echo "usage: install.sh install|uninstall BINDIR LIBEXEC DATADIR MANDIR DOCDIR" >&2
	exit 2
	;;
esac
