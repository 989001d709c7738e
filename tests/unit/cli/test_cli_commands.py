"""Does a command import what it needs and nothing else?"""

import subprocess
import sys

import pytest

LOADED = """
import sys
from preceptor.cli import main
sys.argv = ["preceptor", *{arguments!r}]
try:
    main.run()
except SystemExit:
    pass
heavy = ("preceptor.audit", "preceptor.phi", "sqlalchemy")
print(*(name for name in heavy if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("phi", "--help"), "preceptor.phi"),
        (("--help",), "preceptor.audit preceptor.phi sqlalchemy"),
        (("nonsense",), "preceptor.audit preceptor.phi sqlalchemy"),
    ],
)
def test_a_named_command_is_loaded_alone_and_all_are_where_none_is_named(
    arguments: tuple[str, ...], expected: str
) -> None:
    script = LOADED.format(arguments=arguments)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stderr.splitlines()[-1] == expected
