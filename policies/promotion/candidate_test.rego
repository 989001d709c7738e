package preceptor.promotion_test

test_candidate_other_than_the_examined_is_denied if {
	codes(set_to("/candidateDigest", sha("a"))) == {"CandidateMismatch"}
	codes(set_to("/evidence/candidateDigest", sha("a"))) == {"CandidateMismatch"}
	codes(set_to("/candidate/systemPrompt", sha("a"))) == {"CandidateMismatch"}
	codes(set_to("/candidate/decoding/temperature", "1")) == {"CandidateMismatch"}
	codes(set_to("/candidate", null)) == {"CandidateMismatch"}
	"CandidateMismatch" in codes(set_to("/release/spec/candidateDigest", sha("a")))
}
