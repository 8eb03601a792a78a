"""The sink as a program of its own, so that mails and webhooks cross real sockets; it ends when its input ends."""

import argparse
import asyncio
import json
import sys
import threading

from werkzeug.serving import WSGIRequestHandler, make_server

from entente.sink.arrivals import Arrivals
from entente.sink.doors import http_door, mail_door


class _Silent(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """The page shows what arrived; the terminal belongs to the demo."""


async def serve(host: str, smtp_port: int, http_port: int) -> None:
    """Open both doors, say in one JSON line where they are, and stay until standard input is closed."""
    arrivals = Arrivals()
    mails = await asyncio.get_running_loop().create_server(lambda: mail_door(arrivals), host, smtp_port)
    web = make_server(host, http_port, http_door(arrivals), threaded=True, request_handler=_Silent)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    ports = {"smtp_port": mails.sockets[0].getsockname()[1], "http_port": web.server_port}
    print(json.dumps(ports), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    mails.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m entente.sink", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address both doors listen on")
    parser.add_argument("--smtp-port", type=int, default=0, help="port for mails; 0: any free one")
    parser.add_argument("--http-port", type=int, default=0, help="port for webhooks and the page; 0: any free one")
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    asyncio.run(serve(given.host, given.smtp_port, given.http_port))
