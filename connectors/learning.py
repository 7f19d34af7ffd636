"""One thread at a time teaches msgspec a type."""

import threading

LEARNING = threading.Lock()
"""To be held while a decoder is made for a Struct that was never decoded before.

msgspec learns a type's fields when they are first needed, and a second thread that needs them at
that moment finds them half learnt: the process dies of a segmentation fault (msgspec 0.22).
"""
