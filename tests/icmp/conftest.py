"""What the tests on real sockets need of this machine."""

import pytest

from conntest_tui.errors import ProbeError
from conntest_tui.icmp import Network


@pytest.fixture(scope="session")
def loopback() -> Network:
    """The real network of this machine; only 127.0.0.0/8 and ::1 are probed."""
    network = Network(rate=0)
    try:
        network.check()
    except ProbeError as error:
        pytest.skip(str(error))
    return network
