//! A pattern as steps that are tried one after the other, and taken back where they lead nowhere.

use smallvec::SmallVec;

use super::Match;
use super::set::Set;
use super::syntax::{ENDLESS, Node};
use crate::names::chars::{at, before, is_word};

enum Step {
    Byte(u8),
    Set(Set),
    /// As many of a set as there are, and fewer where that leads nowhere; with `all` it never leads anywhere.
    Many {
        set: Set,
        least: usize,
        most: usize,
        all: bool,
    },
    /// One of several branches, by the first byte.
    Branches(Box<Table>),
    /// The next step where the text may go on so, and this one else, or where that leads nowhere.
    Try {
        first: First,
        other: usize,
    },
    Jump(usize),
    GroupStart,
    GroupEnd,
    Border,
    End,
    /// A pattern of its own up to a step, and what follows it.
    Look {
        wanted: bool,
        width: Option<usize>,
        onward: usize,
    },
    Done,
}

/// Which characters something begins with, unless it is empty.
#[derive(Clone, Copy, Default)]
struct First {
    ascii: u128,
    beyond: bool,
    empty: bool,
}

impl First {
    /// Everything where this may be empty: what follows it decides.
    #[inline]
    fn or_what_follows(self) -> Self {
        if self.empty { Self { ascii: u128::MAX, beyond: true, empty: true } } else { self }
    }

    #[inline]
    fn admits(self, text: &[u8], place: usize, end: usize) -> bool {
        if place >= end {
            return self.empty;
        }
        let byte = text[place];
        if byte < 0x80 { self.ascii >> byte & 1 != 0 } else { self.beyond }
    }

    /// Whether nothing begins with the same character as the other, and this is never empty.
    fn excludes(self, other: Self) -> bool {
        !self.empty && self.ascii & other.ascii == 0 && !(self.beyond && other.beyond)
    }

    fn or(self, other: Self) -> Self {
        Self { ascii: self.ascii | other.ascii, beyond: self.beyond || other.beyond, empty: self.empty || other.empty }
    }
}

const BEYOND: usize = 128;
const NOTHING: usize = 129;

/// The branches that may match, by what the text goes on with.
struct Table {
    lists: Vec<Vec<usize>>,
    which: [u16; 130],
}

pub struct Program {
    steps: Vec<Step>,
    first: First,
}

/// The program of a pattern.
pub fn compiled(node: &Node) -> Result<Program, String> {
    let mut program = Program { steps: Vec::new(), first: first(node) };
    program.write(node)?;
    program.steps.push(Step::Done);
    Ok(program)
}

/// What a piece begins with; where it may be empty, that is said too.
fn first(node: &Node) -> First {
    match node {
        Node::Set(set) => First { ascii: set.ascii(), beyond: set.may_take_beyond(), empty: false },
        Node::Sequence(nodes) => first_of(nodes),
        Node::Branches(nodes) => nodes.iter().map(first).fold(First::default(), First::or),
        Node::Repeat { node, least, .. } => {
            let one = first(node);
            First { empty: one.empty || *least == 0, ..one }
        }
        Node::Group(node) => first(node),
        Node::Look { .. } | Node::Border | Node::End => First { empty: true, ..First::default() },
    }
}

fn first_of(nodes: &[Node]) -> First {
    let mut all = First::default();
    for node in nodes {
        let one = first(node);
        all = First { empty: false, ..all.or(one) };
        if !one.empty {
            return all;
        }
    }
    First { empty: true, ..all }
}

impl Program {
    fn write(&mut self, node: &Node) -> Result<(), String> {
        match node {
            Node::Set(set) => self.steps.push(match set.only() {
                Some(byte) => Step::Byte(byte),
                None => Step::Set(set.clone()),
            }),
            Node::Sequence(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    let place = self.steps.len();
                    self.write(node)?;
                    let follows = first_of(&nodes[index + 1..]);
                    if let (Node::Repeat { node, most: ENDLESS, .. }, Step::Many { all, .. }) =
                        (node, &mut self.steps[place])
                    {
                        // What could follow fewer of them is one of them.
                        *all = follows.excludes(first(node));
                    }
                }
            }
            Node::Branches(nodes) => self.write_branches(nodes)?,
            Node::Repeat { node, least, most } => self.write_repeat(node, *least, *most)?,
            Node::Group(node) => {
                self.steps.push(Step::GroupStart);
                self.write(node)?;
                self.steps.push(Step::GroupEnd);
            }
            Node::Look { ahead, wanted, node } => {
                let width = if *ahead { None } else { Some(width(node).ok_or("A look behind has no fixed width.")?) };
                let place = self.steps.len();
                self.steps.push(Step::Done);
                self.write(node)?;
                self.steps.push(Step::Done);
                self.steps[place] = Step::Look { wanted: *wanted, width, onward: self.steps.len() };
            }
            Node::Border => self.steps.push(Step::Border),
            Node::End => self.steps.push(Step::End),
        }
        Ok(())
    }

    fn write_branches(&mut self, nodes: &[Node]) -> Result<(), String> {
        let place = self.steps.len();
        self.steps.push(Step::Done);
        let (mut starts, mut jumps) = (Vec::new(), Vec::new());
        for node in nodes {
            starts.push((self.steps.len(), first(node).or_what_follows()));
            self.write(node)?;
            jumps.push(self.steps.len());
            self.steps.push(Step::Done);
        }
        let onward = self.steps.len();
        for jump in jumps {
            self.steps[jump] = Step::Jump(onward);
        }
        let mut table = Table { lists: Vec::new(), which: [0; 130] };
        for symbol in 0..130 {
            let list: Vec<usize> = starts
                .iter()
                .filter(|(_, first)| match symbol {
                    BEYOND => first.beyond,
                    NOTHING => first.empty,
                    ascii => first.ascii >> ascii & 1 != 0,
                })
                .map(|&(start, _)| start)
                .collect();
            let known = table.lists.iter().position(|other| *other == list);
            table.which[symbol] = known.unwrap_or(table.lists.len()) as u16;
            if known.is_none() {
                table.lists.push(list);
            }
        }
        self.steps[place] = Step::Branches(Box::new(table));
        Ok(())
    }

    fn write_repeat(&mut self, node: &Node, least: usize, most: usize) -> Result<(), String> {
        if let Node::Set(set) = node {
            self.steps.push(Step::Many { set: set.clone(), least, most, all: false });
            return Ok(());
        }
        for _ in 0..least {
            self.write(node)?;
        }
        let first = first(node).or_what_follows();
        if most == ENDLESS {
            if first.empty {
                return Err("What is repeated without end may be empty.".into());
            }
            let place = self.steps.len();
            self.steps.push(Step::Done);
            self.write(node)?;
            self.steps.push(Step::Jump(place));
            self.steps[place] = Step::Try { first, other: self.steps.len() };
            return Ok(());
        }
        let mut places = Vec::new();
        for _ in least..most {
            places.push(self.steps.len());
            self.steps.push(Step::Done);
            self.write(node)?;
        }
        let other = self.steps.len();
        for place in places {
            self.steps[place] = Step::Try { first, other };
        }
        Ok(())
    }

    /// Where the pattern matches that begins at a place and ends before another.
    #[inline]
    pub fn at(&self, text: &[u8], place: usize, end: usize) -> Option<Match> {
        if !self.first.or_what_follows().admits(text, place, end) {
            return None;
        }
        let mut run = Run { steps: &self.steps, text, end, group: (0, 0) };
        let stop = run.from(0, place)?;
        Some(Match { start: place, end: stop, group: run.group })
    }
}

/// How many characters a piece takes, where that is always the same.
fn width(node: &Node) -> Option<usize> {
    match node {
        Node::Set(_) => Some(1),
        Node::Sequence(nodes) => nodes.iter().map(width).sum(),
        Node::Branches(nodes) => {
            let all: Option<Vec<usize>> = nodes.iter().map(width).collect();
            all.filter(|all| all.windows(2).all(|two| two[0] == two[1])).and_then(|all| all.first().copied())
        }
        Node::Repeat { node, least, most } => (least == most).then(|| width(node).map(|one| one * least)).flatten(),
        Node::Group(node) => width(node),
        Node::Look { .. } | Node::Border | Node::End => Some(0),
    }
}

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

struct Run<'a> {
    steps: &'a [Step],
    text: &'a [u8],
    end: usize,
    group: (usize, usize),
}

impl Run<'_> {
    fn from(&mut self, step: usize, place: usize) -> Option<usize> {
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
