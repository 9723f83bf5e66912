//! P17: one screen hands on everything of an account. Nothing due stays with the absent.

use loke::desk::book::{Decision, DraftOf, Triage};
use loke::desk::duty;
use loke::desk::leaving::{self, NotHandedOver};
use loke::desk::register::AccountRole;
use loke::desk::report::Draft;
use loke::tip::TipId;

use super::{Team, close, decide, routine, wait};
use crate::house::{NOON, staff};

const DUTY: &str = "supervisors = [\"ben\"]\ndaily_at = \"08:00\"\n\
    [[duty]]\non = [\"saturday\"]\nfrom = \"09:00\"\nuntil = \"18:00\"\npeople = [\"ben\", \"ann\"]\n\
    [addresses]\nann = \"ann@council.example\"\nben = \"ben@council.example\"\ncai = \"cai@council.example\"\n";

async fn state(team: &Team, tip: TipId) -> Triage {
    team.book().triage(tip).await.unwrap().triage
}

async fn on_duty(team: &Team) -> Vec<String> {
    let (duty, wrong) = duty::current(team.ann.register()).await.unwrap();
    assert!(wrong.is_none(), "{wrong:?}");
    let people = duty.on_duty(NOON, &team.clock.zone());
    let people = people.into_iter().chain(&duty.supervisors);
    people.map(|person| person.name.clone()).collect()
}

#[tokio::test]
async fn p17_handing_over_leaves_nothing_due_with_the_absent() {
    let team = Team::new().await;
    let folder = team.ann.register().folder();
    std::fs::create_dir_all(folder.join("rules")).unwrap();
    std::fs::write(folder.join("rules/duty.toml"), DUTY).unwrap();
    assert_eq!(on_duty(&team).await, ["ben", "ann", "ben"]);
    let mut tips = Vec::new();
    for words in ["taken", "waits", "closed", "somebody else's"] {
        tips.push(team.keep(&routine(words)).await);
    }
    let [taken, waits, closed, other] = tips.try_into().unwrap();
    for tip in [taken, waits, closed] {
        decide(&team.ben, tip, Decision::Take).await.unwrap();
    }
    let until = wait(5, team.clock.today());
    decide(&team.ben, waits, until).await.unwrap();
    decide(&team.ben, closed, close(loke::desk::book::Outcome::Spam))
        .await
        .unwrap();
    decide(&team.ann, other, Decision::Take).await.unwrap();
    let bens = &team.ben.books()[0];
    bens.keep_note_draft(taken, "I rang the warden and")
        .await
        .unwrap();
    let report = Draft {
        text: "Please look at".into(),
        ..Draft::default()
    };
    bens.keep_report_draft(taken, &report).await.unwrap();
    team.book()
        .keep_note_draft(other, "ann writes")
        .await
        .unwrap();
    let waited = state(&team, waits).await;
    team.clock.advance(3_600);
    let done = leaving::hand_over(&team.ann, "ben", "cai").await.unwrap();
    assert_eq!((done.tips, done.drafts, done.recused), (2, 2, 0));
    assert!(done.duty && done.shut.is_empty());
    assert_eq!(
        done.sentences("ben", "cai"),
        [
            "cai has 2 open tips of ben now.",
            "Drafts of ben that are gone: 2.",
            "cai is told of alerts instead of ben."
        ]
    );
    assert_eq!(state(&team, taken).await.owner.as_deref(), Some("cai"));
    // The wait goes on, with the clock that stood still.
    let expected = Triage {
        owner: Some("cai".into()),
        ..waited.clone()
    };
    assert_eq!(state(&team, waits).await, expected);
    assert_eq!(state(&team, closed).await.owner.as_deref(), Some("ben"));
    assert_eq!(state(&team, other).await.owner.as_deref(), Some("ann"));
    for of in [DraftOf::Note, DraftOf::Report] {
        let drafts = team.book().drafts_on(of, taken).await.unwrap();
        assert_eq!(drafts, [], "notes and reports alike");
    }
    assert_eq!(
        team.book()
            .drafts_on(DraftOf::Note, other)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(on_duty(&team).await, ["cai", "ann", "cai"]);
    let rows = team.ann.register().trail().await.unwrap();
    let last = rows.last().unwrap();
    assert_eq!(
        (
            last.who.as_str(),
            last.object.as_str(),
            last.detail.as_str()
        ),
        ("ann", "ben", "handed over to cai: 2 tips")
    );
    // One undo takes the tips back, and the same name twice the turn on duty.
    assert_eq!(team.ann.undo().await.unwrap().len(), 2);
    assert_eq!(state(&team, waits).await, waited);
    leaving::hand_over(&team.ben, "ben", "ben").await.unwrap();
    assert_eq!(on_duty(&team).await, ["ben", "ann", "ben"]);
    team.ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn p17_work_is_handed_over_by_its_owner_or_a_supervisor_and_only_to_who_can_do_it() {
    let team = Team::new().await;
    let tip = team.keep(&routine("a tag")).await;
    let known = team.keep(&routine("cai's neighbour")).await;
    for tip in [tip, known] {
        decide(&team.ben, tip, Decision::Take).await.unwrap();
    }
    let role = leaving::hand_over(&team.cai, "ben", "cai").await;
    assert!(matches!(role, Err(NotHandedOver::Role)), "{role:?}");
    staff::account(team.ann.register(), "zoe", &[AccountRole::Officer]).await;
    let outside = leaving::hand_over(&team.ann, "ben", "zoe").await;
    assert!(
        matches!(outside, Err(NotHandedOver::NotAMember(..))),
        "{outside:?}"
    );
    let register = team.ann.register();
    register
        .disable_account(&team.ann.actor(), "zoe")
        .await
        .unwrap();
    let away = leaving::hand_over(&team.ann, "ben", "zoe").await;
    assert!(matches!(away, Err(NotHandedOver::Unable(_))), "{away:?}");
    assert_eq!(state(&team, tip).await.owner.as_deref(), Some("ben"));
    // A tip about people whom the colleague knows is not given to that colleague.
    team.cai.books()[0].recuse(known).await.unwrap();
    let done = leaving::hand_over(&team.ben, "ben", "cai").await.unwrap();
    assert_eq!((done.tips, done.recused), (1, 1));
    assert!(!done.duty, "the list has no address for cai");
    assert_eq!(state(&team, tip).await.owner.as_deref(), Some("cai"));
    assert_eq!(state(&team, known).await.owner.as_deref(), Some("ben"));
    let said = done.sentences("ben", "cai").join(" ");
    assert!(said.contains("because cai knows the people") && said.contains("no address for cai"));
}
