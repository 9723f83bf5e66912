//! The demonstration's phone: the gateway accepts its request for each provider, and rejects an
//! altered one.

#[path = "../examples/demo/providers.rs"]
mod providers;

use std::net::SocketAddr;

use loke::clock::Clock;
use loke::gateway::serve;
use loke::gateway::settings::GatewaySettings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::house::{House, browser};
use providers::{NAMES, Providers, Text};

/// Posts a webhook to the gateway. Returns the response status.
async fn bring(to: SocketAddr, webhook: &str) -> u16 {
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(webhook.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.get(9..12).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstrations_phone_reaches_the_desk_by_each_provider_once() {
    let house = House::open().await;
    let dir = house.config.parent().unwrap().parent().unwrap();
    let sms = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let rest = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let providers = Providers::set_up(dir, sms, rest.local_addr().unwrap()).unwrap();
    let task = tokio::spawn(axum::serve(rest, providers::rest(providers.clone())).into_future());
    let serving = serve::start(
        GatewaySettings::read(&dir.join("gateway-sms/gateway.toml")).unwrap(),
        Clock::System,
    )
    .await
    .unwrap();

    for (provider, _, carries_photos) in NAMES {
        let photo = carries_photos.then(|| ("image/jpeg".to_owned(), browser::jpeg()));
        let text = Text {
            provider,
            number: "+447700900123".into(),
            words: format!("brought by {provider}, zażółć 灰 & 😀"),
            photo,
        };
        let webhook = providers.receive(text).unwrap();
        // Negative control: the gateway rejects another secret, and a signature over another text.
        let secret = format!("/sms/{provider}/");
        assert_eq!(
            bring(sms, &webhook.replacen(&secret, &format!("{secret}x"), 1)).await,
            403,
            "{provider}"
        );
        if carries_photos {
            assert_eq!(
                bring(sms, &webhook.replacen("brought", "thought", 1)).await,
                401,
                "{provider}"
            );
        }
        for _ in 0..3 {
            assert_eq!(bring(sms, &webhook).await, 200, "{provider}");
        }
    }
    assert_eq!(
        providers.holds("notify"),
        1,
        "one text cannot be erased there"
    );

    let officer = house.officer("one", "").await;
    officer.pull().await;
    let tips = officer.tips().await;
    assert_eq!(tips.len(), NAMES.len());
    for (provider, _, carries_photos) in NAMES {
        let tip = tips
            .iter()
            .find(|tip| tip.what == format!("brought by {provider}, zażółć 灰 & 😀"))
            .unwrap();
        assert_eq!(tip.photos.len(), usize::from(carries_photos), "{provider}");
        assert!(!serde_json::to_string(tip).unwrap().contains("7700900123"));
    }
    serving.stop().await;
    task.abort();
}
