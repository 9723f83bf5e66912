//! P14 at an officer's computer: after the sign-out, the browser's profile has no word of a tip, a note or
//! a draft. The address of a search has its words, and a browser keeps addresses: that is the control.

use loke::gateway::prove::places;
use loke::tip::Priority;

use super::browsers;
use super::officers::Officer;
use crate::desk::served::{ANN, Desk};
use crate::desk::{tip, walk};
use crate::house::sweep::Sweep;

fn canary(name: &str) -> String {
    let random = loke::random::bytes::<16>().unwrap();
    format!("canary{name}{}", hex::encode(random))
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_after_sign_out_no_browser_keeps_a_word_of_a_tip_a_note_or_a_draft() {
    for (kind, _) in browsers() {
        let desk = Desk::new().await;
        let acting = desk.act("ann", ANN).await;
        let names = ["tip", "note", "draft", "search"];
        let words = names.map(canary);
        let one = tip(&words[0], Priority::Routine, "2026-11-22");
        walk::keep(&acting, "main", &one).await;
        acting.close().await;
        let mut ann = Officer::at(kind, &desk, "ann", ANN).await;
        ann.sets_up(None).await;
        let page = format!("/tip/{}", one.id);
        ann.open(&page).await;
        assert!(ann.phone.words("article").await.contains(&words[0]));
        ann.phone.fill("#note", &words[1]).await;
        ann.phone.touch("button[value=note]").await;
        ann.phone.wait("main [role=status]").await;
        ann.phone.fill("#note", &words[2]).await;
        ann.open("/queue").await;
        assert!(ann.phone.words("main").await.contains(&words[0]));
        ann.open(&format!("/search?q={}", words[3])).await;
        ann.signs_out().await;
        let sweep = Sweep::new(names.into_iter().zip(&words)).unwrap();
        let profile = ann.phone.profile();
        // The browser writes its history when it likes.
        let began = std::time::Instant::now();
        loop {
            let found = places::folder(&sweep, "the profile", profile, None);
            let Ok(found) = found else { continue };
            let mut kept: Vec<_> = found
                .finds
                .iter()
                .map(|(_, find)| find.name.as_str())
                .collect();
            kept.sort_unstable();
            kept.dedup();
            assert!(
                kept.is_empty() || kept == ["search"],
                "{kind:?}: {:?}",
                found.finds
            );
            if kept == ["search"] {
                break;
            }
            assert!(
                began.elapsed().as_secs() < 60,
                "{kind:?}: the control: nothing is found"
            );
            tokio::task::yield_now().await;
        }
    }
}
