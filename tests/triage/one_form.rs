//! A tip's page is one form: whichever button an officer presses, without script, the half-written
//! note, report and reply are kept.

use loke::desk::book::{DraftOf, NoteKind};
use loke::desk::partners::{PartnerKind, Way};
use loke::tip::TipId;

use super::Team;
use super::forgetting::kept_receipt;
use super::letters::Served;
use crate::house::partners;

const NOTE: &str = "I rang the warden and";
const REPORT: &str = "Two men at the back door";
const PLACE: &str = "the yard behind";
const REPLY: &str = "Thank you. Was it";

/// A button: where it posts to, and its field.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Button {
    to: String,
    field: Option<(String, String)>,
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split('"').next().unwrap().to_owned())
}

/// The buttons of the page's form, and the number of other forms that post.
fn buttons(page: &str, own: &str) -> (Vec<Button>, usize) {
    let begins = page.find("id=\"decide\"").unwrap();
    let ends = begins + page[begins..].find("</form>").unwrap();
    let mut found = Vec::new();
    for (at, _) in page.match_indices("<button") {
        let tag = &page[at..at + page[at..].find('>').unwrap()];
        let of_form = attribute(tag, "form").is_some_and(|form| form == "decide");
        if !of_form && !(begins..ends).contains(&at) {
            continue;
        }
        let value = attribute(tag, "value").unwrap_or_default();
        let button = Button {
            to: attribute(tag, "formaction").unwrap_or_else(|| own.to_owned()),
            field: attribute(tag, "name").map(|name| (name, value)),
        };
        if !found.contains(&button) {
            found.push(button);
        }
    }
    (found, page.matches("method=\"post\"").count() - 1)
}

async fn texts(team: &Team, tip: TipId) -> [Vec<String>; 3] {
    let book = team.book();
    let drafts = async |of| {
        let drafts = book.drafts_on(of, tip).await.unwrap().into_iter();
        drafts.map(|(_, text)| text).collect()
    };
    let replies = book.reply_drafts_on(tip).await.unwrap().into_iter();
    [
        drafts(DraftOf::Note).await,
        drafts(DraftOf::Report).await,
        replies.map(|draft| draft.text).collect(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_button_of_a_tips_page_loses_a_half_written_text() {
    let team = Team::new().await;
    let served = Served::of(&team).await;
    let mut ann = served.browser(&team, &team.ann).await;
    let first = team.keep(&kept_receipt(1, "they sell at the door")).await;
    let page = ann.get(&format!("/tip/{first}")).await.text();
    let (all, others) = buttons(&page, "OWN");
    assert_eq!(others, 0, "every form of the page is one form");
    assert!(all.len() > 20, "{all:?}");
    let of_page: Vec<&Button> = all.iter().filter(|button| button.to != "/leave").collect();
    for (button, n) in of_page.into_iter().zip(2..) {
        let tip = team.keep(&kept_receipt(n, "they sell at the door")).await;
        let own = format!("/tip/{tip}");
        let page = ann.get(&own).await;
        let (token, version) = (page.field("form_token"), page.field("version"));
        let mut form = vec![
            ("form_token", token.as_str()),
            ("version", &version),
            ("id", own.strip_prefix("/tip/").unwrap()),
            ("note", NOTE),
            ("text", REPORT),
            ("report_place", PLACE),
            ("grade", "yes"),
            ("reply", REPLY),
            ("language", "en"),
        ];
        if let Some((field, value)) = &button.field {
            form.push((field, value));
        }
        // The page of the first tip names it: the same button of this one.
        let shown = team.ann.register().names_of(&[first, tip]).await.unwrap();
        let to = match button.to.as_str() {
            "OWN" => own.clone(),
            to => to
                .replace(&shown[&first], &shown[&tip])
                .replace(&first.to_string(), &tip.to_string()),
        };
        let answer = ann.post(&to, &form).await;
        assert_ne!(answer.status, 500, "{button:?}: {}", answer.text());
        let [note, report, reply] = texts(&team, tip).await;
        // An officer who knows the people keeps no text about them.
        if button
            .field
            .as_ref()
            .is_some_and(|(_, value)| value == "know-them")
        {
            continue;
        }
        let value = button
            .field
            .as_ref()
            .map_or("", |(_, value)| value.as_str());
        let stored = team.book().notes_on(tip).await.unwrap();
        let is_note = |kind| {
            stored
                .iter()
                .any(|note| note.kind == kind && note.text == NOTE)
        };
        let notes = [NoteKind::Note, NoteKind::Translation, NoteKind::Reference];
        if notes.into_iter().any(is_note) {
            assert_eq!(note, [""; 0], "{button:?}");
        } else {
            assert_eq!(note, [NOTE], "{button:?}");
        }
        assert_eq!(report, [REPORT], "{button:?}");
        let kept = team.ann.books()[0].report_draft(tip).await.unwrap();
        let kept = kept.map(|kept| (kept.text, kept.place, kept.grade));
        assert_eq!(
            kept,
            Some((REPORT.into(), PLACE.into(), true)),
            "what was ticked and written beside the text too: {button:?}"
        );
        // A reply that was given to a second person is no draft any more.
        let given = value == "own";
        assert_eq!(
            reply,
            if given { vec![] } else { vec![REPLY] },
            "{button:?}"
        );
    }
    // Also the button that signs out.
    assert!(all.iter().any(|button| button.to == "/leave"));
    let tip = team.keep(&kept_receipt(99, "they sell at the door")).await;
    let token = ann.get(&format!("/tip/{tip}")).await.field("form_token");
    let id = tip.to_string();
    let form = [("form_token", token.as_str()), ("note", NOTE), ("id", &id)];
    // The control: a page without the texts of a tip keeps none.
    ann.post("/bulk", &form).await;
    assert_eq!(
        texts(&team, tip).await,
        [vec![], vec![], vec![] as Vec<String>]
    );
    ann.post("/leave", &form).await;
    assert_eq!(texts(&team, tip).await[0], [NOTE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_alone_is_a_draft_that_the_page_shows_again_until_it_is_taken_back() {
    let team = Team::new().await;
    let key = age::x25519::Identity::generate();
    let way = Way::Folder(team.ann.register().folder().join("inbox"));
    let police = partners::partner("police", PartnerKind::Police, &key, way);
    partners::add(&team.ann, &police).await;
    let served = Served::of(&team).await;
    let mut ann = served.browser(&team, &team.ann).await;
    let tip = team.keep(&kept_receipt(1, "they sell at the door")).await;
    let own = format!("/tip/{tip}");
    let ticked = "name=\"grade\" value=\"yes\" checked";
    let page = ann.get(&own).await;
    assert!(!page.text().contains(ticked), "the control");
    let token = page.field("form_token");
    let form = [
        ("form_token", token.as_str()),
        ("decision", "take"),
        ("partner", "police"),
        ("text", ""),
        ("grade", "yes"),
    ];
    ann.post(&own, &form).await;
    assert!(ann.get(&own).await.text().contains(ticked));
    // As the script sends it, when the box is empty again.
    let kept = ann.post(&format!("{own}/report/draft"), &form[..4]).await;
    assert_eq!(kept.status, 204);
    assert!(!ann.get(&own).await.text().contains(ticked));
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_in_a_field_of_a_tips_page_keeps_the_texts_and_decides_nothing() {
    let team = Team::new().await;
    let served = Served::of(&team).await;
    let mut ann = served.browser(&team, &team.ann).await;
    let tip = team.keep(&kept_receipt(1, "they sell at the door")).await;
    let own = format!("/tip/{tip}");
    let page = ann.get(&own).await;
    // A browser presses the first button of the form.
    let (all, _) = buttons(&page.text(), "OWN");
    let draft = ("decision".to_owned(), "draft".to_owned());
    assert_eq!(all[0].field, Some(draft));
}
