use loke_core::digest::sha256;
use loke_core::tip::{Channel, HowKnown, Lane, Priority, SCHEMA, Topic};

use super::*;
use loke_core::tip::TipId;

/// Words with everything that is looked for, in the languages of the form and in one without rules.
const WORDS: [(&str, &str); 14] = [
    (
        "en",
        "Cars stop behind block {} and somebody passes small bags. A grey van AB{} CDE, ring 07700 900{}",
    ),
    (
        "en",
        "He has a knife at Flat {}, 12 Mill Hill Road. Write to seller{}@example.org",
    ),
    (
        "en",
        "2 men in 3 bed house, 5 minutes from Park Lane, at The Close {}, St Benedict's St. {}/3",
    ),
    (
        "pl",
        "Pod blokiem {} ktoś ma nóż i grozi, Larkman Lane {} m. 4, tel. +48 600 700 {}",
    ),
    (
        "lt",
        "Prie namo {} butas 3 kiekvieną vakarą sustoja mašinos, peilis",
    ),
    ("ro", "Lângă blocul {} ap 7 opresc mașini, o să mă omoare"),
    (
        "pt",
        "Atrás do prédio {} apartamento 2 param carros, tem uma arma",
    ),
    ("ar", "خلف المبنى {} شقه 3 تتوقف سيارات كل ليلة ومعه سكين"),
    (
        "hu",
        "A {} számú ház mögött lakas 5 minden este autók állnak, kés van nála",
    ),
    (
        "es",
        "Detrás del bloque {} piso 4 paran coches cada noche, me va a matar",
    ),
    ("zh", "{}号楼后面3室每天晚上都有车停下有人递小包，他有刀"),
    (
        "fr",
        "Derrière le bâtiment {} des voitures s'arrêtent chaque soir et quelqu'un donne des sachets",
    ),
    (
        "en",
        "🏚 №{} 𝟏𝟐 Ｍｉｌｌ Ｒｏａｄ, ﬁrst ﬂoor, NR3 1AB, A123 BCD",
    ),
    ("en", "{}"),
];

fn tip(n: usize) -> Tip {
    let (language, words) = WORDS[n % WORDS.len()];
    let some = |every: usize, text: &str| {
        (n.is_multiple_of(every)).then(|| text.replace("{}", &n.to_string()))
    };
    Tip {
        schema: SCHEMA,
        id: TipId([0; 16]),
        channel: Channel::Web,
        language: language.into(),
        received: "2026-11-20".into(),
        topic: Topic::Drugs,
        lane: Lane::Drugs,
        priority: Priority::Routine,
        what: words.replace("{}", &n.to_string()),
        place: some(2, "Flat {}, 7 Larkman Lane"),
        when: some(3, "after 22:{} on 01-12-2026"),
        ongoing: None,
        danger: None,
        child: None,
        impact: some(5, "I cannot sleep, number {} Kestrel House"),
        vehicle: some(7, "silver Golf, ab{} cde or A{} BCD"),
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

/// The rows are stored: a change of them needs a migration, and this digest changes with it.
#[test]
fn what_is_stored_beside_a_tip_is_the_same_in_every_version() {
    let threats = Threats::built_in();
    let (mut all, mut found) = (Vec::new(), [0; 4]);
    for n in 0..1_000 {
        let Prepared {
            threat,
            values,
            folded,
            keys,
        } = Prepared::of(&tip(n), &threats);
        found[0] += usize::from(threat.as_ref().is_some_and(|word| !word.is_empty()));
        found[1] += usize::from(threat.as_ref().is_some_and(String::is_empty));
        found[2] += values.len();
        found[3] += usize::from(keys.is_some());
        let row = format!("{threat:?} {values:?} {} {keys:?}\n", folded.as_str());
        all.extend(row.into_bytes());
    }
    assert!(found.iter().all(|count| *count > 50), "{found:?}");
    let digest = hex::encode(sha256(&all));
    assert_eq!(
        digest, "dfc2737f7900fc4a5963955335982175e0396554ef94f14e9eb7d24da666ec2a",
        "{found:?}"
    );
}
