"""How soon the screen follows a key. To be imported before anything of Textual, which reads it once.

Textual paints at the beats of a clock, 60 a second by default: a key waits for the next beat, and what follows from it
for the one after. Twice as many beats cost nothing, for a beat without news paints nothing; with 10,000 hosts in motion
they took 10 ms off the slowest of 100 keys. See https://textual.textualize.io/guide/app/#environment-variables.
"""

import os

os.environ.setdefault("TEXTUAL_FPS", "120")
