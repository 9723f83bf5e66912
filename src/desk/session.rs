//! Sessions: a one-time link opens a session. A session ends after half an hour without a request,
//! after eight hours, and with the program. Only hashes of the secrets are stored, so the timing of
//! a comparison reveals nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};

use loke_core::clock::Clock;
use loke_core::digest::sha256;
use loke_core::random::{self, NoRandomness};

/// Idle timeout of a session, in seconds.
const IDLE: i64 = 30 * 60;
/// Longest time of a session, in seconds.
const LONGEST: i64 = 8 * 3_600;
/// The cookie's name.
const COOKIE: &str = "loke_desk";

/// SHA-256 of a secret.
type Hash = [u8; 32];

/// The open sessions and the links that may open one.
pub(crate) struct Sessions {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    links: Vec<Hash>,
    sessions: Vec<Session>,
}

struct Session {
    cookie: Hash,
    form_token: String,
    began: i64,
    seen: i64,
    notice: Option<Notice>,
}

/// A sentence for the next page: the result of an action.
pub(crate) struct Notice {
    pub(crate) text: String,
    /// Whether a person must look at something.
    pub(crate) trouble: bool,
}

/// A request with an open session.
#[derive(Clone)]
pub(crate) struct Signed {
    cookie: Hash,
    /// Included in every form of the session; another site cannot know it.
    pub(crate) form_token: String,
}

impl Sessions {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    /// Creates a new link and returns its token. It works once.
    pub(crate) fn new_link(&self) -> Result<String, NoRandomness> {
        let token = hex::encode(random::bytes::<32>()?);
        self.state().links.push(hash(&token));
        Ok(token)
    }

    /// Opens a session with a link's token and returns the `Set-Cookie` value. `None` if the token
    /// is unknown or used.
    pub(crate) fn enter(&self, token: &str) -> Result<Option<String>, NoRandomness> {
        let (cookie, form_token) = (
            hex::encode(random::bytes::<32>()?),
            hex::encode(random::bytes::<32>()?),
        );
        let now = self.clock.now();
        let mut state = self.state();
        let Some(place) = state.links.iter().position(|link| *link == hash(token)) else {
            return Ok(None);
        };
        state.links.swap_remove(place);
        state.sessions.push(Session {
            cookie: hash(&cookie),
            form_token,
            began: now,
            seen: now,
            notice: None,
        });
        Ok(Some(format!(
            "{COOKIE}={cookie}; HttpOnly; SameSite=Strict; Path=/"
        )))
    }

    /// The session in a `Cookie` header. Restarts its idle timeout.
    pub(crate) fn of(&self, cookies: &str) -> Option<Signed> {
        let value = cookies
            .split(';')
            .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
        let (cookie, now) = (hash(value), self.clock.now());
        let mut state = self.state();
        state
            .sessions
            .retain(|s| now - s.seen < IDLE && now - s.began < LONGEST);
        let session = state.sessions.iter_mut().find(|s| s.cookie == cookie)?;
        session.seen = now;
        Some(Signed {
            cookie,
            form_token: session.form_token.clone(),
        })
    }

    /// Ends a session.
    pub(crate) fn leave(&self, signed: &Signed) {
        self.state().sessions.retain(|s| s.cookie != signed.cookie);
    }

    /// Stores a sentence for the session's next page.
    pub(crate) fn say(&self, signed: &Signed, text: String, trouble: bool) {
        if let Some(session) = self
            .state()
            .sessions
            .iter_mut()
            .find(|s| s.cookie == signed.cookie)
        {
            session.notice = Some(Notice { text, trouble });
        }
    }

    /// Takes the stored sentence, so that it is shown once.
    pub(crate) fn said(&self, signed: &Signed) -> Option<Notice> {
        self.state()
            .sessions
            .iter_mut()
            .find(|s| s.cookie == signed.cookie)?
            .notice
            .take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Signed {
    /// Whether a form contains this session's token.
    pub(crate) fn sent(&self, form_token: &str) -> bool {
        hash(form_token) == hash(&self.form_token)
    }
}

fn hash(secret: &str) -> Hash {
    sha256(secret.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed_in(clock: &Clock) -> (Sessions, String) {
        let sessions = Sessions::new(clock.clone());
        let cookie = sessions
            .enter(&sessions.new_link().unwrap())
            .unwrap()
            .unwrap();
        (sessions, cookie.split(';').next().unwrap().to_owned())
    }

    #[test]
    fn a_session_ends_after_half_an_hour_of_rest() {
        let clock = Clock::by_hand(1_800_000_000);
        let (sessions, cookie) = signed_in(&clock);
        clock.advance(IDLE - 1);
        assert!(sessions.of(&cookie).is_some());
        clock.advance(IDLE);
        assert!(sessions.of(&cookie).is_none());
    }

    #[test]
    fn a_session_ends_after_eight_hours_however_busy() {
        let clock = Clock::by_hand(1_800_000_000);
        let (sessions, cookie) = signed_in(&clock);
        for _ in 0..(LONGEST / 600 - 1) {
            clock.advance(600);
            assert!(sessions.of(&cookie).is_some());
        }
        clock.advance(600);
        assert!(sessions.of(&cookie).is_none());
    }
}
