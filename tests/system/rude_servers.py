"""Mail servers that want a login, and then repeat what they heard, break off, or ask for ever."""

import base64
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.notify.post_office import Authority, Handler, hear, post_office, say, scripted


@contextmanager
def good_server(authority: Authority, handler: Handler) -> Iterator[int]:
    """Run a server with STARTTLS that wants a login; yield its port."""
    with post_office(
        handler,
        tls_context=authority.context(),
        require_starttls=True,
        authenticator=handler.authenticate,
        auth_required=True,
    ) as port:
        yield port


Talk = Callable[[socket.socket], None]


def rude(*offer: str, answer: Talk, authority: Authority) -> AbstractContextManager[int]:
    """Return a server that offers these ways to log in and then, once the client has begun to, talks as it likes."""

    def conversation(connection: socket.socket) -> None:
        say(connection, "220 hello")
        hear(connection)
        say(connection, "250-hello", "250 STARTTLS")
        hear(connection)
        say(connection, "220 go ahead")
        with authority.context().wrap_socket(connection, server_side=True) as safe:
            hear(safe)
            say(safe, "250-hello", f"250 AUTH {' '.join(offer)}")
            answer(safe)

    return scripted(conversation)


def repeats_what_it_heard(safe: socket.socket) -> None:
    said = hear(safe).rpartition(" ")[2]
    clear = base64.b64decode(said).decode().replace("\0", " ")
    say(safe, f"535-5.7.8 you said {said}", f"535 5.7.8 that is {clear}")


def repeats_each_answer(safe: socket.socket) -> None:
    hear(safe)
    said = []
    for challenge in (b"Username:", b"Password:"):
        say(safe, f"334 {base64.b64encode(challenge).decode()}")
        said.append(hear(safe))
    say(safe, f"535 {' '.join(said)} {' '.join(base64.b64decode(word).decode() for word in said)}")


def asks_for_nonsense(safe: socket.socket) -> None:
    hear(safe)
    say(safe, "334 this is no base64!")


def asks_for_ever(safe: socket.socket) -> None:
    hear(safe)
    for _ in range(20):
        say(safe, "334 " + base64.b64encode(b"again").decode())
        hear(safe)


def breaks_off(safe: socket.socket) -> None:
    hear(safe)


def answers_nonsense(safe: socket.socket) -> None:
    say(safe, f"what is {hear(safe)}?")


def closes_for_a_while(safe: socket.socket) -> None:
    say(safe, f"421 {hear(safe)} cannot be served now")
