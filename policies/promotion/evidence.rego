# Did a signed examination of this gate pass?
package preceptor.promotion

evidence_verified if {
	input.evidence.verified == true
	digest_valid(input.evidence.digest)
}

reasons contains reason if {
	not evidence_verified
	reason := {
		"code": "EvidenceNotVerified",
		"message": "There is no signed evaluation statement, or its signature does not verify: run the EvalGate again.",
	}
}

verdict_pass if input.evidence.verdict == "pass"

reasons contains reason if {
	not verdict_pass
	reason := {
		"code": "VerdictNotPass",
		"message": "The examination did not pass: see the EvalGate's metrics, and release only a candidate that passed.",
	}
}

gate_matches if {
	input.evidence.gate.namespace == input.release.namespace
	input.evidence.gate.name == input.release.spec.evalGateRef.name
	is_string(input.evidence.gate.uid)
	input.evidence.gate.uid != ""
}

reasons contains reason if {
	not gate_matches
	reason := {
		"code": "EvalGateMismatch",
		"message": "The evidence is of another EvalGate than spec.evalGateRef: name the gate that examined this candidate.",
	}
}
