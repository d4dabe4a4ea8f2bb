//! The MQTT API token: what one looks like, and a value that never prints it.

use std::fmt;

use crate::error::{Code, Error};
use crate::text::{MAX_STRING_BYTES, TOKEN_PREFIX, is_invisible, is_token_character};

/// How many random characters the platform documents. Published samples have 28, so another number is no error.
const RANDOM_LENGTH: usize = 32;
/// How much of a token of another length is hidden at least: 16 random characters cannot be guessed.
const MIN_HIDDEN: usize = 16;
/// Far more than any example has.
const MAX_PLACEHOLDER: usize = 200;

/// The words that `.env.example` files are made of; longer ones before those that they begin with.
const WORDS: &[&str] = &[
    "organization",
    "organisation",
    "placeholder",
    "characters",
    "replace",
    "example",
    "insert",
    "access",
    "secret",
    "prefix",
    "change",
    "random",
    "string",
    "sample",
    "paste",
    "enter",
    "token",
    "dummy",
    "chars",
    "goes",
    "here",
    "tesa",
    "mqtt",
    "your",
    "todo",
    "keys",
    "with",
    "this",
    "char",
    "the",
    "org",
    "iot",
    "api",
    "key",
    "my",
    "me",
    "32",
    "28",
];

/// An API token. Whatever prints it, prints `tesa_mqtt_acme_...`.
#[derive(Clone)]
pub struct Token {
    text: String,
    organisation: String,
    random_length: usize,
}

impl Token {
    /// Reads a token, as it is: a file's last line break has to be cut off before. No problem shows the token.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let problems = find_token_problems(text);
        if !problems.is_empty() {
            return Err(Error {
                code: Code::Config,
                message: format!("The MQTT API token cannot be used: it {}.", problems.join("; it ")),
                problems: problems.iter().map(|problem| format!("The MQTT API token {problem}.")).collect(),
            });
        }
        let (organisation, random) = split(text);
        Ok(Self { text: text.into(), organisation: organisation.into(), random_length: random.chars().count() })
    }

    /// The token itself, for CONNECT and nothing else.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    pub fn organisation(&self) -> &str {
        &self.organisation
    }

    /// Something about it that is unusual and may be a mistake; never the token.
    pub fn warning(&self) -> Option<String> {
        (self.random_length != RANDOM_LENGTH).then(|| {
            format!(
                "The random part of the MQTT API token has {} characters, where {RANDOM_LENGTH} are usual: if the broker \
                 refuses it, check that it was copied whole.",
                self.random_length
            )
        })
    }

    /// A mark to know it again by, from which it does not follow: 64 of about 190 bits (FNV-1a).
    pub fn fingerprint(&self) -> String {
        let hash = self
            .text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        format!("{hash:016x}")
    }
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{TOKEN_PREFIX}{}_...", self.organisation)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Organisation and random part. Both may hold underscores: the one between them is the one that exactly 32 characters
/// follow; without one, the last that at least 16 follow, and else the first. In doubt, more is taken for secret.
fn split(token: &str) -> (&str, &str) {
    let rest = &token[TOKEN_PREFIX.len()..];
    match organisation_end(rest) {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => ("", rest),
    }
}

fn organisation_end(rest: &str) -> Option<usize> {
    let places: Vec<(usize, usize)> = rest
        .char_indices()
        .filter(|(_, character)| *character == '_')
        .map(|(at, _)| (at, rest[at + 1..].chars().count()))
        .collect();
    let usual = places.iter().find(|(_, after)| *after == RANDOM_LENGTH);
    let hiding = places.iter().rev().find(|(_, after)| *after >= MIN_HIDDEN);
    usual.or(hiding).or(places.first()).map(|(at, _)| *at)
}

/// What is wrong with a text as a token; empty if nothing is known to be. The problems complete a sentence that begins
/// with the token's name, and never show the text.
pub fn find_token_problems(text: &str) -> Vec<String> {
    let bare = text.trim_matches(|c: char| is_quote(c) || is_space(c));
    if bare.is_empty() {
        return vec!["is empty: copy the whole token, from tesa_mqtt_ to its end".into()];
    }
    if bare.contains("...") || bare.contains('\u{2026}') || bare.contains("***") {
        return vec![
            "is shortened for display: copy the whole token; if nobody has it any more, make a new one".into(),
        ];
    }
    if is_placeholder(bare) {
        return vec![
            "is a placeholder: replace it by a token from the Admin UI (Organization Settings > MQTT API Tokens)"
                .into(),
        ];
    }
    let mut problems = find_stray_characters(text);
    problems.extend(find_shape_problem(bare));
    problems
}

/// Whether a text has in it what may well be a token, so that it must not be shown.
pub fn holds_token(text: &str) -> bool {
    text.match_indices(TOKEN_PREFIX).any(|(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|c: char| !is_token_character(c)).unwrap_or(rest.len());
        if end <= TOKEN_PREFIX.len() {
            return false;
        }
        let (_, random) = split(&rest[..end]);
        random.len() == RANDOM_LENGTH || random.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| run.len() >= 16)
    })
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '`' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}')
}

fn is_space(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

fn find_stray_characters(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.contains(is_space) {
        problems.push("has spaces or line breaks in it: remove them".into());
    }
    if text.contains(is_quote) {
        problems.push("has quotes in it: write it without quotes".into());
    }
    if text.contains(|c: char| is_invisible(c) && !is_space(c)) {
        problems.push("has invisible characters in it: copy it again, from another place if that does not help".into());
    }
    if text.len() > MAX_STRING_BYTES {
        problems.push(format!("is {} bytes long: copy the token and no more", text.len()));
    }
    problems
}

fn find_shape_problem(bare: &str) -> Option<String> {
    let problem = match bare.find(TOKEN_PREFIX) {
        None => format!("does not begin with {TOKEN_PREFIX}: copy the whole token, from {TOKEN_PREFIX} to its end"),
        Some(at) if at > 0 => format!("has other characters before {TOKEN_PREFIX}: remove them"),
        Some(_) if bare[1..].contains(TOKEN_PREFIX) => {
            format!("has {TOKEN_PREFIX} in it twice: give one token, once")
        }
        Some(_) => {
            let (organisation, random) = split(bare);
            if !organisation.is_empty() && !random.is_empty() {
                return None;
            }
            format!(
                "is not whole: after {TOKEN_PREFIX} come the organisation, a _ and random characters; copy all of it"
            )
        }
    };
    Some(problem)
}

/// Whether a text stands for a token instead of being one: words in brackets, one character again and again, or nothing
/// but the words that examples are made of.
fn is_placeholder(bare: &str) -> bool {
    if [('<', '>'), ('{', '}'), ('[', ']')].iter().any(|&(open, close)| has_words_in(bare, open, close)) {
        return true;
    }
    let Some(_) = bare.strip_prefix(TOKEN_PREFIX) else {
        return consists_of_words(bare);
    };
    let (_, random) = split(bare);
    let mut characters = random.chars();
    let Some(first) = characters.next() else { return false };
    characters.all(|character| character == first) || consists_of_words(random)
}

fn has_words_in(text: &str, open: char, close: char) -> bool {
    text.split(open).skip(1).any(|part| {
        part.split_once(close)
            .is_some_and(|(inside, _)| inside.chars().all(|c| is_token_character(c) || c.is_whitespace()))
    })
}

fn consists_of_words(text: &str) -> bool {
    if text.len() > MAX_PLACEHOLDER {
        return false;
    }
    let lower = text.to_lowercase();
    // Which prefixes consist of words: the words overlap ("the", "this"), so one greedy pass would not do.
    let mut reached = vec![false; lower.len() + 1];
    reached[0] = true;
    for at in 0..lower.len() {
        if !reached[at] {
            continue;
        }
        let rest = &lower.as_bytes()[at..];
        for word in WORDS {
            if rest.starts_with(word.as_bytes()) {
                reached[at + word.len()] = true;
            }
        }
        if rest[0].is_ascii_whitespace() || matches!(rest[0], b'_' | b'.' | b'-' | b'x') {
            reached[at + 1] = true;
        }
    }
    reached[lower.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_prints_a_token() {
        let token = Token::parse("tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001").expect("it is one");
        assert_eq!(
            format!("{token} {token:?} {:?}", Some(&token)),
            "tesa_mqtt_acme_... tesa_mqtt_acme_... Some(tesa_mqtt_acme_...)"
        );
        assert!(!token.fingerprint().contains("FAKE"));
    }
}
