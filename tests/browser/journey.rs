//! A report with two photos from the first page to the receipt, by touch, in every browser and
//! language, on a phone's screen.

use loke::tip::YesNo;
use loke::words::{Languages, Words};

use super::*;

/// Reports by touch in one language: the first page, its language, the form, the check page, the
/// receipt. Saves a screenshot of each page.
async fn report(phone: &Phone, address: &str, words: &Words, photos: &[PathBuf; 2]) -> String {
    let picture = async |page: &str| {
        let script = if phone.script { "script" } else { "noscript" };
        phone
            .picture(&screenshots().join(
                format!("{:?}-{script}-{}-{page}.png", phone.kind, words.code).to_lowercase(),
            ))
            .await;
    };
    phone.open(address).await;
    assert_eq!(phone.width().await, 360, "{:?}", phone.kind);
    if words.code != "en" {
        phone
            .touch(&format!("nav button[lang={}]", words.code))
            .await;
    }
    phone
        .wait(&format!(
            "html[lang={}][dir={}]",
            words.code,
            words.direction()
        ))
        .await;
    picture("form").await;
    phone.touch("input[name=topic][value=graffiti]").await;
    phone.fill("#what", words.say("signs-safe")).await;
    phone.fill("#where", words.say("where-hint")).await;
    phone.touch("input[name=danger][value=no]").await;
    phone.touch("fieldset ~ details > summary").await;
    phone.touch("input[name=signs]").await;
    phone.touch("form > details:last-of-type > summary").await;
    phone
        .fill(
            "#photos",
            &photos
                .each_ref()
                .map(|file| file.to_str().unwrap())
                .join("\n"),
        )
        .await;
    phone.touch(NEXT).await;
    phone.wait("form[action='/send']").await;
    assert_eq!(
        phone.all("input[name=drop]").await.len(),
        2,
        "two photos wait"
    );
    assert!(phone.holds(words.say("signs-safe")).await);
    picture("check").await;
    phone.touch(NEXT).await;
    let shown = phone.words("#receipt").await;
    picture("receipt").await;
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.len(), 28, "{shown}");
    digits
}

#[tokio::test(flavor = "multi_thread")]
async fn in_each_language_a_report_with_two_photos_gets_from_the_first_page_to_the_receipt() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(place.path(), None).await;
    let address = format!("http://{}/en", gateway.browser.0);
    let photos = two_photos(place.path());
    let all = Languages::read().unwrap();
    let mut receipts = std::collections::BTreeSet::new();
    for (kind, script) in browsers() {
        let phone = Phone::start(kind, script).await;
        for code in languages(script) {
            assert!(
                receipts.insert(report(&phone, &address, all.get(code).unwrap(), &photos).await),
                "each receipt is new"
            );
        }
    }
    let officer = gateway.officer().await;
    officer.pull().await;
    let tips = officer.tips().await;
    assert_eq!(tips.len(), receipts.len());
    for tip in tips {
        let words = all.get(&tip.language).unwrap();
        assert_eq!(
            (tip.what.as_str(), tip.place.as_deref()),
            (words.say("signs-safe"), Some(words.say("where-hint"))),
            "{}",
            tip.language
        );
        assert_eq!(
            (tip.photos.len(), tip.danger, tip.signs.len()),
            (2, Some(YesNo::No), 1)
        );
        assert!(
            tip.photos.iter().all(|photo| !photo.removed.is_empty()),
            "something was taken off each photo"
        );
    }
    gateway.stop().await;
}

/// Uses a page with a script that changes it to test "script off". Also tests that a closed browser
/// leaves no profile and no process.
#[tokio::test(flavor = "multi_thread")]
async fn script_is_off_where_a_test_says_so_and_nothing_of_a_browser_is_left() {
    for (kind, script) in browsers() {
        let phone = Phone::start(kind, script).await;
        phone.open("data:text/html,<p id=a>still</p><script>document.getElementById('a').textContent='moved'</script>").await;
        assert_eq!(
            phone.words("#a").await,
            if script { "moved" } else { "still" },
            "{kind:?}"
        );
        let profile = phone.profile().to_owned();
        drop(phone);
        assert!(!profile.exists(), "{kind:?}: the profile is still there");
        let ours = profile.to_str().unwrap().as_bytes();
        for process in std::fs::read_dir("/proc").unwrap() {
            let line = std::fs::read(process.unwrap().path().join("cmdline")).unwrap_or_default();
            assert!(
                !crate::house::contains(&line, ours),
                "{kind:?}: {}",
                String::from_utf8_lossy(&line)
            );
        }
    }
}
