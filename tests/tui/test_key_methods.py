"""What Textual takes for the handler of a key: any method whose name begins with `key_`."""

from textual.message_pump import MessagePump

from conntest_tui.tui.app import ConsoleApp


def all_below(base: type) -> set[type]:
    children: list[type] = base.__subclasses__()
    return {base, *(found for child in children for found in all_below(child))}


def test_no_method_of_ours_is_taken_for_the_handler_of_a_key() -> None:
    """The key `@` is called `at`: a method `key_at` with arguments of its own ended the program."""
    ours = {found for found in all_below(MessagePump) if found.__module__.startswith("conntest_tui.")}
    assert ConsoleApp in ours
    names = {f"{found.__name__}.{name}" for found in ours for name in vars(found)}
    assert not {name for name in names if name.partition(".")[2].startswith(("key_", "_key_"))}
