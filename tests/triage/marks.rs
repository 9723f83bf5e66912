//! Marks that bind a person or everybody cover the whole page, and go with the tip to another book.

use loke::desk::acting::Acting;
use loke::desk::book::{Decision, HoldKind, Search, View};
use loke::desk::register::AccountRole;
use loke::desk::{moving, people, retention};
use loke::tip::TipId;

use super::{Team, decide, routine, with};
use crate::house::{books, staff};

/// A tip with an illegal picture, both holds, and a colleague who knows the people.
async fn marked(team: &Team) -> TipId {
    let tip = team.keep(&routine("the flat of my cousin")).await;
    team.book().mark_illegal(tip).await.unwrap();
    for kind in HoldKind::ALL {
        retention::place(&team.ann, tip, *kind, "for the court")
            .await
            .unwrap();
    }
    team.ben.books()[0].recuse(tip).await.unwrap();
    tip
}

/// The marks of a tip in a book: illegal, number of holds, and whether Ben must not see it.
async fn marks(team: &Team, acting: &Acting, book: &str, tip: TipId) -> (bool, usize, bool) {
    let book = acting.book(book).await.unwrap();
    let as_ben = book.acting_as(team.ben.actor());
    (
        book.is_illegal(tip).await.unwrap(),
        book.holds_of(tip).await.unwrap().len(),
        as_ben.is_recused(tip).await.unwrap(),
    )
}

#[tokio::test]
async fn p14_illegal_marks_holds_and_recusals_survive_a_move_and_about_staff() {
    let team = Team::new().await;
    let moved = marked(&team).await;
    let plain = team.keep(&routine("a tag")).await;
    let ann = books::with_book(&team.ann, &team.member_of("ann"), "other").await;
    for tip in [moved, plain] {
        moving::move_tip(&ann, tip, "other").await.unwrap();
    }
    assert_eq!(marks(&team, &ann, "other", moved).await, (true, 2, true));
    assert_eq!(
        marks(&team, &ann, "other", plain).await,
        (false, 0, false),
        "the control"
    );

    let tip = marked(&team).await;
    let register = team.ann.register();
    let (account, member) = staff::account(register, "carol", AccountRole::ALL).await;
    let carol = Acting::new(account.clone(), Vec::new(), register.clone());
    people::add_book(&carol, "conduct", &[]).await.unwrap();
    register
        .set_about_staff(&carol.actor(), "conduct")
        .await
        .unwrap();
    moving::about_staff(&team.ann, tip).await.unwrap();
    let account = register.account("carol").await.unwrap();
    let member = std::slice::from_ref(&member);
    let carol = Acting::open(register, account, member).await.unwrap();
    assert_eq!(marks(&team, &carol, "conduct", tip).await, (true, 2, true));
    for acting in [&ann, &carol] {
        acting.verify(|| {}).await.unwrap();
    }
}

#[tokio::test]
async fn somebody_who_knows_the_people_of_one_text_sees_nothing_of_its_fold() {
    let team = Team::new().await;
    let words = ["zanzibar one", "zanzibar two", "zanzibar three"];
    let [holder, folded, late] = words.map(routine);
    let (holder, folded) = (team.keep(&holder).await, team.keep(&folded).await);
    let apart = team.keep(&routine("zanzibar elsewhere")).await;
    decide(&team.ann, folded, Decision::Fold { into: holder })
        .await
        .unwrap();
    team.book().recuse(folded).await.unwrap();
    // One that is folded into it afterwards is on that page too.
    let late = team.keep(&late).await;
    decide(&team.ben, late, Decision::Fold { into: holder })
        .await
        .unwrap();
    let found = async |who: &Acting| {
        let wanted = Search {
            words: "zanzibar".into(),
            most: 10,
            ..Search::default()
        };
        let (hits, _) = who.search(&wanted, &Default::default()).await.unwrap();
        hits.len()
    };
    for tip in [holder, folded, late] {
        assert!(team.ann.find(&tip.to_string()).await.is_err(), "{tip}");
        assert!(team.ann.book_of(tip).await.is_err(), "{tip}");
        assert!(team.ben.find(&tip.to_string()).await.is_ok(), "the control");
    }
    assert_eq!(team.view(&team.ann, View::Open).await, [apart]);
    assert_eq!(team.view(&team.ben, View::Open).await.len(), 2);
    assert_eq!((found(&team.ann).await, found(&team.ben).await), (1, 4));
    // On its own again, it stays hidden as well as the one that she named.
    decide(&team.ben, folded, Decision::Unfold).await.unwrap();
    assert_eq!(team.view(&team.ann, View::Open).await, [apart]);
}

#[tokio::test]
async fn a_fold_that_nobody_can_read_or_that_awaits_a_translation_is_on_those_views() {
    let team = Team::new().await;
    let english = team.keep(&routine("shouting at the flat")).await;
    let polish = team
        .keep(&with(routine("krzyki"), |tip| tip.language = "pl".into()))
        .await;
    decide(&team.ann, polish, Decision::Fold { into: english })
        .await
        .unwrap();
    team.book().ask_translation(polish).await.unwrap();
    let listed = async |view| (team.view(&team.ben, view).await, count(&team, view).await);
    for view in [View::CannotRead, View::NeedsTranslation] {
        assert_eq!(listed(view).await, (vec![english], 1), "{view}");
    }
    let kind = loke::desk::book::NoteKind::Translation;
    team.book().add_note(polish, kind, "shouts").await.unwrap();
    for view in [View::CannotRead, View::NeedsTranslation] {
        assert_eq!(listed(view).await, (vec![], 0), "{view}");
    }
    // Its holder has no wording of its own.
    assert_eq!(team.book().notes_on(english).await.unwrap(), []);
}

async fn count(team: &Team, view: View) -> i64 {
    team.ben.counts().await.unwrap().remove(&view).unwrap_or(0)
}
