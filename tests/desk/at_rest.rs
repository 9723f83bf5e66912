//! P14 at night: however the last session ends, a minute later neither the memory of `loke-desk serve` nor a
//! file of the desk has a word of a tip, a note or a draft, or a key of a book, in any form.

mod night;

use night::{Night, Process};

use crate::house::desk_browser::DeskBrowser;
use crate::house::programs;
use crate::house::skip::skipped;

/// A way in which a session ends: its name, who is signed in, and the reason in the audit log.
struct Way {
    name: &'static str,
    who: &'static str,
    reason: &'static str,
}

const fn way(name: &'static str, who: &'static str, reason: &'static str) -> Way {
    Way { name, who, reason }
}

const SIGNED_OUT: &str = "signed out";
const JUMPED: &str = "the clock jumped or the machine slept";
const OVER: &str = "the time was over";
const CHANGED: &str = "disabled, or a new key";
/// The book closes, and the session stays.
const STAYS: &str = "";

const WAYS: [Way; 9] = [
    way("sign-out", "bob", SIGNED_OUT),
    way("a quarter of an hour", "bob", OVER),
    way("another session", "bob", "ended from another session"),
    way("a clock that jumps", "bob", JUMPED),
    way("a machine that sleeps", "bob", JUMPED),
    way("a new passphrase", "bob", CHANGED),
    way("new keys of the book", "bob", STAYS),
    way("revoked", "cai", STAYS),
    way("disabled", "dan", CHANGED),
];

impl Night {
    /// Ends the session in this way.
    async fn end(&mut self, way: &Way, browser: &mut DeskBrowser, token: &str) {
        match way.name {
            "sign-out" => {
                browser.post("/leave", &[("form_token", token)]).await;
            }
            "a quarter of an hour" => self.clocks.pass(15 * 60 + 10).await,
            "eight hours" => {
                for _ in 0..48 {
                    assert_eq!(browser.get("/languages").await.status, 200);
                    self.clocks.pass(10 * 60).await;
                }
            }
            "another session" => {
                // Its person ends it from elsewhere, and signs out there.
                let mut other = self.sign_in(way.who, browser.address).await;
                let code = self.code(way.who).await;
                let token = other.get("/sessions").await.field("form_token");
                let own = ("form_token", token.as_str());
                let ended = other.post("/sessions", &[own, ("code", &code)]).await;
                assert_eq!(ended.location(), "/sessions", "{}", ended.text());
                other.post("/leave", &[own]).await;
            }
            "a clock that jumps" => self.clocks.jump(3_600),
            "a machine that sleeps" => self.clocks.sleep(120),
            "a new passphrase" => self.new_passphrase(way.who).await,
            "new keys of the book" => {
                self.command(&["book", "new-keys", "main"]).await;
                self.learn_keys();
            }
            "revoked" => {
                self.command(&["book", "revoke", "main", way.who]).await;
                self.learn_keys();
            }
            "disabled" => self.command(&["account", "disable", way.who]).await,
            other => panic!("no way is named {other}"),
        }
    }

    /// Somebody works, the session ends in this way, and nothing is left.
    async fn leaves_nothing(&mut self, way: &Way, desk: &Process) {
        let mut browser = self.sign_in(way.who, desk.address).await;
        let token = self.works(&mut browser).await;
        let open = self.in_memory(desk).unwrap();
        for word in ["tip", "database key", "book identity"] {
            let there = open.iter().any(|name| name.starts_with(word));
            assert!(there, "the control, before {}: {open:?}", way.name);
        }
        let before = self.ends(way.who).await.len();
        self.end(way, &mut browser, &token).await;
        let left = self.left_in_memory(desk).await;
        assert!(left.is_empty(), "after {}: {left:?}", way.name);
        match self.in_core(desk) {
            Some(left) => assert!(left.is_empty(), "core after {}: {left:?}", way.name),
            None => skipped!("gcore (gdb) is not installed"),
        }
        let ends = self.ends(way.who).await.split_off(before);
        let expected = match way.reason {
            STAYS => ends.is_empty(),
            reason => ends.iter().any(|why| why == reason),
        };
        assert!(expected, "{}: {ends:?}", way.name);
        // A form that was open in the browser is sent after all.
        let said = self.sends_late(&mut browser, &token).await.text();
        if [SIGNED_OUT, OVER, JUMPED].contains(&way.reason) {
            assert!(said.contains("kept for you alone"), "{}: {said}", way.name);
        }
        let left = self.left_in_memory(desk).await;
        assert!(left.is_empty(), "late, after {}: {left:?}", way.name);
    }
}

/// Three officers read and write. Each signs out, and the book is open until the last one has.
async fn each_signs_out(night: &mut Night, desk: &Process) {
    let mut there = Vec::new();
    for name in ["bob", "cai", "dan"] {
        let mut browser = night.sign_in(name, desk.address).await;
        let token = night.works(&mut browser).await;
        there.push((name, browser, token));
    }
    for (name, mut browser, token) in there {
        let open = night.in_memory(desk).unwrap();
        assert!(!open.is_empty(), "the control, before {name} goes");
        if let Some(open) = night.in_core(desk) {
            assert!(!open.is_empty(), "the control of the core dump");
        }
        browser.post("/leave", &[("form_token", &token)]).await;
    }
    let left = night.left_in_memory(desk).await;
    assert!(left.is_empty(), "three signed out: {left:?}");
}

#[tokio::test]
async fn p14_however_a_session_ends_no_word_and_no_key_of_a_book_is_in_memory_or_on_disk() {
    let Some(mut night) = Night::new().await else {
        skipped!("gcc is not on this machine");
        return;
    };
    let mut desk = night.start(programs::desk());
    if night.in_memory(&desk).is_none() {
        skipped!("only root reads the memory of a hardened process");
        return;
    }
    each_signs_out(&mut night, &desk).await;
    for way in &WAYS {
        night.leaves_nothing(way, &desk).await;
        println!(
            "{}: nothing in memory, in a core dump and on disk",
            way.name
        );
        let files = night.in_files(&desk);
        assert!(files.is_empty(), "after {}: {files:?}", way.name);
    }
    // The program stops while somebody works.
    let mut bob = night.sign_in("bob", desk.address).await;
    night.works(&mut bob).await;
    desk.stop();
    let files = night.in_files(&desk);
    assert!(files.is_empty(), "after a stop: {files:?}");
}

/// Without requests for at most ten minutes, a session ends after eight hours. It takes minutes.
#[tokio::test]
async fn p14_after_eight_hours_no_word_and_no_key_of_a_book_is_in_memory_or_on_disk() {
    if std::env::var_os("LOKE_DEEP").is_none() {
        return;
    }
    let Some(mut night) = Night::new().await else {
        skipped!("gcc is not on this machine");
        return;
    };
    let desk = night.start(programs::desk());
    let eight = way("eight hours", "bob", OVER);
    if night.in_memory(&desk).is_none() {
        skipped!("only root reads the memory of a hardened process");
        return;
    }
    night.leaves_nothing(&eight, &desk).await;
    let files = night.in_files(&desk);
    assert!(files.is_empty(), "{files:?}");
}

#[tokio::test]
async fn control_without_the_functions_that_zeroize_a_closed_book_is_still_in_memory() {
    let Some(mut night) = Night::new().await else {
        skipped!("gcc is not on this machine");
        return;
    };
    let desk = night.start(&programs::desk_with_plain_c_memory());
    let mut browser = night.sign_in("bob", desk.address).await;
    let token = night.works(&mut browser).await;
    browser.post("/leave", &[("form_token", &token)]).await;
    night.clocks.pass(60).await;
    let Some(left) = night.in_memory(&desk) else {
        skipped!("only root reads the memory of a hardened process");
        return;
    };
    assert!(!left.is_empty());
    println!("{left:?}");
}
