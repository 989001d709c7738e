//! Where do which rules match in a text, without reading it once per rule?
//!
//! One pass finds the places where a rule can begin, or that hold what each of its matches holds; only these rules are
//! matched then. What a match is worth is said by Python, which answers from where the rule is to be matched next.

mod automaton;
mod beginnings;
mod behind;
mod characters;
mod nothing;
mod pattern;
#[cfg(feature = "python")]
mod python;
mod search;
mod signs;
mod stretch;
mod translate;

#[cfg(feature = "python")]
pub use python::Engine;
