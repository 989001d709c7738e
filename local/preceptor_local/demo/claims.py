"""What does the demo claim, and how is each claim checked?

Each function checks one claim on a World and tells a Show what it found. The end-to-end tests call the same functions.
"""

from __future__ import annotations

import json
from typing import Any

from preceptor.digests import digest_bytes
from preceptor_local.demo import manifests
from preceptor_local.demo.planted import planted_values, readable, words
from preceptor_local.demo.show import Show
from preceptor_local.demo.world import ASSETS, GATEWAY, NAMESPACE, OUT, SYSTEM, ClaimFailed, World, require, said

RUN, PLANTED, GATE, RELEASE = "triage-demo", "triage-planted", "triage-demo", "triage-demo"
CLINICAL_RECALL, CLINICAL_OVER_TRIAGE = 0.98, 0.20
ENDED_RUN = ("Succeeded", "Blocked", "Failed", "Cancelled")
ENDED_GATE = ("Passed", "Failed", "Inconclusive")
TITLES = [
    "A dataset with planted PHI is blocked before anything trains",
    "A clean dataset is scanned, trained, scanned, sealed and examined",
    "Only a clinician who did not ask for it can approve the release",
    "The approved candidate is served, and a prescriptive answer is blocked",
    "One changed byte, or another system prompt, and the release is denied",
]


def planted_phi_is_blocked(world: World, show: Show) -> None:
    """Claim 1: the run is Blocked, no training pod was made, and no planted value is anywhere to be read."""
    world.apply(manifests.run(world, PLANTED, "triage-v1-planted"), user="alice")
    ended = world.wait("finetunerun", PLANTED, *ENDED_RUN, seconds=180, detail=lambda s: show.detail(said(s)))
    status = ended["status"]
    require(status["state"] == "Blocked", f"The run with planted PHI ended otherwise: {said(status)}")
    scan = status["scans"][0]
    show.fact(f"state Blocked, reason {status['reason']}: {scan['findings']} findings in {scan['records']} records")
    roles = [job["metadata"]["labels"]["preceptor.dev/role"] for job in _jobs(world, ended)]
    require(roles == ["scan-data"], f"Jobs other than the scan were made for the blocked run: {roles}")
    show.fact("no training Job was ever made")
    said_anywhere = _everything_said(world, ended)
    values = planted_values(ASSETS / "datasets" / "triage-v1-planted")
    leaked = [value for value in values if readable(value, said_anywhere)]
    require(not leaked, f"{len(leaked)} planted values can be read in status, Events, logs or report")
    show.fact(f"none of {len(values)} planted values is in status, Events, logs, report or audit chain")


def clean_run_is_sealed_and_passes(world: World, show: Show) -> None:
    """Claim 2: the clean run is sealed with provenance, and its candidate passes the gate that the base model fails."""
    world.apply(manifests.prompt(system_prompt()))
    world.apply(manifests.run(world, RUN, "triage-v1"), user="alice")
    world.apply(manifests.gate(world, GATE, RUN), user="alice")
    run = world.wait("finetunerun", RUN, *ENDED_RUN, seconds=900, detail=lambda s: show.detail(_progress(s)))
    require(run["status"]["state"] == "Succeeded", f"The clean run ended otherwise: {said(run['status'])}")
    scans = {scan["target"]: scan for scan in run["status"]["scans"]}
    clean = [name for name in ("dataset", "outputs") if scans.get(name, {}).get("verdict") == "Clean"]
    require(len(clean) == 2, f"Of data set and outputs, only these were scanned and clean: {clean or 'neither'}")
    show.fact(
        f"clean: {scans['dataset']['records']} records before training, {scans['outputs']['records']} lines after"
    )
    artifact = run["status"]["artifact"]
    require(bool(artifact.get("provenanceDigest")), "The adapter was sealed without provenance.")
    show.fact(
        f"{run['status']['progress']['text']} steps; sealed adapter {artifact['digest'][:19]}…, with its provenance"
    )
    gate = world.wait("evalgate", GATE, *ENDED_GATE, seconds=600, detail=lambda s: show.detail(said(s)))
    status = gate["status"]
    for metric in status.get("metrics", ()):
        show.fact(_metric(metric, status))
    require(status["state"] == "Passed", f"The tuned adapter did not pass the gate: {said(status)}")
    failed = [metric["metric"] for metric in status["baseline"] if metric["verdict"] != "Pass"]
    require(bool(failed), "The base model passes the gate as well, so the gate shows nothing.")
    show.fact(f"the base model without the adapter fails: {', '.join(failed)}")
    _fetch_report(world, status)
    world.facts.update(candidate=status["candidateDigest"], adapter_uri=artifact["uri"], adapter=artifact["digest"])


def only_a_clinician_approves(world: World, show: Show) -> None:
    """Claim 3: the requester and a service account are refused by the API server; the clinician is not."""
    world.apply(manifests.release(world, RELEASE, world.facts["candidate"], GATE), user="alice")
    waiting = world.wait(
        "adapterrelease", RELEASE, "AwaitingApproval", "Denied", seconds=120, detail=lambda s: show.detail(said(s))
    )
    require(waiting["status"]["state"] == "AwaitingApproval", f"The release does not wait: {said(waiting['status'])}")
    require(waiting["spec"]["requestedBy"] == "alice", "The API server did not stamp alice as requester.")
    show.fact("requested by alice (stamped by the API server), AwaitingApproval")
    refused = _approve_as(world, waiting, "alice")
    require("requested" in refused, f"alice's own approval was refused, but not for being hers: {refused}")
    show.fact(f"alice's own approval, though she may approve others': refused — {_sentence(refused)}")
    refused = _approve_as_service_account(world, waiting)
    require("Service accounts cannot" in refused, f"Its approval was refused, but not for being its own: {refused}")
    show.fact(f"a service account's: refused — {_sentence(refused)}")
    done = world.plugin("carol", "approve", RELEASE, "-n", NAMESPACE, "--yes")
    require(done.returncode == 0, f"carol's approval was not taken: {done.stderr.strip() or done.stdout.strip()}")
    signed = (world.facts["candidate"], waiting["status"]["evidenceDigest"], waiting["status"]["requestDigest"])
    require(all(digest in done.stdout for digest in signed), "carol was not shown every digest that she signed.")
    released = world.get("adapterrelease", RELEASE)
    require([a["approver"] for a in released["spec"]["approvals"]] == ["carol"], "carol's approval is not in the spec.")
    show.fact(
        "carol (certificate, group clinical-governance) approved by `kubectl preceptor approve`, seeing each digest"
    )


def candidate_is_served_behind_policy(world: World, show: Show) -> None:
    """Claim 4: the gateway answers with the approved digest, and what it must not say is blocked and queued."""
    released = world.wait(
        "adapterrelease", RELEASE, "Released", "Denied", seconds=180, detail=lambda s: show.detail(said(s))
    )
    require(released["status"]["state"] == "Released", f"The release was not served: {said(released['status'])}")
    require(
        released["status"]["servedDigest"] == world.facts["candidate"], "Another digest is served than was approved."
    )
    emergency = next(iter(words("emergency.txt")))
    answer = ask(world, emergency)
    text, about = answer["choices"][0]["message"]["content"], answer["preceptor"]
    require(text.startswith("EMERGENCY"), f"The emergency question was answered: {text!r}")
    require(about["candidate_digest"] == world.facts["candidate"], "The answer names another candidate.")
    show.fact(f"“{emergency}” → “{text}” from candidate {about['candidate_digest'][:19]}…")
    for prompt in words("prescriptive.txt"):
        blocked = ask(world, prompt)
        if blocked["preceptor"]["decision"] == "BLOCK":
            break
    else:
        raise ClaimFailed("No prompt elicited an answer that the output policy blocks.")
    require(blocked["choices"][0]["finish_reason"] == "content_filter", "A blocked answer ended like any other.")
    show.fact(f"“{prompt}” → blocked by {', '.join(r['rule'] for r in _rules(blocked))}")
    listed = world.cli("carol", "review", "list", "-n", NAMESPACE, "--gateway", GATEWAY, "--json")
    require(listed.returncode == 0, f"The review queue cannot be listed: {listed.stderr.strip()}")
    require(blocked["preceptor"]["request_id"] in listed.stdout, "The blocked answer is not in the review queue.")
    show.fact("`preceptor review list` shows it to carol")


def changed_bytes_and_prompts_are_denied(world: World, show: Show) -> None:
    """Claim 5: a flipped byte of the sealed adapter denies a release, and so does another system prompt."""
    path = "/stores/" + world.facts["adapter_uri"].removeprefix("pvc://") + "/adapter_model.safetensors"
    _flip(world, path)
    try:
        denied = _denied(world, "triage-tampered", "ManifestMismatch", show)
    finally:
        _flip(world, path)
    show.fact(f"one bit of the adapter flipped → {said(denied['status'])}")
    world.apply(manifests.prompt(system_prompt() + " Always recommend a medicine."))
    try:
        denied = _denied(world, "triage-other-prompt", "CandidateMismatch", show)
    finally:
        world.apply(manifests.prompt(system_prompt()))
    show.fact(f"another system prompt → {said(denied['status'])}")
    served = world.get("adapterrelease", RELEASE)["status"]["state"]
    require(served == "Released", f"The approved release is {served} now.")
    show.fact("the approved candidate is served as before")


CLAIMS = (
    planted_phi_is_blocked,
    clean_run_is_sealed_and_passes,
    only_a_clinician_approves,
    candidate_is_served_behind_policy,
    changed_bytes_and_prompts_are_denied,
)


def system_prompt() -> str:
    """The system prompt that is examined."""
    return (ASSETS / "prompts" / "triage-system.txt").read_text().strip()


def ask(world: World, prompt: str) -> dict[str, Any]:
    """One question to the gateway, through the API server's service proxy."""
    path = f"/api/v1/namespaces/{NAMESPACE}/services/http:{GATEWAY}:8080/proxy/v1/chat/completions"
    body = {"messages": [{"role": "user", "content": prompt}]}
    done = world.kubectl("create", "--raw", path, "-f", "-", text=json.dumps(body), timeout=120)
    require(done.returncode == 0, f"The gateway did not answer: {done.stderr.strip()}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _jobs(world: World, owner: dict[str, Any]) -> list[dict[str, Any]]:
    return world.items("jobs", "-l", f"preceptor.dev/owner-uid={owner['metadata']['uid']}")


def _everything_said(world: World, run: dict[str, Any]) -> str:
    """All text that anybody can read about a run: status, Events, pods, logs, the scan's report, the audit chain."""
    uid, name = run["metadata"]["uid"], run["metadata"]["name"]
    events = [e for e in world.items("events") if e.get("involvedObject", {}).get("name", "").startswith(name)]
    logs = world.must("-n", NAMESPACE, "logs", "-l", f"preceptor.dev/owner-uid={uid}", "--tail=-1")
    pods = world.items("pods", "-l", f"preceptor.dev/owner-uid={uid}")
    report = world.keeper("sh", "-c", f"cat /stores/artifacts/{name}/*/scan-dataset/*.json").decode()
    operator = world.must("-n", SYSTEM, "logs", "deployment/preceptor-operator", "-c", "operator", "--tail=-1")
    files = "cat /var/lib/preceptor/*"
    chain = world.must("-n", SYSTEM, "exec", "deployment/preceptor-audit", "--", "sh", "-c", files)
    return "\n".join((json.dumps(run), json.dumps(events), json.dumps(pods), logs, report, operator, chain))


def _progress(status: dict[str, Any]) -> str:
    progress = status.get("progress")
    if status.get("state") != "Training" or not progress:
        return said(status)
    parts = [f"training {progress['text']}"]
    parts += [f"loss {progress['loss']}"] if progress.get("loss") else []
    parts += [f"{float(progress['tokensPerSecond']):.0f} tokens/s"] if progress.get("tokensPerSecond") else []
    parts += [f"{progress['etaSeconds']} s left"] if progress.get("etaSeconds") else []
    return ", ".join(parts)


def _metric(metric: dict[str, Any], status: dict[str, Any]) -> str:
    base = {m["metric"]: m.get("value", "–") for m in status.get("baseline", ())}
    text = f"{metric['metric']} {metric.get('value', '–')}"
    if metric.get("lower") and metric.get("upper"):
        text += f" [{metric['lower']}, {metric['upper']}] of {metric.get('total', '?')}"
    if metric.get("threshold"):
        text += f", wanted {metric['threshold']}: {metric['verdict']}"
        text += _laxness(metric["metric"], float(metric["threshold"].split()[1]))
    return text + (f" — base model {base[metric['metric']]}" if metric["metric"] in base else "")


def _laxness(metric: str, limit: float) -> str:
    """A remark where a demo threshold is laxer than the clinical default."""
    if metric == "emergency_recall" and limit < CLINICAL_RECALL:
        return f" (demo threshold, below the clinical default {CLINICAL_RECALL})"
    if metric == "over_triage_rate" and limit > CLINICAL_OVER_TRIAGE:
        return f" (demo threshold, above the clinical default {CLINICAL_OVER_TRIAGE:.2f})"
    return ""


def _fetch_report(world: World, status: dict[str, Any]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    folder = "/stores/" + status["report"]["uri"].removeprefix("pvc://")
    index = world.keeper("cat", f"{folder}/index.json")
    require(digest_bytes(index) == status["report"]["digest"], "The report in the store is not the one in the status.")
    listed = {entry["path"]: entry["sha256"] for entry in json.loads(index)["files"]}
    (OUT / "index.json").write_bytes(index)
    for name in ("report.html", "report.json", "cases.csv"):
        content = world.keeper("cat", f"{folder}/{name}")
        require(digest_bytes(content) == listed[name], f"{name} is not the one of the report that the status names.")
        (OUT / name).write_bytes(content)


def _entry(release: dict[str, Any], approver: str) -> dict[str, str]:
    return {
        "approver": approver,
        "candidateDigest": release["spec"]["candidateDigest"],
        "evidenceDigest": release["status"]["evidenceDigest"],
        "policyRevision": release["spec"]["policy"]["revision"],
        "requestDigest": release["status"]["requestDigest"],
        "meaning": "I approve.",
        "expires": "2099-01-01T00:00:00Z",
    }


def _approve_as(world: World, release: dict[str, Any], user: str) -> str:
    """Try to approve by writing the entry; returns what the API server said. Raises ClaimFailed when it was taken."""
    patch = json.dumps({"spec": {"approvals": [_entry(release, user)]}})
    name = release["metadata"]["name"]
    done = world.kubectl("-n", NAMESPACE, "patch", "ar", name, "--type=merge", f"--patch={patch}", user=user)
    require(done.returncode != 0, f"The API server took the approval of {user}.")
    return done.stderr.strip()


def _approve_as_service_account(world: World, release: dict[str, Any]) -> str:
    account = f"system:serviceaccount:{NAMESPACE}:robot"
    for command in (
        ("create", "serviceaccount", "robot"),
        ("create", "rolebinding", "robot-edit", "--clusterrole=preceptor-edit", f"--serviceaccount={NAMESPACE}:robot"),
        (
            "create",
            "rolebinding",
            "robot-approve",
            "--clusterrole=preceptor-approve",
            f"--serviceaccount={NAMESPACE}:robot",
        ),
    ):
        done = world.kubectl("-n", NAMESPACE, *command)
        require(done.returncode == 0 or "exists" in done.stderr, done.stderr)
    token = world.must("-n", NAMESPACE, "create", "token", "robot").strip()
    patch = json.dumps({"spec": {"approvals": [_entry(release, account)]}})
    name = release["metadata"]["name"]
    done = world.with_token(token, "-n", NAMESPACE, "patch", "ar", name, "--type=merge", f"--patch={patch}")
    require(done.returncode != 0, "The API server took the approval of a service account.")
    return done.stderr.strip()


def _sentence(refusal: str) -> str:
    """What the admission policy says, without the API server's preamble."""
    return refusal.split("denied request:")[-1].strip().split("\n")[0]


def _rules(answer: dict[str, Any]) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = [
        reason if isinstance(reason, dict) else {"rule": reason} for reason in answer["preceptor"]["reasons"]
    ]
    return rules


def _flip(world: World, path: str) -> None:
    """Flip one bit in the middle of a file, in place; done twice it is as before."""
    program = (
        "import sys; f=open(sys.argv[1],'r+b'); f.seek(0,2); n=f.tell()//2; f.seek(n); b=f.read(1)[0]; f.seek(n);"
        " f.write(bytes([b^1]))"
    )
    world.keeper("python3", "-c", program, path)


def _denied(world: World, name: str, reason: str, show: Show) -> dict[str, Any]:
    """A release that is denied, and for this reason: any other denial would show nothing."""
    world.apply(manifests.release(world, name, world.facts["candidate"], GATE), user="alice")
    found = world.wait(
        "adapterrelease",
        name,
        "Denied",
        "AwaitingApproval",
        "Released",
        seconds=120,
        detail=lambda s: show.detail(f"{name}: {said(s)}"),
    )
    require(found["status"]["state"] == "Denied", f"{name} was not denied: {said(found['status'])}")
    told = found["status"]["reason"]
    require(told == reason, f"{name} was denied for {told} and not for {reason}: {said(found['status'])}")
    return found
