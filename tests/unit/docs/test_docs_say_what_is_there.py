"""Do the docs name only what exists, and all of what a reader will meet?"""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
import typer.main
import yaml
from docs_pages import PAGES, ROOT, commands, fenced, name, without_fences
from pydantic import BaseModel

from preceptor.api.reference import page as reference_page
from preceptor.cli.main import app, load_commands
from preceptor_local import tools
from preceptor_operator.config import OperatorConfig, PodSettings
from preceptor_trainer import reasons as trainer_reasons

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
each_page = pytest.mark.parametrize("page", PAGES, ids=name)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*)$", without_fences(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(without_fences(page)):
        if urlparse(link).scheme:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name(page)} links to {link}, which does not exist"
        assert not anchor or anchor in anchors(target), f"{name(page)} links to {link}, which is no heading there"


@each_page
def test_every_make_target_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in commands(page):
        words = [word for word in command.split() if not re.match(r"^[A-Z]+=", word)]
        if words[:1] == ["make"]:
            unknown = [word for word in words[1:] if word not in targets]
            assert not unknown, f"{name(page)} names `make {unknown[0]}`, which is no target"


def test_every_make_target_that_ci_runs_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    ran = [
        target
        for job in jobs.values()
        for step in job["steps"]
        for target in re.findall(r"make ([a-z0-9 -]+)", step.get("run", ""))
    ]
    assert set(" ".join(ran).split()) >= {"lint", "unit", "integration", "e2e"}
    assert set(" ".join(ran).split()) <= targets


def test_readme_of_the_trainer_lists_its_reasons() -> None:
    page = (ROOT / "trainer_image" / "README.md").read_text()
    given = [value for name, value in vars(trainer_reasons).items() if name.isupper()]
    assert [reason for reason in given if reason not in page] == []


def command_line() -> Any:
    load_commands()
    return typer.main.get_command(app)


PRECEPTOR = command_line()


def check_command(words: list[str]) -> str | None:
    """What is wrong with the words after ``preceptor``, or None."""
    command = PRECEPTOR
    while hasattr(command, "commands") and words:
        if words[0] not in command.commands:
            return f"no command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if re.match(r"^--?[a-z]", word) and word.split("=")[0] not in known]
    return f"no option {unknown[0]}" if unknown else None


@each_page
def test_every_preceptor_command_named_exists_with_its_options(page: Path) -> None:
    for command in commands(page):
        words = shlex.split(command.split("|")[0].replace("…", "X"), posix=True) if "'" not in command else []
        if words[:2] == ["kubectl", "preceptor"]:
            words = words[1:]
        if words[:1] == ["preceptor"] and len(words) > 1 and words[1] != "X":
            wrong = check_command([word for word in words[1:] if not word.startswith("[")])
            assert wrong is None, f"{name(page)} names `{command}`: {wrong}"


def test_commands_that_do_not_exist_would_be_found() -> None:
    assert check_command(["phi", "remove"]) == "no command remove"
    assert check_command(["approve", "NAME", "--force"]) == "no option --force"
    assert check_command(["approve", "NAME", "-n", "clinical-ai", "--yes"]) is None


def test_reference_of_the_resources_is_current() -> None:
    current = (ROOT / "docs" / "reference" / "resources.md").read_text(encoding="utf-8")
    assert current == reference_page(), "docs/reference/resources.md is stale: run `make generate`"


def test_every_field_of_a_spec_has_a_meaning() -> None:
    rows = re.findall(r"^\| `[^`]+` \|.*\|$", reference_page(), re.MULTILINE)
    assert len(rows) > 100
    assert [row for row in rows if row.endswith("|  |")] == []


def fields(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Dotted camelCase names of a configuration's leaves; a role's fields once, under ROLE."""
    found: list[str] = []
    for field in model.model_fields.values():
        path, kind = f"{prefix}{field.alias}", field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not PodSettings:
            found += fields(kind, f"{path}.")
        else:
            found.append(path)
    return found


@pytest.mark.parametrize("field", [*fields(OperatorConfig), *fields(PodSettings, "jobs.ROLE.")])
def test_every_field_of_the_operators_configuration_is_documented(field: str) -> None:
    assert f"`{field}`" in (ROOT / "docs" / "reference" / "operator.md").read_text()


@each_page
def test_no_page_names_a_place_of_one_machine(page: Path) -> None:
    places = ("preceptor", "stores", "opt", "etc", "var", "dev", "tmp", "sys")
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"(?<![\w.:/<>\]})-])/(\w[\w.-]*)/\w", text):
        known = path in (*places, "v1", "admin", "api")
        assert known, f"{name(page)} names /{path}/…: is that a place of one machine?"


@each_page
def test_every_address_is_public_or_an_example(page: Path) -> None:
    for address in re.findall(r"https?://[^\s)`>\"]+", page.read_text(encoding="utf-8")):
        host = urlparse(address).hostname or ""
        assert host in {"docs.nvidia.com", "pre-commit.com", "keepachangelog.com", "semver.org"} or host.endswith(
            "example.com"
        ), address


def test_the_repository_uses_its_own_hooks() -> None:
    offered = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    used = {
        hook["id"]: hook
        for source in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
        for hook in source["hooks"]
    }
    assert set(offered) <= set(used)
    for identifier, hook in offered.items():
        assert used[identifier].get("files") == hook.get("files"), identifier
        assert used[identifier]["entry"].endswith(hook["entry"]), identifier


def yaml_resources(page: Path) -> list[dict[str, Any]]:
    """Resources of our group in a page's YAML blocks."""
    documents = [
        document for language, text in fenced(page) if language == "yaml" for document in yaml.safe_load_all(text)
    ]
    return [d for d in documents if isinstance(d, dict) and str(d.get("apiVersion", "")).startswith("preceptor.dev/")]


def test_readme_shows_all_three_kinds() -> None:
    assert [d["kind"] for d in yaml_resources(ROOT / "README.md")] == ["FineTuneRun", "EvalGate", "AdapterRelease"]


def test_chart_renders_with_the_values_of_the_install_page() -> None:
    [values] = [text for language, text in fenced(ROOT / "docs/how-to/install.md") if language == "yaml"]
    values = values.replace("sha256:…", "sha256:" + "0" * 64)
    done = subprocess.run(
        [
            tools.binary("helm"), "template", "preceptor", str(ROOT / "charts" / "preceptor"),
            "--namespace", "preceptor-system", "--kube-version", "1.36.0", "--values", "-",
            "--set", "caCertificate=PEM",
            "--set", "signingPublicKey=PEM",
        ],
        input=values, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    config = yaml.safe_load(values)["operator"]["config"]
    OperatorConfig.model_validate({"images": {"trainer": "t", "eval": "e"}, "audit": {"url": "https://a"}} | config)


def test_health_script_of_argo_cd_stands_where_the_page_says() -> None:
    page = (ROOT / "docs/reference/argocd.md").read_text()
    [path] = re.findall(r"`(charts/[^`]*\.lua)`", page)
    assert (ROOT / path).is_file()
