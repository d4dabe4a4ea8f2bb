//! Signs as the Standard Webhooks specification says (version 1.0.0, scheme v1: HMAC-SHA256).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use ring::hmac;

const PREFIX: &str = "whsec_";
/// The limits of the specification: 192 to 512 bits.
const MIN_BYTES: usize = 24;
const MAX_BYTES: usize = 64;
const HOW_TO: &str = "make one with: echo \"whsec_$(openssl rand -base64 32)\"";
/// Padding may be left off.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What is wrong with secrets, separated by spaces, without showing any of them; empty if nothing is.
pub fn find_secret_problems(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.trim().is_empty() {
        problems.push(format!("is empty: {HOW_TO}"));
    }
    for secret in text.split_whitespace() {
        match key_bytes(secret) {
            None => problems.push(format!("is not {PREFIX} followed by base64: {HOW_TO}")),
            Some(bytes) if !(MIN_BYTES..=MAX_BYTES).contains(&bytes.len()) => {
                problems.push(format!("has {} bytes, not {MIN_BYTES} to {MAX_BYTES}: {HOW_TO}", bytes.len()));
            }
            Some(_) => {}
        }
    }
    problems
}

fn key_bytes(secret: &str) -> Option<Vec<u8>> {
    let encoded = secret.strip_prefix(PREFIX).filter(|encoded| !encoded.is_empty())?;
    LENIENT.decode(encoded).ok()
}

/// Makes signatures with each secret, while they are being changed.
#[derive(Clone)]
pub struct Signer {
    keys: Vec<hmac::Key>,
}

impl Signer {
    /// Of secrets, separated by spaces; or what is wrong with them.
    pub fn new(secrets: &str) -> Result<Self, Vec<String>> {
        let problems = find_secret_problems(secrets);
        if !problems.is_empty() {
            return Err(problems);
        }
        let keys = secrets.split_whitespace().filter_map(key_bytes);
        Ok(Self { keys: keys.map(|bytes| hmac::Key::new(hmac::HMAC_SHA256, &bytes)).collect() })
    }

    /// The header `webhook-signature`. The time is in seconds since the epoch.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let content = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
        let signatures = self.keys.iter().map(|key| {
            let signature = hmac::sign(key, &content);
            format!("v1,{}", STANDARD.encode(signature.as_ref()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}
