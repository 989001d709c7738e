//! Does every match of a pattern hold a sign that is rare in prose, and how far behind its beginning at most?

use regex_syntax::hir::{Class, Hir, HirKind};

/// A number is such a sign, too: most lines of prose have none.
const SIGNS: [&[u8]; 5] = [b"0123456789", b"_", b"@", b"=", b"/"];

/// Signs of which every match of a pattern holds one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Needed {
    pub signs: &'static [u8],
    /// The most bytes that stand in front of it.
    pub reach: usize,
}

/// What every match of a pattern holds; None where one may do without.
pub fn needed(pattern: &Hir) -> Option<Needed> {
    SIGNS.into_iter().find_map(|signs| reach(pattern, signs).map(|reach| Needed { signs, reach }))
}

/// The most bytes in front of the first sign; None where there may be none, or no limit is known.
fn reach(hir: &Hir, signs: &[u8]) -> Option<usize> {
    let is_sign = |first: u32, last: u32| last < 128 && (first..=last).all(|code| signs.contains(&(code as u8)));
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => None,
        HirKind::Literal(literal) => literal.0.iter().position(|byte| signs.contains(byte)),
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().all(|range| is_sign(range.start() as u32, range.end() as u32)).then_some(0)
        }
        HirKind::Class(Class::Bytes(class)) => {
            class.iter().all(|range| is_sign(range.start().into(), range.end().into())).then_some(0)
        }
        HirKind::Repetition(repetition) if repetition.min > 0 => reach(&repetition.sub, signs),
        HirKind::Repetition(_) => None,
        HirKind::Capture(capture) => reach(&capture.sub, signs),
        HirKind::Alternation(some) => {
            some.iter().map(|one| reach(one, signs)).try_fold(0, |most, one| Some(most.max(one?)))
        }
        HirKind::Concat(some) => {
            let mut before = 0;
            for one in some {
                if let Some(within) = reach(one, signs) {
                    return Some(before + within);
                }
                before += one.properties().maximum_len()?;
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::needed;
    use crate::engine::pattern::parsed;

    #[test]
    fn a_pattern_needs_a_sign_where_each_of_its_ways_does() {
        for (pattern, reach) in [
            (r"[a-z]{2} [0-9]", Some(3)),
            (r"(?:MRN|pass)(?:: [0-9]+|0[a-z])", Some(6)),
            (r"(?:MRN|ssn)(?:: [0-9]+|[a-z])", None),
            (r"[0-9]*a", None),
            (r"a[0-9a-f]", None),
            (r"[a-z]+[0-9]", None),
            (r"[a-z]{1,3}_[0-9]?", Some(3)),
        ] {
            assert_eq!(needed(&parsed(pattern).unwrap()).map(|needed| needed.reach), reach, "{pattern}");
        }
    }
}
