#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A NETCONF server that misbehaves on purpose: hostile.py FAULT, on standard input and output.

Without a fault it keeps one value, /w:x/v, and does candidate, confirmed commit with persist id, lock and startup honestly. State outlives a session in the file
STATE (environment), so that a client that comes back finds what a real device would have.
"""
import json
import os
import re
import sys
import time

FAULT, AT = (sys.argv[1].split("@") + ["0"])[:2] if len(sys.argv) > 1 else ("none", "0")
STATE = os.environ["STATE"]
NS = "urn:ietf:params:xml:ns:netconf:base:1.0"
CAPS = ["urn:ietf:params:netconf:base:1.0", "urn:ietf:params:netconf:base:1.1", "urn:ietf:params:netconf:capability:candidate:1.0",
        "urn:ietf:params:netconf:capability:confirmed-commit:1.1", "urn:ietf:params:netconf:capability:rollback-on-error:1.0"]
chunked = False


def load():
    try:
        with open(STATE) as file:
            return json.load(file)
    except FileNotFoundError:
        return {"running": "1", "candidate": "1", "old": None, "persist": None, "until": None}


def save(state):
    with open(STATE + ".new", "w") as file:
        json.dump(state, file)
    os.rename(STATE + ".new", STATE)


def expire(state):
    if state["until"] and time.time() > state["until"]:
        state.update(running=state["old"], candidate=state["old"], old=None, persist=None, until=None)


def put(data):
    if isinstance(data, str):
        data = data.encode()
    step = 1 if FAULT == "split" else len(data) or 1
    for i in range(0, len(data), step):
        os.write(1, data[i:i + step])


def send(message):
    if not chunked:
        put(message + "]]>]]>")
    elif FAULT == "split":      # every byte a chunk, every byte a write
        put("".join(f"\n#1\n{c}" for c in message) + "\n##\n")
    else:
        put(f"\n#{len(message.encode())}\n{message}\n##\n")


def receive():
    buffer = b""
    while True:
        byte = os.read(0, 1)
        if not byte:
            sys.exit(0)
        buffer += byte
        if not chunked and buffer.endswith(b"]]>]]>"):
            return buffer[:-6].decode()
        if chunked and buffer.endswith(b"\n##\n"):
            out, rest = b"", buffer
            while not rest.startswith(b"\n##\n"):
                head = re.match(rb"\n#(\d+)\n", rest)
                size = int(head.group(1))
                out += rest[head.end():head.end() + size]
                rest = rest[head.end() + size:]
            return out.decode()


def error(tag, message):
    return f"<rpc-error><error-type>application</error-type><error-tag>{tag}</error-tag><error-severity>error</error-severity><error-message>{message}</error-message></rpc-error>"


def answer(body):
    state = load()
    expire(state)
    if "<get-config>" in body:
        value = state["candidate" if "<candidate/>" in body else "running"]
        inner = f'<data><x xmlns="urn:w"><v>{value}</v></x></data>' if value is not None else "<data/>"
    elif "<edit-config>" in body:
        found = re.search(r"<v[^>]*>([^<]*)</v>", body)
        state["candidate"] = None if "operation=" in body else found.group(1)
        inner = "<ok/>"
    elif "<discard-changes/>" in body:
        state["candidate"] = state["running"]
        inner = "<ok/>"
    elif "<cancel-commit>" in body:
        token = re.search("<persist-id>(.*?)</persist-id>", body).group(1)
        if state["persist"] != token:
            inner = error("invalid-value", "no such commit")
        else:
            state.update(running=state["old"], candidate=state["old"], old=None, persist=None, until=None)
            inner = "<ok/>"
    elif "<commit>" in body or "<commit/>" in body:
        persist = re.search("<persist>(.*?)</persist>", body)
        persist_id = re.search("<persist-id>(.*?)</persist-id>", body)
        if persist_id and state["persist"] != persist_id.group(1):
            inner = error("invalid-value", "no such commit")
        else:
            if "<confirmed/>" in body:
                state["old"] = state["running"] if state["old"] is None else state["old"]
                state["persist"] = persist.group(1) if persist else None
                state["until"] = time.time() + int(re.search("<confirm-timeout>(.*?)<", body).group(1))
            else:
                state.update(old=None, persist=None, until=None)
            if FAULT != "lie" and not persist_id:
                state["running"] = state["candidate"]
            inner = "<ok/>"
    else:
        inner = "<ok/>"
    save(state)
    return inner


def misbehave(number, reply):
    """What to do instead of answering message AT; True when done."""
    if FAULT == "drop":
        sys.exit(0)
    if FAULT == "silent":
        time.sleep(60)
    if FAULT == "endless":
        put("\n#100000\n")
        while True:
            put("x" * 100000 + "\n#100000\n")
    if FAULT == "oversize":
        put("\n#4294967295\n")
        time.sleep(60)
    if FAULT == "half":
        put(f"\n#{len(reply)}\n{reply[:20]}")
        sys.exit(0)
    if FAULT == "garbage":
        put("\n#5\n<a><b\n##\n")
    elif FAULT == "noframe":
        put("HTTP/1.1 400 Bad Request\r\n\r\n")
    elif FAULT == "wrong-id":
        send(reply.replace(f'message-id="{number}"', 'message-id="999"'))
    elif FAULT == "twice":
        send(reply)
        send(reply)
    elif FAULT == "doctype":
        send('<!DOCTYPE a [<!ENTITY b "c">]>' + reply)
    elif FAULT == "deep":
        send(f'<rpc-reply message-id="{number}" xmlns="{NS}">' + "<a>" * 5000 + "</a>" * 5000 + "</rpc-reply>")
    elif FAULT == "do-and-refuse":
        send(f'<rpc-reply message-id="{number}" xmlns="{NS}">{error("operation-failed", "did it all the same")}</rpc-reply>')
    elif FAULT == "other":
        send(f'<hello xmlns="{NS}"/>')
    else:
        return False
    return True


def main():
    global chunked
    if FAULT == "no-hello":
        time.sleep(60)
    if FAULT == "banner":
        put("Welcome to the device\n")
    send(f'<hello xmlns="{NS}"><capabilities>' + "".join(f"<capability>{c}</capability>" for c in CAPS if FAULT != "old" or c.find("base:1.1") < 0) +
         f'</capabilities>{"" if FAULT == "no-session" else "<session-id>1</session-id>"}</hello>')
    receive()
    chunked = FAULT != "old"
    count = 0
    while True:
        message = receive()
        count += 1
        number = re.search('message-id="(.*?)"', message).group(1)
        if FAULT == "drop-before" and count == int(AT):
            sys.exit(0)
        if FAULT == "refuse" and count == int(AT):
            send(f'<rpc-reply message-id="{number}" xmlns="{NS}">{error("operation-failed", "not today")}</rpc-reply>')
            continue
        reply = f'<rpc-reply message-id="{number}" xmlns="{NS}">{answer(message)}</rpc-reply>'
        if count == int(AT) and misbehave(number, reply):
            continue
        send(reply)


main()
