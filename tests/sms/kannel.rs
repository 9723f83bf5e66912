//! Kannel with the shipped configuration: every character of every text, each text under one id
//! until it is accepted, and the number nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::modem::{Modem, configuration, free};
use super::network::{ALPHABET, EXTENSION, Text};
use super::sink::{PATIENCE, Request, Sink, values};
use crate::house::skip::skipped;

/// The id and the words of a request, in the encoding that it declares.
fn read(request: &Request) -> (String, String) {
    let query = request
        .line
        .strip_prefix("GET /sms/kannel/secret?")
        .and_then(|rest| rest.strip_suffix(" HTTP/1.1"))
        .unwrap_or_else(|| panic!("{request:?}"));
    let one = |name: &str| values(query.as_bytes(), name).pop().unwrap();
    let text = one("text");
    let words = match &one("coding")[..] {
        b"0" => String::from_utf8(text).unwrap(),
        b"2" => String::from_utf16_lossy(
            &text
                .chunks(2)
                .map(|two| u16::from_be_bytes([two[0], *two.get(1).unwrap_or(&0)]))
                .collect::<Vec<_>>(),
        ),
        other => panic!("coding {other:?}: {request:?}"),
    };
    (String::from_utf8(one("id")).unwrap(), words)
}

/// The words of each id, in no order; a repeated request must be identical.
fn by_id(requests: &[Request]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (id, words) in requests.iter().map(read) {
        assert_eq!(*all.entry(id).or_insert_with(|| words.clone()), words);
    }
    all
}

fn sorted(words: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = words.into_iter().collect();
    all.sort();
    all
}

/// The whole alphabet, some letters of it at a time.
fn gsm(number: usize, length: usize) -> Text {
    let mut letters: Vec<char> = ALPHABET
        .chars()
        .filter(|letter| *letter != '\u{1b}')
        .collect();
    letters.extend(EXTENSION.map(|(letter, _)| letter));
    let words: String = letters
        .iter()
        .cycle()
        .skip(number * 7)
        .take(length)
        .collect();
    Text::new("447700900123", &format!("{number} {words}"))
}

/// Arabic, Chinese, Polish, emoji (surrogate pairs, with joiners and flags), right-to-left marks,
/// repeated blanks, line ends.
fn ucs(number: usize, length: usize) -> Text {
    let letters = "مرحبا  بكم 你好，世界 zażółć gęślą\r\njaźń 👩‍👩‍👧‍👦 🇬🇧 \u{200f}عدد٣\u{200e} ğüşöç \u{feff}é e\u{301} \u{2028} Ω ";
    let units: Vec<u16> = letters.encode_utf16().collect();
    let words: Vec<u16> = units
        .iter()
        .copied()
        .cycle()
        .skip(number % 40)
        .take(length)
        .collect();
    // If the cut splits an emoji, drop its other half too.
    let words = String::from_utf16_lossy(&words);
    Text::new(
        "447700900123",
        &format!("ą{number} {}", words.replace('\u{fffd}', "")),
    )
}

/// A thousand texts: a third each in the GSM alphabet, in UCS-2, and in parts that arrive out of
/// order.
pub(super) fn thousand() -> Vec<Text> {
    (0..1000)
        .map(|number| match number % 6 {
            0 | 3 => gsm(number, number % 70),
            1 | 4 => ucs(number, number % 66),
            2 => gsm(number, 300).parts_in_order(&[2, 0]),
            _ => ucs(number, 240).parts_in_order(&[3, 1, 2]),
        })
        .collect()
}

#[test]
fn kannel_by_the_shipped_configuration_delivers_a_thousand_texts_with_every_character_right() {
    let place = tempfile::tempdir().unwrap();
    let sink = Sink::start(0);
    let Some(mut modem) = Modem::start(place.path(), sink.port, "secret") else {
        return;
    };
    let texts = thousand();
    modem.deliver(&texts);
    let requests = sink.wait(texts.len());
    assert_eq!(requests.len(), texts.len());
    let got = by_id(&requests);
    assert_eq!(got.len(), texts.len(), "each has an id of its own");
    assert_eq!(
        sorted(got.into_values()),
        sorted(texts.iter().map(Text::words))
    );
}

fn swapped(conf: &str, from: &str, to: &str) -> String {
    assert!(conf.contains(from), "{from} is not in kannel.conf");
    conf.replace(from, to)
}

/// No setting may lose a blank, a NUL, or the text after half an emoji. The controls are settings
/// that do.
#[test]
fn nothing_is_squeezed_cut_or_lost_at_odd_characters() {
    let odd = || {
        vec![
            Text::new("447700900123", "  two  blanks \n\n end  "),
            Text::new("447700900123", "ą  two  blanks \r\n\t\n end  "),
            Text::of_units(
                "447700900123",
                [
                    &[0x0105, 0xd83d][..],
                    &"after".encode_utf16().collect::<Vec<_>>(),
                ]
                .concat(),
            ),
            Text::new("447700900123", "ą\0after"),
            Text::new("447700900123", "100% + 1 & a=b;c #?"),
            Text::new("447700900123", "%p %P %t"),
            Text::new(
                "447700900123",
                "my phone says application/vnd.wap.mms-message",
            ),
        ]
    };
    let run = |change: &dyn Fn(String) -> String| {
        let place = tempfile::tempdir().unwrap();
        let sink = Sink::start(0);
        let mut modem = Modem::start_by(place.path(), sink.port, "secret", None, change)?;
        modem.deliver(&odd());
        Some(sorted(by_id(&sink.wait(odd().len())).into_values()))
    };
    let Some(got) = run(&|conf| conf) else { return };
    let wanted = sorted(odd().iter().map(Text::words));
    assert_eq!(got, wanted);
    assert_ne!(
        run(&|conf| swapped(&conf, "mo-recode = false", "mo-recode = true")).unwrap(),
        wanted,
        "the control"
    );
    assert_ne!(
        run(&|conf| swapped(&conf, "text=%b", "text=%a")).unwrap(),
        wanted,
        "the control"
    );
}

#[test]
fn p6_a_text_that_is_refused_comes_again_under_the_same_id() {
    let place = tempfile::tempdir().unwrap();
    let sink = Sink::start(3);
    let Some(mut modem) = Modem::start(place.path(), sink.port, "secret") else {
        return;
    };
    modem.deliver(&[gsm(1, 20), ucs(2, 300)]);
    let requests = sink.wait(2);
    assert_eq!(requests.len(), 5);
    assert_eq!(
        sorted(by_id(&requests).into_values()),
        sorted([gsm(1, 20).words(), ucs(2, 300).words()])
    );
}

#[test]
fn p6_a_text_waits_for_a_gateway_that_is_away_and_one_on_the_card_is_taken_from_it() {
    let place = tempfile::tempdir().unwrap();
    let port = free();
    let card = gsm(1, 20);
    let Some(mut modem) = Modem::start_by(place.path(), port, "secret", Some(&card), |conf| conf)
    else {
        return;
    };
    modem.wait_until_taken(1);
    modem.deliver(&[ucs(2, 20)]);
    let sink = Sink::on(TcpListener::bind(("127.0.0.1", port)).unwrap(), 1);
    assert_eq!(
        sorted(by_id(&sink.wait(2)).into_values()),
        sorted([card.words(), ucs(2, 20).words()])
    );
}

const CANARY: &str = "447700900987";

/// The files of a folder that contain this text.
fn files_with(folder: &Path, letters: &str) -> Vec<String> {
    let names = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file());
    names
        .filter(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).contains(letters))
        .map(|path| path.display().to_string())
        .collect()
}

/// A hundred texts of various lengths from the canary number, with a picture message before the
/// last one; then an orderly shutdown. The sink rejects the first ten requests.
fn hundred_from_the_canary(
    place: &Path,
    change: impl Fn(String) -> String,
) -> Option<(Vec<Request>, std::path::PathBuf)> {
    let sink = Sink::start(10);
    let mut modem = Modem::start_by(place, sink.port, "secret", None, change)?;
    let from_canary = |mut text: Text| {
        text.from = CANARY.to_owned();
        text
    };
    let texts: Vec<Text> = (0..99)
        .map(|number| {
            from_canary(if number % 2 == 0 {
                gsm(number, 30 * (number % 9))
            } else {
                ucs(number, 20 * (number % 9))
            })
        })
        .collect();
    modem.deliver(&texts);
    // The notification that a network's MMS server sends: the sender, and the picture's address.
    let notice = [
        &b"\x01\x06\x22application/vnd.wap.mms-message\0\x8c\x82\x98T1\0\x8d\x90\x89\x19\x80+"[..],
        CANARY.as_bytes(),
        b"/TYPE=PLMN\0\x83http://m/1\0",
    ]
    .concat();
    modem.deliver(&[Text::of_data(CANARY, &notice)]);
    modem.deliver(&[from_canary(gsm(100, 9))]);
    let requests = sink.wait(100);
    Some((requests, modem.stop()))
}

#[test]
fn p1_the_number_never_leaves_the_modem_box_and_is_in_no_file_of_it() {
    let place = tempfile::tempdir().unwrap();
    let Some((requests, folder)) = hundred_from_the_canary(place.path(), |conf| conf) else {
        return;
    };
    assert_eq!(by_id(&requests).len(), 100, "all but the picture message");
    for request in &requests {
        let all = format!(
            "{}\n{}{}",
            request.line,
            request.headers,
            String::from_utf8_lossy(&request.body)
        );
        assert!(!all.contains(&CANARY[2..]), "{all}");
        let names: BTreeSet<String> = request
            .headers
            .lines()
            .filter_map(|header| Some(header.split_once(':')?.0.to_lowercase()))
            .collect();
        assert!(
            names
                .iter()
                .all(|name| ["host", "user-agent", "connection"].contains(&&**name)),
            "{names:?}"
        );
        assert!(
            request.headers.contains("User-Agent: Kannel/"),
            "{}",
            request.headers
        );
    }
    assert_eq!(files_with(&folder, &CANARY[2..]), Vec::<String>::new());
    // Nor the words, nor any file except those that were put there.
    assert_eq!(files_with(&folder, "%D9%85"), Vec::<String>::new());
    let files: BTreeSet<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        files,
        BTreeSet::from(["bearerbox.prints", "kannel.conf", "smsbox.prints"].map(str::to_owned))
    );

    // The controls: an access log, a store, the sender in the URL.
    let place = tempfile::tempdir().unwrap();
    let loud = |conf: String| {
        let conf = swapped(
            &conf,
            "group = core\n",
            "group = core\naccess-log = access.log\nstore-location = store\nstore-dump-freq = 1\n",
        );
        swapped(&conf, "?id=%I", "?from=%p&id=%I")
    };
    let (requests, folder) = hundred_from_the_canary(place.path(), loud).unwrap();
    assert!(requests.iter().all(|request| request.line.contains(CANARY)));
    assert!(!files_with(&folder, CANARY).is_empty());
}

/// The settings that the sample's comments forbid, and the log level, as the programs read them.
#[test]
fn p1_the_sample_names_no_number_and_no_log() {
    let conf = configuration(&[]);
    let lines: Vec<&str> = conf
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    let forbidden = [
        "access-log",
        "log-file",
        "syslog-level",
        "store-",
        "send-sender",
        "%p",
        "%P",
        "%q",
        "%Q",
        "%t",
        "%T",
        "%i",
        "global-sender",
        "sendsms",
        "wapbox",
    ];
    for word in forbidden {
        assert!(!lines.iter().any(|line| line.contains(word)), "{word}");
    }
    for (word, times) in [
        ("log-level = 4", 2),
        ("max-messages = 0", 2),
        ("group = sms-service", 2),
        ("mo-recode = false", 1),
        ("allowed-smsc-id = nothing", 1),
    ] {
        assert_eq!(
            lines.iter().filter(|line| **line == word).count(),
            times,
            "{word}"
        );
    }
}

/// The configuration with Kannel's own fake SMS centre, on this port, instead of the modem.
fn fake_centre(conf: &str, port: u16) -> String {
    let (before, after) = conf.split_once("group = smsc\n").unwrap();
    let (_, after) = after.split_once("allowed-smsc-id").unwrap();
    format!(
        "{before}group = smsc\nsmsc = fake\nsmsc-id = modem\nport = {port}\nconnect-allow-ip = 127.0.0.1\nallowed-smsc-id{after}"
    )
}

/// kannel-extras' program that simulates phones: everything that it can send arrives through the
/// same services.
#[test]
fn the_extras_fake_centre_delivers_through_the_same_services() {
    let fake = Path::new("/usr/lib/kannel/test/fakesmsc");
    if !fake.exists() {
        skipped!("kannel-extras is not on this machine");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let (sink, port) = (Sink::start(1), free());
    let Some(_modem) = Modem::start_by(place.path(), sink.port, "secret", None, |conf| {
        fake_centre(&conf, port)
    }) else {
        return;
    };
    let escaped = |text: &Text| {
        text.words
            .iter()
            .flat_map(|unit| unit.to_be_bytes())
            .map(|octet| format!("%{octet:02x}"))
            .collect::<String>()
    };
    let texts: Vec<Text> = (0..20).map(|number| ucs(number, 60)).collect();
    for (number, text) in texts.iter().enumerate() {
        let line = format!("{} 88844 ucs2 {}", text.from, escaped(text));
        let mut program = Command::new(fake);
        program
            .args([
                "-H",
                "127.0.0.1",
                "-r",
                &port.to_string(),
                "-m",
                "1",
                "-v",
                "4",
                &line,
            ])
            .stdin(Stdio::null());
        let mut child = program
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sink.wait(number + 1);
        // It keeps running to receive what is sent to phones.
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(
        sorted(by_id(&sink.wait(texts.len())).into_values()),
        sorted(texts.iter().map(Text::words))
    );
}

/// The answers to a phone that sent a text in three parts, the last first. If the box `talks`, its
/// answer arrives before the box is stopped: under load it may still be on its way inside.
fn heard_back(talks: bool, change: impl Fn(String) -> String) -> Option<String> {
    let place = tempfile::tempdir().unwrap();
    let (sink, port) = (Sink::start(1), free());
    let modem = Modem::start_by(place.path(), sink.port, "secret", None, |conf| {
        change(fake_centre(&conf, port))
    })?;
    // The box opens this port a little after the one that its start waits for.
    let began = Instant::now();
    let mut centre = loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(centre) => break centre,
            Err(e) => assert!(began.elapsed() < PATIENCE, "{e}"),
        }
        std::thread::yield_now();
    };
    for part in [3, 1, 2] {
        centre
            .write_all(
                format!("{CANARY} 88844 udh-text %05%00%03%07%03%0{part}  part {part} of € \n")
                    .as_bytes(),
            )
            .unwrap();
    }
    assert_eq!(
        by_id(&sink.wait(1)).into_values().collect::<Vec<_>>(),
        [" part 1 of €  part 2 of €  part 3 of € "]
    );
    centre.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut centre, mut back) = (BufReader::new(centre), String::new());
    if talks {
        centre.read_line(&mut back).unwrap();
    }
    // Before it ends, the box sends its pending messages.
    modem.stop();
    centre.read_to_string(&mut back).unwrap();
    Some(back)
}

#[test]
fn nothing_ever_goes_back_to_a_phone() {
    let Some(back) = heard_back(false, |conf| conf) else {
        return;
    };
    assert_eq!(back, "");
    let talking = |conf: String| {
        [
            "max-messages = 0\n",
            "omit-empty = true\n",
            "allowed-smsc-id = nothing\n",
        ]
        .iter()
        .fold(conf, |conf, line| swapped(&conf, line, ""))
    };
    assert!(
        heard_back(true, talking).unwrap().contains("Empty reply"),
        "the control"
    );
}
