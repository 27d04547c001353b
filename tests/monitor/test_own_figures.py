"""The monitor's own figures, as those who look from outside read them."""

from pathlib import Path

from conntest_tui.notify.channel import Reply, ReplyVerdict
from tests.stage import RECIPIENT, Stage


def test_no_mail_waits_while_mail_is_off(tmp_path: Path) -> None:
    """One that was under way then is tried again when mail is on; until that nobody shall be told that it is stuck."""
    stage = Stage(tmp_path, ["10.0.0.1", "10.0.0.2"])
    stage.post.replies[RECIPIENT] = Reply(ReplyVerdict.TRANSIENT, "451 later")
    stage.fails("10.0.0.1")
    stage.rounds(3)
    since = stage.monitor.figures.mail_waits_since()
    assert since is not None
    for email, waits in (({"delivery": "off"}, None), ({}, since)):
        stage.settings = type(stage.settings).model_validate({"interval": 300.0, "email": email})
        stage.change(stage.configuration(["10.0.0.1", "10.0.0.2"]))
        stage.rounds()
        assert stage.monitor.figures.mail_waits_since() == waits
