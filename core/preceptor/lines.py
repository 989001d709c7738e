"""Which lines does a JSON Lines file hold?"""


def lines_of(content: bytes) -> list[bytes]:
    r"""The lines of a JSON Lines file, without their ends; nothing behind the last ``\n`` is no line.

    Only ``\n`` ends a line (jsonlines.org): JSON leaves U+0085, U+2028 and U+2029 raw inside a text, and
    ``str.splitlines`` would cut a document in two there.
    """
    *lines, last = content.split(b"\n")
    return [*lines, last] if last else lines
