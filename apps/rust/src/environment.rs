//! Where the configuration comes from: the environment, and a `.env` file that it wins over.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::config::{Record, is_variable};
use crate::error::{Code, Error};

/// Set one of the first in the environment, and the second in `.env` no longer apply; and the other way round.
const ALTERNATIVES: [(&[&str], &[&str]); 2] =
    [(&["MQTT_API_TOKEN"], &["TESA_TOKEN_FILE"]), (&["MQTT_TOPIC"], &["TESA_DEVICE", "TESA_SENSOR"])];

/// The variables that this program knows. The first folder that has a `.env` counts.
pub fn read_environment(
    environment: impl Iterator<Item = (String, String)>,
    folders: &[&Path],
) -> Result<Record, Error> {
    let given: Record = environment.filter(|(name, _)| is_variable(name)).collect();
    let mut record = read_dotenv(folders)?;
    record.retain(|name, _| is_variable(name));
    for (one, other) in ALTERNATIVES {
        for (chosen, replaced) in [(one, other), (other, one)] {
            if chosen.iter().any(|name| given.contains_key(*name)) {
                record.retain(|name, _| !replaced.contains(&name.as_str()));
            }
        }
    }
    record.extend(given);
    Ok(record)
}

fn read_dotenv(folders: &[&Path]) -> Result<Record, Error> {
    for folder in folders {
        let path = folder.join(".env");
        let reason = match fs::read(&path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) if !text.contains('\0') => return Ok(parse_dotenv(&text)),
                _ => "it is no UTF-8 text. Save it as UTF-8".into(),
            },
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => continue,
            Err(error) => error.to_string(),
        };
        return Err(Error::new(Code::Config, format!("Cannot read the file \"{}\": {reason}.", path.display())));
    }
    Ok(Record::new())
}

/// Lines `NAME=value`, perhaps after `export`; `#` begins a comment at the beginning of a line, or after a space, so that
/// `device/+/telemetry/#` is what it looks like. Quotes around a value are taken off.
fn parse_dotenv(text: &str) -> Record {
    let lines = text.trim_start_matches('\u{feff}').lines();
    lines
        .filter_map(|line| {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
            Some((name.trim().to_owned(), parse_value(value.trim()).to_owned()))
        })
        .collect()
}

fn parse_value(value: &str) -> &str {
    for quote in ['"', '\'', '`'] {
        if let Some((inside, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inside;
        }
    }
    let comment = value.match_indices('#').find(|(at, _)| *at == 0 || value[..*at].ends_with([' ', '\t']));
    comment.map_or(value, |(at, _)| value[..at].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_value_is_what_it_looks_like() {
        for (line, expected) in [
            ("MQTT_TOPIC=device/+/telemetry/#", "device/+/telemetry/#"),
            ("MQTT_TOPIC=device/+/telemetry/# # everything", "device/+/telemetry/#"),
            ("  export MQTT_TOPIC = device/+/telemetry/#  \r", "device/+/telemetry/#"),
            ("MQTT_TOPIC=\"device/+/telemetry/#\" # everything", "device/+/telemetry/#"),
            ("MQTT_TOPIC='a # b'", "a # b"),
            ("MQTT_TOPIC=# nothing", ""),
        ] {
            let record = parse_dotenv(&format!("\u{feff}# comment\n\n{line}\nMQTT_KEEPALIVE=5"));
            assert_eq!(record.get("MQTT_TOPIC").map(String::as_str), Some(expected), "{line}");
            assert_eq!(record.get("MQTT_KEEPALIVE").map(String::as_str), Some("5"), "{line}");
        }
    }

    #[test]
    fn the_environment_wins_and_takes_back_the_other_way_to_say_it() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(".env"), "MQTT_TOPIC=a\nMQTT_KEEPALIVE=5\nOTHER=1\n").expect("written");
        let given = pairs(&[("TESA_DEVICE", "b"), ("PATH", "/bin")]);
        let record = read_environment(given.into_iter(), &[Path::new("/nowhere"), folder.path()]).expect("readable");
        assert_eq!(record.into_iter().collect::<Vec<_>>(), pairs(&[("MQTT_KEEPALIVE", "5"), ("TESA_DEVICE", "b")]));
    }

    #[test]
    fn a_file_that_is_no_utf8_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(".env"), b"M\0Q\0T\0T\0").expect("written");
        let error = read_environment(std::iter::empty(), &[folder.path()]).expect_err("refused");
        assert!(error.message.contains("UTF-8"), "{error}");
    }
}
