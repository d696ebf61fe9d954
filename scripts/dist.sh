#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Used by "make dist" and "make dist-binary": dist.sh source OUT | dist.sh binary OUT HKCTL. Writes an archive into OUT and beside it NAME.sha256, and prints both names.
# The same commit, and the same binary, give the same bytes: names in order, the time of the commit, no owners, no time in the compressed file.
set -eu
cd "$(dirname "$0")/.."
action=${1:-} out=${2:-}
version=$(sh scripts/version.sh)
LC_ALL=C
export LC_ALL

# Digest beside the archive, as sha256sum -c takes it and action.yml and ci/gitlab.yml fetch it.
sign_off() {
	(cd "$out" && sha256sum "$1" >"$1.sha256")
	printf '%s\n' "$out/$1" "$out/$1.sha256"
}

commit_time() {
	git log -1 --format=%ct 2>/dev/null || echo 0
}

source_archive() {
	git rev-parse -q --verify 'HEAD^{commit}' >/dev/null 2>&1 || { echo "dist: this is no git repository with a commit; an unpacked archive is the source already" >&2; exit 1; }
	[ -z "$(git status --porcelain --untracked-files=no)" ] || echo "dist: what is not committed is not in the archive" >&2
	name=hkctl-$version.tar.gz
	mkdir -p "$out"
	git -c tar.umask=0022 archive --format=tar --prefix="hkctl-$version/" HEAD | gzip -9n >"$out/$name.new"
	mv -f "$out/$name.new" "$out/$name"
	sign_off "$name"
}

# Libraries of the core that machines of a CI seldom have go along, in lib/hkctl, where the binary looks for them first. Those of hkctl-net and hkctl-api (libssh2, libcurl, libxml2 and
# the cryptography below them) do not: they want the security updates of the machine.
bundle_libraries() {
	mkdir -p "$1/lib/hkctl"
	ldd "$1/bin/hkctl" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | while read -r library; do
		case ${library##*/} in
		libc.so* | libm.so* | libpthread.so* | libdl.so* | librt.so* | libgcc_s.so* | libz.so*) continue ;;
		esac
		cp -L "$library" "$1/lib/hkctl/${library##*/}"
		chmod 644 "$1/lib/hkctl/${library##*/}"
	done
}

binary_archive() {
	hkctl=$1
	[ -x "$hkctl" ] || { echo "dist: there is no '$hkctl'; run: make dist-binary" >&2; exit 1; }
	folder=hkctl-$version-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
	mkdir -p "$out"
	stage=$(mktemp -d "$out/stage.XXXXXX")
	trap 'rm -rf "$stage"' EXIT
	top=$stage/$folder
	DESTDIR='' HKCTL=$hkctl sh scripts/install.sh install "$top/bin" "$top/libexec/hkctl" "$top/share" "$top/share/man" "$top/share/doc/hkctl"
	bundle_libraries "$top"
	strip "$top/bin/hkctl" "$top"/libexec/hkctl/* 2>/dev/null || :
	find "$stage" -type d -exec chmod 755 {} +
	tar --sort=name --mtime="@${SOURCE_DATE_EPOCH:-$(commit_time)}" --owner=0 --group=0 --numeric-owner --format=ustar -C "$stage" -cf - "$folder" | gzip -9n >"$out/$folder.tar.gz.new"
	mv -f "$out/$folder.tar.gz.new" "$out/$folder.tar.gz"
	sign_off "$folder.tar.gz"
}

case $action:$out in
source:?*) source_archive ;;
binary:?*) binary_archive "${3:-hkctl}" ;;
*)
	echo "usage: dist.sh source OUT | dist.sh binary OUT HKCTL" >&2
	exit 2
	;;
esac
