//! Which capitalised words name somebody or a town, where no cue says so but the text tells of somebody already?
//!
//! What can be said of such a word and of what stands beside it are [`facts`]; each has a weight that was learnt from
//! labelled texts, and a word whose weights together exceed nothing is a name. No fact is the word itself.

mod around;
mod candidate;
mod facts;
mod goes_on;
mod taken;

pub use candidate::{Candidate, Found, Known, Sort};
pub use facts::{Weights, name};

use super::chars::onward;
use super::judge::Kind;
use super::lexicon::Lexicon;
use super::lists::MONTHS_BORNE;
use candidate::follow_one_another;

impl Lexicon {
    /// Names and towns among the words that nothing `known` covers; all offsets are bytes.
    pub fn by_evidence(&self, text: &[u8], begin: usize, known: &Known, weights: &Weights) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        if !known.tells_of_somebody() || self.is_spanish(text) || self.is_foreign(text) {
            return found;
        }
        self.candidates(text, begin, known, |candidate| {
            if candidate.others == 0
                || self.weighed(text, candidate, weights) <= 0
                || self.is_something_taken(text, candidate)
            {
                return;
            }
            let kind = if self.is_placed(text, candidate) { Kind::Town } else { Kind::Name };
            if kind == Kind::Town && candidate.flags & MONTHS_BORNE != 0 {
                // "a seizure in May"
                return;
            }
            match found.last_mut() {
                Some(last) if follow_one_another(text, last.end, candidate.start) => last.end = candidate.end,
                _ => found.push(Found { start: candidate.start, end: candidate.end, kind }),
            }
        });
        self.go_on(text, begin, known, &mut found);
        found
    }

    /// The words that may be names, wherever they stand, with all that is said of each.
    pub fn evidence(&self, text: &[u8], begin: usize, known: &Known) -> Vec<(usize, usize, Vec<usize>)> {
        let mut said = Vec::new();
        self.candidates(text, begin, known, |candidate| {
            let mut facts = Vec::new();
            self.facts(text, candidate, |fact| facts.push(fact));
            said.push((candidate.start, candidate.end, facts));
        });
        said
    }

    fn weighed(&self, text: &[u8], candidate: &Candidate<'_>, weights: &Weights) -> i32 {
        let mut sum = 0;
        self.facts(text, candidate, |fact| sum += weights.of(fact));
        sum
    }

    /// Whether a word that is a name is a town's: a place stands beside it, or it is known as nothing else.
    fn is_placed(&self, text: &[u8], candidate: &Candidate<'_>) -> bool {
        let front = self.before(text, candidate.start);
        let behind = onward(text, candidate.end, 1);
        self.place_in_front(&front) > 0.0
            || (behind > candidate.end && self.is_region_behind(text, candidate.end))
            || candidate.profile.is_some_and(|known| known.town() > known.given().max(known.family()))
    }
}
