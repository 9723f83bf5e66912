//! The desk of a team, served on loopback for real browsers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::header;
use axum::response::Redirect;
use axum::routing::get;
use loke::desk::acting::Acting;
use loke::desk::open_books::OpenBooks;
use loke::desk::screen::{self, Screen};

use super::phone::{Kind, Phone};
use crate::triage::Team;

/// It is served until it drops.
pub(super) struct ServedDesk {
    pub(super) address: SocketAddr,
    screen: Arc<Screen>,
    /// The `Set-Cookie` value that the next visit of `/enter` gets.
    begun: Arc<Mutex<String>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for ServedDesk {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl ServedDesk {
    pub(super) async fn of(team: &Team) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let register = team.ann.register().clone();
        let config = register.folder().join("desk.toml");
        std::fs::write(&config, "").unwrap();
        let open = Arc::new(OpenBooks::new(register));
        let screen = Screen::new(open, config, address, false);
        let page = Arc::clone(&screen);
        let begun = Arc::<Mutex<String>>::default();
        let next = Arc::clone(&begun);
        let enter = move || {
            let cookie = std::mem::take(&mut *next.lock().unwrap());
            async move { ([(header::SET_COOKIE, cookie)], Redirect::to("/")) }
        };
        let own = Router::new().route("/enter", get(enter));
        let serving = tokio::spawn(async move { screen::serve_beside(page, listener, own).await });
        Self {
            address,
            screen,
            begun,
            serving,
        }
    }

    /// A Chromium in which this officer is signed in, at the queue.
    pub(super) async fn signed_in(&self, team: &Team, acting: &Acting, script: bool) -> Phone {
        let phone = Phone::start(Kind::Chromium, script).await;
        let account = acting.account().clone();
        let member = [team.member_of(&account.name)];
        let begun = self.screen.begin(&account, &member, ("test", None));
        let begun = begun.await.unwrap();
        *self.begun.lock().unwrap() = begun;
        phone.open(&format!("http://{}/enter", self.address)).await;
        phone.wait("footer").await;
        phone
    }
}
