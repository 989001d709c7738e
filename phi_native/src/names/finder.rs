//! Where in a text are names of people and towns that no title or label announces?

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::casing::is_shouted;
use super::chars::{self, bare, onward};
use super::judge::{Kind, Reading, Span};
use super::lexicon::Lexicon;
use super::lists::{EPONYMOUS, NEVER_NAMES, PARTICLES, STOPS};
use super::parts::Part;
use super::runs::next_capital;

// What a name found adds to others of its text.
const COMPANY: f64 = 1.0;
// How far in front of a name a day of the week begins, or what joins it to another.
const LONGEST_WEEKDAY: usize = 12;
const LONGEST_BOND: usize = 6;
const MOST_ONWARD: usize = 3;

/// A part that did not convince, in the text between two borders.
struct Undecided<'t> {
    segment: usize,
    part: Part<'t>,
    /// Whether other names in the text may make one of it.
    near: bool,
}

impl Lexicon {
    /// Spans of names and towns as code points; the text's own begins at the code point `begin`.
    pub fn find(&self, whole: &str, begin: usize) -> Vec<(usize, usize, Kind)> {
        let whole = whole.as_bytes();
        let signed = self.has_signs(whole);
        // How the text itself is written: in front of it stands a field's name, in small letters.
        let begin = onward(whole, 0, begin);
        let own = &whole[begin..];
        let length = if own.is_ascii() { own.len() } else { chars::count(own) };
        let careless = self.is_careless(own, length, signed);
        let written = if careless {
            Cow::Owned(self.with_capitals(own))
        } else if is_shouted(own) {
            self.calmed(own).map_or(Cow::Borrowed(own), Cow::Owned)
        } else {
            self.with_small_names(own, length)
        };
        let rewritten = *written != *own;
        let source = match written {
            Cow::Owned(written) => Cow::Owned([&whole[..begin], &written].concat()),
            Cow::Borrowed(_) => Cow::Borrowed(whole),
        };
        let spanish = (signed || rewritten) && self.is_spanish(&source);
        as_code_points(&source, &self.spans(&source, careless, spanish))
    }

    fn spans(&self, text: &[u8], careless: bool, spanish: bool) -> Vec<Span> {
        let reading = Reading { careless, company: 0.0 };
        let segmented = text.contains(&0);
        let mut found: Vec<Span> = Vec::new();
        let mut undecided: Vec<Undecided<'_>> = Vec::new();
        let mut family: FxHashSet<(usize, &[u8])> = FxHashSet::default();
        let mut parts: Vec<Part<'_>> = Vec::new();
        let (mut place, mut segment, mut counted) = (0, 0, 0);
        while let Some(start) = next_capital(text, place) {
            let Some(end) = self.run_end(text, start) else {
                place = start + chars::at(text, start).1;
                continue;
            };
            place = end;
            self.parts(text, start, end, spanish, &mut parts);
            if segmented && !parts.is_empty() {
                segment += text[counted..start].iter().filter(|&&byte| byte == 0).count();
                counted = start;
            }
            for part in parts.drain(..) {
                let judged = self.judge(text, &part, reading);
                let Some(span) = judged.span else {
                    undecided.push(Undecided { segment, part, near: judged.is_near(COMPANY) });
                    continue;
                };
                found.push(span);
                if span.kind.is_name() && (part.words.len() > 1 || part.unseen) {
                    let words = part.words.iter().filter(|word| chars::count(word) > 2);
                    family.extend(words.map(|word| (segment, bare(word))));
                }
            }
        }
        let undecided =
            if found.is_empty() { undecided } else { self.repeated(text, &mut found, undecided, &family, careless) };
        self.coupled(text, &mut found, &undecided);
        self.with_family_first(text, &mut found, &undecided);
        found
    }

    /// What names found elsewhere say about parts that did not convince alone; the rest stays undecided.
    fn repeated<'t>(
        &self,
        text: &'t [u8],
        found: &mut Vec<Span>,
        undecided: Vec<Undecided<'t>>,
        family: &FxHashSet<(usize, &'t [u8])>,
        careless: bool,
    ) -> Vec<Undecided<'t>> {
        let names = || found.iter().filter(|span| span.kind.is_name());
        let mut reached: FxHashSet<usize> = names().map(|span| span.end).collect();
        let begun: FxHashSet<usize> = names().map(|span| span.start).collect();
        let mut borders: Vec<usize> = Vec::new();
        if text.contains(&0) {
            borders.extend((0..text.len()).filter(|&place| text[place] == 0));
        }
        let named: FxHashSet<usize> = names()
            .filter(|span| span.kind == Kind::SureName || text[span.start..span.end].contains(&b' '))
            .map(|span| borders.partition_point(|&border| border < span.start))
            .collect();
        let reading = Reading { careless, company: COMPANY };
        let mut left = Vec::new();
        for Undecided { segment, part, near } in undecided {
            if near
                && named.contains(&segment)
                && let Some(span) = self.judge(text, &part, reading).span
            {
                found.push(span);
                reached.insert(span.end);
                continue;
            }
            let again = !part.shouted
                && (part.unseen || part.person >= 1.25)
                && part.words.iter().any(|word| family.contains(&(segment, bare(word))));
            if (again || self.is_joined(text, &part, &reached, &begun))
                && self.person_behind(text, part.end, &self.after(text, part.end), true) >= 0.0
            {
                found.push(Span { start: part.start, end: part.end, kind: Kind::Repeated });
                reached.insert(part.end);
            } else {
                left.push(Undecided { segment, part, near });
            }
        }
        left
    }

    /// Whether a part is one of several names of which another was found.
    fn is_joined(&self, text: &[u8], part: &Part<'_>, reached: &FxHashSet<usize>, begun: &FxHashSet<usize>) -> bool {
        // "Efimiya, Mary and Ariana": one name of a list brings the next.
        let bond = (part.person != 0.0)
            .then(|| self.patterns.joined.within(text, chars::back(text, part.start, LONGEST_BOND), part.start))
            .flatten()
            .filter(|bond| reached.contains(&bond.start));
        let comma = bond.is_some_and(|bond| text[bond.start..bond.end].contains(&b','));
        if bond.is_some() && part.person >= if comma { 2.0 } else { 1.25 } {
            return true;
        }
        if part.shouted || part.words.len() != 1 || !self.is_given(part.words[0]) {
            return false;
        }
        // "Chase and Hunter share a room", where either is found.
        let tie = self.patterns.and.at(text, part.end, text.len());
        tie.is_some_and(|tie| begun.contains(&tie.end)) || (bond.is_some() && !comma)
    }

    /// Finds two subjects of a sentence: "Torpy and Salinas were engineers".
    fn coupled(&self, text: &[u8], found: &mut Vec<Span>, left: &[Undecided<'_>]) {
        for two in left.windows(2) {
            let (first, second) = (&two[0].part, &two[1].part);
            let between = text.get(first.end..second.start).unwrap_or_default();
            if !(between == b" and " || between == b" y ")
                || first.person.min(second.person) < 0.5
                || first.person + second.person < 2.0
            {
                continue;
            }
            let back = self.after(text, second.end);
            if self.person_behind(text, second.end, &back, false) >= 1.0 && self.before(text, first.start).opens {
                for part in [first, second] {
                    found.push(Span { start: part.start, end: part.end, kind: Kind::Name });
                }
            }
        }
    }

    /// Names written "Family, Given": the half that did not convince alone stands beside the one that did.
    fn with_family_first(&self, text: &[u8], found: &mut [Span], left: &[Undecided<'_>]) {
        let alone = |part: &&Part<'_>| part.words.len() == 1;
        let starting = |place: usize| {
            let index = left.binary_search_by_key(&place, |other| other.part.start).ok()?;
            Some(&left[index].part).filter(alone)
        };
        let ending = |place: usize| {
            let index = left.binary_search_by_key(&place, |other| other.part.end).ok()?;
            Some(&left[index].part).filter(alone)
        };
        for span in found.iter_mut().filter(|span| span.kind.is_name()) {
            if text[span.end..].starts_with(b", ")
                && let Some(part) = starting(span.end + 2)
            {
                let closes = matches!(text.get(part.end), None | Some(b'\n' | b'.' | b';' | b'(' | b')' | b':' | b'|'));
                if part.given || (part.person >= 1.0 && !part.unseen) || (part.unseen && closes) {
                    span.end = part.end;
                }
            }
            if let Some(listed) = self.patterns.listed.at(text, span.end, text.len())
                && matches!(text.get(listed.end), None | Some(b'\n' | b'.' | b';' | b'(' | b')' | b' '))
            {
                span.end = listed.end;
            }
            if text[..span.start].ends_with(b", ")
                && let Some(part) = ending(span.start - 2)
                && part.person >= 0.5
                && !text[..part.start].ends_with(b", ")
            {
                span.start = part.start;
            }
        }
    }

    /// A name with the particles in front and the suffix behind; an `announced` one with all capitalised words.
    pub fn widened(&self, text: &[u8], start: usize, end: usize, announced: bool, careless: bool) -> (usize, usize) {
        let (mut start, mut end) = (self.particles(text, start).unwrap_or(start), end);
        let least = chars::back(text, start, LONGEST_WEEKDAY);
        if let Some(weekday) = self.patterns.weekday.within(text, least, start) {
            start = weekday.start;
        }
        for _ in 0..if announced { MOST_ONWARD } else { 0 } {
            let Some(next) = self.patterns.onward.at(text, end, text.len()) else { break };
            if self.lists.of_lower(&text[next.group.0..next.group.1]) & (STOPS | EPONYMOUS) != 0 {
                break;
            }
            end = next.end;
        }
        if careless {
            end = self.onward_in_small_letters(text, end, announced);
        }
        if !text[start..end].contains(&b' ')
            && let Some(borne) = self.patterns.month_borne.at(text, end, text.len())
            && self.is_given(&text[start..end])
        {
            end = borne.group.1;
        }
        for pattern in [&self.patterns.nickname, &self.patterns.suffix] {
            end = pattern.at(text, end, text.len()).map_or(end, |more| more.end);
        }
        (start, end)
    }

    fn onward_in_small_letters(&self, text: &[u8], end: usize, announced: bool) -> usize {
        let Some(next) = self.patterns.onward_lower.at(text, end, text.len()) else { return end };
        let word = &text[next.group.0..next.group.1];
        let flags = self.lists.of(word);
        if flags & PARTICLES != 0
            && let Some(beyond) = self.patterns.onward_lower.at(text, next.end, text.len())
        {
            // "hiroshi van dyke"
            return beyond.end;
        }
        let family =
            self.profile(word, true).is_none_or(|known| known.family() >= 2 && (known.ordinary() < 2 || announced));
        if family && flags & (STOPS | NEVER_NAMES) == 0 { next.end } else { end }
    }
}

/// The same spans counted in code points.
fn as_code_points(text: &[u8], spans: &[Span]) -> Vec<(usize, usize, Kind)> {
    if spans.is_empty() || text.is_ascii() {
        return spans.iter().map(|span| (span.start, span.end, span.kind)).collect();
    }
    let mut places: Vec<usize> = spans.iter().flat_map(|span| [span.start, span.end]).collect();
    places.sort_unstable();
    places.dedup();
    let (mut last, mut count) = (0, 0);
    let counts: Vec<usize> = places
        .iter()
        .map(|&place| {
            count += chars::count(&text[last..place]);
            last = place;
            count
        })
        .collect();
    let counted = |place: usize| places.binary_search(&place).map_or(0, |index| counts[index]);
    spans.iter().map(|span| (counted(span.start), counted(span.end), span.kind)).collect()
}
