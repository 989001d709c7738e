//! An automaton of many patterns that grows as texts are read, and of which a processor remembers what it meets often.
//!
//! `regex-automata` builds the states. Its table has a kibibyte for each of thousands of states here, more than any
//! cache holds; this one has two bytes for each ASCII character, and one line of a cache for the small letters.

use std::collections::HashMap;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::hir::Hir;

use super::pattern::nfa;

/// Of the states that were met; beyond, all are forgotten.
const CACHE: usize = 64 << 20;
/// The characters from "`" to DEL, and those before them.
const SMALL: usize = 32;
const OTHERS: usize = 96;
/// Ids fit two bytes, and one bit of these says whether it is a match. Far fewer states are met in all texts there are.
const MOST_NODES: usize = 1 << 15;
const MATCH: u16 = 1 << 15;

/// A state, by its place in the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Node(u16);

/// One line of a processor's cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([Node; SMALL]);

/// What stands in front of a place: nothing, a part of a word, or anything else.
#[derive(Clone, Copy)]
pub enum Front {
    Other,
    Word,
    Nothing,
}

/// What was not met yet.
const UNKNOWN: Node = Node(0);
/// Nothing can match any more.
pub const DEAD: Node = Node(1);
/// A state for which the table has no room: it is asked each time, and stands here until the next one does.
const PASSING: Node = Node(2);

impl Node {
    /// Whether a pattern matches up to here.
    pub fn is_match(self) -> bool {
        self.0 & MATCH != 0
    }

    fn index(self) -> usize {
        usize::from(self.0 & !MATCH)
    }
}

/// The automaton of some patterns, anchored, which tells all that match.
pub struct Automaton {
    states: dfa::DFA,
    cache: dfa::Cache,
    /// Where small letters and other ASCII characters lead from each node.
    small: Vec<Line>,
    others: Vec<[Node; OTHERS]>,
    /// The state of each node, and which patterns match there.
    known: Vec<(LazyStateID, Vec<usize>)>,
    nodes: HashMap<LazyStateID, Node>,
    starts: [Node; 3],
    /// Nodes for which there is room.
    most: usize,
}

fn failed(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Automaton {
    /// Of patterns.
    pub fn new(patterns: &[Hir]) -> Result<Self, String> {
        let states = dfa::Builder::new()
            .configure(
                dfa::Config::new().match_kind(MatchKind::All).cache_capacity(CACHE).skip_cache_capacity_check(true),
            )
            .build_from_nfa(nfa(patterns, WhichCaptures::None)?)
            .map_err(failed)?;
        let cache = states.create_cache();
        let mut made = Self {
            states,
            cache,
            small: Vec::new(),
            others: Vec::new(),
            known: Vec::new(),
            nodes: HashMap::new(),
            starts: [DEAD; 3],
            most: MOST_NODES,
        };
        made.reset()?;
        Ok(made)
    }

    fn reset(&mut self) -> Result<(), String> {
        self.small.clear();
        self.others.clear();
        self.known.clear();
        self.nodes.clear();
        for (small, others) in
            [([DEAD; SMALL], [DEAD; OTHERS]); 2].into_iter().chain([([UNKNOWN; SMALL], [UNKNOWN; OTHERS])])
        {
            self.small.push(Line(small));
            self.others.push(others);
            self.known.push((LazyStateID::default(), Vec::new()));
        }
        for (which, front) in [Some(b' '), Some(b'a'), None].into_iter().enumerate() {
            let config = start::Config::new().look_behind(front).anchored(Anchored::Yes);
            let state = self.states.start_state(&mut self.cache, &config).map_err(failed)?;
            self.starts[which] = self.node(state)?;
        }
        Ok(())
    }

    /// Where to start.
    pub fn start(&self, front: Front) -> Node {
        self.starts[front as usize]
    }

    /// The node behind a byte.
    #[inline(always)]
    pub fn next(&mut self, node: Node, byte: u8) -> Result<Node, String> {
        match self.known_next(node, byte) {
            UNKNOWN => self.met(node, byte),
            next => Ok(next),
        }
    }

    #[inline(always)]
    fn known_next(&self, node: Node, byte: u8) -> Node {
        let index = usize::from(byte);
        match byte >> 5 {
            3 => self.small[node.index()].0[index % SMALL],
            0..3 => self.others[node.index()][index % OTHERS],
            _ => UNKNOWN,
        }
    }

    /// Patterns that match up to a node where the text ends there.
    pub fn at_end(&mut self, node: Node) -> Result<Vec<usize>, String> {
        if node == DEAD {
            return Ok(Vec::new());
        }
        let state = self.state(node)?;
        let state = self.states.next_eoi_state(&mut self.cache, state).map_err(failed)?;
        Ok(self.patterns(state))
    }

    /// Patterns that match up to a node.
    pub fn matches(&self, node: Node) -> &[usize] {
        &self.known[node.index()].1
    }

    #[cold]
    #[inline(never)]
    fn met(&mut self, node: Node, byte: u8) -> Result<Node, String> {
        if node == DEAD {
            return Ok(DEAD);
        }
        let state = self.state(node)?;
        let state = self.states.next_state(&mut self.cache, state, byte).map_err(failed)?;
        let next = self.node(state)?;
        if next.index() == PASSING.index() || node.index() == PASSING.index() {
            return Ok(next);
        }
        let index = usize::from(byte);
        match byte >> 5 {
            3 => self.small[node.index()].0[index % SMALL] = next,
            0..3 => self.others[node.index()][index] = next,
            _ => {}
        }
        Ok(next)
    }

    fn node(&mut self, state: LazyStateID) -> Result<Node, String> {
        if state.is_dead() {
            return Ok(DEAD);
        }
        if state.is_quit() {
            return Err("The automaton of the rules' beginnings met a byte that it does not know.".into());
        }
        let forgotten = self.cache.clear_count() != 0;
        if !forgotten && let Some(&node) = self.nodes.get(&state) {
            return Ok(node);
        }
        let patterns = self.patterns(state);
        let is_match = if patterns.is_empty() { 0 } else { MATCH };
        if forgotten || self.known.len() >= self.most {
            self.known[PASSING.index()] = (state, patterns);
            return Ok(Node(PASSING.0 | is_match));
        }
        let index = self.known.len();
        let node = Node(index as u16 | is_match);
        self.small.push(Line([UNKNOWN; SMALL]));
        self.others.push([UNKNOWN; OTHERS]);
        self.known.push((state, patterns));
        self.nodes.insert(state, node);
        Ok(node)
    }

    fn patterns(&self, state: LazyStateID) -> Vec<usize> {
        let count = if state.is_match() { self.states.match_len(&self.cache, state) } else { 0 };
        (0..count).map(|index| self.states.match_pattern(&self.cache, state, index).as_usize()).collect()
    }

    /// The state of a node, as `regex-automata` has it.
    fn state(&self, node: Node) -> Result<LazyStateID, String> {
        if self.cache.clear_count() != 0 && node.index() != PASSING.index() {
            return Err("The automaton of the rules' beginnings forgot what it was reading.".into());
        }
        Ok(self.known[node.index()].0)
    }

    /// Starts over where all was forgotten. To be called between two readings: no node is known behind it.
    #[inline]
    pub fn tidy(&mut self) -> Result<(), String> {
        if self.cache.clear_count() == 0 { Ok(()) } else { self.restart() }
    }

    #[cold]
    fn restart(&mut self) -> Result<(), String> {
        self.cache.reset(&self.states);
        self.reset()
    }
}

#[cfg(test)]
mod tests {
    use super::{Automaton, DEAD, Front};
    use crate::engine::pattern::parsed;

    fn told(automaton: &mut Automaton, text: &[u8]) -> Vec<(usize, Vec<usize>)> {
        let mut found = Vec::new();
        for place in 0..text.len() {
            automaton.tidy().unwrap();
            let mut node = automaton.start(Front::Other);
            for byte in &text[place..] {
                node = automaton.next(node, *byte).unwrap();
                if node == DEAD {
                    break;
                }
                if node.is_match() {
                    found.push((place, automaton.matches(node).to_vec()));
                }
            }
            found.push((place, automaton.at_end(node).unwrap()));
        }
        found
    }

    #[test]
    fn an_automaton_without_room_tells_the_same() {
        let patterns = ["(?:mrn|ssn)[ :]{1,3}[0-9]+", "[a-z]{2,6} [0-9]{2}", "[0-9]+é$", "\\p{Lu}[a-z]+"]
            .map(|pattern| parsed(pattern).unwrap());
        let text = "mrn: 12 and ssn : 4567, Quathonde saw 12é Zoë 9 mrn 1é".as_bytes();
        let (mut roomy, mut narrow) = (Automaton::new(&patterns).unwrap(), Automaton::new(&patterns).unwrap());
        narrow.most = 9;
        for _ in 0..3 {
            assert_eq!(told(&mut roomy, text), told(&mut narrow, text));
        }
        assert!(roomy.known.len() > 9 && narrow.known.len() <= 9);
    }
}
