//! What the broker and the network say, in sentences with what to do about it.

use std::error::Error as StdError;
use std::io;

use rumqttc_v4 as v4;
use rumqttc_v5 as v5;
use rustls::{AlertDescription, CertificateError};

use crate::broker_url::BrokerUrl;
use crate::error::{Code, Error};

const TOKEN_HELP: &str = "Check that the token is complete, has not expired and was not revoked (Admin UI, Organization \
    Settings > MQTT API Tokens). An outage of the platform's authentication looks the same.";
const FILTER_HELP: &str = "A token may only subscribe to telemetry of its own organisation's devices, such as \
    \"device/+/telemetry/#\"; check the device id if you named one.";

/// MQTT 5, 3.14.2.1.
const NOT_AUTHORISED: &str = "reason code 0x87";

/// The error for a CONNACK that refuses, on MQTT 3.1.1.
pub fn refused_v4(code: v4::ConnectReturnCode) -> Error {
    use v4::ConnectReturnCode as Is;
    let number = code as u8;
    refused(
        &format!("return code {number}"),
        match code {
            Is::RefusedProtocolVersion => Refusal::Version("3.1.1"),
            Is::BadClientId => Refusal::ClientId,
            Is::BadUserNamePassword => Refusal::Token("bad user name or password"),
            Is::NotAuthorized => Refusal::Token("not authorised"),
            _ => Refusal::Unavailable,
        },
    )
}

/// The error for a CONNACK that refuses, on MQTT 5.
pub fn refused_v5(code: v5::ConnectReturnCode) -> Error {
    use v5::ConnectReturnCode as Is;
    // MQTT 5, 3.2.2.2; where the name says more than a number, the name.
    let (label, refusal) = match code {
        Is::RefusedProtocolVersion => ("reason code 0x01", Refusal::Version("5")),
        Is::UnsupportedProtocolVersion => ("reason code 0x84", Refusal::Version("5")),
        Is::BadClientId => ("reason code 0x02", Refusal::ClientId),
        Is::ClientIdentifierNotValid => ("reason code 0x85", Refusal::ClientId),
        Is::BadUserNamePassword => ("reason code 0x86", Refusal::Token("bad user name or password")),
        Is::NotAuthorized => ("reason code 0x87", Refusal::Token("not authorised")),
        Is::Banned => ("reason code 0x8A", Refusal::Banned),
        _ => return refused(&format!("{code:?}"), Refusal::Unavailable),
    };
    refused(label, refusal)
}

#[derive(Clone, Copy)]
enum Refusal {
    Version(&'static str),
    ClientId,
    Token(&'static str),
    Banned,
    Unavailable,
}

fn refused(label: &str, refusal: Refusal) -> Error {
    match refusal {
        Refusal::Version(version) => Error::new(
            Code::ProtocolVersion,
            format!("The broker does not speak MQTT {version} ({label}). Set TESA_PROTOCOL_VERSION to \"auto\"."),
        ),
        Refusal::ClientId => Error::new(
            Code::ClientIdRefused,
            format!("The broker refused the client id ({label}). Change MQTT_CLIENT_ID, or leave it out."),
        ),
        Refusal::Token(why) => {
            Error::new(Code::TokenRefused, format!("The broker refused the token: {why} ({label}). {TOKEN_HELP}"))
        }
        Refusal::Banned => {
            Error::new(Code::TokenRefused, format!("The broker has banned this client ({label}). {TOKEN_HELP}"))
        }
        Refusal::Unavailable => {
            Error::new(Code::BrokerUnavailable, format!("The broker will not serve now ({label})."))
        }
    }
}

/// Names the filters where the broker refused them by a DISCONNECT, which does not say what it refuses.
pub fn naming_filters(error: Error, filters: &[String]) -> Error {
    if error.code != Code::SubscriptionRefused {
        return error;
    }
    let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
    subscription_refused(&filters, Some(NOT_AUTHORISED))
}

/// The error for a SUBACK that refuses; without `why` the broker closed the connection instead of answering.
pub fn subscription_refused(filters: &[&str], why: Option<&str>) -> Error {
    let named: Vec<String> = filters.iter().map(|filter| format!("\"{filter}\"")).collect();
    let label = why.map(|why| format!(" ({why})")).unwrap_or_default();
    Error::new(
        Code::SubscriptionRefused,
        format!("The broker refused the subscription to {}{label}. {FILTER_HELP}", named.join(", ")),
    )
}

/// The error for a connection that did not come about, or has ended.
pub fn to_error(error: &(dyn StdError + 'static), broker: &BrokerUrl) -> Error {
    let causes = || std::iter::successors(Some(error), |error: &&(dyn StdError + 'static)| (*error).source());
    for cause in causes() {
        if let Some(found) = cause.downcast_ref::<v5::StateError>().and_then(from_state_v5) {
            return found;
        }
        if let Some(found) = cause.downcast_ref::<v4::StateError>().and_then(from_state_v4) {
            return found;
        }
        let tls = cause.downcast_ref::<rustls::Error>().or_else(|| {
            let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
            inner.downcast_ref::<rustls::Error>()
        });
        if let Some(tls) = tls {
            return from_tls(tls, broker);
        }
    }
    let io = causes().find_map(|cause| cause.downcast_ref::<io::Error>());
    from_words(&error.to_string(), io, broker)
}

fn from_state_v5(error: &v5::StateError) -> Option<Error> {
    match error {
        v5::StateError::ServerDisconnect { reason_code, .. } => Some(disconnected(*reason_code)),
        v5::StateError::AwaitPingResp => Some(half_open()),
        v5::StateError::Deserialization(v5::mqttbytes::Error::Io(_)) => None,
        v5::StateError::Deserialization(_)
        | v5::StateError::ProtocolViolation(_)
        | v5::StateError::IncomingPacketTooLarge { .. }
        | v5::StateError::InvalidState => Some(no_mqtt(&error.to_string())),
        _ => None,
    }
}

fn from_state_v4(error: &v4::StateError) -> Option<Error> {
    match error {
        v4::StateError::AwaitPingResp => Some(half_open()),
        v4::StateError::Deserialization(v4::mqttbytes::Error::Io(_)) => None,
        v4::StateError::Deserialization(_) | v4::StateError::ProtocolViolation(_) => Some(no_mqtt(&error.to_string())),
        _ => None,
    }
}

fn half_open() -> Error {
    Error::new(Code::KeepAliveTimeout, "The broker did not answer a ping: the connection was half open.")
}

fn no_mqtt(reason: &str) -> Error {
    Error::new(Code::Protocol, format!("The broker sent what is no MQTT, or too large ({reason})."))
}

/// MQTT 5, 3.14.2.1.
fn disconnected(reason: v5::DisconnectReasonCode) -> Error {
    use v5::DisconnectReasonCode as Is;
    match reason {
        Is::NotAuthorized => Error::new(
            Code::SubscriptionRefused,
            format!("The broker refused the subscription and disconnected ({NOT_AUTHORISED}). {FILTER_HELP}"),
        ),
        Is::KeepAliveTimeout => Error::new(Code::KeepAliveTimeout, "The broker heard nothing for too long."),
        Is::SessionTakenOver => Error::new(
            Code::TakenOver,
            "Another client connected with the same client id. Give each client its own MQTT_CLIENT_ID, or none.",
        ),
        Is::MalformedPacket | Is::ProtocolError | Is::ReceiveMaximumExceeded | Is::PacketTooLarge => {
            Error::new(Code::Protocol, format!("The broker ended the connection over a packet ({reason:?})."))
        }
        _ => Error::new(Code::ConnectionLost, format!("The broker ended the connection ({reason:?}).")),
    }
}

fn from_tls(error: &rustls::Error, broker: &BrokerUrl) -> Error {
    use CertificateError as Is;
    let place = place(broker);
    match error {
        rustls::Error::InvalidCertificate(
            reason @ (Is::Expired | Is::ExpiredContext { .. } | Is::NotValidYet | Is::NotValidYetContext { .. }),
        ) => Error::new(
            Code::TlsExpired,
            format!(
                "The certificate of {place} has expired or is not valid yet ({reason}). Check this machine's clock; else \
                 the server's operator must renew it."
            ),
        ),
        rustls::Error::InvalidCertificate(reason @ (Is::NotValidForName | Is::NotValidForNameContext { .. })) => {
            Error::new(
                Code::TlsHostName,
                format!(
                    "The certificate of {place} is for another host name ({reason}). Use the name that the certificate \
                     has in MQTT_BROKER_URL."
                ),
            )
        }
        rustls::Error::InvalidCertificate(reason) => Error::new(
            Code::TlsUntrusted,
            format!(
                "The certificate of {place} is signed by an authority that is not trusted here ({reason}). If it is your \
                 own CA, set CA_CERT_PATH to its PEM file."
            ),
        ),
        rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            let message = format!("{place} offers no TLS version from 1.2 on ({error}). The server must be updated.");
            Error::new(Code::TlsVersion, message)
        }
        _ => Error::new(
            Code::Tls,
            format!(
                "The TLS handshake with {place} failed ({error}). Check that the port in MQTT_BROKER_URL is the one of \
                 wss."
            ),
        ),
    }
}

fn place(broker: &BrokerUrl) -> String {
    format!("{}:{}", broker.host, broker.port)
}

fn from_words(text: &str, io: Option<&io::Error>, broker: &BrokerUrl) -> Error {
    let place = place(broker);
    // An HTTP status other than 101, or a subprotocol other than "mqtt".
    if text.contains("HTTP error") || text.contains("response validation") || text.contains("Handshake not finished") {
        let message = format!("{place} refused the WebSocket upgrade at {} ({text}).", broker.path);
        return Error::new(Code::UpgradeRefused, message);
    }
    if text.contains("InvalidConnectReturnCode") || text.contains("Invalid return code") {
        return Error::new(Code::ProtocolVersion, "The broker answered CONNECT as an older version of MQTT does.");
    }
    match io {
        Some(io) if io.to_string().contains("lookup address") => Error::new(
            Code::Dns,
            format!("The host name of {place} has no address ({io}). Check MQTT_BROKER_URL and the network."),
        ),
        Some(io) if io.kind() == io::ErrorKind::ConnectionRefused => Error::new(
            Code::Network,
            format!("No connection to {place} ({io}). Check MQTT_BROKER_URL, the network and any firewall."),
        ),
        _ => Error::new(Code::ConnectionLost, format!("The connection to {place} was lost ({}).", last_words(text))),
    }
}

/// What is behind all the names of layers: "peer closed connection without sending TLS `close_notify`".
fn last_words(text: &str) -> &str {
    let text = text.rsplit_once("IO: ").map_or(text, |(_, cause)| cause);
    text.split_once(": https://").map_or(text, |(reason, _)| reason)
}
