//! A review sheet: every sentence of a language beside the English one, the sentences that keep a
//! person safe first, with boxes to tick and lines to write on.

use std::fmt::Write as _;

use loke::built_in::{PAGES, TEXTS};
use loke::digest::sha256;
use loke::words::{Languages, Words};

/// The sentences that keep a person safe. A wrong one does harm, so they come first.
pub(crate) const SAFETY: [&str; 77] = [
    "danger-now",
    "door-unread",
    "door-shut",
    "door-shut-why",
    "door-kept",
    "door-closed",
    "door-closed-why",
    "sms-shut",
    "lede-danger",
    "print-danger",
    "danger-label",
    "child-label",
    "leave",
    "lede",
    "lede-watched",
    "lede-device",
    "lede-other",
    "lede-leave",
    "lede-clears",
    "what-hint",
    "photos-hint",
    "photos-never",
    "photos-clean",
    "signs-safe",
    "check-lede",
    "check-marks",
    "check-clear",
    "check-unread",
    "check-busy",
    "check-back",
    "check-photo-look",
    "check-photo-safe",
    "check-photo-drop",
    "receipt-keep",
    "receipt-proof",
    "receipt-risk",
    "receipt-next",
    "trouble-heading",
    "trouble-kept",
    "trouble-again",
    "trouble-other",
    "about-what",
    "about-kept",
    "about-read",
    "about-promise",
    "about-device",
    "about-network",
    "about-police",
    "help-heading",
    "help-victims",
    "help-slavery",
    "help-housing",
    "help-police",
    "help-council",
    "law-give",
    "law-never",
    "law-phone",
    "promise-moment",
    "promise-photo",
    "ways-onion",
    "ways-web",
    "ways-text-network",
    "ways-text-phone",
    "ways-text-answer",
    "ways-text-night",
    "device-leave",
    "device-history",
    "device-one",
    "device-private",
    "device-photos",
    "device-spy",
    "print-later",
    "print-phone",
    "print-text-stays",
    "print-safe-near",
    "print-safe-name",
    "print-safe-night",
];

/// Messages that are no sentences.
const NO_SENTENCES: [&str; 5] = [
    "draft",
    "direction",
    "recognised-as",
    "list-comma",
    "list-stop",
];

/// What a reader writes in their own words, for the rules that mark such words.
const ASKED: [&str; 8] = [
    "My name is …",
    "I live next door to them.",
    "My neighbour is afraid.",
    "Call me in the evening.",
    "I am the caretaker of the building.",
    "I am the warden.",
    "Only I have a key.",
    "He has not been seen for a week.",
];

const STYLE: &str = "
@page { size: A4; margin: 14mm 12mm 16mm; @bottom-right { content: counter(page) \" / \" counter(pages); font: 9pt sans-serif } }
body { margin: 0 auto; max-width: 190mm; font: 11pt/1.45 sans-serif; color: #000; background: #fff }
h1 { font-size: 20pt; margin: 0 0 4mm } h2 { font-size: 14pt; margin: 8mm 0 2mm; break-after: avoid }
table { width: 100%; border-collapse: collapse; table-layout: fixed }
thead { display: table-header-group }
th { text-align: start; font-size: 9pt; border-bottom: 2px solid #000 }
td { border-bottom: 1px solid #777; padding: 2mm 2mm 2mm 0; vertical-align: top; overflow-wrap: break-word }
tr { break-inside: avoid }
.en { width: 36% } .own { width: 36% } .say { width: 28% }
.own { padding-inline: 2mm } td.own { font-size: 12.5pt }
code { display: block; font-size: 7.5pt; color: #444 }
.say label { display: inline-block; margin-inline-end: 4mm; white-space: nowrap }
.line { display: block; height: 7mm; border-bottom: 1px dotted #000 }
input[type=checkbox] { width: 4.5mm; height: 4.5mm; margin: 0 1.5mm 0 0; vertical-align: -1mm; appearance: none; border: 1.5px solid #000 }
dt { font-weight: bold; margin-top: 3mm } dd { margin: 0; font-size: 12pt }
.first { border: 2px solid #000; padding: 3mm 4mm; margin: 4mm 0 }
@media screen { body { padding: 8mm } }
@media print { a { color: #000; text-decoration: none } }
";

/// The numbers that together need every form of a word, in each language.
const COUNTS: [usize; 7] = [0, 1, 2, 3, 11, 20, 100];

/// The page for one language.
pub(crate) fn page(languages: &Languages, words: &Words) -> String {
    let mut html = String::with_capacity(128 << 10);
    // Writing to a String does not fail.
    let _ = write_page(&mut html, languages.pick("en"), words);
    html
}

fn write_page(html: &mut String, english: &Words, words: &Words) -> std::fmt::Result {
    let (code, direction) = (words.code, words.direction());
    let name = escape(words.say("language-name"));
    let file = file_of(code);
    writeln!(
        html,
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>{name}: review sheet</title><style>{STYLE}</style></head><body>"
    )?;
    writeln!(
        html,
        "<h1>Review sheet: <bdi lang={code} dir={direction}>{name}</bdi></h1>\n<p>File: locales/{code}.ftl, version {}.</p>",
        hex::encode(sha256(file.as_bytes()).get(..4).unwrap_or_default())
    )?;
    html.push_str(
        "<div class=first><p><b>For you, the reader.</b> Frightened people will read these words on a cheap phone. \
         Nobody who grew up with your language has read them yet.</p>\n<ul>\
         <li>Read the words in your language first, then the English.\
         <li>Tick <b>Right</b> if a person who reads no English would understand it, and would do the right thing.\
         <li>Tick <b>Change</b> if it is wrong, rude, hard, or odd. Write better words on the line, or say what is wrong.\
         <li>Part 1 matters most. A wrong word there can hurt somebody. Take your time.\
         <li>Phone numbers stay as they are.</ul>\n\
         <p>Your name is not needed. Day: ______________ You grew up with the language in: ______________________</p></div>\n",
    );
    let ids: Vec<&str> = messages(file_of("en"));
    section(html, ("1. Safety", 2), english, words, &SAFETY)?;
    let others: Vec<&str> = ids
        .into_iter()
        .filter(|id| !SAFETY.contains(id) && !NO_SENTENCES.contains(id))
        .collect();
    let (paper, pages): (Vec<&str>, Vec<&str>) =
        others.into_iter().partition(|id| id.starts_with("print-"));
    section(html, ("2. The pages", 1), english, words, &pages)?;
    section(html, ("3. Posters and cards", 1), english, words, &paper)?;
    text_words(html, words)?;
    html.push_str("<h2>5. In your words</h2><p>How would people write this in a text message? Two ways, if there are two.</p><table><tbody>");
    for asked in ASKED {
        write!(
            html,
            "<tr><td class=en>{asked}</td><td dir={direction}><span class=line></span><span class=line></span></td></tr>"
        )?;
    }
    html.push_str("</tbody></table></body></html>\n");
    Ok(())
}

/// A table of sentences under a heading, with so many lines to write on for each.
fn section(
    html: &mut String,
    (heading, lines): (&str, usize),
    english: &Words,
    words: &Words,
    ids: &[&str],
) -> std::fmt::Result {
    write!(
        html,
        "<h2>{heading}: {} sentences</h2><table><thead><tr><th class=en>English</th><th class=own dir={}>{}</th><th class=say>What do you say?</th></tr></thead><tbody>",
        ids.len(),
        words.direction(),
        escape(words.say("language-name"))
    )?;
    for id in ids {
        writeln!(
            html,
            "<tr><td class=en>{}<code>{id}</code></td><td class=own lang={} dir={}>{}</td>\
             <td class=say><label><input type=checkbox>Right</label><label><input type=checkbox>Change</label>{}</td></tr>",
            said(english, id),
            words.code,
            words.direction(),
            said(words, id),
            "<span class=line></span>".repeat(lines)
        )?;
    }
    html.push_str("</tbody></table>\n");
    Ok(())
}

/// The words that sort text messages.
fn text_words(html: &mut String, words: &Words) -> std::fmt::Result {
    html.push_str("<h2>4. Words in text messages</h2><p>We look for these words in texts. Strike out what is wrong. Add what people really write, slang too. A star stands for any ending.</p><dl>");
    let file = TEXTS.iter().find(|(code, _)| *code == words.code);
    let lists: toml::Table = file
        .and_then(|(_, text)| text.parse().ok())
        .unwrap_or_default();
    for (kind, asks) in [
        ("danger", "Somebody is in danger (read at once)"),
        ("child", "A child may be at risk (read at once)"),
        ("cuckooing", "Dealers have taken over a home"),
        ("drugs", "Drugs"),
        ("graffiti", "Graffiti"),
        ("offensive", "Hate"),
    ] {
        let list = lists.get(kind).and_then(toml::Value::as_array);
        let list: Vec<&str> = list
            .into_iter()
            .flatten()
            .filter_map(toml::Value::as_str)
            .collect();
        write!(
            html,
            "<dt>{asks}</dt><dd lang={} dir={}>{}</dd><dd><span class=line></span></dd>",
            words.code,
            words.direction(),
            escape(&list.join(" · "))
        )?;
    }
    html.push_str("</dl>\n");
    Ok(())
}

/// A sentence as a resident reads it. One with a number has a line for each of its forms.
fn said(words: &Words, id: &str) -> String {
    let plain = words.say(id);
    if !plain.is_empty() {
        return escape(plain);
    }
    let mut forms: Vec<String> = Vec::new();
    for count in COUNTS {
        let form = words.say_count(id, &count);
        // The same words around another number are the same form.
        let is_known = |known: &String| without_digits(known) == without_digits(&form);
        if !forms.iter().any(is_known) {
            forms.push(form);
        }
    }
    let forms: Vec<String> = forms.iter().map(|form| escape(form)).collect();
    forms.join("<br>")
}

fn without_digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// The names of a file's messages, in order.
fn messages(file: &str) -> Vec<&str> {
    let named = |line: &'_ str| !line.starts_with(['#', ' ', '}']);
    file.lines()
        .filter(|line| named(line))
        .filter_map(|line| Some(line.split_once(" =")?.0))
        .collect()
}

fn file_of(code: &str) -> &'static str {
    PAGES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("", |(_, text)| text)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
