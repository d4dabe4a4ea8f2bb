//! The broker's URL: what may be wrong with it, and its one form.

use std::fmt;
use std::net::IpAddr;

use crate::text::{TOKEN_PREFIX, is_invisible};

pub const DEFAULT_BROKER_URL: &str = "wss://mqtt.tesaiot.com:8085/mqtt";
const PLATFORM_HOST: &str = "mqtt.tesaiot.com";
const PLATFORM_PORT: u16 = 8085;
/// What follows a port that nobody has named.
const GUESS: &str = " (8085 is the port of TESAIoT; that of your broker may be another)";
/// Where EMQX, and so the platform, listens for WebSockets; anything else it answers with 404.
const DEFAULT_PATH: &str = "/mqtt";
/// Where other protocols listen by custom. No secure WebSocket is there.
const OTHER_PORTS: [u16; 9] = [80, 443, 1883, 8080, 8083, 8883, 8884, 9001, 0];

/// A URL without problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerUrl {
    pub is_secure: bool,
    /// An IPv6 address has its brackets.
    pub host: String,
    pub port: u16,
    pub path: String,
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.is_secure { ("wss", 443) } else { ("ws", 80) };
        write!(formatter, "{scheme}://{}", self.host)?;
        if self.port != usual {
            write!(formatter, ":{}", self.port)?;
        }
        formatter.write_str(&self.path)
    }
}

/// What stands behind the host.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Port {
    Unset,
    Set(u16),
    Impossible,
}

impl Port {
    fn parse(digits: Option<&str>) -> Self {
        match digits {
            None | Some("") => Self::Unset,
            Some(digits) if !digits.bytes().all(|byte| byte.is_ascii_digit()) => Self::Impossible,
            Some(digits) => digits.parse().map_or(Self::Impossible, Self::Set),
        }
    }

    fn number(self) -> Option<u16> {
        if let Self::Set(number) = self { Some(number) } else { None }
    }
}

/// The parts of a text that has the form of a URL.
struct Parts<'a> {
    scheme: String,
    host: &'a str,
    port: Port,
    path: &'a str,
}

fn split(text: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        || !scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
    {
        return None;
    }
    let rest = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port_at = authority.rfind(':').filter(|at| !authority[*at..].contains(']'));
    let (host, port) = port_at.map_or((authority, None), |at| (&authority[..at], Some(&authority[at + 1..])));
    Some(Parts { scheme: scheme.to_ascii_lowercase(), host, port: Port::parse(port), path })
}

/// What is wrong with a URL; empty if nothing is. The problems say what to write instead.
pub fn find_broker_url_problems(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.contains(|c: char| c.is_whitespace() || is_invisible(c)) {
        problems.push("has spaces or control characters in it: remove them".into());
    }
    if text.contains('@') {
        problems
            .push("must not have a user or password in it: the token is both, and comes from MQTT_API_TOKEN".into());
    }
    if text.contains(['?', '#']) {
        problems.push("must not have a ? or # in it: remove what follows the path".into());
    }
    problems.extend(find_scheme_problem(text));
    problems
}

/// A URL without problems in its one form: with the path `/mqtt` where it has none.
pub fn parse_broker_url(text: &str) -> Option<BrokerUrl> {
    if !find_broker_url_problems(text).is_empty() {
        return None;
    }
    let parts = split(text)?;
    let is_secure = parts.scheme == "wss";
    Some(BrokerUrl {
        is_secure,
        host: parts.host.to_lowercase(),
        port: parts.port.number().unwrap_or(if is_secure { 443 } else { 80 }),
        path: path_of(parts.path).into(),
    })
}

fn find_scheme_problem(text: &str) -> Option<String> {
    let Some(parts) = split(text) else {
        let is_host = !text.contains("//") && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-:/".contains(c));
        let hint = if is_host { suggest(&format!("wss://{text}")) } else { DEFAULT_BROKER_URL.into() };
        return Some(format!("has no scheme: use {hint}"));
    };
    if !is_host(parts.host) || parts.port == Port::Impossible {
        return Some(format!("is no valid URL: use one such as {DEFAULT_BROKER_URL}"));
    }
    match parts.scheme.as_str() {
        "wss" => None,
        "ws" if is_loopback(parts.host) => None,
        "ws" => Some(format!(
            "would send the token unencrypted; ws:// is for this machine only (localhost): use {}",
            suggest(text)
        )),
        scheme => Some(format!(
            "has the scheme {scheme}://; the way in for applications is MQTT over secure WebSockets: use {}",
            suggest(text)
        )),
    }
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(address) => address.strip_suffix(']').is_some_and(|address| address.parse::<IpAddr>().is_ok()),
        // A user before an @ is told of elsewhere.
        None => !host.is_empty() && !host.contains(['[', ']', ' ', '\\', '%', '<', '>', '^', '|']),
    }
}

/// What the user probably means: the platform's port and path, unless others were given that may be right.
fn suggest(text: &str) -> String {
    let safe = !text.contains('@') && !text.to_ascii_lowercase().contains(TOKEN_PREFIX);
    let Some(parts) = split(text).filter(|parts| safe && is_host(parts.host)) else {
        return DEFAULT_BROKER_URL.into();
    };
    let is_web = !matches!(parts.scheme.as_str(), "mqtt" | "mqtts" | "tcp");
    let given = parts.port.number();
    let port = given.filter(|port| is_web && !OTHER_PORTS.contains(port)).unwrap_or(PLATFORM_PORT);
    let is_guess = given != Some(port) && !parts.host.eq_ignore_ascii_case(PLATFORM_HOST);
    let path = if is_web { path_of(parts.path) } else { DEFAULT_PATH };
    format!("wss://{}:{port}{path}{}", parts.host, if is_guess { GUESS } else { "" })
}

fn path_of(path: &str) -> &str {
    if matches!(path, "" | "/") { DEFAULT_PATH } else { path }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
