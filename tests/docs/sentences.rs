//! Plain sentences for people with no time. README, the operator's pages, `--help` of both programs
//! and the staff pages use at most twenty words a sentence, and no semicolon in place of a full
//! stop. The staff pages name things by the officer's words.

use std::path::Path;

use super::{files, read, root};

/// The most words of a sentence.
const LONGEST: usize = 20;
/// The programs' words for things that an officer knows by another name.
const JARGON: [(&str, &str); 10] = [
    ("sealed", "encrypted, or nothing"),
    ("identity", "key"),
    ("recipient", "key"),
    ("lease", "nothing"),
    ("pickup", "gateway"),
    ("lane", "the subject"),
    ("casebook", "desk"),
    ("routed", "sent"),
    ("unproven", "what speaks against it"),
    ("onion", "Tor"),
];

/// One paragraph, heading, list item, table cell or message, and where it begins.
#[derive(Debug, PartialEq)]
struct Passage {
    line: usize,
    text: String,
}

/// The passages of a Markdown page, without code blocks and comments.
fn passages(markdown: &str) -> Vec<Passage> {
    let (mut found, mut open, mut code): (Vec<Passage>, Option<Passage>, bool) =
        (Vec::new(), None, false);
    for (line, text) in (1..).zip(markdown.lines().map(str::trim)) {
        let fence = text.starts_with("```");
        code ^= fence;
        if code || fence || text.is_empty() || text.starts_with("<!--") {
            found.extend(open.take());
            continue;
        }
        let text = text.trim_start_matches("> ");
        if text.starts_with(['|', '#']) {
            found.extend(open.take());
            let cells = text.trim_start_matches('#').split('|').map(str::trim);
            found.extend(
                cells
                    .filter(|cell| cell.contains(char::is_alphanumeric))
                    .map(|cell| Passage {
                        line,
                        text: cell.to_owned(),
                    }),
            );
            continue;
        }
        let (item, text) = match list_item(text) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        match &mut open {
            Some(passage) if !item => {
                passage.text.push(' ');
                passage.text.push_str(text);
            }
            _ => found.extend(open.replace(Passage {
                line,
                text: text.to_owned(),
            })),
        }
    }
    found.extend(open);
    for passage in &mut found {
        passage.text = without_marks(&passage.text);
    }
    found
}

/// The text of a list's item, without its mark.
fn list_item(line: &str) -> Option<&str> {
    let mark = line.split(' ').next()?;
    let number = mark
        .strip_suffix('.')
        .is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()));
    (number || ["-", "*", "+"].contains(&mark)).then(|| line[mark.len()..].trim_start())
}

/// A passage as it is read: code counts as one word, a link as its text.
fn without_marks(text: &str) -> String {
    let outside = text
        .split('`')
        .enumerate()
        .map(|(at, part)| if at % 2 == 0 { part } else { "code" });
    let mut plain = String::new();
    let text = outside
        .collect::<String>()
        .replace("**", "")
        .replace('*', "");
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("](") {
        plain.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain.replace(['[', ']'], "")
}

/// The sentences of a passage, each as its words.
fn sentences(passage: &str) -> Vec<Vec<&str>> {
    let (mut all, mut current) = (Vec::new(), Vec::new());
    for word in passage.split_whitespace() {
        if word.contains(char::is_alphanumeric) {
            current.push(word);
        }
        let bare = word.trim_end_matches(['"', '\'', ')', '”', '’']);
        if bare.ends_with(['.', '?', '!']) && !["e.g.", "i.e."].contains(&bare) {
            all.push(std::mem::take(&mut current));
        }
    }
    all.push(current);
    all.retain(|sentence| !sentence.is_empty());
    all
}

/// The faults of one passage.
fn faults(passage: &str) -> Vec<String> {
    let long = sentences(passage)
        .into_iter()
        .filter(|sentence| sentence.len() > LONGEST)
        .map(|sentence| format!("{} words: {}", sentence.len(), sentence.join(" ")));
    let semicolon = passage
        .contains(';')
        .then(|| format!("a semicolon: {passage}"));
    long.chain(semicolon).collect()
}

fn faults_of_page(name: &str, markdown: &str) -> Vec<String> {
    let faults = passages(markdown).into_iter().flat_map(|passage| {
        faults(&passage.text)
            .into_iter()
            .map(move |fault| format!("{name}:{}: {fault}", passage.line))
    });
    faults.collect()
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(str::to_owned).collect()
}

/// Every text of `--help`, with the command or option that it is about.
fn help(command: &clap::Command, path: &str) -> Vec<(String, String)> {
    let path = format!("{path} {}", command.get_name());
    let about = [command.get_about(), command.get_long_about()];
    let own = about
        .into_iter()
        .chain([command.get_after_help(), command.get_before_help()])
        .flatten()
        .flat_map(|text| paragraphs(&text.to_string()))
        .map(|text| (path.clone(), text));
    let options = command.get_arguments().flat_map(|option| {
        let path = format!("{path} {}", option.get_id());
        let values = option.get_possible_values().into_iter();
        let values = values.filter_map(|value| value.get_help().map(ToString::to_string));
        [option.get_help(), option.get_long_help()]
            .into_iter()
            .flatten()
            .flat_map(|text| paragraphs(&text.to_string()))
            .chain(values)
            .map(|text| (path.clone(), text))
            .collect::<Vec<_>>()
    });
    let below = command
        .get_subcommands()
        .flat_map(|command| help(command, &path));
    own.chain(options).chain(below).collect()
}

/// The texts of a template: without its program and its tags. A text ends at a tag of a block.
fn texts_of_template(template: &str) -> Vec<String> {
    let mut html = String::new();
    let mut rest = template;
    // An expression counts as one word; other program text is left out.
    while let Some(at) = rest.find("{%").into_iter().chain(rest.find("{{")).min() {
        let (before, program) = rest.split_at(at);
        html.push_str(before);
        let expression = program.starts_with("{{");
        let end = if expression { "}}" } else { "%}" };
        html.push_str(if expression { "X" } else { "" });
        rest = program.split_once(end).map_or("", |(_, after)| after);
    }
    html.push_str(rest);
    let mut texts = vec![String::new()];
    for part in html.split('<').enumerate() {
        let (tag, text) = match part {
            (0, text) => ("", text),
            (_, part) => part.split_once('>').unwrap_or((part, "")),
        };
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or("");
        if !["", "b", "code", "span", "a", "i", "em"].contains(&name) {
            texts.push(String::new());
        }
        if let Some(last) = texts.last_mut() {
            last.push_str(text);
        }
    }
    texts
        .iter()
        .map(|text| text.replace("&nbsp;", " ").trim().to_owned())
        .filter(|text| text.contains(char::is_alphabetic))
        .collect()
}

/// The string literals of a source file with three words or more, up to its unit tests.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod ").next().unwrap_or(source);
    let lines = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let source = lines.collect::<Vec<_>>().join("\n").replace("'\"'", "' '");
    let (mut found, mut current, mut inside) = (Vec::new(), String::new(), false);
    let mut characters = source.chars().peekable();
    while let Some(c) = characters.next() {
        match (inside, c) {
            (true, '\\') => match characters.next() {
                // The literal goes on behind the indentation of the next line.
                Some('\n') => while characters.next_if(|c| c.is_whitespace()).is_some() {},
                Some(escaped) => current.push(if escaped == 'n' { ' ' } else { escaped }),
                None => {}
            },
            (true, '"') => {
                found.push(std::mem::take(&mut current));
                inside = false;
            }
            (true, c) => current.push(c),
            (false, '"') => inside = true,
            (false, _) => {}
        }
    }
    // A header for browsers is no text.
    found.retain(|text| text.split_whitespace().count() > 2 && !text.contains("-src '"));
    found
}

/// Every text that an officer may read on a staff page, with the file that it comes from. Errors of
/// collecting are among them.
fn staff_pages() -> Vec<(String, String)> {
    let name = |path: &Path| path.strip_prefix(root()).unwrap().display().to_string();
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    let templates = files(&root().join("templates/desk"), ".html");
    let mut all: Vec<_> = templates
        .iter()
        .flat_map(|path| {
            texts_of_template(&text(path))
                .into_iter()
                .map(|text| (name(path), text))
        })
        .collect();
    let mut sources = files(&root().join("src/desk/screen"), ".rs");
    sources.extend(
        ["screen.rs", "viewing.rs", "pull.rs"].map(|name| root().join("src/desk").join(name)),
    );
    for path in &sources {
        all.extend(
            literals(&text(path))
                .into_iter()
                .map(|text| (name(path), text)),
        );
    }
    all
}

#[test]
fn every_sentence_of_the_operators_pages_has_at_most_twenty_words() {
    let mut pages = files(&root().join("deploy"), ".md");
    assert!(pages.len() >= 4, "only {pages:?}: the search is blind");
    pages.push(root().join("README.md"));
    let mut found = Vec::new();
    let mut count = 0;
    for page in pages {
        let name = page.strip_prefix(root()).unwrap().display().to_string();
        let text = read(&name);
        count += passages(&text).len();
        found.extend(faults_of_page(&name, &text));
    }
    assert!(count > 400, "only {count} passages: the search is blind");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_sentence_of_help_has_at_most_twenty_words() {
    let texts = [loke::gateway::cli::command(), loke::desk::cli::command()]
        .iter()
        .flat_map(|command| help(command, ""))
        .collect::<Vec<_>>();
    assert!(
        texts.len() > 80,
        "only {}: the search is blind",
        texts.len()
    );
    let found: Vec<_> = texts
        .iter()
        .flat_map(|(about, text)| {
            faults(text)
                .into_iter()
                .map(move |fault| format!("{about}: {fault}"))
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_sentence_of_the_staff_pages_has_at_most_twenty_words() {
    let texts = staff_pages();
    assert!(
        texts.len() > 60,
        "only {}: the search is blind",
        texts.len()
    );
    let found: Vec<_> = texts
        .iter()
        .flat_map(|(file, text)| {
            faults(text)
                .into_iter()
                .map(move |fault| format!("{file}: {fault}"))
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// Jargon in a text, with the plain word.
fn jargon(text: &str) -> Vec<String> {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .collect::<Vec<_>>();
    JARGON
        .iter()
        .filter(|(word, _)| words.iter().any(|w| w == word || *w == format!("{word}s")))
        .map(|(word, plain)| format!("{word} ({plain}): {text}"))
        .collect()
}

#[test]
fn the_staff_pages_use_the_officers_words() {
    // What went wrong with a gateway is for the operator, in the operator's words.
    let officers = |file: &String| !file.ends_with("pull.rs");
    let found: Vec<_> = staff_pages()
        .iter()
        .filter(|(file, _)| officers(file))
        .flat_map(|(file, text)| {
            jargon(text)
                .into_iter()
                .map(move |fault| format!("{file}: {fault}"))
        })
        .collect();
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(jargon("Sealed to their key.").len(), 1, "the control");
    assert_eq!(jargon("Three lanes.").len(), 1, "the control");
    assert!(jargon("Sent to the police. A planet.").is_empty());
}

const LONG: &str = "This sentence was written by somebody who went on and on, and then on again, \
                    until the reader had quite forgotten how it began.";

#[test]
fn control_a_planted_long_sentence_is_found_wherever_it_stands() {
    for page in [
        format!("# {LONG}\n"),
        format!("Short. {LONG} Short.\n"),
        format!("- one\n- {}\n  {}\n", &LONG[..50], &LONG[50..]),
        format!("3. {LONG}\n"),
        format!("| a | b |\n|---|---|\n| short | {LONG} |\n"),
        format!("> {LONG}\n"),
        format!("![{LONG}](picture.png)\n"),
        format!("[Short](https://example.org/a.b) **{LONG}**\n"),
        format!("```sh\n# code\n```\n{LONG}\n"),
    ] {
        assert_eq!(faults_of_page("x", &page).len(), 1, "{page}");
    }
    for page in [
        format!("```sh\n# {LONG}\n```\n"),
        format!("- {}\n- {}\n", &LONG[..50], &LONG[50..]),
        format!("| {} | {} |\n", &LONG[..50], &LONG[50..]),
        format!("`{LONG}`\n"),
        "Is it so? (Yes.) \"Here.\" It ends at each mark! And here 1.94 and a.b.c do not end it."
            .to_owned(),
    ] {
        assert_eq!(faults_of_page("x", &page), Vec::<String>::new(), "{page}");
    }
    assert_eq!(faults("One; two.").len(), 1);
    let command = clap::Command::new("x")
        .subcommand(clap::Command::new("y").arg(clap::Arg::new("z").help(LONG)));
    assert_eq!(faults(&help(&command, "")[0].1).len(), 1);
    let template =
        format!("<p>{{{{ a }}}} <b>b</b></p>{{% if c %}}<p class=\"x\">{LONG}</p>{{% endif %}}");
    let texts = texts_of_template(&template);
    assert_eq!(texts, ["X b", LONG]);
    let source =
        format!("//! \"a b c d\"\nfn x() {{ f(\"a\\\n   b c \\\"d\\\"\", '\"', \"{LONG}\") }}\n");
    assert_eq!(literals(&source), ["ab c \"d\"", LONG]);
}
