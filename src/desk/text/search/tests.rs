use std::collections::BTreeSet;

use proptest::prelude::*;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::super::folded;
use super::*;

/// A full-text index as in a book, over these texts.
async fn index(texts: &[&str]) -> SqliteConnection {
    let options = SqliteConnectOptions::new().in_memory(true);
    let mut database = options.connect().await.unwrap();
    sqlx::raw_sql(
        "create table texts (id integer primary key, words text);
         create virtual table search using fts5(words, content='texts', content_rowid='id',
             tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'\");
         create trigger texts_in after insert on texts begin
             insert into search(rowid, words) values (new.id, new.words); end;",
    )
    .execute(&mut database)
    .await
    .unwrap();
    for text in texts {
        sqlx::query("insert into texts (words) values (?)")
            .bind(folded(text))
            .execute(&mut database)
            .await
            .unwrap();
    }
    database
}

/// The numbers of the texts that match, or an error of the database.
async fn hits(database: &mut SqliteConnection, words: &str) -> Result<Vec<i64>, sqlx::Error> {
    let mut found = Vec::new();
    let begun = begun_in(database, words).await?;
    for begun in [Begun::new(), begun] {
        let Some(expression) = query(words, &begun) else {
            return Ok(Vec::new());
        };
        let select = "select rowid from search where search match ? order by rowid";
        let rows = sqlx::query_scalar(select).bind(expression);
        found.push(rows.fetch_all(&mut *database).await?);
    }
    assert_eq!(
        found.first(),
        found.last(),
        "{words}: by beginnings and by whole words"
    );
    Ok(found.pop().unwrap_or_default())
}

/// The words of the texts that begin as a query says.
async fn begun_in(database: &mut SqliteConnection, words: &str) -> Result<Begun, sqlx::Error> {
    let texts: Vec<String> = sqlx::query_scalar("select words from texts")
        .fetch_all(database)
        .await?;
    let all: BTreeSet<&str> = texts.iter().flat_map(|text| text.split(' ')).collect();
    let begun = beginnings(words).into_iter().map(|beginning| {
        let words = all.iter().filter(|word| word.starts_with(&beginning));
        let words = words.map(|word| (*word).to_owned()).collect();
        (beginning, words)
    });
    Ok(begun.collect())
}

/// A tip in each language: nine of the form, then Bengali, Russian and Bulgarian.
const TIPS: [&str; 12] = [
    "He's got a knife, they deal from the basement of 12 Mill Road",
    "Wczoraj przyszło trzech mężczyzn z Łodzi i sprzedają narkotyki na klatce",
    "Kaimyno bute prekiaujama narkotikais, žmonės ateina naktį",
    "Niște străini au intrat în locuința vecinului și țipă toată noaptea",
    "Não há ninguém em casa, mas os traficantes têm a chave da porta",
    "يبيعون المخدّرات في الشَّقَّة فوق المكتبة، ورأيتُ سكينًا كبيرة",
    "Az őrült szomszéd kábítószert árul a lépcsőházban",
    "El niño está solo y unos hombres venden droga en el sótano",
    "三个陌生人占了他的家，在楼下卖毒品，他有刀",
    "তারা বাড়িতে মাদক বিক্রি করে, নম্বর ১২",
    "Они продают наркотики в подъезде, ёлка у входа",
    "Продават наркотици във входа, чужди хора",
];

#[tokio::test]
async fn every_language_finds_words_prefixes_and_phrases_however_they_are_typed() {
    let mut database = index(&TIPS).await;
    for (words, found) in [
        ("KNIFE mill", &[1][..]),
        ("\"mill road\"", &[1]),
        ("\"road mill\"", &[]),
        ("base", &[1]),
        ("base road", &[]),
        ("base* road", &[1]),
        ("he's", &[1]),
        ("lodzi", &[2]),
        ("ŁODZI mezczyzn", &[2]),
        ("nakti zmones", &[3]),
        ("tipa noapte", &[4]),
        ("ninguem nao", &[5]),
        ("traficante", &[5]),
        ("الشقه المخدرات", &[6]),
        ("سكين", &[6]),
        ("المكتبة", &[6]),
        ("orult lepcsohaz", &[7]),
        ("nino sotano", &[8]),
        ("毒品", &[9]),
        ("陌生人", &[9]),
        ("卖毒品 他的家", &[9]),
        // The last character of a run, and one in the middle of another.
        ("刀", &[9]),
        ("毒", &[9]),
        ("生陌", &[]),
        ("\"卖毒品，他有\"", &[9]),
        ("মাদক", &[10]),
        ("বা\u{9a1}\u{9bc}ি", &[10]),
        ("12", &[1, 10]),
        ("елка", &[11]),
        ("наркоти", &[11, 12]),
        ("Продават входа", &[12]),
        ("nothing", &[]),
    ] {
        let there = hits(&mut database, words).await.unwrap();
        assert_eq!(there, found, "{words}");
    }
    database.close().await.unwrap();
}

#[test]
fn a_query_consists_of_quoted_words_and_the_last_one_is_a_beginning() {
    for (words, expression) in [
        ("", None),
        (" \t\n", None),
        ("\"\" * - … 🔪 \u{301}", None),
        ("knife", Some("\"knife\"*")),
        ("Mill Rd", Some("\"mill\" AND \"rd\"*")),
        ("knife* Rd", Some("\"knife\"* AND \"rd\"*")),
        ("\"Mill Rd\"", Some("\"mill rd\"")),
        ("\"Mill Rd\" kn", Some("\"mill rd\" AND \"kn\"*")),
        ("kn \"Mill Rd\"", Some("\"kn\" AND \"mill rd\"")),
        ("„Mill Rd” «a b»", Some("\"mill rd\" AND \"a b\"")),
        ("\"open phrase", Some("\"open phrase\"")),
        (
            "a AND b OR NOT c",
            Some("\"a\" AND \"and\" AND \"b\" AND \"or\" AND \"not\" AND \"c\"*"),
        ),
        ("O'Brien", Some("\"o brien\"*")),
        (
            "col:a NEAR(b) ^c",
            Some("\"col a\" AND \"near b\" AND \"c\"*"),
        ),
        ("卖毒品", Some("\"卖毒 毒品\"")),
        ("刀", Some("\"刀\"*")),
        ("A座", Some("\"a 座\"*")),
        ("在店abc 在店", Some("\"在店 店 abc\" AND \"在店\"")),
        ("刀 knife …", Some("\"刀\"* AND \"knife\"*")),
    ] {
        assert_eq!(
            query(words, &Begun::new()).as_deref(),
            expression,
            "{words}"
        );
    }
    let long = "a ".repeat(10_000);
    assert_eq!(
        query(&long, &Begun::new()).unwrap().matches('a').count(),
        TERMS
    );
    let long = format!("\"{long}\"");
    assert_eq!(
        query(&long, &Begun::new()).unwrap().matches('a').count(),
        TOKENS
    );
}

#[test]
fn a_beginning_is_a_choice_of_the_words_that_begin_so() {
    let known = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let begun = Begun::from([
        ("kn".to_owned(), known(&["knife", "knives"])),
        ("zz".to_owned(), Vec::new()),
    ]);
    for (words, expression) in [
        ("kn", "(\"knife\" OR \"knives\")"),
        ("mill kn", "\"mill\" AND (\"knife\" OR \"knives\")"),
        ("o'kn", "(\"o knife\" OR \"o knives\")"),
        ("zz", "\"zz\"*"),
        ("kn mill", "\"kn\" AND \"mill\"*"),
    ] {
        assert_eq!(query(words, &begun).as_deref(), Some(expression), "{words}");
    }
    assert_eq!(beginnings("a* b* a c* d* e"), ["a", "b", "c", "d"]);
    assert_eq!(beginnings("\"a b\""), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_query_is_a_syntax_error(
        words in proptest::collection::vec(
            prop_oneof![".{0,20}", "[\"*()^:+{}' -]{1,6}", "(AND|OR|NOT|NEAR)", "[\u{4e00}-\u{4e10}\u{600}-\u{6ff}a0]{1,5}"],
            0..40,
        )
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut database = index(&TIPS).await;
            for chunk in words.chunks(8) {
                let words = chunk.join(" ");
                hits(&mut database, &words).await.map_err(|e| format!("{words:?}: {e}")).unwrap();
            }
            let control = sqlx::query("select 1 from search where search match ?").bind("\"a").fetch_all(&mut database);
            assert!(control.await.is_err(), "control: an open quote is a syntax error");
        });
    }

    #[test]
    fn a_word_of_a_text_finds_it(text in "[\\PC ]{1,60}", from in 0..8_usize) {
        let text: String = text.chars().filter(|c| !is_quote(*c)).collect();
        let Some(word) = text.split(is_space).filter(|word| query(word, &Begun::new()).is_some()).nth(from) else {
            return Ok(());
        };
        let pieces = snippet(&text, word, 60);
        prop_assert!(pieces.iter().any(|(_, is_match)| *is_match), "{:?}: {:?}", word, pieces);
    }

    #[test]
    fn a_snippet_has_at_most_200_characters_of_the_original(
        text in "(\\PC{0,4} ){0,120}", words in "\\PC{0,12}", around in 0..300_usize
    ) {
        let pieces = snippet(&text, &words, around);
        let shown: String = pieces.iter().map(|(piece, _)| piece.as_str()).collect();
        prop_assert!(shown.chars().count() <= SNIPPET + 4, "{}", shown.chars().count());
    }
}

/// A snippet with its matches in brackets.
fn marked(text: &str, words: &str, around: usize) -> String {
    let pieces = snippet(text, words, around);
    let marked = pieces.into_iter().map(|(piece, is_match)| match is_match {
        true => format!("[{piece}]"),
        false => piece,
    });
    marked.collect()
}

#[test]
fn a_snippet_shows_the_original_words_around_a_match() {
    let cases = [
        (TIPS[0], "KNIFE", 15, "He's got a [knife], they deal …"),
        (TIPS[0], "mill ro", 12, "… of 12 [Mill] [Road]"),
        (TIPS[0], "\"mill road\"", 12, "… of 12 [Mill Road]"),
        (TIPS[0], "nothing", 12, "He's got a knife, they …"),
        (TIPS[0], "nothing", 90, TIPS[0]),
        (TIPS[1], "lodzi", 12, "… mężczyzn z [Łodzi] i …"),
        (TIPS[5], "شقة", 90, TIPS[5]),
        (TIPS[5], "الشقه", 12, "… في [الشَّقَّة] فوق …"),
        (TIPS[8], "毒品", 4, "… 在楼下卖[毒品]，他有刀"),
        (TIPS[8], "刀", 4, "… 品，他有[刀]"),
        (TIPS[8], "毒", 2, "… 下卖[毒]品， …"),
        (TIPS[9], "বিক্রি", 10, "… মাদক [বিক্রি] করে, …"),
        (
            "line one\r\n\r\nline\ttwo",
            "line",
            60,
            "[line] one [line] two",
        ),
        ("\u{202e}evil\u{202c} text\u{0}", "text", 60, "evil [text]"),
        ("a \u{2067}b", "", 60, "a b"),
        ("", "word", 60, ""),
    ];
    let mut wrong = Vec::new();
    for (text, words, around, shown) in cases {
        let found = marked(text, words, around);
        if found != shown {
            wrong.push(format!("{words}: {found:?}, not {shown:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The place with both words, not the first word.
    let far = format!(
        "knife {} a knife on the stairs {}",
        "so ".repeat(200),
        "on ".repeat(200)
    );
    assert!(marked(&far, "stairs knife", 20).contains("[knife] on the [stairs]"));
}

#[test]
fn hostile_texts_are_cut_in_linear_time() {
    let emoji = "🔪".repeat(30_000);
    assert_eq!(snippet(&emoji, "🔪", 60).len(), 2);
    let marks = format!("a{}", "\u{301}".repeat(100_000));
    let shown: usize = snippet(&marks, "a", 60)
        .iter()
        .map(|(piece, _)| piece.chars().count())
        .sum();
    assert!(shown <= SNIPPET + 4, "{shown}");
    let words = "a ".repeat(100_000);
    let shown: usize = snippet(&words, &words, 60)
        .iter()
        .map(|(piece, _)| piece.chars().count())
        .sum();
    assert!(shown <= SNIPPET + 4, "{shown}");
}
