//! What does each fact weigh, and which words have facts of their own?

use std::collections::HashMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::piece::{Piece, named, together};

/// The weights of facts, in hundredths, and the vocabulary.
pub struct Weights {
    of: FxHashMap<u64, i32>,
    vocabulary: FxHashSet<Box<[u8]>>,
}

impl Weights {
    /// Of the weights by the facts' names. Tells where two facts would be taken for one another.
    pub fn new(vocabulary: Vec<String>, weights: &HashMap<String, i32>) -> Result<Self, String> {
        let of: FxHashMap<u64, i32> = weights.iter().map(|(name, &weight)| (named(name), weight)).collect();
        if of.len() < weights.len() {
            return Err("Two facts have the same number: change one's name.".into());
        }
        let vocabulary = vocabulary.into_iter().map(|word| Box::from(word.as_bytes())).collect();
        Ok(Self { of, vocabulary })
    }

    /// What a fact weighs; nothing where it is unknown.
    #[inline]
    pub fn of(&self, pieces: &[Piece<'_>]) -> i32 {
        self.of.get(&together(pieces.iter().map(|piece| piece.number))).copied().unwrap_or(0)
    }

    /// Whether a word in lower case is of the vocabulary.
    pub fn has(&self, lower: &[u8]) -> bool {
        self.vocabulary.contains(lower)
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, Weights};
    use std::collections::HashMap;

    #[test]
    fn what_is_not_named_weighs_nothing() {
        let weights = Weights::new(vec!["from".into()], &HashMap::from([("word\tfrom".into(), 7)])).unwrap();
        assert_eq!(weights.of(&[Piece::new(b"word"), Piece::new(b"from")]), 7);
        assert_eq!(weights.of(&[Piece::new(b"word")]), 0);
        assert!(weights.has(b"from") && !weights.has(b"From"));
    }
}
