//! Gammu's hook: with the environment that Gammu sets, and with Gammu itself on a simulated phone.
//! Only the words go out, under one id until they are accepted; the number goes nowhere, and the
//! secret is on no command line.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::sink::{PATIENCE, Request, Sink, values};
use crate::deploy::{deploy, run};

const SECRET: &str = "secret-9vx2";
const NUMBER: &str = "+447700900987";

/// The shipped hook, with its paths in this folder and a shorter wait. `None` if curl is not
/// installed.
fn hook(place: &Path, port: u16) -> Option<PathBuf> {
    run("curl", &["--version"])?;
    let mut text = std::fs::read_to_string(deploy().join("gammu-on-receive")).unwrap();
    let place_of = |name: &str| place.join(name).to_str().unwrap().to_owned();
    for (from, to) in [
        ("=/etc/loke-modem.curl", &place_of("curl")),
        ("=/run/loke-modem", &place_of("spool")),
    ] {
        assert!(text.contains(from));
        text = text.replace(from, &format!("={to}"));
    }
    assert!(text.contains("sleep 30"));
    let path = place.join("gammu-on-receive");
    std::fs::write(&path, text.replace("sleep 30", "sleep 0.2")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::write(
        place.join("curl"),
        format!("url = \"http://127.0.0.1:{port}/sms/gammu/{SECRET}\"\n"),
    )
    .unwrap();
    Some(path)
}

/// Runs the hook as Gammu does: all data is in the environment.
fn receive(hook: &Path, told: &[(&str, &str)]) {
    let mut command = Command::new("sh");
    command
        .args(["-c", hook.to_str().unwrap()])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.envs([
        ("PATH", "/usr/bin:/bin"),
        ("PHONE_ID", ""),
        ("SMS_1_CLASS", "-1"),
        ("SMS_1_NUMBER", NUMBER),
        ("SMS_1_REFERENCE", "0"),
    ]);
    assert!(
        command
            .envs(told.iter().copied())
            .status()
            .unwrap()
            .success()
    );
}

/// The id and the words of a request; curl omits the field if there are none.
fn read(request: &Request) -> (String, String) {
    assert_eq!(request.line, format!("POST /sms/gammu/{SECRET} HTTP/1.1"));
    assert!(
        request
            .headers
            .contains("Content-Type: application/x-www-form-urlencoded\r\n"),
        "{}",
        request.headers
    );
    let one = |name: &str| {
        String::from_utf8(values(&request.body, name).pop().unwrap_or_default()).unwrap()
    };
    (one("id"), one("text"))
}

fn waiting(place: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(place.join("spool"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    all.filter(|path| path.extension().is_some()).collect()
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn gammus_hook_passes_every_character_of_the_words_and_joins_parts() {
    let place = tempfile::tempdir().unwrap();
    let sink = Sink::start(0);
    let Some(hook) = hook(place.path(), sink.port) else {
        return;
    };
    let odd = "  -n %s \\n $HOME `id` $(id) \"'&=+;#@/etc/passwd  مرحبا 你好 👩‍👩‍👧‍👦\n\n end \n";
    let words = ["plain", odd, "@/etc/passwd", "", "-e", &"长".repeat(700)];
    for text in words {
        receive(
            &hook,
            &[
                ("SMS_MESSAGES", "1"),
                ("DECODED_PARTS", "0"),
                ("SMS_1_TEXT", text),
            ],
        );
    }
    // Gammu joins the parts; parts that it could not join come one by one.
    let parts = [
        ("SMS_MESSAGES", "2"),
        ("SMS_1_TEXT", "one "),
        ("SMS_2_TEXT", "? two"),
        ("SMS_2_NUMBER", NUMBER),
    ];
    receive(
        &hook,
        &[
            &parts[..],
            &[("DECODED_PARTS", "1"), ("DECODED_1_TEXT", "one 😀 two")],
        ]
        .concat(),
    );
    receive(&hook, &[&parts[..], &[("DECODED_PARTS", "0")]].concat());
    // A picture message has no words, and names its sender a second time.
    receive(
        &hook,
        &[
            ("SMS_MESSAGES", "1"),
            ("DECODED_PARTS", "1"),
            ("DECODED_1_MMS_SENDER", NUMBER),
            ("DECODED_1_MMS_ADDRESS", "http://m/1"),
        ],
    );
    let requests = sink.wait(words.len() + 3);
    let got: BTreeSet<String> = requests.iter().map(|request| read(request).1).collect();
    let left_out = "[Not a text: a picture message or data. It was left out.]";
    let wanted: BTreeSet<String> = words
        .iter()
        .chain(&["one 😀 two", "one ? two", left_out])
        .map(|text| (*text).to_owned())
        .collect();
    assert_eq!(got, wanted);
    assert_eq!(
        requests
            .iter()
            .map(|request| read(request).0)
            .collect::<BTreeSet<_>>()
            .len(),
        words.len() + 3,
        "each has an id of its own"
    );
    assert!(requests.iter().all(|request| {
        !format!("{request:?}{}", String::from_utf8_lossy(&request.body)).contains(&NUMBER[1..])
    }));
    wait_until("the spool is not empty", || {
        waiting(place.path()).is_empty()
    });
}

#[test]
fn p6_gammus_hook_keeps_a_text_until_it_is_taken_and_sends_it_again_under_the_same_id() {
    let place = tempfile::tempdir().unwrap();
    let sink = Sink::start(4);
    let Some(hook) = hook(place.path(), sink.port) else {
        return;
    };
    receive(
        &hook,
        &[
            ("SMS_MESSAGES", "1"),
            ("DECODED_PARTS", "0"),
            ("SMS_1_TEXT", "first"),
        ],
    );
    receive(
        &hook,
        &[
            ("SMS_MESSAGES", "1"),
            ("DECODED_PARTS", "0"),
            ("SMS_1_TEXT", "second"),
        ],
    );
    let requests = sink.wait(2);
    assert_eq!(requests.len(), 6, "four were refused");
    let taken: Vec<_> = requests
        .iter()
        .filter(|request| request.status == 200)
        .map(read)
        .collect();
    assert_eq!(
        taken
            .iter()
            .map(|(_, words)| words.as_str())
            .collect::<BTreeSet<_>>(),
        BTreeSet::from(["first", "second"])
    );
    assert!(
        requests
            .iter()
            .map(read)
            .all(|request| taken.contains(&request)),
        "the same id and words each time"
    );
    wait_until("the spool is not empty", || {
        waiting(place.path()).is_empty()
    });
}

/// This file of every process in /proc, as another user would see it.
fn seen(of: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc")
        .unwrap()
        .map(|entry| entry.unwrap().path());
    processes
        .filter_map(|process| std::fs::read(process.join(of)).ok())
        .map(|said| String::from_utf8_lossy(&said).replace('\0', " "))
        .collect()
}

/// While the gateway is away, the text waits; while it is sent, neither the number nor the words
/// nor the secret is visible.
#[test]
fn p1_gammus_hook_shows_neither_number_nor_words_nor_secret_to_who_lists_processes() {
    let place = tempfile::tempdir().unwrap();
    let gateway = TcpListener::bind("127.0.0.1:0").unwrap();
    let Some(hook) = hook(place.path(), gateway.local_addr().unwrap().port()) else {
        return;
    };
    receive(
        &hook,
        &[
            ("SMS_MESSAGES", "1"),
            ("DECODED_PARTS", "0"),
            ("SMS_1_TEXT", "words-7hq3"),
        ],
    );
    let (mut caller, _) = gateway.accept().unwrap();
    let mut piece = [0; 4096];
    let _ = caller.read(&mut piece).unwrap();
    let here = place.path().to_str().unwrap();
    let lines: Vec<String> = seen("cmdline")
        .into_iter()
        .filter(|line| line.contains(here))
        .collect();
    assert!(
        lines.iter().any(|line| line.starts_with("curl ")),
        "the control: {lines:?}"
    );
    assert!(
        lines.iter().all(|line| !line.contains(SECRET)
            && !line.contains("words-7hq3")
            && !line.contains(NUMBER)),
        "{lines:?}"
    );
    let told: Vec<String> = seen("environ")
        .into_iter()
        .filter(|told| told.contains("SMS_1_"))
        .collect();
    assert!(
        told.iter()
            .all(|told| !told.contains(NUMBER) || !told.contains("words-7hq3")),
        "{told:?}"
    );
    // The file is private to the user, and contains only the words.
    let files = waiting(place.path());
    assert_eq!(std::fs::read_to_string(&files[0]).unwrap(), "words-7hq3");
    let modes = [&files[0], &place.path().join("spool")]
        .map(|path| std::fs::metadata(path).unwrap().permissions().mode() & 0o77);
    assert_eq!((files.len(), modes), (1, [0, 0]));
    // The connection breaks without a response: the hook sends the text again.
    drop(caller);
    let (mut caller, _) = gateway.accept().unwrap();
    let _ = caller.read(&mut piece).unwrap();
    caller
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .unwrap();
    wait_until("the spool is not empty", || {
        waiting(place.path()).is_empty()
    });
}

/// Killed on drop.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A text as Gammu's simulated phone stores it.
fn on_the_phone(place: &Path, number: usize, header: &str, words: &[u16]) {
    let lines: String = words
        .chunks(50)
        .enumerate()
        .map(|(at, some)| {
            format!(
                "Text{at:02} = {}\n",
                some.iter()
                    .map(|unit| format!("{unit:04X}"))
                    .collect::<String>()
            )
        })
        .collect();
    let text = format!(
        "[SMSBackup000]\nSMSC = \"+447785016005\"\nSent = 20261122T120000\nState = UnRead\nNumber = \"{NUMBER}\"\nCoding = Unicode_No_Compression\nFolder = 1\n\
         Length = {}\n{header}{lines}Class = -1\nReplySMSC = False\nRejectDuplicates = False\nReplaceMessage = 0\nMessageReference = 0\n",
        words.len()
    );
    std::fs::write(place.join("phone/sms/1").join(number.to_string()), text).unwrap();
}

/// Gammu itself, with the shipped settings and its own simulated phone, which is empty at first, as
/// a modem is.
#[test]
fn p1_gammu_by_the_shipped_settings_delivers_every_character_and_writes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let sink = Sink::start(2);
    if run("gammu-smsd", &["--version"]).is_none() {
        return;
    }
    let Some(hook) = hook(place.path(), sink.port) else {
        return;
    };
    for folder in 1..=5 {
        std::fs::create_dir_all(place.path().join(format!("phone/sms/{folder}"))).unwrap();
    }
    let units = |words: &str| words.encode_utf16().collect::<Vec<_>>();
    let words: Vec<String> = (0..20)
        .map(|number| format!("{number}  مرحبا 你好 😀 zażółć €[]{{}}~\\^|\n\"$HOME\" "))
        .collect();
    for (number, text) in words.iter().enumerate() {
        on_the_phone(place.path(), number + 1, "", &units(text));
    }
    // Two parts, the second first, split inside an emoji.
    on_the_phone(
        place.path(),
        31,
        "UDH = 050003AA0202\n",
        &[&[0xde00][..], &units(" end")].concat(),
    );
    on_the_phone(
        place.path(),
        32,
        "UDH = 050003AA0201\n",
        &[&units("begin ")[..], &[0xd83d]].concat(),
    );
    let mut settings = std::fs::read_to_string(deploy().join("gammu-smsdrc")).unwrap();
    let phone = format!(
        "port = {}\nmodel = dummy",
        place.path().join("phone").display()
    );
    let swaps = [
        ("port = /dev/ttyUSB0", phone.as_str()),
        ("connection = at115200", "connection = none"),
        (
            "/usr/local/lib/loke/gammu-on-receive",
            hook.to_str().unwrap(),
        ),
    ];
    for (from, to) in swaps {
        assert!(settings.contains(from), "{from} is not in gammu-smsdrc");
        settings = settings.replace(from, to);
    }
    let config = place.path().join("smsdrc");
    std::fs::write(&config, settings).unwrap();
    let prints = std::fs::File::create(place.path().join("prints")).unwrap();
    let mut program = Command::new("gammu-smsd");
    program
        .args(["-c", config.to_str().unwrap()])
        .env("LC_ALL", "C.UTF-8")
        .current_dir(place.path())
        .stdin(Stdio::null());
    let daemon = Daemon(
        program
            .stdout(prints.try_clone().unwrap())
            .stderr(prints)
            .spawn()
            .unwrap(),
    );
    let requests = sink.wait(words.len() + 1);
    let got: BTreeSet<String> = requests.iter().map(|request| read(request).1).collect();
    assert_eq!(
        got,
        words
            .into_iter()
            .chain(["begin 😀 end".to_owned()])
            .collect()
    );
    wait_until("the phone is not empty", || {
        std::fs::read_dir(place.path().join("phone/sms/1"))
            .unwrap()
            .count()
            == 0
    });
    wait_until("the spool is not empty", || {
        waiting(place.path()).is_empty()
    });
    drop(daemon);
    // No files except the test's own, and no word or number in its output.
    let files: BTreeSet<_> = std::fs::read_dir(place.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        files,
        BTreeSet::from(
            [
                "curl",
                "gammu-on-receive",
                "phone",
                "prints",
                "smsdrc",
                "spool"
            ]
            .map(str::to_owned)
        )
    );
    let printed = std::fs::read_to_string(place.path().join("prints")).unwrap();
    assert!(
        !printed.contains(&NUMBER[1..]) && !printed.contains("HOME") && !printed.contains("Read "),
        "{printed}"
    );
}

#[test]
fn p1_the_hook_names_no_number() {
    let text = std::fs::read_to_string(deploy().join("gammu-on-receive")).unwrap();
    let acts = || {
        text.lines()
            .filter(|line| !line.trim_start().starts_with('#'))
    };
    assert!(
        text.contains("SMS_n_NUMBER")
            && !acts().any(|line| line.contains("NUMBER") || line.contains("SENDER"))
    );
    for line in ["service = null", "send = no"] {
        assert!(
            std::fs::read_to_string(deploy().join("gammu-smsdrc"))
                .unwrap()
                .lines()
                .any(|other| other == line),
            "{line}"
        );
    }
}
