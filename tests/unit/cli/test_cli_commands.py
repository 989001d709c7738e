"""Does a command import what it needs and nothing else?"""

import subprocess
import sys
from unittest.mock import patch

import pytest

from preceptor.cli import main

LOADED = """
import sys
from preceptor.cli import main
sys.argv = ["preceptor", *{arguments!r}]
# It ends without taking the interpreter down.
main.os._exit = lambda code: None
main.run()
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


@pytest.mark.parametrize(
    "command",
    [
        ("manifest", "verify", "local/assets/models/tiny-triage"),
        ("model", "fetch", f"hf://org/name@{'a' * 40}", "never-made"),
    ],
)
@pytest.mark.parametrize("digest", ["sha256:00", "a" * 64, f"sha256:{'A' * 64}", f"sha256:{'a' * 64}\n", ""])
def test_what_is_no_digest_is_wrong_usage_and_no_fault_of_the_data(
    command: tuple[str, ...], digest: str, capfd: pytest.CaptureFixture[str]
) -> None:
    main.load_commands(command[0])
    with patch.object(sys, "argv", ["preceptor", *command, "--digest", digest]):
        assert main.guarded(main.app) == 64
    assert capfd.readouterr().err.startswith("Error: --digest is no digest: write sha256: and all its 64")
