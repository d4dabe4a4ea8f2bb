//! One request: POST, answered or not.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use crate::connection::now_ms;
use crate::webhook::signing::Signer;
use crate::webhook::target::find_address_problem;

const TIMEOUT: Duration = Duration::from_secs(15);
/// Of an answer no more is read.
const MAX_ANSWER_BYTES: usize = 16_384;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `None` where none came.
    pub status: Option<u16>,
    pub retry_after: Option<String>,
    /// For people: what it was.
    pub text: String,
    /// The address is one that is not sent to.
    pub is_forbidden: bool,
}

/// Sends to one URL. Redirects are not followed and proxies are not used; certificates are verified.
pub struct Poster {
    agent: Agent,
    url: String,
}

impl Poster {
    pub fn new(url: &str) -> Self {
        let roots: Vec<_> = rustls_native_certs::load_native_certs()
            .certs
            .iter()
            .map(|each| Certificate::from_der(each).to_owned())
            .collect();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::new_with_certs(&roots))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .max_response_header_size(MAX_ANSWER_BYTES)
            .timeout_global(Some(TIMEOUT))
            .user_agent("tesa-stream-rust")
            .build();
        Self { agent: Agent::with_parts(config, DefaultConnector::new(), Guard), url: url.to_owned() }
    }

    /// Sends a body under an id, signed now.
    pub fn post_signed(&self, signer: &Signer, id: &str, body: &[u8]) -> Answer {
        let now_s = now_ms() / 1_000;
        let signature = signer.sign(id, now_s, body);
        let time = now_s.to_string();
        self.post(&[("webhook-id", id), ("webhook-timestamp", &time), ("webhook-signature", &signature)], body)
    }

    /// Sends a request; what happens to it is an answer, too.
    pub fn post(&self, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = self.agent.post(&self.url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let none = |text: String, is_forbidden| Answer { status: None, retry_after: None, text, is_forbidden };
        match request.send(body) {
            Ok(mut response) => {
                // A connection whose answer was read can be used again.
                let _ = response.body_mut().with_config().limit(MAX_ANSWER_BYTES as u64).read_to_vec();
                let status = response.status().as_u16();
                let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
                Answer {
                    status: Some(status),
                    retry_after: retry_after.map(str::to_owned),
                    text: format!("answered {status}"),
                    is_forbidden: false,
                }
            }
            Err(Error::Other(reason)) if reason.is::<Forbidden>() => none(reason.to_string(), true),
            Err(error) => none(format!("no answer: {error}"), false),
        }
    }
}

/// Looks at each address that is about to be connected to.
#[derive(Debug)]
struct Guard;

impl Resolver for Guard {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        let host = uri.host().unwrap_or_default();
        let is_secure = uri.scheme_str() == Some("https");
        match found.iter().find_map(|address| find_address_problem(host, address.ip(), is_secure)) {
            Some(problem) => Err(Error::Other(Box::new(Forbidden(problem)))),
            None => Ok(found),
        }
    }
}

#[derive(Debug)]
struct Forbidden(String);

impl fmt::Display for Forbidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Forbidden {}
