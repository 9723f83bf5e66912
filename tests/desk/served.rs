//! A desk with one founder, served on loopback with a hand-set clock.

use std::net::SocketAddr;
use std::sync::Arc;

use loke::clock::Clock;
use loke::desk::acting::{self, Acting};
use loke::desk::keys::{self, Identity, Passphrase};
use loke::desk::open_books::OpenBooks;
use loke::desk::people;
use loke::desk::register::{AccountRole, Register};
use loke::desk::screen::{self, Screen};
use loke::desk::setup::{self, Founder};

use crate::house::NOON;
use crate::house::desk_browser::{DeskBrowser, code};

pub(crate) const ANN: &str = "correct horse battery staple";
pub(crate) const FIRST: &str = "ribbon wagon lantern gravel";
pub(crate) const OWN: &str = "seven quiet herons over marshland";

/// A desk with the founder `ann`, served on loopback.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    pub(crate) clock: Clock,
    pub(crate) register: Register,
    pub(crate) open: Arc<OpenBooks>,
    pub(crate) screen: Arc<Screen>,
    pub(crate) address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::by_hand(NOON);
        let dir = folder.path().join("desk");
        let founder = Founder {
            name: "ann",
            organisation: "council",
            passphrase: &Passphrase::new(ANN),
        };
        setup::make(&dir, founder, clock.clone()).await.unwrap();
        let register = Register::open(&dir, clock.clone()).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::new(OpenBooks::new(register.clone()));
        let screen = Screen::new(Arc::clone(&open), dir.join("desk.toml"), address, false);
        let page = Arc::clone(&screen);
        let task = tokio::spawn(async move { screen::serve(page, listener).await });
        Self {
            folder,
            clock,
            register,
            open,
            screen,
            address,
            task,
        }
    }

    /// The serving process ends without a farewell, and another one serves the same folder.
    pub(crate) async fn restart(&mut self) {
        self.task.abort();
        self.open.close_all().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.address = listener.local_addr().unwrap();
        self.open = Arc::new(OpenBooks::new(self.register.clone()));
        let config = self.register.folder().join("desk.toml");
        self.screen = Screen::new(Arc::clone(&self.open), config, self.address, false);
        self.screen.read_sessions().await.unwrap();
        let page = Arc::clone(&self.screen);
        self.task = tokio::spawn(async move { screen::serve(page, listener).await });
    }

    pub(crate) fn browser(&self) -> DeskBrowser {
        DeskBrowser::new(self.address)
    }

    pub(crate) fn unlock(
        &self,
        name: &str,
        passphrase: &str,
    ) -> Result<Vec<Identity>, keys::Error> {
        let passphrase = Passphrase::new(passphrase);
        acting::unlock(&self.folder.path().join("desk"), name, &passphrase)
    }

    pub(crate) async fn act(&self, name: &str, passphrase: &str) -> Acting {
        let member = self.unlock(name, passphrase).unwrap();
        let account = self.register.account(name).await.unwrap();
        Acting::open(&self.register, account, &member)
            .await
            .unwrap()
    }

    /// Adds `bob`, an officer, whose first passphrase is known to the administrator.
    pub(crate) async fn add_bob(&self) {
        self.add("bob", "police", &[AccountRole::Officer]).await;
    }

    pub(crate) async fn add(&self, name: &str, organisation: &str, roles: &[AccountRole]) {
        let ann = self.act("ann", ANN).await;
        people::add_account(&ann, name, organisation, roles, &Passphrase::new(FIRST))
            .await
            .unwrap();
    }

    /// Bob's first sign-in at the page: his own passphrase, and his phone.
    pub(crate) async fn bob_chooses(&self) -> (DeskBrowser, Vec<u8>) {
        self.chooses("bob").await
    }

    /// The first sign-in of an account at the page, with an own passphrase and a phone.
    pub(crate) async fn chooses(&self, name: &str) -> (DeskBrowser, Vec<u8>) {
        let mut browser = self.browser();
        let page = browser.sign_in(name, FIRST, "").await;
        let secret = crate::house::desk_browser::from_base32(&page.code_secret());
        let (token, code) = (page.field("token"), code(&secret, self.clock.now()));
        let fields = [
            ("token", token.as_str()),
            ("code", &code),
            ("new_password", OWN),
            ("again", OWN),
        ];
        let done = browser.post("/sign-in/set-up", &fields).await;
        assert_eq!(
            (done.status, done.location()),
            (303, "/"),
            "{}",
            done.text()
        );
        (browser, secret)
    }
}
