//! What Python sees of this: a finder that is made of its lists.

use std::collections::HashMap;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::guard::guarded;

use super::chars;
use super::evidence::{self, Known, Sort, Weights};
use super::learnt;
use super::lexicon::{Data, Lexicon};

// Shorter texts are done with before another thread could begin.
const WORTH_ANOTHER_THREAD: usize = 4096;

type Profile = (u8, u8, u8, u8, bool, bool, bool);
type Word = (f64, bool, bool, f64, bool, bool, bool, bool, bool);

/// Span of a name or town, its end and kind.
type Span = (usize, usize, u8);
/// Span of what was found before, its end and sort: 0 a name, 1 anything else, 2 an organisation.
type Before = (usize, usize, u8);

/// What each fact about a word that may be a name weighs, in hundredths.
#[pyclass(frozen, module = "preceptor_phi_native")]
pub struct EvidenceWeights(Weights);

#[pymethods]
impl EvidenceWeights {
    #[new]
    fn new(weights: HashMap<String, i32>) -> PyResult<Self> {
        Weights::new(&weights).map(Self).map_err(PyValueError::new_err)
    }
}

/// What each fact about a word and its context weighs, in hundredths, and which words facts may hold.
#[pyclass(frozen, module = "preceptor_phi_native")]
pub struct ContextWeights(learnt::Weights);

#[pymethods]
impl ContextWeights {
    #[new]
    fn new(vocabulary: Vec<String>, weights: HashMap<String, i32>) -> PyResult<Self> {
        learnt::Weights::new(vocabulary, &weights).map(Self).map_err(PyValueError::new_err)
    }
}

/// Finds names of people and towns. All offsets are code points.
#[pyclass(frozen, module = "preceptor_phi_native")]
pub struct NamesFinder {
    lexicon: Lexicon,
}

#[pymethods]
impl NamesFinder {
    /// `prose` and `cues` are the lists of both files, `words` the files of words and `phrases` the lines of
    /// eponym-phrases.txt; `gazetteer` is the unpacked file.
    #[new]
    #[pyo3(signature = (*, prose, cues, words, phrases, gazetteer))]
    fn new(
        prose: HashMap<String, Vec<String>>,
        cues: HashMap<String, Vec<String>>,
        words: HashMap<String, Vec<String>>,
        phrases: Vec<String>,
        gazetteer: &[u8],
    ) -> PyResult<Self> {
        let data = Data { prose, cues, words, phrases };
        let lexicon = Lexicon::new(&data, gazetteer).map_err(PyValueError::new_err)?;
        Ok(Self { lexicon })
    }

    /// (start, end, kind) of each name and town; the text's own begins at `begin`. Kinds: 0 a sure name in prose, 1 a
    /// name in prose, 2 a family name that stands elsewhere too, 3 a town.
    fn find(&self, py: Python<'_>, text: &str, begin: usize) -> PyResult<Vec<(usize, usize, u8)>> {
        let find = || guarded(|| self.lexicon.find(text, begin));
        let found = if text.len() > WORTH_ANOTHER_THREAD { py.detach(find) } else { find() };
        let found = found.map_err(PyRuntimeError::new_err)?;
        Ok(found.into_iter().map(|(start, end, kind)| (start, end, kind as u8)).collect())
    }

    /// (start, end, kind) of each name and town that the weights tell of, beside what was found before.
    fn by_evidence(
        &self,
        text: &str,
        begin: usize,
        known: Vec<Before>,
        weights: &EvidenceWeights,
    ) -> PyResult<Vec<Span>> {
        asked(|| {
            let places = Places::new(text);
            let found =
                self.lexicon.by_evidence(text.as_bytes(), places.byte(begin), &places.known(&known), &weights.0);
            found.iter().map(|span| (places.point(span.start), places.point(span.end), span.kind as u8)).collect()
        })
    }

    /// (start, end, names of facts) of each word that may be a name, beside what was found before.
    fn evidence(&self, text: &str, begin: usize, known: Vec<Before>) -> PyResult<Vec<(usize, usize, Vec<String>)>> {
        asked(|| {
            let places = Places::new(text);
            let said = self.lexicon.evidence(text.as_bytes(), places.byte(begin), &places.known(&known));
            said.into_iter()
                .map(|(start, end, facts)| {
                    (places.point(start), places.point(end), facts.into_iter().map(evidence::name).collect())
                })
                .collect()
        })
    }

    /// (start, end) of what the weights tell of, beside what was found before.
    fn by_context(
        &self,
        text: &str,
        begin: usize,
        known: Vec<Before>,
        weights: &ContextWeights,
    ) -> PyResult<Vec<(usize, usize)>> {
        asked(|| {
            let places = Places::new(text);
            let found = self.lexicon.by_context(text, places.byte(begin), &places.spans(&known), &weights.0);
            found.iter().map(|&(start, end)| (places.point(start), places.point(end))).collect()
        })
    }

    /// (start, end, names of facts) of each word that may tell of somebody, beside what was found before.
    fn contexts(
        &self,
        text: &str,
        begin: usize,
        known: Vec<Before>,
        weights: &ContextWeights,
    ) -> PyResult<Vec<(usize, usize, Vec<String>)>> {
        asked(|| {
            let places = Places::new(text);
            let said = self.lexicon.contexts(text, places.byte(begin), &places.spans(&known), &weights.0);
            said.into_iter().map(|(start, end, facts)| (places.point(start), places.point(end), facts)).collect()
        })
    }

    /// (given, family, town, ordinary, eponym, known, spanish) of a word in lower case, or None if no list has it.
    #[pyo3(signature = (lower, spanish = true))]
    fn profile(&self, lower: &str, spanish: bool) -> PyResult<Option<Profile>> {
        asked(|| {
            if lower.contains([' ', '\n', '\t']) {
                return None;
            }
            self.lexicon.profile(lower.as_bytes(), spanish).map(|known| {
                let levels = (known.given(), known.family(), known.town(), known.ordinary());
                (levels.0, levels.1, levels.2, levels.3, known.eponym(), known.known(), known.spanish())
            })
        })
    }

    /// (person, given, maybe_given, town, plain, unseen, initial, shouted, eponym) of a token.
    #[pyo3(signature = (token, spanish = true))]
    fn weigh(&self, token: &str, spanish: bool) -> PyResult<Word> {
        asked(|| {
            let word = self.lexicon.weigh(token.as_bytes(), spanish);
            let said = (word.plain, word.unseen, word.initial, word.shouted, word.eponym);
            (word.person, word.given, word.maybe_given, word.town, said.0, said.1, said.2, said.3, said.4)
        })
    }

    /// Whether a name of several words in lower case is a town's.
    fn is_town(&self, phrase: &str) -> PyResult<bool> {
        asked(|| self.lexicon.gazetteer.is_town(phrase.as_bytes()))
    }

    /// Whether dictionaries have a word in lower case with a capital alone, and no list of names has it.
    fn is_proper(&self, lower: &str) -> PyResult<bool> {
        asked(|| self.lexicon.gazetteer.listed(lower.as_bytes()).is_some_and(|listed| listed.proper))
    }

    /// Whether a text is written in lower case; `signed` says that it may hold a sign of that or of Spanish.
    #[pyo3(signature = (text, signed = true))]
    fn is_careless(&self, text: &str, signed: bool) -> PyResult<bool> {
        asked(|| self.lexicon.is_careless(text.as_bytes(), text.chars().count(), signed))
    }

    /// Whether words stand in a text that are usual in Spanish and in no English text.
    fn is_spanish(&self, text: &str) -> PyResult<bool> {
        asked(|| self.lexicon.is_spanish(text.as_bytes()))
    }
}

/// Bytes and code points of a text, each counted as the other.
struct Places<'t> {
    text: &'t [u8],
    // How many code points begin in front of each block of so many bytes; none where each byte is one.
    points: Vec<usize>,
}

const BLOCK: usize = 256;

impl<'t> Places<'t> {
    fn new(text: &'t str) -> Self {
        let mut points = Vec::new();
        if !text.is_ascii() {
            let mut count = 0;
            for block in text.as_bytes().chunks(BLOCK) {
                points.push(count);
                count += chars::count(block);
            }
        }
        Self { text: text.as_bytes(), points }
    }

    fn byte(&self, point: usize) -> usize {
        let block = self.points.partition_point(|&before| before <= point);
        if block == 0 {
            return point.min(self.text.len());
        }
        let (mut left, mut place) = (point - self.points[block - 1], (block - 1) * BLOCK);
        while place < self.text.len() {
            if self.text[place] & 0xc0 != 0x80 {
                if left == 0 {
                    break;
                }
                left -= 1;
            }
            place += 1;
        }
        place
    }

    fn point(&self, byte: usize) -> usize {
        let Some(before) = self.points.get(byte / BLOCK) else {
            return if self.points.is_empty() { byte } else { chars::count(&self.text[..byte]) };
        };
        before + chars::count(&self.text[byte / BLOCK * BLOCK..byte])
    }

    fn spans(&self, spans: &[Before]) -> Vec<learnt::Known> {
        spans.iter().map(|&(start, end, kind)| (self.byte(start), self.byte(end), kind)).collect()
    }

    fn known(&self, spans: &[Before]) -> Known {
        let sort = |sort: u8| match sort {
            0 => Sort::Name,
            1 => Sort::Other,
            _ => Sort::Organisation,
        };
        Known::new(spans.iter().map(|&(start, end, of)| (self.byte(start), self.byte(end), sort(of))).collect())
    }
}

/// What a function answers, or an error that quotes nothing.
fn asked<T>(function: impl FnOnce() -> T) -> PyResult<T> {
    guarded(function).map_err(PyRuntimeError::new_err)
}
