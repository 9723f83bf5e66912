//! `loke-desk campaign print` and `briefing`: what they write, what they reject, and that each run
//! is in the audit log.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::desk::{Bench, said, text};
use crate::house::programs;

use super::{CREST, NUMBER, URL, output, there_is};

fn made(bench: &Bench, args: &[&str]) -> String {
    bench.ok(args).lines().last().unwrap().to_owned()
}

fn posters(bench: &Bench) -> String {
    let rest = [
        "--topic",
        "drugs",
        "--area",
        "Nelson",
        "--languages",
        "en,ar",
        "--from",
        "2026-11-01",
        "--until",
        "2099-01-31",
        "--copies",
        "50",
    ];
    made(
        bench,
        &[
            &[
                "campaign",
                "new",
                "--name",
                "Autumn",
                "--operation",
                "Gravity",
            ],
            &rest[..],
        ]
        .concat(),
    )
}

#[tokio::test]
async fn p13_a_print_pack_is_written_for_its_owner_and_each_print_is_in_the_audit_log() {
    let bench = Bench::new();
    let code = posters(&bench);
    let out = bench.path("pack");
    let print = [
        "campaign",
        "print",
        &code,
        "--out",
        text(&out),
        "--url",
        URL,
        "--sms",
        NUMBER,
        "--keyword",
        "--two-languages",
        "en,ar",
    ];
    let done = bench.command(&print).output().unwrap();
    assert!(
        done.status.success() && said(&done).contains("13 sheets"),
        "{}",
        said(&done)
    );
    // English is the original; each translation waits for a native speaker's review.
    assert!(
        said(&done).contains("has read them: ar. When one has, add --languages-read ar\n"),
        "{}",
        said(&done)
    );
    let mut files: Vec<_> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 27, "{files:?}");
    for file in &files {
        assert_eq!(
            fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let bytes = fs::read(file).unwrap();
        assert!(
            bytes.starts_with(b"%PDF-") || bytes.starts_with(b"<svg "),
            "{}",
            file.display()
        );
        // The desk's own name for the campaign stays at the desk.
        assert!(
            ["Autumn", "Gravity", "Nelson"]
                .iter()
                .all(|name| memchr::memmem::find(&bytes, name.as_bytes()).is_none())
        );
    }
    assert!(bench.falls(&print).contains("nothing is overwritten"));
    let staff = made(
        &bench,
        &[
            "campaign",
            "new",
            "--for-organisation",
            "Cleansing Ltd",
            "--role",
            "staff",
        ],
    );
    let page = bench.path("page.pdf");
    bench.ok(&[
        "campaign",
        "briefing",
        &staff,
        "--out",
        text(&page),
        "--url",
        URL,
    ]);
    assert!(fs::read(&page).unwrap().starts_with(b"%PDF-"));
    let rows = bench.register().await.trail().await.unwrap();
    let told: Vec<_> = rows
        .iter()
        .filter(|row| row.action == "campaign")
        .map(|row| (row.object.as_str(), row.detail.as_str()))
        .collect();
    let new = (code.as_str(), "new, residents");
    assert_eq!(
        told,
        [
            new,
            (code.as_str(), "print, en ar"),
            (staff.as_str(), "new, staff"),
            (staff.as_str(), "briefing")
        ]
    );
}

#[test]
fn what_cannot_be_printed_is_refused_with_the_reason() {
    let bench = Bench::new();
    let code = posters(&bench);
    let out = bench.path("pack");
    let print = |url: &str, number: &str| {
        bench.falls(&[
            "campaign",
            "print",
            &code,
            "--out",
            text(&out),
            "--url",
            url,
            "--sms",
            number,
        ])
    };
    let long = format!("https://{}.example", "a".repeat(60));
    for url in [
        "http://tell.example",
        "https://tell.example/c",
        "https://me@tell.example",
        "https://tell_us.example",
        "tell.example",
        &long,
    ] {
        assert!(
            print(url, NUMBER).contains("cannot be printed. Give the gateway's public address"),
            "{url}"
        );
    }
    for number in ["text us", "12", "+44 7700 900123 000 000", "07700-900123"] {
        assert!(
            print(URL, number).contains("not a number for texts"),
            "{number}"
        );
    }
    let staff = made(
        &bench,
        &[
            "campaign",
            "new",
            "--for-organisation",
            "Cleansing Ltd",
            "--role",
            "staff",
        ],
    );
    assert!(
        bench
            .falls(&[
                "campaign",
                "print",
                &staff,
                "--out",
                text(&out),
                "--url",
                URL
            ])
            .contains("is an organisation's code")
    );
    assert!(
        bench
            .falls(&[
                "campaign",
                "briefing",
                &code,
                "--out",
                text(&out),
                "--url",
                URL
            ])
            .contains("is a campaign for residents")
    );
    bench.ok(&["campaign", "end", &code]);
    assert!(print(URL, NUMBER).contains("has ended, and nothing more is printed"));
    assert!(!out.exists());
    let language = [
        "campaign",
        "new",
        "--name",
        "x",
        "--topic",
        "drugs",
        "--area",
        "Nelson",
        "--languages",
        "en,xx",
        "--from",
        "2026-11-01",
    ];
    let refused =
        bench.falls(&[&language[..], &["--until", "2026-12-01", "--copies", "50"]].concat());
    assert!(
        refused.contains("\"xx\"") && refused.contains("en, ar, es"),
        "{refused}"
    );
}

/// `campaign sheets` in an empty folder: no desk, no terminal.
fn sheets(folder: &Path, args: &[&str]) -> Output {
    let fixed = ["--topic", "cuckooing", "--url", URL, "--out", "pack"];
    Command::new(programs::desk())
        .args(["campaign", "sheets", CODE])
        .args(fixed)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

const CODE: &str = "B7W6PK";

#[test]
fn sheets_are_printed_from_the_code_alone_without_a_desk_or_a_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("crest.svg"), CREST).unwrap();
    let done = sheets(
        folder.path(),
        &[
            "--languages",
            "en,pl,en",
            "--two-languages",
            "en,pl",
            "--two-languages",
            "en, pl",
            "--from-name",
            "Norwich City Council",
            "--from-name",
            "Norfolk Constabulary",
            "--logo",
            "crest.svg",
        ],
    );
    assert!(done.status.success(), "{}", said(&done));
    assert!(
        !said(&done).to_lowercase().contains("passphrase"),
        "{}",
        said(&done)
    );
    assert!(
        said(&done).contains("13 sheets") && said(&done).contains("marked DRAFT"),
        "{}",
        said(&done)
    );
    let mut names: Vec<String> = fs::read_dir(folder.path().join("pack"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with("pdf"))
        .collect();
    names.sort();
    let expected = [
        "bus-stop-en.pdf",
        "bus-stop-pl.pdf",
        "card-a6-en.pdf",
        "card-a6-pl.pdf",
        "poster-a3-en.pdf",
        "poster-a3-pl.pdf",
        "poster-a4-en-pl.pdf",
        "poster-a4-en.pdf",
        "poster-a4-pl.pdf",
        "poster-a5-en.pdf",
        "poster-a5-pl.pdf",
        "preview.pdf",
        "sticker-en.pdf",
        "sticker-pl.pdf",
    ];
    assert_eq!(names, expected);
    // Nothing but the sheets was made: no casebook, no key.
    let made = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(made, 2);
    // The control: the command for a desk's own campaign asks for the desk.
    let asked = Command::new(programs::desk())
        .args(["campaign", "print", CODE, "--url", URL, "--out", "other"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        !asked.status.success() && said(&asked).contains("desk.toml"),
        "{}",
        said(&asked)
    );
}

#[test]
fn draft_is_on_the_written_sheets_until_languages_read_names_the_language() {
    if !there_is("pdftotext") {
        return;
    }
    for (read, expected) in [(None, true), (Some("ar"), true), (Some("ar,pl"), false)] {
        let folder = tempfile::tempdir().unwrap();
        let mut args = vec!["--languages", "pl"];
        args.extend(read.into_iter().flat_map(|read| ["--languages-read", read]));
        let done = sheets(folder.path(), &args);
        assert!(done.status.success(), "{}", said(&done));
        assert_eq!(said(&done).contains("DRAFT"), expected, "{}", said(&done));
        for name in ["poster-a4-pl", "sticker-pl"] {
            let file = folder.path().join("pack").join(format!("{name}.pdf"));
            let pages = output("pdftotext", &["-raw", text(&file), "-"]);
            // Letters across a page come back one a line.
            let pages: String = String::from_utf8(pages)
                .unwrap()
                .split_whitespace()
                .collect();
            assert_eq!(pages.contains("DRAFT"), expected, "{name}: {pages}");
        }
    }
}

#[test]
fn bad_names_logos_pairs_and_codes_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("broken.svg"), "<svg").unwrap();
    fs::write(at("photo.jpg"), [0xff, 0xd8, 0xff, 0xe0]).unwrap();
    fs::write(at("large.png"), vec![0; 3 << 20]).unwrap();
    fs::write(at("evil.svg"), r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><use href="http://evil.example/a#b"/></svg>"#).unwrap();
    let named = |file: &'static str| {
        [
            "--languages",
            "en",
            "--from-name",
            "Council",
            "--logo",
            file,
        ]
    };
    let long = "x".repeat(61);
    let cases: [(&[&str], &str); 14] = [
        (&named("broken.svg"), "the SVG cannot be read"),
        (&named("photo.jpg"), "neither an SVG nor a PNG file"),
        (&named("large.png"), "larger than 2097152 bytes"),
        (&named("evil.svg"), "refers to something outside itself"),
        (&named("none.svg"), "cannot be read"),
        (&["--languages", "en", "--logo", "evil.svg"], "--from-name"),
        (
            &["--languages", "en", "--from-name", ""],
            "1 to 60 characters",
        ),
        (
            &["--languages", "en", "--from-name", &long],
            "1 to 60 characters",
        ),
        (
            &["--languages", "en", "--from-name", "a\nb"],
            "1 to 60 characters",
        ),
        (
            &["--languages", "en", "--from-name", "Council ☃"],
            "\"☃\" is not in the built-in fonts",
        ),
        (&["--two-languages", "en"], "not a pair of languages"),
        (&["--two-languages", "en,en"], "not a pair of languages"),
        (
            &["--languages", "en,xx"],
            "no sheet can be printed in \"xx\"",
        ),
        (
            &["--languages", "en", "--languages-read", "xx"],
            "no sheet can be printed in \"xx\"",
        ),
    ];
    for (args, reason) in cases {
        let done = sheets(folder.path(), args);
        assert!(
            !done.status.success() && said(&done).contains(reason),
            "{args:?}: {}",
            said(&done)
        );
    }
    let five = ["--from-name", "A"].repeat(5);
    let many = sheets(folder.path(), &[&["--languages", "en"], &five[..]].concat());
    assert!(said(&many).contains("room for 4 names"), "{}", said(&many));
    let wrong = Command::new(programs::desk())
        .args([
            "campaign",
            "sheets",
            "B7W6PX",
            "--topic",
            "drugs",
            "--languages",
            "en",
            "--url",
            URL,
            "--out",
        ])
        .arg(at("pack"))
        .output()
        .unwrap();
    assert!(
        said(&wrong).contains("not a campaign's code"),
        "{}",
        said(&wrong)
    );
    assert!(!at("pack").exists(), "nothing was written");
}
