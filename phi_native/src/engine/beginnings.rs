//! At which places of a text can which rules begin, or does what they hold stand?
//!
//! An automaton of the beginnings of many rules is started at each byte. Nearly everywhere few bytes tell that nothing
//! begins, and most are met again and again: those are remembered, so that few places are read at all.

use regex_syntax::hir::Hir;

use super::automaton::{Automaton, DEAD, Front, Node};
use super::nothing::Nothing;
use super::pattern::parsed;
use super::signs::{Needed, needed};
use super::translate::translate;

/// The beginnings of many rules.
pub struct Beginnings {
    /// Of what is told by its first letters.
    prose: Group,
    /// Of what holds a sign that is rare in prose.
    signed: Vec<Signed>,
}

/// Beginnings that are looked for in front of signs.
struct Signed {
    signs: &'static [u8],
    is_sign: [bool; 256],
    /// So many bytes in front of one.
    reach: usize,
    group: Group,
}

/// Beginnings that share an automaton.
struct Group {
    automaton: Automaton,
    /// The rule of each.
    rules: Vec<usize>,
    nothing: Nothing,
}

/// What stands so near to a number is looked for there.
const NEAR: usize = 24;

/// Whether RE2's `\b` takes a byte for a part of a word.
pub const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl Beginnings {
    /// Of numbered patterns in RE2's syntax.
    ///
    /// A word of a list is told from all others by its first letters, and the automaton of such lists seldom goes
    /// further. What begins with any letters follows every word to its end: together with the lists it would make a
    /// state of each beginning of each word.
    pub fn new(patterns: Vec<(usize, String)>) -> Result<Self, String> {
        let mut prose = Vec::new();
        let mut signed: Vec<(Needed, Vec<(usize, Hir)>)> = Vec::new();
        for (rule, pattern) in patterns {
            let pattern = parsed(&translate(&pattern))?;
            let needed = needed(&pattern);
            let near = needed.is_some_and(|needed| needed.reach <= NEAR);
            let Some(needed) = needed.filter(|_| near || lasting(&pattern)) else {
                prose.push((rule, pattern));
                continue;
            };
            match signed.iter_mut().find(|(other, _)| other.signs == needed.signs) {
                Some((other, some)) => {
                    other.reach = needed.reach.max(other.reach);
                    some.push((rule, pattern));
                }
                None => signed.push((needed, vec![(rule, pattern)])),
            }
        }
        let signed = signed.into_iter().map(|(needed, some)| Signed::new(needed, some));
        Ok(Self { prose: Group::new(prose)?, signed: signed.collect::<Result<_, _>>()? })
    }

    /// Calls `tell` with each place and the rule of each beginning that stands there, in the order of the places for
    /// each rule.
    ///
    /// In front of the text and behind it stands a line's end.
    pub fn each(&mut self, text: &[u8], mut tell: impl FnMut(usize, usize)) -> Result<(), String> {
        self.prose.between(text, 0, text.len(), &mut tell)?;
        for signed in &mut self.signed {
            let mut done = 0;
            while let Some(sign) = signed.next(&text[done..]) {
                let sign = done + sign;
                signed.group.between(text, done.max(sign.saturating_sub(signed.reach)), sign + 1, &mut tell)?;
                done = sign + 1;
            }
        }
        Ok(())
    }
}

impl Signed {
    fn new(needed: Needed, some: Vec<(usize, Hir)>) -> Result<Self, String> {
        let is_sign = std::array::from_fn(|byte| needed.signs.contains(&(byte as u8)));
        Ok(Self { signs: needed.signs, is_sign, reach: needed.reach, group: Group::new(some)? })
    }

    /// Where the first sign stands.
    fn next(&self, text: &[u8]) -> Option<usize> {
        match self.signs {
            [sign] => memchr::memchr(*sign, text),
            _ => text.iter().position(|byte| self.is_sign[usize::from(*byte)]),
        }
    }
}

/// Whether what begins so goes on through letters that no word of a list has in a row.
fn lasting(pattern: &Hir) -> bool {
    let Ok(mut automaton) = Automaton::new(std::slice::from_ref(pattern)) else { return false };
    ["qjxzk", "QJXZK", "Qjxzk"].iter().any(|letters| {
        let start = automaton.start(Front::Other);
        let end = letters.bytes().try_fold(start, |node, byte| automaton.next(node, byte));
        end.is_ok_and(|node| node != DEAD)
    })
}

impl Group {
    fn new(some: Vec<(usize, Hir)>) -> Result<Self, String> {
        let (rules, patterns): (Vec<usize>, Vec<Hir>) = some.into_iter().unzip();
        let mut automaton = Automaton::new(&patterns)?;
        let mut begins = [[true; 128]; 2];
        for (front, begins) in [Front::Other, Front::Word].into_iter().zip(&mut begins) {
            for (byte, begins) in (0..).zip(begins) {
                let start = automaton.start(front);
                *begins = automaton.next(start, byte)? != DEAD;
            }
        }
        // Of bytes that are no ASCII nothing is known.
        let nothing = Nothing::new(|front, byte| !byte.is_ascii() || begins[usize::from(front)][usize::from(byte)]);
        Ok(Self { automaton, rules, nothing })
    }

    fn between(
        &mut self,
        text: &[u8],
        begin: usize,
        end: usize,
        tell: &mut impl FnMut(usize, usize),
    ) -> Result<(), String> {
        let mut place = begin;
        if place == 0 && end > 0 {
            // A pattern may say that the text begins here.
            self.read(text, 0, Front::Nothing, tell)?;
            place = 1;
        }
        loop {
            place = self.nothing.pass(text, place, end);
            if place >= end {
                return Ok(());
            }
            let front = is_word(text[place - 1]);
            let read = self.read(text, place, if front { Front::Word } else { Front::Other }, tell)?;
            self.nothing.add(text, place, front, read);
            place += 1;
        }
    }

    /// After how many bytes it was seen that nothing begins at a place; more than there are where something does.
    fn read(
        &mut self,
        text: &[u8],
        place: usize,
        front: Front,
        tell: &mut impl FnMut(usize, usize),
    ) -> Result<usize, String> {
        self.automaton.tidy()?;
        let mut node = self.automaton.start(front);
        // Most often none, or one.
        let mut told: Vec<usize> = Vec::new();
        for (before, byte) in text[place..].iter().enumerate() {
            node = self.automaton.next(node, *byte)?;
            if node == DEAD {
                return Ok(if told.is_empty() { before + 1 } else { usize::MAX });
            }
            self.told(place, node, &mut told, tell);
        }
        // A pattern may say that the text ends here, or ask for something that is no part of a word.
        for pattern in self.automaton.at_end(node)? {
            self.tell(place, pattern, &mut told, tell);
        }
        let line = self.automaton.next(node, b'\n')?;
        self.told(place, line, &mut told, tell);
        for pattern in self.automaton.at_end(line)? {
            self.tell(place, pattern, &mut told, tell);
        }
        Ok(usize::MAX)
    }

    #[inline]
    fn told(&self, place: usize, node: Node, told: &mut Vec<usize>, tell: &mut impl FnMut(usize, usize)) {
        if node.is_match() {
            for &pattern in self.automaton.matches(node) {
                self.tell(place, pattern, told, tell);
            }
        }
    }

    fn tell(&self, place: usize, pattern: usize, told: &mut Vec<usize>, tell: &mut impl FnMut(usize, usize)) {
        if !told.contains(&pattern) {
            told.push(pattern);
            tell(place, self.rules[pattern]);
        }
    }
}
