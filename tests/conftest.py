"""What every test runs under: a time zone, a terminal and an environment that do not depend on the machine."""

import os
import time

# Read by textual and rich when they are imported, so they go before anything imports them.
for name in (
    "NO_COLOR",
    "TEXTUAL_THEME",
    "TEXTUAL_DIM_FACTOR",
    "UNICODE_VERSION",
    "COLORTERM",
    "FORCE_COLOR",
):
    os.environ.pop(name, None)
for name in ("CONNTEST_CONFIG", "CONNTEST_SMTP_PASSWORD_FILE", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET"):
    os.environ.pop(name, None)
os.environ["TZ"] = "Europe/Berlin"
time.tzset()
