"""Outages: probe results in; events, notifications and standings out. Pure: no clock, no I/O, no threads, no logging.

`Tracker` is the whole public face. Behind it, one module per rule:

    evidence    what proves what: the table that judging follows
    rules       the knobs
    record      what is remembered of one host
    findings    what one judgement gathers; every change to a record goes through it
    register    the records of all hosts, linked to their parents; hosts that come and go
    course      what a result does to its host: up, suspect, down, unreachable, and back
    sight       takes the local evidence out of a round
    link        this machine's own link, one per address family
    causes      what keeps this machine from asking hosts, told as one thing
    doubts      whose failures are not to be believed before a second look
    second_look how that is made, and what it proves
    limited     whether replies are being limited on the way
    storm       many outages that begin together
    parents     failures that are explained by another one
    flapping    too many changes
    requests    what the operator decides: acknowledge, mute
    mails     whether a mail is written, why, and what it carries
    standings   what the outside sees of a host
    wording     the sentences
"""

from conntest_tui.outages.causes import OWN_LINK
from conntest_tui.outages.requests import RequestError
from conntest_tui.outages.rules import Rules
from conntest_tui.outages.second_look import Doubt, SecondLook, Seen
from conntest_tui.outages.tracker import Tracker

__all__ = ["OWN_LINK", "Doubt", "RequestError", "Rules", "SecondLook", "Seen", "Tracker"]
