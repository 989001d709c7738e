//! Is there a long stretch of bytes of one kind in a text?

/// Looks for so many bytes of a set in a row.
pub struct Stretch {
    members: [bool; 256],
    length: usize,
}

impl Stretch {
    /// Of a pattern like `[A-Za-z0-9+/]{160}`; None where it is of another shape.
    pub fn of(pattern: &str) -> Option<Self> {
        let (class, count) = pattern.strip_prefix('[')?.strip_suffix('}')?.split_once("]{")?;
        let length: usize = count.parse().ok()?;
        if length == 0 || class.contains(['\\', '[', ']', '^']) || !class.is_ascii() {
            return None;
        }
        let bytes = class.as_bytes();
        let mut members = [false; 256];
        let mut index = 0;
        while index < bytes.len() {
            let (last, step) = match bytes.get(index + 1..index + 3) {
                Some([b'-', last]) => (*last, 3),
                _ => (bytes[index], 1),
            };
            for byte in bytes[index]..=last {
                members[usize::from(byte)] = true;
            }
            index += step;
        }
        Some(Self { members, length })
    }

    /// Whether there is one. Reads one byte of so many where there is none.
    pub fn is_in(&self, text: &[u8]) -> bool {
        let mut begin = 0;
        while begin + self.length <= text.len() {
            // From behind: what stands before a byte that is not of the set cannot be part of the stretch.
            match text[begin..begin + self.length].iter().rposition(|byte| !self.members[usize::from(*byte)]) {
                None => return true,
                Some(place) => begin += place + 1,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Stretch;

    #[test]
    fn a_stretch_is_found_wherever_it_stands() {
        let stretch = Stretch::of("[A-Ca0+/]{4}").unwrap();
        assert!(stretch.is_in(b"zzzABa+zz"));
        assert!(stretch.is_in(b"C0+/"));
        assert!(!stretch.is_in(b"ABaxBa0x"));
        assert!(!stretch.is_in(b""));
        for class in ["[A-]{3}", "[-A]{3}", "[A-C-]{3}"] {
            assert!(Stretch::of(class).unwrap().is_in(b"x-A-x"), "{class}");
        }
    }

    #[test]
    fn other_shapes_are_no_stretches() {
        assert!(Stretch::of(r"[/|](?: ){0,1}").is_none());
        assert!(Stretch::of("(?:x){4}").is_none());
    }
}
