//! How is a pattern of RE2 written for `regex-syntax`?
//!
//! Rules are written in RE2's syntax, whose `\b`, `\d`, `\w` and `\s` know ASCII alone and whose brackets know no sets
//! within sets (<https://github.com/google/re2/wiki/Syntax>). Everything else that rules use is the same.

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\f\r ";

/// The same pattern in the syntax of `regex-syntax`.
pub fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next() {
                Some('b') => out.push_str(r"(?-u:\b)"),
                Some('B') => out.push_str(r"(?-u:\B)"),
                Some(class @ ('d' | 'w' | 's')) => out.push_str(&format!("[{}]", inside(class))),
                Some(class @ ('D' | 'W' | 'S')) => {
                    out.push_str(&format!("[^{}]", inside(class.to_ascii_lowercase())));
                }
                Some(other) => escaped(other, &mut out),
                None => out.push('\\'),
            },
            '[' => {
                out.push('[');
                bracket(&mut rest, &mut out);
            }
            other => out.push(other),
        }
    }
    out
}

fn inside(class: char) -> &'static str {
    match class {
        'd' => DIGIT,
        'w' => WORD,
        _ => SPACE,
    }
}

/// A sign that stands for itself, or an escape that both syntaxes have.
fn escaped(character: char, out: &mut String) {
    // `\<` is the beginning of a word here, and a space is never escaped.
    if !matches!(character, '<' | '>' | ' ') {
        out.push('\\');
    }
    out.push(character);
}

/// The rest of a bracket, behind its first sign.
fn bracket(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    if rest.peek() == Some(&'^') {
        out.push('^');
        rest.next();
    }
    if rest.peek() == Some(&']') {
        out.push_str(r"\]");
        rest.next();
    }
    while let Some(character) = rest.next() {
        match character {
            ']' => {
                out.push(']');
                return;
            }
            '\\' => match rest.next() {
                Some(class @ ('d' | 'w' | 's')) => out.push_str(inside(class)),
                Some(class @ ('D' | 'W' | 'S')) => {
                    out.push_str(&format!("[^{}]", inside(class.to_ascii_lowercase())));
                }
                Some('b') => out.push_str(r"\x08"),
                Some(other) => escaped(other, out),
                None => out.push('\\'),
            },
            '[' if rest.peek() == Some(&':') => {
                // "[:digit:]"
                out.push('[');
                for inner in rest.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            // Two of these would be an operation on sets.
            '[' | '&' | '~' => {
                out.push('\\');
                out.push(character);
            }
            // What a range ends with may be a sign that would be something else: "+--" is from "+" to "-".
            '-' if rest.peek().is_some_and(|next| *next == '-') => {
                rest.next();
                out.push_str(r"-\-");
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn classes_and_boundaries_know_ascii_alone() {
        assert_eq!(translate(r"\b\d[\w.]\S"), r"(?-u:\b)[0-9][0-9A-Za-z_.][^\t\n\f\r ]");
    }

    #[test]
    fn a_bracket_holds_no_sets() {
        assert_eq!(translate(r"[[(&&~]"), r"[\[(\&\&\~]");
        assert_eq!(translate(r"[]a]"), r"[\]a]");
        assert_eq!(translate(r"[[:digit:]x]"), r"[[:digit:]x]");
        assert_eq!(translate(r"[+--]"), r"[+-\-]");
        assert_eq!(translate(r"[\Wx]"), r"[[^0-9A-Za-z_]x]");
    }
}
