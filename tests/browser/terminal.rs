//! A report in the text browsers of a terminal, from the first page to the receipt, by keys typed
//! into a real terminal (tmux). The screen is so tall that no page scrolls.

use std::process::{Command, Stdio};
use std::time::Duration;

use loke::words::{Languages, Words};

use super::*;
use crate::house::skip::skipped;

/// The polling interval of the screen, and the number of polls: half a minute in all.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: usize = 600;

/// A terminal with one program in it. It ends with the test.
struct Terminal {
    socket: String,
    place: PathBuf,
}

impl Terminal {
    fn start(place: &Path, program: &[&str]) -> Self {
        let terminal = Self {
            socket: place.join("terminal").to_str().unwrap().to_owned(),
            place: place.to_owned(),
        };
        let home = format!("HOME={}", place.display());
        let mut words = vec![
            "-u",
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "100",
            "-y",
            "400",
            "env",
            &home,
            "TERM=screen",
            "LC_ALL=C.UTF-8",
        ];
        words.extend(program);
        terminal.tmux(&words);
        terminal
    }

    fn tmux(&self, words: &[&str]) -> String {
        let mut tmux = Command::new("tmux");
        tmux.arg("-S")
            .arg(&self.socket)
            .args(words)
            .current_dir(&self.place)
            .env("LC_ALL", "C.UTF-8")
            .env_remove("TMUX");
        String::from_utf8_lossy(&tmux.stderr(Stdio::null()).output().unwrap().stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Presses keys, by tmux's names for them.
    fn press(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    fn types(&self, words: &str) {
        self.tmux(&["send-keys", "-l", words]);
    }

    /// Moves to the next button, unless the browser shows that it is at one, and presses it. A key
    /// can get lost while a page loads, and a text area takes one key for itself.
    async fn press_button(&self, reader: Reader) {
        let mut look = tokio::time::interval(LOOK * 4);
        look.tick().await;
        for _ in 0..80 {
            look.tick().await;
            if self.screen().contains(reader.at_button) {
                return self.press(&["Enter"]);
            }
            self.press(&[reader.next]);
        }
        panic!("no button comes:\n{}", self.screen());
    }

    /// Waits until `holds` accepts the screen. Returns the screen.
    async fn shows(&self, holds: impl Fn(&str) -> bool) -> String {
        let mut look = tokio::time::interval(LOOK);
        for _ in 0..LOOKS {
            look.tick().await;
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
        }
        panic!("the screen shows:\n{}", self.screen());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// Every Tab stop, in page order: each link and field by its tag, as text browsers show it
/// (including parts that a phone folds away or does not draw).
fn stops(page: &str) -> Vec<&str> {
    let tags = page
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag));
    tags.filter(|tag| {
        ["a ", "input ", "textarea ", "button"]
            .iter()
            .any(|name| tag.starts_with(name))
            && !tag.contains("type=\"hidden\"")
    })
    .collect()
}

/// The number, from 1, of the button that leads on.
fn next_button(page: &str) -> usize {
    let at = stops(page).iter().position(|tag| *tag == "button");
    at.expect("a button") + 1
}

/// The number, from 1, of the Tab stop whose tag contains this text.
fn stop(page: &str, has: &str) -> usize {
    stops(page)
        .iter()
        .position(|tag| tag.contains(has))
        .unwrap_or_else(|| panic!("no {has}"))
        + 1
}

/// A text browser: its command line, the key to the next link or field, and whether a field must be
/// opened before typing.
#[derive(Clone, Copy)]
struct Reader {
    words: &'static [&'static str],
    next: &'static str,
    opens_fields: bool,
    /// The text that it shows at a button; empty if none.
    at_button: &'static str,
}

const READERS: [Reader; 3] = [
    Reader {
        words: &["w3m", "-I", "UTF-8", "-O", "UTF-8", "-o", "editor=./editor"],
        next: "Tab",
        opens_fields: true,
        at_button: "",
    },
    Reader {
        words: &["lynx", "-display_charset=utf-8"],
        next: "Tab",
        opens_fields: false,
        at_button: "(Form submit button)",
    },
    Reader {
        words: &["links"],
        next: "Down",
        opens_fields: false,
        at_button: "ost form to http",
    },
];

/// Reports by keys. Returns the receipt's digits.
async fn report(
    place: &Path,
    reader: Reader,
    gateway: &RealGateway,
    (words, said): (&Words, &str),
) -> String {
    // w3m opens a text area in an editor.
    std::fs::write(
        place.join("editor"),
        format!("#!/bin/sh\nprintf '{said}' > \"$1\"\n"),
    )
    .unwrap();
    std::fs::set_permissions(
        place.join("editor"),
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    let address = format!("http://{}/{}", gateway.browser.0, words.code);
    let terminal = Terminal::start(place, &[reader.words, &[&address]].concat());
    let begins = |id: &str| words.say(id).split(' ').next().unwrap().to_owned();
    terminal
        .shows(|screen| screen.contains(&begins("lede-heading")))
        .await;
    if reader.words == ["links"] {
        terminal.shows(|screen| screen.contains("Welcome")).await;
        terminal.press(&["Enter"]);
        terminal.shows(|screen| !screen.contains("Welcome")).await;
    }
    let form = gateway
        .browser
        .get(&format!("/{}", words.code))
        .await
        .unwrap()
        .text();
    let mut at = 1;
    let mut go = |to: usize| {
        terminal.press(&["-N", &(to - at).to_string(), reader.next]);
        at = to;
    };
    go(stop(&form, "value=drugs"));
    terminal.press(&["Enter"]);
    for (field, count) in [("id=\"what\"", 1), ("id=where", 2)] {
        go(stop(&form, field));
        if reader.opens_fields {
            terminal.press(&["Enter"]);
        }
        if field == "id=where" || !reader.opens_fields {
            terminal.types(said);
        }
        if field == "id=where" && reader.opens_fields {
            terminal.press(&["Enter"]);
        }
        terminal
            .shows(|screen| screen.matches(said).count() == count)
            .await;
    }
    go(next_button(&form));
    terminal.press_button(reader).await;
    terminal
        .shows(|screen| {
            screen.contains(&begins("check-heading")) && screen.matches(said).count() == 4
        })
        .await;
    let fields = [
        ("topic", "drugs"),
        ("what", said),
        ("where", said),
        ("language", words.code),
    ];
    let check = gateway
        .browser
        .post_urlencoded("/check", &fields)
        .await
        .unwrap()
        .text();
    terminal.press(&["-N", &(next_button(&check) - 1).to_string(), reader.next]);
    terminal.press_button(reader).await;
    let digits = |screen: &str| -> Option<String> {
        let line = screen.lines().find(|line| {
            line.split_whitespace()
                .filter(|group| group.len() == 4 && group.parse::<u16>().is_ok())
                .count()
                == 7
        })?;
        Some(line.chars().filter(char::is_ascii_digit).collect())
    };
    digits(&terminal.shows(|screen| digits(screen).is_some()).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_text_browsers_of_a_terminal_a_report_gets_to_its_receipt_and_nothing_is_answered_unasked()
 {
    let place = tempfile::tempdir().unwrap();
    let mut gateway = gateway(place.path(), None).await;
    let all = Languages::read().unwrap();
    let there = |program: &str| {
        Command::new(program)
            .arg("-V")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok()
    };
    let mut sent = 0;
    for reader in READERS {
        if !there(reader.words[0]) || !there("tmux") {
            skipped!("{} or tmux is not on this machine", reader.words[0]);
            continue;
        }
        for (code, said) in [("en", "behind the garages"), ("ar", "خلف المبنى")] {
            let home = tempfile::tempdir().unwrap();
            assert_eq!(
                report(
                    home.path(),
                    reader,
                    &gateway,
                    (all.get(code).unwrap(), said)
                )
                .await
                .len(),
                28
            );
            sent += 1;
            println!("{}: a report in {code}", reader.words[0]);
        }
    }
    let officer = gateway.officer().await;
    officer.pull().await;
    let tips = officer.tips().await;
    assert_eq!(tips.len(), sent);
    for tip in tips {
        let said = if tip.language == "ar" {
            "خلف المبنى"
        } else {
            "behind the garages"
        };
        assert_eq!(
            (tip.what.as_str(), tip.place.as_deref(), tip.topic.word()),
            (said, Some(said), "drugs")
        );
        // If no option of a question is ticked, lynx ticks the first: the hidden one without a value.
        assert_eq!(
            (tip.danger, tip.child, tip.ongoing, tip.how_known),
            (None, None, None, None),
            "{}",
            tip.language
        );
    }
    gateway.stop().await;
}
