//! The body of a request: what the receiver gets of some messages.

use serde_json::json;

use crate::ndjson::write_ndjson;
use crate::telemetry::{Arrival, decode};
use crate::timestamp::to_iso;

/// A message and its place in the log.
pub type Message = (i64, Arrival);

/// The body depends on nothing but the messages: the same at each try and after a crash.
pub fn encode_batch(log_id: &str, messages: &[Message]) -> Vec<u8> {
    let place = |message: Option<&Message>| message.map_or(0, |(seq, _)| *seq);
    let received = messages.last().map_or(0, |(_, arrival)| arrival.received_at);
    let (first, last) = (place(messages.first()), place(messages.last()));
    let data = json!({ "log": log_id, "epoch": log_id, "firstSeq": first, "lastSeq": last });
    let head = json!({ "type": "telemetry.batch", "timestamp": to_iso(received), "data": data }).to_string();
    let mut body = head.into_bytes();
    body.truncate(body.len() - 2);
    body.extend_from_slice(b",\"messages\":[");
    for (index, (seq, arrival)) in messages.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        write_ndjson(&mut body, &decode(arrival, *seq));
        // The line break.
        body.pop();
    }
    body.extend_from_slice(b"]}}");
    body
}
