#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Faults of real servers, of the disk and of people, while all devices are changed: at the end all are old or all new, or it is said which is not known, and a later process ends it.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/net/farm.sh"
start_farm farm.py candidate running startup

# save VALUE: a plan that sets it everywhere
save() {
	all_want "$1"
	run hkctl net plan -q -f farm/topology.yaml -f want.yaml --save network.yaml
}
save 1000
run hkctl net apply -q network.yaml
values 1000 1000 1000
save 2000

begin "somebody else has a lock: who, and nothing is changed"
[ "$(ask hold 1 running)" = "done" ]
must_fail 5 hkctl net apply network.yaml
err "dev-1: lock failed"
err "running is locked by session"
out "Devices: all old"
ask leave 1 >/dev/null
values 1000 1000 1000

begin "somebody else's edits in a candidate: named, and thrown away only when that is asked for"
[ "$(ask dirty 0 77)" = "done" ]
ask leave 0 >/dev/null
if hkctl net apply network.yaml >.out 2>.err; then
	fail "a candidate that was not empty was committed"
fi
err "theirs"
values 1000 1000 1000
run hkctl net apply -q network.yaml --discard-foreign
values 2000 2000 2000
[ "$(ask value 0 theirs bandwidth)" = absent ] || fail "somebody else's edit was committed"
save 3000

begin "no room for the journal: nothing is begun"
must_fail 1 hkctl net apply network.yaml --journal missing/journal
if [ "$(id -u)" = 0 ] && mkdir small && mount -t tmpfs -o size=16k none small 2>/dev/null; then
	(must_fail 1 hkctl net apply network.yaml --journal small/journal && err "no room") || {
		umount small
		fail "a full disk was not noticed"
	}
	umount small
fi
values 2000 2000 2000

begin "the journal cannot grow any further: all go back, and a later process finds what it needs"
for blocks in 1 2 3 4; do
	rm -f network.yaml.journal*
	# shellcheck disable=SC3045 # dash and bash alike
	if (ulimit -f "$blocks" && hkctl net apply network.yaml >.out 2>.err); then
		# the decision still had room, so the way was forward
		[ "$blocks" -gt 1 ] || fail "nothing was too large"
		values 3000 3000 3000
	else
		out "Devices: all old"
		values 2000 2000 2000
	fi
	! grep -q '"event":"begin"' network.yaml.journal || run hkctl net rollback network.yaml.journal -f farm/topology.yaml
done
values 2000 2000 2000

begin "keys that are not accepted any more, and host keys that were revoked"
mv farm/user_key.pub farm/away.pub
must_fail 5 hkctl net apply network.yaml
err "no key is accepted"
mv farm/away.pub farm/user_key.pub
cp farm/known_hosts known_hosts.good
sed 's/^/@revoked /' known_hosts.good >>farm/known_hosts
must_fail 5 hkctl net apply network.yaml
err "is revoked in"
cp known_hosts.good farm/known_hosts
values 2000 2000 2000

begin "a server dies between change and confirmation"
# the program that measures is where the transaction waits for us
cat >cut.sh <<'SH'
#!/bin/sh
echo kill 1 >.to
read -r said <.from
SH
chmod +x cut.sh
must_fail 5 hkctl net apply network.yaml --measure ./cut.sh
out "Devices: unknown: dev-1"
out "until 'rollback' or '--resume' reaches it"
ask start 1 >/dev/null
# a running configuration without a candidate keeps what it was told; nobody undid it
values 2000 3000 2000
must_fail 2 hkctl net apply network.yaml
err "was not finished"
run hkctl net rollback -q network.yaml.journal -f farm/topology.yaml
values 2000 2000 2000
if [ -n "${KILL_STEP:-}" ]; then
	must_fail 5 hkctl net apply network.yaml --measure ./cut.sh
	ask start 1 >/dev/null
	run hkctl net apply --resume network.yaml.journal -f farm/topology.yaml
	out "Devices: all new"
else
	run hkctl net apply -q network.yaml
fi
values 3000 3000 3000

begin "half of the devices cannot be reached when all are to go back"
ask kill 0 >/dev/null
ask kill 2 >/dev/null
must_fail 5 hkctl net rollback network.yaml.journal -f farm/topology.yaml
out "Devices: unknown: dev-0, dev-2"
ask start 0 >/dev/null
ask start 2 >/dev/null
values 3000 3000 3000
run hkctl net rollback network.yaml.journal -f farm/topology.yaml
out "Devices: all old"
values 2000 2000 2000

begin "two at once"
printf '#!/bin/sh\nwhile [ ! -e go ]; do sleep 0.05; done\n' >wait.sh
chmod +x wait.sh
rm network.yaml.journal*
hkctl net apply -q network.yaml --measure ./wait.sh >first 2>&1 &
first=$!
until grep -q '"step":"measure"' network.yaml.journal 2>/dev/null; do sleep 0.05; done
must_fail 2 hkctl net apply network.yaml
err "another process"
must_fail 2 hkctl net apply --resume network.yaml.journal -f farm/topology.yaml
must_fail 8 hkctl net apply network.yaml --journal other.journal
err "when the change was made"
touch go
wait "$first" || fail "the first was disturbed: $(cat first)"
values 3000 3000 3000

begin "what was set by others since is not overwritten unasked"
cp network.yaml.journal first.journal
save 4000
run hkctl net apply -q network.yaml
must_fail 8 hkctl net rollback first.journal -f farm/topology.yaml
err "somebody changed it since"
values 4000 4000 4000
run hkctl net rollback first.journal -f farm/topology.yaml --force
values 2000 2000 2000

[ -n "${KILL_STEP:-}" ] || exit 0
begin "the timer runs out while it is measured, and after a crash"
save 5000
rm -f go
must_fail 1 hkctl net apply network.yaml --measure ./nothing
err "cannot run './nothing'"
printf '#!/bin/sh\nsleep 13\n' >long.sh
chmod +x long.sh
hkctl net apply network.yaml --confirm 10s --measure ./long.sh >.out 2>.err && fail "a timer that ran out was not noticed"
out "Devices: all old"
values 2000 2000 2000
rm network.yaml.journal*
"$HKCTL" net apply -q network.yaml --confirm 10s --measure ./wait.sh >first 2>&1 &
first=$!
until grep -q '"step":"measure"' network.yaml.journal 2>/dev/null; do sleep 0.05; done
kill -KILL "$first"
wait "$first" || :
sleep 12
values 2000 5000 5000
touch go
run hkctl net apply --resume network.yaml.journal -f farm/topology.yaml
values 5000 5000 5000
