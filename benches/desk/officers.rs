//! Fifty officers signed in at once: what each request's account check takes, and how much memory the
//! desk needs while a passphrase is checked. A sign-in takes as long as its passphrase and its books.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use loke::desk::book;
use loke::desk::register::{AccountRole, NewGrant};

use super::filled::Filled;
use super::http::{self, Browser};
use super::{goals, mib, resident, staff};

/// Officers at once.
const OFFICERS: usize = 50;
/// Account checks that are measured.
const CHECKS: usize = 2_000;
/// Between two looks at the memory.
const LOOK: Duration = Duration::from_millis(5);

/// Signs the officers in, and prints what they cost. One session is open before.
pub(crate) async fn sign_in(desk: &Filled) {
    let names = sign_in_all(desk).await;
    let mut times = Vec::with_capacity(CHECKS);
    for n in 0..CHECKS {
        let began = Instant::now();
        let account = desk.acting.register().account(&names[n % OFFICERS]).await;
        let session = 2 + (n % OFFICERS) as u64;
        let books = desk.books.of(session, &account.unwrap()).await.unwrap();
        times.push(began.elapsed());
        assert_eq!(books.len(), 1, "the officer has the book open");
    }
    times.sort_unstable();
    let ms = |share: usize| times[(CHECKS - 1) * share / 100].as_secs_f64() * 1e3;
    let figure = format!(
        "account check, median {:.3}, p95 {:.3}, p99",
        ms(50),
        ms(95)
    );
    goals::at_most(&figure, ms(99), 1.0, " ms");
    let quiet = resident();
    let (took, most) = while_a_passphrase_is_checked(desk).await;
    let checking = took.as_secs_f64() * 1e3;
    println!(
        "  {OFFICERS} officers signed in: {} MiB; a passphrase is checked in {checking:.0} ms",
        mib(quiet)
    );
    goals::at_most("memory during the check", mib(most), 500.0, " MiB");
    let entering = desk.entering;
    let figure = format!("sign-in to the queue, {entering:.0} after the passphrase, whole");
    goals::at_most(&figure, entering + checking, 1_500.0, " ms");
}

/// Each officer's browser shows the queue.
async fn sign_in_all(desk: &Filled) -> Vec<String> {
    let register = desk.acting.register();
    let (folder, today) = (register.folder(), register.clock().today());
    let member = std::slice::from_ref(&desk.member);
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
        let pinned = desk.acting.books()[0].pin_member(&name, &account.recipient);
        pinned.await.unwrap();
        let cookie = desk.page.begin(&account, &[member], ("bench", None)).await;
        let browser = Browser::in_session(desk.browser.address, &cookie.unwrap());
        browser.get("/queue").await;
        names.push(name);
    }
    names
}

/// Somebody types a passphrase: one derivation. Returns how long it took, and the most memory.
async fn while_a_passphrase_is_checked(desk: &Filled) -> (Duration, u64) {
    let is_over = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&is_over);
    let looking = tokio::spawn(async move {
        let (mut most, mut look) = (0, tokio::time::interval(LOOK));
        while !stop.load(Ordering::Relaxed) {
            look.tick().await;
            most = resident().max(most);
        }
        most
    });
    let began = Instant::now();
    let (address, body) = (desk.browser.address, "name=nobody&password=a+guess&code=1");
    let request = format!(
        "POST /sign-in HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = http::send(address, &request).await;
    let took = began.elapsed();
    is_over.store(true, Ordering::Relaxed);
    assert!(
        answer.starts_with("HTTP/1.1 403"),
        "a wrong passphrase: {answer}"
    );
    (took, looking.await.unwrap())
}
