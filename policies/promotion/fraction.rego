# Which texts are numbers from 0 to 1? OPA's to_number takes null and false for 0, which is below every maximum.
package preceptor.promotion

fraction(text) := number if {
	is_string(text)
	regex.match(`^[0-9]+(\.[0-9]+)?([eE]-?[0-9]+)?$`, text)
	number := to_number(text)
	number <= 1
}
