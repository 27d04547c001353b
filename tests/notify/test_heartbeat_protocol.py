"""What each heartbeat service is asked, and which of its answers count."""

from pathlib import Path

import pytest

from conntest_tui.config import HeartbeatKind, HeartbeatService, Secret
from conntest_tui.notify.bounded_http import HttpAnswer, HttpRequest
from conntest_tui.notify.heartbeat_protocol import heartbeat_request, refusal, tell_heartbeat_service
from tests.notify.post_office import Authority
from tests.notify.web_server import ok, web_server

HEALTHCHECKS, KUMA, PLAIN = HeartbeatKind.HEALTHCHECKS, HeartbeatKind.UPTIME_KUMA, HeartbeatKind.PLAIN


def asked(kind: HeartbeatKind, url: str, failure: str = "") -> HttpRequest | None:
    return heartbeat_request(HeartbeatService(Secret(url), kind), failure, 1.234)


@pytest.mark.parametrize("url", ["https://hc-ping.com/uuid", "https://hc-ping.com/uuid/", "https://hc-ping.com/uuid#x"])
def test_healthchecks(url: str) -> None:
    well = asked(HEALTHCHECKS, url)
    assert well is not None
    assert (well.url.rstrip("/"), well.method, well.body) == ("https://hc-ping.com/uuid", "POST", "swept in 1.2 s")
    fail = asked(HEALTHCHECKS, url, "mail is held: 535 no")
    assert fail == HttpRequest("https://hc-ping.com/uuid/fail", "POST", "mail is held: 535 no")


def test_healthchecks_keeps_the_query() -> None:
    fail = asked(HEALTHCHECKS, "https://hc-ping.com/key/slug?create=1", "why")
    assert fail is not None
    assert fail.url == "https://hc-ping.com/key/slug/fail?create=1"


@pytest.mark.parametrize("query", ["", "?status=up&msg=OK&ping=", "?status=down&msg=&ping=7"])
def test_uptime_kuma(query: str) -> None:
    url = f"http://kuma:3001/api/push/AbC{query}"
    assert asked(KUMA, url) == HttpRequest("http://kuma:3001/api/push/AbC?status=up&msg=OK&ping=1234")
    down = "http://kuma:3001/api/push/AbC?status=down&msg=a%26b+%C3%BC&ping="
    assert asked(KUMA, url, "a&b ü") == HttpRequest(down)


def test_any_other_hears_nothing_while_the_watch_is_in_trouble() -> None:
    assert asked(PLAIN, "https://nosnch.in/c2?m=x") == HttpRequest("https://nosnch.in/c2?m=x")
    assert asked(PLAIN, "https://nosnch.in/c2", "state: full") is None


def test_what_goes_out_names_no_recipient_and_is_short() -> None:
    fail = asked(HEALTHCHECKS, "https://hc-ping.com/u", "550 <boss@company.net> unknown\r\n\x1b[1m" + "x" * 1000)
    assert fail is not None
    assert fail.body.startswith("550 (an address) unknown")
    assert len(fail.body) == 500
    assert fail.body.isprintable()


WELL, LOST = "", "a page of something on the way"


@pytest.mark.parametrize(
    ("kind", "status", "body", "said"),
    [
        (HEALTHCHECKS, 200, "OK", WELL),
        (HEALTHCHECKS, 201, "OK", WELL),
        (HEALTHCHECKS, 200, "OK\n", WELL),
        (HEALTHCHECKS, 200, "OK (rate limited)", WELL),
        (HEALTHCHECKS, 429, "rate limited", WELL),
        (HEALTHCHECKS, 200, "OK (not found)", "no such check"),
        (HEALTHCHECKS, 404, "not found", "no such check"),
        (HEALTHCHECKS, 409, "ambiguous slug", "no such check"),
        (HEALTHCHECKS, 400, "invalid url format", "status 400"),
        (HEALTHCHECKS, 503, "", "status 503"),
        (HEALTHCHECKS, 200, "<html>Log in to the hotel's network", LOST),
        (HEALTHCHECKS, 200, "", LOST),
        (KUMA, 200, '{"ok":true}', WELL),
        (KUMA, 200, '{"ok":false,"msg":"x"}', LOST),
        (KUMA, 404, '{"ok":false,"msg":"Monitor not found or not active."}', "no such monitor"),
        (KUMA, 200, "<!DOCTYPE html>", LOST),
        (KUMA, 200, "[" * 4000, LOST),
        (KUMA, 200, "[]", LOST),
        (KUMA, 502, "", "status 502"),
        (KUMA, 429, "", "status 429"),
        (PLAIN, 200, "whatever", WELL),
        (PLAIN, 204, "", WELL),
        (PLAIN, 304, "", "status 304"),
        (PLAIN, 401, "", "status 401"),
        (PLAIN, 500, "", "status 500"),
    ],
)
def test_which_answers_count(kind: HeartbeatKind, status: int, body: str, said: str) -> None:
    found = refusal(kind, HttpAnswer(status, body))
    assert bool(found) == bool(said)
    assert said in found


def test_a_service_is_told(tmp_path: Path) -> None:
    with web_server() as server:
        service = HeartbeatService(Secret(f"{server.base}/ping/u"), HEALTHCHECKS)
        assert tell_heartbeat_service(service, "", 1, 1) == ""
        server.answer = ok("gone", "404 Not Found")
        assert "no such check" in str(tell_heartbeat_service(service, "why", 1, 1))
        assert [(one.method, one.target) for one in server.heard] == [("POST", "/ping/u"), ("POST", "/ping/u/fail")]
        plain = HeartbeatService(Secret(f"{server.base}/"), PLAIN)
        assert tell_heartbeat_service(plain, "why", 1, 1) is None
        gone = HeartbeatService(Secret(f"{server.base}/"), PLAIN, tmp_path / "gone.pem", "other")
        assert "ca_file cannot be used (No such file" in str(tell_heartbeat_service(gone, "", 1, 1))
        assert len(server.heard) == 2


def test_authorities_of_the_system_that_are_renewed_count_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read once, for that takes time; a monitor runs for longer than authorities are the same."""
    system, empty = tmp_path / "system.pem", tmp_path / "empty"
    empty.mkdir()
    system.write_bytes(Authority(tmp_path).file.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(system))
    monkeypatch.setenv("SSL_CERT_DIR", str(empty))
    authority = Authority(tmp_path)
    with web_server(authority.context()) as server:
        service = HeartbeatService(Secret(f"{server.base}/ping/x"), HeartbeatKind.HEALTHCHECKS)
        assert "its certificate is refused" in str(tell_heartbeat_service(service, "", 1, 5))
        system.write_bytes(authority.file.read_bytes())
        assert tell_heartbeat_service(service, "", 1, 5) == ""
