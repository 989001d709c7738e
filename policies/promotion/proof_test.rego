package preceptor.promotion_test

import data.preceptor.promotion

asking(wanted) := {"clinical": object.union(data.preceptor.profiles.clinical, {"proof": wanted})}

proof_codes(wanted, patches) := {reason.code |
	some reason in promotion.decision.reasons with input as json.patch(requested_input, patches)
		with data.system.bundles as bundles
		with data.preceptor.profiles as asking(wanted)
}

test_profile_that_asks_for_proof_denies_a_training_without_one if {
	proof_codes(true, set_to("/provenance/repeated", false)) == {"NotReproducible"}
	proof_codes(true, without("/provenance/repeated")) == {"NotReproducible"}
	proof_codes(true, set_to("/provenance/repeated", "true")) == {"NotReproducible"}
}

test_profile_that_asks_for_proof_allows_a_training_with_one if {
	proof_codes(true, []) == set()
}

test_profile_that_asks_for_no_proof_does_without if {
	proof_codes(false, set_to("/provenance/repeated", false)) == set()
	codes(set_to("/provenance/repeated", false)) == set()
}

test_profile_that_asks_in_words_that_mean_nothing_asks if {
	proof_codes("no", set_to("/provenance/repeated", false)) == {"NotReproducible", "ProfileInvalid"}
	proof_codes(null, set_to("/provenance/repeated", false)) == {"NotReproducible", "ProfileInvalid"}
}
