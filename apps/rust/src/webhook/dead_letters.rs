//! Commands for what the webhook refused for good: see it, send it again, forget it.

use std::io::{self, IsTerminal as _, Write};

use serde_json::json;

use crate::config::Config;
use crate::error::{Code, Error};
use crate::ndjson::write_ndjson;
use crate::sqlite_log::SqliteLog;
use crate::status::say;
use crate::telemetry::decode;
use crate::text::printable;
use crate::timestamp::to_iso;
use crate::webhook::batch::encode_batch;
use crate::webhook::lane::reader_of;
use crate::webhook::places::{KeptLetter, Places};
use crate::webhook::post::Poster;
use crate::webhook::schedule::{Verdict, verdict};
use crate::webhook::signing::Signer;

/// Which dead letters.
#[derive(Debug, PartialEq, Eq)]
pub enum Choice {
    All,
    Numbers(Vec<i64>),
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    List { json: bool },
    Replay(Choice),
    Discard(Choice),
}

impl Command {
    /// Reads what stands behind `webhook`.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Error> {
        let action = arguments.next().unwrap_or_default();
        let (mut numbers, mut all, mut json) = (Vec::new(), false, false);
        for argument in arguments {
            match argument.as_str() {
                "--all" => all = true,
                "--json" => json = true,
                number => {
                    let number = number.parse().ok().filter(|number| *number > 0);
                    numbers.push(number.ok_or_else(|| usage("A dead letter has a number from 1 on."))?);
                }
            }
        }
        // One of the two, and not both.
        let has_choice = all == numbers.is_empty();
        let choice = if all { Choice::All } else { Choice::Numbers(numbers) };
        match action.as_str() {
            "list" if choice == Choice::Numbers(Vec::new()) => Ok(Self::List { json }),
            "replay" | "discard" if !has_choice || json => {
                Err(usage("Say which dead letters: their numbers, or --all."))
            }
            "replay" => Ok(Self::Replay(choice)),
            "discard" => Ok(Self::Discard(choice)),
            _ => Err(usage("Behind webhook stands list, replay or discard.")),
        }
    }

    /// Gives the exit code.
    pub fn run(&self, config: &Config) -> Result<u8, Error> {
        let Some(path) = config.log_path.as_deref() else {
            return Err(Error::new(Code::Config, "Dead letters are in a log: set TESA_LOG to sqlite:<file>."));
        };
        let failed = |error: rusqlite::Error| {
            Error::new(Code::Log, format!("The dead letters of the log \"{path}\" cannot be used: {error}."))
        };
        // Reading makes no file, so that a mistyped path does not.
        let places = Places::open_read_only(path).map_err(failed)?;
        let letters = places.dead_letters().map_err(failed)?;
        if let Self::List { json } = self {
            return Ok(list(&letters, *json || !io::stdout().is_terminal()));
        }
        // Keeps a stream away meanwhile.
        let _log = SqliteLog::open(path, config.receive_maximum)?;
        let places = Places::open(path).map_err(failed)?;
        match self {
            Self::Replay(choice) => replay(&places, config, &letters, choice).and_then(|done| done.map_err(failed)),
            Self::Discard(choice) => discard(&places, &letters, choice).map_err(failed),
            Self::List { .. } => Ok(0),
        }
    }
}

fn usage(message: &str) -> Error {
    Error::new(Code::Usage, format!("{message} See --help."))
}

fn list(letters: &[KeptLetter], as_json: bool) -> u8 {
    let mut stdout = io::stdout().lock();
    let written = letters.iter().try_for_each(|letter| {
        let mut line = if as_json { to_json(letter) } else { to_line(letter) };
        line.push(b'\n');
        stdout.write_all(&line)
    });
    // A reader of the pipe that has gone, as behind `| head`, is no failure.
    let is_failed = written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe);
    if letters.is_empty() {
        say("there are no dead letters");
    }
    if is_failed { Code::Output.exit_code() } else { 0 }
}

fn to_json(letter: &KeptLetter) -> Vec<u8> {
    let KeptLetter { id, reader, at, reason, message: (seq, arrival) } = letter;
    let head = json!({ "id": id, "reader": reader, "at": at, "reason": reason }).to_string();
    let mut line = head.into_bytes();
    line.pop();
    line.extend_from_slice(b",\"message\":");
    write_ndjson(&mut line, &decode(arrival, *seq));
    // The line break.
    line.pop();
    line.push(b'}');
    line
}

fn to_line(letter: &KeptLetter) -> Vec<u8> {
    let KeptLetter { id, reader, at, reason, message: (_, arrival) } = letter;
    let text = format!("{id:>6}  {}  {reader}  {}  {reason}", to_iso(*at), arrival.topic);
    printable(&text).as_bytes().to_vec()
}

fn is_chosen(choice: &Choice, letter: &KeptLetter) -> bool {
    match choice {
        Choice::All => true,
        Choice::Numbers(numbers) => numbers.contains(&letter.id),
    }
}

fn discard(places: &Places, letters: &[KeptLetter], choice: &Choice) -> rusqlite::Result<u8> {
    let chosen: Vec<_> = letters.iter().filter(|letter| is_chosen(choice, letter)).collect();
    for letter in &chosen {
        places.remove_dead_letter(letter.id)?;
    }
    say(&format!("{} dead letters discarded", chosen.len()));
    Ok(missing(&chosen, choice))
}

/// Sends one after the other, oldest first, until all went or none is taken.
fn replay(
    places: &Places,
    config: &Config,
    letters: &[KeptLetter],
    choice: &Choice,
) -> Result<rusqlite::Result<u8>, Error> {
    let Some(webhook) = &config.webhook else {
        return Err(Error::new(Code::Config, "TESA_WEBHOOK_URL is not set: it says where to."));
    };
    let signer = Signer::new(&webhook.secrets)
        .map_err(|problems| Error::new(Code::Config, format!("TESA_WEBHOOK_SECRET {}.", problems.join(", "))))?;
    let poster = Poster::new(&webhook.url);
    let reader = format!("{}:", reader_of(&webhook.url));
    let is_own = |letter: &&KeptLetter| letter.reader.starts_with(&reader) && is_chosen(choice, letter);
    let own: Vec<_> = letters.iter().filter(is_own).collect();
    let (mut delivered, mut refused, mut code) = (0, 0, 0);
    for letter in &own {
        // The same at each replay, so that a receiver knows it again; numbers of letters may be used twice, places not.
        let id = format!("{}-deadletter{}", places.log_id, letter.message.0);
        let body = encode_batch(&places.log_id, std::slice::from_ref(&letter.message));
        let answer = poster.post_signed(&signer, &id, &body);
        match answer.status.map(verdict) {
            Some(Verdict::Delivered) => {
                if let Err(error) = places.remove_dead_letter(letter.id) {
                    return Ok(Err(error));
                }
                delivered += 1;
            }
            Some(Verdict::Refused) => {
                say(&format!("warning: {} was refused again: {}", letter.id, answer.text));
                refused += 1;
                code = Code::Output.exit_code();
            }
            other => {
                say(&format!("ended: the webhook takes nothing now: {}", answer.text));
                code = if other.is_some() { Code::Output } else { Code::Network }.exit_code();
                break;
            }
        }
    }
    say(&format!("{delivered} delivered, {refused} refused"));
    Ok(Ok(if code == 0 { missing(&own, choice) } else { code }))
}

fn missing(found: &[&KeptLetter], choice: &Choice) -> u8 {
    let Choice::Numbers(numbers) = choice else { return 0 };
    let unknown: Vec<_> = numbers.iter().filter(|number| found.iter().all(|letter| letter.id != **number)).collect();
    for number in &unknown {
        say(&format!("warning: {number} is no dead letter of this webhook; \"webhook list\" shows them"));
    }
    if unknown.is_empty() { 0 } else { Code::Usage.exit_code() }
}
