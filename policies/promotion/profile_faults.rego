# Does a profile say what it demands in words that the rules understand? Any other word would demand nothing.
package preceptor.promotion

profile_fields := {"approvals", "confidence", "description", "failedExaminations", "proof", "stages", "suites", "thresholds"}

reasons contains reason if {
	profile
	not profile_valid
	reason := {
		"code": "ProfileInvalid",
		"message": sprintf("The policy's profile cannot be used: %s. Who answers for the policy has to mend it and build the bundle again.", [profile_fault_text]),
	}
}

profile_valid if profile_faults(profile) == set()

# Always defined: a reason whose sentence were undefined would be no reason.
default profile_fault_text := "it cannot be read"

profile_fault_text := concat("; ", sort(profile_faults(profile)))

# Asked for by `preceptor policy bundle`, which builds none with a profile that is named here.
invalid_profiles[name] := sort(faults) if {
	some name, described in data.preceptor.profiles
	faults := profile_faults(described)
	count(faults) > 0
}

profile_faults(described) := union({
	{"it is no object" | not is_object(described)},
	{sprintf("%v is no field of a profile", [field]) | some field, _ in described; not field in profile_fields},
	{"description is no text" | not description_valid(described)},
	{"stages is no list of shadow, canary or live" | not stages_valid(described)},
	{"approvals is no whole number of at least 1" | not approvals_valid(described)},
	{"confidence is no decimal text below 1, such as \"0.95\"" | not confidence_valid(described)},
	{"proof is neither true nor false" | not proof_valid(described)},
	{"suites is no list of digests, sha256: and 64 hexadecimal digits" | not suites_valid(described)},
	{"failedExaminations is neither any nor newer" | not failed_examinations_valid(described)},
	{"thresholds is no object with an entry for each metric" | not thresholds_valid(described)},
	{sprintf("the threshold of %v is neither a min above 0 nor a max below 1, as decimal text", [metric]) |
		some metric, bound in described.thresholds
		not bound_valid(bound)
	},
})

description_valid(described) if is_string(object.get(described, "description", ""))

stages_valid(described) if {
	is_array(described.stages)
	count(described.stages) > 0
	every stage in described.stages { stage in {"shadow", "canary", "live"} }
}

approvals_valid(described) if {
	is_number(described.approvals)
	described.approvals >= 1
	described.approvals == floor(described.approvals)
}

confidence_valid(described) if fraction(described.confidence) < 1

proof_valid(described) if is_boolean(object.get(described, "proof", false))

suites_valid(described) if {
	suites := object.get(described, "suites", [sprintf("sha256:%064d", [0])])
	is_array(suites)
	count(suites) > 0
	every suite in suites { digest_valid(suite) }
}

failed_examinations_valid(described) if object.get(described, "failedExaminations", "any") in {"any", "newer"}

thresholds_valid(described) if {
	is_object(described.thresholds)
	count(described.thresholds) > 0
}

bound_valid(bound) if {
	object.keys(bound) == {"min"}
	fraction(bound.min) > 0
}

bound_valid(bound) if {
	object.keys(bound) == {"max"}
	fraction(bound.max) < 1
}
