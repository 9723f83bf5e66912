//! Every field of every webhook, missing, null, empty, of another type, or twice: the words are
//! stored if there are any, or the provider gets a 5xx. Fields with the authentication are left
//! out.

use serde_json::{Value, json};

use super::phones::{self, NUMBER, Phones, Webhook};
use crate::house::limit;
use crate::house::{NOON, Officer};

/// Placeholder for a field's value.
const HERE: &str = "@here@";

/// One odd webhook, and the words that must be in a tip if it is accepted.
struct Odd {
    name: String,
    webhook: Webhook,
    words: String,
    /// It contains none of the words, so it must not be accepted.
    is_without: bool,
}

/// Every path to a field or an element of this document.
fn paths(value: &Value, here: &str) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (format!("{here}/{name}"), value))
            .collect(),
        Value::Array(all) => all
            .iter()
            .enumerate()
            .map(|(at, value)| (format!("{here}/{at}"), value))
            .collect(),
        _ => Vec::new(),
    };
    inside
        .into_iter()
        .flat_map(|(path, value)| [vec![path.clone()], paths(value, &path)].concat())
        .collect()
}

/// The document with each field made odd in each way: the path, the way, and the document.
fn odd_documents(document: &Value) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for path in paths(document, "") {
        let value = document.pointer(&path).unwrap().to_string();
        let mut with = document.clone();
        *with.pointer_mut(&path).unwrap() = HERE.into();
        let text = with.to_string();
        let here = json!(HERE).to_string();
        let name = format!("{}:", json!(path.rsplit('/').next().unwrap()));
        let ways = [
            "null",
            "7",
            "-0.5",
            "true",
            "\"x\"",
            "\"\"",
            "[]",
            "{}",
            "[[]]",
            "{\"x\":null}",
        ]
        .map(str::to_owned);
        let ways = ways.into_iter().chain([
            format!("[{value}]"),
            format!("{{\"x\":{value}}}"),
            format!("[null,{value}]"),
        ]);
        all.extend(ways.map(|way| (path.clone(), way.clone(), text.replace(&here, &way))));
        if document
            .pointer(path.rsplit_once('/').unwrap().0)
            .is_some_and(Value::is_object)
        {
            let twice = [
                format!("null,{name}{value}"),
                format!("{value},{name}null"),
                format!("{value},{name}{value}"),
                format!("\"\",{name}{value}"),
            ];
            all.extend(twice.map(|way| (path.clone(), way.clone(), text.replace(&here, &way))));
            // Missing: an unknown field replaces it.
            all.push((
                path.clone(),
                "missing".into(),
                text.replace(&format!("{name}{here}"), "\"@\":null"),
            ));
        }
    }
    all
}

/// Odd JSON webhooks; `id` and `words` are the paths of these fields.
fn of_json(
    provider: &str,
    document: &Value,
    id: &str,
    words: &str,
    sign: impl Fn(&str) -> Webhook,
) -> Vec<Odd> {
    let mut all = Vec::new();
    for number in 0.. {
        let mut document = document.clone();
        let told = format!("they deal at number {number} by {provider}");
        *document.pointer_mut(id).unwrap() = format!("{provider}-{number}").into();
        *document.pointer_mut(words).unwrap() = told.clone().into();
        let Some((path, way, text)) = odd_documents(&document).into_iter().nth(number) else {
            return all;
        };
        // If the replaced field is the words themselves, the replacement is the new words.
        let stands = serde_json::from_str::<Value>(&way)
            .ok()
            .filter(|_| path == words && !way.contains("deal"));
        let is_within = words.starts_with(&format!("{path}/"));
        let is_gone = !text.contains(&told) && (path == words || is_within);
        let words = match &stands {
            Some(Value::String(other)) => other.clone(),
            Some(scalar @ (Value::Number(_) | Value::Bool(_))) => scalar.to_string(),
            _ => told,
        };
        let is_without = is_gone
            && !matches!(
                &stands,
                Some(Value::String(_) | Value::Number(_) | Value::Bool(_))
            );
        all.push(Odd {
            name: format!("{provider} {path} {way}"),
            webhook: sign(&text),
            words,
            is_without,
        });
    }
    all
}

/// Odd forms: `words` is the name of that field.
fn of_form(
    provider: &str,
    fields: &[(&str, &str)],
    id: &str,
    words: &str,
    send: impl Fn(&[(&str, &str)]) -> Webhook,
) -> Vec<Odd> {
    let mut all = Vec::new();
    for (at, (name, _)) in fields.iter().enumerate() {
        for way in [
            "missing",
            "empty",
            "x",
            "twice",
            "empty first",
            "empty last",
        ] {
            let number = all.len();
            let (told, own) = (
                format!("they deal at number {number} by {provider}"),
                format!("{provider}{number}"),
            );
            let mut odd: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| {
                    (
                        *name,
                        if *name == words {
                            told.as_str()
                        } else if *name == id {
                            own.as_str()
                        } else {
                            *value
                        },
                    )
                })
                .collect();
            let real = odd[at];
            match way {
                "missing" => drop(odd.remove(at)),
                "empty" => odd[at].1 = "",
                "x" => odd[at].1 = "x",
                "twice" => odd.insert(at, real),
                "empty first" => odd.insert(at, (name, "")),
                _ => odd.insert(at + 1, (name, "")),
            }
            let is_words = *name == words;
            let is_without = is_words && way == "missing";
            let words = match (is_words, way) {
                (true, "x") => "x".to_owned(),
                (true, "empty") => String::new(),
                _ => told.clone(),
            };
            all.push(Odd {
                name: format!("{provider} {name} {way}"),
                webhook: send(&odd),
                words,
                is_without,
            });
        }
    }
    all
}

/// Sends all of them. An accepted webhook is in a tip; one without words is not accepted.
async fn hold(odd: Vec<Odd>) {
    let phones = Phones::open(None, |config| {
        config["capacity"]
            .as_table_mut()
            .unwrap()
            .insert("text".into(), 1_024.into());
        limit(config, &[("reports_per_hour", 100_000)]);
    })
    .await;
    let officer: Officer = phones.house.officer("officer", "").await;
    let mut taken = Vec::new();
    for odd in odd {
        let status = odd.webhook.send(phones.house.web).await.unwrap().status;
        assert!(matches!(status, 200 | 500 | 503), "{}: {status}", odd.name);
        assert!(
            !(odd.is_without && status == 200),
            "{}: what has no words was taken",
            odd.name
        );
        // An empty text is accepted, and nothing is stored.
        if status == 200 && !odd.words.is_empty() {
            taken.push((odd.name, odd.words));
        }
    }
    officer.pull().await;
    let tips: Vec<String> = officer
        .tips()
        .await
        .iter()
        .map(|tip| tip.what.clone())
        .collect();
    for (name, words) in &taken {
        assert!(
            tips.contains(words)
                || tips
                    .iter()
                    .any(|what| what.split('\n').any(|line| line == words)),
            "{name}: a 2xx, and the words are lost"
        );
    }
    println!("{} webhooks taken, {} tips", taken.len(), tips.len());
    assert!(
        taken.len() > 5,
        "the control: only {} were taken",
        taken.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_no_odd_field_of_notify_costs_the_words() {
    let callback = json!({
        "id": "f3f6", "source_number": "447700900123", "destination_number": "07900900456", "message": "x",
        "date_received": "2026-11-21T12:00:00.000000Z",
    });
    hold(of_json(
        "notify",
        &callback,
        "/id",
        "/message",
        phones::notify,
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_no_odd_field_of_telnyx_costs_the_words() {
    // With a null media list, as Telnyx sends it.
    let event: Value = serde_json::from_str(include_str!("cases/media-null.json")).unwrap();
    hold(of_json(
        "telnyx",
        &event,
        "/data/payload/id",
        "/data/payload/text",
        |body| phones::telnyx(body, NOON),
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_no_odd_field_of_twilio_costs_the_words() {
    let fields = [
        ("ToCountry", "GB"),
        ("SmsMessageSid", "SM0"),
        ("NumMedia", "0"),
        ("FromCity", "NORWICH"),
        ("SmsSid", "SM0"),
        ("SmsStatus", "received"),
        ("Body", "x"),
        ("To", NUMBER),
        ("NumSegments", "1"),
        ("MessageSid", "SM1"),
        ("AccountSid", phones::ACCOUNT),
        ("From", "+447700900123"),
        ("ApiVersion", "2010-04-01"),
    ];
    let mut forms = of_form("twilio", &fields, "MessageSid", "Body", phones::twilio);
    // Without its own id a text uses the other one: give each a different one, or they count as
    // repeats of one text.
    for (number, one) in forms.iter_mut().enumerate() {
        let body = String::from_utf8(one.webhook.body.clone())
            .unwrap()
            .replace("SM0", &format!("SM0{number}"));
        let fields: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect();
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        one.webhook = phones::twilio(&fields);
    }
    hold(forms).await;
    let document = json!({
        "MessageSid": "x", "SmsSid": "SM0", "From": "+447700900123", "To": NUMBER, "Body": "x", "NumMedia": "0", "SmsStatus": "received",
    });
    let mut documents = of_json(
        "twilio",
        &document,
        "/MessageSid",
        "/Body",
        phones::twilio_json,
    );
    for (number, one) in documents.iter_mut().enumerate() {
        let body = String::from_utf8(one.webhook.body.clone())
            .unwrap()
            .replace("SM0", &format!("SM0{number}"));
        one.webhook = phones::twilio_json(&body);
    }
    hold(documents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_no_odd_field_of_a_modems_box_costs_the_words() {
    let kannel = of_form(
        "kannel",
        &[("id", "b1"), ("coding", "0"), ("text", "x")],
        "id",
        "text",
        phones::kannel,
    );
    let mut gammu = of_form(
        "gammu",
        &[("id", "b1"), ("text", "x"), ("box", "1")],
        "id",
        "text",
        phones::gammu,
    );
    // curl omits an empty text field: an id alone is an empty text, not a lost one.
    let empty = phones::gammu(&[("id", "b2")]);
    gammu.push(Odd {
        name: "gammu empty".into(),
        webhook: empty,
        words: String::new(),
        is_without: false,
    });
    hold(kannel.into_iter().chain(gammu).collect()).await;
}
