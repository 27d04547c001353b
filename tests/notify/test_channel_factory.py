"""What is delivered is the channel's own affair: the dispatcher carries any format, and understands none."""

import json
from collections.abc import Callable

import pytest

from conntest_tui.notify import outbox_composer as composer
from conntest_tui.notify.channel import MessageHead
from conntest_tui.notify.channel_factory import WriteMessage
from conntest_tui.notify.dispatcher import LIFETIME
from conntest_tui.notify.mail_drafts import LARGEST, Draft
from conntest_tui.text import HOUR
from tests.notify.world import ADMIN, GREYLISTED, MAYBE, NO_ANSWER, World


def write_json(compose: Callable[[int], Draft], head: MessageHead, most_bytes: int | None) -> tuple[Draft, bytes]:
    draft = compose(most_bytes or LARGEST)
    found = {"id": head.id, "after": list(head.references), "title": draft.subject, "at": head.date}
    return draft, json.dumps(found).encode()


@pytest.fixture
def world(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    def writer_for(_account: object) -> WriteMessage:
        return write_json

    monkeypatch.setattr(composer, "writer_for", writer_for)
    return world


def test_another_kind_of_message_is_written_once_and_is_the_same_at_every_attempt(world: World) -> None:
    world.server.replies[ADMIN] = [MAYBE, GREYLISTED]
    world.fail("10.1.1.1")
    world.run(HOUR)
    world.restore("10.1.1.1")
    world.run(HOUR)
    tried = [content for recipient, content in world.server.tried if recipient == ADMIN]
    assert tried[0] == tried[1] == tried[2] != tried[3]
    failed, restored = (json.loads(content) for content in tried[2:])
    assert [found["title"].split(" ", 1)[0] for found in (failed, restored)] == ["[DOWN]", "[UP"]
    assert restored["after"] == [failed["id"]]


def test_what_expires_unsent_is_written_too(world: World) -> None:
    world.server.door = NO_ANSWER
    world.fail("10.1.1.1")
    world.dispatcher.step()
    world.clock.pass_(LIFETIME + 1)
    world.dispatcher.step()
    (entry,) = world.dispatcher.entries(10)
    assert entry.message is not None
    content = world.outbox.queries.content(entry.message)
    assert content is not None
    assert json.loads(content)["title"] == entry.subject
