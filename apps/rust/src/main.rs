//! The program: reads what the user said, chooses the parts, runs, and ends with an exit code.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tesa_stream::config::{Config, TokenSource, parse_config};
use tesa_stream::environment::read_environment;
use tesa_stream::error::{Code, Error};
use tesa_stream::log::{Log, MemoryLog};
use tesa_stream::output::Output;
use tesa_stream::sqlite_log::SqliteLog;
use tesa_stream::status::{Status, say};
use tesa_stream::stream::{Store, Stream};
use tesa_stream::text::plural;
use tesa_stream::tls::create_tls_config;
use tesa_stream::webhook::Forwarder;
use tesa_stream::webhook::dead_letters::Command;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How long the output may take for what it has after a signal.
const DRAIN: Duration = Duration::from_secs(10);

/// How long the webhook gets at the end for what is in the log.
const WEBHOOK_PATIENCE: Duration = Duration::from_secs(5);

const USAGE: &str = "Usage: tesa-stream [--json] [--count N] [--timeout SECONDS] [--no-wait]
       tesa-stream webhook list [--json] | replay NUMBER...|--all | discard NUMBER...|--all

Streams the telemetry of your TESAIoT devices. README.md lists the environment variables.

  --json             JSON lines on a terminal, too
  --count N          end after N messages
  --timeout SECONDS  end with 124 after so long
  --no-wait          end with 69 if the broker cannot be reached at the first attempt

  webhook            see, send again or forget what the webhook refused for good";

#[derive(Debug, Default)]
struct Options {
    json: bool,
    count: Option<u64>,
    timeout: Option<u64>,
    no_wait: bool,
    help: bool,
}

fn main() -> ExitCode {
    let code = match run() {
        Ok(code) => code,
        Err(error) => {
            say(&error.message);
            error.code.exit_code()
        }
    };
    ExitCode::from(code)
}

fn run() -> Result<u8, Error> {
    let mut arguments = std::env::args().skip(1).peekable();
    let command = match arguments.next_if(|argument| argument == "webhook") {
        Some(_) => Some(Command::parse(arguments.by_ref())?),
        None => None,
    };
    let options = parse_options(arguments)?;
    if options.help {
        println!("{USAGE}");
        return Ok(0);
    }
    let app = Path::new(env!("CARGO_MANIFEST_DIR"));
    // What is no UTF-8 is none of ours.
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let config = parse_config(&read_environment(environment, &[Path::new("."), app])?)?;
    if let Some(command) = command {
        return command.run(&config);
    }
    let tls = create_tls_config(config.ca_cert_path.as_deref())?;
    let log: Box<dyn Log> = match &config.log_path {
        Some(path) => Box::new(SqliteLog::open(path, config.receive_maximum)?),
        None => Box::new(MemoryLog::new(config.receive_maximum)),
    };
    let forwarder = match (&config.webhook, &config.log_path) {
        (Some(webhook), Some(path)) => Some(Forwarder::start(webhook, path)?),
        _ => None,
    };
    let webhook = forwarder.as_ref().map(Forwarder::signal);
    let store = Store { log, output: Output::new(options.json, options.count), webhook };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::new(Code::Network, format!("Cannot start: {error}.")))?;
    warn_of_token(&config);
    let code = runtime.block_on(async {
        let (stop, _) = watch::channel(false);
        stop_at_signals(&stop)?;
        let stream = Stream::new(config, tls, store, !options.no_wait, stop.clone());
        Ok(until_the_end(stream, stop, options.timeout).await)
    });
    if let Some(forwarder) = forwarder {
        forwarder.close(WEBHOOK_PATIENCE);
    }
    // A thread that waits for a pipe which takes nothing any more keeps nobody from leaving.
    runtime.shutdown_background();
    code
}

fn warn_of_token(config: &Config) {
    if let TokenSource::Value(token) = &config.token
        && let Some(warning) = token.warning()
    {
        Status::warn(&warning);
    }
}

async fn until_the_end(mut stream: Stream, stop: watch::Sender<bool>, timeout_s: Option<u64>) -> u8 {
    let started = Instant::now();
    let mut stopped = stop.subscribe();
    let mut timed_out = false;
    let error = {
        let running = stream.run();
        tokio::pin!(running);
        let ended = tokio::select! {
            error = &mut running => Some(error),
            _ = stopped.wait_for(|stopped| *stopped) => None,
            () = sleep(timeout_s.map_or(Duration::MAX, Duration::from_secs)) => {
                timed_out = true;
                stop.send_replace(true);
                None
            }
        };
        match ended {
            Some(error) => error,
            None => timeout(DRAIN, running)
                .await
                .unwrap_or_else(|_| Some(Error::new(Code::Output, "Nobody took the output for 10 s after the end."))),
        }
    };
    let over = || Error::new(Code::Timeout, format!("--timeout: {} s are over.", timeout_s.unwrap_or_default()));
    let error = error.or_else(|| timed_out.then(over));
    if let Some(error) = &error {
        say(&format!("ended: {error}"));
    }
    say(&summary(&stream, started.elapsed()));
    error.map_or(0, |error| error.code.exit_code())
}

/// The last line: what came, and what became of it.
fn summary(stream: &Stream, elapsed: Duration) -> String {
    let counts = stream.counts();
    format!(
        "{} in {:.1} s; {} received, {} new, {} redelivered, {} dropped, {}, {}",
        plural(stream.written().unwrap_or(counts.stored), "message"),
        elapsed.as_secs_f64(),
        counts.received,
        counts.stored,
        counts.redelivered,
        counts.dropped,
        plural(counts.live.saturating_sub(1), "reconnect"),
        plural(counts.gaps, "gap")
    )
}

fn parse_options(arguments: impl Iterator<Item = String>) -> Result<Options, Error> {
    let mut options = Options::default();
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let (flag, value) = match argument.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        match flag.as_str() {
            "--json" => options.json = true,
            "--no-wait" => options.no_wait = true,
            "--help" | "-h" => options.help = true,
            "--count" => options.count = Some(number(&flag, value.or_else(|| arguments.next()))?),
            "--timeout" => options.timeout = Some(number(&flag, value.or_else(|| arguments.next()))?),
            // Not repeated: it could be a token in the wrong place.
            _ => return Err(Error::new(Code::Usage, format!("An argument is unknown.\n{USAGE}"))),
        }
    }
    Ok(options)
}

fn number(flag: &str, value: Option<String>) -> Result<u64, Error> {
    let parsed = value.and_then(|value| value.parse::<u32>().ok()).filter(|number| *number > 0);
    parsed.map(u64::from).ok_or_else(|| Error::new(Code::Usage, format!("{flag} needs a whole number from 1 on.")))
}

/// The first signal stops; a second one ends at once, since what is not acknowledged comes again.
#[cfg(unix)]
fn stop_at_signals(stop: &watch::Sender<bool>) -> Result<(), Error> {
    use tokio::signal::unix::{SignalKind, signal};
    for (kind, number) in [(SignalKind::interrupt(), 2), (SignalKind::terminate(), 15)] {
        let listening = signal(kind);
        let mut signals =
            listening.map_err(|error| Error::new(Code::Usage, format!("Signals cannot be heard: {error}.")))?;
        let stop = stop.clone();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if stop.send_replace(true) {
                    std::process::exit(128 + number);
                }
            }
        });
    }
    Ok(())
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)]
fn stop_at_signals(stop: &watch::Sender<bool>) -> Result<(), Error> {
    let stop = stop.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if stop.send_replace(true) {
                std::process::exit(130);
            }
        }
    });
    Ok(())
}
