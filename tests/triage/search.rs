//! Search: nine languages, prefix and phrase, newest first, and purged words leave the index.

use std::collections::BTreeMap;

use loke::desk::acting::Acting;
use loke::desk::book::{Decision, NoteKind, Outcome, Search, State};
use loke::tip::TipId;

use super::{Team, close, decide, routine, with};
use crate::house::books;

async fn find(who: &Acting, words: &str) -> Vec<TipId> {
    let wanted = Search {
        words: words.into(),
        most: 50,
        ..Search::default()
    };
    let (hits, _) = who.search(&wanted, &BTreeMap::new()).await.unwrap();
    hits.into_iter().map(|hit| hit.id).collect()
}

#[tokio::test]
async fn words_are_found_in_nine_languages_and_however_they_are_written() {
    let team = Team::new().await;
    for (language, text, questions) in [
        (
            "en",
            "They swapped the LOCKS at night",
            &["locks", "lock", "\"the locks\""][..],
        ),
        (
            "pl",
            "Żółta ciężarówka stoi pod blokiem",
            &["zolta", "ciężarówka", "ciezar"],
        ),
        ("lt", "Šalia namų stovi automobilis", &["salia", "ŠALIA"]),
        (
            "ro",
            "Ușa este spartă în fiecare noapte",
            &["usa", "sparta"],
        ),
        (
            "pt",
            "A porta do vizinho está partida, ação",
            &["acao", "vizinho"],
        ),
        ("ar", "الشُّرطَة لم تأتِ إلى البيت", &["الشرطة", "البيت"]),
        ("hu", "Az ajtó mögött kiabálnak", &["ajto", "mogott"]),
        ("es", "El niño está solo en el piso", &["nino", "niño"]),
        ("zh", "他们在楼下卖毒品", &["毒品", "楼下"]),
    ] {
        let tip = with(routine(text), |tip| {
            tip.language = language.into();
        });
        let id = team.keep(&tip).await;
        for question in questions {
            assert_eq!(find(&team.ann, question).await, [id], "{question}");
        }
    }
    for nothing in [
        "zebra",
        "卖品",
        "\"locks the\"",
        "",
        "\"",
        "*",
        "AND",
        "(((",
        "a\u{0}b",
    ] {
        assert!(find(&team.ann, nothing).await.is_empty(), "{nothing:?}");
    }
}

#[tokio::test]
async fn a_beginning_finds_every_word_that_begins_so_whether_they_are_few_or_many() {
    let team = Team::new().await;
    let mut all = Vec::new();
    for n in 0..40 {
        all.push(team.keep(&routine(&format!("moored at quay{n}"))).await);
    }
    team.keep(&routine("moored at the quarry")).await;
    all.sort();
    for (beginning, found) in [
        ("quay", 40),
        ("quay1", 11),
        ("quay39", 1),
        ("qua", 41),
        ("quayx", 0),
    ] {
        let mut hits = find(&team.ann, beginning).await;
        assert_eq!(hits.len(), found, "{beginning}");
        hits.retain(|hit| all.contains(hit));
        hits.sort();
        assert_eq!(hits.len(), found.min(40), "{beginning}");
    }
    assert_eq!(find(&team.ann, "moored quay2*").await.len(), 11);
    assert_eq!(find(&team.ann, "\"at quay3\"").await.len(), 1);
}

#[tokio::test]
async fn notes_are_found_and_a_search_is_on_record_without_its_words_in_the_register() {
    let team = Team::new().await;
    let tip = team.keep(&routine("a tag on a wall")).await;
    team.book()
        .add_note(tip, NoteKind::Reference, "CAD 4711-quicksilver")
        .await
        .unwrap();
    assert_eq!(find(&team.ben, "quicksilver").await, [tip]);
    let rows = team.ann.register().trail().await.unwrap();
    assert!(rows.iter().any(|row| row.action == "search"), "{rows:?}");
    let said = format!("{rows:?}");
    assert!(
        !said.contains("quicksilver") && !said.contains("4711"),
        "{said}"
    );
    team.ann.verify(|| {}).await.unwrap();
}

#[tokio::test]
async fn pages_of_hits_show_each_tip_once_newest_first_and_filters_hold() {
    let team = Team::new().await;
    let mut ids = Vec::new();
    for n in 0..30 {
        ids.push(team.keep(&routine(&format!("blue van number {n}"))).await);
    }
    decide(&team.ann, ids[3], close(Outcome::Spam))
        .await
        .unwrap();
    let (mut seen, mut after) = (Vec::new(), BTreeMap::new());
    loop {
        let wanted = Search {
            words: "blue van".into(),
            most: 7,
            ..Search::default()
        };
        let (hits, next) = team.ann.search(&wanted, &after).await.unwrap();
        seen.extend(hits.iter().map(|hit| hit.id));
        match next {
            Some(places) => after = places,
            None => break,
        }
    }
    let mut sorted = seen.clone();
    sorted.sort_unstable();
    ids.sort_unstable();
    assert_eq!(sorted, ids);
    let closed = Search {
        words: "van".into(),
        state: Some(State::Closed),
        most: 50,
        ..Search::default()
    };
    let (hits, _) = team.ann.search(&closed, &BTreeMap::new()).await.unwrap();
    assert_eq!(hits.len(), 1);
}

#[tokio::test]
async fn plates_and_phone_numbers_are_found_however_they_are_spaced() {
    let team = Team::new().await;
    let spaced = team
        .keep(&routine("a white van AB12 CDE every night"))
        .await;
    let joined = team.keep(&routine("he drives ab12cde")).await;
    let phone = team.keep(&routine("ring +44 7700 900123 to buy")).await;
    let noted = team.keep(&routine("a tag")).await;
    let note = NoteKind::Note;
    let text = "seen with XY65 ZZZ";
    team.book().add_note(noted, note, text).await.unwrap();
    for question in ["AB12CDE", "ab12 cde", "AB12 CDE"] {
        assert_eq!(
            find(&team.ann, question).await,
            [joined, spaced],
            "{question}"
        );
    }
    for question in ["07700900123", "07700 900 123", "+447700900123"] {
        assert_eq!(find(&team.ann, question).await, [phone], "{question}");
    }
    assert_eq!(find(&team.ann, "white AB12CDE").await, [spaced]);
    assert_eq!(find(&team.ann, "xy65zzz").await, [noted]);
    assert!(find(&team.ann, "AB12CDF").await.is_empty(), "the control");
}

#[tokio::test]
async fn the_best_hits_of_two_books_take_turns_by_their_places() {
    let team = Team::new().await;
    let ann = books::with_book(&team.ann, &team.member_of("ann"), "other").await;
    for n in 0..9 {
        let tip = team.keep(&routine(&format!("blue van number {n}"))).await;
        if n < 3 {
            let to = "other".into();
            decide(&ann, tip, Decision::Move { to }).await.unwrap();
        }
    }
    let wanted = Search {
        words: "blue van".into(),
        best: true,
        most: 9,
        ..Search::default()
    };
    let (hits, _) = ann.search(&wanted, &BTreeMap::new()).await.unwrap();
    let books: Vec<&str> = hits.iter().map(|hit| hit.book.as_str()).collect();
    for pair in books[..6].chunks(2) {
        assert_ne!(pair[0], pair[1], "{books:?}");
    }
    assert_eq!(books[6..], ["main"; 3]);
}
