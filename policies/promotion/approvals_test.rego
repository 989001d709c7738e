package preceptor.promotion_test

import data.preceptor.promotion

# The codes of a release that alice asked for, with these approvals.
released(approvals) := codes_of(asked("release", request, approvals))

carols(changes) := [object.union(approval_for(request, "carol"), changes)]

invalid := {"ApprovalsMissing", "ApprovalInvalid"}

test_request_needs_no_approval_yet if codes_of(asked("request", request, [])) == set()

test_invalid_approval_is_no_objection_to_a_request if {
	codes_of(asked("request", request, [approval_for(request, "alice")])) == set()
}

test_release_without_approval_is_denied if released([]) == {"ApprovalsMissing"}

test_requesters_own_approval_does_not_count if {
	released([approval_for(request, "alice")]) == invalid
	released([approval_for(request, "ALICE")]) == invalid
}

test_service_accounts_approval_does_not_count if {
	released([approval_for(request, "system:serviceaccount:argocd:argocd")]) == invalid
}

test_approval_without_approver_does_not_count if {
	released(carols({"approver": ""})) == invalid
	released(carols({"approver": null})) == invalid
	released([object.remove(approval_for(request, "carol"), ["approver"])]) == invalid
}

test_who_asks_unknown_needs_as_many_approvals_as_gitops if {
	unknown := json.patch(released_input, set_to("/release/spec/requestedBy", ""))
	"0 of 2 needed approvals count: clinical governance approves with `kubectl preceptor approve`." in messages_of(unknown)
}

test_approver_without_a_name_is_called_nobody if {
	question := asked("release", request, carols({"approver": 7}))
	"The approval of nobody does not count: it names no approver." in messages_of(question)
}

messages_of(question) := {reason.message | some reason in decision_on(question).reasons}

test_approval_of_something_else_does_not_count if {
	every field in ["candidateDigest", "evidenceDigest", "requestDigest"] {
		released(carols({field: sha("a")})) == invalid
	}
	released(carols({"policyRevision": "r0"})) == invalid
}

test_approval_that_leaves_something_open_does_not_count if {
	every field in ["candidateDigest", "evidenceDigest", "requestDigest", "policyRevision", "expires"] {
		released([object.remove(approval_for(request, "carol"), [field])]) == invalid
	}
}

test_expired_approval_does_not_count if {
	released(carols({"expires": "2026-11-24T12:00:00Z"})) == invalid
	released(carols({"expires": "2026-11-24T12:00:01Z"})) == set()
	released(carols({"expires": "2026-11-24T13:00:00+02:00"})) == invalid
	released(carols({"expires": "never"})) == invalid
}

test_no_approval_counts_at_an_unknown_time if {
	"ApprovalsMissing" in codes_of(object.remove(released_input, ["now"]))
}

test_one_valid_approval_is_enough_beside_an_invalid_one if {
	released(array.concat(carols({}), [approval_for(request, "alice")])) == set()
}

gitops := object.union(request, {"requestedBy": "system:serviceaccount:argocd:argocd"})

test_release_asked_for_by_a_service_account_needs_two_people if {
	one := [approval_for(gitops, "carol")]
	codes_of(asked("release", gitops, one)) == {"ApprovalsMissing"}
	codes_of(asked("release", gitops, array.concat(one, [approval_for(gitops, "dave")]))) == set()
}

test_one_person_is_never_two if {
	twice := [approval_for(gitops, "carol"), approval_for(gitops, "Carol")]
	codes_of(asked("release", gitops, twice)) == {"ApprovalsMissing"}
}

test_why_an_approval_does_not_count_is_said if {
	messages := messages_of(asked("release", request, [approval_for(request, "alice")]))
	"The approval of alice does not count: the approver asked for this release." in messages
	"0 of 1 needed approvals count: clinical governance approves with `kubectl preceptor approve`." in messages
}

test_unknown_profile_needs_more_approvals_than_anybody_gives if {
	unknown := json.patch(released_input, array.concat(
		set_to("/policy/profile", "lenient"),
		set_to("/release/spec/policy/profile", "lenient"),
	))
	"ApprovalsMissing" in codes_of(unknown)
}

test_release_checks_everything_that_the_request_checks_again if {
	codes_of(json.patch(released_input, set_to("/components/verified", false))) == {"ComponentsNotVerified"}
}

needed(question) := decision_on(question).approvalsNeeded

# Operators show it before anybody has approved.
test_decision_says_in_either_phase_how_many_approvals_are_needed if {
	every phase in ["request", "release"] {
		needed(asked(phase, request, [])) == 1
		needed(asked(phase, gitops, [])) == 2
	}
	needed_by(3) == 3
}

needed_by(approvals) := decision.approvalsNeeded if {
	profiles := json.patch(data.preceptor.profiles, [{"op": "replace", "path": "/clinical/approvals", "value": approvals}])
	decision := promotion.decision with input as requested_input
		with data.system.bundles as bundles
		with data.preceptor.profiles as profiles
}

test_decision_always_says_a_whole_number if {
	every approvals in [1.5, "2", 0, null] {
		needed_by(approvals) == 0
	}
}

test_nobody_knows_how_many_an_unknown_profile_needs if needed({"phase": "release"}) == 0
