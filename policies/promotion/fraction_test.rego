package preceptor.promotion_test

import data.preceptor.promotion

test_decimal_text_from_zero_to_one_is_a_fraction if {
	promotion.fraction("0") == 0
	promotion.fraction("0.98") == 0.98
	promotion.fraction("2e-1") == 0.2
	promotion.fraction("1.0") == 1
}

test_nothing_else_is_a_fraction if {
	every value in [null, false, true, 0, 0.98, "", " 0.5", "0.5\n", "-0.1", "1.01", "NaN", "Infinity", "high", "0x1", ".5", ["0.5"], {"min": "0.5"}] {
		not promotion.fraction(value)
	}
}
