//! The partner page in a real Chromium: the first sign-in, a report with a photo and a PDF, each answer,
//! by keyboard too. On a phone, at a desk, on a dark screen, and with text from right to left.

use std::path::Path;
use std::time::Duration;

use age::x25519::Identity;
use loke::desk::keys::Passphrase;
use loke::desk::partner_accounts;
use loke::desk::partners::{Field, PartnerKind, Way};
use loke::desk::report::{Draft, PhotoOf};
use loke::tip::{Photo, PhotoNote, TipId};
use memchr::memmem;

use super::keyboard::tab_to;
use super::phone::{ENTER, Kind, Phone, TAB};
use super::{browsers, screenshots};
use crate::house::browser::jpeg;
use crate::house::desk_browser::{code, from_base32};
use crate::house::{partners, pdf};
use crate::partner_page::Bench;
use crate::partner_page::accounts::{FIRST, OWN};
use crate::triage::{routine, with};

const POLISH: &str = "Zielone drzwi obok sklepu, zwykle po szóstej. Proszę nie pytać sąsiadów.";
const ARABIC: &str = "باب أخضر بجانب المتجر، عادة بعد السادسة مساءً. لا تسألوا الجيران من فضلكم.";
const LOOKS: usize = 1_000;
/// What the partner's list withholds, and the resident's words.
const WITHHELD: &str = "askaheron4711";
const RESIDENT: &str = "residentheron4712";

/// A report with a photo, for the police. Returns its reference.
async fn report(bench: &Bench) -> String {
    let photo = Photo {
        jpeg: jpeg(),
        removed: Vec::new(),
        thumbnail: Vec::new(),
    };
    let note = PhotoNote {
        name: "photo-1.jpg".into(),
        removed: Vec::new(),
    };
    let tip = with(routine(RESIDENT), |tip| tip.photos = vec![note]);
    let tip: TipId = bench.team.keep_with(&tip, &[photo]).await;
    let draft = Draft {
        place: ARABIC.into(),
        ask: WITHHELD.into(),
        text: format!("{POLISH}\n\n{ARABIC}"),
        safety: vec!["needles".into(), "pairs".into()],
        conditions: "Do not visit neighbours. Ask us before you act.".into(),
        grade: true,
        photos: vec![PhotoOf { tip, number: 1 }],
        ..partners::words("police", "")
    };
    let reference = bench.send(tip, &draft).await;
    bench.look().await;
    reference
}

/// Whether the page fits, with a picture of each size. No page has what is withheld.
async fn fits(phone: &Phone, name: &str) {
    withholds(phone).await;
    for (width, height) in [(320, 568), (1_366, 768), (360, 740)] {
        phone.resize(width, height).await;
        let needed = phone.needed_width().await;
        assert!(needed <= width, "{name} needs {needed} of {width}");
        if width > 320 {
            let file = screenshots().join(format!("partner-{name}-{width}.png"));
            phone.picture(&file).await;
        }
    }
}

/// No part of the page has what the partner may not have.
async fn withholds(phone: &Phone) {
    let source = phone.source().await;
    for secret in [WITHHELD, RESIDENT] {
        assert!(!source.contains(secret), "{secret}: {source}");
    }
}

/// Sends one form, and waits for the page's word that it was sent.
async fn sent(phone: &Phone, button: &str) {
    let before = phone.wait("html").await;
    phone.touch(button).await;
    phone.gone(&before).await;
    let notice = phone.words(".notice[role=status]").await;
    assert!(notice.starts_with("Sent."), "{notice}");
}

/// The first file that is saved there.
async fn saved(folder: &Path) -> Vec<u8> {
    let mut look = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..LOOKS {
        look.tick().await;
        let files = folder.read_dir().unwrap();
        let mut files = files.map(|entry| entry.unwrap().path());
        if let Some(file) = files.find(|file| file.extension().is_some_and(|end| end == "pdf")) {
            return std::fs::read(file).unwrap();
        }
    }
    panic!("nothing was saved");
}

fn is_here() -> bool {
    browsers().iter().any(|(kind, _)| *kind == Kind::Chromium)
}

#[tokio::test(flavor = "multi_thread")]
async fn p15_a_partner_signs_in_and_gives_every_answer_in_a_browser() {
    if !is_here() {
        return;
    }
    let bench = Bench::with_accounts().await;
    let (team, first) = (&bench.team, Passphrase::new(FIRST));
    let mut police = partners::partner(
        "police",
        PartnerKind::Police,
        &Identity::generate(),
        Way::Page,
    );
    police.key = None;
    police.fields.retain(|field| *field != Field::Ask);
    partners::add(&team.ann, &police).await;
    partner_accounts::add(&team.ann, &bench.desk(), "police", "pat", &first)
        .await
        .unwrap();
    bench.look().await;
    let page = format!("http://{}", bench.address);
    let phone = Phone::start(Kind::Chromium, true).await;
    phone.open(&format!("{page}/sign-in")).await;
    fits(&phone, "sign-in").await;
    phone.fill("#name", "pat").await;
    phone.fill("#password", FIRST).await;
    phone.touch("main button").await;
    phone.wait("#totp-secret").await;
    fits(&phone, "set-up").await;
    let shown = phone.words("#totp-secret").await;
    let letters: String = shown.chars().filter(char::is_ascii_alphanumeric).collect();
    let digits = code(&from_base32(&letters), team.clock.now());
    phone.fill("#new_password", OWN).await;
    phone.fill("#again", OWN).await;
    phone.fill("#code", &digits).await;
    phone.touch("main button").await;
    phone.wait("#fingerprint").await;
    fits(&phone, "no-reports").await;
    bench.confirm("police", "pat").await;

    let reference = report(&bench).await;
    phone.open(&format!("{page}/reports")).await;
    fits(&phone, "reports").await;
    phone.touch(&format!("a[href='/report/{reference}']")).await;
    phone.wait("#words").await;
    assert!(phone.source().await.contains(POLISH));
    assert_eq!(
        phone.style("main > h2 + p[dir=auto]", "direction").await,
        "rtl"
    );
    assert_eq!(
        phone.style("p.text", "direction").await,
        "ltr",
        "the control"
    );
    // Each paragraph has the direction of its own words.
    assert_eq!(phone.style("p.text", "unicode-bidi").await, "plaintext");
    let photo = phone.wait("img").await;
    let width = phone.property(&photo, "naturalWidth").await;
    assert_eq!(width.as_u64(), Some(64), "the photo is shown");
    fits(&phone, "report").await;
    let place = tempfile::tempdir().unwrap();
    phone.save_into(place.path()).await;
    phone.touch("a[download]").await;
    let document = saved(place.path()).await;
    for (name, piece) in pdf::pieces(&document).unwrap_or_default() {
        for secret in [WITHHELD, RESIDENT] {
            assert!(memmem::find(&piece, secret.as_bytes()).is_none(), "{name}");
        }
    }

    let answer = "form[action] fieldset ~ p + button";
    for choice in ["acknowledged", "done", "refused"] {
        phone.touch(&format!("input[value={choice}]")).await;
        if choice == "refused" {
            phone.fill("#words", "not ours").await;
        }
        sent(&phone, answer).await;
    }
    phone.touch("form details summary").await;
    phone.touch("input[value=warrant]").await;
    phone.fill("#words", "on Monday").await;
    sent(&phone, answer).await;
    phone.touch("form + details summary").await;
    phone.fill("#question", "which door?").await;
    sent(&phone, "details[open] form button").await;
    let details = "body details:has(#source)";
    phone.touch(&format!("{details} summary")).await;
    for (field, value) in [("source", "2"), ("information", "B"), ("handling", "P")] {
        phone
            .touch(&format!("#{field} option[value='{value}']"))
            .await;
    }
    sent(&phone, &format!("{details} button")).await;
    let details = "body details:has(#photo)";
    phone.touch(&format!("{details} summary")).await;
    let file = place.path().join("after.jpg");
    std::fs::write(&file, jpeg()).unwrap();
    phone.fill("#photo", file.to_str().unwrap()).await;
    sent(&phone, &format!("{details} button")).await;
    fits(&phone, "answered").await;
    assert_eq!(bench.collect().await.recorded, 7);

    // A dark screen: by choice, and by force.
    for forced in [false, true] {
        phone.darken(forced).await;
        let name = if forced { "forced-dark" } else { "dark" };
        phone.open(&format!("{page}/report/{reference}")).await;
        let paper = phone.style("html", "background-color").await;
        assert_eq!(paper, "rgba(20, 24, 27, 1)", "{name}");
        fits(&phone, name).await;
    }
    phone.open(&format!("{page}/passphrase")).await;
    fits(&phone, "passphrase").await;
    phone.open(&format!("{page}/sessions")).await;
    phone.wait("h1").await;
    fits(&phone, "sessions").await;
    // The control: to a partner whose list has it, it goes.
    police.fields.push(Field::Ask);
    partners::add(&team.ann, &police).await;
    let other = report(&bench).await;
    phone.open(&format!("{page}/report/{other}")).await;
    phone.wait("#words").await;
    assert!(phone.source().await.contains(WITHHELD));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_signs_in_and_answers_by_keyboard_alone() {
    if !is_here() {
        return;
    }
    let bench = Bench::with_accounts().await;
    let (_, secret) = bench.person("police", "pat").await;
    let reference = report(&bench).await;
    bench.team.clock.advance(60);
    let page = format!("http://{}", bench.address);
    let phone = Phone::start(Kind::Chromium, true).await;
    phone.open(&format!("{page}/sign-in")).await;
    let enter = ENTER.to_string();
    let digits = code(&secret, bench.team.clock.now());
    for (field, typed) in [("name", "pat"), ("password", OWN), ("code", &digits)] {
        tab_to(&phone, "name", field).await;
        phone.press(typed).await;
    }
    phone.press(&enter).await;
    phone.arrives(&format!("{page}/reports")).await;
    phone.wait("#fingerprint").await;
    let link = format!("{page}/report/{reference}");
    tab_to(&phone, "href", &link).await;
    let ring = phone.style(":focus-visible", "outline-style").await;
    assert_eq!(ring, "solid", "the focus is seen");
    phone.press(&enter).await;
    phone.arrives(&link).await;
    phone.wait("#words").await;
    tab_to(&phone, "name", "choice").await;
    phone.press(" ").await;
    tab_to(&phone, "name", "words").await;
    phone.press("we go tonight").await;
    phone.press(&TAB.to_string()).await;
    phone.press(&enter).await;
    phone.wait(".notice[role=status]").await;
    assert!(phone.words("ul.list").await.contains("we go tonight"));
    assert_eq!(bench.collect().await.recorded, 1);
    // Out again.
    tab_to(&phone, "className", "quiet").await;
    phone.press(&enter).await;
    phone.arrives(&format!("{page}/sign-in")).await;
}
