//! A person at a partner with an account: from the route at the desk to the answer on the tip.

use std::sync::Arc;

use loke::desk::answers::Choice;
use loke::desk::book::{State, Verdict, View};
use loke::desk::jobs::Step;
use loke::desk::jobs::answers::collect_keys;
use loke::desk::keys::{Identity, Passphrase};
use loke::desk::open_books::OpenBooks;
use loke::desk::partner_accounts;
use loke::desk::partners::{PartnerKind, Way, Withheld};
use loke::desk::report::Draft;
use loke::desk::route::NotSent;
use loke::desk::screen::{self, Screen};
use loke::desk::settings::DeskSettings;
use loke::tip::TipId;

use super::{Bench, DAY, name, recorded};
use crate::house::browser::jpeg;
use crate::house::desk_browser::{Answer, DeskBrowser, code, exchange_bytes, from_base32};
use crate::house::partners;
use crate::triage::{Team, routine};

/// The passphrase that the administrator made, and the person's own one.
pub(crate) const FIRST: &str = "ribbon wagon lantern gravel";
pub(crate) const OWN: &str = "seven quiet herons over marshland";
pub(crate) const ACCOUNTS: &str = "[accounts]\nkeep_days = 30\n";

impl Bench {
    /// A page with accounts, and two partners whose reports go there.
    pub(crate) async fn with_accounts() -> Self {
        let bench = Self::with(ACCOUNTS).await;
        let unused = age::x25519::Identity::generate();
        for (name, kind) in [
            ("police", PartnerKind::Police),
            ("cleansing", PartnerKind::Cleansing),
        ] {
            let mut partner = partners::partner(name, kind, &unused, Way::Page);
            partner.key = None;
            partners::add(&bench.team.ann, &partner).await;
        }
        bench
    }

    /// The desk's settings, with the folders of the page.
    pub(crate) fn desk(&self) -> DeskSettings {
        let place = self.place.path();
        let file = place.join("desk.toml");
        let text = format!(
            "[batches]\nreports_minutes = 0\n[answers]\nfolder = \"{0}/answers\"\n[partner_page]\ninbox = \"{0}/inbox\"\n",
            place.display()
        );
        std::fs::write(&file, text).unwrap();
        DeskSettings::read(&file).unwrap()
    }

    /// An account of a partner whose key is confirmed. Returns the key.
    pub(super) async fn reader(&self, partner: &str, account: &str) -> Identity {
        let (ann, key) = (&self.team.ann, Identity::generate());
        let first = Passphrase::new(FIRST);
        partner_accounts::add(ann, &self.desk(), partner, account, &first)
            .await
            .unwrap();
        let recipient = key.recipient().unwrap();
        let line = loke::desk::jobs::answers::key_line(account, partner, &recipient);
        std::fs::write(self.folder().join(format!("{}.key", name(9))), line).unwrap();
        let register = ann.register();
        assert_eq!(collect_keys(&self.folder(), register).await, Ok(1));
        let confirmed = register
            .confirm_partner_account(&ann.actor(), partner, &recipient.fingerprint())
            .await;
        assert_eq!(confirmed.unwrap().as_deref(), Some(account));
        key
    }

    pub(crate) async fn look(&self) {
        assert!(matches!(self.page.look().await, Step::Retry(_)));
    }

    /// Sends a report about a tip. Returns its reference.
    pub(crate) async fn send(&self, tip: TipId, draft: &Draft) -> String {
        let sent = partners::send(&self.team.ann, &self.desk(), tip, draft).await;
        let sent = sent.unwrap();
        assert!(sent.done.is_some(), "{sent:?}");
        sent.reference
    }

    /// A person at a partner, signed in at the page, whose key is confirmed. Returns the secret of the
    /// codes too.
    pub(crate) async fn person(&self, partner: &str, account: &str) -> (DeskBrowser, Vec<u8>) {
        let (ann, first) = (&self.team.ann, Passphrase::new(FIRST));
        partner_accounts::add(ann, &self.desk(), partner, account, &first)
            .await
            .unwrap();
        self.look().await;
        let mut browser = DeskBrowser::new(self.address);
        let secret = self.first_sign_in(&mut browser, account).await;
        self.confirm(partner, account).await;
        (browser, secret)
    }

    /// Collects the key of an account, and confirms it.
    pub(crate) async fn confirm(&self, partner: &str, account: &str) {
        let (ann, register) = (&self.team.ann, self.team.ann.register());
        collect_keys(&self.folder(), register).await.unwrap();
        let known = register.partner_account(account).await.unwrap().unwrap();
        let fingerprint = known.fingerprint().unwrap();
        let actor = ann.actor();
        let confirmed = register.confirm_partner_account(&actor, partner, &fingerprint);
        assert_eq!(confirmed.await.unwrap().as_deref(), Some(account));
    }

    /// The first sign-in of an account, with the passphrase `OWN`. Returns the secret of its codes.
    async fn first_sign_in(&self, browser: &mut DeskBrowser, account: &str) -> Vec<u8> {
        let page = browser.sign_in(account, FIRST, "").await;
        let secret = from_base32(&page.code_secret());
        let weak = [
            ("token", page.field("token")),
            ("code", code(&secret, self.team.clock.now())),
            ("new_password", "norwich2026".to_owned()),
            ("again", "norwich2026".to_owned()),
        ];
        let weak = weak.each_ref().map(|(name, value)| (*name, value.as_str()));
        let page = browser.post("/sign-in/set-up", &weak).await;
        assert!(page.text().contains("too easy to guess"), "{}", page.text());
        let secret = from_base32(&page.code_secret());
        let own = [
            ("token", page.field("token")),
            ("code", code(&secret, self.team.clock.now())),
            ("new_password", OWN.to_owned()),
            ("again", OWN.to_owned()),
        ];
        let own = own.each_ref().map(|(name, value)| (*name, value.as_str()));
        let done = browser.post("/sign-in/set-up", &own).await;
        assert_eq!((done.status, done.location()), (303, "/reports"));
        secret
    }
}

/// Sends a photo by the form of a report.
pub(super) async fn send_photo(
    browser: &DeskBrowser,
    path: &str,
    token: &str,
    photo: &[u8],
) -> Answer {
    let address = browser.address;
    let mut body = format!(
        "--xyz\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n{token}\r\n--xyz\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n"
    )
    .into_bytes();
    body.extend(photo);
    body.extend(b"\r\n--xyz--\r\n");
    let headers =
        format!("Origin: http://{address}\r\nContent-Type: multipart/form-data; boundary=xyz\r\n");
    let host = address.to_string();
    exchange_bytes(
        address,
        &browser.cookie,
        "POST",
        path,
        &host,
        &headers,
        &body,
    )
    .await
}

/// The tip's page at the desk, as `ann` sees it.
pub(crate) async fn tip_page(
    team: &Team,
    config: std::path::PathBuf,
    tip: TipId,
) -> (DeskBrowser, Answer) {
    let register = team.ann.register().clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let open = Arc::new(OpenBooks::new(register));
    let screen = Screen::new(open, config, address, false);
    let member = [team.member_of("ann")];
    let begun = screen.begin(team.ann.account(), &member, ("test", None));
    let begun = begun.await.unwrap();
    tokio::spawn(async move { screen::serve(screen, listener).await });
    let mut browser = DeskBrowser::in_session(address, &begun);
    let page = browser.get(&format!("/tip/{tip}")).await;
    (browser, page)
}

#[tokio::test]
async fn p15_a_partner_signs_in_reads_a_report_and_each_of_its_answers_is_a_claim_on_the_tip() {
    let bench = Bench::with_accounts().await;
    let (team, desk) = (&bench.team, bench.desk());
    let register = team.ann.register();
    let tip = team.keep(&routine("the resident's own words")).await;
    let other = team.keep(&routine("of another partner")).await;
    let mut draft = partners::words("police", "Canary <b>bold</b> report");
    draft.place = "Mill Lane".into();
    // Nothing leaves before a key is confirmed.
    let early = team.ann.preview(tip, &draft).await.map(|_| ());
    assert!(
        matches!(early, Err(NotSent::Withheld(Withheld::NoReader(_)))),
        "{early:?}"
    );
    let first = Passphrase::new(FIRST);
    partner_accounts::add(&team.ann, &desk, "police", "pat", &first)
        .await
        .unwrap();
    bench.look().await;
    let mut pat = DeskBrowser::new(bench.address);
    let refused = pat.sign_in("pat", "another passphrase", "").await;
    assert_eq!(refused.status, 403);
    assert_eq!(pat.get("/reports").await.location(), "/sign-in");
    let secret = bench.first_sign_in(&mut pat, "pat").await;
    // The key travels to the desk, and counts once somebody compared it.
    assert_eq!(collect_keys(&bench.folder(), register).await, Ok(1));
    assert_eq!(collect_keys(&bench.folder(), register).await, Ok(0));
    let list = pat.get("/reports").await.text();
    let (_, shown) = list.split_once("id=\"fingerprint\">").unwrap();
    let shown = shown.split('<').next().unwrap();
    let still = team.ann.preview(tip, &draft).await.map(|_| ());
    assert!(matches!(still, Err(NotSent::Withheld(_))), "{still:?}");
    for (fingerprint, confirmed) in [("0000", None), (shown, Some("pat".to_owned()))] {
        let actor = team.ann.actor();
        let done = register.confirm_partner_account(&actor, "police", fingerprint);
        assert_eq!(done.await.unwrap(), confirmed);
    }
    let reference = bench.send(tip, &draft).await;
    bench.reader("cleansing", "cleo").await;
    let theirs = bench
        .send(other, &partners::words("cleansing", "A tag"))
        .await;
    bench.look().await;
    let list = pat.get("/reports").await.text();
    assert!(
        list.contains(&reference) && list.contains("Mill Lane"),
        "{list}"
    );
    assert!(!list.contains(&theirs));
    let path = format!("/report/{reference}");
    let report = pat.get(&path).await;
    let text = report.text();
    assert!(
        text.contains("Canary &#60;b&#62;bold") && text.contains("Mill Lane"),
        "{text}"
    );
    assert!(
        !text.contains("own words") && !text.contains("<b>bold"),
        "{text}"
    );
    let pdf = pat.get(&format!("{path}/report.pdf")).await;
    assert!(pdf.body.starts_with(b"%PDF"));
    // Another partner's report is not there, nor is any without a session.
    assert_eq!(pat.get(&format!("/report/{theirs}")).await.status, 404);
    assert_eq!(
        pat.get(&format!("/report/{theirs}/report.pdf"))
            .await
            .status,
        404
    );
    let mut stranger = DeskBrowser::new(bench.address);
    assert_eq!(stranger.get(&path).await.location(), "/sign-in");

    let token = report.field("form_token");
    let html = "<script>alert(1)</script> which gate?";
    for (choice, words) in [
        ("acknowledged", ""),
        ("asked", html),
        ("re-graded", ""),
        ("refused", "not ours"),
        ("done", ""),
        ("warrant", "on Monday"),
        // The same again goes no further than the page.
        ("done", ""),
        ("asked", " "),
    ] {
        let fields = [
            ("form_token", token.as_str()),
            ("choice", choice),
            ("words", words),
            ("source", "2"),
            ("information", "B"),
            ("handling", "P"),
        ];
        let said = pat.post(&path, &fields).await;
        assert_eq!(
            (said.status, said.location()),
            (303, path.as_str()),
            "{choice}"
        );
    }
    let photo = format!("{path}/photo");
    for (bytes, sentence) in [
        (super::attacks::bomb(), "Nothing was sent"),
        (b"not a photo".to_vec(), "not a photo: choose a JPEG"),
        (jpeg(), "Sent. The team gets it"),
    ] {
        assert_eq!(send_photo(&pat, &photo, &token, &bytes).await.status, 303);
        let next = pat.get(&path).await.text();
        assert!(next.contains(sentence), "{sentence}: {next}");
    }
    let report = pat.get(&path).await.text();
    assert!(
        report.contains("which gate?") && !report.contains("<script"),
        "{report}"
    );
    let before = team.book().triage(tip).await.unwrap().triage;
    assert_eq!(before.state, State::Routed);
    assert_eq!(bench.collect().await, recorded(7));

    // A refusal brings the tip back with its clock. Nothing is closed.
    let after = team.book().triage(tip).await.unwrap().triage;
    assert!(after.is_open());
    assert_eq!((after.deadline, after.met), (before.deadline, None));
    assert_eq!(team.view(&team.ben, View::Answered).await, [tip]);
    let claims = team.book().answers_about(tip).await.unwrap();
    assert_eq!(claims.len(), 7);
    let of = |choice| claims.iter().find(|claim| claim.choice == choice).unwrap();
    assert_eq!(of(Choice::Asked).words, html);
    assert_eq!(of(Choice::ReGraded).words, "2 B P");
    assert_eq!(of(Choice::Warrant).account.as_deref(), Some("pat"));
    assert!(of(Choice::AfterPhoto).has_photo && !of(Choice::Done).has_photo);
    let (mut officer, page) = tip_page(team, bench.place.path().join("desk.toml"), tip).await;
    let text = page.text();
    for seen in [
        "which gate?",
        "source 2, information B",
        "on Monday",
        "pat, ",
    ] {
        assert!(text.contains(seen), "{seen}: {text}");
    }
    assert!(!text.contains("<script>alert"), "{text}");
    let photo = format!("/tip/{tip}/answer/{}", of(Choice::AfterPhoto).id);
    assert!(text.contains(&photo[4..]) || text.contains("Look at the photo"));
    assert!(officer.get(&photo).await.body.starts_with(b"\xff\xd8"));
    let wrong = format!("/tip/{other}/answer/{}", of(Choice::AfterPhoto).id);
    assert_eq!(officer.get(&wrong).await.status, 404);
    let judged = team
        .book()
        .judge_answer(tip, of(Choice::Done).id, Verdict::Accepted);
    assert!(judged.await.unwrap());
    assert!(team.is_open(tip).await);

    // Out: the session's keys are gone, and the code was used.
    pat.post("/leave", &[("form_token", &token)]).await;
    assert_eq!(pat.get(&path).await.location(), "/sign-in");
    team.clock.advance(30);
    let again = pat
        .sign_in("pat", OWN, &code(&secret, team.clock.now()))
        .await;
    assert_eq!(again.location(), "/reports");
    // A disabled account is out at once, and gets nothing more.
    partner_accounts::disable(&team.ann, &desk, "pat")
        .await
        .unwrap();
    bench.look().await;
    assert_eq!(pat.get(&path).await.location(), "/sign-in");
    let third = team.keep(&routine("third")).await;
    let late = team
        .ann
        .preview(third, &partners::words("police", "more"))
        .await;
    assert!(matches!(
        late,
        Err(NotSent::Withheld(Withheld::NoReader(_)))
    ));
    // After their days the page has no reports.
    team.clock.advance(31 * DAY);
    bench.look().await;
    let left = std::fs::read_dir(bench.place.path().join("store/reports/police"));
    assert_eq!(left.unwrap().count(), 0);
    team.ann.verify(|| {}).await.unwrap();
}
