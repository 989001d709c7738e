//! One rule's pattern: where does it match, anchored at a place or anywhere behind it?

use regex_automata::hybrid::dfa;
use regex_automata::nfa::thompson::backtrack::{self, BoundedBacktracker};
use regex_automata::nfa::thompson::pikevm::{self, PikeVM};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind, meta};
use regex_syntax::ParserBuilder;
use regex_syntax::ast::parse::Parser;
use regex_syntax::hir::Hir;
use smallvec::SmallVec;

use super::translate::translate;

/// RE2 gives up where a pattern is larger than its budget; no rule that ships is.
const MOST_STATES: usize = 64 << 20;
const CACHE: usize = 8 << 20;

/// Inside a longer match no other is looked for, since every search would read the long one again.
const LONG: usize = 512;

/// What a match spans, in bytes of the text, and what its group `v` does: the whole match where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub start: usize,
    pub end: usize,
    pub first: usize,
    pub last: usize,
}

impl Found {
    /// Whether its group has no part in it.
    pub fn is_empty(&self) -> bool {
        self.last <= self.first
    }

    /// Whether no other is looked for inside it, unless inside what stands behind its value.
    pub fn is_long(&self) -> bool {
        self.end - self.start > LONG
    }
}

/// From where a rule may be matched next, whatever its matches so far are worth.
#[derive(Clone, Default)]
pub struct Resume {
    /// Where matches end that reach beyond the last one's beginning: behind any of them it may go on.
    ends: SmallVec<[usize; 4]>,
}

impl Resume {
    /// Forgets all: another text begins.
    pub fn clear(&mut self) {
        self.ends.clear();
    }

    /// The next place behind a match: behind its beginning, or, where it is long, behind the nearest end.
    pub fn behind(&mut self, found: &Found) -> usize {
        self.ends.retain(|end| *end > found.start);
        if !found.is_empty() && !self.ends.contains(&found.last) {
            self.ends.push(found.last);
        }
        if !found.is_long() {
            return found.start + 1;
        }
        if !self.ends.contains(&found.end) {
            self.ends.push(found.end);
        }
        self.ends.iter().copied().min().unwrap_or(found.end).max(found.start + 1)
    }
}

/// A pattern that is compiled: forwards only, since the place where it begins is known.
struct Anchoring {
    forward: dfa::DFA,
    cache: dfa::Cache,
    value: Option<Value>,
}

/// What finds the group `v` in a match.
struct Value {
    group: usize,
    backtracker: BoundedBacktracker,
    cache: backtrack::Cache,
    vm: PikeVM,
    threads: pikevm::Cache,
}

/// A pattern that is looked for, and the number of its group `v`, 0 where it has none.
struct Anywhere {
    regex: meta::Regex,
    cache: meta::Cache,
    group: usize,
}

/// A pattern, compiled when it is first asked: few rules have anything to say about most texts.
pub struct Pattern {
    source: String,
    anchoring: Option<Box<Anchoring>>,
    anywhere: Option<Box<Anywhere>>,
}

/// A pattern in the syntax of `regex-syntax`, read.
pub fn parsed(pattern: &str) -> Result<Hir, String> {
    ParserBuilder::new().utf8(false).build().parse(pattern).map_err(|error| error.to_string())
}

pub fn nfa(patterns: &[Hir], captures: WhichCaptures) -> Result<NFA, String> {
    thompson::Compiler::new()
        .configure(thompson::Config::new().utf8(false).nfa_size_limit(Some(MOST_STATES)).which_captures(captures))
        .build_many_from_hir(patterns)
        .map_err(|error| error.to_string())
}

impl Pattern {
    /// Of RE2's syntax.
    pub fn new(source: &str) -> Self {
        Self { source: translate(source), anchoring: None, anywhere: None }
    }

    /// Whether it can be read: what is wrong with it is told at once, and what costs most is done when it is asked.
    pub fn check(&self) -> Result<(), String> {
        Parser::new().parse(&self.source).map(|_| ()).map_err(|error| error.to_string())
    }

    fn anchoring(&mut self) -> Result<&mut Anchoring, String> {
        if self.anchoring.is_none() {
            let grouped = self.source.contains("(?P<v>");
            let captures = if grouped { WhichCaptures::All } else { WhichCaptures::Implicit };
            let nfa = nfa(&[parsed(&self.source)?], captures)?;
            let number = nfa.group_info().to_index(regex_automata::PatternID::ZERO, "v");
            let forward = dfa::Builder::new()
                .configure(
                    dfa::Config::new()
                        .match_kind(MatchKind::LeftmostFirst)
                        .cache_capacity(CACHE)
                        .skip_cache_capacity_check(true),
                )
                .build_from_nfa(nfa.clone())
                .map_err(|error| error.to_string())?;
            let cache = forward.create_cache();
            let value = number.map(|group| Value::new(nfa, group)).transpose()?;
            self.anchoring = Some(Box::new(Anchoring { forward, cache, value }));
        }
        self.anchoring.as_deref_mut().ok_or_else(String::new)
    }

    /// The match that begins at a place.
    pub fn at(&mut self, text: &[u8], place: usize) -> Result<Option<Found>, String> {
        let anchoring = self.anchoring()?;
        let input = Input::new(text).span(place..text.len()).anchored(Anchored::Yes);
        let half = anchoring.forward.try_search_fwd(&mut anchoring.cache, &input).map_err(|error| error.to_string())?;
        let Some(half) = half else { return Ok(None) };
        let end = half.offset();
        let (first, last) = match &mut anchoring.value {
            Some(value) => value.of(text, place, end),
            None => (place, end),
        };
        Ok(Some(Found { start: place, end, first, last }))
    }

    /// The first match that begins at a place or behind it.
    pub fn from(&mut self, text: &[u8], place: usize) -> Result<Option<Found>, String> {
        if self.anywhere.is_none() {
            let regex = meta::Builder::new()
                .syntax(syntax::Config::new().utf8(false))
                .configure(
                    meta::Config::new()
                        .utf8_empty(false)
                        .nfa_size_limit(Some(MOST_STATES))
                        .hybrid_cache_capacity(CACHE)
                        .onepass(false)
                        .dfa(false),
                )
                .build(&self.source)
                .map_err(|error| error.to_string())?;
            let group = regex.group_info().to_index(regex_automata::PatternID::ZERO, "v").unwrap_or(0);
            let cache = regex.create_cache();
            self.anywhere = Some(Box::new(Anywhere { regex, cache, group }));
        }
        let Some(Anywhere { regex, cache, group }) = self.anywhere.as_deref_mut() else { return Ok(None) };
        let input = Input::new(text).span(place..text.len());
        if *group == 0 {
            return Ok(regex.search_with(cache, &input).map(|found| Found {
                start: found.start(),
                end: found.end(),
                first: found.start(),
                last: found.end(),
            }));
        }
        let mut slots = vec![None; (*group + 1) * 2];
        if regex.search_slots_with(cache, &input, &mut slots).is_none() {
            return Ok(None);
        }
        let at = |slot: usize| slots[slot].map(|offset| offset.get());
        let (Some(start), Some(end)) = (at(0), at(1)) else { return Ok(None) };
        let (first, last) = match (at(*group * 2), at(*group * 2 + 1)) {
            (Some(first), Some(last)) => (first, last),
            _ => (start, start),
        };
        Ok(Some(Found { start, end, first, last }))
    }
}

impl Value {
    fn new(nfa: NFA, group: usize) -> Result<Self, String> {
        let backtracker = BoundedBacktracker::new_from_nfa(nfa.clone()).map_err(|error| error.to_string())?;
        let vm = PikeVM::new_from_nfa(nfa).map_err(|error| error.to_string())?;
        let (cache, threads) = (backtracker.create_cache(), vm.create_cache());
        Ok(Self { group, backtracker, cache, vm, threads })
    }

    /// What the group spans in a match; nothing where it has no part in it.
    fn of(&mut self, text: &[u8], start: usize, end: usize) -> (usize, usize) {
        let mut slots = vec![None; (self.group + 1) * 2];
        // The memory of the backtracker grows with the text that it may read: it need not read far beyond the end.
        let beyond = (end + 1).min(text.len());
        let near = Input::new(&text[..beyond]).span(start..beyond).anchored(Anchored::Yes);
        let told = beyond - start <= self.backtracker.max_haystack_len()
            && self.backtracker.try_search_slots(&mut self.cache, &near, &mut slots).ok().flatten().is_some()
            && slots[1].is_some_and(|slot| slot.get() == end);
        if !told {
            slots.fill(None);
            let input = Input::new(text).span(start..text.len()).anchored(Anchored::Yes);
            self.vm.search_slots(&mut self.threads, &input, &mut slots);
        }
        match (slots[self.group * 2], slots[self.group * 2 + 1]) {
            (Some(first), Some(last)) => (first.get(), last.get()),
            _ => (start, start),
        }
    }
}
