"""What every table of settings.toml is made of: settings that take a number, one of a few words, or a switch."""

from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo

from conntest_tui.config.problems import Refused, echo
from conntest_tui.text import clean


def number(default: float, lowest: float, highest: float, unit: str) -> Any:
    """Declare a setting that takes a number; an int default makes it a whole one."""
    kind = "a whole number" if isinstance(default, int) else "a number"
    allowed = f"{kind} of {unit} from {lowest:.16g} to {highest:.16g}"
    return Field(default=default, ge=lowest, le=highest, description=allowed)


def choice(default: Enum) -> Any:
    """Declare a setting that takes one of a few words."""
    # Not strict: strict mode takes members of the Enum only, and TOML has words.
    return Field(
        default=default, strict=False, description=" or ".join(f'"{member.value}"' for member in type(default))
    )


def switch(*, default: bool) -> Any:
    """Declare a setting that is on or off."""
    return Field(default=default, description="true or false")


def located(value: object, info: ValidationInfo) -> object:
    """Make a path start from the directory of the configuration, which is the context of the validation."""
    if not isinstance(value, str):
        return value
    if clean(value) != value:
        raise Refused(f"{echo(value)} holds characters that do not print", "type the path anew")
    return Path(info.context or "", value) if value else None


class SettingsTable(BaseModel):
    """A table of settings.toml: no unknown setting, no text for a number, no NaN, no infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
