//! Tips in other languages: the wait for an interpreter has a clock of its own and moves nothing, and
//! each officer's own languages leave one view alone.

use loke::desk::book::{NoteKind, Place, View};
use loke::tip::{Tip, TipId};

use super::{Team, danger, routine, with};

fn in_language(tip: Tip, language: &str) -> Tip {
    with(tip, |tip| tip.language = language.into())
}

async fn place(team: &Team, tip: TipId) -> Place {
    team.book().place_of(tip).await.unwrap()
}

#[tokio::test]
async fn a_tip_that_needs_translation_keeps_its_place_and_the_wording_stands_beside_the_original() {
    let team = Team::new().await;
    team.clock.advance(2 * 86_400);
    let polish = team.keep(&in_language(danger("Nóż na klatce"), "pl")).await;
    let english = team.keep(&routine("a tag")).await;
    let before = place(&team, polish).await;
    let due = team.book().triage(polish).await.unwrap().triage.deadline;
    team.book().ask_translation(polish).await.unwrap();
    assert_eq!(place(&team, polish).await, before, "never lower");
    assert_eq!(
        team.book().triage(polish).await.unwrap().triage.deadline,
        due,
        "its own clock goes on"
    );
    assert_eq!(team.view(&team.ben, View::Open).await, [polish, english]);
    assert_eq!(team.view(&team.ben, View::NeedsTranslation).await, [polish]);
    let asked = team.book().translation(polish).await.unwrap();
    let clocks = team.ann.register().clocks();
    let expected = clocks.translation_due(&team.clock.zone(), team.clock.now());
    assert_eq!(asked.due, Some(expected));
    // A second request resets no clock.
    team.clock.advance(3_600);
    team.book().ask_translation(polish).await.unwrap();
    assert_eq!(team.book().translation(polish).await.unwrap(), asked);

    let wording = "A knife on the stairs";
    let bens = &team.ben.books()[0];
    bens.add_note(polish, NoteKind::Translation, wording)
        .await
        .unwrap();
    let now = team.book().translation(polish).await.unwrap();
    assert_eq!((now.translated, now.met), (true, Some(true)));
    assert!(
        team.view(&team.ben, View::NeedsTranslation)
            .await
            .is_empty()
    );
    assert!(team.view(&team.ben, View::CannotRead).await.is_empty());
    let held = team.book().view(polish).await.unwrap();
    assert!(held.json.contains("Nóż na klatce"), "the original stays");
    assert_eq!(team.book().notes_on(polish).await.unwrap()[0].text, wording);

    // One that comes too late says so, and one that nobody needs any more awaits nothing.
    let late = team.keep(&in_language(routine("fal"), "hu")).await;
    team.book().ask_translation(late).await.unwrap();
    team.clock.advance(7 * 86_400);
    bens.add_note(late, NoteKind::Translation, "wall")
        .await
        .unwrap();
    assert_eq!(
        team.book().translation(late).await.unwrap().met,
        Some(false)
    );
    let own = team.keep(&in_language(routine("perete"), "ro")).await;
    team.book().ask_translation(own).await.unwrap();
    team.book().need_no_translation(own).await.unwrap();
    assert!(!team.book().translation(own).await.unwrap().is_awaited());
    team.ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn the_languages_that_an_officer_reads_leave_their_view_of_what_they_cannot_read_alone() {
    let team = Team::new().await;
    let polish = team.keep(&in_language(routine("ściana"), "pl")).await;
    let arabic = team.keep(&in_language(routine("جدار"), "ar")).await;
    let english = team.keep(&routine("wall")).await;
    let register = team.ann.register();
    let reads = ["pl".to_owned(), "fa".to_owned()];
    register
        .set_languages(&team.ann.actor(), &reads)
        .await
        .unwrap();
    assert_eq!(team.view(&team.ann, View::CannotRead).await, [arabic]);
    assert_eq!(team.ann.counts().await.unwrap()[&View::CannotRead], 1);
    let bens = team.view(&team.ben, View::CannotRead).await;
    assert_eq!(bens.len(), 2, "the control");
    assert!(bens.contains(&polish) && !bens.contains(&english));
    assert_eq!(team.ben.counts().await.unwrap()[&View::CannotRead], 2);
    // Nothing is hidden from the other views.
    assert_eq!(team.view(&team.ann, View::Open).await.len(), 3);
    register
        .set_languages(&team.ann.actor(), &[])
        .await
        .unwrap();
    assert_eq!(team.view(&team.ann, View::CannotRead).await.len(), 2);
}
