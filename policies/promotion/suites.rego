# Was the candidate examined on the very suites that the profile pins? Easier cases beside them would dilute its errors.
package preceptor.promotion

default suites_pinned := true

suites_pinned := false if {
	is_object(profile)
	not "suites" in object.keys(profile)
}

suites_as_pinned if {
	is_array(input.evidence.suites)
	{suite | some suite in input.evidence.suites} == {suite | some suite in profile.suites}
}

reasons contains reason if {
	suites_pinned
	not suites_as_pinned
	reason := {
		"code": "SuitesDiffer",
		"message": "The profile pins the suites of the examination, and the candidate was examined on others: examine it with an EvalGate on exactly those.",
	}
}
