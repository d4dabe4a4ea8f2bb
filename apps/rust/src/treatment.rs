//! What a failed or lost connection leads to.

use crate::error::Code;

/// The end, a next attempt by backoff, one at the longest wait, or one at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    End,
    Backoff,
    Slow,
    Now,
}

/// What has happened before, as far as it matters.
#[derive(Clone, Copy, Debug)]
pub struct History {
    /// Whether the broker has accepted this very token and its filters before, in an earlier process too.
    pub accepted: bool,
    /// Whether this process has been connected.
    pub ever_live: bool,
    /// Whether to wait for a broker that cannot be reached at the first attempt.
    pub wait: bool,
}

/// A refusal at the first connect ends: somebody must mend it, and trying on would only hide it. After the same token had
/// been accepted it is retried slowly, because an outage of the platform's authentication looks the same.
pub fn treatment_of(code: Code, history: History) -> Treatment {
    match code {
        Code::Config | Code::Usage | Code::TakenOver | Code::Output | Code::Log => Treatment::End,
        _ if !history.ever_live && !history.wait => Treatment::End,
        Code::TokenRefused
        | Code::SubscriptionRefused
        | Code::ClientIdRefused
        | Code::ProtocolVersion
        | Code::TlsExpired
        | Code::TlsHostName
        | Code::TlsUntrusted
        | Code::TlsVersion
        | Code::UpgradeRefused => {
            if history.accepted {
                Treatment::Slow
            } else {
                Treatment::End
            }
        }
        _ => Treatment::Backoff,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: History = History { accepted: false, ever_live: false, wait: true };

    #[test]
    fn a_refusal_at_the_first_connect_ends_and_a_later_one_is_retried_slowly() {
        assert_eq!(treatment_of(Code::TokenRefused, FIRST), Treatment::End);
        assert_eq!(treatment_of(Code::TokenRefused, History { accepted: true, ..FIRST }), Treatment::Slow);
    }

    #[test]
    fn a_broker_that_cannot_be_reached_is_waited_for_unless_told_otherwise() {
        assert_eq!(treatment_of(Code::Network, FIRST), Treatment::Backoff);
        assert_eq!(treatment_of(Code::Network, History { wait: false, ..FIRST }), Treatment::End);
        let lost = History { accepted: true, ever_live: true, wait: false };
        assert_eq!(treatment_of(Code::ConnectionLost, lost), Treatment::Backoff);
    }

    #[test]
    fn a_takeover_ends() {
        let live = History { accepted: true, ever_live: true, wait: true };
        assert_eq!(treatment_of(Code::TakenOver, live), Treatment::End);
    }
}
