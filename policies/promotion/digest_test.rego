package preceptor.promotion_test

import data.preceptor.promotion

# The value is that of preceptor.digests.digest_json; a test in Python computes both.
test_digest_is_that_of_canonical_json if {
	value := {"b": 1, "a": "x<y>&z", "c": ["é", true, null]}
	promotion.digest_of(value) == "sha256:aaea39935c80aca4675a548452d6e0bdc2cf5fcd7d8aa29d5e290a32a859fb05"
}

test_digest_has_sixty_four_hexadecimal_digits if {
	promotion.digest_valid(sha("a"))
	not promotion.digest_valid("sha256:abc")
	not promotion.digest_valid(upper(sha("a")))
}
