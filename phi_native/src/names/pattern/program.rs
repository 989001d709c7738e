//! A pattern as steps that are tried one after the other.

use super::Match;
use super::run::Run;
use super::set::Set;
use super::syntax::{ENDLESS, Node};

/// What is done next.
pub enum Step {
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
pub struct First {
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

    /// Whether a text may go on so at a place.
    #[inline]
    pub fn admits(self, text: &[u8], place: usize, end: usize) -> bool {
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

// All characters beyond ASCII, and the end of the text.
pub const BEYOND: usize = 128;
pub const NOTHING: usize = 129;

/// The branches that may match, by what the text goes on with.
pub struct Table {
    pub lists: Vec<Vec<usize>>,
    pub which: [u16; 130],
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
