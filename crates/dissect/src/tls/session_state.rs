//! A session in the making, and as it was given out.

use std::ops::Deref;
use std::sync::Arc;

use crate::session::Session;

/// The session: its last record takes it as it is, those before get copies.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it is the large one nearly always")]
pub(super) enum State {
    /// More of it is to come.
    Open(Session),
    /// It was given out for the last time; who reads on may still note what changes.
    Told(Arc<Session>),
}

impl Deref for State {
    type Target = Session;

    #[inline]
    fn deref(&self) -> &Session {
        match self {
            Self::Open(session) => session,
            Self::Told(session) => session,
        }
    }
}

impl State {
    /// For what changes it.
    #[inline]
    pub(super) fn change(&mut self) -> &mut Session {
        match self {
            Self::Open(session) => session,
            Self::Told(session) => Arc::make_mut(session),
        }
    }

    /// Gives it out for the last time.
    pub(super) fn tell(&mut self) -> Arc<Session> {
        let session = self.change();
        let carrier = session.carrier;
        let session = Arc::new(std::mem::replace(session, Session::new(carrier)));
        *self = Self::Told(Arc::clone(&session));
        session
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Carrier;

    #[test]
    fn what_was_told_does_not_change_any_more() {
        let mut state = State::Open(Session::new(Carrier::Tcp));
        state.change().established = true;
        let told = state.tell();
        assert!(told.established && state.established);
        state.change().early_data = true;
        assert!(!told.early_data && state.early_data && state.established);
    }
}
