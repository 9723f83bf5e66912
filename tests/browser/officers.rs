//! P14: three officers at once in real browsers, one of them in Firefox if its driver is there, with
//! real one-time codes: wrong codes and codes that were used, a session that ends in the middle of a
//! text, and a grant and a revoke while others have the tip open.

use std::net::SocketAddr;
use std::time::Duration;

use loke::desk::acting::Acting;
use loke::desk::book::DraftOf;
use loke::desk::partners::{PartnerKind, Way};
use loke::desk::register::AccountRole;
use loke::desk::{granting, people};
use loke::tip::TipId;

use super::browsers;
use super::phone::{Kind, Phone};
use crate::desk::covers::{kept, photo};
use crate::desk::served::{ANN, Desk, FIRST, OWN};
use crate::house::desk_browser::{code, from_base32};
use crate::house::partners;

/// Longer than a session without a request.
const AWAY: i64 = 16 * 60;

/// An officer at a browser.
pub(super) struct Officer<'a> {
    desk: &'a Desk,
    /// Of the desk's page, or of a relay to it.
    address: SocketAddr,
    pub(super) phone: Phone,
    name: &'static str,
    passphrase: &'static str,
    secret: Vec<u8>,
}

impl<'a> Officer<'a> {
    pub(super) async fn at(
        kind: Kind,
        desk: &'a Desk,
        name: &'static str,
        passphrase: &'static str,
    ) -> Self {
        Self {
            desk,
            address: desk.address,
            phone: Phone::start(kind, true).await,
            name,
            passphrase,
            secret: Vec::new(),
        }
    }

    /// The same officer, who reaches the desk by a relay.
    pub(super) fn through(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    fn code(&self) -> String {
        code(&self.secret, self.desk.clock.now())
    }

    async fn types_name_and_passphrase(&self, code: &str) {
        self.open("/sign-in").await;
        self.phone.fill("#name", self.name).await;
        self.phone.fill("#password", self.passphrase).await;
        self.phone.fill("#code", code).await;
        self.phone.touch("form.sign-in button").await;
    }

    /// The first sign-in, with a wrong code of the phone before the right one.
    pub(super) async fn sets_up(&mut self, own: Option<&'static str>) {
        self.types_name_and_passphrase("").await;
        for is_right in [false, true] {
            let shown = self.phone.words("#totp-secret").await;
            let shown: String = shown.chars().filter(char::is_ascii_alphanumeric).collect();
            self.secret = from_base32(&shown);
            let right = self.code();
            let wrong = if right == "000000" {
                "000001"
            } else {
                "000000"
            };
            if let Some(own) = own {
                self.phone.fill("#new_password", own).await;
                self.phone.fill("#again", own).await;
            }
            let typed = if is_right { &right } else { wrong };
            self.phone.fill("#code", typed).await;
            self.phone.touch("form.sign-in button").await;
            if !is_right {
                let said = self.phone.words("p.trouble").await;
                assert!(said.contains("code is wrong"), "{said}");
            }
        }
        self.phone.wait("footer").await;
        self.passphrase = own.unwrap_or(self.passphrase);
    }

    async fn is_refused(&self, code: &str) {
        self.types_name_and_passphrase(code).await;
        let said = self.phone.words("p.trouble").await;
        assert!(said.contains("code is wrong"), "{}: {said}", self.name);
    }

    async fn signs_in(&self, code: &str) {
        self.types_name_and_passphrase(code).await;
        self.phone.wait("footer").await;
    }

    pub(super) async fn signs_out(&self) {
        self.phone
            .touch("header > button, header form[action='/leave'] button")
            .await;
        self.phone.wait("#password").await;
    }

    pub(super) async fn open(&self, path: &str) {
        let address = self.address;
        self.phone.open(&format!("http://{address}{path}")).await;
    }

    async fn note(&self) -> String {
        let field = self.phone.wait("#note").await;
        let value = self.phone.property(&field, "value").await;
        value.as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_three_officers_sign_in_with_real_codes_lose_no_text_and_a_revoke_ends_an_open_tip() {
    let kinds: Vec<Kind> = browsers().into_iter().map(|(kind, _)| kind).collect();
    let (Some(first), Some(last)) = (kinds.first(), kinds.last()) else {
        return;
    };
    println!("ann and cai in {first:?}, bob in {last:?}");
    let desk = Desk::new().await;
    for name in ["bob", "cai"] {
        desk.add(name, "police", &[AccountRole::Officer]).await;
    }
    let acting = desk.act("ann", ANN).await;
    let tip = kept(&acting, &photo()).await;
    let page = format!("/tip/{}", tip.id);
    let (mut ann, mut bob, mut cai) = tokio::join!(
        Officer::at(*first, &desk, "ann", ANN),
        Officer::at(*last, &desk, "bob", FIRST),
        Officer::at(*first, &desk, "cai", FIRST),
    );
    tokio::join!(
        ann.sets_up(None),
        bob.sets_up(Some(OWN)),
        cai.sets_up(Some("nine grey barges under the bridge")),
    );

    // Nobody but ann has the book. A grant opens it at the next sign-in.
    for officer in [&bob, &cai] {
        officer.open(&page).await;
        assert!(officer.phone.words("main").await.contains("Tip not found"));
    }
    ann.open("/books").await;
    ann.phone.touch("main details summary").await;
    ann.phone
        .touch("select[name=name] option:nth-child(1)")
        .await;
    ann.phone.touch("button[value=grant]").await;
    let said = ann.phone.words("main [role=status]").await;
    assert!(said.contains("bob can open main now"), "{said}");
    ann.open(&page).await;

    // A code counts once, and a stranger's guess is no code.
    let used = bob.code();
    bob.signs_out().await;
    bob.is_refused(&used).await;
    bob.is_refused("123456").await;
    desk.clock.advance(60);
    bob.signs_in(&bob.code()).await;
    bob.open(&page).await;
    let text = bob.phone.words("article").await;
    assert!(text.contains("a car with a plate"), "{text}");
    assert!(bob.phone.words("main").await.contains("ann has it open"));

    // The second member agrees while ann has the tip open.
    ann.open("/books").await;
    ann.phone.touch("main details summary").await;
    ann.phone
        .touch("select[name=name] option:nth-child(2)")
        .await;
    ann.phone.touch("button[value=grant]").await;
    ann.phone.wait("main [role=status]").await;
    ann.open(&page).await;
    bob.open("/books").await;
    bob.phone.touch("button[value=agree]").await;
    let said = bob.phone.words("main [role=status]").await;
    assert!(said.contains("cai can open main now"), "{said}");
    cai.signs_out().await;
    cai.signs_in(&cai.code()).await;
    bob.open(&page).await;
    cai.open(&page).await;
    let others = cai.phone.words("main").await;
    assert!(others.contains("and 1 more have it open"), "{others}");

    // The session ends in the middle of a text. It is there when bob comes back.
    bob.phone.fill("#note", "They rang twice").await;
    desk.clock.advance(AWAY);
    desk.screen.end_sessions().await.unwrap();
    assert!(desk.open.all().is_empty(), "nobody is there");
    bob.phone.fill("#note", ", and a van left").await;
    bob.phone.touch("button[value=note]").await;
    let said = bob.phone.words("main").await;
    assert!(said.contains("Your text is kept for you alone"), "{said}");
    bob.phone.touch("main a[href='/sign-in']").await;
    // This browser had the code today: the passphrase alone serves, and not for somebody else.
    bob.signs_in("").await;
    let said = bob.phone.words("main [role=status]").await;
    assert!(said.contains("is a draft now"), "{said}");
    bob.open(&page).await;
    assert_eq!(bob.note().await, "They rang twice, and a van left");
    cai.signs_in("").await;
    cai.open(&page).await;
    assert_eq!(cai.note().await, "", "it is bob's draft");
    bob.phone.touch("button[value=note]").await;
    bob.phone.wait("main [role=status]").await;

    // Revoked while the tip is open: the next press gets nothing.
    bob.open(&page).await;
    let closing = async {
        while !desk.open.all().is_empty() {
            desk.screen.end_sessions().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let (revoked, ()) = tokio::join!(people::revoke(&acting, "main", "cai", |_| ()), closing);
    revoked.unwrap();
    // Bob stays. What he types while the book is closed is his draft when it opens again.
    bob.phone.fill("#note", "A blue door").await;
    bob.phone.touch("button[value=note]").await;
    let said = bob.phone.words("main").await;
    assert!(said.contains("Your text is kept for you alone"), "{said}");
    cai.phone.touch("button[value=take]").await;
    let said = cai.phone.words("main").await;
    assert!(said.contains("Tip not found"), "{said}");
    cai.signs_out().await;
    desk.clock.advance(60);
    cai.signs_in(&cai.code()).await;
    cai.open(&page).await;
    assert!(cai.phone.words("main").await.contains("Tip not found"));
    // The control: who stays opens the book under its new keys, with the note.
    bob.signs_out().await;
    bob.signs_in(&bob.code()).await;
    bob.open(&page).await;
    let text = bob.phone.words("main").await;
    assert!(text.contains("They rang twice, and a van left"), "{text}");
    assert_eq!(bob.note().await, "A blue door");
}

/// Polls until the book has a draft of each of these texts.
async fn drafts_are(acting: &Acting, tip: TipId, wanted: &[&str]) {
    let book = acting.book("main").await.unwrap();
    let mut look = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..6_000 {
        look.tick().await;
        let drafts = book.drafts_on(DraftOf::Note, tip).await.unwrap();
        let texts: Vec<&str> = drafts.iter().map(|(_, text)| text.as_str()).collect();
        if wanted.iter().all(|text| texts.contains(text)) {
            return;
        }
    }
    panic!("a draft is missing");
}

/// Polls until the report of the person is a draft with a photo.
async fn report_is_kept(acting: &Acting, tip: TipId) {
    let book = acting.book("main").await.unwrap();
    let mut look = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..6_000 {
        look.tick().await;
        let kept = book.report_draft(tip).await.unwrap();
        if kept.is_some_and(|kept| !kept.photos.is_empty()) {
            return;
        }
    }
    panic!("the tick is not kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_browsers_that_are_killed_in_mid_text_lose_none_of_it() {
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return;
    }
    let desk = Desk::new().await;
    desk.add("bob", "police", &[AccountRole::Officer]).await;
    let acting = desk.act("ann", ANN).await;
    let key = age::x25519::Identity::generate();
    let way = Way::Folder(desk.register.folder().join("inbox"));
    let police = partners::partner("police", PartnerKind::Police, &key, way);
    partners::add(&acting, &police).await;
    let tip = kept(&acting, &photo()).await.id;
    let page = format!("/tip/{tip}");
    let (mut ann, mut bob) = tokio::join!(
        Officer::at(Kind::Chromium, &desk, "ann", ANN),
        Officer::at(Kind::Chromium, &desk, "bob", FIRST),
    );
    tokio::join!(ann.sets_up(None), bob.sets_up(Some(OWN)));
    granting::grant(&acting, "main", "bob", None).await.unwrap();
    bob.signs_out().await;
    desk.clock.advance(60);
    bob.signs_in(&bob.code()).await;
    let texts = ["The door was open", "A man with a ladder"];
    for (officer, text) in [&ann, &bob].into_iter().zip(texts) {
        officer.open(&page).await;
        officer.phone.fill("#note", text).await;
    }
    drafts_are(&acting, tip, &texts).await;
    // A tick is kept like a word.
    let photo = "[name^=\"photo.\"]";
    ann.phone.touch(photo).await;
    report_is_kept(&acting, tip).await;
    desk.clock.advance(60);
    for (mut officer, text) in [ann, bob].into_iter().zip(texts) {
        // The old browser and its driver end by `kill -9`.
        officer.phone = Phone::start(Kind::Chromium, true).await;
        officer.open(&page).await;
        officer.signs_in(&officer.code()).await;
        officer.open(&page).await;
        assert_eq!(officer.note().await, text, "{}", officer.name);
        let ticked = officer.phone.all(&format!("{photo}:checked")).await.len();
        assert_eq!(
            ticked,
            usize::from(officer.name == "ann"),
            "{}",
            officer.name
        );
    }
}
