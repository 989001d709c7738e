//! Takes the steps of a pattern one after the other, and back where they lead nowhere.

use smallvec::SmallVec;

use super::program::{BEYOND, NOTHING, Step};
use super::set::Set;
use crate::names::chars::{at, before, is_word};

/// What is tried where the last steps led nowhere.
enum Else {
    Step {
        step: usize,
        place: usize,
    },
    /// The branches of a table's list from one on.
    Branch {
        table: usize,
        list: u16,
        next: u16,
        place: usize,
    },
    /// Fewer of a set.
    Fewer {
        step: usize,
        least: usize,
        place: usize,
    },
    Group((usize, usize)),
}

/// One try of a pattern.
pub struct Run<'a> {
    pub steps: &'a [Step],
    pub text: &'a [u8],
    pub end: usize,
    pub group: (usize, usize),
}

impl Run<'_> {
    /// Where the pattern ends that goes on with a step at a place.
    pub fn from(&mut self, step: usize, place: usize) -> Option<usize> {
        let (mut step, mut place) = (step, place);
        let mut others: SmallVec<[Else; 24]> = SmallVec::new();
        loop {
            match self.forward(step, place, &mut others) {
                Ok(end) => return Some(end),
                Err(()) => (step, place) = self.other(&mut others)?,
            }
        }
    }

    /// Takes steps until one is the last, or cannot be taken.
    #[inline]
    fn forward(&mut self, step: usize, place: usize, others: &mut SmallVec<[Else; 24]>) -> Result<usize, ()> {
        let (mut step, mut place) = (step, place);
        loop {
            match &self.steps[step] {
                Step::Byte(byte) => {
                    if place >= self.end || self.text[place] != *byte {
                        return Err(());
                    }
                    place += 1;
                }
                Step::Set(set) => place += self.one(set, place).ok_or(())?,
                Step::Many { set, least, most, all } => {
                    let (mut count, mut reached, mut fewest) = (0, place, place);
                    while count < *most {
                        let Some(length) = self.one(set, reached) else { break };
                        reached += length;
                        count += 1;
                        if count == *least {
                            fewest = reached;
                        }
                    }
                    if count < *least {
                        return Err(());
                    }
                    if reached > fewest && !*all {
                        others.push(Else::Fewer { step: step + 1, least: fewest, place: reached });
                    }
                    place = reached;
                }
                Step::Branches(table) => {
                    let symbol = if place >= self.end { NOTHING } else { usize::from(self.text[place]).min(BEYOND) };
                    let which = table.which[symbol];
                    let list = &table.lists[usize::from(which)];
                    let Some(&start) = list.first() else { return Err(()) };
                    if list.len() > 1 {
                        others.push(Else::Branch { table: step, list: which, next: 1, place });
                    }
                    step = start;
                    continue;
                }
                Step::Try { first, other } => {
                    if first.admits(self.text, place, self.end) {
                        others.push(Else::Step { step: *other, place });
                    } else {
                        step = *other;
                        continue;
                    }
                }
                Step::Jump(onward) => {
                    step = *onward;
                    continue;
                }
                Step::GroupStart => {
                    others.push(Else::Group(self.group));
                    self.group.0 = place;
                }
                Step::GroupEnd => {
                    others.push(Else::Group(self.group));
                    self.group.1 = place;
                }
                Step::Border => {
                    let left = place > 0 && is_word(before(self.text, place).0);
                    let right = place < self.end && is_word(at(self.text, place).0);
                    if left == right {
                        return Err(());
                    }
                }
                Step::End => {
                    if !(place >= self.end || (place + 1 == self.end && self.text[place] == b'\n')) {
                        return Err(());
                    }
                }
                Step::Look { wanted, width, onward } => {
                    let (wanted, onward) = (*wanted, *onward);
                    let start = match width {
                        None => Some(place),
                        Some(width) => self.behind(place, *width),
                    };
                    let found = start.is_some_and(|start| self.from(step + 1, start).is_some());
                    if found != wanted {
                        return Err(());
                    }
                    step = onward;
                    continue;
                }
                Step::Done => return Ok(place),
            }
            step += 1;
        }
    }

    #[inline]
    fn one(&self, set: &Set, place: usize) -> Option<usize> {
        if place >= self.end {
            return None;
        }
        let byte = self.text[place];
        if byte < 0x80 {
            return set.takes_ascii(byte).then_some(1);
        }
        let (c, length) = at(self.text, place);
        set.takes(c).then_some(length)
    }

    fn behind(&self, place: usize, width: usize) -> Option<usize> {
        let mut start = place;
        for _ in 0..width {
            let (_, length) = before(self.text, start);
            if length == 0 {
                return None;
            }
            start -= length;
        }
        Some(start)
    }

    /// The step and the place to go on from where nothing else is left of the last try.
    fn other(&mut self, others: &mut SmallVec<[Else; 24]>) -> Option<(usize, usize)> {
        loop {
            match others.pop()? {
                Else::Step { step, place } => return Some((step, place)),
                Else::Branch { table, list, next, place } => {
                    let Step::Branches(branches) = &self.steps[table] else { return None };
                    let starts = &branches.lists[usize::from(list)];
                    if usize::from(next) + 1 < starts.len() {
                        others.push(Else::Branch { table, list, next: next + 1, place });
                    }
                    return Some((starts[usize::from(next)], place));
                }
                Else::Fewer { step, least, place } => {
                    let fewer = place - before(self.text, place).1;
                    if fewer > least {
                        others.push(Else::Fewer { step, least, place: fewer });
                    }
                    return Some((step, fewer));
                }
                Else::Group(group) => self.group = group,
            }
        }
    }
}
