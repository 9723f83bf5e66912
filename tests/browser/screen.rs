//! R7, R8, R4: what a phone of 360 by 740 shows before anybody scrolls, how many taps a report
//! takes, and that the words survive a change of language, a look at the device's advice, and
//! nothing else without a warning.

use loke::words::Languages;

use super::*;

/// Height of the screen.
const HEIGHT: f64 = 740.0;
const SEEN: [&str; 3] = ["en", "pl", "ar"];
/// A report of the usual length.
const WHAT: &str = "Two men with a key moved into the ground floor flat. People come and go all night, and the man who lives there is not seen any more.";

async fn is_in_sight(phone: &Phone, css: &str) -> bool {
    let (top, bottom) = phone.place(&phone.wait(css).await).await;
    (0.0..HEIGHT).contains(&top) && bottom <= HEIGHT
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_question_and_on_a_clean_check_page_send_are_in_the_first_screen() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(place.path(), None).await;
    for (kind, script) in browsers().into_iter().filter(|(_, script)| *script) {
        let phone = Phone::start(kind, script).await;
        for code in SEEN {
            phone
                .open(&format!("http://{}/{code}", gateway.browser.0))
                .await;
            let last = "input[name=topic][value=other]";
            assert!(
                is_in_sight(&phone, last).await,
                "{kind:?} {code}: the first question"
            );
            assert!(
                !is_in_sight(&phone, NEXT).await,
                "{kind:?} {code}: the end of the form is not: the control"
            );
            let picture = |page: &str| screenshots().join(format!("screen-{code}-{page}.png"));
            phone.picture(&picture("form")).await;
            phone.touch("input[name=topic][value=cuckooing]").await;
            phone.fill("#what", WHAT).await;
            phone.fill("#where", "Ashby Court").await;
            phone.touch("input[name=danger][value=no]").await;
            phone.touch("input[name=child][value=no]").await;
            phone.touch(NEXT).await;
            phone.wait("form[action='/send']").await;
            phone.picture(&picture("check")).await;
            assert!(is_in_sight(&phone, NEXT).await, "{kind:?} {code}: Send");
            assert!(!is_in_sight(&phone, "#what").await, "the fields are folded");
            phone.touch(NEXT).await;
            phone.wait("#receipt").await;
            phone.picture(&picture("receipt")).await;
        }
    }
    gateway.stop().await;
}

/// Least: topic, words, check, send. Usual: also where, danger, child.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_takes_four_taps_at_least_and_seven_as_a_rule() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(place.path(), None).await;
    let usual = [
        "input[name=topic][value=drugs]",
        "#what",
        "#where",
        "input[name=danger][value=no]",
        "input[name=child][value=no]",
        NEXT,
        NEXT,
    ];
    let least = [usual[0], usual[1], NEXT, NEXT];
    for (kind, script) in browsers().into_iter().filter(|(_, script)| *script) {
        let phone = Phone::start(kind, script).await;
        for taps in [&least[..], &usual[..]] {
            phone
                .open(&format!("http://{}/en", gateway.browser.0))
                .await;
            for tap in taps {
                if tap.starts_with('#') {
                    phone.fill(tap, "they deal here").await;
                } else {
                    phone.touch(tap).await;
                }
                if *tap == NEXT && phone.all("#receipt").await.is_empty() {
                    phone.wait("form[action='/send'], #receipt").await;
                }
            }
            phone.wait("#receipt").await;
        }
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_survive_another_language_and_the_advice_and_back_says_that_it_clears_them() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(place.path(), None).await;
    let all = Languages::read().unwrap();
    let web = format!("http://{}/en", gateway.browser.0);
    for (kind, script) in browsers() {
        let phone = Phone::start(kind, script).await;
        phone.open(&web).await;
        // The advice unfolds in the page.
        phone.touch("form > details > summary").await;
        assert!(
            phone
                .words("form > details")
                .await
                .contains(all.pick("en").say("lede-other"))
        );
        phone.touch("input[name=topic][value=drugs]").await;
        phone.fill("#what", "behind the heron pub").await;
        phone.touch("input[name=danger][value=unsure]").await;
        for code in ["ar", "pl", "en"] {
            phone.touch(&format!("nav button[lang={code}]")).await;
            phone.wait(&format!("html[lang={code}]")).await;
            let what = phone.wait("#what").await;
            assert_eq!(
                phone.property(&what, "value").await.as_str(),
                Some("behind the heron pub"),
                "{kind:?} {code}"
            );
            for chosen in [
                "input[value=drugs]:checked",
                "input[name=danger][value=unsure]:checked",
            ] {
                assert_eq!(phone.all(chosen).await.len(), 1, "{kind:?} {code} {chosen}");
            }
        }
        // Enter in a field checks; it does not send, and does not change the language.
        phone.fill("#where", "by the bridge").await;
        phone.press(&phone::ENTER.to_string()).await;
        phone.wait("form[action='/send']").await;
        assert_eq!(phone.all("html[lang=en]").await.len(), 1);
        let says = all.pick("en").say("check-back");
        assert!(phone.words("form").await.contains(says), "{kind:?}: {says}");
        // Changed words go along.
        phone.touch("form > details:last-of-type > summary").await;
        phone.fill("#vehicle", "a grey van").await;
        phone.press(&phone::ENTER.to_string()).await;
        phone.wait("dl dd").await;
        assert!(phone.words("dl").await.contains("a grey van"), "{kind:?}");
        phone.touch(NEXT).await;
        phone.wait("#receipt").await;
    }
    let officer = gateway.officer().await;
    officer.pull().await;
    for tip in officer.tips().await {
        assert_eq!(
            (
                tip.what.as_str(),
                tip.place.as_deref(),
                tip.vehicle.as_deref()
            ),
            (
                "behind the heron pub",
                Some("by the bridge"),
                Some("a grey van")
            )
        );
    }
    gateway.stop().await;
}

/// The signs of the other topics are hidden by style alone: the page is the same for every topic,
/// so its length on the line tells nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_form_shows_the_signs_of_the_chosen_topic_and_whatever_is_ticked() {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(place.path(), None).await;
    let shown = async |phone: &Phone| -> Vec<&'static str> {
        let mut shown = Vec::new();
        for topic in ["graffiti", "cuckooing", "drugs"] {
            let list = phone.wait(&format!("fieldset.{topic}")).await;
            let (top, bottom) = phone.place(&list).await;
            if bottom > top {
                shown.push(topic);
            }
        }
        shown
    };
    for (kind, script) in browsers().into_iter().filter(|(_, script)| *script) {
        let phone = Phone::start(kind, script).await;
        phone
            .open(&format!("http://{}/en", gateway.browser.0))
            .await;
        phone.touch("details:has(fieldset.drugs) summary").await;
        assert_eq!(shown(&phone).await, ["graffiti", "cuckooing", "drugs"]);
        phone.touch("[name=topic][value=drugs]").await;
        assert_eq!(shown(&phone).await, ["drugs"]);
        phone.touch("fieldset.drugs input").await;
        phone.touch("[name=topic][value=graffiti]").await;
        assert_eq!(
            shown(&phone).await,
            ["graffiti", "drugs"],
            "{kind:?}: nothing that is ticked is hidden"
        );
        phone.touch("fieldset.drugs input:checked").await;
        assert_eq!(shown(&phone).await, ["graffiti"]);
        phone.touch("[name=topic][value=other]").await;
        assert_eq!(shown(&phone).await, ["graffiti", "cuckooing", "drugs"]);
    }
    gateway.stop().await;
}
