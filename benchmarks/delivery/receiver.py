"""A receiver in a process of its own: keeps connections, waits, and notes when each message came.

`python -m benchmarks.delivery.receiver LATENCY_S STATUS` prints its port, then answers each line of
standard input: "count" with how many came, any other with webhook-id -> monotonic seconds.
"""

import asyncio
import json
import sys
import time

arrived: dict[str, float] = {}


async def serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, latency_s: float, status: int
) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            headers = dict(
                line.lower().split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:-2]
            )
            await reader.readexactly(int(headers.get("content-length", "0")))
            arrived.setdefault(headers.get("webhook-id", ""), time.monotonic())
            await asyncio.sleep(latency_s)
            writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(latency_s: float, status: int) -> None:
    server = await asyncio.start_server(
        lambda r, w: serve(r, w, latency_s, status), "127.0.0.1", 0, backlog=256
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(len(arrived) if line.strip() == "count" else json.dumps(arrived), flush=True)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), int(sys.argv[2])))
