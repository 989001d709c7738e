//! What a pattern of Python's `re` is made of, as far as the patterns beside names go.

use super::set::Set;

/// A piece of a pattern.
pub enum Node {
    Set(Set),
    Sequence(Vec<Node>),
    /// The first branch that leads to a match counts.
    Branches(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: usize,
        most: usize,
    },
    /// The one group whose place is told.
    Group(Box<Node>),
    Look {
        ahead: bool,
        wanted: bool,
        node: Box<Node>,
    },
    Border,
    End,
}

/// No limit of a repetition.
pub const ENDLESS: usize = usize::MAX;

/// Reads a pattern.
pub fn parsed(pattern: &str) -> Result<Node, String> {
    let (fold, body) = match pattern.strip_prefix("(?i)") {
        Some(body) => (true, body),
        None => (false, pattern),
    };
    let mut parser = Parser { rest: body.chars().collect(), place: 0, fold };
    let node = parser.branches()?;
    if parser.place < parser.rest.len() {
        return Err(format!("A bracket of {pattern} is closed twice."));
    }
    Ok(node)
}

struct Parser {
    rest: Vec<char>,
    place: usize,
    fold: bool,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.place).copied()
    }

    fn takes(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(index, c)| self.rest.get(self.place + index) == Some(&c));
        if found {
            self.place += text.chars().count();
        }
        found
    }

    fn next(&mut self) -> Result<char, String> {
        let c = self.peek().ok_or("A pattern ends too soon.")?;
        self.place += 1;
        Ok(c)
    }

    fn branches(&mut self) -> Result<Node, String> {
        let mut found = vec![self.sequence()?];
        while self.takes("|") {
            found.push(self.sequence()?);
        }
        Ok(if found.len() == 1 { found.remove(0) } else { Node::Branches(found) })
    }

    fn sequence(&mut self) -> Result<Node, String> {
        let mut found = Vec::new();
        while let Some(c) = self.peek() {
            if c == '|' || c == ')' {
                break;
            }
            let node = self.one()?;
            found.push(self.repeated(node)?);
        }
        Ok(Node::Sequence(found))
    }

    fn one(&mut self) -> Result<Node, String> {
        match self.next()? {
            '(' => self.group(),
            '[' => Ok(Node::Set(self.set()?)),
            '$' => Ok(Node::End),
            '.' => Err("A full stop that takes anything is not known here.".into()),
            '\\' => match self.next()? {
                'b' => Ok(Node::Border),
                c => {
                    let mut set = Set::new(self.fold);
                    escaped(&mut set, c)?;
                    Ok(Node::Set(set.made()))
                }
            },
            c => {
                let mut set = Set::new(self.fold);
                set.add(c, c);
                Ok(Node::Set(set.made()))
            }
        }
    }

    fn group(&mut self) -> Result<Node, String> {
        let look = |ahead, wanted| Some((ahead, wanted));
        let (looks, told) = if self.takes("?:") {
            (None, false)
        } else if self.takes("?=") {
            (look(true, true), false)
        } else if self.takes("?!") {
            (look(true, false), false)
        } else if self.takes("?<=") {
            (look(false, true), false)
        } else if self.takes("?<!") {
            (look(false, false), false)
        } else if self.peek() == Some('?') {
            return Err("A group of a kind that is not known here.".into());
        } else {
            (None, true)
        };
        let node = Box::new(self.branches()?);
        if self.next()? != ')' {
            return Err("A bracket is not closed.".into());
        }
        Ok(match looks {
            Some((ahead, wanted)) => Node::Look { ahead, wanted, node },
            None if told => Node::Group(node),
            None => *node,
        })
    }

    fn repeated(&mut self, node: Node) -> Result<Node, String> {
        let (least, most) = match self.peek() {
            Some('?') => (0, 1),
            Some('*') => (0, ENDLESS),
            Some('+') => (1, ENDLESS),
            Some('{') => {
                self.place += 1;
                let least = self.number()?;
                let most = if !self.takes(",") {
                    least
                } else if self.peek() == Some('}') {
                    ENDLESS
                } else {
                    self.number()?
                };
                if self.peek() != Some('}') {
                    return Err("A repetition is not closed.".into());
                }
                (least, most)
            }
            _ => return Ok(node),
        };
        self.place += 1;
        if matches!(self.peek(), Some('?' | '+' | '*')) {
            return Err("Only greedy repetitions are known here.".into());
        }
        Ok(Node::Repeat { node: Box::new(node), least, most })
    }

    fn number(&mut self) -> Result<usize, String> {
        let mut found = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_digit) {
            found.push(c);
            self.place += 1;
        }
        found.parse().map_err(|_| "A repetition has no number.".into())
    }

    fn set(&mut self) -> Result<Set, String> {
        let mut set = Set::new(self.fold);
        if self.takes("^") {
            set.negate();
        }
        loop {
            let first = match self.next()? {
                ']' => break,
                '\\' => {
                    let c = self.next()?;
                    match escape(c) {
                        Some(c) => c,
                        None => {
                            escaped(&mut set, c)?;
                            continue;
                        }
                    }
                }
                c => c,
            };
            let ranged = self.peek() == Some('-') && self.rest.get(self.place + 1).is_some_and(|&c| c != ']');
            if !ranged {
                set.add(first, first);
                continue;
            }
            self.place += 1;
            let last = match self.next()? {
                '\\' => {
                    let c = self.next()?;
                    escape(c).ok_or("A range ends with no character.")?
                }
                c => c,
            };
            set.add(first, last);
        }
        Ok(set.made())
    }
}

/// The character that an escape stands for, if it is one.
fn escape(c: char) -> Option<char> {
    match c {
        'n' => Some('\n'),
        't' => Some('\t'),
        '0' => Some('\0'),
        c if !c.is_alphanumeric() => Some(c),
        _ => None,
    }
}

fn escaped(set: &mut Set, c: char) -> Result<(), String> {
    if let Some(c) = escape(c) {
        set.add(c, c);
        return Ok(());
    }
    set.class(c)
}
