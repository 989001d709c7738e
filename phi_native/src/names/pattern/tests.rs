use super::{Match, Pattern};

fn at(pattern: &str, text: &str, place: usize) -> Option<usize> {
    let found = Pattern::new(pattern).expect("a pattern").at(text.as_bytes(), place, text.len());
    found.map(|found| found.end)
}

#[test]
fn first_branch_that_leads_to_a_match_counts() {
    assert_eq!(at("(?:a|ab)c?", "abc", 0), Some(1));
    assert_eq!(at("(?:a|ab)c", "abc", 0), Some(3));
}

#[test]
fn repetitions_give_back_what_the_rest_needs() {
    assert_eq!(at("[a-z]{2,4}b", "aabb", 0), Some(4));
    assert_eq!(at("(?:ab)*abc", "ababc", 0), Some(5));
    assert_eq!(at("(?:a[bc]){1,2}ab", "abacab", 0), Some(6));
}

#[test]
fn case_is_that_of_python() {
    assert_eq!(at("(?i)in", "İN", 0), Some(3));
    assert_eq!(at("(?i)año", "AÑO", 0), Some(4));
    assert_eq!(at("(?i)[^a]", "A", 0), None);
}

#[test]
fn a_look_behind_sees_what_stands_before_the_place() {
    assert_eq!(at(r"(?<=x)a\b(?!b)", "xa b", 1), Some(2));
    assert_eq!(at(r"(?<=é)a", "éa", 2), Some(3));
    assert_eq!(at(r"\ba", "xa", 1), None);
}

#[test]
fn nothing_is_seen_behind_the_end() {
    let pattern = Pattern::new(r"a(?!b)$").expect("a pattern");
    assert_eq!(pattern.at(b"ab", 0, 1), Some(Match { start: 0, end: 1, group: (0, 0) }));
    assert_eq!(pattern.at(b"ab", 0, 2), None);
}

#[test]
fn a_group_that_led_nowhere_is_forgotten() {
    let pattern = Pattern::new("(?:(a)x|ab)").expect("a pattern");
    assert_eq!(pattern.at(b"ab", 0, 2).map(|found| found.group), Some((0, 0)));
}
