//! `cargo demo` as the README starts it, and its phone: the gateway accepts its request for each
//! provider, and rejects an altered one.

#[path = "../examples/demo/providers.rs"]
mod providers;

use std::net::SocketAddr;

use loke::clock::Clock;
use loke::gateway::serve;
use loke::gateway::settings::GatewaySettings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::house::{House, browser, programs};
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

/// Starts the demonstration with these words, waits for its last line, counts the tips at its desk
/// and stops it.
fn tips_of_the_demo(words: &[&str]) -> usize {
    use std::io::BufRead;
    use std::process::{Command, Stdio};
    let place = tempfile::tempdir().unwrap();
    let free = || {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        socket.local_addr().unwrap().to_string()
    };
    let dir = place.path().join("demo");
    let mut demo = Command::new(programs::demo());
    demo.args(words).args(["--dir", dir.to_str().unwrap()]);
    for name in [
        "--web",
        "--pickup",
        "--sms",
        "--phone",
        "--desk",
        "--partners",
    ] {
        demo.args([name, &free()]);
    }
    let mut demo = demo.stdout(Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut begins = vec![
        "resident page: http",
        "staff desk: http",
        "phone: http",
        "partner page: http",
    ];
    for line in lines.map_while(Result::ok) {
        begins.retain(|begin| !line.starts_with(begin));
        if begins.is_empty() {
            break;
        }
    }
    assert_eq!(begins, Vec::<&str>::new(), "lines that it prints");
    let at = |name: &str| dir.join("desk").join(name).to_str().unwrap().to_owned();
    let list = Command::new(programs::desk())
        .args(["list", "--json", "--config", &at("desk.toml")])
        .args(["--passphrase-file", &at("passphrase")])
        .output()
        .unwrap();
    let stopped = Command::new("kill")
        .args(["-INT", &demo.id().to_string()])
        .status()
        .unwrap();
    assert!(stopped.success() && demo.wait().unwrap().success());
    let list: Vec<serde_json::Value> = serde_json::from_slice(&list.stdout).unwrap();
    list.len()
}

#[test]
fn the_demo_opens_filled_with_and_without_a_second_dash_and_empty_if_asked() {
    assert_eq!(tips_of_the_demo(&[]), 40);
    assert_eq!(tips_of_the_demo(&["--", "--empty"]), 0);
}
