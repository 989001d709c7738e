"""How does ``python -m preceptor_trainer`` start?"""

import sys

from preceptor_trainer.main import run

if __name__ == "__main__":
    sys.exit(run())
