//! Which words of running prose name a person or place somebody below the level of a state?
//!
//! No model: words are weighed by how often they are names and how often they are anything else, and by what stands
//! beside them. The [`gazetteer`] and the [`lists`] know the words, [`words`] weighs one, [`runs`] finds what is written
//! together and [`parts`] weighs it, [`beside`] weighs what stands around it, [`weight`] and [`judge`] decide, and
//! [`finder`] looks at a text as a whole. Where something else was found, [`evidence`] asks about the words left, and
//! [`learnt`] about words and numbers.

#![forbid(unsafe_code)]

mod beside;
mod casing;
mod chars;
mod context;
mod cues;
mod evidence;
mod finder;
mod gazetteer;
mod judge;
mod learnt;
mod lexicon;
mod lists;
mod parts;
mod pattern;
#[cfg(feature = "python")]
mod python;
mod runs;
mod weight;
mod words;

#[cfg(feature = "python")]
pub use python::{ContextWeights, EvidenceWeights, NamesFinder};
