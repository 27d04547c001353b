"""`python -m tests.system.relay NAMESPACE PORT`: TCP from a port of a namespace to the same port of this one."""

import socket
import sys
import threading
from contextlib import suppress

from tests.system.netns import Namespace


def carry(source: socket.socket, target: socket.socket) -> None:
    """Copy one direction to its end."""
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def main(namespace: str, port: int) -> None:
    """Relay until the process is ended; a socket stays in the namespace that it was made in."""
    listener = Namespace(namespace).run(lambda: socket.create_server(("", port)))
    while True:
        near, _ = listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", port))
        except OSError:
            near.close()
            continue
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=carry, args=(source, target), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
