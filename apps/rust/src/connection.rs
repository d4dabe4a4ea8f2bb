//! One connection to the broker, over MQTT 3.1.1 or 5.
//!
//! rumqttc's event loop runs in a task of its own, so that pings are answered whatever the log does. It is never reused:
//! acknowledgements that come late for an old connection cannot reach a new one.

use std::time::{SystemTime, UNIX_EPOCH};

use rumqttc_v4 as v4;
use rumqttc_v5 as v5;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::broker_url::BrokerUrl;
use crate::error::{Code, Error};
use crate::kept_session::NothingSent;
use crate::reasons::{refused_v4, refused_v5, to_error};
use crate::telemetry::Arrival;
use crate::tls::TlsConfig;
use crate::token::Token;

/// The largest packet that is taken: a few of the largest that the platform lets through (10 MB).
const MAX_PACKET_BYTES: u32 = 64 * 1024 * 1024;
/// As many PUBACKs leave in one write.
const MAX_REQUESTS_PER_WRITE: usize = 256;

/// What CONNECT says, and where to.
pub struct ConnectOptions<'a> {
    pub broker: &'a BrokerUrl,
    pub tls: &'a TlsConfig,
    pub token: &'a Token,
    pub client_id: &'a str,
    pub is_v5: bool,
    pub keep_alive_seconds: u16,
    pub clean_start: bool,
    pub session_expiry_seconds: u32,
    pub receive_maximum: u16,
}

/// What happens on a connection.
#[derive(Debug)]
pub enum Event {
    Accepted {
        session_present: bool,
    },
    Arrival(Arrival),
    /// For each filter `None`, or why it was refused.
    Subscribed(Vec<Option<String>>),
    Unsubscribed,
    Ended(Error),
}

enum Client {
    V4(v4::AsyncClient),
    V5(v5::AsyncClient),
}

/// A connection that is coming about, or has.
pub struct Connection {
    client: Client,
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

impl Connection {
    /// Begins to connect; [`Self::next`] tells what comes of it.
    pub fn open(options: &ConnectOptions<'_>) -> Result<Self, Error> {
        // The broker has no more than the receive maximum unacknowledged.
        let capacity = usize::from(options.receive_maximum) + 16;
        let (sender, events) = mpsc::channel(capacity);
        let broker = options.broker.clone();
        let (client, task) = if options.is_v5 {
            let (client, event_loop) = v5::AsyncClient::builder(options_v5(options)?).capacity(capacity).build();
            (Client::V5(client), tokio::spawn(run_v5(event_loop, broker, sender)))
        } else {
            let (client, event_loop) = v4::AsyncClient::builder(options_v4(options)?).capacity(capacity).build();
            (Client::V4(client), tokio::spawn(run_v4(event_loop, broker, sender)))
        };
        Ok(Self { client, events, task })
    }

    /// The next event. After the end there is none.
    pub async fn next(&mut self) -> Event {
        match self.events.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }

    /// Subscribes at `QoS` 1. On MQTT 5, retained messages come only where the subscription is new.
    pub async fn subscribe(&self, filters: &[String]) -> Result<(), Error> {
        let sent = match &self.client {
            Client::V4(client) => {
                let filters =
                    filters.iter().map(|filter| v4::SubscribeFilter::new(filter.clone(), v4::QoS::AtLeastOnce));
                client.subscribe_many(filters).await.map_err(|error| error.to_string())
            }
            Client::V5(client) => {
                let filters = filters.iter().map(|filter| {
                    let mut filter = v5::SubscribeFilter::new(filter.clone(), v5::mqttbytes::QoS::AtLeastOnce);
                    filter.retain_forward_rule = v5::RetainForwardRule::OnNewSubscribe;
                    filter
                });
                client.subscribe_many(filters).await.map_err(|error| error.to_string())
            }
        };
        sent.map_err(|reason| {
            Error::new(Code::ConnectionLost, format!("The subscription could not be sent: {reason}."))
        })
    }

    /// Ends a subscription.
    pub async fn unsubscribe(&self, filter: &str) {
        // If the connection has ended meanwhile, an event says so.
        match &self.client {
            Client::V4(client) => drop(client.unsubscribe(filter).await),
            Client::V5(client) => drop(client.unsubscribe(filter).await),
        }
    }

    /// Sends a PUBACK; nothing happens if the connection has ended.
    pub async fn acknowledge(&self, packet_id: u16) {
        match &self.client {
            Client::V4(client) => drop(client.manual_ack(v4::ManualAck::PubAck(v4::PubAck::new(packet_id))).await),
            Client::V5(client) => {
                drop(client.manual_ack(v5::ManualAck::PubAck(v5::PubAck::new(packet_id, None))).await);
            }
        }
    }

    /// Says goodbye, after what was asked before. MQTT 3.1.1 has no expiry in it: the session stays as CONNECT wanted it.
    pub async fn disconnect(&self, session_expiry_seconds: u32) {
        match &self.client {
            Client::V4(client) => drop(client.disconnect().await),
            Client::V5(client) => {
                let properties = v5::DisconnectProperties {
                    session_expiry_interval: Some(session_expiry_seconds),
                    reason_string: None,
                    user_properties: Vec::new(),
                    server_reference: None,
                };
                let reason = v5::DisconnectReasonCode::NormalDisconnection;
                drop(client.disconnect_with_properties(reason, properties).await);
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn options_v4(options: &ConnectOptions<'_>) -> Result<v4::MqttOptions, Error> {
    let url = options.broker.to_string();
    let made = if options.broker.is_secure {
        let tls = v4::TlsConfiguration::Rustls(options.tls.clone());
        v4::MqttOptions::websocket_with_tls_config(options.client_id, url, tls).map_err(|error| error.to_string())
    } else {
        v4::Broker::websocket(url)
            .map(|broker| v4::MqttOptions::new(options.client_id, broker))
            .map_err(|error| error.to_string())
    };
    let mut mqtt = made.map_err(|reason| unusable(options.broker, &reason))?;
    mqtt.set_credentials(options.token.reveal(), options.token.reveal().to_owned())
        .set_keep_alive(options.keep_alive_seconds)
        .set_clean_session(options.clean_start)
        .set_ack_mode(v4::AckMode::Manual)
        .set_max_packet_size(MAX_PACKET_BYTES as usize, MAX_PACKET_BYTES as usize)
        .set_max_request_batch(MAX_REQUESTS_PER_WRITE);
    Ok(mqtt)
}

fn options_v5(options: &ConnectOptions<'_>) -> Result<v5::MqttOptions, Error> {
    let url = options.broker.to_string();
    let made = if options.broker.is_secure {
        let tls = v5::TlsConfiguration::Rustls(options.tls.clone());
        v5::MqttOptions::websocket_with_tls_config(options.client_id, url, tls).map_err(|error| error.to_string())
    } else {
        v5::Broker::websocket(url)
            .map(|broker| v5::MqttOptions::new(options.client_id, broker))
            .map_err(|error| error.to_string())
    };
    let mut mqtt = made.map_err(|reason| unusable(options.broker, &reason))?;
    mqtt.set_credentials(options.token.reveal(), options.token.reveal().to_owned())
        .set_keep_alive(options.keep_alive_seconds)
        .set_clean_start(options.clean_start)
        .set_session_expiry_interval(Some(options.session_expiry_seconds))
        .set_receive_maximum(Some(options.receive_maximum))
        .set_incoming_packet_size_limit(v5::IncomingPacketSizeLimit::Bytes(MAX_PACKET_BYTES))
        .set_ack_mode(v5::AckMode::Manual)
        .set_max_request_batch(MAX_REQUESTS_PER_WRITE);
    if !options.clean_start {
        mqtt.set_session_store(NothingSent);
    }
    Ok(mqtt)
}

fn unusable(broker: &BrokerUrl, reason: &str) -> Error {
    Error::new(Code::Config, format!("MQTT_BROKER_URL {broker} cannot be used: {reason}."))
}

async fn run_v4(mut event_loop: v4::EventLoop, broker: BrokerUrl, events: mpsc::Sender<Event>) {
    loop {
        let event = match event_loop.poll().await {
            Ok(v4::Event::Incoming(v4::Packet::ConnAck(ack))) => {
                Some(Event::Accepted { session_present: ack.session_present })
            }
            Ok(v4::Event::Incoming(v4::Packet::Publish(publish))) => {
                let v4::Publish { dup, qos, retain, topic, pkid, payload } = publish;
                Some(arrival(&topic, &payload, qos as u8, pkid, Flags { duplicate: dup, retained: retain }))
            }
            Ok(v4::Event::Incoming(v4::Packet::SubAck(ack))) => {
                let refused = |code: &v4::SubscribeReasonCode| match code {
                    v4::SubscribeReasonCode::Success(_) => None,
                    v4::SubscribeReasonCode::Failure => Some("return code 0x80".to_owned()),
                };
                Some(Event::Subscribed(ack.return_codes.iter().map(refused).collect()))
            }
            Ok(v4::Event::Incoming(v4::Packet::UnsubAck(_))) => Some(Event::Unsubscribed),
            Ok(_) => None,
            Err(v4::ConnectionError::ConnectionRefused(code)) => Some(Event::Ended(refused_v4(code))),
            Err(error) => Some(Event::Ended(to_error(&error, &broker))),
        };
        if !tell(&events, event).await {
            return;
        }
    }
}

async fn run_v5(mut event_loop: v5::EventLoop, broker: BrokerUrl, events: mpsc::Sender<Event>) {
    loop {
        let event = match event_loop.poll().await {
            Ok(v5::Event::Incoming(v5::Packet::ConnAck(ack))) => {
                Some(Event::Accepted { session_present: ack.session_present })
            }
            Ok(v5::Event::Incoming(v5::Packet::Publish(publish))) => {
                let v5::Publish { dup, qos, retain, topic, pkid, payload, .. } = publish;
                Some(arrival(&topic, &payload, qos as u8, pkid, Flags { duplicate: dup, retained: retain }))
            }
            Ok(v5::Event::Incoming(v5::Packet::SubAck(ack))) => {
                let refused = |code: &v5::SubscribeReasonCode| match code {
                    v5::SubscribeReasonCode::Success(_) => None,
                    code => Some(format!("{code:?}")),
                };
                Some(Event::Subscribed(ack.return_codes.iter().map(refused).collect()))
            }
            Ok(v5::Event::Incoming(v5::Packet::UnsubAck(_))) => Some(Event::Unsubscribed),
            Ok(_) => None,
            Err(v5::ConnectionError::ConnectionRefused(code)) => Some(Event::Ended(refused_v5(code))),
            Err(error) => Some(Event::Ended(to_error(&error, &broker))),
        };
        if !tell(&events, event).await {
            return;
        }
    }
}

/// Whether to go on. Where there is no room, a message at `QoS` 0 is dropped, which `QoS` 0 allows, so that pings go on.
async fn tell(events: &mpsc::Sender<Event>, event: Option<Event>) -> bool {
    let Some(event) = event else { return true };
    if matches!(&event, Event::Arrival(arrival) if arrival.packet_id.is_none()) {
        return !matches!(events.try_send(event), Err(mpsc::error::TrySendError::Closed(_)));
    }
    let is_end = matches!(event, Event::Ended(_));
    events.send(event).await.is_ok() && !is_end
}

#[derive(Clone, Copy)]
struct Flags {
    duplicate: bool,
    retained: bool,
}

fn arrival(topic: &[u8], payload: &[u8], qos: u8, packet_id: u16, flags: Flags) -> Event {
    let Ok(topic) = std::str::from_utf8(topic) else {
        return Event::Ended(Error::new(Code::Protocol, "The broker sent a topic that is no UTF-8."));
    };
    if qos > 1 {
        return Event::Ended(Error::new(Code::Protocol, "The broker sent QoS 2, which was not subscribed."));
    }
    Event::Arrival(Arrival {
        topic: topic.to_owned(),
        payload: payload.to_vec(),
        packet_id: (qos == 1).then_some(packet_id),
        duplicate: flags.duplicate,
        retained: flags.retained,
        received_at: now_ms(),
    })
}

/// Epoch milliseconds.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
