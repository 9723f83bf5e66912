//! `loke-desk campaign print` and `briefing`: what they write, what they reject, and that each run
//! is in the audit log.

use std::os::unix::fs::PermissionsExt;

use crate::desk::{Bench, said, text};

use super::{NUMBER, URL};

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
    ];
    let done = bench.command(&print).output().unwrap();
    assert!(
        done.status.success() && said(&done).contains("10 sheets"),
        "{}",
        said(&done)
    );
    // English is the original; each translation waits for a native speaker's review.
    assert!(
        said(&done).contains("before many are printed: ar\n"),
        "{}",
        said(&done)
    );
    let mut files: Vec<_> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 20, "{files:?}");
    for file in &files {
        assert_eq!(
            std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let bytes = std::fs::read(file).unwrap();
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
    assert!(std::fs::read(&page).unwrap().starts_with(b"%PDF-"));
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
