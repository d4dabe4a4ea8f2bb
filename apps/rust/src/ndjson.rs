//! Writes a message as one line of JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::telemetry::{Format, Reading, Telemetry, without_mark};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    seq: i64,
    topic: &'a str,
    device_id: Option<&'a str>,
    sensor: Option<&'a str>,
    received_at: i64,
    timestamp: Option<i64>,
    readings: &'a [Reading],
}

#[derive(Serialize)]
struct Tail<'a> {
    format: Format,
    qos: u8,
    retained: bool,
    warnings: &'a [&'static str],
}

/// Appends one line of JSON with its line break.
///
/// `payload` holds a JSON payload as the device wrote it, so that integers beyond 2^53 keep their digits; text as a string;
/// anything else as base64 (RFC 4648, section 4).
pub fn write_ndjson(line: &mut Vec<u8>, message: &Telemetry<'_>) {
    let arrival = message.arrival;
    append(
        line,
        &Head {
            seq: message.seq,
            topic: &arrival.topic,
            device_id: message.device_id,
            sensor: message.sensor,
            received_at: arrival.received_at,
            timestamp: message.timestamp,
            readings: &message.readings,
        },
    );
    line.pop();
    line.extend_from_slice(b",\"payload\":");
    append_payload(line, message);
    line.push(b',');
    let start = line.len();
    append(
        line,
        &Tail {
            format: message.format,
            qos: u8::from(arrival.packet_id.is_some()),
            retained: arrival.retained,
            warnings: &message.warnings,
        },
    );
    line.remove(start);
    line.push(b'\n');
}

fn append_payload(line: &mut Vec<u8>, message: &Telemetry<'_>) {
    let payload = &message.arrival.payload;
    let text = std::str::from_utf8(payload).map(without_mark).unwrap_or_default();
    match message.format {
        Format::Binary => append(line, &STANDARD.encode(payload)),
        Format::Text => append(line, text),
        // In JSON a line break can only stand between tokens; a string holds it escaped.
        Format::Json => line.extend(text.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte })),
    }
}

fn append<T: Serialize + ?Sized>(line: &mut Vec<u8>, value: &T) {
    // Fails only for maps with keys that are no strings, and where writing fails: neither can be here.
    serde_json::to_writer(line, value).expect("plain structures are written to memory");
}
