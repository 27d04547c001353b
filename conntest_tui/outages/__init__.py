"""Outages: probe results in; events, notifications and standings out. Pure: no clock, no I/O, no threads, no logging.

`Tracker` is the whole public face. Behind it:

    evidence                   what proves what: the table that judging follows
    rules                      how failures are judged: the settings of it
    host_records               what is remembered of every host, linked to its parent
    change_set                 what one judgement changes; every change to a record goes through it
    transitions                what a result does to its host: up, suspect, down, unreachable; flapping, storms
    parent_outages             failures that are explained by that of a parent
    own_link                   this machine's own link, one per address family
    local_outages              what keeps this machine from asking hosts: one outage for each cause
    hosts_out_of_sight         takes both out of a sweep before any host is judged by it
    second_look_candidates     whose failures are not to be believed before a second look
    second_look                how that is made, and what it proves
    icmp_rate_limit_detection  whether replies are being limited on the way
    operator_requests          what the operator decides: acknowledge, mute
    notification_policy        whether something is mailed, why or why not
    event_texts                the sentences
"""

from conntest_tui.outages.local_outages import OWN_LINK
from conntest_tui.outages.rules import Rules
from conntest_tui.outages.second_look import Doubt, SecondLook, Seen
from conntest_tui.outages.tracker import Tracker

__all__ = ["OWN_LINK", "Doubt", "Rules", "SecondLook", "Seen", "Tracker"]
