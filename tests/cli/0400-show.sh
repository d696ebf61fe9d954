#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
need python3
cp "$ROOT"/examples/online-boutique/*.yaml .
run hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml

begin "piped: plain"
run hkctl show plan.yaml
out "frontend"
out "objective"
out "proved"
grep -q "$(printf '\033')" .out && fail "colour in a pipe"
tail -n 4 .out | grep -q objective || fail "the summary is not last"

begin "--all adds reasons and links"
grep -q 'replicas carry' .out && fail "reasons although nobody asked"
run hkctl show --all plan.yaml
out "frontend: 7 replicas carry 400 messages/s"
out "LINK"
out "edge-a -> metro-1"

begin "a plan that was edited is shown, renders and is planned from, but never without a word"
sed 's/^    objective: .*/    objective: 0.5/' plan.yaml > edited.yaml
run hkctl show edited.yaml
err "edited.yaml:6:7: warning: the plan was changed after it was written"
err "help: take back what was edited, or make the plan again"
for words in "explain edited.yaml" "explain --full edited.yaml" "diff plan.yaml edited.yaml" "render edited.yaml -d edited" "check edited.yaml --declared" \
	"plan -f topology.yaml -f pipeline.yaml --previous edited.yaml -o new.yaml"; do
	# shellcheck disable=SC2086
	hkctl $words > .out 2> .err || true
	err HK0807
done
run hkctl show -q edited.yaml
no_err
run hkctl show plan.yaml
no_err

begin "colour when asked"
run hkctl show --color always plan.yaml
grep -q "$(printf '\033')" .out || fail "no colour"

begin "on a terminal: no wider than it"
python3 - "$HKCTL" <<'PY'
import fcntl, os, pty, struct, sys, termios, re
for width in (60, 80, 120):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        os.execv(sys.argv[1], [sys.argv[1], "show", "plan.yaml"])
    data = b""
    while True:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        data += piece
    os.waitpid(pid, 0)
    text = re.sub(r"\033\[[0-9;]*m", "", data.decode()).replace("\r", "")
    assert "frontend" in text, text
    wide = [l for l in text.split("\n") if len(l) > width]
    assert not wide, (width, wide[:3])
PY

begin "JSON and YAML"
run hkctl show -o json plan.yaml
python3 - "$TRASH/.out" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
s = d["summary"]
for key in ("objective", "bound", "gap", "cpuSeconds", "peakMemoryBytes"):
    assert key in s, key
for p in d["pipelines"]:
    for c in p["connections"]:
        for r in c["routes"]:
            assert sum(t["weight"] for t in r["to"]) == 100, r
            assert abs(sum(t["probability"] for t in r["to"]) - 1) < 1e-6, r
PY
run hkctl show -o yaml plan.yaml
out "summary:"

begin "a stale plan is shown, with a warning"
echo "# changed" >>topology.yaml
run hkctl show plan.yaml
err "stale"
err "topology.yaml"

begin "facts of another run are not shown"
sed 's/"plan": *"[0-9a-f]*"/"plan": "0000000000000000"/' plan.yaml.run >x && mv x plan.yaml.run
run hkctl show -o json plan.yaml
python3 -c 'import json,sys; assert json.load(open(sys.argv[1]))["summary"]["cpuSeconds"] is None' "$TRASH/.out"

begin "what is no plan"
must_fail 3 hkctl show topology.yaml
must_fail 3 hkctl show missing.yaml
head -c 300 plan.yaml >cut.yaml
must_fail 3 hkctl show cut.yaml
