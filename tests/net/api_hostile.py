#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies no operator should give, made systematically from a good one: api_hostile.py HKCTL DIRECTORY. Each is given as the answer to a creating request and to a question; hkctl has to end
by itself with a status of its own and one clear sentence, never with a crash, a stack trace, a control character, the token, or a value that was not in a good reply."""
import json
import os
import socket
import subprocess
import sys
import threading

HKCTL, DIRECTORY = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN = "token-that-must-never-be-seen"
GOOD = {"sessionId": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "duration": 60, "device": {"phoneNumber": "+123456789"}, "applicationServer": {"ipv4Address": "198.51.100.4"}, "qosProfile": "QOS_E",
        "startedAt": "2026-01-31T12:00:00Z", "expiresAt": "2026-01-31T12:01:00Z", "qosStatus": "AVAILABLE"}
# Members that the adapter reads, and what each may be besides: what is optional may be missing or null.
READ = {"sessionId": str, "duration": int, "qosProfile": str, "startedAt": "time", "expiresAt": "time", "qosStatus": "state"}
REQUIRED = ("sessionId", "duration", "qosProfile", "qosStatus")


def http(body, status="201 Created", headers="Content-Type: application/json\r\n", length=None):
    data = body if isinstance(body, bytes) else body.encode()
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(data) if length is None else length}\r\nConnection: close\r\n\r\n".encode() + data


def with_member(name, value, raw=False):
    text = json.dumps({**GOOD, name: "@@"})
    return text.replace('"@@"', value if raw else json.dumps(value))


def without(name):
    return json.dumps({key: value for key, value in GOOD.items() if key != name})


def bodies():
    """(name, bytes): JSON that is broken, or whose members are not what they should be."""
    text = json.dumps(GOOD)
    yield "empty", b""
    yield from ((f"cut after {n}", text[:n].encode()) for n in range(1, len(text) - 1, 17))
    for name, body in {"twice": text + text, "comma behind": text[:-1] + ",}", "single quotes": text.replace('"', "'"), "comment": "/* */" + text, "rubbish behind": text + "x", "html": "<html>Sign in</html>",
                       "yaml": "sessionId: x\nqosStatus: AVAILABLE\n", "nan": with_member("duration", "NaN", True), "infinity": with_member("duration", "Infinity", True), "hex": with_member("duration", "0x3c", True),
                       "leading zero": with_member("duration", "060", True), "plus": with_member("duration", "+60", True), "bare point": with_member("duration", "60.", True), "array": f"[{text}]", "null": "null",
                       "true": "true", "number": "7", "text": '"AVAILABLE"', "deep": "[" * 100000, "deep and closed": "[" * 5000 + "]" * 5000, "deep objects": '{"a":' * 5000 + "1" + "}" * 5000,
                       "key twice": text[:-1] + ', "sessionId": "other"}', "lone surrogate": with_member("sessionId", '"\\ud800"', True), "bad escape": with_member("sessionId", '"\\x"', True),
                       "raw newline": with_member("sessionId", '"a\nb"', True), "nul escape": with_member("sessionId", '"a\\u0000b"', True)}.items():
        yield name, body.encode()
    yield "utf-8 cut", text.encode()[:-1] + b', "x": "\xc3"}'
    yield "utf-8 overlong", text.encode()[:-1] + b', "x": "\xc0\xaf"}'
    yield "latin-1", text.encode()[:-1] + b', "x": "\xe4"}'
    yield "utf-16", text.encode("utf-16")
    yield "nul byte", text.encode()[:-1] + b"\0}"
    yield "binary", bytes(range(256)) * 8
    for name in READ:
        if name in REQUIRED:
            yield f"{name} missing", without(name).encode()
            yield f"{name} null", with_member(name, None).encode()
        for what, value in {"object": {}, "list": [], "true": True, "text": "\x1b[31mred\x07", "fraction": 1.5, "negative": -1, "empty": ""}.items():
            if (name, what) in (("qosProfile", "text"), ("duration", "fraction")):      # can be read
                continue
            yield f"{name} {what}", with_member(name, value).encode()
    yield "duration huge", with_member("duration", "1" + "0" * 40, True).encode()
    yield "duration exponent", with_member("duration", "1e400", True).encode()
    for name, value in {"spaces": "a b", "slash dot": "..", "newline": "a\nb", "long": "x" * 5000}.items():
        yield f"id {name}", with_member("sessionId", value).encode()
    yield "state unknown", with_member("qosStatus", "ACTIVATED").encode()
    yield "state in other letters", with_member("qosStatus", "available").encode()


def wires():
    """(name, bytes on the wire): HTTP that is broken or strange."""
    text = json.dumps(GOOD)
    yield "nothing", b""
    yield "no http", b"hello\r\n"
    yield "http 0.9", text.encode()
    yield "status 999", http(text, "999 Strange")
    yield "status 0", b"HTTP/1.1 0 None\r\n\r\n"
    yield "status text", b"HTTP/1.1 two OK\r\n\r\n" + text.encode()
    yield "shorter than said", http(text, length=len(text) + 100)
    yield "negative length", http(text, length=-5)
    yield "two lengths", http(text, headers="Content-Type: application/json\r\nContent-Length: 3\r\n")
    yield "bad chunks", b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n" + text.encode()
    yield "html by its own word", http(text, headers="Content-Type: text/html\r\n")
    yield "no such type", http(text, headers="Content-Type: application/jsonp\r\n")
    yield "said to be compressed", http(b"\x1f\x8b\x08\x00rubbish", headers="Content-Type: application/json\r\nContent-Encoding: gzip\r\n")
    yield "large header", http(text, headers="X-Large: " + "x" * 400000 + "\r\n")
    yield "success that is none of the adapter's", http(text, "202 Accepted")
    yield "no content", b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    yield "partial", http(text, "206 Partial Content")
    yield "not modified", b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
    for to in ("https://evil.example/", "http://evil.example/", "//evil.example/", "ftp://127.0.0.1/", "file:///etc/passwd", "\\\\evil", "x", ""):
        yield f"redirect to '{to}'", f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    yield "see other", b"HTTP/1.1 303 See Other\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    yield "refused in red", http(json.dumps({"code": "\x1b[31mRED", "message": "\x1b]0;owned\x07 \u202e" + "m" * 5000}), "400 Bad Request")
    yield "refused with the token", http(json.dumps({"code": "NO", "message": f"your token {TOKEN} and Bearer {TOKEN[:20]}"}), "403 Forbidden")
    yield "refused with lists", http(json.dumps({"code": [1], "message": {"a": 1}}), "400 Bad Request")
    yield "refused without json", http("<h1>No</h1>", "500 Internal Server Error", "Content-Type: text/html\r\n")


class Server:
    """One reply to each connection, whatever is asked."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port, self.reply, self.requests = self.socket.getsockname()[1], b"", 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection = self.socket.accept()[0]
            connection.settimeout(5)
            try:
                data = b""
                while b"\r\n\r\n" not in data:
                    data += connection.recv(65536)
                head, rest = data.split(b"\r\n\r\n", 1)
                length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
                while len(rest) < length:
                    rest += connection.recv(65536)
                self.requests += 1
                connection.sendall(self.reply)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
            except OSError:
                pass
            connection.close()


def judge(name, done, created):
    said = done.stderr.strip()
    problems = []
    if done.returncode not in (1, 5, 7):
        problems.append(f"status {done.returncode}")
    if done.stdout:
        problems.append(f"says {done.stdout!r}")
    if not said.startswith("hkctl: error: ") or "\n" in said or len(said) > 1500:
        problems.append("not one sentence")
    if any(ord(c) < 32 or ord(c) == 127 or c in "\u202e\ufffd" for c in said):
        problems.append("control characters")
    if TOKEN in said or TOKEN[:20] in said:
        problems.append("the token")
    if created and "may have done it all the same" not in said and "did not become active" not in said and "refused" not in said and "redirect" not in said and "not let in" not in said \
            and "was created, but" not in said and "status" not in said:
        problems.append("not a word on what may have been created")
    return [f"{name}: {problem}: {said!r}" for problem in problems]


def main():
    server = Server()
    base = f"http://127.0.0.1:{server.port}/v1"
    with open(os.path.join(HERE, "..", "..", "adapters", "camara-qod-1.1.0.yaml")) as f:
        text = f.read()
    # without 'find', so that there is one request and one reply
    adapter = text.split("    find:\n")[0] + "    release:\n" + text.split("    release:\n")[1]
    files = {"token": TOKEN + "\n", "adapter.yaml": adapter.replace("name: camara-qod-1.1.0", "name: plain").replace("tries: 4", "tries: 1").replace("perSecond: 5", "perSecond: 1000"),
             "topology.yaml": "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n  clusters: [{name: a}]\n  networkApis:\n"
                              f"  - {{name: op, adapter: plain, baseUrl: \"{base}\", auth: {{bearer: {{tokenFile: token}}}}}}\n"}
    for name, text in files.items():
        with open(os.path.join(DIRECTORY, name), "w") as f:
            f.write(text)
    cases = [(name, http(body), http(body, "200 OK")) for name, body in bodies()] + [(name, wire, wire.replace(b"201 Created", b"200 OK")) for name, wire in wires()]
    wrong = []
    for name, created, shown in cases:
        for reply, arguments in ((created, ["request", "op", "profile=QOS_E", "duration=1m", "device.phone=+123456789", "server.ipv4=198.51.100.4", "--keep"]),
                                 (shown, ["status", "op", "id=3fa85f64-5717-4562-b3fc-2c963f66afa6"])):
            server.reply = reply
            if arguments[0] == "status" and (name.startswith("id ") or name.startswith("sessionId") or name == "nothing"):
                continue
            done = subprocess.run([HKCTL, "api", *arguments, "-f", "topology.yaml", "-f", "adapter.yaml", "--timeout", "10s"], cwd=DIRECTORY, capture_output=True, text=True, timeout=60, errors="replace", check=False)
            wrong += judge(f"{arguments[0]}: {name}", done, arguments[0] == "request")
    print(f"# {len(cases)} malformed replies, {server.requests} requests, {len(wrong)} wrong")
    for problem in wrong:
        print(problem)
    assert len(cases) >= 100
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
