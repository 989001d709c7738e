# Is everything that shapes an answer still, byte for byte, what was examined?
package preceptor.promotion

components_verified if input.components.verified == true

reasons contains reason if {
	not components_verified
	reason := {
		"code": "ComponentsNotVerified",
		"message": "The adapter and base model in the store do not verify against the examined digests: restore them, or train and examine again.",
	}
}

system_prompt_matches if input.components.systemPromptMatches == true

reasons contains reason if {
	not system_prompt_matches
	reason := {
		"code": "SystemPromptChanged",
		"message": "The system prompt is not the one that was examined: restore it, or examine the candidate with the new one.",
	}
}

no_mismatches if {
	is_array(input.components.mismatches)
	count(input.components.mismatches) == 0
}

reasons contains reason if {
	not no_mismatches
	reason := {
		"code": "ComponentsChanged",
		"message": "A part of the candidate differs from what was examined: the release's conditions name it.",
	}
}
