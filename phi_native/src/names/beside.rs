//! What do the words around a stretch of text say about it: a person, a place, or the name of a thing?

use super::chars::{self, DECIMAL, LETTER, begins_upper, is, lower, onward};
use super::context::{After, Before};
use super::lexicon::Lexicon;
use super::lists::{
    BELONGINGS, BY_WORDS, CALLING, COMPANIONS, DEALINGS, DETERMINERS, EPONYMOUS, EPONYMOUS_BEFORE, EVERYDAY, Flags,
    HAVING, INTRODUCTIONS, MAYBE_MEASURE, NAMING, OPENINGS, PARTICLES, PATIENTS_THINGS, PLACE_BEFORE, PLACE_LABELS,
    PLACE_NOUNS, PLACE_PREPOSITIONS, PLAIN_TITLES, ROLES, SIGNINGS, SUBJECTS, TELLING, TITLES, VERBS, VISITING,
    WEAK_VERBS,
};

pub const REACH: usize = 40;
pub const OF_A_MEASURE: f64 = 2.0;
pub const OF_A_BED: f64 = 2.0;
pub const OF_AN_AGE: f64 = 2.5;
const LONGEST_BED: usize = 20;
const LONGEST_DEGREE: usize = 12;
const NEXT_TO_NOTHING: [&[u8]; 12] = [b"", b",", b":", b",,", b"-", b"'s", b"=", b"\":", b"!", b"--", b"]:", b";"];

impl Lexicon {
    /// How much what stands in front speaks for a person; 4 alone convinces, and below 0 it speaks against.
    pub fn person_in_front(&self, front: &Before<'_>) -> f64 {
        let (word, gap, flags) = (&front.word[..], front.gap, front.flags);
        if matches!(word, b"de" | b"del" | b"of") && self.second_flags(front) & EPONYMOUS_BEFORE != 0 {
            // "signo de Murphy", "tipo de"
            return -4.0;
        }
        if word.is_empty() || (flags & TELLING == 0 && gap != b"-") {
            return 0.0;
        }
        let stripped = stripped(gap, b" \t\n\"'(*>");
        if gap == b"-" && flags & PARTICLES == 0 {
            return -2.0;
        }
        let lines = gap.contains(&b'\n');
        if (stripped.is_empty() || stripped == b".") && flags & TITLES != 0 && !lines {
            if word == b"miss" && self.second_flags(front) & SUBJECTS != 0 {
                return 0.0;
            }
            return if flags & PLAIN_TITLES != 0 { 2.75 } else { 4.0 };
        }
        if !(NEXT_TO_NOTHING.contains(&stripped) || stripped == b"?") {
            return 0.0;
        }
        if flags & INTRODUCTIONS != 0 && stripped != b"-" {
            // "Given: Maria", but "he is given Plavix".
            if word == b"given" && self.second_flags(front) & HAVING != 0 {
                return 2.0;
            }
            return if front.label || !matches!(word, b"given" | b"family" | b"re") { 3.0 } else { 0.0 };
        }
        if flags & ROLES != 0 && (front.label || !lines) {
            return 2.5;
        }
        if lines && !front.label {
            return 0.0;
        }
        self.dealing(front, stripped)
    }

    /// What a word says that is done to a person, or with one.
    fn dealing(&self, front: &Before<'_>, stripped: &[u8]) -> f64 {
        let (word, flags) = (&front.word[..], front.flags);
        let second = self.second_flags(front);
        if matches!(word, b"is" | b"was" | b"are" | b"to" | b"of" | b"for" | b"es") && second & NAMING != 0 {
            return 3.0;
        }
        if word == b"am" && Self::of_the_writer(front) {
            return 2.0;
        }
        if matches!(word, b"by" | b"por") {
            return if second & (DEALINGS | SIGNINGS) != 0 { 2.75 } else { 1.5 };
        }
        if flags & DEALINGS != 0 {
            let said: [&[u8]; 7] = [b"says", b"said", b"told", b"asked", b"met", b"dijo", b"dice"];
            return if said.contains(&word) { 2.0 } else { 1.5 };
        }
        if matches!(word, b"me" | b"him" | b"her") && second & CALLING != 0 {
            return 3.0;
        }
        if flags & BY_WORDS != 0 && stripped.is_empty() {
            return if second & (COMPANIONS | ROLES) != 0 { 2.0 } else { 0.75 };
        }
        if flags & DETERMINERS != 0 && stripped.is_empty() { -2.0 } else { 0.0 }
    }

    /// How much what stands behind speaks for a person; far below 0 for the names of diseases and tests.
    ///
    /// `named`: what stands in front is somebody's name whose scale or chart this may be, "Wife Wanda pain score 8".
    pub fn person_behind(&self, text: &[u8], end: usize, back: &After<'_>, named: bool) -> f64 {
        // Most of what is asked about is followed by a plain word: then nothing else needs to be looked for.
        let (word, flags) = (&back.word[..], back.flags);
        let plain = back.is_plain();
        let most = onward(text, end, REACH);
        if !(plain && flags & OPENINGS == 0 && !may_count(word)) && self.identified(text, end, most) {
            return 3.0;
        }
        let everyday = named
            && (flags & EVERYDAY != 0
                // "Thandiwe's culture grew nothing", but not "Fisher's test".
                || (back.possessive && flags & PATIENTS_THINGS != 0)
                || (plain && self.patterns.does.is_at(text, end, text.len())));
        if (back.gap == b" " || back.gap == b"-")
            && self.is_eponymous(word, flags)
            && !everyday
            && !(begins_upper(back.written) && self.weigh(back.written, true).person != 0.0)
        {
            return -4.0;
        }
        if plain
            && (self.is_epithet(word) || (word == b"et" && text[end + 3..].starts_with(b" al")) || is_medical(word))
        {
            // "Okamoto et al." is a citation, "Sporothrix schenckii" an organism.
            return -4.0;
        }
        if !named && self.is_describers(text, end, most, flags, plain) {
            return -4.0;
        }
        if back.possessive {
            return if flags & BELONGINGS != 0 { 2.5 } else { 0.5 };
        }
        if plain {
            if flags & VERBS != 0 {
                return 2.0;
            }
            if flags & WEAK_VERBS != 0 {
                if self.patterns.predicate.is_at(text, end, most) {
                    return 2.0;
                }
                return if self.patterns.of_things.is_at(text, end, most) { -1.0 } else { 1.0 };
            }
        }
        if back.gap == b"-" && !word.is_empty() {
            return -2.0;
        }
        if back.gap == b" "
            && flags & MAYBE_MEASURE != 0
            && (self.patterns.measures.is_at(text, end, most) || self.patterns.in_bed.is_at(text, end, most))
        {
            return OF_A_MEASURE;
        }
        if plain && !text[end..most].contains(&b'@') {
            return 0.0;
        }
        if self.patterns.contact.is_at(text, end, most) { 2.0 } else { 0.0 }
    }

    /// Whether an age, a birthday, a number or a degree stands behind.
    fn identified(&self, text: &[u8], end: usize, most: usize) -> bool {
        self.is_identified(text, end, most) || self.patterns.degree.is_at(text, end, onward(text, end, LONGEST_DEGREE))
    }

    /// Whether an age, a birthday or a number stands behind.
    pub fn is_identified(&self, text: &[u8], end: usize, most: usize) -> bool {
        may_identify(text, end, most) && self.patterns.identified.is_at(text, end, most)
    }

    /// Whether a scale is named farther behind, or something that a list of names has described.
    fn is_describers(&self, text: &[u8], end: usize, most: usize, flags: Flags, plain: bool) -> bool {
        if plain && flags & (VERBS | WEAK_VERBS) == 0 && self.patterns.measured.is_at(text, end, most) {
            // "Westley croup score" measures what Westley described.
            return true;
        }
        if !matches!(text.get(end), Some(b' ' | b',' | b'/')) {
            return false;
        }
        // "Fenton, Olsen and Babson charts"
        self.patterns.enumerated.at(text, end, text.len()).is_some_and(|listed| {
            let word = &text[listed.group.0..listed.group.1];
            self.is_eponymous(word, self.lists.of(word))
        })
    }

    /// Whether a word, or its singular, says that the name in front of it is a thing's: "Norwood operations".
    pub fn is_eponymous(&self, word: &[u8], flags: Flags) -> bool {
        flags & EPONYMOUS != 0
            || word.strip_suffix(b"s").is_some_and(|singular| self.lists.of(singular) & EPONYMOUS != 0)
    }

    /// Whether a word in small letters reads like the second word of a species' name: "Sporothrix schenckii".
    pub fn is_epithet(&self, word: &[u8]) -> bool {
        // Endings of the second word of a species' name (International Code of Nomenclature of Prokaryotes, rule 12c):
        // genitives and places have these in no English word, Latin adjectives also look like words of a dictionary.
        const SPECIES: [&[u8]; 6] = [b"ii", b"ensis", b"orum", b"arum", b"oides", b"iae"];
        const LATIN: [&[u8]; 9] = [b"us", b"um", b"is", b"i", b"ae", b"ans", b"ens", b"a", b"es"];
        if word.len() < 5 || !word.is_ascii() {
            return false;
        }
        SPECIES.iter().any(|ending| word.ends_with(ending))
            || (LATIN.iter().any(|ending| word.ends_with(ending)) && self.profile(word, true).is_none())
    }

    /// How much what stands in front speaks for a place.
    pub fn place_in_front(&self, front: &Before<'_>) -> f64 {
        let (word, flags) = (&front.word[..], front.flags);
        if matches!(word, b"de" | b"del" | b"of") && self.second_flags(front) & EPONYMOUS_BEFORE != 0 {
            return -4.0;
        }
        if word.is_empty() || !stripped(front.gap, b" \t\n:\"'(").is_empty() {
            return 0.0;
        }
        if front.label && flags & PLACE_LABELS != 0 {
            return 4.0;
        }
        if flags & PLACE_NOUNS != 0 && front.gap == b" " {
            return 2.25;
        }
        if front.gap.contains(&b'\n') {
            return 0.0;
        }
        let mut weight: f64 = if flags & VISITING != 0 { 2.0 } else { 0.0 };
        if flags & PLACE_PREPOSITIONS != 0 && !front.label {
            let place = if self.second_flags(front) & PLACE_BEFORE != 0 { 3.0 } else { 1.25 };
            weight = weight.max(place);
        }
        weight
    }

    /// Whether a bed or a room with its number stands in front.
    pub fn is_in_a_bed(&self, text: &[u8], start: usize) -> bool {
        if start < 2 {
            return false;
        }
        let last = chars::before(text, start).1;
        let (mark, length) = chars::before(text, start - last);
        (length > 0 && (is(mark, LETTER | DECIMAL) || matches!(mark, ':' | ',' | '-')))
            && self.patterns.laid.within(text, chars::back(text, start, LONGEST_BED), start).is_some()
    }

    /// Whether a state's or country's name stands behind a town.
    pub fn is_region_behind(&self, text: &[u8], end: usize) -> bool {
        self.patterns.region.is_at(text, end, onward(text, end, REACH))
    }
}

fn stripped<'t>(gap: &'t [u8], marks: &[u8]) -> &'t [u8] {
    let mut gap = gap;
    while let [first, rest @ ..] = gap
        && marks.contains(first)
    {
        gap = rest;
    }
    while let [rest @ .., last] = gap
        && marks.contains(last)
    {
        gap = rest;
    }
    gap
}

/// Whether a word may be a number, or the beginning of what tells of one.
fn may_count(word: &[u8]) -> bool {
    word.starts_with(b"n")
        || word.starts_with("ñ".as_bytes())
        || word.windows(2).any(|two| two == b"ty")
        || word.windows(4).any(|four| four == b"teen")
}

/// Whether what an age or a number begins with stands behind some marks: all else the pattern need not be asked.
fn may_identify(text: &[u8], end: usize, most: usize) -> bool {
    let mut place = end;
    while place < most && (b"(,/|;-".contains(&text[place]) || is(chars::at(text, place).0, chars::SPACE)) {
        place += chars::at(text, place).1;
    }
    if place == most || text[place].is_ascii_digit() || text[place] >= 0x80 {
        return place < most;
    }
    let length = text[place..most].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if length == 0 || text.get(place + length).is_some_and(|&byte| byte >= 0x80) {
        return length > 0;
    }
    let word = lower(&text[place..place + length]);
    let known = matches!(
        &word[..],
        b"is"
            | b"was"
            | b"a"
            | b"an"
            | b"who"
            | b"now"
            | b"dob"
            | b"d"
            | b"date"
            | b"born"
            | b"mrn"
            | b"m"
            | b"ssn"
            | b"medical"
            | b"patient"
            | b"nhs"
            | b"nhc"
            | b"dni"
            | b"rm"
            | b"room"
            | b"bed"
            | b"f"
            | b"male"
            | b"female"
            | b"hombre"
            | b"mujer"
    );
    known
        || [&b"age"[..], b"n", b"id", b"rm", b"room", b"bed"].iter().any(|head| word.starts_with(head))
        || may_count(&word)
}

/// What surgeons and pathologists do and see, whoever's name stands in front: "Ivor Lewis esophagectomy".
fn is_medical(word: &[u8]) -> bool {
    const DONE: [&[u8]; 8] = [b"ectom", b"otom", b"ostom", b"plast", b"pex", b"rrhaph", b"oscop", b"graph"];
    const SEEN: [&[u8]; 10] =
        [b"gram", b"itis", b"osis", b"oma", b"omata", b"emia", b"olysis", b"plasia", b"desis", b"centesis"];
    if word.len() < 7 || chars::count(word) <= 6 {
        return false;
    }
    let ends = |word: &[u8], endings: &[&[u8]]| endings.iter().any(|ending| word.ends_with(ending));
    word.strip_suffix(b"y").or_else(|| word.strip_suffix(b"ies")).is_some_and(|stem| ends(stem, &DONE))
        || ends(word, &SEEN)
        || word.strip_suffix(b"s").is_some_and(|stem| ends(stem, &SEEN))
}
