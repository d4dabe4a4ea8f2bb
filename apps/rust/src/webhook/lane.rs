//! One lane: follows the log, and sends what belongs to its devices, each message at least once, in order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use crate::connection::now_ms;
use crate::status::say;
use crate::topic::parse_topic;
use crate::webhook::batch::{Message, encode_batch};
use crate::webhook::places::{DeadLetter, Places, Range};
use crate::webhook::post::{Answer, Poster};
use crate::webhook::schedule::{PAUSE, SCHEDULE, Verdict, retry_after, step_delay, verdict};
use crate::webhook::signal::Signal;
use crate::webhook::signing::Signer;

/// Each device belongs to one lane, which has one request under way: order per device.
pub const LANES: u32 = 4;
const BATCH_MESSAGES: usize = 100;
/// Many receivers take no more than 100 kB.
const BATCH_BYTES: usize = 90_000;
const PAGE: i64 = 400;
/// How long a lane with nothing to send waits before it looks again, should it not be woken.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
const LOG_RETRY: Duration = Duration::from_secs(1);

/// The lane of a topic's device, the same for ever; messages without a device are all in lane 0.
pub fn lane_of(topic: &str) -> u32 {
    let Some(topic) = parse_topic(topic) else { return 0 };
    // FNV-1a, 32 bits.
    let hash =
        topic.device_id.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % LANES
}

/// How a webhook's lanes are called in the log.
pub fn reader_of(url: &str) -> String {
    format!("webhook:{}", URL_SAFE_NO_PAD.encode(digest(&SHA256, url.as_bytes()).as_ref()))
}

/// What a lane is made of.
pub struct Lane {
    index: u32,
    /// Of its place in the log. The path may be a secret: only a hash of the URL is kept.
    name: String,
    /// How it is called on standard error.
    shown: String,
    places: Places,
    poster: Poster,
    signer: Signer,
    signal: Arc<Signal>,
}

/// The lane is to end before it is done.
struct Leaving;

impl Lane {
    pub fn new(index: u32, places: Places, url: &str, signer: Signer, signal: Arc<Signal>) -> Self {
        let origin = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        Self {
            index,
            name: format!("{}:lane{index}of{LANES}", reader_of(url)),
            shown: format!("webhook {origin}"),
            places,
            poster: Poster::new(url),
            signer,
            signal,
        }
    }

    /// Until there is nothing left and it is to leave, or it is to leave and cannot send.
    pub fn run(&mut self) {
        // What is left is for the next run, and the log knows what that is.
        let _: Result<(), Leaving> = self.follow();
    }

    fn follow(&mut self) -> Result<(), Leaving> {
        let name = self.name.clone();
        let (mut position, mut work) = self.in_log(|places| places.load(&name))?;
        loop {
            if work.is_empty() {
                let seen = self.signal.seen();
                let Some((reached, found)) = self.next(position)? else {
                    if self.signal.is_leaving() {
                        return Ok(());
                    }
                    self.signal.wait(seen, LOOK_AGAIN);
                    continue;
                };
                position = reached;
                let Some(range) = found else { continue };
                // What is sent together is saved before it is sent: after a crash it goes under the same id.
                work.push(range);
                self.save(range.0 - 1, &work, &[])?;
            }
            self.deliver(&mut work)?;
        }
    }

    /// The next batch of this lane behind a place, and up to where the log was looked through.
    fn next(&mut self, position: i64) -> Result<Option<(i64, Option<Range>)>, Leaving> {
        let page = self.in_log(|places| places.read(position, i64::MAX, PAGE))?;
        let Some(end) = page.last().map(|(seq, _)| *seq) else { return Ok(None) };
        let mut range: Option<Range> = None;
        let (mut count, mut bytes) = (0, 0);
        for (seq, arrival) in page.iter().filter(|(_, arrival)| lane_of(&arrival.topic) == self.index) {
            count += 1;
            bytes += arrival.payload.len() + 400;
            if let Some((first, last)) = range
                && (count > BATCH_MESSAGES || bytes > BATCH_BYTES)
            {
                return Ok(Some((last, Some((first, last)))));
            }
            range = Some((range.map_or(*seq, |(first, _)| first), *seq));
        }
        Ok(Some((end, range)))
    }

    /// Sends the first range of the work until it is settled.
    fn deliver(&mut self, work: &mut Vec<Range>) -> Result<(), Leaving> {
        let Some((first, last)) = work.first().copied() else { return Ok(()) };
        let messages = self.messages(first, last)?;
        let (id, body) = self.encode(first, last, &messages);
        let mut steps = SCHEDULE.iter();
        loop {
            let answer = self.post(&id, &body);
            let outcome = match answer.status {
                _ if answer.is_forbidden => Verdict::Paused,
                Some(status) => verdict(status),
                None => Verdict::Down,
            };
            let asked = answer.retry_after.as_deref().and_then(|value| retry_after(value, now_ms() / 1_000));
            let delay = match outcome {
                Verdict::Delivered => {
                    work.remove(0);
                    return self.save(last, work, &[]);
                }
                Verdict::Refused => return self.split(work, &messages, &answer),
                Verdict::Paused => PAUSE,
                Verdict::Down => match (asked, asked.is_none().then(|| steps.next()).flatten()) {
                    // A wait that the receiver asked for uses up no step.
                    (Some(asked), _) => asked,
                    (None, Some(step)) => step_delay(*step, fastrand::f64()),
                    (None, None) => return self.give_up(work, &messages, "no answer before the schedule ended"),
                },
            };
            say(&format!("{}: {}. Next try in {} s.", self.shown, answer.text, delay.as_secs_f64().ceil()));
            self.pause(delay)?;
        }
    }

    /// Halves what was refused, until the bad message stands alone.
    fn split(&mut self, work: &mut Vec<Range>, messages: &[Message], answer: &Answer) -> Result<(), Leaving> {
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
        if messages.len() == 1 {
            return self.give_up(work, messages, &answer.text);
        }
        let middle = messages.len() / 2;
        work.splice(..1, [(first.0, messages[middle - 1].0), (messages[middle].0, last.0)]);
        self.save(first.0 - 1, work, &[])
    }

    fn give_up(&mut self, work: &mut Vec<Range>, messages: &[Message], reason: &str) -> Result<(), Leaving> {
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
        say(&format!("{}: {} dead letters, from seq {}: {reason}", self.shown, messages.len(), first.0));
        let at = now_ms();
        let dead: Vec<_> = messages.iter().map(|(seq, _)| DeadLetter { seq: *seq, reason, at }).collect();
        work.remove(0);
        self.save(last.0, work, &dead)
    }

    fn messages(&mut self, first: i64, last: i64) -> Result<Vec<Message>, Leaving> {
        let mut found = Vec::new();
        let mut after = first - 1;
        loop {
            let page = self.in_log(|places| places.read(after, last, PAGE))?;
            let Some(end) = page.last().map(|(seq, _)| *seq) else { return Ok(found) };
            after = end;
            found.extend(page.into_iter().filter(|(_, arrival)| lane_of(&arrival.topic) == self.index));
        }
    }

    /// Like the body, the id depends on nothing but the messages.
    fn encode(&self, first: i64, last: i64, messages: &[Message]) -> (String, Vec<u8>) {
        let log = &self.places.log_id;
        (format!("{log}-lane{}of{LANES}-{first}-{last}", self.index), encode_batch(log, messages))
    }

    fn post(&self, id: &str, body: &[u8]) -> Answer {
        self.poster.post_signed(&self.signer, id, body)
    }

    fn pause(&self, delay: Duration) -> Result<(), Leaving> {
        let until = Instant::now() + delay;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            if self.signal.is_leaving() {
                return Err(Leaving);
            }
            self.signal.wait(self.signal.seen(), left);
        }
        Ok(())
    }

    fn save(&mut self, position: i64, work: &[Range], dead: &[DeadLetter<'_>]) -> Result<(), Leaving> {
        let name = self.name.clone();
        self.in_log(|places| places.save(&name, position, work, dead))
    }

    /// A log that fails (a full disk, a lock) is tried again.
    fn in_log<T>(&mut self, mut work: impl FnMut(&mut Places) -> rusqlite::Result<T>) -> Result<T, Leaving> {
        loop {
            match work(&mut self.places) {
                Ok(done) => return Ok(done),
                Err(error) => say(&format!("{}: the log cannot be used: {error}", self.shown)),
            }
            self.pause(LOG_RETRY)?;
        }
    }
}
