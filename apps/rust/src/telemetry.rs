//! A message of a device, decoded.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::timestamp::parse_timestamp;
use crate::topic::parse_topic;

/// The name of a reading that neither the payload nor the topic names.
const UNNAMED: &str = "value";
/// The keys of the platform's payloads that describe a message and are no measurement.
const RESERVED: [&str; 5] = ["timestamp", "device_id", "sensor", "unit", "metadata"];
/// The largest integer up to which a double has every digit.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// A message as it came. `received_at` is epoch milliseconds; `packet_id` is `None` at `QoS` 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub topic: String,
    pub payload: Vec<u8>,
    pub packet_id: Option<u16>,
    pub duplicate: bool,
    pub retained: bool,
    pub received_at: i64,
}

/// A value that a device measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Scalar {
    Null,
    Bool(bool),
    /// Written without a decimal point.
    Whole(i64),
    Number(f64),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    pub sensor: String,
    pub value: Scalar,
    pub unit: Option<String>,
}

/// How a payload can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Json,
    Text,
    Binary,
}

/// A decoded message, beside the [`Arrival`] that it was made of. Times are epoch milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Telemetry<'a> {
    /// The place in the log, or in this run; from 1. Order is this, never a device's clock.
    pub seq: i64,
    pub arrival: &'a Arrival,
    pub device_id: Option<&'a str>,
    pub sensor: Option<&'a str>,
    pub timestamp: Option<i64>,
    pub readings: Vec<Reading>,
    pub format: Format,
    pub warnings: Vec<&'static str>,
}

/// Decodes a message. It never fails and never loses anything.
///
/// - An object with a `value` that is a number, string, boolean or null is one reading. Its sensor is that of the payload,
///   else that of the topic, else `value`.
/// - Of any other object, each key whose value is one of these is a reading, except the platform's own keys.
/// - A bare number, string or boolean is one reading. An array and a bare null have none.
pub fn decode(arrival: &Arrival, seq: i64) -> Telemetry<'_> {
    let topic = parse_topic(&arrival.topic);
    let (format, content) = parse_payload(&arrival.payload);
    let mut message = Telemetry {
        seq,
        arrival,
        device_id: topic.map(|topic| topic.device_id),
        sensor: topic.and_then(|topic| topic.sensor),
        timestamp: None,
        readings: Vec::new(),
        format,
        warnings: Vec::new(),
    };
    if topic.is_none() {
        message.warnings.push("topic-unexpected");
    }
    match content {
        Some(Value::Object(object)) => message.read_object(object),
        Some(scalar @ (Value::Bool(_) | Value::Number(_) | Value::String(_))) => {
            let sensor = message.name_or(None);
            message.add(sensor, scalar, None);
        }
        _ => {}
    }
    message
}

impl Telemetry<'_> {
    fn read_object(&mut self, mut object: Map<String, Value>) {
        if self.names_another_device(&object) {
            self.warn("device-mismatch");
        }
        self.read_timestamp(object.get("timestamp"));
        match object.get("value") {
            None | Some(Value::Object(_) | Value::Array(_)) => {
                for (key, value) in object {
                    if !RESERVED.contains(&key.as_str()) && !value.is_object() && !value.is_array() {
                        self.add(key, value, None);
                    }
                }
            }
            Some(_) => {
                let sensor = self.name_or(object.get("sensor").and_then(Value::as_str));
                let unit = object.get("unit").and_then(Value::as_str).map(str::to_owned);
                let value = object.get_mut("value").map_or(Value::Null, Value::take);
                self.add(sensor, value, unit);
            }
        }
    }

    fn read_timestamp(&mut self, value: Option<&Value>) {
        let parsed = parse_timestamp(value);
        self.timestamp = parsed.time;
        if let Some(warning) = parsed.warning {
            self.warn(warning);
        }
        if value.and_then(as_double).is_some_and(loses_digits) {
            self.warn("precision-lost");
        }
    }

    fn names_another_device(&self, object: &Map<String, Value>) -> bool {
        let Some(device_id) = self.device_id else { return false };
        match object.get("device_id") {
            Some(Value::String(named)) => named != device_id,
            Some(named @ Value::Number(_)) => as_double(named).is_none_or(|number| number.to_string() != device_id),
            _ => false,
        }
    }

    /// What the payload says, else the topic's sensor, else `value`. An empty name is none.
    fn name_or(&self, named: Option<&str>) -> String {
        let given = [named, self.sensor].into_iter().flatten();
        given.into_iter().find(|name| !name.is_empty()).unwrap_or(UNNAMED).to_owned()
    }

    fn add(&mut self, sensor: String, value: Value, unit: Option<String>) {
        let value = match value {
            Value::Bool(value) => Scalar::Bool(value),
            Value::String(text) => Scalar::Text(text),
            Value::Number(_) => self.number(as_double(&value)),
            _ => Scalar::Null,
        };
        self.readings.push(Reading { sensor, value, unit });
    }

    fn number(&mut self, value: Option<f64>) -> Scalar {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            self.warn("number-out-of-range");
            return Scalar::Null;
        };
        if loses_digits(value) {
            self.warn("precision-lost");
        } else if value.fract() == 0.0 {
            #[allow(clippy::cast_possible_truncation)] // Whole, and within 2^53.
            return Scalar::Whole(value as i64);
        }
        Scalar::Number(value)
    }

    fn warn(&mut self, warning: &'static str) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Every number is a double, as in the other clients; 1e999 is infinite.
fn as_double(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

fn loses_digits(value: f64) -> bool {
    value.is_finite() && value.abs() > MAX_SAFE_INTEGER
}

fn parse_payload(payload: &[u8]) -> (Format, Option<Value>) {
    let Ok(text) = std::str::from_utf8(payload) else { return (Format::Binary, None) };
    match serde_json::from_str(without_mark(text)) {
        Ok(content) => (Format::Json, Some(content)),
        Err(_) => (Format::Text, None),
    }
}

/// Some devices send a byte order mark, which JSON does not allow.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
