"""What the configuration says about sweeps: targets, the rules of judging, and what to probe again before mail."""

from collections.abc import Collection, Iterable, Sequence

from conntest_tui.config import Config, Delivery
from conntest_tui.model import Host, Target
from conntest_tui.outages import OWN_LINK, Rules
from conntest_tui.store.outage_store import OutageStore

ENOUGH = 50
"""Hosts that are probed to see whether the own link is back, before mail says that it is lost: one reply will do."""

RECHECK_GRACE = 5.0
"""Seconds that a recheck of doubtful hosts may take beyond the time-outs of its two sweeps."""


def rules_of(config: Config) -> Rules:
    """Return the tracker's rules as the settings have them."""
    settings = config.settings
    return Rules(
        failures=settings.failures,
        group_failures={name: group.failures for name, group in settings.groups.items() if group.failures},
        interval=settings.interval,
        mail=settings.email.delivery is not Delivery.OFF,
        renotify=settings.renotify,
        flapping_changes=settings.flapping.changes,
        flapping_window=settings.flapping.window,
        flapping_quiet=settings.flapping.quiet,
        storm_share=settings.storm.share,
        storm_minimum=settings.storm.minimum,
        uplinks=tuple(settings.uplink.hosts),
    )


def targets_of(config: Config, names: Iterable[str] | None = None) -> tuple[Target, ...]:
    """Return the targets of a round over all hosts and the uplinks, or of a recheck of some of them."""
    settings, wanted = config.settings, None if names is None else frozenset(names)
    found = {
        host.name: Target(host.name, host.attempts or settings.attempts, host.timeout or settings.timeout)
        for host in config.hosts
        if wanted is None or host.name in wanted
    }
    for uplink in settings.uplink.hosts:
        if wanted is None or uplink in wanted:
            found.setdefault(uplink, Target(uplink, settings.attempts, settings.timeout))
    return tuple(found.values())


def recheck_patience(targets: Sequence[Target], rate: float) -> float:
    """Return the seconds that a recheck of some targets and its second look may take, at a rate (0: no limit)."""
    sending = len(targets) * max(target.attempts for target in targets) / rate if rate else 0.0
    return 2 * (max(target.attempts * target.timeout for target in targets) + sending) + RECHECK_GRACE


def doubtful_for_mail(outage_store: OutageStore, hosts: Sequence[Host], names: Collection[str]) -> frozenset[str]:
    """Return the hosts to probe before mail says what has waited: those that are down, and those that causes hide.

    Args:
        outage_store: knows what is open.
        hosts: the list.
        names: what the mail is about: hosts and causes.
    """
    found = {outage.host for outage in outage_store.open_outages()}.intersection(names)
    for cause in outage_store.open_causes():
        if cause.name in found:
            some = [host.name for host in hosts[:: len(hosts) // ENOUGH + 1]]
            found.update(some if cause.kind == OWN_LINK else cause.members)
    return frozenset(found)
