//! A repeated webhook, at once, after a kill or after a storage failure, is one tip.

use super::FROM;
use crate::house::real::RealGateway;
use crate::sms::phones::{PROVIDERS, Phones, Text, table, webhook};
use crate::store::queue::new_database;
use crate::trouble::allow_connections;

#[tokio::test(flavor = "multi_thread")]
async fn p6_each_webhook_three_times_at_once_and_again_after_a_kill_is_one_tip() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = RealGateway::new(
        place.path(),
        place.path().join("gateway"),
        "sqlite:queue.db",
        "64,1,1,1,1",
        |config| {
            let listen = config["web"]["listen"].as_str().unwrap().parse().unwrap();
            config.remove("web");
            config.insert(
                "sms".into(),
                table(&place.path().join("secrets"), listen, &PROVIDERS, None).into(),
            );
        },
    );
    gateway.start().await;
    let now = loke::clock::Clock::System.now();
    let texts: Vec<_> = PROVIDERS
        .into_iter()
        .map(|provider| webhook(provider, &Text::new(FROM, &format!("by {provider}")), now))
        .collect();
    for _ in 0..2 {
        let mut sent = tokio::task::JoinSet::new();
        for text in texts
            .iter()
            .flat_map(|text| [text.clone(), text.clone(), text.clone()])
        {
            let address = gateway.browser.0;
            sent.spawn(async move { text.send(address).await.unwrap().status });
        }
        assert_eq!(sent.join_all().await, vec![200; 15]);
        gateway.kill().await;
        gateway.start().await;
    }
    let officer = gateway.officer().await;
    officer.pull().await;
    let mut told: Vec<String> = officer
        .tips()
        .await
        .iter()
        .map(|tip| tip.what.clone())
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "by gammu",
            "by kannel",
            "by notify",
            "by telnyx",
            "by twilio"
        ]
    );
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_with_the_storage_gone_it_is_a_5xx_and_the_retry_is_kept_once() {
    let Some(url) = new_database().await else {
        return;
    };
    let phones = Phones::on(&url, None, |_| {}).await;
    let texts: Vec<_> = PROVIDERS
        .into_iter()
        .map(|provider| (provider, Text::new(FROM, &format!("by {provider}"))))
        .collect();
    allow_connections(&url, false).await;
    for (provider, text) in &texts {
        let status = phones.text(provider, text).await.status;
        assert_eq!(status, 503, "{provider}");
    }
    allow_connections(&url, true).await;
    for (provider, text) in texts.iter().chain(&texts) {
        assert_eq!(phones.text(provider, text).await.status, 200, "{provider}");
    }
    phones.house.leaves(5);
    assert_eq!(phones.house.used().await, 5);
}
