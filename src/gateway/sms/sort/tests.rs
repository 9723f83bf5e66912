//! How texts in nine languages are sorted.

use super::*;
use loke_core::answers::{lane, priority};
use loke_core::tip::{Lane, Priority};
use loke_core::words::Languages;

fn languages() -> Languages {
    Languages::read().unwrap_or_else(|e| panic!("{e}"))
}

fn lists() -> Lists {
    Lists::read(&languages(), None).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn texts_of_every_language_find_their_lane_and_their_language() {
    let lists = lists();
    for (text, language, to) in [
        (
            "They deal drugs behind the shops every evening after nine",
            "en",
            Lane::Drugs,
        ),
        (
            "Someone has taken over the old man's home and he has not been seen",
            "en",
            Lane::Cuckooing,
        ),
        (
            "New tags on the wall by the playground",
            "en",
            Lane::Graffiti,
        ),
        (
            "The bins are overflowing again and the light is broken",
            "en",
            Lane::Other,
        ),
        (
            "Handlują narkotykami za sklepem każdego wieczoru",
            "pl",
            Lane::Drugs,
        ),
        (
            "Obcy ludzie w mieszkaniu starszej pani, zajęli mieszkanie",
            "pl",
            Lane::Cuckooing,
        ),
        (
            "Už parduotuvės kiekvieną vakarą prekiauja narkotikais",
            "lt",
            Lane::Drugs,
        ),
        (
            "Vând droguri în spatele magazinului în fiecare seară",
            "ro",
            Lane::Drugs,
        ),
        (
            "Vendem droga atrás da loja todas as noites",
            "pt",
            Lane::Drugs,
        ),
        ("يبيعون المخدرات خلف المتجر كل مساء", "ar", Lane::Drugs),
        (
            "غرباء في بيت الرجل العجوز وقد استولوا على شقته",
            "ar",
            Lane::Cuckooing,
        ),
        (
            "Minden este drogot árulnak a bolt mögött",
            "hu",
            Lane::Drugs,
        ),
        (
            "Venden droga detrás de la tienda todas las noches",
            "es",
            Lane::Drugs,
        ),
        ("每天晚上有人在商店后面贩毒", "zh", Lane::Drugs),
        ("墙上有新的涂鸦", "zh", Lane::Graffiti),
    ] {
        let sorted = lists.sort(text, None);
        assert_eq!(
            (sorted.language, lane(&sorted.answers)),
            (language, to),
            "{text}"
        );
    }
}

#[test]
fn danger_and_children_go_first_and_other_words_do_not() {
    let lists = lists();
    let of = |text: &str| lists.sort(text, None).answers;
    assert_eq!(priority(&of("he has a KNIFE")), Priority::Now);
    assert_eq!(
        lane(&of("kids are carrying the bags for the dealers")),
        Lane::Safeguarding
    );
    // Inside a longer word there is no match: a kidney, a penknife shop, the begun wall.
    assert_eq!(
        of("kidney shotgunned begunt").danger.or(of("kidney").child),
        None
    );
    assert_eq!(of("nazi signs sprayed on the church").offensive, Some(true));
    assert_eq!(lane(&of("")), Lane::Other);
}

#[test]
fn a_text_that_is_only_stop_is_one_and_a_sentence_with_the_word_is_not() {
    let lists = lists();
    for text in ["STOP", " stop. ", "Stop!", "توقف", "停止", "koniec"] {
        assert!(lists.sort(text, None).is_stop, "{text}");
    }
    for text in [
        "please stop them",
        "cars stop here",
        "stop stop",
        "",
        "help",
    ] {
        assert!(!lists.sort(text, None).is_stop, "{text}");
    }
}

#[test]
fn keyword_and_campaign_code_are_taken_off_the_front_and_nothing_else_is() {
    let lists = lists();
    let code = CampaignCode::random().unwrap().to_string();
    let told = |text: &str| {
        let sorted = lists.sort(text, Some("loke"));
        (sorted.campaign, text[sorted.prefix..].to_owned())
    };
    let some = Some(code.clone());
    assert_eq!(
        told(&format!("Loke {} they deal here", code.to_lowercase())),
        (some.clone(), "they deal here".to_owned())
    );
    assert_eq!(
        told(&format!("{code}: they deal here")),
        (some.clone(), "they deal here".to_owned())
    );
    assert_eq!(
        told(&format!("{code} LOKE they deal")),
        (some.clone(), "they deal".to_owned())
    );
    assert_eq!(told(&code), (some, String::new()));
    for text in [
        "they deal here",
        "AB12 CDE a car",
        "loketown",
        "",
        "Lokesh sells",
        "NR2 3BD",
    ] {
        assert_eq!(told(text), (None, text.to_owned()));
    }
    assert_eq!(lists.sort("loke they deal", None).prefix, 0);
}

#[test]
fn a_councils_own_list_is_used_and_a_broken_one_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let own = include_str!("../../../../locales/texts/en.toml")
        .replace("\"vandal*\"", "\"vandal*\", \"wobble\"");
    std::fs::write(folder.path().join("en.toml"), &own).unwrap();
    let lists = Lists::read(&languages(), Some(folder.path())).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(lane(&lists.sort("a wobble", None).answers), Lane::Graffiti);
    assert_eq!(
        lane(&self::lists().sort("a wobble", None).answers),
        Lane::Other
    );
    std::fs::write(
        folder.path().join("en.toml"),
        own.replace("graffiti = ", "grafiti = "),
    )
    .unwrap();
    let error = Lists::read(&languages(), Some(folder.path()))
        .err()
        .map(|e| e.to_string())
        .unwrap_or_default();
    assert!(
        error.contains("en.toml, line") && error.contains("grafiti"),
        "{error}"
    );
}

#[test]
fn no_answer_to_a_phone_says_what_it_is_about() {
    let lists = lists();
    for words in languages().all() {
        let (code, answer, before_code) =
            (words.code, words.say("sms-answer"), words.say("sms-code"));
        let sorted = lists.sort(answer, None).answers;
        assert!(!answer.is_empty() && !before_code.is_empty(), "{code}");
        assert_eq!(
            (lane(&sorted), priority(&sorted)),
            (Lane::Other, Priority::Routine),
            "{code}: {answer}"
        );
    }
}

#[test]
fn every_language_of_the_page_has_its_words_for_texts() {
    assert_eq!(
        TEXTS.iter().map(|(code, _)| *code).collect::<Vec<_>>(),
        loke_core::words::CODES
    );
}

#[test]
fn an_apostrophe_may_be_of_any_kind_or_missing() {
    let lists = lists();
    for apostrophe in ["'", "’", "‘", "ʼ", "`", "´", "′", "＇", ""] {
        let sorted = lists.sort(
            &format!(
                "The old man hasn{apostrophe}t been seen and they won{apostrophe}t let him out"
            ),
            None,
        );
        assert_eq!(lane(&sorted.answers), Lane::Cuckooing, "{apostrophe}");
    }
    // The control: no other character counts as an apostrophe.
    assert_eq!(
        lane(
            &lists
                .sort(
                    "The old man hasn,t been seen and they won,t let him out",
                    None
                )
                .answers
        ),
        Lane::Other
    );
    // A council's own list may have any apostrophe too.
    assert_eq!(read_word("won’t let*").0, "wont let");
    // A word may end at an apostrophe, and only there: "shed" is not "she'd".
    let of = |text: &str| lists.sort(text, None).answers;
    assert_eq!(
        ["a child’s bike", "a 'child' here", "a childish tag"].map(|text| of(text).child),
        [Some(YesNo::Yes), Some(YesNo::Yes), None]
    );
}

/// R20: people who text leave apostrophes out, and type them in many ways.
#[test]
fn texts_without_apostrophes_are_not_routine() {
    let lists = lists();
    for text in [
        "old bill at flat 7 aint been seen for a week",
        "hasnt been seen since monday and theres lads in and out",
        "they wont let him out his own flat",
        "she isnt allowed out, they took over",
        "havent seen him for days, blokes there all night",
        "he doesnt come out no more",
        "he cant get them to leave",
        "she doesnt dare go home",
        "nobodys seen her since they moved in on her",
        "they wont leave his place",
        "couldnt get him to the door, they answer it now",
        "hes scared to go home",
        "shes scared in her own flat",
        "weve not seen him, strangers in his place",
    ] {
        for (from, to) in [("", ""), ("nt ", "n't "), ("nt ", "n’t "), ("nt ", "nʼt ")] {
            let text = text.replace(from, to);
            let answers = lists.sort(&text, None).answers;
            assert_ne!(priority(&answers), Priority::Routine, "{text}");
            assert_eq!(answers.topic, Topic::Cuckooing, "{text}");
        }
    }
    for text in [
        "theyre dealing by the shops",
        "its a dealers house",
        "theres loads of weed bein sold",
    ] {
        assert_eq!(lane(&lists.sort(text, None).answers), Lane::Drugs, "{text}");
    }
    for text in [
        "hes got a knife",
        "hell kill her",
        "theyve got guns",
        "im in danger",
        "he's been stabbed",
    ] {
        assert_eq!(
            priority(&lists.sort(text, None).answers),
            Priority::Now,
            "{text}"
        );
    }
    // The control: the bins are routine, with and without apostrophes.
    for text in [
        "the bins havent been emptied",
        "the bins haven’t been emptied",
        "its the council isnt it",
    ] {
        let answers = lists.sort(text, None).answers;
        assert_eq!(
            (lane(&answers), priority(&answers)),
            (Lane::Other, Priority::Routine),
            "{text}"
        );
    }
}

/// People also leave accents out.
#[test]
fn texts_without_accents_are_understood() {
    let lists = lists();
    for (text, plain) in [
        ("Mają nóż i biją go", "Maja noz i bija go"),
        ("Chcą go zabić", "Chca go zabic"),
        ("Jis šaudo pro langą", "Jis saudo pro langa"),
        ("Padėkite, ji sumušta", "Padekite, ji sumusta"),
        ("Segítség, késsel fenyegeti", "Segitseg, kessel fenyegeti"),
        ("Vérzik és eszméletlen", "Verzik es eszmeletlen"),
        ("Îl bat în fiecare seară", "Il bat in fiecare seara"),
        ("Ayúdenme, sobredosis", "Ayudenme, sobredosis"),
    ] {
        for text in [text, plain] {
            assert_eq!(
                priority(&lists.sort(text, None).answers),
                Priority::Now,
                "{text}"
            );
        }
    }
    for (text, to) in [
        ("w parku sprzedaja ziolo", Lane::Drugs),
        ("zajeli dom sasiadki", Lane::Cuckooing),
        ("uzeme buta, jo nematyti", Lane::Cuckooing),
        ("elfoglaltak a lakast", Lane::Cuckooing),
        ("o velho nao e visto ha dias", Lane::Cuckooing),
    ] {
        assert_eq!(lane(&lists.sort(text, None).answers), to, "{text}");
    }
    // The control: a short word without its accents may be a name or a word of another language.
    for text in [
        "Musa and Nina",
        "he loves the ura shop",
        "tipa aceea",
        "a bron tag",
    ] {
        let answers = lists.sort(text, None).answers;
        assert_eq!((answers.danger, answers.child), (None, None), "{text}");
    }
}

/// A council's list may be written with any apostrophe, or with none.
#[test]
fn no_built_in_word_needs_an_apostrophe_or_a_long_accent() {
    let lists = lists();
    for (code, text) in TEXTS {
        let list: List = toml::from_str(text).unwrap_or_else(|e| panic!("{code}: {e}"));
        for word in [&list.danger, &list.child, &list.cuckooing, &list.drugs]
            .into_iter()
            .flatten()
        {
            let (bare, edges) = read_word(word);
            assert!(
                !bare.is_empty() && !bare.chars().any(is_apostrophe),
                "{code}: {word}"
            );
            let typed = without_accents(&bare);
            if typed.chars().count() >= LEAST_PLAIN && !edges.starts {
                assert_ne!(
                    lists.sort(&typed, None).answers,
                    lists.sort("qqqq", None).answers,
                    "{code}: {typed}"
                );
            }
        }
    }
}
