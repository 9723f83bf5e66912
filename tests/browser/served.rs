//! The desk of a team, served on loopback for real browsers.

use std::net::SocketAddr;
use std::sync::Arc;

use loke::desk::acting::Acting;
use loke::desk::open_books::OpenBooks;
use loke::desk::screen::{self, Screen};

use super::phone::{Kind, Phone};
use crate::triage::Team;

/// It is served until it drops.
pub(super) struct ServedDesk {
    pub(super) address: SocketAddr,
    screen: Arc<Screen>,
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
        let serving = tokio::spawn(async move { screen::serve(page, listener).await });
        Self {
            address,
            screen,
            serving,
        }
    }

    /// A Chromium in which this officer is signed in, at the queue.
    pub(super) async fn signed_in(&self, team: &Team, acting: &Acting, script: bool) -> Phone {
        let phone = Phone::start(Kind::Chromium, script).await;
        let account = acting.account().clone();
        let member = team.member_of(&account.name);
        let link = self.screen.demo_link(account, vec![member]).unwrap();
        phone.open(&link).await;
        phone.wait("footer").await;
        phone
    }
}
