//! The rows for text messages in the silence table, one for each provider: after texts that were
//! accepted, repeated, rejected, cut off and never answered, no number, no provider id, no word and
//! no photo is left in the gateway's files or memory.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::canaries::Canaries;
use super::control::PLAIN;
use super::memory::{at_rest, sweep_memory};
use super::visits::noise;
use crate::house::contains;
use crate::house::memory::core_of;
use crate::house::real::RealGateway;
use crate::sms::phones::{ACCOUNT, PROVIDERS, Text, Webhook, table, webhook};
use crate::sms::rest::{Media, Rest};

const EACH: usize = 20;

fn gateway(place: &std::path::Path, rest: &Rest) -> RealGateway {
    RealGateway::new(
        place,
        place.join("gateway"),
        "sqlite:queue.db",
        "512,24,4,4,4",
        |config| {
            let listen = config["web"]["listen"].as_str().unwrap().parse().unwrap();
            config.remove("web");
            let mut sms = table(
                &place.join("secrets"),
                listen,
                &PROVIDERS,
                Some(rest.address),
            );
            // The REST stand-in plays only Twilio; Notify delivers by its callback here.
            for key in ["api_key", "api", "poll_seconds"] {
                sms["notify"].as_table_mut().unwrap().remove(key);
            }
            sms.insert("answers".into(), "thanks".into());
            config.insert("sms".into(), sms.into());
        },
    )
}

/// A random number in the United Kingdom's mobile range, long enough not to occur in any file by
/// chance.
fn number(canaries: &mut Canaries, provider: &str) -> String {
    let digits: String = loke::random::bytes::<12>()
        .unwrap()
        .iter()
        .map(|byte| char::from(b'0' + byte % 10))
        .collect();
    canaries.learn(format!("{provider}: number"), digits.as_bytes());
    format!("+447{digits}")
}

/// A text with a canary in every field of the provider. Twilio's has a photo, stored at the REST
/// stand-in.
fn text(canaries: &mut Canaries, provider: &str, rest: &Rest, photo: bool) -> Text {
    let words = format!(
        "they deal {} here",
        canaries.word(format!("{provider}: words"))
    );
    let mut text = if photo {
        rest.receive(&words, 1, crate::sms::rest::EARLIER)
    } else {
        Text::new("", &words)
    };
    text.from = number(canaries, provider);
    if photo {
        canaries.learn(format!("{provider}: id"), text.id.as_bytes());
        rest.messages
            .lock()
            .unwrap()
            .iter_mut()
            .filter(|lying| lying.sid == text.id)
            .for_each(|lying| lying.from.clone_from(&text.from));
    } else {
        let id = canaries.word(format!("{provider}: id"));
        text.id = id[..40].to_owned();
    }
    // The words are in a separate part, which the gateway fetches.
    if matches!(provider, "twilio" | "telnyx") {
        let at = text.media.len();
        text.media.push(format!(
            "http://{}/2010-04-01/Accounts/{ACCOUNT}/Messages/x/Media/100",
            rest.address
        ));
        text.kinds = (0..=at)
            .map(|n| {
                if n < at {
                    "image/jpeg".to_owned()
                } else {
                    "text/plain".to_owned()
                }
            })
            .collect();
    }
    text
}

/// A request without its end.
async fn begin(request: &Webhook, target: std::net::SocketAddr) -> tokio::net::TcpStream {
    let mut stream = tokio::net::TcpStream::connect(target).await.unwrap();
    let mut head = format!(
        "{} HTTP/1.1\r\nHost: house.invalid\r\nContent-Length: {}\r\n",
        request.head,
        request.body.len() + 50
    );
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream
        .write_all(format!("{head}\r\n").as_bytes())
        .await
        .unwrap();
    stream.write_all(&request.body).await.unwrap();
    stream
}

/// Everything that phones and strangers do. Returns the connections that are still open.
async fn texts_come_in(
    gateway: &RealGateway,
    rest: &Rest,
    canaries: &mut Canaries,
) -> Vec<tokio::net::TcpStream> {
    let target = gateway.browser.0;
    let now = loke::clock::Clock::System.now();
    let mut open = Vec::new();
    for provider in PROVIDERS {
        for at in 0..EACH {
            let request = webhook(
                provider,
                &text(
                    canaries,
                    provider,
                    rest,
                    provider == "twilio" && at % 4 == 0,
                ),
                now,
            );
            for _ in 0..2 {
                assert_eq!(
                    request.send(target).await.unwrap().status,
                    200,
                    "{provider}"
                );
            }
        }
        let stranger = webhook(provider, &text(canaries, provider, rest, false), now);
        for wrong in [
            stranger.head.replace("path-0", "path-1"),
            stranger.head.replace("/sms/", "/smz/"),
        ] {
            assert_eq!(
                Webhook {
                    head: wrong,
                    ..stranger.clone()
                }
                .send(target)
                .await
                .unwrap()
                .status,
                403
            );
        }
        let mut unreadable = webhook(provider, &text(canaries, provider, rest, false), now);
        unreadable.body.extend_from_slice(b"}{");
        unreadable.send(target).await.unwrap();
        open.push(
            begin(
                &webhook(provider, &text(canaries, provider, rest, false), now),
                target,
            )
            .await,
        );
        drop(
            begin(
                &webhook(provider, &text(canaries, provider, rest, false), now),
                target,
            )
            .await,
        );
    }
    open
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_p2_no_number_and_no_id_of_any_provider_is_left_on_disk_or_in_memory() {
    let (place, photo) = (tempfile::tempdir().unwrap(), noise(640, 480));
    let rest = Rest::start(Media::Good, photo.clone()).await;
    let mut gateway = gateway(place.path(), &rest);
    gateway.start().await;
    let mut canaries = Canaries::default();
    canaries.learn("twilio: photo", &photo[photo.len() / 2..][..48]);
    *rest.part.lock().unwrap() = format!(
        "they deal {} here",
        canaries.word("twilio: words of a part")
    );
    let open = texts_come_in(&gateway, &rest, &mut canaries).await;
    let sweep = canaries.sweep();
    let seen = sweep_memory(&sweep, gateway.process());
    assert!(
        seen.finds.iter().any(|find| find.contains("number")),
        "the sweep does not see a text that is being read: {:?}",
        seen.finds
    );
    for line in open {
        super::memory::until_closed(line).await;
    }
    rest.is_empty().await;
    // The promise is five seconds.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let memory = sweep_memory(&sweep, gateway.process());
    for provider in PROVIDERS {
        let finds = memory
            .finds
            .iter()
            .filter(|find| find.contains(&format!("{provider}:")))
            .count();
        println!(
            "{provider}: {} finds in {} MiB of memory",
            finds,
            memory.bytes >> 20
        );
    }
    assert_eq!(memory.finds, Vec::<String>::new());
    if let Some(core) = core_of(gateway.process(), place.path()) {
        assert_eq!(sweep.finds(&core), []);
    }
    at_rest(&gateway, &sweep, "running");
    gateway.kill().await;
    at_rest(&gateway, &sweep, "killed");
    assert!(!contains(&gateway.log(), b"+447"), "a number is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn control_with_a_plain_allocator_numbers_and_ids_stay_in_memory() {
    let place = tempfile::tempdir().unwrap();
    let rest = Rest::start(Media::Good, noise(64, 48)).await;
    let mut gateway = gateway(place.path(), &rest);
    gateway.run_instead(PLAIN);
    gateway.start().await;
    let mut canaries = Canaries::default();
    *rest.part.lock().unwrap() = format!(
        "they deal {} here",
        canaries.word("twilio: words of a part")
    );
    drop(texts_come_in(&gateway, &rest, &mut canaries).await);
    rest.is_empty().await;
    let finds = sweep_memory(&canaries.sweep(), gateway.process()).finds;
    println!("control: {} finds", finds.len());
    for what in ["number", "id", "words", "words of a part"] {
        assert!(
            finds.iter().any(|find| find.contains(&format!(": {what}"))),
            "the control finds no {what}"
        );
    }
}
