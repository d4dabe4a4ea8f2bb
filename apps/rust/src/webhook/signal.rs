//! How the lanes are told that the log has grown, and that it is time to leave.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Clone, Copy, Default)]
struct State {
    /// How often it was woken.
    woken: u64,
    is_leaving: bool,
}

/// Shared by all lanes of a webhook.
#[derive(Default)]
pub struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

impl Signal {
    /// The log has grown.
    pub fn wake(&self) {
        self.lock().woken += 1;
        self.changed.notify_all();
    }

    /// Nothing more comes: what is there is to be sent, if that goes.
    pub fn leave(&self) {
        self.lock().is_leaving = true;
        self.wake();
    }

    pub fn is_leaving(&self) -> bool {
        self.lock().is_leaving
    }

    /// What to give to [`Signal::wait`], taken before one looks whether there is something to do.
    pub fn seen(&self) -> u64 {
        self.lock().woken
    }

    /// Until it is woken again, or for so long.
    pub fn wait(&self, seen: u64, timeout: Duration) {
        let _woken = self.changed.wait_timeout_while(self.lock(), timeout, |state| state.woken == seen);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
