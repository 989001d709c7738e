# What is the digest of a value? As preceptor.digests.digest_json: SHA-256 over RFC 8785 canonical JSON.
package preceptor.promotion

# json.marshal sorts keys and writes no space, as RFC 8785 does, but it escapes three characters of HTML.
digest_of(value) := sprintf("sha256:%s", [crypto.sha256(canonical)]) if {
	marshalled := json.marshal(value)
	canonical := strings.replace_n({"\\u003c": "<", "\\u003e": ">", "\\u0026": "&"}, marshalled)
}

digest_valid(digest) if regex.match(`^sha256:[0-9a-f]{64}$`, digest)
