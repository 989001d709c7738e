# Nothing that is missing allows: each part of an allowed question and of its profile is taken away and spoilt in turn.
package preceptor.promotion_test

import data.preceptor.promotion

# Asks for all that a profile can ask for.
strict := object.union(data.preceptor.profiles.clinical, {"proof": true, "suites": [sha("7")]})

# Holds nothing that could be left out, but for what is named below.
complete := json.patch(released_input, [
	{"op": "remove", "path": "/examinations/0/finishedAt"},
	{"op": "remove", "path": "/examinations/0/gate"},
	{"op": "remove", "path": "/examinations/0/suites"},
	{"op": "remove", "path": "/evidence/finishedAt"},
	{"op": "remove", "path": "/evidence/metrics/5"},
	{"op": "remove", "path": "/evidence/metrics/4/lower"},
	{"op": "remove", "path": "/evidence/metrics/3/lower"},
	{"op": "remove", "path": "/evidence/metrics/2/lower"},
	{"op": "remove", "path": "/evidence/metrics/1/lower"},
	{"op": "remove", "path": "/evidence/metrics/0/upper"},
])

# The CRD demands it; the policy does not read it.
may_be_missing(path) if path == ["release", "spec", "approvals", 0, "meaning"]

others := [null, false, true, 0, "", {}]

# json.patch takes an index as text.
pointer(path) := [sprintf("%v", [step]) | some step in path]

paths_of(document) := {path | walk(document, [path, _]); count(path) > 0}

allowed(question, profile) if decision_under(question, profile).allow != false

# The operator computes the request's digest of whatever it is asked, and approvers sign that.
signed(question) := json.patch(question, array.concat(
	[{"op": "add", "path": "/requestDigest", "value": digest} | some digest in digests],
	[{"op": "add", "path": ["release", "spec", "approvals", sprintf("%d", [index]), "requestDigest"], "value": digest} |
		some digest in digests
		some index, _ in question.release.spec.approvals
	],
)) if {
	digests := {digest | digest := promotion.request_digest with input as question}
}

signed_again(path, question) := signed(question) if {
	array.slice(path, 0, 1) == ["release"]
	array.slice(path, 0, 3) != ["release", "spec", "approvals"]
} else := question

test_complete_question_is_allowed if {
	allowed(complete, strict)
	allowed(signed(complete), strict)
}

test_nothing_that_is_missing_from_the_question_allows if {
	found := {path |
		some path in paths_of(complete)
		not may_be_missing(path)
		spoilt := json.patch(complete, [{"op": "remove", "path": pointer(path)}])
		allowed(signed_again(path, spoilt), strict)
	}
	print(found)
	found == set()
}

test_nothing_of_another_kind_in_the_release_allows if {
	found := allowed_though_spoilt({path | some path in paths_of(complete); path[0] == "release"})
	print(found)
	found == set()
}

test_nothing_of_another_kind_in_the_evidence_allows if {
	found := allowed_though_spoilt({path | some path in paths_of(complete); path[0] == "evidence"})
	print(found)
	found == set()
}

test_nothing_of_another_kind_in_the_rest_of_the_question_allows if {
	found := allowed_though_spoilt({path | some path in paths_of(complete); not path[0] in {"evidence", "release"}})
	print(found)
	found == set()
}

allowed_though_spoilt(paths) := {[path, value] |
	some path in paths
	not may_be_missing(path)
	some value in others
	spoilt := json.patch(complete, [{"op": "replace", "path": pointer(path), "value": value}])
	spoilt != complete
	allowed(signed_again(path, spoilt), strict)
}

# A profile may demand less by leaving these out.
may_be_left_out(path) if path == ["suites"]

may_be_left_out(path) if path[0] in {"description", "proof"}

may_be_left_out(path) if {
	path[0] == "thresholds"
	count(path) == 2
}

test_nothing_that_is_missing_from_a_profile_leaves_it_valid if {
	found := {path |
		some path in paths_of(strict)
		not may_be_left_out(path)
		not "ProfileInvalid" in codes_under(complete, json.patch(strict, [{"op": "remove", "path": pointer(path)}]))
	}
	print(found)
	found == set()
}

# Some values are as good as those that they replace.
means_something("description", value) if is_string(value)

means_something("proof", value) if is_boolean(value)

test_nothing_of_another_kind_in_a_profile_leaves_it_valid if {
	found := {[path, value] |
		some path in paths_of(strict)
		some value in others
		not means_something(path[count(path) - 1], value)
		not "ProfileInvalid" in codes_under(complete, json.patch(strict, [{"op": "replace", "path": pointer(path), "value": value}]))
	}
	print(found)
	found == set()
}
