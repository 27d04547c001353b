"""Three sites and their centre, from end to end: the example that `fleet example` writes, on Debian's own packages."""

import json
import re
import shutil
import time
from pathlib import Path

import pytest

from conntest_tui.api.socket_http import call
from conntest_tui.cli.fleet_command import fleet_file
from tests.system.fleet_centre import CHILDREN, TEMPLATES, Fleet, fleet
from tests.system.netns import need
from tests.system.program import STARTED, Program

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        not (shutil.which("prometheus") and shutil.which("prometheus-alertmanager") and TEMPLATES.exists()),
        reason="needs Debian's prometheus and prometheus-alertmanager",
    ),
]

SWITCH = "10.77.1.1"
BEHIND = [f"10.77.1.{host}" for host in range(2, 2 + CHILDREN)]

DOWN = f"firing ConntestHostDown berlin {SWITCH}"


@pytest.mark.timeout(240)
def test_a_worked_example_from_end_to_end(tmp_path: Path) -> None:
    need(nft=True)
    with fleet(tmp_path) as made, made.monitor(1) as berlin, made.monitor(2) as hamburg, made.monitor(3) as depot:
        for site in (berlin, hamburg, depot):
            site.wait_for(STARTED)
        for part in (made.alertmanager, made.prometheus, made.agent):
            part.start()
        made.becomes(lambda: made.value("count(up == 1)") == 3, "all three sites are there")
        made.becomes(lambda: made.value("sum(conntest_site_hosts{state='up'})") == 3 * (2 + CHILDREN), "hosts are up")
        assert made.told.lines() == []

        a_switch_dies_and_is_one_alert(made)
        every_query_of_the_dashboard_is_answered(made)
        told = [DOWN]

        acknowledge(berlin)
        made.becomes(lambda: acknowledged(made) == "acknowledged at the site", "the alert says who has taken it")
        assert berlin.terminate() == 0
        with made.monitor(1) as berlin_again:
            # Every part in turn, while the alert is there: nobody is told twice, and nobody that it is over.
            berlin_again.wait_for(STARTED)
            made.alertmanager.restart()
            away = time.time()
            made.prometheus.restart()
            made.agent.restart()
            made.becomes(lambda: acknowledged(made) == "acknowledged at the site", "the alert is there again")
            made.becomes(lambda: made.value("count(up == 1)") == 3, "all three sites are there again")
            made.stays(told, 3)

            nothing_is_missing(made, away)

            hamburg.kill()
            made.agent.stop()
            told += [f"firing ConntestSiteSilent {site}" for site in ("hamburg", "depot")]
            made.becomes(lambda: sorted(made.told.lines()) == sorted(told), "the silent sites are told", 49)
            told = made.told.lines()

            made.answers(SWITCH, *BEHIND)
            told.append(DOWN.replace("firing", "resolved"))
            made.becomes(lambda: made.told.lines() == told, "the end of the outage is told")
            made.stays(told, 2)


def a_switch_dies_and_is_one_alert(made: Fleet) -> None:
    made.dies(SWITCH, *BEHIND)
    made.becomes(lambda: made.told.lines() != [], "the alert is told")
    made.becomes(lambda: len(made.alerts("ConntestHostBehind")) == CHILDREN, "those behind it are alerts too")
    assert made.told.lines() == [DOWN]
    assert made.told.messages[0]["alerts"][0]["annotations"]["description"] == "Switch MDF (group Ground floor)"
    assert acknowledged(made) == "nobody has acknowledged it yet"
    for alert in made.alerts("ConntestHostBehind"):
        assert alert["labels"]["branch"] == SWITCH
        assert alert["status"]["state"] == "suppressed"
        assert alert["status"]["inhibitedBy"]


def acknowledged(made: Fleet) -> str:
    """Return what Alertmanager says about who has taken the outage of the switch."""
    return "".join(str(alert["annotations"]["acknowledged"]) for alert in made.alerts("ConntestHostDown"))


def acknowledge(site: Program) -> None:
    socket = Path((site.state / "monitor.lock").read_text().splitlines()[1])
    body = {"request": "acknowledge", "names": [SWITCH], "note": "on my way"}
    answer = call(socket, "/v1/requests", json.dumps(body).encode())
    assert answer["answer"] == {"done": [SWITCH]}


def every_query_of_the_dashboard_is_answered(made: Fleet) -> None:
    """Run each as Grafana would; what is about something that is not there may be empty, a graph over time too."""
    empty = []
    for panel in json.loads(fleet_file("dashboard"))["panels"]:
        for target in panel["targets"]:
            expression = target["expr"].replace("$site", "berlin|hamburg|depot").replace("$__rate_interval", "10s")
            assert "$" not in expression
            if not made.query(expression):
                empty.append(re.findall(r"conntest[_:]\w+", expression)[0])
    assert set(empty) <= {"conntest_heartbeat_up", "conntest_deliveries_total"}


def nothing_is_missing(made: Fleet, since: float) -> None:
    """The agent has sent what it found while the centre was away: no gap is longer than its own restart."""

    def share() -> float:
        seconds = int(time.time() - since)
        return (made.value(f"count_over_time(conntest_sweeps_total{{site='depot'}}[{seconds}s])") or 0.0) / seconds

    made.becomes(lambda: share() > 0.5, "the agent has sent what it found meanwhile")
