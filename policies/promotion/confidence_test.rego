package preceptor.promotion_test

import data.preceptor.promotion

test_confidence_below_the_profiles_is_denied if {
	every confidence in ["0.949999", "0.90", "0.5", "0", "-1"] {
		codes(set_to("/evidence/confidence", confidence)) == {"ConfidenceTooLow"}
	}
}

test_confidence_of_the_profile_or_more_is_no_objection if {
	every confidence in ["0.95", "0.950", "0.99"] {
		codes(set_to("/evidence/confidence", confidence)) == set()
	}
}

test_confidence_that_is_missing_or_none_is_denied if {
	codes(without("/evidence/confidence")) == {"ConfidenceTooLow"}
	every confidence in [null, "", "high", "NaN", "1", "95", 0.95, true, ["0.95"]] {
		codes(set_to("/evidence/confidence", confidence)) == {"ConfidenceTooLow"}
	}
}

test_demanded_confidence_is_said if {
	some reason in decision_on(json.patch(requested_input, set_to("/evidence/confidence", "0.90"))).reasons
	contains(reason.message, "at least 0.95")
}

test_profile_without_a_confidence_lets_nothing_through if {
	decision := promotion.decision with input as requested_input
		with data.system.bundles as bundles
		with data.preceptor.profiles as {"clinical": object.remove(data.preceptor.profiles.clinical, ["confidence"])}
	{reason.code | some reason in decision.reasons} == {"ConfidenceTooLow", "ProfileInvalid"}
}
