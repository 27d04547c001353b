"""The README's table of what `tests.bench.sweep` has measured."""

from typing import Any

Json = dict[str, Any]

HEAD = (
    "| hosts | path | ours | fping | ours / fping | faster than icmplib | RTT p50, p99: ours and fping | resident |\n"
    "|---|---|---|---|---|---|---|---|"
)


def table(measured: Json) -> str:
    """Return it in Markdown; times are medians, ratios the medians of the turns and in brackets those of the minima."""
    rows = [_row(race, path) for path in ("loopback", "veth") for race in measured[path]]
    return "\n".join([HEAD, *rows])


def _row(race: Json, path: str) -> str:
    seconds, rtts = race["seconds"], race["rtt_us"]
    lib = race["times_faster_than_icmplib"]
    cells = (
        f"{race['hosts']:,}",
        "veth pair" if path == "veth" else path,
        _time(seconds["ours"]),
        _time(seconds["fping"]),
        f"{race['ratio_to_fping']:.2f} ({race['ratio_of_minima']:.2f})",
        "-" if lib is None else f"{lib:.0f} x",
        f"{rtts['ours']['p50']}, {rtts['ours']['p99']} and {rtts['fping']['p50']}, {rtts['fping']['p99']} us",
        f"{race['resident_mb']['peak']:.0f} MB",
    )
    return "| " + " | ".join(cells) + " |"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"
