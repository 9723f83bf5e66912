//! Fifty officers signed in at once: what each request's account check takes, and how much memory the
//! desk needs while a passphrase is checked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use loke::desk::acting::Acting;
use loke::desk::book;
use loke::desk::keys::Identity;
use loke::desk::open_books::OpenBooks;
use loke::desk::register::{AccountRole, NewGrant};
use loke::desk::screen::Screen;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::staff;

/// Officers at once.
const OFFICERS: usize = 50;
/// Account checks that are measured.
const CHECKS: usize = 2_000;
/// Between two looks at the memory.
const LOOK: Duration = Duration::from_millis(5);

/// The page that is served, and the account that has its book open.
pub(crate) struct Served<'a> {
    pub(crate) acting: &'a Acting,
    pub(crate) member: &'a Identity,
    pub(crate) page: &'a Arc<Screen>,
    pub(crate) open: &'a Arc<OpenBooks>,
    pub(crate) address: SocketAddr,
}

impl Served<'_> {
    /// Signs the officers in, and prints what they cost. One session is open before.
    pub(crate) async fn print(&self) {
        let names = self.sign_in_all().await;
        let mut times = Vec::with_capacity(CHECKS);
        for n in 0..CHECKS {
            let began = Instant::now();
            let account = self.acting.register().account(&names[n % OFFICERS]).await;
            let session = 2 + (n % OFFICERS) as u64;
            let books = self.open.of(session, &account.unwrap()).await.unwrap();
            times.push(began.elapsed());
            assert_eq!(books.len(), 1, "the officer has the book open");
        }
        times.sort_unstable();
        let ms = |share: usize| times[(CHECKS - 1) * share / 100].as_secs_f64() * 1_000.0;
        println!(
            "  account check of a request: median {:.3}, p95 {:.3}, p99 {:.3} ms (goal 1)",
            ms(50),
            ms(95),
            ms(99)
        );
        let quiet = super::resident();
        let (took, most) = self.while_a_passphrase_is_checked().await;
        println!(
            "  {OFFICERS} officers signed in: {} MiB; {} MiB while a passphrase is checked for {} ms (goal 500)",
            quiet >> 20,
            most >> 20,
            took.as_millis()
        );
    }

    /// Each officer's browser shows the queue.
    async fn sign_in_all(&self) -> Vec<String> {
        let register = self.acting.register();
        let (folder, today) = (register.folder(), register.clock().today());
        let member = std::slice::from_ref(self.member);
        let secrets = book::read_secrets(folder, "main", staff::NAME, member).unwrap();
        let mut names = Vec::new();
        for n in 0..OFFICERS {
            let name = format!("officer-{n}");
            let (account, member) = staff::account(register, &name, &[AccountRole::Officer]).await;
            let grant = NewGrant {
                book: "main",
                account: &name,
                given_by: staff::NAME,
                until_on: None,
                agreed_by: None,
            };
            register.grant(&grant).await.unwrap();
            let key = std::slice::from_ref(&account.recipient);
            book::write_key_file(folder, "main", &name, &secrets, key, today).unwrap();
            let pinned = self.acting.books()[0].pin_member(&name, &account.recipient);
            pinned.await.unwrap();
            let cookie = self.page.begin(&account, &[member], ("bench", None)).await;
            let cookie = cookie.unwrap();
            super::get(self.address, cookie.split(';').next().unwrap(), "/queue").await;
            names.push(name);
        }
        names
    }

    /// Somebody types a passphrase: one derivation. Returns how long it took, and the most memory.
    async fn while_a_passphrase_is_checked(&self) -> (Duration, u64) {
        let is_over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&is_over);
        let looking = tokio::spawn(async move {
            let (mut most, mut look) = (0, tokio::time::interval(LOOK));
            while !stop.load(Ordering::Relaxed) {
                look.tick().await;
                most = super::resident().max(most);
            }
            most
        });
        let began = Instant::now();
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (address, body) = (self.address, "name=nobody&password=a+guess&code=1");
        let request = format!(
            "POST /sign-in HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let took = began.elapsed();
        is_over.store(true, Ordering::Relaxed);
        assert!(answer.starts_with(b"HTTP/1.1 403"), "a wrong passphrase");
        (took, looking.await.unwrap())
    }
}
