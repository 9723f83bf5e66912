//! Values that tie tips together: names after a title, and the page on which an officer ignores a value
//! that ties strangers.

use loke::desk::text::values::ValueKind;
use loke::tip::{Tip, TipId};

use super::letters::Served;
use super::{Team, decide, routine, wait, with};

fn at(words: &str, place: &str) -> Tip {
    with(routine(words), |tip| tip.place = Some(place.into()))
}

#[tokio::test]
async fn a_name_links_tips_only_if_another_one_has_it_and_is_never_a_reason_to_fold() {
    let team = Team::new().await;
    let one = team.keep(&routine("Mr John Smith sells at the back")).await;
    let alone = team.keep(&routine("Mrs Brown shouts all night")).await;
    let book = team.book();
    for tip in [one, alone] {
        assert!(
            book.namesakes(tip).await.unwrap().is_empty(),
            "no other tip"
        );
    }
    let two = team
        .keep(&routine("a car, then mr. John SMITH came, Mr John Smith"))
        .await;
    let found = book.namesakes(one).await.unwrap();
    let found: Vec<(TipId, &str, bool)> = found
        .iter()
        .map(|other| (other.tip, other.shown.as_str(), other.can_hold))
        .collect();
    assert_eq!(found, [(two, "Mr John Smith", false)]);
    assert!(book.alike(one).await.unwrap().is_empty(), "no proposal");
    // A name alone wakes no tip that waits; a plate does.
    let today = team.clock.today();
    let van = team
        .keep(&routine("Mr John Smith has a van AB12 CDE"))
        .await;
    decide(&team.ann, van, wait(3, today)).await.unwrap();
    team.keep(&routine("Mr John Smith again")).await;
    assert!(!book.triage(van).await.unwrap().triage.awake);
    team.keep(&routine("the van ab12cde again")).await;
    assert!(book.triage(van).await.unwrap().triage.awake, "the control");
    // Somebody who knows the people sees no link to them.
    book.recuse(two).await.unwrap();
    let seen = book.namesakes(one).await.unwrap();
    assert!(seen.iter().all(|other| other.tip != two));
}

#[tokio::test]
async fn a_value_that_ties_strangers_is_ignored_until_somebody_takes_it_back() {
    let team = Team::new().await;
    let one = team.keep(&at("dealing", "1 Station Road")).await;
    let two = team.keep(&at("a tag", "1 station rd")).await;
    team.keep(&at("noise", "7 Mill Road")).await;
    let served = Served::of(&team).await;
    let mut ann = served.browser(&team, &team.ann).await;
    let page = ann.get("/values").await;
    let text = page.text();
    let value = "place:1 station road";
    let button = format!("name=\"ignore\" value=\"{value}\"");
    assert!(text.contains(&button), "{text}");
    assert_eq!(
        text.matches("name=\"ignore\"").count(),
        1,
        "one tip has the other"
    );
    let names = team.ann.register().names_of(&[one, two]).await.unwrap();
    for name in names.values() {
        assert!(
            text.contains(&format!("<a href=\"/tip/{name}\">")),
            "{text}"
        );
    }
    let token = page.field("form_token");
    let mut press = async |deed: &'static str| {
        let form = [
            ("form_token", token.as_str()),
            ("book", "main"),
            (deed, value),
        ];
        let answer = ann.post("/values", &form).await;
        assert_eq!(answer.location(), "/values", "{}", answer.text());
        ann.get("/values").await.text()
    };
    let ignored = press("ignore").await;
    assert!(!ignored.contains(&button) && ignored.contains("ignored by ann"));
    assert!(team.book().alike(one).await.unwrap().is_empty());
    let back = press("heed").await;
    assert!(back.contains(&button), "{back}");
    assert_eq!(team.book().alike(one).await.unwrap()[0].tip, two);
    let kind = ValueKind::Place;
    let again = team.book().heed_value(kind, "1 station road").await;
    assert!(!again.unwrap(), "it is not ignored any more");
    // A tip that a person may not see is no part of the page.
    team.book().recuse(two).await.unwrap();
    assert!(
        team.book()
            .linked_values(None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    // Each of many values is on one page.
    for n in 10..135 {
        team.keep(&at("one", &format!("{n} Mill Road"))).await;
        team.keep(&at("two", &format!("{n} Mill Road"))).await;
    }
    let (mut path, mut buttons) = ("/values".to_owned(), 0);
    loop {
        let text = ann.get(&path).await.text();
        buttons += text.matches("name=\"ignore\"").count();
        let Some((_, rest)) = text.split_once("href=\"/values?") else {
            break;
        };
        let query = rest.split('"').next().unwrap().replace("&#38;", "&");
        path = format!("/values?{}", query.replace("&amp;", "&"));
    }
    assert_eq!(buttons, 125);
}
