"""How `python -m preceptor_local` starts."""

from preceptor_local.cli import main

main()
