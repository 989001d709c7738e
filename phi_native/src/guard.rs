//! What happens where this code is wrong: nothing that stands in a text is printed, and the scan fails.
//!
//! A panic's own message may quote what was at hand, and Python would print it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

/// Says where a panic was, and not what it said.
pub fn be_silent() {
    set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            eprintln!(
                "The PHI scanner's native part failed in {}, line {}: please report it.",
                place.file(),
                place.line()
            );
        }
    }));
}

/// What a function answers; a sentence in place of what it panics with.
pub fn guarded<T>(function: impl FnOnce() -> T) -> Result<T, &'static str> {
    catch_unwind(AssertUnwindSafe(function)).map_err(|_: Box<dyn Any + Send>| {
        "The PHI scanner's native part failed, so nothing is known of this text: please report it."
    })
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_panics_own_words_go_nowhere() {
        let answer = guarded(|| -> usize { panic!("MRN 12345") });
        assert!(answer.is_err_and(|sentence| !sentence.contains("12345")));
        assert_eq!(guarded(|| 5), Ok(5));
    }
}
