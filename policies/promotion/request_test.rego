package preceptor.promotion_test

test_release_without_requester_is_denied if {
	"RequesterUnknown" in codes(without("/release/spec/requestedBy"))
	"RequesterUnknown" in codes(set_to("/release/spec/requestedBy", ""))
	"RequesterUnknown" in codes(set_to("/release/spec/requestedBy", 7))
}

test_withdrawn_release_is_denied if {
	codes(set_to("/release/spec/withdrawn", true)) == {"Withdrawn"}
	codes(without("/release/spec/withdrawn")) == {"Withdrawn"}
}

test_request_digest_of_another_object_is_denied if {
	codes(set_to("/release/uid", "uid-9")) == {"RequestDigestMismatch"}
	codes(set_to("/release/name", "other")) == {"RequestDigestMismatch"}
	codes(set_to("/requestDigest", sha("a"))) == {"RequestDigestMismatch"}
	codes(set_to("/release/spec/target/gatewayRef/name", "other")) == {"RequestDigestMismatch"}
	codes(set_to("/release/spec/requestedBy", "mallory")) == {"RequestDigestMismatch"}
}

test_approvals_do_not_change_the_request_digest if {
	codes_of(asked("request", request, [approval_for(request, "carol")])) == set()
}
