//! Runs the test vectors that every language's tests share; see tooling/conformance/README.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use serde_json::{Value, json};
use tesa_stream::backoff::Backoff;
use tesa_stream::config::{Protocol, Record, TokenSource, is_variable, parse_config};
use tesa_stream::log::{Log, MemoryLog};
use tesa_stream::ndjson::write_ndjson;
use tesa_stream::sqlite_log::SqliteLog;
use tesa_stream::telemetry::{Arrival, decode};
use tesa_stream::token::Token;
use tesa_stream::topic::parse_topic;
use tesa_stream::webhook::signing::Signer;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Clone, Deserialize)]
struct Case {
    name: String,
    needs: Option<String>,
    input: Value,
    expected: Value,
}

type Check = fn(&Value, &Value) -> Result<(), Failed>;

/// What the capabilities of conformance.json need; the rest is not applicable.
const FILES: [(&str, Check); 8] = [
    ("token", token),
    ("topic", topic),
    ("decode", decoding),
    ("config", config),
    ("redelivery", redelivery_in_sqlite),
    ("redelivery", redelivery_in_memory),
    ("backoff", backoff),
    ("webhook-signature", webhook_signature),
];

fn main() {
    let known = known_failing();
    let mut trials = Vec::new();
    for (file, check) in FILES {
        let text = fs::read_to_string(vectors().join(format!("{file}.json"))).expect("the vectors are beside the apps");
        let cases: File = serde_json::from_str(&text).expect("vectors are JSON");
        for case in cases.cases.into_iter().filter(|case| is_applicable(file, check, case)) {
            let is_known = known.contains_key(&format!("{file}/{}", case.name));
            let name = format!("{file}: {}", case.name);
            trials.push(Trial::test(name, move || expect(check(&case.input, &case.expected), is_known)));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A case that is known to fail must fail: else the list is no longer true.
fn expect(result: Result<(), Failed>, is_known: bool) -> Result<(), Failed> {
    match (result, is_known) {
        (Ok(()), true) => Err("It passes: remove it from known-failing.json.".into()),
        (Err(_), true) => Ok(()),
        (result, false) => result,
    }
}

fn app() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn vectors() -> PathBuf {
    app().join("../../tooling/conformance/vectors")
}

fn known_failing() -> BTreeMap<String, String> {
    let Ok(text) = fs::read_to_string(app().join("known-failing.json")) else { return BTreeMap::new() };
    let list: Vec<BTreeMap<String, String>> = serde_json::from_str(&text).expect("known-failing.json is a list");
    list.into_iter()
        .map(|mut each| (each.remove("case").expect("a case"), each.remove("reason").expect("a reason")))
        .collect()
}

fn is_applicable(file: &str, check: Check, case: &Case) -> bool {
    let needs_more = case.needs.as_deref().is_some_and(|capability| !matches!(capability, "durable" | "webhook"));
    let is_memory = std::ptr::fn_addr_eq(check, redelivery_in_memory as Check);
    let restarts =
        file == "redelivery" && case.input["steps"].as_array().is_some_and(|s| s.iter().any(|s| s["restart"] == true));
    let other_variable = file == "config"
        && case.input.as_object().is_some_and(|record| {
            record.keys().any(|name| (name.starts_with("TESA_") || name.starts_with("MQTT_")) && !is_variable(name))
        });
    !(needs_more || other_variable || (is_memory && restarts))
}

fn same(found: &Value, expected: &Value, what: &str) -> Result<(), Failed> {
    if equal(found, expected) { Ok(()) } else { Err(format!("{what} is {found}, not {expected}").into()) }
}

/// Numbers are compared as doubles.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a.as_str().parse::<f64>().ok() == b.as_str().parse::<f64>().ok(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => one == other,
    }
}

fn ensure(is_right: bool, what: &str) -> Result<(), Failed> {
    if is_right { Ok(()) } else { Err(what.into()) }
}

/// Bytes are UTF-8 of a text, or stand in base64.
fn payload_bytes(case: &Value) -> Vec<u8> {
    match case["payloadBase64"].as_str() {
        Some(encoded) => STANDARD.decode(encoded).expect("base64"),
        None => case["payload"].as_str().expect("a payload").as_bytes().to_vec(),
    }
}

fn token(input: &Value, expected: &Value) -> Result<(), Failed> {
    match Token::parse(input.as_str().expect("a text")) {
        Ok(token) => {
            let found = json!({
                "organisation": token.organisation(),
                "redacted": token.to_string(),
                "unusualLength": token.warning().is_some(),
            });
            same(&found, expected, "the token")
        }
        Err(error) => {
            ensure(!format!("{error} {error:?}").contains("FAKE"), "the error shows the token")?;
            same(&json!({ "refused": true }), expected, "the token")
        }
    }
}

fn topic(input: &Value, expected: &Value) -> Result<(), Failed> {
    let found = parse_topic(input.as_str().expect("a text"))
        .map_or(Value::Null, |topic| json!({ "deviceId": topic.device_id, "sensor": topic.sensor }));
    same(&found, expected, "the topic")
}

fn decoding(input: &Value, expected: &Value) -> Result<(), Failed> {
    let arrival = arrival(input, Some(1));
    let mut line = Vec::new();
    write_ndjson(&mut line, &decode(&arrival, 1));
    let line = String::from_utf8(line)?;
    let line = line.strip_suffix('\n').ok_or("the line has no end")?;
    ensure(!line.contains(['\r', '\n']), "the line has line breaks in it")?;
    let written: Value = serde_json::from_str(line)?;
    same(&written["topic"], &input["topic"], "topic")?;
    for key in ["deviceId", "sensor", "timestamp", "format"] {
        same(&written[key], &expected[key], key)?;
    }
    same(&sorted(&written["readings"]), &sorted(&expected["readings"]), "readings")?;
    same(&sorted(&written["warnings"]), &sorted(&expected["warnings"]), "warnings")?;
    if let Some(payload) = expected.get("payload") {
        same(&written["payload"], payload, "payload")?;
    }
    if let Some(text) = expected.get("payloadText").and_then(Value::as_str) {
        ensure(line.contains(&format!("\"payload\":{text},\"format\"")), "the payload was changed")?;
    }
    Ok(())
}

/// Neither the keys of a JSON object nor warnings have an order.
fn sorted(list: &Value) -> Value {
    let mut items = list.as_array().cloned().unwrap_or_default();
    items.sort_by_key(|item| item.get("sensor").unwrap_or(item).to_string());
    Value::Array(items)
}

fn config(input: &Value, expected: &Value) -> Result<(), Failed> {
    let record: Record = serde_json::from_value(input.clone())?;
    let config = match (parse_config(&record), expected.get("problems")) {
        (Err(error), Some(problems)) => {
            let names: BTreeSet<String> = error.problems.iter().flat_map(|problem| names_in(problem)).collect();
            let wanted: BTreeSet<String> = serde_json::from_value(problems.clone())?;
            ensure(names == wanted, &format!("the problems are about {names:?}"))?;
            for end in expected["endsWith"].as_array().into_iter().flatten() {
                let end = end.as_str().expect("a text");
                let is_said = error.problems.iter().any(|problem| problem.ends_with(end));
                ensure(is_said, &format!("no problem ends so: {:?}", error.problems))?;
            }
            for secret in expected["neverShown"].as_array().into_iter().flatten() {
                ensure(!error.message.contains(secret.as_str().expect("a text")), "the message shows a secret")?;
            }
            return Ok(());
        }
        (Ok(config), None) => config,
        (result, _) => return Err(format!("not as expected: {result:?}").into()),
    };
    let found = json!({
        "brokerUrl": config.broker.to_string(),
        "tokenFile": match &config.token { TokenSource::File(path) => Some(path), TokenSource::Value(_) => None },
        "filters": config.filters,
        "clientId": config.client_id,
        "keepAliveSeconds": config.keep_alive_seconds,
        "firstBackoffMs": config.first_backoff_ms,
        "caCertPath": config.ca_cert_path,
        "protocolVersion": match config.protocol { Protocol::Auto => "auto", Protocol::V4 => "3.1.1", Protocol::V5 => "5" },
        "receiveMaximum": config.receive_maximum,
        "sessionExpirySeconds": config.session_expiry_seconds,
        "brokerQueue": config.broker_queue,
        "share": config.share,
        "log": config.log_path.map_or("memory:".to_owned(), |path| format!("sqlite:{path}")),
        "webhookUrl": config.webhook.map(|webhook| webhook.url),
    });
    for (key, value) in expected["config"].as_object().expect("a configuration") {
        match key.as_str() {
            "filters" => same(&sorted(&found[key]), &sorted(value), key)?,
            _ => same(&found[key], value, key)?,
        }
    }
    Ok(())
}

/// A problem begins with the variable that it is about, or with two of which only one may be set.
fn names_in(problem: &str) -> Vec<String> {
    let words: Vec<&str> = problem.split(' ').collect();
    match words.as_slice() {
        [first, "and", second, "are", "both", ..] => vec![(*first).to_owned(), (*second).to_owned()],
        [first, ..] => vec![(*first).to_owned()],
        [] => Vec::new(),
    }
}

fn redelivery_in_sqlite(input: &Value, expected: &Value) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("log.db").to_str().expect("UTF-8").to_owned();
    let size = receive_maximum(input);
    verdicts(input, expected, &|| Box::new(SqliteLog::open(&path, size).expect("opened")))
}

fn redelivery_in_memory(input: &Value, expected: &Value) -> Result<(), Failed> {
    let size = receive_maximum(input);
    verdicts(input, expected, &|| Box::new(MemoryLog::new(size)))
}

fn receive_maximum(input: &Value) -> u16 {
    u16::deserialize(&input["receiveMaximum"]).expect("a receive maximum")
}

fn verdicts(input: &Value, expected: &Value, open: &dyn Fn() -> Box<dyn Log>) -> Result<(), Failed> {
    let mut log = Some(open());
    let mut found = Vec::new();
    for step in input["steps"].as_array().expect("steps") {
        if step["restart"] == true {
            // The old one must have let go of the file.
            drop(log.take());
            log = Some(open());
        }
        let log = log.as_mut().expect("a log");
        if let Some(present) = step["connected"]["sessionPresent"].as_bool() {
            log.connected(present)?;
        } else if let Some(message) = step.get("message") {
            let packet_id = Option::<u16>::deserialize(&message["packetId"])?;
            let places = log.append(&[arrival(message, packet_id)])?;
            found.push(if places[0].is_some() { "new" } else { "redelivered" });
        }
    }
    same(&json!(found), expected, "the decision")
}

fn arrival(message: &Value, packet_id: Option<u16>) -> Arrival {
    Arrival {
        topic: message["topic"].as_str().expect("a topic").to_owned(),
        payload: payload_bytes(message),
        packet_id,
        duplicate: message["dup"] == true,
        retained: false,
        received_at: 0,
    }
}

fn backoff(input: &Value, expected: &Value) -> Result<(), Failed> {
    let random = f64::deserialize(&input["random"])?;
    let mut backoff = Backoff::new(u32::deserialize(&input["firstMs"])?, || random);
    let mut waits = Vec::new();
    for lasted_ms in Vec::<u64>::deserialize(&input["connections"])? {
        backoff.ended_after(Duration::from_millis(lasted_ms));
        waits.push(u64::try_from(backoff.next_delay().as_millis())?);
    }
    same(&json!(waits), expected, "the waits")
}

fn webhook_signature(input: &Value, expected: &Value) -> Result<(), Failed> {
    let text = |key: &str| input[key].as_str().expect("a text");
    let body = match input["bodyBase64"].as_str() {
        Some(encoded) => STANDARD.decode(encoded).expect("base64"),
        None => text("body").as_bytes().to_vec(),
    };
    let signer = match Signer::new(text("secret")) {
        Ok(signer) => signer,
        Err(problems) => {
            ensure(!problems.concat().contains("FAKE"), "the problem shows the secret")?;
            return same(&json!({ "refused": true }), expected, "the signature");
        }
    };
    let signature = signer.sign(text("id"), i64::deserialize(&input["timestamp"])?, &body);
    same(&json!({ "signature": signature }), expected, "the signature")
}
