//! Does what stands around a part of a run convince that it is somebody's name, or a town?

use smallvec::SmallVec;

use super::beside::{After, Before, OF_A_BED, OF_A_MEASURE, OF_AN_AGE};
use super::chars::{self, Low, bare, is, is_digit, lower};
use super::lexicon::Lexicon;
use super::lists::{
    ASKING, BELONGINGS, BRANCHES, DESCRIBERS, DOINGS, EPONYMS, Flags, GRADERS, ILLNESSES, LANDFORMS, MODAL,
    MONTHS_BORNE, NEVER_ALONE, NOBODY, OF_A_FAMILY, OF_AN_ILLNESS, ORDERED, ORDERS, PATIENTS_THINGS,
    PLACE_PREPOSITIONS, QUARTERS, VERBS,
};
use super::runs::Part;

const CERTAIN: f64 = 4.5;
pub const ENOUGH: f64 = 3.0;
const OF_A_PRONOUN: f64 = 1.0;
// What what a person does adds to a name that is mostly an eponym.
const OF_A_DEED: f64 = 0.5;
// What a quarter of the sky in front takes away.
const OF_A_QUARTER: f64 = 2.0;
// How far away the next entry of a list begins at most.
const OPTIONS: usize = 160;
// How far in front of a name its particles begin, a postcode and a virus.
const LONGEST_PARTICLES: usize = 24;
const NEAR: usize = 6;
const LONGEST_POSTCODE: usize = 9;
const LONGEST_STRAIN: usize = 8;
// In front of a name and part of it: "van der", "al-", "d'".
const IN_FRONT_ENDS: [&str; 31] = [
    "van ", "von ", "der ", "den ", "bin ", "bint ", "ibn ", "abu ", "di ", "della ", "dos ", "st ", "st. ", "mc ",
    "m.a ", "m.ª ", "ma. ", "mac ", " la ", " los ", " las ", "al-", "el-", "ul-", "ad-", "as-", "ar-", "ash-", "d'",
    "l'", "o'",
];

/// What a span is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A name in prose that is sure.
    SureName = 0,
    /// A name in prose.
    Name = 1,
    /// A family name that is part of a name elsewhere.
    Repeated = 2,
    Town = 3,
}

impl Kind {
    pub fn is_name(self) -> bool {
        self != Self::Town
    }
}

/// What judging a part said: its span, or how much it weighed in the end.
pub struct Judgement {
    pub span: Option<Span>,
    person: f64,
    town: f64,
}

impl Judgement {
    const NOTHING: Self = Self { span: None, person: f64::NEG_INFINITY, town: f64::NEG_INFINITY };

    /// Whether the weight of company could have made a difference: it counts once, and may let a pronoun count.
    pub fn is_near(&self, company: f64) -> bool {
        const SLACK: f64 = 1e-6;
        self.person + company + OF_A_PRONOUN > ENOUGH - SLACK || self.town + company > ENOUGH - SLACK
    }
}

/// A stretch of a text, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
}

/// How a text is read: in a `careless` one a word of no list is more likely a slip than a name. `company` is the weight
/// of names that were found in the same text: where one person is named, others are.
#[derive(Clone, Copy)]
pub struct Reading {
    pub careless: bool,
    pub company: f64,
}

/// What stands around a part, looked up once.
struct Scene<'t, 'p> {
    text: &'t [u8],
    part: &'p Part<'t>,
    reading: Reading,
    start: usize,
    end: usize,
    /// Where the name's particles begin.
    head: usize,
    front: Before<'t>,
    back: After<'t>,
    first: Low<'t>,
    first_flags: Flags,
    one: bool,
}

/// What a part weighs as a person, with what stands on both sides.
struct Weight {
    person: f64,
    ahead: f64,
    behind: f64,
    start: usize,
}

impl Lexicon {
    /// The span of a part of a run, if what stands around it convinces.
    pub fn judge<'t>(&self, text: &'t [u8], part: &Part<'t>, reading: Reading) -> Judgement {
        let (start, end) = (part.start, part.end);
        if text.get(end) == Some(&b' ')
            && is(chars::at(text, end + 1).0, chars::UPPER)
            && self.patterns.tool.is_at(text, end, text.len())
        {
            // "San Francisco Syncope Rule"
            return Judgement::NOTHING;
        }
        let one = part.words.len() == 1;
        let first = lower(part.words[0]);
        let first_flags = self.lists.of(&first);
        if one && self.is_no_name(text, start, end, first_flags) {
            return Judgement::NOTHING;
        }
        let particle = self.particle(text, start);
        let head = particle.unwrap_or(start);
        let front = self.before(text, head);
        let back = self.after(text, end);
        let mut scene = Scene { text, part, reading, start, end, head, front, back, first, first_flags, one };
        let (person, town) = self.alone(&scene);
        let mut judged = Judgement::NOTHING;
        if person != 0.0 && (person > 0.5 || !one || scene.front.flags & PLACE_PREPOSITIONS == 0) {
            let weight = self.weight(&scene, person, particle.is_some());
            judged.person = weight.person;
            judged.span = self.named(&scene, &weight);
            if judged.span.is_some() {
                return judged;
            }
            scene.start = weight.start;
        }
        if town != 0.0 {
            (judged.span, judged.town) = self.located(scene, town);
        }
        judged
    }

    /// Where the particles of a name begin that begins at a place.
    fn particle(&self, text: &[u8], start: usize) -> Option<usize> {
        if start == 0 || !matches!(text[start - 1], b' ' | b'-' | b'\'') {
            return None;
        }
        ends_with_a_particle(&text[chars::back(text, start, NEAR)..start])
            .then(|| self.particles(text, start))
            .flatten()
    }

    /// The same where a line may end in between.
    pub fn particles(&self, text: &[u8], start: usize) -> Option<usize> {
        if start == 0 || !matches!(text[start - 1], b' ' | b'-' | b'\'' | b'\n') {
            return None;
        }
        let near = &text[start.saturating_sub(NEAR)..start];
        if near.is_ascii() && text[start - 1] != b'\n' && !ends_with_a_particle(near) {
            return None;
        }
        let found = self.patterns.in_front.within(text, chars::back(text, start, LONGEST_PARTICLES), start);
        found.map(|found| found.start)
    }

    /// What the part weighs as a person and as a town before anything beside it is asked.
    fn alone(&self, scene: &Scene<'_, '_>) -> (f64, f64) {
        let (mut person, mut town) = (scene.part.person, scene.part.town);
        if scene.first_flags & LANDFORMS != 0 {
            // "Lake Victoria": no person, and no town unless somebody lives there.
            (person, town) = (0.0, town - 0.5);
        } else if town != 0.0 && scene.first_flags & MONTHS_BORNE != 0 {
            town = 0.0;
        } else if !scene.one && scene.first_flags & QUARTERS != 0 {
            let behind = self.person_behind(scene.text, scene.end, &scene.back, false);
            if self.person_in_front(&scene.front) < 2.5
                && behind < 2.0
                && !self.patterns.of_some_age.is_at(scene.text, scene.end, scene.text.len())
            {
                person = (person - OF_A_QUARTER).max(0.0);
            }
        }
        (person, town)
    }

    /// The span of a part that is somebody's name.
    fn named(&self, scene: &Scene<'_, '_>, weight: &Weight) -> Option<Span> {
        let Scene { text, end, front, .. } = scene;
        let (text, end) = (*text, *end);
        if weight.person < ENOUGH || (weight.ahead < 2.5 && self.patterns.cited.is_at(text, end, text.len())) {
            return None;
        }
        let announced = weight.ahead >= 2.5;
        let (start, mut end) = self.widened(text, weight.start, end, announced, scene.reading.careless);
        if front.flags & PLACE_PREPOSITIONS != 0
            && let Some(more) = self.patterns.town_end.at(text, end, text.len())
        {
            end = more.end;
        }
        let sure = weight.person >= CERTAIN || weight.ahead + weight.behind >= 1.5;
        Some(Span { start, end, kind: if sure { Kind::SureName } else { Kind::Name } })
    }

    fn weight(&self, scene: &Scene<'_, '_>, person: f64, glued: bool) -> Weight {
        let Scene { text, part, start, end, front, back, one, first_flags, reading, .. } = scene;
        let (text, start, end, one, first_flags) = (*text, *start, *end, *one, *first_flags);
        let ahead = self.person_in_front(front);
        let alone: &[u8] = if one { bare_of(&scene.first, part.words[0]) } else { b"" };
        let alone_flags = if one { self.lists.of(alone) } else { 0 };
        let eponym = alone_flags & EPONYMS != 0;
        let named = !one || ahead >= 2.5 || (part.given && !eponym && alone_flags & DESCRIBERS == 0);
        let mut behind = self.person_behind(text, end, back, named);
        if behind < -2.0 && part.given && !one && back.flags & PATIENTS_THINGS != 0 {
            // "Ryan Fernandes points out", "Maria Lopez test results", but not "Ivor Lewis esophagectomy".
            behind = -1.0;
        }
        if behind < -2.0 && back.possessive && part.given && !one && !self.has_eponym(part) {
            // "Sven Haugen's anemia"
            behind = 0.5;
        }
        let mut person = person + (ahead + behind);
        if glued {
            // "St. George's Respiratory Questionnaire" is named after nobody who could be treated.
            let saint = lower(&text[scene.head..chars::onward(text, scene.head, 2)]);
            person += if &saint[..] == b"st" { -2.0 } else { 0.75 };
        }
        if reading.company != 0.0
            && !part.shouted
            && behind > -2.0
            && ahead > -1.0
            && (part.person > 1.25 || ahead + behind > 1.0)
        {
            person += reading.company;
        }
        if part.shouted && one && ahead.max(behind) < 2.5 {
            // Amid other words capitals alone are what abbreviations are written in, "ELISA" too.
            person -= if part.unseen { 2.0 } else { 1.0 };
        }
        if one && first_flags & MONTHS_BORNE != 0 {
            // "Before April 1997", "in May".
            person -= if self.patterns.in_a_year.is_at(text, end, text.len()) {
                4.0
            } else if ahead.max(behind) < 2.0 {
                1.5
            } else {
                0.0
            };
        }
        if front.opens && text.get(start + chars::at(text, start).1) == Some(&b'.') && is_option(text, start) {
            // "A. Quathonde", "B. Observation": a letter of a list, and no initial.
            person -= 1.75;
        }
        if part.followed && !part.given && behind < OF_A_MEASURE {
            person -= 1.0;
        }
        if !one && front.flags & ASKING != 0 && part.unseen {
            // "Can Zelmira Quathonde get the vaccine?"
            person += 1.0;
        }
        let weight = Weight { person, ahead, behind, start };
        self.asked(scene, self.of_an_eponym(scene, weight, alone, alone_flags))
    }

    /// What a name adds or loses that things are called by, or that is a family's.
    fn of_an_eponym(&self, scene: &Scene<'_, '_>, weight: Weight, alone: &[u8], alone_flags: Flags) -> Weight {
        let Scene { text, part, end, front, back, .. } = scene;
        let (text, end) = (*text, *end);
        let Weight { mut person, ahead, behind, start } = weight;
        let eponym = alone_flags & EPONYMS != 0;
        if eponym {
            let spoken_of = || self.patterns.pronoun.is_at(text, end, text.len());
            if back.possessive
                && (front.gap == b", " || (ahead < 2.5 && is_had(alone_flags, back.flags) && !spoken_of()))
            {
                // "Her sister, Graves'; her father, Addison's", "my Crohn's symptoms": what they have.
                person -= 3.0;
            } else if ends_with_a_letter(text, end) {
                // "Weber B"
                person -= 1.5;
            } else if behind >= 2.0 && back.gap == b" " && alone_flags & NOBODY == 0 && (front.opens || spoken_of()) {
                // "Haldane was seen today": no test is seen, says or needs anything.
                person += OF_A_DEED;
            }
        } else if front.opens && behind >= 2.0 && back.flags & VERBS != 0 && self.is_usual_family(alone) {
            // "Rivers wants to leave"
            person += OF_A_DEED;
        }
        let personal = part.given && !eponym && alone_flags & (DESCRIBERS | GRADERS) == 0;
        if !alone.is_empty()
            && ahead < 2.5
            && !personal
            && let Some(grade) = self.patterns.grade.at(text, end, text.len())
        {
            person -= if self.is_identified(text, grade.end, text.len()) { 0.0 } else { 2.0 };
        }
        if &front.word[..] == b"the" && part.person >= 1.0 && !part.unseen && back.flags & OF_A_FAMILY != 0 {
            // "The Martinez baby", but not "the Janus family of kinases".
            let plain = back.gap == b" " && !text[end + 1 + back.written.len()..].starts_with(b" of");
            person = if plain { person.max(ENOUGH) } else { person };
        }
        Weight { person, ahead, behind, start }
    }

    /// What a question, an age, a bed or a measure adds, and who speaks.
    fn asked(&self, scene: &Scene<'_, '_>, weight: Weight) -> Weight {
        let Scene { text, part, end, front, back, first_flags, one, reading, .. } = scene;
        let (text, end, one, first_flags) = (*text, *end, *one, *first_flags);
        let Weight { mut person, ahead, behind, mut start } = weight;
        let first = &scene.first[..];
        let given = || self.is_given(part.words[0]);
        if !one && &front.word[..] == b"for" && &back.word[..] == b"to" {
            // "Is it safe for Zelmira Quathonde to take warfarin?"
            person += 1.5;
        }
        let borne = !one && matches!(first, b"mark" | b"bill" | b"grant");
        if front.opens && first_flags & MODAL != 0 && !borne && behind < 1.0 {
            person -= 1.5;
            if part.words.len() == 2 && back.flags & DOINGS != 0 && self.is_given(part.words[1]) {
                // "Can Joy get the vaccine": the question is no part of the name.
                person += 3.0;
                start += place_of(part.words[1], &text[start..]);
            }
        }
        if front.opens && (part.given || part.unseen) && self.patterns.talk.is_at(text, end, text.len()) {
            person += 1.75;
        }
        if reading.careless && part.unseen && !part.given {
            person -= 0.75;
        }
        if &front.word[..] == b"v" && (front.gap == b". " || front.gap == b" ") {
            // "Roe v. Wade"
            person -= 2.0;
        }
        if front.flags & ASKING != 0 && back.gap == b" " && back.flags & DOINGS != 0 && given() {
            // "Can Joy get the vaccine", but not "Can Young women get it".
            person += 1.5;
        }
        if (2.0..ENOUGH).contains(&person)
            && (if front.opens { behind >= 1.0 } else { front.flags & ASKING != 0 })
            && behind > -1.0
            && given()
            && self.patterns.pronoun.is_at(text, end, text.len())
        {
            // "Joy gets dizzy after her pill": a sentence that goes on about somebody.
            person += OF_A_PRONOUN;
        }
        if self.patterns.aged.is_at(text, end, text.len()) && given() {
            // "Major Sims, 69, COPD"
            person += OF_AN_AGE;
        }
        if !part.shouted && self.is_in_a_bed(text, start) {
            // "bed 3: Trevino", "Room 7 Ramirez wants more"
            person += OF_A_BED;
        }
        if &front.word[..] == b"for" && part.person >= 1.5 {
            let after = chars::at(text, end).1;
            let figure = after > 0 && is_digit(chars::at(text, end + after).0);
            if text.get(end) == Some(&b':') || (figure && self.second_flags(front) & BELONGINGS != 0) {
                // "Vitals for Kowalewski: 88/40", "INR for Kowalewski 4.1"
                person += 1.0;
            }
        }
        Weight { person, ahead, behind, start }
    }

    /// The span of a part that is a town's name, and what it weighs as one.
    fn located(&self, scene: Scene<'_, '_>, town: f64) -> (Option<Span>, f64) {
        let Scene { text, part, reading, mut start, mut end, head, front, mut back, .. } = scene;
        let mut town = town;
        if let Some(more) = self.patterns.town_end.at(text, end, text.len()) {
            end = more.end;
            back = self.after(text, end);
            town += if part.unseen && front.flags & PLACE_PREPOSITIONS != 0 { 0.75 } else { 0.0 };
        }
        let mut place = self.place_in_front(&front);
        if place < ENOUGH && part.led && text[part.run..end].iter().filter(|&&byte| byte == b' ').count() <= 3 {
            // "in Store Quathonde": the town's name began with an ordinary word.
            let opening = self.place_in_front(&self.before(text, part.run));
            if opening >= ENOUGH {
                (place, start) = (opening, part.run);
            }
        }
        if front.gap == b", "
            && !front.word.is_empty()
            && is(chars::before(text, head - 2).0, chars::LOWER)
            && matches!(text.get(end), None | Some(b'.' | b'\n' | b',' | b';' | b')'))
        {
            // "Lakeview Clinic, Quathonde."
            place += 1.0;
        }
        if !(reading.careless && part.unseen) && self.is_behind_a_postcode(text, start) {
            place += 2.0;
        }
        if place != 0.0 && reading.company != 0.0 && !part.shouted {
            place += reading.company;
        }
        if back.gap == b" "
            && back.flags & BRANCHES != 0
            && matches!(&front.word[..], b"the" | b"our" | b"her" | b"his" | b"my" | b"your")
        {
            town += 2.0;
        }
        let region = self.is_region_behind(text, end);
        town += place + if region { 2.0 } else { 0.0 };
        if (back.gap == b" " || back.gap == b"-")
            && (self.is_eponymous(&back.word, back.flags) || self.is_epithet(&back.word))
        {
            town -= 4.0;
        }
        if (part.followed && !(place != 0.0 && region))
            || (place == 0.0 && self.patterns.edition.is_at(text, end, text.len()))
        {
            town -= 1.5;
        }
        if back.gap == b"-" && !back.word.is_empty() {
            town -= 2.0;
        }
        ((town >= ENOUGH).then_some(Span { start, end, kind: Kind::Town }), town)
    }

    fn is_behind_a_postcode(&self, text: &[u8], start: usize) -> bool {
        start > 0
            && matches!(text[start - 1], b' ' | b',' | b'.' | b'-' | b'\n')
            && self.patterns.postcode.within(text, chars::back(text, start, LONGEST_POSTCODE), start).is_some()
    }

    /// Whether a word is an order ("Pat dry"), whoever is the youngest ("Baby is"), or names a virus.
    fn is_no_name(&self, text: &[u8], start: usize, end: usize, flags: Flags) -> bool {
        if flags & NEVER_ALONE != 0 {
            return self.person_in_front(&self.before(text, start)) <= 2.0;
        }
        if flags & ORDERS != 0 && text.get(end) == Some(&b' ') && self.after(text, end).flags & ORDERED != 0 {
            return self.before(text, start).opens;
        }
        if start < 2 || !matches!(text[start - 1], b' ' | b'-' | b'/') {
            return false;
        }
        is_digit(chars::before(text, start - 1).0)
            && self.patterns.strain.within(text, chars::back(text, start, LONGEST_STRAIN), start).is_some()
    }

    /// Whether a word is a usual given name, whatever else it means.
    pub fn is_given(&self, word: &[u8]) -> bool {
        self.profile(bare(&lower(word)), true).is_some_and(|known| known.given() >= 2)
    }

    fn is_usual_family(&self, word: &[u8]) -> bool {
        !word.is_empty() && self.profile(word, true).is_some_and(|known| known.family() == 3)
    }

    fn has_eponym(&self, part: &Part<'_>) -> bool {
        part.words.iter().any(|word| self.lists.of(bare(&lower(word))) & EPONYMS != 0)
    }
}

/// Whether what stands right in front of a name may be a part of it.
fn ends_with_a_particle(near: &[u8]) -> bool {
    let near = lower(near);
    IN_FRONT_ENDS.iter().any(|end| near.ends_with(end.as_bytes()))
}

/// `word.removesuffix("'s").lower()` of a word whose small letters are known.
fn bare_of<'l>(low: &'l [u8], word: &[u8]) -> &'l [u8] {
    if word.ends_with(b"'s") { &low[..low.len() - 2] } else { low }
}

/// Whether what belongs to a name may be an illness's: "Crohn's symptoms", but not "Wilson's potassium".
fn is_had(eponym: Flags, belonging: Flags) -> bool {
    belonging & BELONGINGS == 0 || (belonging & OF_AN_ILLNESS != 0 && eponym & ILLNESSES != 0)
}

/// "Weber B"
fn ends_with_a_letter(text: &[u8], end: usize) -> bool {
    let (last, length) = chars::before(text, end);
    is(last, chars::UPPER) && chars::before(text, end - length).0 == ' ' && text.get(end) != Some(&b'.')
}

/// Where a word stands in a text that holds it.
fn place_of(word: &[u8], text: &[u8]) -> usize {
    text.windows(word.len()).position(|piece| piece == word).unwrap_or(0)
}

/// Whether the letter at `start` counts the entries of a list: its neighbour in the alphabet counts another.
fn is_option(text: &[u8], start: usize) -> bool {
    let letter = chars::at(text, start).0 as u32;
    let near = &text[chars::back(text, start, OPTIONS)..chars::onward(text, start, OPTIONS)];
    [letter.wrapping_sub(1), letter + 1]
        .into_iter()
        .filter_map(char::from_u32)
        .filter(|&other| is(other, chars::ALPHA))
        .any(|other| {
            ['\n', ' '].iter().any(|before| {
                let entry: SmallVec<[u8; 8]> = format!("{before}{other}. ").into_bytes().into();
                near.windows(entry.len()).any(|piece| piece == &entry[..])
            })
        })
}
