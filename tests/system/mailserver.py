"""A real mail server in a process of its own: STARTTLS, AUTH, every accepted mail a file.

`python -m tests.system.mailserver PORT DIRECTORY` needs `server.pem` (key and certificates) in the directory; it
accepts the user `conntest` with the password `s3cret word` and writes `NNNN.eml` files whose first header lines name
the envelope.
"""

import asyncio
import ssl
import sys
import warnings
from pathlib import Path

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER = "conntest"
PASSWORD = "s3cret word"


def make_certificates(directory: Path) -> Path:
    """Write server.pem for localhost and 127.0.0.1; return the path of the authority that signed it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(directory / "server.pem")
    )
    return directory / "ca.pem"


class Mailbox:
    """Keeps what is accepted."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.count = len(list(directory.glob("*.eml")))

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.count += 1
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {','.join(envelope.rcpt_tos)}\r\n"
        partial = self.directory / f"{self.count:04}.part"
        partial.write_bytes(head.encode() + content)
        partial.rename(self.directory / f"{self.count:04}.eml")
        return "250 kept"


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    known = isinstance(data, LoginPassword) and data.login == USER.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=known, handled=False)


async def serve(port: int, directory: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(directory / "server.pem")
    mailbox = Mailbox(directory)

    def session() -> SMTP:
        return SMTP(
            mailbox,
            hostname="localhost",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", port)
    (directory / "listening").touch()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
