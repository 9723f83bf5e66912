//! Picture messages with their words in a separate part, and with other content: the words are in
//! the tip, content that is not accepted is listed, and nothing is deleted at the provider if its
//! words are not in a tip.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use tokio::net::TcpListener;

use super::phones::{self, NUMBER, Phones, Text};
use crate::house::NOON;
use crate::house::browser::jpeg;

const FROM: &str = "+447700900123";
const UNREAD: &str = "[A part of this message could not be read. If it can be read later, the whole message follows as another tip.]";

/// A part of a message: the content type that the webhook names, the one with which the part is
/// served, and its bytes.
#[derive(Clone)]
struct Part(&'static str, &'static str, Vec<u8>);

fn part(kind: &'static str, bytes: impl Into<Vec<u8>>) -> Part {
    Part(kind, kind, bytes.into())
}

/// A provider that stores one message with its parts: Twilio's REST API, and the host of Telnyx's
/// parts.
struct Holds {
    address: SocketAddr,
    parts: Vec<Part>,
    /// Whether every part returns an error.
    fails: AtomicBool,
    message: Mutex<Option<Text>>,
    rounds: AtomicUsize,
}

impl Holds {
    async fn start(parts: Vec<Part>) -> Arc<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (fails, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
        let holds = Arc::new(Self {
            address,
            parts,
            fails,
            message: Mutex::default(),
            rounds,
        });
        let account = "/2010-04-01/Accounts/{account}";
        let app = axum::Router::new()
            .route(&format!("{account}/Messages.json"), get(list))
            .route(&format!("{account}/Messages/{{sid}}"), delete(erase))
            .route(
                &format!("{account}/Messages/{{sid}}/Media.json"),
                get(media),
            )
            .route("/part/{number}", get(one))
            .with_state(Arc::clone(&holds));
        tokio::spawn(async move { axum::serve(listener, app).await });
        holds
    }

    /// The message as the webhook delivers it. From now on it is also stored here, as at Twilio.
    fn text(&self, words: &str) -> Text {
        let text = self.told(words);
        *self.message.lock().unwrap() = Some(text.clone());
        text
    }

    /// The message as the webhook delivers it.
    fn told(&self, words: &str) -> Text {
        let mut text = Text::new(FROM, words);
        text.media = (0..self.parts.len())
            .map(|number| format!("http://{}/part/{number}", self.address))
            .collect();
        text.kinds = self.parts.iter().map(|part| part.0.to_owned()).collect();
        text
    }

    fn is_erased(&self) -> bool {
        self.message.lock().unwrap().is_none()
    }

    /// Waits until this condition is true.
    async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        for _ in 0..1_500 {
            look.tick().await;
            if holds(self) {
                return;
            }
        }
        panic!("{what}");
    }

    /// Waits for two whole polling rounds from now on.
    async fn rounds(&self) {
        let from = self.rounds.load(Ordering::SeqCst);
        self.until("no round comes", |holds| {
            holds.rounds.load(Ordering::SeqCst) > from + 2
        })
        .await;
    }
}

type OfHolds = State<Arc<Holds>>;

async fn list(
    State(holds): OfHolds,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
) -> Response {
    let is_inbound = query.unwrap_or_default().contains("To=");
    holds
        .rounds
        .fetch_add(usize::from(is_inbound), Ordering::SeqCst);
    let message = holds.message.lock().unwrap().clone().filter(|_| is_inbound).map(|text| {
        serde_json::json!({
            "sid": text.id, "direction": "inbound", "from": text.from, "to": NUMBER, "body": text.words, "num_media": text.media.len().to_string(),
            "date_created": "Sat, 21 Nov 2026 11:59:30 +0000", "status": "received",
        })
    });
    axum::Json(serde_json::json!({ "messages": message.into_iter().collect::<Vec<_>>(), "next_page_uri": null })).into_response()
}

async fn erase(State(holds): OfHolds) -> StatusCode {
    *holds.message.lock().unwrap() = None;
    StatusCode::NO_CONTENT
}

async fn media(State(holds): OfHolds) -> Response {
    let list: Vec<_> = holds
        .parts
        .iter()
        .enumerate()
        .map(|(number, part)| serde_json::json!({ "uri": format!("/part/{number}.json"), "content_type": part.0 }))
        .collect();
    axum::Json(serde_json::json!({ "media_list": list })).into_response()
}

async fn one(State(holds): OfHolds, Path(number): Path<usize>) -> Response {
    if holds.fails.load(Ordering::SeqCst) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let Part(_, served, bytes) = holds.parts[number].clone();
    let mut response = bytes.into_response();
    response.headers_mut().remove("content-type");
    if !served.is_empty() {
        response
            .headers_mut()
            .insert("content-type", served.parse().unwrap());
    }
    response
}

async fn phones(holds: &Holds) -> Phones {
    Phones::open(Some(holds.address), |config| {
        config["sms"].as_table_mut().unwrap().remove("notify");
    })
    .await
}

/// The words and the number of photos of each tip.
async fn tips(phones: &Phones, name: &str) -> Vec<(String, usize)> {
    let officer = phones.house.officer(name, "").await;
    officer.pull().await;
    let mut tips: Vec<_> = officer
        .tips()
        .await
        .iter()
        .map(|tip| (tip.what.clone(), tip.photos.len()))
        .collect();
    tips.sort();
    tips
}

fn utf_16(text: &str) -> Vec<u8> {
    [0xfeff]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_in_a_part_of_their_own_are_the_tips_words_and_only_then_is_the_message_erased() {
    let picture = || part("image/jpeg", jpeg());
    let layout = || part("application/smil", "<smil/>");
    let arabic = "ثلاثة رجال عند الباب كل ليلة";
    let cases: Vec<(&str, Vec<Part>, String, usize)> = vec![
        (
            "",
            vec![layout(), picture(), part("text/plain", "they deal here")],
            "they deal here".into(),
            1,
        ),
        (
            "",
            vec![part("text/plain; charset=utf-8", "żółć 灰😀")],
            "żółć 灰😀".into(),
            0,
        ),
        (
            "",
            vec![part(
                "text/plain; charset=iso-8859-1",
                b"caf\xe9 \x93x\x94".to_vec(),
            )],
            "café “x”".into(),
            0,
        ),
        (
            "",
            vec![Part(
                "text/plain",
                "text/plain; charset=UTF-16",
                utf_16(arabic),
            )],
            arabic.into(),
            0,
        ),
        // Several parts, in their order, after the webhook's text; words in both appear once.
        (
            "first",
            vec![
                part("text/plain", "second\r\nline"),
                picture(),
                part("text/plain", "third"),
            ],
            "first\nsecond\nline\nthird".into(),
            1,
        ),
        (
            "they deal here",
            vec![picture(), part("text/plain", "they deal here")],
            "they deal here".into(),
            1,
        ),
        (
            " \u{200b}",
            vec![
                part("text/plain", "\u{2060}"),
                part("text/plain", " they deal \n"),
            ],
            "they deal".into(),
            0,
        ),
        (
            "",
            vec![part("text/html", "<b>they deal</b>")],
            "<b>they deal</b>".into(),
            0,
        ),
        // The webhook names no content type, or a generic one.
        (
            "",
            vec![
                Part("", "text/plain; charset=windows-1252", b"caf\xe9".to_vec()),
                Part("", "", jpeg()),
            ],
            "café".into(),
            1,
        ),
        (
            "",
            vec![Part(
                "application/octet-stream",
                "binary/octet-stream",
                b"they deal".to_vec(),
            )],
            "they deal".into(),
            0,
        ),
    ];
    for (words, parts, what, photos) in cases {
        let holds = Holds::start(parts).await;
        let phones = phones(&holds).await;
        for (provider, text) in [("twilio", holds.text(words)), ("telnyx", holds.told(words))] {
            for _ in 0..2 {
                assert_eq!(
                    phones.text(provider, &text).await.status,
                    200,
                    "{provider}: {what}"
                );
            }
        }
        holds.until("it is not erased", Holds::is_erased).await;
        let tips = tips(&phones, "officer").await;
        assert!(
            tips.len() == 2 && tips.contains(&(what.clone(), photos)),
            "{tips:?} for {what}"
        );
        // Telnyx waits two seconds: on a busy machine a photo may be too late there, but words
        // never are.
        let no_photo = format!("{what}\n\n[Came with this text and was not taken: 1 photo");
        assert!(
            tips.iter().all(|tip| *tip == (what.clone(), photos)
                || (tip.0.starts_with(&no_photo) && photos > 0)),
            "{tips:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_cannot_be_had_is_told_nothing_is_erased_and_the_whole_follows() {
    let holds = Holds::start(vec![part("text/plain", "they deal here")]).await;
    let phones = phones(&holds).await;
    holds.fails.store(true, Ordering::SeqCst);
    let text = holds.text("look");
    let telnyx = Text {
        id: "at-telnyx".into(),
        ..text.clone()
    };
    for _ in 0..2 {
        // The provider is asked to send it again, and the available content is stored once.
        assert_eq!(phones.text("twilio", &text).await.status, 503);
        assert_eq!(phones.text("telnyx", &telnyx).await.status, 503);
    }
    let unread = format!("look\n\n{UNREAD}");
    assert_eq!(
        tips(&phones, "first").await,
        [(unread.clone(), 0), (unread.clone(), 0)]
    );
    // Polling rounds pass, and the message stays.
    phones.house.clock.advance(300);
    holds.rounds().await;
    assert!(
        !holds.is_erased(),
        "a message was erased whose words are in no tip"
    );
    assert_eq!(phones.house.used().await, 0, "it was stored again");
    holds.fails.store(false, Ordering::SeqCst);
    holds.until("it is not erased", Holds::is_erased).await;
    let again = phones::webhook("telnyx", &telnyx, phones.house.clock.now());
    for _ in 0..2 {
        assert_eq!(again.send(phones.house.web).await.unwrap().status, 200);
    }
    assert_eq!(
        tips(&phones, "second").await,
        [
            ("look\nthey deal here".to_owned(), 0),
            ("look\nthey deal here".to_owned(), 0)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_of_a_message_and_the_whole_of_it_share_a_thread_and_only_the_whole_has_a_receipt()
 {
    let holds = Holds::start(vec![part("text/plain", "they deal here")]).await;
    let phones = Phones::open(Some(holds.address), |config| {
        let sms = config["sms"].as_table_mut().unwrap();
        sms.remove("notify");
        sms.insert("answers".into(), "receipt".into());
    })
    .await;
    holds.fails.store(true, Ordering::SeqCst);
    // The sender's number is missing.
    let text = Text {
        from: String::new(),
        ..holds.text("look")
    };
    assert_eq!(phones.text("twilio", &text).await.status, 503);
    holds.fails.store(false, Ordering::SeqCst);
    let said = phones.text("twilio", &text).await;
    assert!(
        said.status == 200 && said.text().chars().filter(char::is_ascii_digit).count() > 28,
        "{}",
        said.text()
    );
    let officer = phones.house.officer("officer", "").await;
    officer.pull().await;
    let tips = officer.tips().await;
    assert!(tips.len() == 2 && tips[0].thread.is_some() && tips[0].thread == tips[1].thread);
    assert!(
        tips.iter()
            .all(|tip| tip.reply_box.is_some() != tip.what.contains(UNREAD))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn more_words_than_a_part_may_have_are_kept_in_part_and_the_rest_stays_at_the_provider() {
    let words = "They come every night. ".repeat(3_000);
    let holds = Holds::start(vec![part("text/plain", words.as_bytes())]).await;
    let phones = Phones::open(Some(holds.address), |config| {
        config["sms"].as_table_mut().unwrap().remove("notify");
        config["capacity"]
            .as_table_mut()
            .unwrap()
            .insert("text".into(), 200.into());
    })
    .await;
    assert_eq!(phones.text("twilio", &holds.text("")).await.status, 503);
    phones.house.clock.advance(300);
    holds.rounds().await;
    assert!(!holds.is_erased());
    let tips = tips(&phones, "officer").await;
    let letters = |text: &str| text.matches("They come every night.").count();
    let kept: usize = tips.iter().map(|(what, _)| letters(what)).sum();
    assert!(
        kept + tips.len() >= (32 << 10) / "They come every night. ".len() && kept < 3_000,
        "{kept}"
    );
    assert_eq!(
        tips.iter()
            .filter(|(what, _)| what.contains(UNREAD))
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_not_taken_is_told_by_kind_and_never_by_name() {
    let mut parts: Vec<Part> = (0..6).map(|_| part("image/jpeg", jpeg())).collect();
    parts.extend([
        part("application/smil", "<smil/>"),
        part("video/3gpp", "canary"),
        part("video/mp4; name=canary.mp4", "canary"),
        part("audio/amr", "canary"),
        part("text/x-vcard", "BEGIN:VCARD\ncanary"),
        part("image/gif", "GIF89a canary"),
        part("image/heic", "canary"),
        part("application/pdf", "%PDF canary"),
        part("application/x-canary", "canary"),
    ]);
    let told = "[Came with this text and was not taken: 2 photos beyond the first four, 1 photo in the HEIC format, 1 GIF picture, 2 videos, \
                1 sound recording, 1 contact card, 1 document, 1 file of another kind.]";
    let holds = Holds::start(parts).await;
    let phones = phones(&holds).await;
    assert_eq!(phones.text("twilio", &holds.text("look")).await.status, 200);
    holds.until("it is not erased", Holds::is_erased).await;
    assert_eq!(phones.text("telnyx", &holds.told("")).await.status, 200);
    let tips = tips(&phones, "officer").await;
    assert!(
        tips.len() == 2 && tips.contains(&(format!("look\n\n{told}"), 4)),
        "{tips:?}"
    );
    // Telnyx waits two seconds: on a busy machine a photo may be too late there.
    let others = told.split_once("photo in").unwrap().1;
    assert!(
        tips.iter()
            .all(|(what, _)| what.ends_with(others) && !what.contains("canary")),
        "{tips:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_is_refused_is_told_by_why() {
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    let parts = vec![
        part("image/jpeg", heic),
        part("image/png", "no picture"),
        part("image/jpeg", b"GIF89a".to_vec()),
    ];
    let holds = Holds::start(parts).await;
    let phones = phones(&holds).await;
    assert_eq!(phones.text("twilio", &holds.text("look")).await.status, 200);
    let told = "look\n\n[Came with this text and was not taken: 1 photo in the HEIC format, 1 picture that cannot be read, 1 GIF picture.]";
    assert_eq!(tips(&phones, "officer").await, [(told.to_owned(), 0)]);
}

/// A media list in every odd shape: the words of the text are stored, and so is every part that can
/// be fetched; a missing part is mentioned.
#[tokio::test(flavor = "multi_thread")]
async fn no_odd_media_list_costs_the_words() {
    let holds = Holds::start(vec![part("text/plain", "they deal here")]).await;
    let phones = phones(&holds).await;
    let url = format!("http://{}/part/0", holds.address);
    let whole = Some("they deal here");
    let cases = [
        (r#"[{"url":"URL","content_type":"text/plain"}]"#, 200, whole),
        (r#"[{"url":"URL","content_type":null}]"#, 200, whole),
        (r#"[{"url":"URL"},{"url":"URL"}]"#, 200, whole),
        (r#"{"url":"URL","content_type":7}"#, 200, whole),
        (r#""URL""#, 200, whole),
        (r#"["URL",[]]"#, 503, whole),
        (r#"[{"url":null,"content_type":"text/plain"}]"#, 503, None),
        (r#"[null]"#, 503, None),
        (r#"[7]"#, 503, None),
        (r#"null"#, 200, None),
        (r#"[]"#, 200, None),
        (
            r#"null,"media":[{"url":"URL","content_type":"text/plain"}]"#,
            200,
            whole,
        ),
    ];
    for (number, (media, status, _)) in cases.iter().enumerate() {
        let body = format!(
            r#"{{"data":{{"event_type":"message.received","payload":{{"id":"m{number}","from":null,"text":"number {number}:","media":{}}}}}}}"#,
            media.replace("URL", &url)
        );
        assert_eq!(
            phones::telnyx(&body, NOON)
                .send(phones.house.web)
                .await
                .unwrap()
                .status,
            *status,
            "{media}"
        );
    }
    // Twilio sends the number of media and numbered fields: either may be missing.
    for (number, fields) in [
        vec![("MediaUrl0", url.as_str())],
        vec![("NumMedia", ""), ("MediaUrl0", &url)],
        vec![("NumMedia", "1")],
    ]
    .iter()
    .enumerate()
    {
        let (id, body) = (format!("SM{number}"), format!("form {number}:"));
        let all = [
            &[
                ("MessageSid", id.as_str()),
                ("From", FROM),
                ("Body", body.as_str()),
            ],
            fields.as_slice(),
        ]
        .concat();
        assert_eq!(
            phones::twilio(&all)
                .send(phones.house.web)
                .await
                .unwrap()
                .status,
            if number < 2 { 200 } else { 503 },
            "{fields:?}"
        );
    }
    let tips = tips(&phones, "officer").await;
    let of = |start: &str| {
        tips.iter()
            .find(|(what, _)| what.starts_with(start))
            .map(|(what, _)| what.clone())
            .unwrap()
    };
    for (number, (media, status, part)) in cases.iter().enumerate() {
        let what = of(&format!("number {number}:"));
        assert_eq!(
            (what.contains("they deal here"), what.contains(UNREAD)),
            (part.is_some(), *status == 503),
            "{media}: {what}"
        );
    }
    assert!(
        of("form 0:").contains("they deal here")
            && of("form 1:").contains("they deal here")
            && of("form 2:").contains(UNREAD)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_host_to_fetch_from_the_tip_says_that_a_part_could_not_be_read() {
    let holds = Holds::start(vec![part("text/plain", "they deal here")]).await;
    let phones = Phones::open(None, |_| {}).await;
    let text = holds.text("look");
    // A repeat would not help: `media_hosts` is empty.
    for _ in 0..2 {
        assert_eq!(phones.text("telnyx", &text).await.status, 200);
    }
    assert_eq!(
        tips(&phones, "officer").await,
        [(format!("look\n\n{UNREAD}"), 0)]
    );
}
