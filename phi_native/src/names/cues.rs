//! The patterns of what stands beside names.

use super::lexicon::{Data, of};
use super::pattern::Pattern;

// ", 45M", " (67 y/o", ", a 34-year-old", " DOB 1/2/1960", ", MRN", ", MD".
const IDENTIFIED: &str = concat!(
    r"(?i)\s?[(,/|;-] ?(?:is |was )?(?:an? |who is |age[ds]? |now )?\d{1,3}[ -]?(?:yo?\b|y/?o|yrs?\b",
    r"|years?\b(?! of)|[mf]\b|/[mf]\b|m/?o\b|a[nñ]os)",
    r"|\s(?:is |was )?(?:an? )?\d{1,3}[ -]?(?:yo\b|y/o|[mf]\b|/[mf]\b)",
    r"|\s?[(,/|;-]{0,2}\s?(?:is |was )?(?:an? |now )?(?:\d{1,3}|[a-z]+ty(?:-[a-z]+)?|[a-z]+teen)[ -]?",
    r"(?:year|yr|month|week|day)s?[ -]old",
    r"|\s?[(,/|;-]{0,2}\s?(?:dob|d\.o\.b|date of birth|born on|mrn|m\.r\.n|ssn|medical record|patient id",
    r"|nhs n|nhc|n[ºo°]? ?col|dni)\b",
    r"|\s\((?:(?:rm|room|bed) ?#?\d|aged?:? \d)|, ?(?:rm|room|bed) ?#?\d|,? id ?[#:]? ?\d{4}",
    r"|\s?[(,/|;-] ?(?:m|f|male|female|hombre|mujer|varón),? \d",
);
const DEGREE: &str = concat!(
    r",? ?(?:M\.?D\b|D\.?O\b|R\.?N\b|N\.?P\b|PA-?C\b|DDS|DPM|Ph\.?D|FNP|APRN|LCSW|MBBS|PharmD|DNP|CRNA|LPN",
    r"|FACS|FACP|FRCP|MPH\b|PsyD|DMD|Esq)",
);
const IN_FRONT: &str = concat!(
    r"(?i)(?:\b(?:van|von|der|den|bin|bint|ibn|abu|di|della|dos|st\.?|mc|mac)[ ]|\b(?:de la|de los|de las)",
    r" |\b(?:al|el|ul|ad|as|ar|ash)-|\b[dlo]'|\bM\.[aª] |\bMa\. )+$",
);
// 'Stanislaus "Stan" Kowalczyk', and 'Ignatius ("Iggy")'.
const NICKNAME: &str = concat!(
    r##" (?:["“'(]\w[\w'. -]{1,15}["”')] [^\W\d_a-z][^\W\d_]+(?:-[^\W\d_]+)?(?!\w)"##,
    r##"|\(["“'][^\W\d_][\w'. -]{1,15}["”']\))"##,
);
// "Ann Intern Med 2017;166:818": a journal's name, a year, a volume and a page or an issue, but no hour.
const CITED: &str = concat!(
    r"\.? (?:[A-Z][A-Za-z]*\.? ){0,5}\(?(?:19|20)\d\d\)?(?: [A-Z][a-z]{2}(?: \d{1,2})?)? ?",
    r"; ?(?!\d{1,2}:[0-5]\d(?![\d–-]))\d+[:(]",
);
const INNER_CAPITAL: &str = r"(?:Mc|Mac|O'|D'|L'|De|Di|Da|Du|La|Le|Van|Von|Fitz|St|Del|Al|El|Ben|Abu)[^\W\d_a-zß-öø-ÿ]";
const ONWARD: &str = r" ((?:[^\W\d_a-zß-öø-ÿ](?:\.|[^\W\d_]*(?:['-][^\W\d_]+)*)))(?!\w)";
const ENUMERATED: &str = concat!(
    r"(?:(?:,? (?:and|or) |, |/)[^\W\d_a-z][^\W\d_]+(?:-[^\W\d_]+)*(?:'s)?){1,8} ",
    r"(?:[a-z]+ )?([a-z]{3,}s)\b",
);
const GRADE: &str = r" (?:(?:II|III|IV|VI)[a-dA-D]?\b(?![\w'])|[IV][a-d]?\b(?![\w.']))| \d(?=[.,;)](?:\s|$)|$)";

macro_rules! patterns {
    ($($(#[$note:meta])* $name:ident: $pattern:expr,)*) => {
        /// Each pattern, as the modules of `phi/names` write it.
        pub struct Patterns {
            $($(#[$note])* pub $name: Pattern,)*
        }

        impl Patterns {
            /// With the lists of cues, whose entries are patterns.
            pub fn new(data: &Data) -> Result<Self, String> {
                let cues = |name: &str| of(&data.cues, name).map(|entries| entries.join("|"));
                let prose = |name: &str| of(&data.prose, name).map(|words| words.join("|"));
                $(let $name = ready(stringify!($name), filled($pattern, &cues, &prose)?)?;)*
                Ok(Self { $($name,)* })
            }
        }
    };
}

fn ready(name: &str, pattern: String) -> Result<Pattern, String> {
    Pattern::new(&pattern).map_err(|error| format!("The pattern {name} cannot be read: {error}"))
}

/// A pattern with the lists that it names between `<` and `>`; those of `prose.yml` behind a `=`.
fn filled(
    pattern: &str,
    cues: &impl Fn(&str) -> Result<String, String>,
    prose: &impl Fn(&str) -> Result<String, String>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, onward) = after.split_once("}}").ok_or("A list's name does not end.")?;
        out.push_str(before);
        out.push_str(&match name.strip_prefix('=') {
            Some(name) => prose(name)?,
            None => cues(name)?,
        });
        rest = onward;
    }
    out.push_str(rest);
    Ok(out)
}

patterns! {
    identified: IDENTIFIED,
    degree: DEGREE,
    in_front: IN_FRONT,
    nickname: NICKNAME,
    cited: CITED,
    inner_capital: INNER_CAPITAL,
    onward: ONWARD,
    onward_lower: r" ([^\W\d_]{3,}(?:['-][^\W\d_]+)*)(?!\w)",
    enumerated: ENUMERATED,
    grade: GRADE,
    /// "Dan May has": a month behind a given name, and no day behind the month.
    month_borne: r"( (?:{{month_borne}}))(?:'s\b| (?:{{month_borne_by}})\b)",
    suffix: r",? (?:Jr|Sr|II|III|IV)\b\.?|(?: [A-Z]\.)+",
    /// "Sunday Adeyemi": a day of the week right in front of a name that is found.
    weekday: r"\b(?:{{weekday}}) $",
    town_end: r"(?i) (?:{{=town_endings}})\b",
    in_a_year: r",? (?:of )?(?:19|20)\d\d\b",
    /// Somebody is spoken of in the same sentence: "Jones's case was reviewed; his labs".
    pronoun: r"(?i)[^.?!\n\0]{1,60} (?:{{pronoun}})\b",
    /// "West Jones, 45, has pain", "West Jones (45)".
    of_some_age: r"(?:, | \()\d{1,3}[,)]",
    /// "Major Sims, 69, COPD": an age, where no figure of a list stands in front.
    aged: r", \d{1,3}, (?!\d|and \d)",
    /// A rule, study or scale that bears a town's or an author's name.
    tool: r"(?: [A-Z][\w-]+){0,3} (?:{{tool}})\b",
    /// "Prague C2M4", "Vienna 3"
    edition: r" (?:[A-Z]\d|\d(?![\d/]))",
    postcode: r"\d{4,5}[ ,.-]{1,3}$",
    and: r" (?:and|&|y|e) ",
    joined: r"(?: (?:and|&|or|y|e)|,(?: and| y)?) $",
    /// "Quathonde, Z.": the rest of a name that begins with the family name.
    listed: r",(?: [A-Z]\.?(?![^\W\d_])){1,3}",
    /// "GII.4 Sydney", "H3N2 Sydney": what a virus is called after.
    strain: r"\b(?:G[IV]+\.\d{1,2}|H\dN\d|BA\.\d)(?: |-|/)$",
    /// What is said of people and not of drugs.
    predicate: concat!(
        r" (?:{{copula}}) (?:a |an )?(?:{{meanwhile}})?(?:{{predicate}})\b",
        r"| (?:has|had) (?:(?:{{has_got}})\b|an? (?:{{has_got_a}})\b)",
    ),
    /// What is said of drugs, tests and devices, and not of people.
    of_things: r" (?:{{thing_copula}}) (?:{{thing_meanwhile}})?(?:{{of_things}})\b",
    contact: r"\s?[(<\[]{0,2}(?:[\w.+-]{2,40}@|\+?\(?\d{3}[) .-]{1,2}\d{3})",
    /// What is said to somebody, or by somebody in a dialogue.
    talk: r#"(?i)[:,] ?"?(?:{{talk}})\b"#,
    region: concat!(
        r",? {0,2}(?:(?:{{state_codes}})\b(?!-)|(?:{{states}}",
        r"|{{provinces}}|{{countries}})\b)|,? {0,2}D\.C\.",
    ),
    /// "Mary Smith monitors her glucose"
    does: r" [a-z]+s (?:his|her|their)\b",
    /// One word between the name and what is called after it.
    measured: r" [a-z-]{3,} (?:{{measured}})\b",
    /// "Nguyen INR 4.1", "Kowalski in 14B".
    measures: r" (?:{{measure_of_somebody}})(?: is| of| was|:)? ?[<>]?\d",
    in_bed: r"(?i) in (?:(?:{{bed}}) ?#?\d|\d{1,3}[A-D]\b)",
    /// "bed 3: Trevino", "Room 7 Ramirez wants more", "pt in 12 Mulligan".
    laid: r"(?i)\b(?:(?:{{bed}}) ?#?\d{1,4}[A-Za-z]?|(?:pt|patient) in \d{1,3}[A-Da-d]?)[:,]? ?-? ?$",
}
