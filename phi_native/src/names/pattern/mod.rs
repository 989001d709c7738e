//! Patterns of Python's `re`, matched as Python matches them.
//!
//! Those beside names are tried at one place each, and over a few dozen characters: what counts is how soon one fails.
//! A match begins at a place of a text and ends before another; it sees what stands before it and nothing behind.

mod program;
mod run;
mod set;
mod syntax;

use program::{Program, compiled};

/// A pattern that is ready to be matched.
pub struct Pattern(Program);

/// Where a pattern matched, and where its group did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Match {
    pub start: usize,
    pub end: usize,
    pub group: (usize, usize),
}

impl Pattern {
    /// Of a pattern as Python writes it: greedy, with one group at most.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let node = syntax::parsed(pattern)?;
        Ok(Self(compiled(&node)?))
    }

    /// `Pattern.match(text, place, end)`
    #[inline]
    pub fn at(&self, text: &[u8], place: usize, end: usize) -> Option<Match> {
        self.0.at(text, place, end)
    }

    /// Whether the pattern matches at a place.
    #[inline]
    pub fn is_at(&self, text: &[u8], place: usize, end: usize) -> bool {
        self.0.at(text, place, end).is_some()
    }

    /// `Pattern.search(text, place, end)`
    pub fn within(&self, text: &[u8], place: usize, end: usize) -> Option<Match> {
        let mut start = place;
        loop {
            if let Some(found) = self.0.at(text, start, end) {
                return Some(found);
            }
            if start >= end {
                return None;
            }
            start += super::chars::at(text, start).1;
        }
    }
}

#[cfg(test)]
mod tests;
