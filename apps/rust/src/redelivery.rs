//! Knows again what the broker sends for a second time.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

/// Enough of a stored message to know it again; made anew in each process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub packet_id: u16,
    pub hash: u64,
}

impl Mark {
    /// The hash guards against chance, not against an attacker: who may publish as a device can say what he wants anyway.
    pub fn new(packet_id: u16, topic: &str, payload: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(topic.as_bytes());
        // No topic has U+0000 in it.
        hasher.write_u8(0);
        hasher.write(payload);
        Self { packet_id, hash: hasher.finish() }
    }
}

/// Decides which messages the broker sends for a second time.
///
/// After a reconnect into a kept session the broker sends again what it has no PUBACK for, under the same packet ids (MQTT
/// 4.4), mostly before anything new. A message is a redelivery if it equals in packet id, topic and payload one that was
/// stored in this session, and nothing new has come on this connection yet, or the broker says so (DUP). DUP alone is no
/// sign: brokers may leave it off. Nothing else is ever taken for a duplicate: a device that sends the same value twice has
/// sent it twice.
#[derive(Debug)]
pub struct RedeliveryWindow {
    size: usize,
    stored: Vec<Mark>,
    known: HashMap<u16, u64>,
    expected: HashMap<u16, u64>,
    is_resumed: bool,
}

impl RedeliveryWindow {
    /// `size`: how many messages can be unacknowledged; `stored`: what was stored last in this session, oldest first.
    pub fn new(size: usize, stored: impl IntoIterator<Item = Mark>) -> Self {
        let mut window =
            Self { size, stored: Vec::new(), known: HashMap::new(), expected: HashMap::new(), is_resumed: false };
        for mark in stored {
            window.stored(mark);
        }
        window
    }

    /// A connection was accepted. Without a session there is nothing that could come again.
    pub fn connected(&mut self, session_present: bool) {
        self.is_resumed = session_present;
        if !session_present {
            self.stored.clear();
            self.known.clear();
        }
        self.expected.clone_from(&self.known);
    }

    /// Asked once per message, in order of receipt; `duplicate`: whether the broker set DUP.
    pub fn is_redelivery(&mut self, mark: Mark, duplicate: bool) -> bool {
        if !self.is_resumed {
            return false;
        }
        if duplicate && self.known.get(&mark.packet_id) == Some(&mark.hash) {
            self.expected.remove(&mark.packet_id);
            return true;
        }
        if self.expected.get(&mark.packet_id) == Some(&mark.hash) {
            self.expected.remove(&mark.packet_id);
            return true;
        }
        self.expected.clear();
        false
    }

    /// Notes that a message is stored.
    pub fn stored(&mut self, mark: Mark) {
        self.stored.push(mark);
        self.known.insert(mark.packet_id, mark.hash);
        if self.stored.len() > 2 * self.size {
            self.stored.drain(..self.stored.len() - self.size);
            self.known = self.stored.iter().map(|mark| (mark.packet_id, mark.hash)).collect();
        }
    }
}
