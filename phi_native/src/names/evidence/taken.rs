//! What stands where only a medicine, an organism or a measure can, and texts of which no weight was learnt.

use super::super::chars::{at, word_end};
use super::super::lexicon::Lexicon;
use super::super::lists::{CHANGING_TO, FOREIGN_WORDS, STARTING_ON, TAKING};
use super::around;
use super::candidate::Candidate;

/// So many words of another language an English text may quote.
const QUOTED: usize = 1;

impl Lexicon {
    /// "Was started on Reagila", unless the word is a usual name: "started on Monday by Okafor", "stopped Bronwyn".
    pub fn is_something_taken(&self, text: &[u8], candidate: &Candidate<'_>) -> bool {
        if candidate.profile.is_some_and(|known| known.given().max(known.family()).max(known.town()) >= 2) {
            return false;
        }
        let Some((start, end)) = around::in_front(text, candidate.start) else { return false };
        let word = &text[start..end];
        if self.lists.of(word) & TAKING != 0 {
            return true;
        }
        let saying = match word {
            b"on" => STARTING_ON,
            b"to" => CHANGING_TO,
            _ => return false,
        };
        around::in_front(text, start).is_some_and(|(start, end)| self.lists.of(&text[start..end]) & saying != 0)
    }

    /// Whether a text is written in German or French.
    pub fn is_foreign(&self, text: &[u8]) -> bool {
        let (mut place, mut seen) = (0, 0);
        while place < text.len() {
            let end = word_end(text, place, text.len());
            if end == place {
                place += at(text, place).1.max(1);
                continue;
            }
            seen += usize::from(self.lists.of(&text[place..end]) & FOREIGN_WORDS != 0);
            if seen > QUOTED {
                return true;
            }
            place = end;
        }
        false
    }
}
