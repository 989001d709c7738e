"""Property tests draw the same examples every time, so that a red build is red on every machine.

``pytest --hypothesis-profile=explore tests/unit`` draws new ones: what it finds becomes an example of its own.
"""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, print_blob=True)
settings.register_profile("explore", derandomize=False, print_blob=True, max_examples=500)
settings.load_profile("repeatable")
