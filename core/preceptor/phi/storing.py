"""What does a person do when a file cannot be written?"""

from pathlib import Path

from preceptor.exits import BadInput, TryAgain
from preceptor.phi.labels import called
from preceptor.writing import FULL


def not_written(what: str, path: Path, error: OSError, option: str = "--out") -> TryAgain | BadInput:
    """The error to raise: TryAgain where the disk is full, else BadInput, since the place is wrong."""
    if error.errno in FULL:
        return TryAgain(f"{what} {called(path, option)} cannot be written, the disk is full: free some space.")
    return BadInput(f"{what} {called(path, option)} cannot be written: {error.strerror}.")
