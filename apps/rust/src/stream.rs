//! The stream: connects, subscribes, stays, comes back, and acknowledges what was dealt with.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::backoff::Backoff;
use crate::config::{Config, Protocol, TokenSource};
use crate::connection::{ConnectOptions, Connection, Event, now_ms};
use crate::error::{Code, Error};
use crate::log::{Gap, Log, Session};
use crate::output::{Output, Written};
use crate::rate::{MOST, Rate};
use crate::reasons::{naming_filters, subscription_refused};
use crate::status::Status;
use crate::telemetry::Arrival;
use crate::tls::TlsConfig;
use crate::token::Token;
use crate::treatment::{History, Treatment, treatment_of};
use crate::webhook::signal::Signal;

/// From the first DNS query to the CONNACK. EMQX may take 6 s when its authentication back end is slow.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait for a SUBACK: EMQX sends none while its authorization back end hangs.
const SUBACK_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a DISCONNECT may take to leave.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);
/// A broker that denies by disconnecting says nothing on 3.1.1: so many closes before a SUBACK are a refusal.
const CLOSES_BEFORE_SUBACK: u32 = 3;
/// How often a log that fails is tried again.
const LOG_RETRY: Duration = Duration::from_secs(1);

/// Where messages go, shared with the threads that may block.
pub struct Store {
    pub log: Box<dyn Log>,
    pub output: Output,
    /// Tells the webhook that the log has grown.
    pub webhook: Option<Arc<Signal>>,
}

/// Since the stream began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub received: u64,
    pub stored: u64,
    pub redelivered: u64,
    /// At `QoS` 0, for want of room.
    pub dropped: u64,
    pub live: u64,
    pub gaps: u64,
}

/// What committing a batch came to.
struct Committed {
    batch: Vec<Arrival>,
    /// The place of each message; `None` for one that came again.
    places: Result<Vec<Option<i64>>, Error>,
    written: Result<Written, Error>,
}

/// Where a connection stands.
enum Phase {
    Connecting,
    /// So many UNSUBACKs are awaited.
    Unsubscribing(usize),
    Subscribing,
    Live(Instant),
}

/// Runs until it is stopped or must end.
pub struct Stream {
    config: Config,
    tls: TlsConfig,
    store: Arc<Mutex<Store>>,
    is_durable: bool,
    /// Whether to wait for a broker that cannot be reached at the first attempt.
    wait: bool,
    /// True: take in nothing more, deal with what is there, say goodbye.
    stop: watch::Sender<bool>,
    status: Status,
    counts: Counts,
    backoff: Backoff<fn() -> f64>,
    is_v5: bool,
    closes_before_suback: u32,
    lost_at: Option<i64>,
    rate: Rate,
    /// What has arrived and is not stored yet.
    pending: Vec<Arrival>,
}

impl Stream {
    pub fn new(config: Config, tls: TlsConfig, store: Store, wait: bool, stop: watch::Sender<bool>) -> Self {
        Self {
            status: Status::new(config.broker.clone()),
            is_durable: store.log.is_durable(),
            store: Arc::new(Mutex::new(store)),
            backoff: Backoff::new(config.first_backoff_ms, fastrand::f64),
            is_v5: config.protocol != Protocol::V4,
            config,
            tls,
            wait,
            stop,
            counts: Counts::default(),
            closes_before_suback: 0,
            lost_at: None,
            rate: Rate::default(),
            pending: Vec::new(),
        }
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Gives the error that ended it; `None` after a stop.
    pub async fn run(&mut self) -> Option<Error> {
        if let Err(error) = self.recall_rate().await {
            return Some(error);
        }
        while !self.is_stopped() {
            self.status.connecting(self.is_v5);
            let (fingerprint, error) = self.connect_once().await;
            if matches!(error.code, Code::Log | Code::Output) {
                return Some(error);
            }
            if self.is_stopped() {
                break;
            }
            let (error, treatment) = match self.outcome(error, fingerprint).await {
                Ok(outcome) => outcome,
                Err(error) => return Some(error),
            };
            let delay = match treatment {
                Treatment::End => return Some(error),
                Treatment::Now => continue,
                Treatment::Slow => self.backoff.slow_delay(),
                Treatment::Backoff => self.backoff.next_delay(),
            };
            self.status.waiting(&error, delay);
            let mut stop = self.stop.subscribe();
            let _ = timeout(delay, stop.wait_for(|stopped| *stopped)).await;
        }
        None
    }

    /// What the process before has stored tells how fast messages came before this one.
    async fn recall_rate(&mut self) -> Result<(), Error> {
        for at in self.in_log(|log| log.recent_times(MOST)).await? {
            self.rate.count(at);
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// One connection from its beginning to its end; gives the mark of the token that was used, and why it ended.
    async fn connect_once(&mut self) -> (Option<String>, Error) {
        let token = match self.read_token() {
            Ok(token) => token,
            Err(error) => return (None, error),
        };
        let error = self.connection(&token).await.err();
        (Some(token.fingerprint()), error.unwrap_or_else(|| Error::new(Code::ConnectionLost, "Stopped.")))
    }

    fn read_token(&self) -> Result<Token, Error> {
        let path = match &self.config.token {
            TokenSource::Value(token) => return Ok(token.clone()),
            TokenSource::File(path) => path,
        };
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::new(Code::Config, format!("TESA_TOKEN_FILE \"{path}\" cannot be read: {error}."))
        })?;
        let token = Token::parse(text.trim_end_matches(['\r', '\n']))?;
        if let Some(warning) = token.warning() {
            Status::warn(&warning);
        }
        Ok(token)
    }

    async fn connection(&mut self, token: &Token) -> Result<(), Error> {
        let session = self.in_log(|log| log.session()).await?;
        let keeps = self.config.session_expiry_seconds > 0 && (self.is_durable || self.is_v5);
        let mut connection = Connection::open(&ConnectOptions {
            broker: &self.config.broker,
            tls: &self.tls,
            token,
            client_id: self.config.client_id.as_deref().unwrap_or(&session.client_id),
            is_v5: self.is_v5,
            keep_alive_seconds: self.config.keep_alive_seconds,
            clean_start: !keeps || (!self.is_durable && self.lost_at.is_none()),
            session_expiry_seconds: if keeps { self.config.session_expiry_seconds } else { 0 },
            receive_maximum: self.config.receive_maximum,
        })?;
        let lives = self.counts.live;
        let mut committing = None;
        let result = self.drive(&mut connection, &mut committing, &session, token).await;
        if let Some(commit) = committing.take() {
            // What is being stored while the connection ends is stored; its PUBACKs no longer reach the broker.
            self.settle(commit).await?;
        }
        if keeps {
            // The broker sends again what it has no PUBACK for.
            self.pending.clear();
        }
        if self.counts.live > lives {
            self.lost_at = Some(now_ms());
            self.remember_end().await;
        }
        result
    }

    /// Follows a connection until it ends, or everything is stopped and settled.
    async fn drive(
        &mut self,
        connection: &mut Connection,
        committing: &mut Option<JoinHandle<Committed>>,
        session: &Session,
        token: &Token,
    ) -> Result<(), Error> {
        let mut phase = Phase::Connecting;
        let mut deadline = Some(Instant::now() + CONNECT_TIMEOUT);
        let mut retry_at = None;
        let mut session_present = false;
        let mut stop = self.stop.subscribe();
        loop {
            let may_store = !matches!(phase, Phase::Connecting);
            if may_store && committing.is_none() && retry_at.is_none() && !self.pending.is_empty() {
                *committing = Some(self.commit());
            }
            let is_stopped = *stop.borrow_and_update();
            if is_stopped && committing.is_none() && (self.pending.is_empty() || !may_store) {
                return self.leave(connection, &phase).await;
            }
            tokio::select! {
                event = connection.next(), if !is_stopped => match event {
                    Event::Accepted { session_present: present } => {
                        session_present = present;
                        self.accepted(session, present).await?;
                        phase = self.subscribe(connection, session, present).await?;
                        deadline = Some(Instant::now() + SUBACK_TIMEOUT);
                    }
                    Event::Unsubscribed => {
                        phase = match phase {
                            Phase::Unsubscribing(left) if left > 1 => Phase::Unsubscribing(left - 1),
                            Phase::Unsubscribing(_) => self.subscribe_wanted(connection).await?,
                            other => other,
                        };
                    }
                    Event::Subscribed(refused) => {
                        self.subscribed(&refused, session, token, session_present).await?;
                        phase = Phase::Live(Instant::now());
                        deadline = None;
                    }
                    Event::Arrival(arrival) => self.take(arrival)?,
                    Event::Ended(error) => {
                        if let Phase::Live(since) = phase {
                            self.backoff.ended_after(since.elapsed());
                        }
                        let is_subscribing = matches!(phase, Phase::Subscribing);
                        let filters = &self.config.filters;
                        return Err(if is_subscribing { naming_filters(error, filters) } else { error });
                    }
                },
                done = joined(committing), if committing.is_some() => {
                    *committing = None;
                    retry_at = self.committed(done?, connection, is_stopped).await?;
                }
                () = until(retry_at), if retry_at.is_some() => retry_at = None,
                () = until(deadline), if deadline.is_some() && !is_stopped => return Err(overdue(&phase)),
                _ = stop.changed() => {}
            }
        }
    }

    async fn accepted(&mut self, session: &Session, session_present: bool) -> Result<(), Error> {
        self.in_log(move |log| log.connected(session_present)).await?;
        let Some(lost_at) = self.lost_at.or(session.connected_until) else { return Ok(()) };
        let now = now_ms();
        // Without its session, whatever was sent since is gone; with it, what its queue could not hold.
        if session_present && !self.rate.may_exceed(self.config.broker_queue, lost_at, now) {
            return Ok(());
        }
        let gap = Gap { is_certain: !session_present, from: lost_at, to: now };
        self.in_log(move |log| log.record_gap(gap)).await?;
        self.counts.gaps += 1;
        self.status.gap(gap);
        Ok(())
    }

    /// First ends what is no longer wanted of a kept session.
    async fn subscribe(
        &mut self,
        connection: &Connection,
        session: &Session,
        session_present: bool,
    ) -> Result<Phase, Error> {
        let is_unwanted = |filter: &&String| session_present && !self.config.filters.contains(filter);
        let unwanted: Vec<&String> = session.filters.iter().filter(is_unwanted).collect();
        if unwanted.is_empty() {
            return self.subscribe_wanted(connection).await;
        }
        for filter in &unwanted {
            connection.unsubscribe(filter).await;
        }
        Ok(Phase::Unsubscribing(unwanted.len()))
    }

    async fn subscribe_wanted(&mut self, connection: &Connection) -> Result<Phase, Error> {
        // A close may be the broker's way to refuse: it is counted here, and forgiven at the SUBACK.
        self.closes_before_suback += 1;
        connection.subscribe(&self.config.filters).await?;
        Ok(Phase::Subscribing)
    }

    async fn subscribed(
        &mut self,
        refused: &[Option<String>],
        session: &Session,
        token: &Token,
        session_present: bool,
    ) -> Result<(), Error> {
        self.closes_before_suback = 0;
        let filters = self.config.filters.iter();
        let named: Vec<&str> = filters.zip(refused).filter(|(_, why)| why.is_some()).map(|(f, _)| f.as_str()).collect();
        if !named.is_empty() {
            return Err(subscription_refused(&named, refused.iter().flatten().next().map(String::as_str)));
        }
        let saved = Session {
            client_id: session.client_id.clone(),
            filters: self.config.filters.clone(),
            accepted_token: Some(token.fingerprint()),
            connected_until: Some(now_ms()),
        };
        self.in_log(move |log| log.save_session(&saved)).await?;
        self.status.live(&self.config.filters, token.organisation(), session_present);
        self.counts.live += 1;
        Ok(())
    }

    fn take(&mut self, arrival: Arrival) -> Result<(), Error> {
        if self.pending.len() >= usize::from(self.config.receive_maximum) {
            if arrival.packet_id.is_none() {
                self.counts.dropped += 1;
                return Ok(());
            }
            // The broker has no PUBACK for it, so nothing is lost by leaving.
            return Err(Error::new(Code::Protocol, "The broker sent more messages than the receive maximum."));
        }
        self.counts.received += 1;
        self.rate.count(arrival.received_at);
        self.pending.push(arrival);
        Ok(())
    }

    /// Stores what has arrived in a thread that may block; what arrives meanwhile is the next batch.
    fn commit(&mut self) -> JoinHandle<Committed> {
        let batch = std::mem::take(&mut self.pending);
        let store = Arc::clone(&self.store);
        // Without a log that lasts, what was written is what was dealt with.
        let writes = !self.is_durable;
        tokio::task::spawn_blocking(move || {
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
            let places = store.log.append(&batch);
            if let Some(webhook) = &store.webhook {
                webhook.wake();
            }
            let written = match &places {
                Ok(places) if writes => store.output.write(&batch, places),
                _ => Ok(Written::All),
            };
            Committed { batch, places, written }
        })
    }

    /// Acknowledges what was dealt with; gives when to try again what was not.
    async fn committed(
        &mut self,
        done: Committed,
        connection: &Connection,
        is_stopped: bool,
    ) -> Result<Option<Instant>, Error> {
        let Committed { mut batch, places, written } = done;
        let places = match places {
            Ok(places) => places,
            Err(error) if is_stopped => return Err(error),
            Err(error) => {
                self.status.log_trouble(&error);
                batch.append(&mut self.pending);
                self.pending = batch;
                return Ok(Some(Instant::now() + LOG_RETRY));
            }
        };
        self.status.log_works();
        let written = written?;
        for packet_id in batch.iter().filter_map(|arrival| arrival.packet_id) {
            connection.acknowledge(packet_id).await;
        }
        self.count(&places);
        self.after_writing(written);
        if self.is_durable {
            self.write_stored(batch, places).await?;
        }
        Ok(None)
    }

    /// A commit that ended after its connection did.
    async fn settle(&mut self, commit: JoinHandle<Committed>) -> Result<(), Error> {
        let Committed { batch, places, written } = join(commit.await)?;
        let Ok(places) = places else { return Ok(()) };
        self.count(&places);
        self.after_writing(written?);
        if self.is_durable { self.write_stored(batch, places).await } else { Ok(()) }
    }

    /// The output of a log that lasts gets what is acknowledged already.
    async fn write_stored(&mut self, batch: Vec<Arrival>, places: Vec<Option<i64>>) -> Result<(), Error> {
        let written = self.in_store(move |store| store.output.write(&batch, &places)).await?;
        self.after_writing(written);
        Ok(())
    }

    fn count(&mut self, places: &[Option<i64>]) {
        let stored = places.iter().flatten().count() as u64;
        self.counts.stored += stored;
        self.counts.redelivered += places.len() as u64 - stored;
    }

    fn after_writing(&self, written: Written) {
        if written == Written::End {
            self.stop.send_replace(true);
        }
    }

    /// Says goodbye. The session stays if there is a log to go on with, or others to share with: EMQX throws away what a
    /// worker had not acknowledged when it says goodbye with an expiry of 0.
    async fn leave(&self, connection: &mut Connection, phase: &Phase) -> Result<(), Error> {
        if matches!(phase, Phase::Connecting) {
            return Ok(());
        }
        let stays = self.is_durable || self.config.share.is_some();
        connection.disconnect(if stays { self.config.session_expiry_seconds } else { 0 }).await;
        let ended = async { while !matches!(connection.next().await, Event::Ended(_)) {} };
        let _ = timeout(GOODBYE_TIMEOUT, ended).await;
        Ok(())
    }

    /// For the next process. A log that cannot be written now says so at the next message.
    async fn remember_end(&mut self) {
        if !self.is_durable {
            return;
        }
        let connected_until = self.lost_at;
        let saved = self.in_log(move |log| {
            let session = log.session()?;
            log.save_session(&Session { connected_until, ..session })
        });
        drop(saved.await);
    }

    async fn outcome(&mut self, error: Error, fingerprint: Option<String>) -> Result<(Error, Treatment), Error> {
        if error.code == Code::ProtocolVersion && self.config.protocol == Protocol::Auto && self.is_v5 {
            self.is_v5 = false;
            return Ok((error, Treatment::Now));
        }
        let error = self.silent_refusal(error);
        let ever_live = self.counts.live > 0;
        let accepted = match fingerprint {
            Some(mark) => self.in_log(|log| log.session()).await?.accepted_token == Some(mark),
            None => ever_live,
        };
        let treatment = treatment_of(error.code, History { accepted, ever_live, wait: self.wait });
        Ok((error, treatment))
    }

    fn silent_refusal(&mut self, error: Error) -> Error {
        if self.closes_before_suback < CLOSES_BEFORE_SUBACK {
            return error;
        }
        if error.code != Code::ConnectionLost {
            self.closes_before_suback = 0;
            return error;
        }
        let filters: Vec<&str> = self.config.filters.iter().map(String::as_str).collect();
        subscription_refused(&filters, None)
    }

    async fn in_log<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Log) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.in_store(|store| work(store.log.as_mut())).await
    }

    async fn in_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let store = Arc::clone(&self.store);
        let done = tokio::task::spawn_blocking(move || work(&mut store.lock().unwrap_or_else(PoisonError::into_inner)));
        join(done.await)?
    }

    /// How many messages were written; only when nothing is being written.
    pub fn written(&self) -> Option<u64> {
        self.store.try_lock().ok().map(|store| store.output.written())
    }
}

fn overdue(phase: &Phase) -> Error {
    match phase {
        Phase::Connecting => Error::new(
            Code::ConnectTimeout,
            format!("The broker did not answer within {} s.", CONNECT_TIMEOUT.as_secs()),
        ),
        _ => Error::new(
            Code::SubscriptionTimeout,
            format!(
                "The broker did not answer the subscription within {} s. Its access control may be overloaded.",
                SUBACK_TIMEOUT.as_secs()
            ),
        ),
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => sleep(Duration::MAX).await,
    }
}

async fn joined(committing: &mut Option<JoinHandle<Committed>>) -> Result<Committed, Error> {
    match committing {
        Some(commit) => join(commit.await),
        None => std::future::pending().await,
    }
}

/// A thread ends without a result only when it panics, which is a defect.
fn join<T>(result: Result<T, tokio::task::JoinError>) -> Result<T, Error> {
    result.map_err(|error| Error::new(Code::Log, format!("Storing ended unexpectedly: {error}.")))
}
