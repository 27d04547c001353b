"""Laws that hold for whatever is written as a host or a mail address."""

import socket

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from conntest_tui.config.host_and_mail_addresses import host_name, mail_address
from conntest_tui.config.problems import Refused

_LABELS = (
    st.text("abzAZ019xX-_üßÉ１٣。%:[]f.", max_size=9) | st.integers(0, 2**33).map(str) | st.integers(0, 400).map(hex)
)
_HOSTS = st.lists(_LABELS, min_size=1, max_size=5).map(".".join) | st.ip_addresses().map(str) | st.text(max_size=20)
_LOCAL_PARTS = st.text("abZ09+'.ü", min_size=1, max_size=6) | st.text(max_size=9)
_DOMAINS = st.sampled_from(["b.net", "B.NET", "bücher.de", "localhost", "a-b_c.de"]) | _HOSTS
_MAIL = st.builds("{}@{}".format, _LOCAL_PARTS, _DOMAINS) | st.builds("x <{}@{}>".format, _LOCAL_PARTS, _DOMAINS)


def _host(written: str) -> str | None:
    try:
        return host_name(written)
    except Refused:
        return None


def _mail(written: str) -> str | None:
    try:
        return mail_address(written)
    except Refused:
        return None


@given(written=_HOSTS)
def test_the_normal_form_of_a_host_is_its_own_normal_form(written: str) -> None:
    name = _host(written)
    assume(name is not None)

    assert name
    assert name.isascii()
    assert name.isprintable()
    assert _host(name) == name


@given(written=_HOSTS)
def test_no_resolver_reads_an_accepted_name_as_another_address(written: str) -> None:
    name = _host(written)
    assume(name is not None)
    assert name

    try:
        read = socket.inet_ntoa(socket.inet_aton(name))  # inet_aton(3) takes 010.1, 0x7f.1 and 2130706433
    except OSError:
        return
    assert read == name


# Most texts are no address; how many of the first ones are is chance.
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(written=_MAIL)
def test_the_normal_form_of_a_mail_address_is_its_own_and_has_one_line(written: str) -> None:
    address = _mail(written)
    assume(address is not None)

    assert address
    assert _mail(address) == address
    assert len(address.split()) == 1
    assert address.count("@") == 1
    assert not set(address) & set(',;<>()"\\')
