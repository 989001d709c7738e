"""Which pages do people read?"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / name / "README.md" for name in ("trainer_image", "eval_image", "local")),
    ]
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def name(page: Path) -> str:
    """A page as a test's identifier."""
    return str(page.relative_to(ROOT))


def fenced(page: Path) -> list[tuple[str, str]]:
    """Language and text of every fenced block."""
    return FENCE.findall(page.read_text(encoding="utf-8"))


def without_fences(page: Path) -> str:
    """The prose."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def commands(page: Path) -> list[str]:
    """Every command that a page prints: lines of unnamed blocks (continuations joined) and inline code."""
    lines: list[str] = []
    for language, text in fenced(page):
        if language in ("", "sh", "bash"):
            lines += text.replace("\\\n", " ").splitlines()
    lines += re.findall(r"`([^`]+)`", without_fences(page))
    return [line.split(" #")[0].strip() for line in lines]
