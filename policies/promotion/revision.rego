# Is the policy that answers the one that was asked for?
package preceptor.promotion

default revision := ""

revision := found if {
	revisions := {bundle.manifest.revision | some bundle in data.system.bundles}
	count(revisions) == 1
	some found in revisions
	is_string(found)
}

revision_matches if {
	revision != ""
	input.policy.revision == revision
	input.release.spec.policy.revision == revision
}

reasons contains reason if {
	not revision_matches
	reason := {
		"code": "RevisionMismatch",
		"message": sprintf("The policy in force has revision %s, not the one that this release asks for: create another AdapterRelease with spec.policy.revision set to it.", [json.marshal(revision)]),
	}
}
