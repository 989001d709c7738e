//! What Python sees of this: an engine that is made of its rules, and asks it about each match.

use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::behind::Behind;
use super::characters::Characters;
use super::pattern::Found;
use super::search::{How, Search, Spec};
use crate::guard::guarded;

/// Inside a longer match no other is looked for, since every search would read the long one again.
const LONG: usize = 512;

/// Searches that are kept for the next texts. Each has a memory of its own, some ten megabytes.
const MOST_FREE: usize = 4;

/// What Python tells of a rule; see [`Engine::new`].
type Asked = (String, String, String, usize, bool, bool, Vec<String>);

/// All rules, asked about many texts at once.
#[pyclass(module = "preceptor_phi_native", frozen)]
pub struct Engine {
    specs: Vec<Spec>,
    /// One for each thread that was searching at once. None is held while Python is asked.
    free: Mutex<Vec<Search>>,
}

/// An error of a search or of Python.
struct Failure(PyErr);

impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Self(PyValueError::new_err(sentence))
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self(error)
    }
}

#[pymethods]
impl Engine {
    /// Of (pattern, how, source, length, cued, capital, endings) for each rule, as `preceptor.phi.plans` has it;
    /// the last two are what stands in front of each match.
    ///
    /// Raises ValueError for a pattern that cannot be read.
    #[new]
    fn new(rules: Vec<Asked>) -> PyResult<Self> {
        let specs = rules.into_iter().map(|(pattern, how, source, length, cued, capital, endings)| {
            let how = match how.as_str() {
                "whole" => How::Whole(length),
                "always" => How::Always,
                "held" => How::Held,
                "once" => How::Once,
                _ => How::Begun,
            };
            Spec { pattern, how, source, cued, behind: Behind { capital, endings } }
        });
        let specs: Vec<Spec> = specs.collect();
        let search = Search::new(&specs).map_err(PyValueError::new_err)?;
        Ok(Self { specs, free: Mutex::new(vec![search]) })
    }

    /// Calls `judge(text, rule, start, end)` for every match: the numbers of the text and the rule, and what its value
    /// spans, in characters. The answer is the character from where the rule is to be matched next in this text; None
    /// where the match is nothing: then the next one may begin inside it.
    #[pyo3(signature = (texts, judge, *, cued_only=false))]
    fn find(&self, texts: &Bound<'_, PyList>, judge: &Bound<'_, PyAny>, cued_only: bool) -> PyResult<()> {
        guarded(|| self.search(texts, judge, cued_only))
            .unwrap_or_else(|sentence| Err(PyRuntimeError::new_err(sentence)))
    }
}

impl Engine {
    fn search(&self, texts: &Bound<'_, PyList>, judge: &Bound<'_, PyAny>, cued_only: bool) -> PyResult<()> {
        let mut search = match self.free().pop() {
            Some(search) => search,
            None => Search::new(&self.specs).map_err(PyValueError::new_err)?,
        };
        let answer = each(&mut search, texts, judge, cued_only);
        let mut free = self.free();
        if free.len() < MOST_FREE {
            free.push(search);
        }
        answer
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Search>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn each(search: &mut Search, texts: &Bound<'_, PyList>, judge: &Bound<'_, PyAny>, cued_only: bool) -> PyResult<()> {
    for (number, text) in texts.iter().enumerate() {
        let bytes = text.cast::<PyBytes>()?;
        let data = bytes.as_bytes();
        let characters = Characters::new(data);
        search
            .each(data, cued_only, |rule, found| asked(judge, &characters, number, rule, found))
            .map_err(|Failure(error)| error)?;
    }
    Ok(())
}

/// From where a rule is to be matched next.
fn asked(
    judge: &Bound<'_, PyAny>,
    characters: &Characters<'_>,
    text: usize,
    rule: usize,
    found: Found,
) -> Result<usize, Failure> {
    let start = characters.at(found.first);
    let said: Option<usize> = match found.last > found.first {
        true => judge.call1((text, rule, start, characters.at(found.last)))?.extract()?,
        false => None,
    };
    Ok(match said {
        Some(next) => characters.behind(found.first, next.saturating_sub(start)).max(found.start + 1),
        None if found.end - found.start > LONG => found.end,
        None => found.start + 1,
    })
}
