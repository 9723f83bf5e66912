//! A new language is one new file in `locales` and no line elsewhere: for the pages, for responses
//! to texts and for print.

use askama::Template;
use axum::body::Body;
use axum::http::Request;
use loke::campaign::CampaignCode;
use loke::clock::{Clock, Day};
use loke::desk::print;
use loke::desk::print::sheets::{self, Job};
use loke::desk::print::words::Sentences;
use loke::gateway::listener::Listener;
use loke::gateway::listener::caller::Strip;
use loke::gateway::reading_days::Status;
use loke::gateway::settings::ClientAddress;
use loke::gateway::settings::Help;
use loke::gateway::sms::sort::Lists;
use loke::gateway::web::form::Typed;
use loke::gateway::web::pages::{Frame, ReportPage};
use loke::print::fonts::Fonts;
use loke::tip::Topic;
use loke::words::{CODES, Languages};

use super::{build, folder};

/// A folder with all languages and one more file.
fn with_one_more() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    for path in std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
    {
        std::fs::copy(&path, place.path().join(path.file_name().unwrap())).unwrap();
    }
    let english = std::fs::read_to_string(folder().join("en.ftl")).unwrap();
    let ukrainian = english
        .replace("language-name = English", "language-name = Українська")
        .replace("draft = no", "draft = yes")
        .replace("= eng", "= ukr");
    std::fs::write(place.path().join("uk.ftl"), ukrainian).unwrap();
    place
}

#[test]
fn a_further_language_is_one_new_file() {
    let place = with_one_more();
    let codes: Vec<&'static str> = build::codes(place.path())
        .unwrap()
        .into_iter()
        .map(|code| &*code.leak())
        .collect();
    assert_eq!(codes.len(), CODES.len() + 1);
    let files: Vec<(&str, String)> = codes
        .iter()
        .map(|code| {
            (
                *code,
                std::fs::read_to_string(place.path().join(format!("{code}.ftl"))).unwrap(),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(code, text)| (*code, text.as_str()))
        .collect();
    let languages = Languages::of(&files).unwrap();

    // The form exists in it, and every other form offers it.
    for words in languages.all() {
        let frame = Frame {
            t: words,
            languages: languages.all(),
            order: &["en", "pl"],
            controller: None,
            contact: None,
            help: &Help::default(),
            demo: false,
            answers: true,
            you_said: true,
            campaign: None,
            next_read: Day(20_780),
            status: Status::Read,
        };
        let form = ReportPage::form(frame, &Typed::default(), String::new())
            .render()
            .unwrap();
        assert!(form.contains(&format!("<html lang=\"{}\"", words.code)));
        assert_eq!(
            form.contains("<button formaction=/uk lang=uk>Українська</button>"),
            words.code != "uk",
            "{}",
            words.code
        );
    }
    assert!(languages.get("UK").unwrap().is_draft(), "`check` names it");

    // A browser that asks for it gets it.
    let asks = |codes: Vec<&'static str>| {
        let strip = Strip::new(Clock::by_hand(0), ClientAddress::Peer, codes.leak()).unwrap();
        let mut request = Request::builder()
            .header("accept-language", "uk-UA, en;q=0.5")
            .body(Body::empty())
            .unwrap();
        strip.apply(Listener::Web, None, &mut request).language
    };
    assert_eq!(
        (asks(codes), asks(CODES.to_vec())),
        ("uk", "en"),
        "with the file, and without: the control"
    );
    let built_in = Languages::read().unwrap();
    assert!(built_in.get("uk").is_none());

    // A text in it is recognized as such, and so gets its response in it.
    let text = "Щовечора за крамницею продають наркотики, а діти стоять поруч";
    let known_as = |languages: &Languages| {
        Lists::read(languages, None)
            .map_err(|e| e.to_string())
            .unwrap()
            .sort(text, None)
            .language
    };
    assert_eq!(
        (known_as(&languages), known_as(&built_in)),
        ("uk", "en"),
        "with the file, and without: the control"
    );

    // Sheets can be printed in it.
    let (fonts, site) = (
        Fonts::load().unwrap(),
        print::Site::read("https://tell.norwich.example").unwrap(),
    );
    let job = Job {
        code: CampaignCode::random().unwrap(),
        topic: Topic::Drugs,
        site: &site,
        texts: None,
        sender: &print::sender::Sender::default(),
        languages_read: &[],
    };
    let say = Sentences::of(&languages, "uk").unwrap();
    let sheet = sheets::sheet("poster-a4", &fonts, say, &job).unwrap();
    assert!(sheet.words().contains(&say.say("heading")));
    assert!(Sentences::of(&built_in, "uk").is_none());
}

#[test]
fn the_folder_is_the_only_list_of_languages() {
    assert_eq!(
        build::codes(&folder()).unwrap(),
        CODES,
        "what was built in is what the folder holds"
    );
    assert_eq!(CODES[0], "en", "the default");
    // The gateway's sources name no other language and no file.
    let root = folder().join("..");
    let mut sources = Vec::new();
    for place in ["src/gateway", "templates/resident"] {
        gather(&root.join(place), &mut sources);
    }
    assert!(sources.len() > 30);
    let names: Vec<String> = CODES
        .iter()
        .skip(1)
        .flat_map(|code| {
            [
                format!("\"{code}\""),
                format!("{code}.ftl"),
                format!("lang={code}"),
            ]
        })
        .collect();
    let naming = |text: &str| {
        names.iter().any(|name| {
            text.split("#[cfg(test)]")
                .next()
                .unwrap()
                .contains(name.as_str())
        })
    };
    for source in &sources {
        assert!(
            !naming(&std::fs::read_to_string(source).unwrap()),
            "{} names a language",
            source.display()
        );
    }
    assert!(
        naming("const CODES: [&str; 2] = [\"en\", \"pl\"];"),
        "the control"
    );
    // English must exist.
    let place = with_one_more();
    std::fs::remove_file(place.path().join("en.ftl")).unwrap();
    assert!(build::codes(place.path()).is_err());
}

fn gather(folder: &std::path::Path, into: &mut Vec<std::path::PathBuf>) {
    for path in std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        // Unit tests may name any language.
        if path.is_dir() {
            gather(&path, into)
        } else if !path.ends_with("tests.rs") {
            into.push(path)
        }
    }
}
