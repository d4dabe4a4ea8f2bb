//! The forwarder on a log and a receiver of its own, over a socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::spawn;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::config::{Config, parse_config};
use crate::log::Log as _;
use crate::sqlite_log::SqliteLog;
use crate::telemetry::Arrival;
use crate::webhook::dead_letters::Command;
use crate::webhook::places::Places;
use crate::webhook::{Forwarder, Webhook};

/// A request as it came: its id and its body.
type Request = (String, Value);
/// Decides on the status of an answer.
type Decide = dyn FnMut(&Value) -> &'static str + Send;

/// Answers requests, one connection after the other or side by side.
fn receiver(decide: impl FnMut(&Value) -> &'static str + Send + 'static) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let (sender, requests) = channel();
    let decide: Arc<Mutex<Box<Decide>>> = Arc::new(Mutex::new(Box::new(decide)));
    // It ends with the process of the tests.
    spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (sender, decide) = (sender.clone(), Arc::clone(&decide));
            spawn(move || serve(&stream, &sender, &decide));
        }
    });
    (url, requests)
}

fn serve(mut stream: &TcpStream, sender: &Sender<Request>, decide: &Mutex<Box<Decide>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut id, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "webhook-id" => value.clone_into(&mut id),
                    "content-length" => length = value.parse().expect("a number"),
                    _ => {}
                }
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("the body");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        let status = decide.lock().expect("no panic")(&body);
        sender.send((id, body)).expect("the test listens");
        let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
    }
}

fn arrival(device: &str, value: usize) -> Arrival {
    Arrival {
        topic: format!("device/{device}/telemetry/t"),
        payload: value.to_string().into_bytes(),
        packet_id: None,
        duplicate: false,
        retained: false,
        received_at: 1_770_201_045_123,
    }
}

/// A log with so many messages, of one device, and its path.
fn log_of(folder: &tempfile::TempDir, count: usize) -> (SqliteLog, String) {
    let path = folder.path().join("log.db").to_str().expect("UTF-8").to_owned();
    let mut log = SqliteLog::open(&path, 10).expect("opened");
    let batch: Vec<_> = (1..=count).map(|value| arrival("d", value)).collect();
    log.append(&batch).expect("stored");
    (log, path)
}

fn webhook(url: &str) -> Webhook {
    Webhook { url: url.to_owned(), secrets: format!("whsec_{}", STANDARD.encode([7; 32])) }
}

fn payloads(body: &Value) -> Vec<String> {
    let messages = body["data"]["messages"].as_array().expect("messages");
    messages.iter().map(|message| message["payload"].to_string()).collect()
}

fn next(requests: &Receiver<Request>) -> Request {
    requests.recv_timeout(Duration::from_secs(20)).expect("a request")
}

#[test]
fn what_is_in_the_log_is_sent_once_in_order_and_what_comes_then_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut log, path) = log_of(&folder, 150);
    let (url, requests) = receiver(|_| "204 No Content");
    let forwarder = Forwarder::start(&webhook(&url), &path).expect("started");
    let (first, second) = (next(&requests), next(&requests));
    assert_eq!(payloads(&first.1).len(), 100);
    assert_eq!(payloads(&second.1).last().map(String::as_str), Some("150"));
    assert_eq!(first.1["data"]["lastSeq"], 100);
    assert_eq!(first.1["timestamp"], "2026-02-04T10:30:45.123Z");
    assert!(first.0.ends_with("-1-100"), "{}", first.0);
    log.append(&[arrival("d", 151)]).expect("stored");
    forwarder.signal().wake();
    assert_eq!(payloads(&next(&requests).1), ["151"]);
    forwarder.close(Duration::from_secs(20));
    // Another run has nothing left to send.
    Forwarder::start(&webhook(&url), &path).expect("started").close(Duration::from_secs(20));
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_bad_message_is_found_by_halving_and_becomes_a_dead_letter() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_log, path) = log_of(&folder, 8);
    let (url, requests) = receiver(|body| if payloads(body).contains(&"3".to_owned()) { "422 No" } else { "200 OK" });
    Forwarder::start(&webhook(&url), &path).expect("started").close(Duration::from_secs(20));
    let mut taken: Vec<String> = Vec::new();
    while let Ok((_, body)) = requests.try_recv() {
        let sent = payloads(&body);
        if !sent.contains(&"3".to_owned()) {
            taken.extend(sent);
        }
    }
    assert_eq!(taken, ["1", "2", "4", "5", "6", "7", "8"]);
    let db = rusqlite::Connection::open(&path).expect("opened");
    let dead: (i64, String) =
        db.query_row("SELECT seq, reason FROM dead_letter", [], |row| Ok((row.get(0)?, row.get(1)?))).expect("one");
    assert_eq!(dead, (3, "answered 422".to_owned()));
}

fn config(path: &str, url: &str) -> Config {
    let secrets = webhook(url).secrets;
    let settings = [
        ("MQTT_API_TOKEN", "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001"),
        ("TESA_LOG", &format!("sqlite:{path}")),
        ("TESA_WEBHOOK_URL", url),
        ("TESA_WEBHOOK_SECRET", &secrets),
    ];
    parse_config(&settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into()).expect("good")
}

fn run(words: &str, config: &Config) -> u8 {
    let command = Command::parse(words.split(' ').map(str::to_owned));
    command.and_then(|command| command.run(config)).unwrap_or_else(|error| error.code.exit_code())
}

#[test]
fn dead_letters_are_sent_again_and_discarded() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, path) = log_of(&folder, 4);
    let refused = Arc::new(Mutex::new(vec!["2", "3", "4"]));
    let decided = Arc::clone(&refused);
    let (url, requests) = receiver(move |body| {
        let refused = decided.lock().expect("no panic");
        if payloads(body).iter().any(|one| refused.contains(&one.as_str())) { "422 No" } else { "204 No Content" }
    });
    Forwarder::start(&webhook(&url), &path).expect("started").close(Duration::from_secs(20));
    let config = config(&path, &url);
    let left = || -> Vec<(i64, i64)> {
        let letters = Places::open_read_only(&path).and_then(|places| places.dead_letters()).expect("read");
        letters.iter().map(|letter| (letter.id, letter.message.0)).collect()
    };
    assert_eq!(left(), [(1, 2), (2, 3), (3, 4)]);
    // A stream may run while they are listed, and not while they are changed.
    assert_eq!((run("list", &config), run("replay --all", &config)), (0, 74));
    drop(log);
    *refused.lock().expect("no panic") = vec!["3"];
    while requests.try_recv().is_ok() {}
    assert_eq!(run("replay 1 2", &config), 74);
    assert_eq!(left(), [(2, 3), (3, 4)]);
    let sent: Vec<_> = requests.try_iter().collect();
    assert_eq!(sent.iter().map(|(_, body)| payloads(body).join(",")).collect::<Vec<_>>(), ["2", "3"]);
    assert!(sent[1].0.ends_with("-deadletter3"), "{}", sent[1].0);
    assert_eq!(run("replay 1", &config), 64);
    assert_eq!(run("replay --all", &self::config(&path, &format!("{url}/other"))), 0);
    assert_eq!((run("discard 2", &config), run("replay --all", &config), left()), (0, 0, vec![]));
}

#[test]
fn a_receiver_that_takes_nothing_ends_a_replay_and_the_letters_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let (log, path) = log_of(&folder, 1);
    let mut answers = ["422 No", "503 Later"].into_iter();
    let (url, _requests) = receiver(move |_| answers.next().unwrap_or("401 Who"));
    Forwarder::start(&webhook(&url), &path).expect("started").close(Duration::from_secs(20));
    drop(log);
    let config = config(&path, &url);
    assert_eq!((run("replay --all", &config), run("replay 1", &config)), (74, 74));
    assert_eq!(Places::open_read_only(&path).and_then(|places| places.dead_letters()).expect("read").len(), 1);
    for wrong in ["", "list 1", "replay", "replay 1 --all", "discard 0", "discard x", "send --all"] {
        assert_eq!(run(wrong, &config), 64, "{wrong}");
    }
    let none = folder.path().join("none.db").to_str().expect("UTF-8").to_owned();
    assert_eq!(run("list", &self::config(&none, &url)), 74);
    assert!(!std::path::Path::new(&none).exists());
}

#[test]
fn a_receiver_that_is_down_gets_the_same_under_the_same_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_log, path) = log_of(&folder, 2);
    let mut answers = ["503 Later", "204 No Content"].into_iter();
    let (url, requests) = receiver(move |_| answers.next().unwrap_or("204 No Content"));
    let forwarder = Forwarder::start(&webhook(&url), &path).expect("started");
    let (first, second) = (next(&requests), next(&requests));
    assert_eq!(first, second);
    forwarder.close(Duration::from_secs(20));
}

#[test]
fn a_redirect_is_not_followed_and_pauses() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_log, path) = log_of(&folder, 1);
    let (url, requests) = receiver(|_| "307 Elsewhere\r\nlocation: /other");
    let forwarder = Forwarder::start(&webhook(&url), &path).expect("started");
    next(&requests);
    forwarder.close(Duration::from_secs(1));
    assert!(requests.try_recv().is_err());
}
