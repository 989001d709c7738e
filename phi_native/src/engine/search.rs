//! All rules, looked for in one text after the other.

use super::beginnings::Beginnings;
use super::behind::{Behind, Near};
use super::pattern::{Found, Pattern, Resume};
use super::stretch::Stretch;

/// How a rule is looked for; see `preceptor.phi.plans`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Matched where its beginning stands.
    Begun,
    /// The same, but told of once in a text.
    Once,
    /// Searched in a text that holds its factor.
    Held,
    /// A text as a whole, if it has at most so many bytes.
    Whole(usize),
    /// Searched in every text.
    Always,
}

/// One rule: its pattern and what is looked for, both in RE2's syntax. `cued` ones need a word beside the value.
#[derive(Clone)]
pub struct Spec {
    pub pattern: String,
    pub how: How,
    pub source: String,
    pub cued: bool,
    pub behind: Behind,
    pub near: Near,
}

struct Rule {
    pattern: Pattern,
    how: How,
    cued: bool,
    behind: Behind,
    near: Near,
}

impl Rule {
    /// Whether what stands about a place says that it may match there.
    fn may_match(&self, text: &[u8], place: usize) -> bool {
        self.behind.is_told_by(&text[..place]) && self.near.is_told_by(text, place)
    }
}

/// Places for which memory is kept.
const MOST_PLACES: usize = 1 << 16;
/// Behind every text.
const DONE: usize = usize::MAX;

/// All rules with what is remembered of the texts before.
pub struct Search {
    rules: Vec<Rule>,
    beginnings: Beginnings,
    stretches: Vec<(usize, Stretch)>,
    /// Where beginnings stand in the text at hand, and from where each rule is to be matched next.
    places: Vec<(usize, usize)>,
    positions: Vec<usize>,
    resumes: Vec<Resume>,
}

impl Search {
    /// Tells which pattern cannot be read.
    pub fn new(specs: &[Spec]) -> Result<Self, String> {
        let (mut rules, mut begun, mut stretches) = (Vec::with_capacity(specs.len()), Vec::new(), Vec::new());
        for (index, spec) in specs.iter().enumerate() {
            match (spec.how, Stretch::of(&spec.source)) {
                (How::Held, Some(stretch)) => stretches.push((index, stretch)),
                (How::Held | How::Begun | How::Once, _) => begun.push((index, spec.source.clone())),
                _ => {}
            }
            let pattern = Pattern::new(&spec.pattern);
            pattern.check()?;
            rules.push(Rule { pattern, how: spec.how, cued: spec.cued, behind: spec.behind.clone(), near: spec.near });
        }
        let (positions, resumes) = (vec![0; rules.len()], vec![Resume::default(); rules.len()]);
        Ok(Self { rules, beginnings: Beginnings::new(begun)?, stretches, places: Vec::new(), positions, resumes })
    }

    /// Tells of all that matches in a text the number of the rule and what it matches, without waiting for what that is
    /// worth: what begins inside another match is told, too, except inside a long one.
    pub fn each(&mut self, text: &[u8], cued_only: bool, mut tell: impl FnMut(usize, Found)) -> Result<(), String> {
        self.positions.fill(0);
        self.resumes.iter_mut().for_each(Resume::clear);
        self.places.clear();
        // One large text does not hold on to its memory.
        self.places.shrink_to(MOST_PLACES);
        self.beginnings.each(text, |place, index| self.places.push((place, index)))?;
        for (index, stretch) in &self.stretches {
            if stretch.is_in(text) {
                self.places.push((0, *index));
            }
        }
        for &(place, index) in &self.places {
            let rule = &mut self.rules[index];
            if place < self.positions[index] || (cued_only && !rule.cued) || !rule.may_match(text, place) {
                continue;
            }
            if rule.how == How::Held {
                rule.everywhere(text, |found| tell(index, found))?;
                self.positions[index] = DONE;
            } else if let Some(found) = rule.pattern.at(text, place)? {
                self.positions[index] = if rule.how == How::Once { DONE } else { self.resumes[index].behind(&found) };
                if !found.is_empty() {
                    tell(index, found);
                }
            }
        }
        for (index, rule) in self.rules.iter_mut().enumerate() {
            if cued_only && !rule.cued {
                continue;
            }
            match rule.how {
                How::Always => rule.everywhere(text, |found| tell(index, found))?,
                // Several texts in one, each of which may be the whole.
                How::Whole(_) if text.contains(&0) => rule.everywhere(text, |found| tell(index, found))?,
                How::Whole(longest) if text.len() <= longest => {
                    if let Some(found) = rule.pattern.at(text, 0)?.filter(|found| !found.is_empty()) {
                        tell(index, found);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Rule {
    fn everywhere(&mut self, text: &[u8], mut tell: impl FnMut(Found)) -> Result<(), String> {
        let (mut position, mut resume) = (0, Resume::default());
        while position <= text.len() {
            let Some(found) = self.pattern.from(text, position)? else { return Ok(()) };
            position = resume.behind(&found);
            if !found.is_empty() {
                tell(found);
            }
            // The next place is not inside a character.
            while position < text.len() && text[position] & 0xC0 == 0x80 {
                position += 1;
            }
        }
        Ok(())
    }
}
