//! Writes a message as one line for people.

use std::fmt::Write as _;

use crate::telemetry::{Format, Reading, Scalar, Telemetry};
use crate::text::printable;

/// A device's clock that is off by more than this is worth a mark.
const CLOCK_TOLERANCE_MS: i64 = 60_000;
/// Less than this shows nothing of a value.
const MIN_COLUMNS: usize = 40;
const HEX_BYTES: usize = 16;
/// A payload may have 10 MB; a terminal shows none of that.
const MAX_SHOWN_BYTES: usize = 4_096;

/// One line, never wider than the terminal. What a device sent cannot act on the terminal. The time is UTC.
pub fn to_line(message: &Telemetry<'_>, columns: usize) -> String {
    let name = message.device_id.unwrap_or(&message.arrival.topic);
    let mut line = format!("{}  {}", clock(message.arrival.received_at), column(name, 20));
    if let Some(sensor) = message.sensor {
        let _ = write!(line, "  {}", column(sensor, 18));
    }
    for reading in &message.readings {
        let _ = write!(line, "  {}", show(reading, message.sensor));
    }
    if message.readings.is_empty() {
        let _ = write!(line, "  {}", show_payload(message));
    }
    for mark in marks(message) {
        let _ = write!(line, "  [{mark}]");
    }
    // The last column stays free: some terminals wrap as soon as it is written.
    cut(&line, columns.max(MIN_COLUMNS) - 1)
}

fn clock(epoch_ms: i64) -> String {
    let of_day = epoch_ms.rem_euclid(86_400_000);
    let (seconds, ms) = (of_day / 1_000, of_day % 1_000);
    format!("{:02}:{:02}:{:02}.{ms:03}Z", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn show(reading: &Reading, topic_sensor: Option<&str>) -> String {
    let mut text = String::new();
    if Some(reading.sensor.as_str()) != topic_sensor {
        let _ = write!(text, "{} ", printable(beginning(&reading.sensor, 200)));
    }
    match &reading.value {
        Scalar::Null => text.push_str("null"),
        Scalar::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Scalar::Whole(value) => text.push_str(&value.to_string()),
        Scalar::Number(value) => text.push_str(&value.to_string()),
        Scalar::Text(value) => text.push_str(&printable(beginning(value, MAX_SHOWN_BYTES))),
    }
    if let Some(unit) = &reading.unit {
        let _ = write!(text, " {}", printable(beginning(unit, 200)));
    }
    text
}

fn show_payload(message: &Telemetry<'_>) -> String {
    let payload = &message.arrival.payload;
    if payload.is_empty() {
        return "(empty)".into();
    }
    let shown = &payload[..payload.len().min(MAX_SHOWN_BYTES)];
    match message.format {
        Format::Binary => {
            let hex: Vec<String> = shown.iter().take(HEX_BYTES).map(|byte| format!("{byte:02x}")).collect();
            format!("[{} bytes, not text] {}", payload.len(), hex.join(" "))
        }
        Format::Text => format!("[not JSON] {}", printable(&String::from_utf8_lossy(shown))),
        Format::Json => printable(&String::from_utf8_lossy(shown)).into_owned(),
    }
}

fn marks(message: &Telemetry<'_>) -> Vec<String> {
    let mut marks = Vec::new();
    if message.arrival.retained {
        marks.push("retained".into());
    }
    let late_ms = message.timestamp.map_or(0, |time| message.arrival.received_at - time);
    if late_ms > CLOCK_TOLERANCE_MS {
        marks.push(format!("late {}", roughly(late_ms)));
    }
    if late_ms < -CLOCK_TOLERANCE_MS {
        marks.push(format!("ahead {}", roughly(-late_ms)));
    }
    marks.extend(message.warnings.iter().map(|warning| {
        match *warning {
            "topic-unexpected" => "unexpected topic",
            "device-mismatch" => "names another device",
            "timestamp-assumed-utc" => "UTC assumed",
            "timestamp-unreadable" => "unreadable time",
            "precision-lost" => "digits lost",
            "number-out-of-range" => "number out of range",
            other => other,
        }
        .to_owned()
    }));
    marks
}

fn roughly(ms: i64) -> String {
    for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000)] {
        if ms >= size {
            return format!("{} {unit}", ms / size);
        }
    }
    format!("{} s", ms / 1_000)
}

fn column(text: &str, width: usize) -> String {
    let shown = cut(&printable(beginning(text, 400)), width);
    let padding = width.saturating_sub(width_of(&shown));
    shown + &" ".repeat(padding)
}

/// At most so many bytes, at a border between characters.
fn beginning(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

fn cut(text: &str, columns: usize) -> String {
    if width_of(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += width(character);
        if used > columns {
            break;
        }
        kept.push(character);
    }
    kept + "…"
}

fn width_of(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// Two columns for East Asian wide characters and emoji, none for marks that stand above or below another character.
fn width(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36f}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{Arrival, decode};

    fn line(payload: &[u8], columns: usize) -> String {
        let arrival = Arrival {
            topic: "device/press-1/telemetry/temperature".into(),
            payload: payload.to_vec(),
            packet_id: Some(1),
            duplicate: false,
            retained: false,
            received_at: 1_770_201_045_123,
        };
        to_line(&decode(&arrival, 1), columns)
    }

    #[test]
    fn a_reading_stands_behind_time_device_and_sensor() {
        let line = line("{\"value\":25.5,\"unit\":\"°C\"}".as_bytes(), 120);
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words, ["10:30:45.123Z", "press-1", "temperature", "25.5", "°C"]);
    }

    #[test]
    fn a_line_is_never_wider_than_the_terminal() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(5_000));
        for columns in [40, 80, 200] {
            assert_eq!(width_of(&line(long.as_bytes(), columns)), columns - 1);
        }
    }

    #[test]
    fn what_a_device_sends_cannot_act_on_the_terminal() {
        for payload in ["\u{1b}[2J\u{202e}\u{2028}\r\n\u{7}", "{\"value\":\"\\u001b[2J\\u202e\"}"] {
            let line = line(payload.as_bytes(), 120);
            assert!(!line.chars().any(crate::text::is_invisible), "{line:?}");
            assert!(line.contains("\\u{1b}"), "{line:?}");
        }
    }

    #[test]
    fn what_is_not_json_is_shown_as_what_it_is() {
        assert!(line(b"ERR 17", 120).ends_with("[not JSON] ERR 17"));
        assert!(line(b"\xff\xfe\0", 120).ends_with("[3 bytes, not text] ff fe 00"));
        assert!(line(b"", 120).ends_with("(empty)  [not JSON]") || line(b"", 120).ends_with("(empty)"));
        assert!(
            line(b"{\"timestamp\":\"2026-02-04T09:30:00\",\"value\":1}", 120).ends_with("[late 1 h]  [UTC assumed]")
        );
    }
}
