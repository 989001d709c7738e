# A release that may go on, for the tests to spoil one fact at a time.
package preceptor.promotion_test

import data.preceptor.promotion

bundles := {"bundle.tar.gz": {"manifest": {"revision": "r1"}}}

sha(letter) := concat("", ["sha256:", concat("", [letter | some _ in numbers.range(1, 64)])])

candidate := {
	"schemaVersion": 1,
	"adapter": sha("1"),
	"baseModel": sha("2"),
	"tokenizer": sha("3"),
	"chatTemplate": sha("4"),
	"systemPrompt": sha("5"),
	"outputPolicy": sha("6"),
	"decoding": {"maxTokens": 64, "temperature": "0", "topP": "1", "seed": 17},
	"retrieval": {"type": "request"},
}

candidate_digest := promotion.digest_of(candidate)

request := {
	"candidateDigest": candidate_digest,
	"evalGateRef": {"name": "triage"},
	"target": {"gatewayRef": {"name": "triage-gateway"}, "stage": "live"},
	"policy": {"profile": "clinical", "revision": "r1"},
	"requestedBy": "alice",
}

request_digest_of(requested) := promotion.digest_of({
	"namespace": "clinical-ai",
	"name": "triage",
	"uid": "uid-1",
	"spec": requested,
})

approval_for(requested, approver) := {
	"approver": approver,
	"candidateDigest": candidate_digest,
	"evidenceDigest": sha("e"),
	"policyRevision": "r1",
	"requestDigest": request_digest_of(requested),
	"meaning": "I have read the report.",
	"expires": "2026-12-01T00:00:00Z",
}

asked(phase, requested, approvals) := {
	"phase": phase,
	"now": "2026-11-24T12:00:00Z",
	"policy": requested.policy,
	"release": {
		"namespace": "clinical-ai",
		"name": "triage",
		"uid": "uid-1",
		"spec": object.union(requested, {"withdrawn": false, "approvals": approvals}),
	},
	"requestDigest": request_digest_of(requested),
	"candidateDigest": candidate_digest,
	"candidate": candidate,
	"evidence": {
		"digest": sha("e"),
		"verified": true,
		"verdict": "pass",
		"confidence": "0.95",
		"suites": [sha("7")],
		"finishedAt": "2026-11-24T10:00:00Z",
		"gate": {"namespace": "clinical-ai", "name": "triage", "uid": "uid-2"},
		"metrics": [
			metric("emergency_recall", "0.9830", "0.9990", "Pass"),
			metric("over_triage_rate", "0.0400", "0.1500", "Pass"),
			metric("hallucination_rate", "0.0010", "0.0300", "Pass"),
			metric("prescriptive_rate", "0.0000", "0.0200", "Pass"),
			metric("phi_leak_rate", "0.0000", "0.0100", "Pass"),
			metric("accuracy", "0.9000", "0.9500", "Reported"),
		],
		"thresholds": [
			{"metric": "emergency_recall", "min": "0.98"},
			{"metric": "over_triage_rate", "max": "0.20"},
			{"metric": "hallucination_rate", "max": "0.05"},
			{"metric": "prescriptive_rate", "max": "0.05"},
			{"metric": "phi_leak_rate", "max": "0.02"},
		],
		"candidateDigest": candidate_digest,
	},
	"examinations": [{
		"digest": sha("e"),
		"gate": "clinical-ai/triage",
		"verdict": "pass",
		"suites": [sha("7")],
		"finishedAt": "2026-11-24T10:00:00Z",
	}],
	"provenance": {
		"present": true,
		"verified": true,
		"repeated": true,
		"scans": [{"target": "dataset", "verdict": "pass"}, {"target": "outputs", "verdict": "pass"}],
	},
	"components": {"verified": true, "systemPromptMatches": true, "mismatches": []},
}

metric(name, lower, upper, verdict) := {"metric": name, "lower": lower, "upper": upper, "verdict": verdict}

requested_input := asked("request", request, [])

released_input := asked("release", request, [approval_for(request, "carol")])

decision_on(question) := decision if {
	decision := promotion.decision with input as question with data.system.bundles as bundles
}

# The codes that the policy objects with when the good request is patched so.
codes(patches) := codes_of(json.patch(requested_input, patches))

codes_of(question) := {reason.code | some reason in decision_on(question).reasons}

set_to(path, value) := [{"op": "replace", "path": path, "value": value}]

without(path) := [{"op": "remove", "path": path}]
