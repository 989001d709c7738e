# Which profile decides, and does it allow the stage?
package preceptor.promotion

profile := found if {
	input.policy.profile == input.release.spec.policy.profile
	found := data.preceptor.profiles[input.policy.profile]
}

default profile_names := []

profile_names := sort(object.keys(data.preceptor.profiles))

reasons contains reason if {
	not profile
	reason := {
		"code": "ProfileUnknown",
		"message": sprintf("The policy has no such profile: set spec.policy.profile to one of %s.", [concat(", ", profile_names)]),
	}
}

stage_allowed if input.release.spec.target.stage in profile.stages

reasons contains reason if {
	not stage_allowed
	reason := {
		"code": "StageNotAllowed",
		"message": "The profile does not allow this stage: set spec.target.stage to one that it allows, or ask for another profile.",
	}
}
