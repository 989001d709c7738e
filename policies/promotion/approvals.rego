# Have enough people who did not ask for it signed exactly this release? Asked only before it is released.
package preceptor.promotion

reasons contains reason if {
	input.phase == "release"
	not enough_approvals
	reason := {
		"code": "ApprovalsMissing",
		"message": sprintf("%d of %v needed approvals count: clinical governance approves with `kubectl preceptor approve`.", [count(approvers), approvals_shown]),
	}
}

# Why an approval does not count is said only where it is missed.
reasons contains reason if {
	input.phase == "release"
	not enough_approvals
	some approval in input.release.spec.approvals
	some fault in approval_faults(approval)
	reason := {
		"code": "ApprovalInvalid",
		"message": sprintf("The approval of %s does not count: %s.", [approver_name(approval), fault]),
	}
}

enough_approvals if count(approvers) >= approvals_needed

# Counted without regard to case, so that one person is never two.
approvers contains lower(approval.approver) if {
	some approval in input.release.spec.approvals
	approver_did_not_ask(approval)
	approver_is_a_person(approval)
	approval_of_candidate(approval)
	approval_of_evidence(approval)
	approval_of_revision(approval)
	approval_of_request(approval)
	approval_lasts(approval)
}

# Undefined where the profile is unknown: then no number is enough.
approvals_needed := profile.approvals + extra_approvals if profile.approvals >= 1

default approvals_shown := "the"

approvals_shown := approvals_needed

# What the decision says of it, in either phase; 0 where nobody can say.
default approvals_wanted := 0

approvals_wanted := approvals_needed if approvals_needed == floor(approvals_needed)

# Through GitOps the requester is the controller, which hides the person: one more then.
default extra_approvals := 1

extra_approvals := 0 if {
	requester_known
	not service_account(input.release.spec.requestedBy)
}

service_account(username) if startswith(lower(username), "system:serviceaccount:")

approver_named(approval) if {
	is_string(approval.approver)
	approval.approver != ""
}

approver_did_not_ask(approval) if lower(approval.approver) != lower(input.release.spec.requestedBy)

approver_is_a_person(approval) if {
	approver_named(approval)
	not service_account(approval.approver)
}

approval_of_candidate(approval) if approval.candidateDigest == input.release.spec.candidateDigest

approval_of_evidence(approval) if approval.evidenceDigest == input.evidence.digest

approval_of_revision(approval) if approval.policyRevision == revision

approval_of_request(approval) if approval.requestDigest == request_digest

approval_lasts(approval) if time.parse_rfc3339_ns(approval.expires) > time.parse_rfc3339_ns(input.now)

approval_faults(approval) := union({
	{"it names no approver" | not approver_named(approval)},
	{"the approver asked for this release" | not approver_did_not_ask(approval)},
	{"the approver is a service account" | not approver_is_a_person(approval)},
	{"it names another candidate" | not approval_of_candidate(approval)},
	{"it names other evidence" | not approval_of_evidence(approval)},
	{"it names another policy revision" | not approval_of_revision(approval)},
	{"it signs another request" | not approval_of_request(approval)},
	{"it has expired" | not approval_lasts(approval)},
})

approver_name(approval) := approval.approver if {
	approver_named(approval)
} else := "nobody"
