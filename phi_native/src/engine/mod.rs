//! Where do which rules match in a text, without reading it once per rule?
//!
//! One pass finds the places where a rule can begin, or that hold what each of its matches holds; only these rules are
//! matched then. What a match is worth is said by Python, which answers from where the rule is to be matched next.

mod automaton;
mod beginnings;
mod characters;
mod nothing;
mod pattern;
mod signs;
mod stretch;
mod translate;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use beginnings::Beginnings;
use characters::Characters;
use pattern::{Found, Pattern};
use stretch::Stretch;

/// How a rule is looked for; see `preceptor.phi.plans`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// Matched where its beginning stands.
    Begun,
    /// Searched in a text that holds its factor.
    Held,
    /// A text as a whole, if it has at most so many bytes.
    Whole(usize),
    /// Searched in every text.
    Always,
}

struct Rule {
    pattern: Pattern,
    how: How,
    cued: bool,
}

/// All rules, asked about many texts at once.
#[pyclass(module = "preceptor_phi_native", unsendable)]
pub struct Engine {
    rules: Vec<Rule>,
    beginnings: Beginnings,
    stretches: Vec<(usize, Stretch)>,
}

/// Bytes of a long match.
const LONG: usize = 512;

fn wrong(error: String) -> PyErr {
    PyValueError::new_err(error)
}

#[pymethods]
impl Engine {
    /// Of (pattern, how, source, length, cued) for each rule, as `preceptor.phi.plans` has it.
    ///
    /// Raises ValueError for a pattern that cannot be read.
    #[new]
    fn new(rules: Vec<(String, String, String, usize, bool)>) -> PyResult<Self> {
        let mut made: Vec<Rule> = Vec::with_capacity(rules.len());
        let (mut begun, mut stretches) = (Vec::new(), Vec::new());
        for (index, (pattern, how, source, length, cued)) in rules.into_iter().enumerate() {
            let how = match how.as_str() {
                "whole" => How::Whole(length),
                "always" => How::Always,
                "factor" => How::Held,
                _ => How::Begun,
            };
            match (how, Stretch::of(&source)) {
                (How::Held, Some(stretch)) => stretches.push((index, stretch)),
                (How::Held | How::Begun, _) => begun.push((index, source)),
                _ => {}
            }
            let pattern = Pattern::new(&pattern);
            pattern.check().map_err(wrong)?;
            made.push(Rule { pattern, how, cued });
        }
        Ok(Self { rules: made, beginnings: Beginnings::new(begun).map_err(wrong)?, stretches })
    }

    /// Calls `judge(text, rule, start, end)` for every match: the numbers of the text and the rule, and what its value
    /// spans, in characters. The answer is the character from where the rule is to be matched next in this text; None
    /// where the match is nothing: then the next one may begin inside it.
    #[pyo3(signature = (texts, judge, *, cued_only=false))]
    fn find(
        &mut self,
        py: Python<'_>,
        texts: &Bound<'_, PyList>,
        judge: &Bound<'_, PyAny>,
        cued_only: bool,
    ) -> PyResult<()> {
        let mut places: Vec<(usize, usize)> = Vec::new();
        let mut positions: Vec<usize> = vec![0; self.rules.len()];
        let mut touched: Vec<usize> = Vec::new();
        for (number, text) in texts.iter().enumerate() {
            let bytes = text.cast::<PyBytes>()?;
            let data = bytes.as_bytes();
            let characters = Characters::new(data);
            let judged = |index: usize, found: Found| asked(judge, &characters, number, index, found);
            places.clear();
            self.beginnings.each(data, |place, index| places.push((place, index))).map_err(wrong)?;
            for (index, stretch) in &self.stretches {
                if stretch.is_in(data) {
                    places.push((0, *index));
                }
            }
            for &(place, index) in &places {
                let rule = &mut self.rules[index];
                if place < positions[index] || (cued_only && !rule.cued) {
                    continue;
                }
                if rule.how == How::Held {
                    // Once in a text.
                    positions[index] = usize::MAX;
                    touched.push(index);
                    everywhere(rule, data, |found| judged(index, found))?;
                    continue;
                }
                if let Some(found) = rule.pattern.at(data, place).map_err(wrong)? {
                    touched.push(index);
                    positions[index] = judged(index, found)?;
                }
            }
            for index in touched.drain(..) {
                positions[index] = 0;
            }
            for (index, rule) in self.rules.iter_mut().enumerate() {
                if cued_only && !rule.cued {
                    continue;
                }
                match rule.how {
                    How::Always => everywhere(rule, data, |found| judged(index, found))?,
                    How::Whole(_) if data.contains(&0) => {
                        everywhere(rule, data, |found| judged(index, found))?;
                    }
                    How::Whole(longest) if data.len() <= longest => {
                        // There is one place where it can begin.
                        if let Some(found) = rule.pattern.at(data, 0).map_err(wrong)? {
                            judged(index, found)?;
                        }
                    }
                    _ => {}
                }
            }
            if number % 64 == 0 {
                py.check_signals()?;
            }
        }
        Ok(())
    }
}

/// From where a rule is to be matched next.
fn asked(
    judge: &Bound<'_, PyAny>,
    characters: &Characters<'_>,
    text: usize,
    rule: usize,
    found: Found,
) -> PyResult<usize> {
    let start = characters.at(found.first);
    let said: Option<usize> = match found.last > found.first {
        true => judge.call1((text, rule, start, characters.at(found.last)))?.extract()?,
        false => None,
    };
    Ok(match said {
        Some(next) => characters.behind(found.first, next.saturating_sub(start)).max(found.start + 1),
        // Inside a very long one none is looked for, since every search would read the long one again.
        None if found.end - found.start > LONG => found.end,
        None => found.start + 1,
    })
}

/// Every match of a rule in a text.
fn everywhere(rule: &mut Rule, text: &[u8], mut judge: impl FnMut(Found) -> PyResult<usize>) -> PyResult<()> {
    let mut position = 0;
    while position <= text.len() {
        let Some(found) = rule.pattern.from(text, position).map_err(wrong)? else { return Ok(()) };
        position = judge(found)?;
        // The next place is not inside a character.
        while position < text.len() && text[position] & 0xC0 == 0x80 {
            position += 1;
        }
    }
    Ok(())
}
