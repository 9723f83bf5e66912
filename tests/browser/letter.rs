//! "Write to the resident" in a real Chromium, at the width of a phone and of a desk: the thread, the
//! reply that is kept while somebody types, and the page of what waits.

use loke::desk::replying::Words;
use loke::tip::FollowUp;

use super::phone::{Kind, Phone, TAB};
use super::served::ServedDesk;
use super::{browsers, screenshots};
use crate::triage::forgetting::kept_receipt;
use crate::triage::{Team, with};

const WIDTHS: [(u64, u64); 2] = [(1366, 768), (360, 740)];
/// How often the page is loaded until the draft is there.
const LOADS: usize = 200;

/// Saves a picture at each width, and checks that the page fits.
async fn pictures(phone: &Phone, page: &str) {
    for (width, height) in WIDTHS {
        phone.resize(width, height).await;
        let needed = phone.needed_width().await;
        assert!(needed <= width, "{page}: {needed} of {width}");
        let name = format!("desk-{page}-{width}.png");
        phone.picture(&screenshots().join(name)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_kept_while_an_officer_types_and_the_thread_fits_a_phone() {
    if !browsers().iter().any(|(kind, _)| *kind == Kind::Chromium) {
        return;
    }
    let team = Team::new().await;
    let polish = |n, kind, words: &str| {
        with(kept_receipt(n, words), |tip| {
            tip.language = "pl".into();
            tip.follow_up = kind;
        })
    };
    // A week ago somebody asked to forget another report.
    let forgets = team.keep(&polish(2, None, "Głośno w nocy")).await;
    team.keep(&polish(2, Some(FollowUp::Forget), "")).await;
    team.clock.advance(7 * 86_400);
    team.ben.decide_to_forget(forgets, false).await.unwrap();
    let tip = team.keep(&polish(1, None, "Sprzedają na klatce")).await;
    let words = Words::Library("which-day");
    team.ben.reply(tip, words, None).await.unwrap();
    team.keep(&polish(1, Some(FollowUp::Answer), "W piątek"))
        .await;
    let cai = team.cai.books()[0].clone();
    cai.keep_reply_draft(tip, ["Dziękujemy.", "pl", "Thank you."])
        .await
        .unwrap();
    let desk = ServedDesk::of(&team).await;
    let page = format!("http://{}/tip/{tip}", desk.address);
    let phone = desk.signed_in(&team, &team.ann, true).await;
    phone.open(&page).await;
    phone
        .touch(".letter details:nth-of-type(2) > summary")
        .await;
    assert!(
        phone
            .words(".letter")
            .await
            .contains("cai is writing a reply")
    );
    phone.fill("#reply", "Dziękujemy za wiadomość").await;
    phone.press(&TAB.to_string()).await;
    let mut loads = 0;
    // Nothing was sent: the page keeps it when the field loses the focus.
    while phone.all(".letter [role=status]").await.is_empty() {
        loads += 1;
        assert!(loads < LOADS, "the draft is not kept");
        phone.open(&page).await;
    }
    let said = phone.words(".letter [role=status]").await;
    assert_eq!(
        said,
        "This is your draft from 12:00. It has not been given to anybody."
    );
    assert!(phone.holds("Dziękujemy za wiadomość").await);
    phone
        .touch(".letter details:nth-of-type(1) > summary")
        .await;
    phone
        .touch(".letter details:nth-of-type(3) > summary")
        .await;
    pictures(&phone, "letter").await;

    let own = Words::Own {
        text: "Could you follow him and take a photo?",
        language: "en",
        meaning: "",
    };
    team.ben.reply(tip, own, None).await.unwrap();
    phone
        .open(&format!("http://{}/replies", desk.address))
        .await;
    let shown = phone.words("main").await;
    assert!(shown.contains("ben wants to delete it."), "{shown}");
    pictures(&phone, "replies").await;
    drop(desk);
}
