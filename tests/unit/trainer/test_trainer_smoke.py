"""Is the smoke run started where training code changes, by commands that are there, and in an engine that answers?"""

import ast
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
WORKFLOW = ROOT / ".github" / "workflows" / "smoke-training.yml"
SCRIPT = ROOT / "trainer_image" / "run_repro.sh"


def watched() -> list[str]:
    # YAML reads the key `on` as true.
    document = yaml.safe_load(WORKFLOW.read_text())
    return list(document[True]["pull_request"]["paths"])


def test_every_command_of_the_workflow_is_a_make_target() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    ran = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    assert [command.split() for command in ran] == [["make", "smoke"], ["make", "smoke-image"]]
    assert {command.split()[1] for command in ran} <= targets


def test_a_change_of_any_module_that_the_trainer_imports_starts_the_workflow() -> None:
    used: set[str] = set()
    for path in (ROOT / "trainer_image" / "preceptor_trainer").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "preceptor":
                used |= {f"{node.module}.{name.name}" for name in node.names} | {str(node.module)}
    named = [Path("core", *module.split(".")) for module in sorted(used)]
    files = {
        file.as_posix()
        for path in named
        for file in (path.with_suffix(".py"), path / "__init__.py")
        if (ROOT / file).exists()
    }
    assert "core/preceptor/digests.py" in files
    unwatched = [file for file in sorted(files) if not any(is_under(file, pattern) for pattern in watched())]
    assert unwatched == []


def is_under(file: str, pattern: str) -> bool:
    """As the workflow's patterns go: ``*`` stays within a folder, ``**`` does not."""
    expression = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.fullmatch(expression, file) is not None


def run(*words: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    command = [str(SCRIPT), "--allow-dirty", *words]
    return subprocess.run(command, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--engine", "buildah"], "--engine needs --container"),
        (["--engine", "rocket", "--container", "x"], "--engine is docker, podman, nerdctl or buildah"),
        (["--container"], "--container needs an image"),
        (["--device", "tpu"], "--device is auto, cpu or gpu"),
        (["--loud"], "there is no option --loud"),
    ],
)
def test_wrong_use_ends_with_64_and_a_sentence(words: list[str], sentence: str) -> None:
    done = run(*words)
    assert done.returncode == 64
    assert sentence in done.stderr


def engines(folder: Path, **codes: int) -> str:
    """Programs that write down how they are called; ``codes`` is what ``info`` ends with. The rest of them fail."""
    folder.mkdir()
    for name in ("docker", "podman", "nerdctl", "buildah"):
        answer = codes.get(name, 1)
        program = folder / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >> "{folder}/calls"\n[ "$1" != info ] || exit {answer}\nexit 75\n'
        )
        program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_a_client_without_its_daemon_is_passed_over_and_the_run_has_no_network(tmp_path: Path) -> None:
    done = run("--container", "trainer:1", path=engines(tmp_path / "bin", podman=0))
    calls = (tmp_path / "bin" / "calls").read_text().splitlines()
    assert done.returncode == 75
    assert calls[:2] == ["docker info", "podman info"]
    assert calls[2].startswith("podman run --rm --network none ")
    assert len(calls) == 3


def test_an_engine_that_does_not_answer_is_said(tmp_path: Path) -> None:
    path = engines(tmp_path / "bin", docker=0)
    done = run("--container", "trainer:1", "--engine", "podman", path=path)
    assert (done.returncode, "podman is not there or does not answer" in done.stderr) == (64, True)
    nothing = run("--container", "trainer:1", path=engines(tmp_path / "none"))
    assert (nothing.returncode, "needs docker, podman, nerdctl or buildah" in nothing.stderr) == (64, True)


def test_buildah_is_given_no_gpu_and_that_is_said(tmp_path: Path) -> None:
    done = run("--container", "x", "--device", "gpu", path=engines(tmp_path / "bin", buildah=0))
    assert (done.returncode, "buildah gives a container no GPU" in done.stderr) == (64, True)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_container_that_keeps_the_network_is_said(allowed: bool, tmp_path: Path) -> None:
    path = engines(tmp_path / "bin", buildah=0)
    unshare = tmp_path / "bin" / "unshare"
    unshare.write_text(f"#!/bin/sh\nexit {0 if allowed else 1}\n")
    unshare.chmod(0o755)
    buildah = tmp_path / "bin" / "buildah"
    buildah.write_text('#!/bin/sh\n[ "$1" != from ] || echo container\n[ "$1" != run ] || exit 75\n')
    done = run("--container", "x", "--device", "cpu", path=path)
    assert ("cannot take the network from the container" in done.stderr) is not allowed
