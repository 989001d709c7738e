"""How does ``python -m preceptor_trainer`` start?"""

import os
import sys

from preceptor_trainer.main import run


def main() -> None:
    """Run the command and end with its code."""
    code = run()
    # After a failure the threads of the ranks' group, and of the process that started them, still wait for others. An
    # interpreter that is taken down under them aborts (SIGABRT): the code that says why would be lost.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
