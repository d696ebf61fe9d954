#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A way that takes time, to every device of a farm (tests/net/farm.py): net_delay.py FARM RTT_MS. Listens on a loopback port for each controller of FARM/topology.yaml, hands every byte
on half of RTT_MS later, in both directions, and writes FARM/far.yaml and FARM/known_hosts.far with these ports. Says "ready"; ends with its standard input."""
import asyncio
import os
import re
import sys

FARM, DELAY = sys.argv[1], float(sys.argv[2]) / 2000


async def carry(reader, writer):
    loop, queue = asyncio.get_running_loop(), asyncio.Queue()

    async def deliver():
        while (item := await queue.get()) is not None:
            due, data = item
            await asyncio.sleep(max(0, due - loop.time()))
            writer.write(data)
        writer.close()

    task = asyncio.create_task(deliver())
    try:
        while data := await reader.read(65536):
            queue.put_nowait((loop.time() + DELAY, data))
    except OSError:
        pass
    queue.put_nowait(None)
    await task


async def serve(port):
    async def on_connection(reader, writer):
        await asyncio.sleep(DELAY)      # the first packet of a connection has a way to go as well
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


async def main():
    with open(os.path.join(FARM, "topology.yaml"), encoding="utf-8") as f:
        topology = f.read()
    with open(os.path.join(FARM, "known_hosts"), encoding="utf-8") as f:
        known = f.read()
    servers = []
    for port in re.findall(r"port: (\d+)", topology):
        server, far = await serve(int(port))
        servers.append(server)
        topology = topology.replace(f"port: {port},", f"port: {far},")
        known = known.replace(f"]:{port} ", f"]:{far} ")
    for name, text in (("far.yaml", topology.replace(f"{FARM}/known_hosts", f"{FARM}/known_hosts.far")), ("known_hosts.far", known)):
        with open(os.path.join(FARM, name), "w", encoding="utf-8") as f:
            f.write(text)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
