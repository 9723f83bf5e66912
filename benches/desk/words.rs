//! Made-up tips in nine languages, and questions about them.

use loke::tip::{Channel, HowKnown, Lane, Priority, SCHEMA, Tip, TipId, Topic};

/// Sentences in nine languages. `{}` is a number that makes each text another one.
const TEXTS: [(&str, &str); 9] = [
    (
        "en",
        "Cars stop for two minutes behind block {} and somebody passes small bags through the window",
    ),
    (
        "pl",
        "Pod blokiem {} co wieczór stoi srebrny samochód i ktoś podaje małe paczki",
    ),
    (
        "lt",
        "Prie namo {} kiekvieną vakarą sustoja mašinos ir perduodami maišeliai",
    ),
    (
        "ro",
        "Lângă blocul {} opresc mașini în fiecare seară și cineva dă pachete mici",
    ),
    (
        "pt",
        "Atrás do prédio {} param carros todas as noites e alguém entrega saquinhos",
    ),
    (
        "ar",
        "خلف المبنى {} تتوقف سيارات كل ليلة ويسلم شخص أكياسا صغيرة",
    ),
    (
        "hu",
        "A {} számú ház mögött minden este autók állnak meg és valaki csomagokat ad át",
    ),
    (
        "es",
        "Detrás del bloque {} paran coches cada noche y alguien pasa bolsitas",
    ),
    ("zh", "{}号楼后面每天晚上都有车停下有人递小包"),
];

/// Questions: frequent words, rare ones, prefixes, phrases, numbers, nothing.
pub(crate) const QUESTIONS: &[&str] = &[
    "window",
    "samochod",
    "vakara",
    "seara",
    "carros",
    "سيارات",
    "autok",
    "coches",
    "晚上",
    "\"small bags\"",
    "pack",
    "4711",
    "99999",
    "block 77",
    "zebra",
    "小包",
    "bloc",
    "Larkman",
];

/// Tip number `n`.
pub(crate) fn tip(n: usize) -> Tip {
    let (language, text) = TEXTS[n % TEXTS.len()];
    Tip {
        schema: SCHEMA,
        id: TipId::random().unwrap(),
        channel: Channel::Web,
        language: language.into(),
        received: format!("2026-{:02}-{:02}", 1 + n % 10, 1 + n % 28),
        topic: Topic::Drugs,
        lane: Lane::Drugs,
        priority: if n.is_multiple_of(50) {
            Priority::Now
        } else {
            Priority::Routine
        },
        what: text.replace("{}", &n.to_string()),
        place: Some(format!("{} Larkman Lane", n % 40_000)),
        when: None,
        ongoing: None,
        danger: None,
        child: None,
        impact: None,
        vehicle: None,
        how_known: Some(HowKnown::Saw),
        signs: Vec::new(),
        offensive: None,
        campaign: None,
        proven: true,
        unproven: None,
        thread: None,
        photos: Vec::new(),
        reply_key: None,
        reply_box: None,
        follow_up: None,
    }
}
