//! The one error of this program, and the exit codes that errors lead to.

use std::fmt;

/// What went wrong, as a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Usage,
    Dns,
    Network,
    TlsExpired,
    TlsHostName,
    TlsUntrusted,
    TlsVersion,
    Tls,
    UpgradeRefused,
    ConnectTimeout,
    ConnectionLost,
    KeepAliveTimeout,
    BrokerUnavailable,
    ProtocolVersion,
    SubscriptionTimeout,
    Protocol,
    Log,
    Output,
    TakenOver,
    TokenRefused,
    SubscriptionRefused,
    Config,
    ClientIdRefused,
    Timeout,
}

impl Code {
    /// The exit code: numbers from 64 on are those of BSD's sysexits.h, 124 is that of timeout(1).
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 64,
            Self::Log | Self::Output => 74,
            Self::TakenOver => 75,
            Self::TokenRefused | Self::SubscriptionRefused => 77,
            Self::Config | Self::ClientIdRefused => 78,
            Self::Timeout => 124,
            _ => 69,
        }
    }
}

/// Says what failed, with which value (never a token), and what to do next.
#[derive(Clone, Debug)]
pub struct Error {
    pub code: Code,
    pub message: String,
    /// One line for each thing that is wrong, where there are several.
    pub problems: Vec<String>,
}

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), problems: Vec::new() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
