# Is it known who asks for what, and do they still want it?
package preceptor.promotion

requester_known if {
	is_string(input.release.spec.requestedBy)
	input.release.spec.requestedBy != ""
}

reasons contains reason if {
	not requester_known
	reason := {
		"code": "RequesterUnknown",
		"message": "Nobody is stamped as requester: install the admission policy and create the release again.",
	}
}

not_withdrawn if input.release.spec.withdrawn == false

reasons contains reason if {
	not not_withdrawn
	reason := {
		"code": "Withdrawn",
		"message": "The release is withdrawn: create another AdapterRelease to serve this candidate.",
	}
}

# What approvers sign is computed here again, from the object itself.
request_digest := digest_of({
	"namespace": input.release.namespace,
	"name": input.release.name,
	"uid": input.release.uid,
	"spec": json.remove(input.release.spec, ["approvals", "withdrawn"]),
}) if {
	named := [input.release.namespace, input.release.name, input.release.uid, input.release.spec.target.gatewayRef.name]
	every name in named {
		is_string(name)
		name != ""
	}
}

request_digest_matches if input.requestDigest == request_digest

reasons contains reason if {
	not request_digest_matches
	reason := {
		"code": "RequestDigestMismatch",
		"message": "The request's digest is not that of this release's namespace, name, UID and spec: the operator and the policy disagree on what is asked.",
	}
}
