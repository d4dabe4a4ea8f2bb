//! Streams the telemetry of TESAIoT devices over MQTT and secure WebSockets.

pub mod backoff;
pub mod broker_url;
pub mod config;
pub mod connection;
pub mod console;
pub mod environment;
pub mod error;
pub mod kept_session;
pub mod log;
pub mod ndjson;
pub mod output;
pub mod rate;
pub mod reasons;
pub mod redelivery;
pub mod sqlite_log;
pub mod status;
pub mod stream;
pub mod telemetry;
pub mod text;
pub mod timestamp;
pub mod tls;
pub mod token;
pub mod topic;
pub mod treatment;
pub mod webhook;
