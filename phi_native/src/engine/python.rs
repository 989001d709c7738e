//! What Python sees of this: an engine that is made of its rules, and asks it about each match.

use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::behind::{Behind, Near};
use super::characters::Characters;
use super::pattern::Found;
use super::search::{How, Search, Spec};
use crate::guard::guarded;

/// Searches that are kept for the next texts. Each has a memory of its own, some ten megabytes.
const MOST_FREE: usize = 4;

/// What Python tells of a rule; see [`Engine::new`].
type Asked = (String, String, String, usize, bool, bool, Vec<String>, (usize, usize, usize));

/// All rules, asked about many texts at once.
#[pyclass(module = "preceptor_phi_native", frozen)]
pub struct Engine {
    specs: Vec<Spec>,
    /// One for each thread that was searching at once. None is held while Python is asked.
    free: Mutex<Vec<Search>>,
}

#[pymethods]
impl Engine {
    /// Of (pattern, how, source, length, cued, capital, endings, near) for each rule, as `preceptor.phi.plans` has it;
    /// the last three are what stands in front of each match and about it.
    ///
    /// Raises ValueError for a pattern that cannot be read.
    #[new]
    fn new(rules: Vec<Asked>) -> PyResult<Self> {
        let specs = rules.into_iter().map(|(pattern, how, source, length, cued, capital, endings, near)| {
            let how = match how.as_str() {
                "whole" => How::Whole(length),
                "always" => How::Always,
                "held" => How::Held,
                "once" => How::Once,
                _ => How::Begun,
            };
            let (digits, before, behind) = near;
            let near = Near { digits, before, behind };
            Spec { pattern, how, source, cued, behind: Behind { capital, endings }, near }
        });
        let specs: Vec<Spec> = specs.collect();
        let search = Search::new(&specs).map_err(PyValueError::new_err)?;
        Ok(Self { specs, free: Mutex::new(vec![search]) })
    }

    /// What matches in many texts, as six numbers of four bytes each: text, rule, the character where the match begins,
    /// start and end of its value in characters, and the character from where the rule is to be matched next if the
    /// match is nothing, 0 where that is the next one.
    #[pyo3(signature = (texts, *, cued_only=false))]
    fn find<'py>(&self, texts: &Bound<'py, PyList>, cued_only: bool) -> PyResult<Bound<'py, PyBytes>> {
        guarded(|| self.with(|search| each(search, texts, cued_only)))
            .unwrap_or_else(|sentence| Err(PyRuntimeError::new_err(sentence)))
    }
}

impl Engine {
    fn with<T>(&self, ask: impl FnOnce(&mut Search) -> PyResult<T>) -> PyResult<T> {
        let kept = self.free().pop();
        let mut search = match kept {
            Some(search) => search,
            None => Search::new(&self.specs).map_err(PyValueError::new_err)?,
        };
        let answer = ask(&mut search);
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

/// Numbers that are told of a match.
const TOLD: usize = 6;

fn each<'py>(search: &mut Search, texts: &Bound<'py, PyList>, cued_only: bool) -> PyResult<Bound<'py, PyBytes>> {
    let mut told: Vec<[u32; TOLD]> = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let bytes = text.cast::<PyBytes>()?;
        let data = bytes.as_bytes();
        let (number, _) = (short(number)?, short(data.len())?);
        let characters = Characters::new(data);
        // What is told of a text lies within it, and its length fits.
        let at = |byte: usize| characters.at(byte) as u32;
        let tell = |rule, found: Found| {
            let beyond = if found.is_long() { at(found.end) } else { 0 };
            told.push([number, rule as u32, at(found.start), at(found.first), at(found.last), beyond]);
        };
        search.each(data, cued_only, tell).map_err(PyValueError::new_err)?;
    }
    // In the order of the rules: the checks of many different ones in turn have no room in a processor's caches.
    told.sort_by_key(|numbers| numbers[1]);
    let bytes: Vec<u8> = told.iter().flatten().flat_map(|number| number.to_ne_bytes()).collect();
    Ok(PyBytes::new(texts.py(), &bytes))
}

fn short(number: usize) -> PyResult<u32> {
    number.try_into().map_err(|_| PyValueError::new_err("Texts of four gigabytes cannot be searched at once."))
}
