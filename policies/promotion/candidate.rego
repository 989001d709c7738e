# Is what was examined what is to be released?
package preceptor.promotion

candidate_matches if {
	asked := input.release.spec.candidateDigest
	input.candidateDigest == asked
	input.evidence.candidateDigest == asked
	digest_of(input.candidate) == asked
}

reasons contains reason if {
	not candidate_matches
	reason := {
		"code": "CandidateMismatch",
		"message": "The candidate asked for, the one examined and the manifest at hand do not all have the same digest: release the digest in the EvalGate's status.",
	}
}
