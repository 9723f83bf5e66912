//! Sessions at the page. A session ends at sign-out, after fifteen minutes without a request, after
//! eight hours, when its account is disabled, and with the program. After fifteen minutes without a
//! request the same browser needs the passphrase alone, until eight hours after its last code. Only
//! hashes of the secrets are stored, so the timing of a comparison reveals nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, header};

use loke_core::clock::Clock;
use loke_core::digest::sha256;
use loke_core::random::{self, NoRandomness};

use crate::keys::{CodeSecret, Identity};
use crate::open_books::SessionId;
use crate::register::{Account, AccountRole, KNOWN_DAYS, Slot};
use crate::typed::HalfReport;

/// The cookies of a request.
pub(crate) fn cookies(headers: &HeaderMap) -> &str {
    let cookies = headers.get(header::COOKIE);
    cookies.and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// Idle timeout of a session, in seconds.
pub(crate) const IDLE: i64 = 15 * 60;
/// How long an open phone brief holds a session, in seconds: a call takes longer than the idle timeout.
const BRIEF: i64 = 60 * 60;
/// Longest time of a session, in seconds.
pub(crate) const LONGEST: i64 = 8 * 3_600;
/// How long a text of an ended session is still taken, in seconds: over a night and a weekend.
pub(crate) const AWAY: i64 = 4 * 24 * 3_600;
/// How long a person may take to set up one-time codes, in seconds.
const SET_UP: i64 = 10 * 60;
/// Most sign-ins that wait for their set-up. The oldest makes room.
const MOST_WAITING: usize = 20;
/// The cookie's name.
const COOKIE: &str = "loke_desk";
/// The same over TLS. A browser takes this name only from this host, over TLS, for every path
/// (RFC 6265bis, section 4.1.3.2).
const COOKIE_OVER_TLS: &str = "__Host-loke_desk";
/// The name of the cookie by which a browser that signed in before is known.
const BROWSER: &str = "loke_browser";
/// The same over TLS.
const BROWSER_OVER_TLS: &str = "__Host-loke_browser";

/// A session that has not ended. Times are seconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenSession {
    pub(crate) id: SessionId,
    /// The one-time code was given.
    pub(crate) began: i64,
    /// Its last request.
    pub(crate) seen: i64,
    /// Its end if no request comes.
    pub(crate) until: i64,
}

/// SHA-256 of a secret.
type Hash = [u8; 32];

/// The open sessions and the sign-ins that wait for their second half.
pub(crate) struct Sessions {
    clock: Clock,
    over_tls: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: SessionId,
    waiting: Vec<(Hash, i64, HalfSignedIn)>,
    sessions: Vec<Session>,
    idle: Vec<IdleBrowser>,
    over: Vec<OverSession>,
}

/// A session that is over: a form that its browser still sends may have text in it.
#[derive(Clone)]
pub(crate) struct OverSession {
    /// The hash of the browser's cookie.
    pub(crate) cookie: Hash,
    pub(crate) form_token: Hash,
    /// The account's name.
    pub(crate) account: String,
    /// The public key of the member's identity at sign-in.
    pub(crate) key: String,
    pub(crate) seen: i64,
}

/// A browser whose session ended because nobody did anything. Until eight hours after its last
/// one-time code, it needs the passphrase alone.
struct IdleBrowser {
    cookie: Hash,
    account: String,
    key: String,
    code_at: i64,
}

struct Session {
    id: SessionId,
    account: String,
    /// The public key of the member's identity at sign-in.
    key: String,
    roles: Vec<AccountRole>,
    cookie: Hash,
    form_token: String,
    /// When its one-time code was checked.
    began: i64,
    seen: i64,
    keys: bool,
    /// When a phone brief was opened, until the call is recorded.
    brief_at: Option<i64>,
    notice: Option<Notice>,
    /// Reports that its person was entering before, oldest first.
    half: Vec<HalfReport>,
}

/// Somebody whose passphrase was right, and who must set up one-time codes, or choose a passphrase,
/// before a session begins.
pub(crate) struct HalfSignedIn {
    pub(crate) account: String,
    pub(crate) member: Vec<Identity>,
    /// The secret that is offered.
    pub(crate) secret: CodeSecret,
}

/// A sentence for the next page: the result of an action.
pub(crate) struct Notice {
    pub(crate) text: String,
    /// Whether a person must look at something.
    pub(crate) trouble: bool,
    /// The act that the page offers to undo.
    pub(crate) undo: Option<i64>,
}

/// A request with an open session.
#[derive(Clone)]
pub(crate) struct Signed {
    /// The hash of the browser's cookie.
    pub(crate) cookie: Hash,
    /// The session's number.
    pub(crate) id: SessionId,
    /// The account's name.
    pub(crate) account: String,
    /// The public key of the member's identity at sign-in. A new passphrase makes a new one.
    pub(crate) key: String,
    /// The account's roles. They never change.
    pub(crate) roles: Vec<AccountRole>,
    /// Included in every form of the session; another site cannot know it.
    pub(crate) form_token: String,
    /// When the session ends if no request comes (seconds since 1970-01-01 UTC).
    pub(crate) until: i64,
    /// Whether single keys do something.
    pub(crate) keys: bool,
}

impl Sessions {
    pub(crate) fn new(clock: Clock, over_tls: bool) -> Self {
        Self {
            clock,
            over_tls,
            state: Mutex::default(),
        }
    }

    /// The number of the next session, for opening its books before it begins.
    pub(crate) fn next_id(&self) -> SessionId {
        let mut state = self.state();
        state.last += 1;
        state.last
    }

    /// Begins a session and returns the `Set-Cookie` value. `code_at` is when a one-time code was
    /// checked; `None` for now.
    pub(crate) fn begin(
        &self,
        id: SessionId,
        account: &str,
        key: String,
        roles: Vec<AccountRole>,
        code_at: Option<i64>,
    ) -> Result<String, NoRandomness> {
        let (cookie, form_token) = (
            hex::encode(random::bytes::<32>()?),
            hex::encode(random::bytes::<32>()?),
        );
        let now = self.clock.now();
        self.state().sessions.push(Session {
            id,
            account: account.to_owned(),
            key,
            roles,
            cookie: hash(&cookie),
            form_token,
            began: code_at.unwrap_or(now),
            seen: now,
            keys: true,
            brief_at: None,
            notice: None,
            half: Vec::new(),
        });
        let (name, secure) = if self.over_tls {
            (COOKIE_OVER_TLS, "; Secure")
        } else {
            (COOKIE, "")
        };
        Ok(format!(
            "{name}={cookie}; HttpOnly; SameSite=Strict; Path=/{secure}"
        ))
    }

    /// The hash of the cookie by which a browser that signed in before is known.
    pub(crate) fn browser(&self, cookies: &str) -> Option<Hash> {
        value_of(cookies, self.browser_cookie()).map(hash)
    }

    /// A new cookie by which a browser is known: its hash and the `Set-Cookie` value.
    pub(crate) fn new_browser(&self) -> Result<(Hash, String), NoRandomness> {
        let value = hex::encode(random::bytes::<32>()?);
        let secure = if self.over_tls { "; Secure" } else { "" };
        let set = format!(
            "{}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={}{secure}",
            self.browser_cookie(),
            i64::from(KNOWN_DAYS) * 86_400
        );
        Ok((hash(&value), set))
    }

    fn browser_cookie(&self) -> &'static str {
        if self.over_tls {
            BROWSER_OVER_TLS
        } else {
            BROWSER
        }
    }

    /// When this browser last gave a one-time code of this account, if its session ended only because
    /// nobody did anything, and not eight hours ago. `account` is `None` for whoever used it.
    pub(crate) fn code_of_browser(&self, cookies: &str, account: Option<&Account>) -> Option<i64> {
        let cookie = hash(self.value_of(cookies)?);
        let now = self.clock.now();
        let mut state = self.state();
        state.note_idle(now);
        let found = state.idle.iter().find(|idle| {
            idle.cookie == cookie
                && account.is_none_or(|account| {
                    idle.account == account.name && idle.key == account.recipient.to_string()
                })
        });
        found.map(|idle| idle.code_at)
    }

    /// Stores a sign-in until its second half. Returns the token that its form carries.
    pub(crate) fn wait(&self, half: HalfSignedIn) -> Result<String, NoRandomness> {
        let token = hex::encode(random::bytes::<32>()?);
        let now = self.clock.now();
        let mut state = self.state();
        state.waiting.retain(|(_, began, _)| now - began < SET_UP);
        if state.waiting.len() == MOST_WAITING {
            state.waiting.remove(0);
        }
        state.waiting.push((hash(&token), now, half));
        Ok(token)
    }

    /// Takes the sign-in with this token: a second try needs the passphrase again.
    pub(crate) fn take_waiting(&self, token: &str) -> Option<HalfSignedIn> {
        let now = self.clock.now();
        let mut state = self.state();
        state.waiting.retain(|(_, began, _)| now - began < SET_UP);
        let token = hash(token);
        let place = state.waiting.iter().position(|(of, _, _)| *of == token)?;
        Some(state.waiting.remove(place).2)
    }

    /// The session in a `Cookie` header. Restarts its idle timeout.
    pub(crate) fn of(&self, cookies: &str) -> Option<Signed> {
        let (cookie, now) = (hash(self.value_of(cookies)?), self.clock.now());
        let mut state = self.state();
        let session = state
            .sessions
            .iter_mut()
            .find(|s| s.cookie == cookie && s.lives(now))?;
        session.seen = now;
        Some(Signed {
            cookie,
            id: session.id,
            account: session.account.clone(),
            key: session.key.clone(),
            roles: session.roles.clone(),
            form_token: session.form_token.clone(),
            until: session.until(),
            keys: session.keys,
        })
    }

    /// Holds the session while a phone brief is open. Returns the request as it counts from now on.
    pub(crate) fn open_brief(&self, signed: &Signed) -> Signed {
        let until = self.set_brief(signed, Some(self.clock.now()));
        Signed {
            until: until.unwrap_or(signed.until),
            ..signed.clone()
        }
    }

    /// The call is recorded, so the idle timeout counts again.
    pub(crate) fn close_brief(&self, signed: &Signed) {
        self.set_brief(signed, None);
    }

    fn set_brief(&self, signed: &Signed, at: Option<i64>) -> Option<i64> {
        let mut state = self.state();
        let mut sessions = state.sessions.iter_mut();
        let session = sessions.find(|s| s.cookie == signed.cookie)?;
        session.brief_at = at;
        Some(session.until())
    }

    /// The session of this browser that is over and that made a form with this token.
    pub(crate) fn over(&self, cookies: &str, form_token: &str) -> Option<OverSession> {
        let cookie = hash(self.value_of(cookies)?);
        let form_token = hash(form_token);
        let now = self.clock.now();
        let mut state = self.state();
        state.note_over(now);
        let mut over = state.over.iter();
        over.find(|over| over.cookie == cookie && over.form_token == form_token)
            .cloned()
    }

    /// The session that is over and that made a form with this token, of whatever browser: after
    /// another sign-in the browser has another cookie.
    pub(crate) fn over_with_form(&self, form_token: &str) -> Option<OverSession> {
        let form_token = hash(form_token);
        let now = self.clock.now();
        let mut state = self.state();
        state.note_over(now);
        let mut over = state.over.iter();
        over.find(|over| over.form_token == form_token).cloned()
    }

    /// Ends a session. A form that its browser still sends keeps its text for the account.
    pub(crate) fn end_keeping_text(&self, id: SessionId) {
        let over = {
            let state = self.state();
            let session = state.sessions.iter().find(|s| s.id == id);
            session.map(Session::over)
        };
        self.end(id);
        self.state().over.extend(over);
    }

    /// Adds sessions of an earlier run of the program.
    pub(crate) fn know_over(&self, over: impl Iterator<Item = OverSession>) {
        self.state().over.extend(over);
    }

    /// Ends a session and forgets its browser. Returns the hash of its cookie.
    pub(crate) fn end(&self, id: SessionId) -> Option<Hash> {
        let mut state = self.state();
        let ended: Vec<Session> = state.sessions.extract_if(.., |s| s.id == id).collect();
        let ours = |idle: &IdleBrowser| ended.iter().any(|s| s.cookie == idle.cookie);
        state.idle.retain(|idle| !ours(idle));
        state
            .over
            .retain(|over| !ended.iter().any(|s| s.cookie == over.cookie));
        ended.first().map(|session| session.cookie)
    }

    /// Forgets every browser: the next sign-in of each needs a code.
    pub(crate) fn forget_browsers(&self) {
        self.state().idle.clear();
    }

    /// Stores a report that the person was entering before this session.
    pub(crate) fn offer(&self, signed: &Signed, report: HalfReport) {
        let mut state = self.state();
        let mut sessions = state.sessions.iter_mut();
        if let Some(session) = sessions.find(|s| s.cookie == signed.cookie) {
            session.half.retain(|half| half.slot != report.slot);
            session.half.push(report);
        }
    }

    /// The latest report that the person was entering before this session.
    pub(crate) fn offered(&self, signed: &Signed) -> Option<HalfReport> {
        let state = self.state();
        let session = state.sessions.iter().find(|s| s.cookie == signed.cookie)?;
        session.half.last().cloned()
    }

    /// Drops a report that was offered.
    pub(crate) fn drop_offered(&self, signed: &Signed, slot: Slot) {
        let mut state = self.state();
        let mut sessions = state.sessions.iter_mut();
        if let Some(session) = sessions.find(|s| s.cookie == signed.cookie) {
            session.half.retain(|half| half.slot != Some(slot));
        }
    }

    /// Forgets the sessions that ended by the clock, and the sign-ins that waited too long. Returns
    /// the sessions' numbers and accounts.
    pub(crate) fn take_ended(&self) -> Vec<(SessionId, String)> {
        let now = self.clock.now();
        let mut state = self.state();
        state.waiting.retain(|(_, began, _)| now - began < SET_UP);
        state.note_idle(now);
        state.note_over(now);
        let ended = state.sessions.extract_if(.., |s| !s.lives(now));
        ended.map(|s| (s.id, s.account)).collect()
    }

    /// Every session: its number, its account, and the account's key at sign-in.
    pub(crate) fn all(&self) -> Vec<(SessionId, String, String)> {
        self.state()
            .sessions
            .iter()
            .map(|s| (s.id, s.account.clone(), s.key.clone()))
            .collect()
    }

    /// The sessions of this session's account, with whether each is this one.
    pub(crate) fn of_same_account(&self, signed: &Signed) -> Vec<(OpenSession, bool)> {
        let now = self.clock.now();
        let state = self.state();
        let same = |s: &&Session| s.account == signed.account && s.lives(now);
        let sessions = state.sessions.iter().filter(same);
        sessions
            .map(|s| {
                let open = OpenSession {
                    id: s.id,
                    began: s.began,
                    seen: s.seen,
                    until: s.until(),
                };
                (open, s.id == signed.id)
            })
            .collect()
    }

    /// Switches the single keys of a session off or on.
    pub(crate) fn switch_keys(&self, signed: &Signed) {
        let mut state = self.state();
        let session = state.sessions.iter_mut();
        if let Some(session) = session.into_iter().find(|s| s.cookie == signed.cookie) {
            session.keys = !session.keys;
        }
    }

    /// Stores a sentence for the session's next page.
    pub(crate) fn say(&self, signed: &Signed, text: String, trouble: bool) {
        let undo = None;
        self.store(
            signed,
            Notice {
                text,
                trouble,
                undo,
            },
        );
    }

    /// Stores a sentence about an act, which can be undone if it has a number.
    pub(crate) fn say_done(&self, signed: &Signed, text: String, undo: Option<i64>) {
        let trouble = false;
        self.store(
            signed,
            Notice {
                text,
                trouble,
                undo,
            },
        );
    }

    fn store(&self, signed: &Signed, notice: Notice) {
        if let Some(session) = self
            .state()
            .sessions
            .iter_mut()
            .find(|s| s.cookie == signed.cookie)
        {
            session.notice = Some(notice);
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

    /// The value of the session's cookie in a `Cookie` header.
    fn value_of<'a>(&self, cookies: &'a str) -> Option<&'a str> {
        let name = if self.over_tls {
            COOKIE_OVER_TLS
        } else {
            COOKIE
        };
        value_of(cookies, name)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Stores the browsers of the sessions that ended for want of a request, and drops those whose
    /// code is too old.
    fn note_idle(&mut self, now: i64) {
        for session in &self.sessions {
            let is_idle = !session.lives(now) && now - session.seen >= IDLE;
            if is_idle && !self.idle.iter().any(|idle| idle.cookie == session.cookie) {
                self.idle.push(IdleBrowser {
                    cookie: session.cookie,
                    account: session.account.clone(),
                    key: session.key.clone(),
                    code_at: session.began,
                });
            }
        }
        self.idle
            .retain(|idle| (0..LONGEST).contains(&(now - idle.code_at)));
    }

    /// Stores what is needed of the sessions that are over by the clock, for as long as a person may be
    /// away from a half-written text.
    fn note_over(&mut self, now: i64) {
        for session in self.sessions.iter().filter(|s| !s.lives(now)) {
            if !self.over.iter().any(|over| over.cookie == session.cookie) {
                self.over.push(session.over());
            }
        }
        self.over
            .retain(|over| (0..AWAY).contains(&(now - over.seen)));
    }
}

impl Session {
    /// Whether the session has not ended by the clock. A clock that was set back ends it too.
    fn lives(&self, now: i64) -> bool {
        (self.seen..self.until()).contains(&now) && self.began <= now
    }

    /// Its rest once it is over.
    fn over(&self) -> OverSession {
        OverSession {
            cookie: self.cookie,
            form_token: hash(&self.form_token),
            account: self.account.clone(),
            key: self.key.clone(),
            seen: self.seen,
        }
    }

    /// When it ends if no request comes.
    fn until(&self) -> i64 {
        let idle = self.seen + IDLE;
        let brief = self.brief_at.map_or(idle, |at| at + BRIEF);
        idle.max(brief).min(self.began + LONGEST)
    }
}

impl Signed {
    /// Whether a form contains this session's token.
    pub(crate) fn sent(&self, form_token: &str) -> bool {
        hash(form_token) == hash(&self.form_token)
    }
}

/// The value of one cookie in a `Cookie` header.
fn value_of<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    cookies
        .split(';')
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

fn hash(secret: &str) -> Hash {
    sha256(secret.as_bytes())
}

#[cfg(test)]
mod tests;
