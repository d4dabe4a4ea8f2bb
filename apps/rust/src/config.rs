//! The configuration, checked: every problem is found at once.

use std::collections::BTreeMap;

use crate::broker_url::{BrokerUrl, DEFAULT_BROKER_URL, find_broker_url_problems, parse_broker_url};
use crate::error::{Code, Error};
use crate::text::{find_control_characters, find_string_problems, quote_url, quote_value};
use crate::token::{Token, find_token_problems, holds_token};
use crate::topic::{
    find_device_problems, find_filter_problems, find_sensor_problems, is_refused_to_tokens, telemetry_filter,
};
use crate::webhook::Webhook;
use crate::webhook::signing::find_secret_problems;
use crate::webhook::target::find_target_problems;

/// The variables as texts, by name.
pub type Record = BTreeMap<String, String>;

/// Which version of MQTT to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// MQTT 5, and 3.1.1 when the broker knows no 5.
    Auto,
    V4,
    V5,
}

/// Where the token comes from. A file is read anew at each connect, so that a rotated token needs no restart.
#[derive(Clone, Debug)]
pub enum TokenSource {
    Value(Token),
    File(String),
}

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    pub broker: BrokerUrl,
    pub token: TokenSource,
    pub filters: Vec<String>,
    /// `None`: the session's own random one.
    pub client_id: Option<String>,
    pub keep_alive_seconds: u16,
    pub first_backoff_ms: u32,
    /// PEM file of a CA to trust instead of the system's.
    pub ca_cert_path: Option<String>,
    pub protocol: Protocol,
    pub receive_maximum: u16,
    pub session_expiry_seconds: u32,
    /// How many messages the broker keeps for an absent client before it drops the oldest.
    pub broker_queue: u32,
    pub share: Option<String>,
    /// `None`: messages are kept nowhere.
    pub log_path: Option<String>,
    /// Where the log is sent.
    pub webhook: Option<Webhook>,
}

/// A variable: its name, what applies when it is not set, and what may be wrong with it.
struct Variable {
    name: &'static str,
    default: Option<&'static str>,
    find_problems: fn(&str) -> Vec<String>,
}

const fn variable(
    name: &'static str,
    default: Option<&'static str>,
    find_problems: fn(&str) -> Vec<String>,
) -> Variable {
    Variable { name, default, find_problems }
}

const TOKEN: &str = "MQTT_API_TOKEN";
const WEBHOOK: &str = "TESA_WEBHOOK_URL";
const WEBHOOK_SECRET: &str = "TESA_WEBHOOK_SECRET";
const TOKEN_ORIGIN: &str = "Admin UI, Organization Settings > MQTT API Tokens";
/// How long the broker keeps the session of a worker in a group: the others soon get what it leaves.
const SHARE_SESSION_EXPIRY: &str = "5";

/// Every variable. Those that begin with MQTT_, and `CA_CERT_PATH`, are the names of the platform's examples.
const VARIABLES: [Variable; 18] = [
    variable(TOKEN, None, find_token_problems),
    variable("TESA_TOKEN_FILE", None, find_path_problems),
    variable("MQTT_BROKER_URL", Some(DEFAULT_BROKER_URL), find_broker_url_problems),
    variable("MQTT_TOPIC", Some("device/+/telemetry/#"), find_topic_problems),
    variable("TESA_DEVICE", None, |text| find_list_problems(text, find_device_problems)),
    variable("TESA_SENSOR", None, |text| find_list_problems(text, find_sensor_problems)),
    variable("MQTT_CLIENT_ID", None, find_client_id_problems),
    variable("MQTT_KEEPALIVE", Some("60"), |text| find_number_problems(text, "seconds", 1, 65_535)),
    variable("MQTT_RECONNECT_PERIOD", Some("1000"), |text| find_number_problems(text, "milliseconds", 1, 30_000)),
    variable("CA_CERT_PATH", None, find_path_problems),
    variable("TESA_PROTOCOL_VERSION", Some("auto"), find_version_problems),
    variable("TESA_RECEIVE_MAXIMUM", Some("1000"), |text| find_number_problems(text, "messages", 1, 65_535)),
    variable("TESA_SESSION_EXPIRY", Some("300"), |text| find_number_problems(text, "seconds", 0, 4_294_967_295)),
    variable("TESA_BROKER_QUEUE", Some("1000"), |text| find_number_problems(text, "messages", 1, 1_000_000_000)),
    variable("TESA_SHARE", None, find_group_problems),
    variable("TESA_LOG", Some("memory:"), find_log_problems),
    variable(WEBHOOK, None, find_target_problems),
    variable(WEBHOOK_SECRET, None, find_secret_problems),
];

/// Whether the configuration has a variable of this name.
pub fn is_variable(name: &str) -> bool {
    VARIABLES.iter().any(|variable| variable.name == name)
}

/// Checks a configuration; names that it does not know are ignored. A variable that is set but empty is a mistake like any
/// other. The error has a line for every problem; none shows a secret.
pub fn parse_config(record: &Record) -> Result<Config, Error> {
    let mut problems: Vec<String> =
        VARIABLES.iter().filter(|variable| is_empty(record, variable.name)).map(empty_problem).collect();
    problems.extend(find_combination_problems(record));
    let values = with_defaults(record);
    for variable in &VARIABLES {
        let Some(value) = values.get(variable.name) else { continue };
        for problem in problems_of(variable, value) {
            problems.push(format!("{}{} {problem}.", variable.name, shown(variable.name, value)));
        }
    }
    if problems.is_empty() {
        return to_config(&values);
    }
    let count = if problems.len() == 1 { "a problem".into() } else { format!("{} problems", problems.len()) };
    let message = format!("The configuration has {count}:\n{}", problems.join("\n"));
    Err(Error { code: Code::Config, message, problems })
}

type Values<'a> = BTreeMap<&'static str, &'a str>;

fn is_empty(record: &Record, name: &str) -> bool {
    record.get(name).is_some_and(|value| value.trim().is_empty())
}

fn with_defaults(record: &Record) -> Values<'_> {
    VARIABLES
        .iter()
        .filter_map(|Variable { name, default, .. }| {
            let given = record.get(*name).map(String::as_str).filter(|_| !is_empty(record, name));
            let is_shared = *name == "TESA_SESSION_EXPIRY" && record.contains_key("TESA_SHARE");
            let usual = if is_shared { Some(SHARE_SESSION_EXPIRY) } else { *default };
            given.or(usual).map(|value| (*name, value))
        })
        .collect()
}

fn problems_of(variable: &Variable, value: &str) -> Vec<String> {
    if variable.name != TOKEN && holds_token(value) {
        return vec![format!("has a token in it, and is no secret place: a token belongs into {TOKEN} alone")];
    }
    (variable.find_problems)(value)
}

fn empty_problem(variable: &Variable) -> String {
    let remedy = match variable {
        Variable { name: TOKEN, .. } => format!("put a token there ({TOKEN_ORIGIN})"),
        Variable { default: Some(default), .. } => format!("give it a value, or remove it for the default, {default}"),
        Variable { default: None, .. } => "give it a value, or remove it".into(),
    };
    format!("{} is set but empty: {remedy}.", variable.name)
}

fn shown(name: &str, value: &str) -> String {
    match name {
        // The path of a webhook may be a secret.
        TOKEN | WEBHOOK | WEBHOOK_SECRET => String::new(),
        "MQTT_BROKER_URL" => format!(" {}", quote_url(value)),
        _ => format!(" {}", quote_value(value)),
    }
}

fn find_combination_problems(record: &Record) -> Vec<String> {
    let is_set = |name: &str| record.contains_key(name);
    let mut problems = Vec::new();
    if !is_set(TOKEN) && !is_set("TESA_TOKEN_FILE") {
        problems.push(format!(
            "{TOKEN} is not set: make a token ({TOKEN_ORIGIN}) and put it into .env as {TOKEN}=tesa_mqtt_..., or name a \
             file that holds it by TESA_TOKEN_FILE."
        ));
    }
    for (first, second) in [(TOKEN, "TESA_TOKEN_FILE"), ("MQTT_TOPIC", "TESA_DEVICE"), ("MQTT_TOPIC", "TESA_SENSOR")] {
        if is_set(first) && is_set(second) {
            problems.push(format!("{first} and {second} are both set, but only one can apply: remove one."));
        }
    }
    if is_set("TESA_SHARE") {
        problems.extend(find_share_problems(record));
    }
    if is_set(WEBHOOK) {
        problems.extend(find_webhook_problems(record));
    }
    problems
}

fn find_webhook_problems(record: &Record) -> Vec<String> {
    let mut problems = Vec::new();
    if record.get("TESA_LOG").is_none_or(|log| log == "memory:") {
        problems.push(format!(
            "{WEBHOOK} needs a log that lasts, so that it goes on where it stopped: set TESA_LOG=sqlite:./telemetry.db."
        ));
    }
    if !record.contains_key(WEBHOOK_SECRET) {
        problems.push(format!(
            "{WEBHOOK_SECRET} is not set: what is sent is signed. Make one with: echo \"whsec_$(openssl rand -base64 32)\"."
        ));
    }
    problems
}

fn find_share_problems(record: &Record) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(version) =
        record.get("TESA_PROTOCOL_VERSION").filter(|version| matches!(version.as_str(), "3.1.1" | "4"))
    {
        problems.push(format!("TESA_SHARE needs MQTT 5, but TESA_PROTOCOL_VERSION is {version}: remove one of them."));
    }
    if record.get("TESA_SESSION_EXPIRY").is_some_and(|expiry| expiry == "0") {
        problems.push(
            "TESA_SESSION_EXPIRY is 0: with TESA_SHARE the broker would throw away what a worker had not acknowledged \
             when it stops. Give it a few seconds, or remove it."
                .into(),
        );
    }
    problems
}

/// Items separated by commas; spaces around an item do not belong to it, and a repeated one counts once.
fn split_list(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    for item in text.split(',').map(str::trim) {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    items
}

fn find_list_problems(text: &str, find_problems: fn(&str) -> Vec<String>) -> Vec<String> {
    let mut problems = Vec::new();
    for item in split_list(text) {
        for found in [find_problems(item), find_string_problems(item), find_control_characters(item)] {
            problems.extend(found.iter().map(|problem| format!("has {} in it, which {problem}", quote_value(item))));
        }
    }
    problems
}

/// Digits only: what `parse` would accept besides (`+5`) is a mistake here rather than meant.
fn find_number_problems(text: &str, unit: &str, low: u64, high: u64) -> Vec<String> {
    let is_right = text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<u64>().is_ok_and(|number| (low..=high).contains(&number));
    if is_right {
        Vec::new()
    } else {
        vec![format!("must be a whole number of {unit} from {low} to {high}, written in digits alone")]
    }
}

fn find_topic_problems(filter: &str) -> Vec<String> {
    if filter.starts_with("$share/") {
        return vec![
            "is a shared subscription: give the filter after the group by itself, and the group as TESA_SHARE".into(),
        ];
    }
    let mut problems = find_filter_problems(filter);
    problems.extend(find_control_characters(filter));
    if filter.trim() != filter {
        problems.push("has spaces around it: remove them".into());
    }
    if !problems.is_empty() && filter.contains(',') {
        problems.push("must be one filter: for several devices or sensors, name them instead".into());
    }
    if problems.is_empty() && is_refused_to_tokens(filter) {
        problems.push(
            "is not telemetry alone, and a token may subscribe to nothing else: use device/+/telemetry/# or a part of it"
                .into(),
        );
    }
    problems
}

fn find_client_id_problems(client_id: &str) -> Vec<String> {
    [find_string_problems(client_id), find_control_characters(client_id)].concat()
}

/// MQTT 5, 4.8.2: a share name is one level, without wildcards.
fn find_group_problems(group: &str) -> Vec<String> {
    let mut problems = find_client_id_problems(group);
    if group.contains(['/', '+', '#']) {
        problems.push("has a /, + or # in it: a group is one word".into());
    }
    if group.trim() != group {
        problems.push("has spaces around it: remove them".into());
    }
    problems
}

fn find_path_problems(path: &str) -> Vec<String> {
    if path.contains("-----BEGIN") {
        return vec!["must be the path of a file, and is the content of one: name the file".into()];
    }
    find_control_characters(path)
}

fn find_version_problems(version: &str) -> Vec<String> {
    match version {
        "auto" | "5" | "3.1.1" | "4" => Vec::new(),
        _ => vec!["must be auto, 5 or 3.1.1".into()],
    }
}

fn find_log_problems(location: &str) -> Vec<String> {
    match location.strip_prefix("sqlite:") {
        // SQLite takes some names for something else than a file.
        Some(path) if !path.is_empty() && !path.starts_with(':') && !path.starts_with("file:") => {
            find_path_problems(path)
        }
        None if location == "memory:" => Vec::new(),
        _ => vec!["must be memory: or sqlite:<file>, such as sqlite:./telemetry.db".into()],
    }
}

fn to_config(values: &Values<'_>) -> Result<Config, Error> {
    let text = |name: &str| values.get(name).copied().unwrap_or_default();
    let owned = |name: &str| values.get(name).map(|value| (*value).to_owned());
    let number = |name: &str| text(name).parse::<u32>().unwrap_or_default();
    let small = |name: &str| text(name).parse::<u16>().unwrap_or_default();
    let share = owned("TESA_SHARE");
    let broker = parse_broker_url(text("MQTT_BROKER_URL"));
    Ok(Config {
        broker: broker.ok_or_else(|| Error::new(Code::Config, "MQTT_BROKER_URL is no valid URL."))?,
        token: match values.get(TOKEN) {
            Some(token) => TokenSource::Value(Token::parse(token)?),
            None => TokenSource::File(text("TESA_TOKEN_FILE").into()),
        },
        filters: to_filters(values, share.as_deref()),
        client_id: owned("MQTT_CLIENT_ID"),
        keep_alive_seconds: small("MQTT_KEEPALIVE"),
        first_backoff_ms: number("MQTT_RECONNECT_PERIOD"),
        ca_cert_path: owned("CA_CERT_PATH"),
        protocol: match (text("TESA_PROTOCOL_VERSION"), &share) {
            ("5", _) | (_, Some(_)) => Protocol::V5,
            ("auto", _) => Protocol::Auto,
            _ => Protocol::V4,
        },
        receive_maximum: small("TESA_RECEIVE_MAXIMUM"),
        session_expiry_seconds: number("TESA_SESSION_EXPIRY"),
        broker_queue: number("TESA_BROKER_QUEUE"),
        share,
        log_path: text("TESA_LOG").strip_prefix("sqlite:").map(str::to_owned),
        webhook: owned(WEBHOOK).map(|url| Webhook { url, secrets: text(WEBHOOK_SECRET).to_owned() }),
    })
}

/// Each named device with each named sensor: no message matches two of them.
fn to_filters(values: &Values<'_>, share: Option<&str>) -> Vec<String> {
    let list = |name: &str| values.get(name).map(|text| split_list(text));
    let (devices, sensors) = (list("TESA_DEVICE"), list("TESA_SENSOR"));
    let filters = if devices.is_none() && sensors.is_none() {
        vec![values.get("MQTT_TOPIC").copied().unwrap_or_default().to_owned()]
    } else {
        let each = |items: Option<Vec<_>>| items.map_or(vec![None], |items| items.into_iter().map(Some).collect());
        let sensors: Vec<Option<&str>> = each(sensors);
        let pair = |device| sensors.iter().map(move |sensor| telemetry_filter(device, *sensor));
        each(devices).into_iter().flat_map(pair).collect()
    };
    match share {
        // MQTT 5, 4.8.2.
        Some(group) => filters.iter().map(|filter| format!("$share/{group}/{filter}")).collect(),
        None => filters,
    }
}
