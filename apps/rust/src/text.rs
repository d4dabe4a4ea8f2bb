//! Texts from elsewhere, made fit for a message, a terminal or an MQTT packet.

use std::borrow::Cow;

pub const TOKEN_PREFIX: &str = "tesa_mqtt_";
/// MQTT tells the length of a string in two bytes (3.1.1, 1.5.3; 5, 1.5.4).
pub const MAX_STRING_BYTES: usize = 65_535;
/// How much of a value is shown: enough to know it again.
const MAX_SHOWN: usize = 60;

/// What keeps a text from being sent as an MQTT string; empty if nothing does.
pub fn find_string_problems(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > MAX_STRING_BYTES {
        problems.push(format!("is {} bytes long; MQTT allows {MAX_STRING_BYTES}: shorten it", text.len()));
    }
    if text.contains('\0') {
        problems.push("holds the character U+0000, which MQTT forbids: remove it".into());
    }
    problems
}

/// Complains about line breaks and other control characters; empty if there are none.
pub fn find_control_characters(text: &str) -> Vec<String> {
    if text.chars().any(char::is_control) {
        vec!["has line breaks or other control characters in it: remove them".into()]
    } else {
        Vec::new()
    }
}

/// Characters without a shape of their own, which could turn the direction of writing around, hide something, or act
/// on a terminal: Unicode's Cc and Cf, and the separators of lines and paragraphs.
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

/// A text that cannot act on a terminal: invisible characters become escapes.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_invisible(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// A value for an error message: in quotes, shortened, harmless, without what may be a secret.
pub fn quote_value(text: &str) -> String {
    if text.contains("-----BEGIN") {
        return "\"-----BEGIN ...\"".into();
    }
    let shown = match text.to_ascii_lowercase().find(TOKEN_PREFIX) {
        Some(at) => format!("{}{TOKEN_PREFIX}...", &text[..at]),
        None => text.into(),
    };
    let short: String = shown.chars().take(MAX_SHOWN).collect();
    let dots = if short.len() < shown.len() { "..." } else { "" };
    format!("\"{}{dots}\"", printable(&short))
}

/// A URL as [`quote_value`], without what may be a password or a token in it.
pub fn quote_url(text: &str) -> String {
    if text.contains('@') {
        return "(not shown, since it has an @)".into();
    }
    match text.find(['?', '#']) {
        Some(end) => quote_value(&format!("{}...", &text[..=end])),
        None => quote_value(text),
    }
}

/// A line for standard error, in which whatever looks like a token is cut off.
pub fn redact(text: &str) -> String {
    let mut rest = text;
    let mut safe = String::with_capacity(text.len());
    while let Some(at) = rest.find(TOKEN_PREFIX) {
        let after = at + TOKEN_PREFIX.len();
        safe.push_str(&rest[..after]);
        rest = &rest[after..];
        let end = rest.find(|c: char| !is_token_character(c)).unwrap_or(rest.len());
        if end > 0 {
            safe.push_str("...");
        }
        rest = &rest[end..];
    }
    safe + rest
}

/// `1 message`, `2 messages`
pub fn plural(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The characters that organisations and random parts are made of.
pub fn is_token_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_token_is_cut_off_in_every_line() {
        let line = "a tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001, tesa_mqtt_x and more";
        assert_eq!(redact(line), "a tesa_mqtt_..., tesa_mqtt_... and more");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(|count| plural(count, "gap")), ["0 gaps", "1 gap", "2 gaps"]);
    }

    #[test]
    fn escape_sequences_and_characters_that_turn_the_direction_around_become_visible() {
        assert_eq!(printable("a\u{1b}[2J\u{202e}b"), "a\\u{1b}[2J\\u{202e}b");
    }

    #[test]
    fn a_quoted_value_is_short_and_shows_no_token() {
        assert_eq!(quote_value("x tesa_mqtt_acme_FAKE"), "\"x tesa_mqtt_...\"");
        assert_eq!(quote_value(&"é".repeat(70)).chars().count(), 65);
        assert_eq!(quote_url("wss://h/mqtt?token=FAKE"), "\"wss://h/mqtt?...\"");
    }
}
