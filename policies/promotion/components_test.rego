package preceptor.promotion_test

test_store_that_does_not_verify_is_denied if {
	codes(set_to("/components/verified", false)) == {"ComponentsNotVerified"}
	codes(without("/components/verified")) == {"ComponentsNotVerified"}
}

test_changed_system_prompt_is_denied if {
	codes(set_to("/components/systemPromptMatches", false)) == {"SystemPromptChanged"}
}

test_any_mismatch_is_denied if {
	codes(set_to("/components/mismatches", ["The adapter differs."])) == {"ComponentsChanged"}
	codes(set_to("/components/mismatches", null)) == {"ComponentsChanged"}
	codes(set_to("/components/mismatches", "")) == {"ComponentsChanged"}
}
