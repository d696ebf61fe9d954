#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An operator who is slow, busy, loses replies, sends people elsewhere, or is not who he should be; and recordings of what he says.
. "$(dirname "$0")/../lib.sh"
need python3 openssl
CONTRACT=$ROOT/../shared/contracts/openapi/camara/quality-on-demand-1.1.0.yaml
[ -e "$CONTRACT" ] || skip "the contract is not there ($CONTRACT)"
. "$ROOT/tests/net/api_double.sh"

fault() { # FILE JSON
	printf '%s' "$2" >"double/faults/$1"
}
sed -e 's/name: camara-qod-1.1.0/name: impatient/' -e 's/every: 2s/every: 20ms/' -e 's/perSecond: 5/perSecond: 500/' "$ROOT/adapters/camara-qod-1.1.0.yaml" >adapter.yaml
printf 'swordfish-swordfish-swordfish\n' >token
topology() { # BASE AUTH
	printf 'apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n  clusters: [{name: a}]\n  networkApis:\n  - {name: op, adapter: impatient, baseUrl: "%s/quality-on-demand-1.1.0", auth: {%s}}\n' "$1" "$2" >topology.yaml
}
created() {
	sed -n 's/.*"id": "\(.*\)",/\1/p' .out
}
asked() { # METHOD: how often
	grep -c "\[\"$1\"" double/requests || :
}
want="profile=QOS_E duration=1m device.phone=+123456789 server.ipv4=198.51.100.4"

double double "$CONTRACT"
here=$port
topology "http://127.0.0.1:$here" "bearer: {tokenFile: token}"

begin "asked for until it is active; longer; given back"
# shellcheck disable=SC2086
run hkctl api request op $want -o json
out '"state": "active"'
id=$(created)
# shellcheck disable=SC2086
run hkctl api find op $want
out "$id  active  yes"
run hkctl api extend op id="$id" duration=9m
out "duration: 600s"
# shellcheck disable=SC2086
run hkctl api find op $want -o json
out '"same": false'
run hkctl api release op id="$id"
run hkctl api status op id="$id"
out "state: absent"
must_fail 1 hkctl api extend op id="$id" duration=9m
# shellcheck disable=SC2086
run hkctl api find op $want
out "Nothing."

begin "busy: waited for as he says"
fault 1 '{"method": "POST", "status": 429, "headers": {"Retry-After": "1"}, "body": "{\"code\": \"QUOTA_EXCEEDED\"}"}'
fault 2 '{"method": "POST", "status": 503, "headers": {"Date": "Sat, 31 Jan 2026 12:00:00 GMT", "Retry-After": "Sat, 31 Jan 2026 12:00:01 GMT"}}'
rm double/requests
# shellcheck disable=SC2086
run hkctl api request op $want -o json
id=$(created)
fault 1 '{"status": 429, "headers": {"Retry-After": "100000"}}'
must_fail 5 hkctl api status op id="$id"
err "not now, status 429"
fault 1 '{"status": 429, "headers": {"Retry-After": "20"}}'
must_fail 5 hkctl api status op id="$id" --timeout 2s
err "longer than the time allowed"
run hkctl api release op id="$id"

begin "a reply that gets lost after the work was done: found, not asked for again"
rm double/requests
fault 1 '{"method": "GET", "after": true, "cut": true}'
fault 2 '{"method": "POST", "status": 200, "headers": {"Content-Type": "application/json"}, "body": "[]"}'
fault 3 '{"method": "POST", "after": true, "cut": true}'
# shellcheck disable=SC2086
run hkctl api request op $want -o json
out '"state": "active"'
[ "$(grep -c '"POST", "/quality-on-demand-1.1.0/sessions"' double/requests)" = 1 ] || fail "asked for more than once"
[ "$(grep -o sessionId double/things | wc -l)" = 1 ] || fail "there are several"
run hkctl api release op id="$(created)"

begin "a request that gets lost before it arrives: asked for again, and there is one"
rm double/requests
fault 1 '{"method": "POST", "status": 200, "headers": {"Content-Type": "application/json"}, "body": "[]"}'
fault 2 '{"method": "POST", "cut": true}'
# shellcheck disable=SC2086
run hkctl api request op $want -o json
[ "$(grep -c '"POST", "/quality-on-demand-1.1.0/sessions"' double/requests)" = 2 ] || fail "not asked for again"
[ "$(grep -o sessionId double/things | wc -l)" = 1 ] || fail "there are several"
id=$(created)

begin "byte by byte: no reply is waited for longer than allowed"
fault 1 '{"drip": 0.5, "body": "{\"sessionId\": \"x\"}"}'
before=$(date +%s)
must_fail 5 hkctl api status op id="$id" --timeout 2s
[ $(($(date +%s) - before)) -lt 15 ] || fail "waited for a trickle"

begin "elsewhere: not followed, and the token stays here"
mkdir elsewhere
python3 -c '
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        open("elsewhere/seen", "a").write(str(self.headers))
        self.send_response(404); self.end_headers()
    log_message = lambda *a: None
s = http.server.HTTPServer(("127.0.0.1", 0), H)
open("elsewhere/port.new", "w").write(str(s.server_address[1]))
import os; os.rename("elsewhere/port.new", "elsewhere/port")
s.serve_forever()' &
doubles="$doubles $!"
while [ ! -e elsewhere/port ]; do sleep 0.1; done
fault 1 "{\"status\": 307, \"headers\": {\"Location\": \"http://127.0.0.1:$(cat elsewhere/port)/x\"}}"
must_fail 1 hkctl api status op id="$id"
err "a redirect to another origin is not followed"
[ ! -e elsewhere/seen ] || fail "somebody else was asked: $(cat elsewhere/seen)"
fault 1 "{\"status\": 307, \"headers\": {\"Location\": \"http://{host}/quality-on-demand-1.1.0/sessions/$id\"}}"
run hkctl api status op id="$id"

begin "recorded without secrets, even where the operator repeats them; and played back"
fault 1 '{"status": 401, "headers": {"X-Echo": "{auth}"}, "body": "{\"code\": \"NO\", \"message\": \"bad token: {auth}\"}"}'
run hkctl api status op id="$id" --record tape
hkctl api status op id="$id" >shown
! grep -q swordfish tape || fail "the token was recorded: $(cat tape)"
[ "$(wc -l <tape)" = 2 ] || fail "two exchanges make two lines"
must_fail 2 hkctl api status op id="$id" --record tape
fault 1 '{"status": 400, "body": "{\"code\": \"NO\", \"message\": \"bad token: {auth}\"}"}'
must_fail 1 hkctl api status op id="$id"
err "bad token: Bearer redacted"
run hkctl api status op id="$id" --replay tape
same .out shown
must_fail 3 hkctl api status op id=other --replay tape
err "has GET /quality-on-demand-1.1.0/sessions/$id recorded"

begin "no proxy sees what was meant for this machine"
(unset no_proxy; http_proxy=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9 all_proxy=http://127.0.0.1:9 hkctl api status op id="$id" >/dev/null) || fail "went to a proxy"

begin "a credential program that hangs, one that fails"
topology "http://127.0.0.1:$here" 'exec: {command: [sleep, "60"]}'
must_fail 5 hkctl api status op id="$id" --timeout 2s
err "did not end within"
topology "http://127.0.0.1:$here" "exec: {command: [printf, '{\"access_token\":\"from-a-program\",\"expires_in\":60}']}"
run hkctl api release op id="$id"
grep -q "Bearer from-a-program" double/requests || fail "the token of the program was not sent"
clean double

begin "TLS: nobody but the operator"
mkdir -p tls/faults ca
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=Test CA" -keyout ca/key.pem -out ca/cert.pem 2>/dev/null
issue() { # DIRECTORY NAME EXTENSIONS
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$1/key.pem" -out "$1/request.pem" 2>/dev/null
	printf '%s\n' "$3" >"$1/extensions"
	openssl x509 -req -in "$1/request.pem" -CA ca/cert.pem -CAkey ca/key.pem -CAcreateserial -days 2 -extfile "$1/extensions" -out "$1/cert.pem" 2>/dev/null
}
issue tls op.example "subjectAltName=DNS:localhost"
double tls "$CONTRACT"
topology "https://localhost:$port" "bearer: {tokenFile: token}"
must_fail 5 hkctl api status op id=3fa85f64-5717-4562-b3fc-2c963f66afa6
err "certificate"
[ ! -e tls/requests ] || fail "a request was sent to a stranger"
topology "https://localhost:$port" "bearer: {tokenFile: token}, tls: {caFile: ca/cert.pem}"
run hkctl api status op id=3fa85f64-5717-4562-b3fc-2c963f66afa6
out "state: absent"
topology "https://127.0.0.1:$port" "bearer: {tokenFile: token}, tls: {caFile: ca/cert.pem}"
must_fail 5 hkctl api status op id=3fa85f64-5717-4562-b3fc-2c963f66afa6
run hkctl api status op id=3fa85f64-5717-4562-b3fc-2c963f66afa6 --insecure
err "the server's certificate is not checked"
topology "https://127.0.0.1:$port" "bearer: {tokenFile: token}, tls: {caFile: ca/cert.pem, insecure: true}"
must_fail 3 hkctl api status op id=3fa85f64-5717-4562-b3fc-2c963f66afa6
err "certificates are always checked"

begin "TLS: a client with a certificate"
mkdir -p mutual/faults client
issue mutual op.example "subjectAltName=DNS:localhost"
issue client hkctl "extendedKeyUsage=clientAuth"
cp ca/cert.pem mutual/client-ca.pem
double mutual "$CONTRACT"
topology "https://localhost:$port" "bearer: {tokenFile: token}, tls: {caFile: ca/cert.pem}"
must_fail 5 hkctl api status op id=3fa85f64-5717-4562-b3fc-2c963f66afa6
topology "https://localhost:$port" "bearer: {tokenFile: token}, tls: {caFile: ca/cert.pem, certificateFile: client/cert.pem, keyFile: client/key.pem}"
run hkctl api status op id=3fa85f64-5717-4562-b3fc-2c963f66afa6
out "state: absent"
clean tls
clean mutual
