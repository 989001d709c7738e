//! Which words and numbers are a part of what tells of somebody, by all that stands around them?
//!
//! Asked last, of texts that tell of somebody already, about what is not far from what was found. What can be said of a
//! word with a capital or a digit and of its neighbours are [`facts`], each with a weight that was learnt from labelled
//! texts; a word whose weights together exceed nothing is found. No fact holds a word that is not of the vocabulary, which
//! has no names in it.

mod facts;
mod piece;
mod tokens;
mod weights;

pub use weights::Weights;

use super::lexicon::Lexicon;
use tokens::{Read, Token};

/// What was found in a text before: start and end in bytes, and what kind of thing it is, by its place in [`KINDS`].
pub type Known = (usize, usize, u8);

/// What was found before is one of these.
pub const KINDS: [&[u8]; 7] = [b"name", b"place", b"date", b"age", b"contact", b"number", b"organisation"];

const ORGANISATION: u8 = 6;

impl Lexicon {
    /// Start and end, in bytes, of what the weights tell of and nothing `known` covers.
    pub fn by_context(&self, text: &str, begin: usize, known: &[Known], weights: &Weights) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        let tells = known.iter().any(|&(_, _, kind)| kind != ORGANISATION);
        if !tells || self.is_spanish(text.as_bytes()) || self.is_foreign(text.as_bytes()) {
            return found;
        }
        let read = Read::new(self, text, begin, known, weights);
        for index in read.candidates() {
            let mut sum = 0;
            read.facts(index, |pieces| sum += weights.of(pieces));
            if sum <= 0 {
                continue;
            }
            let Token { start, end, .. } = read.tokens[index];
            match found.last_mut() {
                Some(last) if goes_on(text, last.1, start) => last.1 = end,
                _ => found.push((start, end)),
            }
        }
        found
    }

    /// Every word that may be found, in a text in which nothing was found wherever it stands, with all that is said of it.
    pub fn contexts(
        &self,
        text: &str,
        begin: usize,
        known: &[Known],
        weights: &Weights,
    ) -> Vec<(usize, usize, Vec<String>)> {
        let read = Read::new(self, text, begin, known, weights);
        let said = |index: usize| {
            let mut facts = Vec::new();
            read.facts(index, |pieces| {
                let names: Vec<_> = pieces.iter().map(|piece| String::from_utf8_lossy(piece.bytes)).collect();
                facts.push(names.join("\t"));
            });
            (read.tokens[index].start, read.tokens[index].end, facts)
        };
        read.candidates().map(said).collect()
    }
}

/// Whether two words are written as one, or as the words or the groups of one thing are.
fn goes_on(text: &str, end: usize, start: usize) -> bool {
    let is_digit = |place: usize| text.as_bytes().get(place).is_some_and(u8::is_ascii_digit);
    match text.get(end..start) {
        Some("" | "-" | "." | "/" | "'" | "’" | "#") => true,
        Some(" " | ". ") => is_digit(start) == is_digit(end - 1),
        _ => false,
    }
}
