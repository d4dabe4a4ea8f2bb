//! Topics of the platform and the filters that choose among them.

use crate::text::find_string_problems;

/// What a telemetry topic says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic<'a> {
    pub device_id: &'a str,
    /// `motor/2/rpm` where it has several levels; `None` where it has none.
    pub sensor: Option<&'a str>,
}

/// Reads `device/<id>/telemetry[/<sensor>]`; some of the platform's material spells the first level `devices`. `None` for
/// any other topic.
pub fn parse_topic(topic: &str) -> Option<Topic<'_>> {
    let mut levels = topic.splitn(4, '/');
    if !matches!(levels.next(), Some("device" | "devices")) {
        return None;
    }
    let device_id = levels.next().filter(|device| !device.is_empty())?;
    (levels.next() == Some("telemetry")).then(|| Topic { device_id, sensor: levels.next() })
}

/// The filter for all telemetry, or that of one device, one sensor, or one sensor of one device.
pub fn telemetry_filter(device: Option<&str>, sensor: Option<&str>) -> String {
    format!("device/{}/telemetry/{}", device.unwrap_or("+"), sensor.unwrap_or("#"))
}

/// What keeps a text from being a device id: one level of a topic, without wildcards.
pub fn find_device_problems(device: &str) -> Vec<String> {
    if device.is_empty() {
        return vec!["is empty: name a device".into()];
    }
    let mut problems = find_wildcards(device);
    if device.contains('/') {
        problems.push("holds a /: a device id is one level of a topic, so write it without".into());
    }
    problems
}

/// What keeps a text from naming a sensor; it may have any number of levels.
pub fn find_sensor_problems(sensor: &str) -> Vec<String> {
    if sensor.is_empty() { vec!["is empty: name a sensor".into()] } else { find_wildcards(sensor) }
}

fn find_wildcards(text: &str) -> Vec<String> {
    if text.contains(['+', '#']) { vec!["holds a wildcard, + or #: write it without".into()] } else { Vec::new() }
}

/// What is wrong with a filter by the rules of MQTT (4.7); empty if nothing is.
pub fn find_filter_problems(filter: &str) -> Vec<String> {
    if filter.is_empty() {
        return vec!["is empty: give a topic filter such as device/+/telemetry/#".into()];
    }
    let mut problems = find_string_problems(filter);
    let levels: Vec<&str> = filter.split('/').collect();
    if levels.iter().any(|level| level.len() > 1 && level.contains('+')) {
        problems.push(
            "has a + beside other characters: a + stands for a whole level, so write it alone between slashes".into(),
        );
    }
    if levels.iter().any(|level| level.len() > 1 && level.contains('#')) {
        problems.push("has a # beside other characters: write it alone after the last slash".into());
    }
    if levels[..levels.len() - 1].contains(&"#") {
        problems.push("has a # before its last level: # stands for all that follows, so it comes last".into());
    }
    problems
}

/// Whether a filter is clearly more than telemetry, or something else: the broker refuses it to tokens.
pub fn is_refused_to_tokens(filter: &str) -> bool {
    let mut levels = filter.split('/');
    match levels.next() {
        Some("#") => true,
        Some("device" | "devices") => {
            !matches!(levels.next(), Some(device) if !device.is_empty() && device != "#")
                || levels.next() != Some("telemetry")
        }
        Some(first) => first.starts_with('$'),
        None => false,
    }
}
