//! What may the words of a run be: a person's name, a town, or neither?

use smallvec::SmallVec;

use super::chars::{self, UPPER, bare, is, is_letter, is_lower, lower, word_end};
use super::lexicon::Lexicon;
use super::lists::{EPONYMOUS, Flags, MEASURES, REGION_OPENING, STOPS, SUFFIXES, TOWN_ENDINGS, TOWN_OPENING};
use super::runs::GLUED;
use super::words::{PLAIN, Word, rest};

// With a capital in the middle of a name: "José Luis Del Castillo", "María El Kadaoui", "Siobhán Ní Bhriain".
const INSIDE: [&str; 10] = ["De", "Del", "La", "Las", "Los", "El", "Ní", "Nic", "Ó", "Uí"];
const USUAL: u8 = 3;

/// A stretch of a run, `text[start..end]`, that may be a person's name or a town.
pub struct Part<'t> {
    /// Where the run begins.
    pub run: usize,
    pub start: usize,
    pub end: usize,
    pub person: f64,
    pub town: f64,
    /// Tokens but initials and particles.
    pub words: SmallVec<[&'t [u8]; 3]>,
    pub given: bool,
    /// Whether a plain capitalised word of the same run follows or precedes: "Barcelona Clinic".
    pub followed: bool,
    pub led: bool,
    pub unseen: bool,
    pub shouted: bool,
}

struct Token<'t> {
    start: usize,
    end: usize,
    word: Word,
    written: &'t [u8],
    /// The lists that the written word is in, in small letters.
    flags: Flags,
}

type Tokens<'t> = SmallVec<[Token<'t>; 10]>;

impl Lexicon {
    fn tokens<'t>(&self, text: &'t [u8], start: usize, end: usize, spanish: bool) -> Tokens<'t> {
        let mut tokens = Tokens::new();
        let mut place = start;
        while place < end {
            let (c, length) = chars::at(text, place);
            if !is_letter(c) {
                place += length;
                continue;
            }
            let stop = if place + length < end && text[place + length] == b'.' {
                place + length + 1
            } else {
                word_end(text, place, end)
            };
            let mut written = &text[place..stop];
            if let Some(glued) = glue(written) {
                // "al-Hassan": the particle belongs to the name, and its capital comes later.
                written = &written[glued..];
            } else if !is(c, UPPER) || (!tokens.is_empty() && INSIDE.iter().any(|word| word.as_bytes() == written)) {
                place = stop;
                continue;
            }
            let low = lower(written);
            let flags = self.lists.of(&low);
            let word = if low.iter().any(|byte| b".'".contains(byte)) || written.len() == chars::at(written, 0).1 {
                self.weigh(written, spanish)
            } else {
                self.weigh_word(written, &low, flags, spanish)
            };
            tokens.push(Token { start: place, end: stop, word, written, flags });
            place = stop;
        }
        tokens
    }

    /// Adds the parts of a run that deserve a look at what stands around them; none for most runs of clean text.
    ///
    /// `spanish` says that the text is, or may be: its ordinary words count then.
    pub fn parts<'t>(&self, text: &'t [u8], start: usize, end: usize, spanish: bool, found: &mut Vec<Part<'t>>) {
        let mut tokens = self.tokens(text, start, end, spanish);
        if counts(&tokens) {
            for token in &mut tokens {
                if token.word.initial {
                    token.word = PLAIN;
                }
            }
        }
        let mut index = 0;
        while index < tokens.len() {
            if tokens.len() > index + 1 {
                let flags = tokens[index].flags;
                let glued = tokens[index].written.len() != tokens[index].end - tokens[index].start;
                if (flags & REGION_OPENING != 0 || glued)
                    && let Some(region) = self.region(text, &tokens, index)
                {
                    index = region;
                    continue;
                }
                if flags & TOWN_OPENING != 0
                    && let Some((town, next)) = self.town(text, start, &tokens, index, spanish)
                {
                    found.push(town);
                    index = next;
                    continue;
                }
            }
            let word = tokens[index].word;
            if word.plain || (word.initial && tokens.get(index + 1).is_none_or(|next| next.word.plain)) {
                index += 1;
                continue;
            }
            let mut last = index;
            while last + 1 < tokens.len() && !ends(tokens[last].written) && self.continues(&tokens, index, last + 1) {
                last += 1;
            }
            found.extend(self.part(start, &tokens, index, last));
            index = last + 1;
        }
    }

    /// Whether a token belongs to the name that a token before it began.
    fn continues(&self, tokens: &[Token<'_>], first: usize, index: usize) -> bool {
        let (written, word, head) = (tokens[index].written, &tokens[index].word, &tokens[first].word);
        let low = lower(written);
        let stem = bare(&low);
        let flags = if stem.len() == low.len() { tokens[index].flags } else { self.lists.of(stem) };
        if flags & (STOPS | MEASURES) != 0 {
            return false;
        }
        if !word.plain {
            return flags & EPONYMOUS == 0 || (word.person > 0.0 && (head.given || head.maybe_given || head.unseen));
        }
        if flags & EPONYMOUS != 0 {
            return false;
        }
        // "Jennifer Stone": behind a given name comes its family name, whatever else the word means; but only one such
        // word.
        if head.maybe_given && !head.given && index == first + 1 && tokens.len() == 2 {
            // "Summer Fields": words both, and names of somebody if both are.
            let known = self.profile(stem, true);
            return known.is_some_and(|known| known.family() == USUAL) && is_lower(rest(written));
        }
        if !head.given
            || head.person < 2.25
            || chars::count(stem) < 3
            || (index > first + 1 && tokens[index - 1].word.plain)
        {
            return false;
        }
        let small = is_lower(rest(tokens[first].written));
        written
            .split(|&byte| byte == b'-')
            .filter(|piece| chars::count(piece) > 1)
            .all(|piece| is_lower(rest(piece)) == small)
    }

    /// The index behind a state or country of several words that begins at a token.
    fn region(&self, text: &[u8], tokens: &[Token<'_>], index: usize) -> Option<usize> {
        for last in (index + 1..=(index + 3).min(tokens.len() - 1)).rev() {
            let phrase = lower(&text[tokens[index].start..tokens[last].end]);
            if self.region_phrases.contains(bare(&phrase)) {
                // "New York City" is a town.
                let city = tokens.get(last + 1).is_some_and(|next| next.written == b"City");
                return (!city).then_some(last + 1);
            }
        }
        None
    }

    /// A town of several words that begins at a token, and the index behind it.
    fn town<'t>(
        &self,
        text: &'t [u8],
        run: usize,
        tokens: &[Token<'t>],
        index: usize,
        spanish: bool,
    ) -> Option<(Part<'t>, usize)> {
        for last in (index + 1..=(index + 3).min(tokens.len() - 1)).rev() {
            let chosen = &tokens[index..=last];
            let (start, end) = (chosen[0].start, tokens[last].end);
            if !self.gazetteer.is_town(&lower(&text[start..end])) {
                continue;
            }
            // Weighed anew: here single letters count nothing.
            let words: SmallVec<[Word; 4]> = chosen.iter().map(|token| self.weigh(token.written, spanish)).collect();
            // "Van Buren", "San Juan", "Miguel Hidalgo": a town named after somebody.
            let all = words.iter().all(|word| word.person != 0.0);
            let part = Part {
                run,
                start,
                end,
                person: if all { words.iter().map(|word| word.person).sum() } else { 0.0 },
                town: if words.iter().all(|word| word.plain) { 1.5 } else { 2.25 },
                words: chosen.iter().map(|token| token.written).collect(),
                given: words[0].given,
                followed: tokens.get(last + 1).is_some_and(|next| next.word.plain),
                led: index > 0,
                unseen: false,
                shouted: words[0].shouted,
            };
            return Some((part, last + 1));
        }
        None
    }

    fn part<'t>(&self, run: usize, tokens: &[Token<'t>], first: usize, last: usize) -> Option<Part<'t>> {
        let chosen = &tokens[first..=last];
        let mut named: SmallVec<[&Word; 10]> =
            chosen.iter().map(|token| &token.word).filter(|word| !word.initial).collect();
        if named.is_empty() {
            return None;
        }
        let given = named.iter().any(|word| word.given);
        if named.iter().any(|word| !word.plain) {
            named.retain(|word| !word.plain);
        }
        let mut person = together(chosen, &named, given);
        let mut town = 0.0;
        if named.len() <= 3 {
            town = named.iter().map(|word| word.town).fold(f64::MIN, f64::max);
        }
        let plain = tokens.iter().filter(|token| token.word.plain).count();
        if tokens.len() >= 5 && plain * 2 > tokens.len() && !given {
            // A headline: every word has a capital.
            person -= 1.0;
        }
        let (start, mut end) = (chosen[0].start, tokens[last].end);
        if ends(tokens[last].written) {
            end -= 2;
        }
        let mut followed = false;
        if let Some(next) = tokens.get(last + 1) {
            followed = next.flags & TOWN_ENDINGS == 0;
            if followed && self.is_suffix(&lower(next.written)) && (given || named.len() > 1) {
                (person, followed) = (person + 1.0, false);
            }
        }
        Some(Part {
            run,
            start,
            end,
            person,
            town,
            words: chosen.iter().filter(|token| !token.word.initial).map(|token| token.written).collect(),
            given,
            followed,
            led: first > 0,
            unseen: named.iter().any(|word| word.unseen),
            shouted: named.iter().all(|word| word.shouted),
        })
    }

    fn is_suffix(&self, low: &[u8]) -> bool {
        let stops = low.iter().rev().take_while(|&&byte| byte == b'.').count();
        let flags: Flags = self.lists.of(&low[..low.len() - stops]);
        flags & SUFFIXES != 0
    }
}

/// What several words weigh that are written together.
fn together(chosen: &[Token<'_>], named: &[&Word], given: bool) -> f64 {
    let first = &chosen[0].word;
    let mut person: f64 = named.iter().map(|word| word.person).sum();
    if named.len() == 1 && chosen.len() > 1 {
        return person
            + if first.maybe_given && !given {
                // "Summer Fields", and "Summer Camp".
                0.5
            } else if (first.initial && chosen[0].written.ends_with(b".")) || given {
                1.75
            } else {
                1.0
            };
    }
    if named.len() < 2 {
        return person;
    }
    let (head, tail) = (named[0], named[named.len() - 1]);
    let least = if head.person < 1.0 { 1.0 } else { 0.0 };
    if head.given || tail.given || (head.maybe_given && named[1].person > least) {
        person += 1.0;
    } else if named.iter().any(|word| word.unseen) {
        // "Lakhwinder Singh", but not "Transvaginal Doppler".
        let family = head.unseen && tail.person >= 1.0 && !(tail.unseen || tail.eponym);
        person += if family { 0.75 } else { 0.5 };
    }
    if chosen[1..chosen.len() - 1].iter().any(|token| token.word.initial) {
        person += 1.0;
    }
    person
}

/// How long the particle is that is glued to a name.
fn glue(written: &[u8]) -> Option<usize> {
    let found = GLUED.iter().find(|glue| written.starts_with(glue))?;
    let (c, _) = chars::at(written, found.len());
    (is_letter(c) && !c.is_ascii_lowercase()).then_some(found.len())
}

/// Whether single letters count what stands between them: "A. Observation B. Surgery C. Biopsy".
fn counts(tokens: &[Token<'_>]) -> bool {
    let mut letters = tokens.iter().enumerate().filter(|(_, token)| token.word.initial);
    let Some((mut place, mut token)) = letters.next() else { return false };
    for (other, next) in letters {
        let code = |token: &Token<'_>| chars::at(token.written, 0).0 as u32;
        if code(next) == code(token) + 1 && other > place + 1 {
            return true;
        }
        (place, token) = (other, next);
    }
    false
}

fn ends(written: &[u8]) -> bool {
    written.ends_with(b"'s") || written.ends_with(b"'S")
}
