//! Every command of the run-book and its pages as it stands there, in order, as root, in a mount and network
//! namespace where `/etc`, `/var/lib` and `/usr/local` are this test's. Nothing there runs systemd:
//! a stand-in writes down what its commands were told.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::deploy;
use crate::house::programs;
use crate::house::skip::skipped;

/// How the test treats a block of commands.
enum Do {
    /// Runs as it stands.
    Run,
    /// Runs with each `from` replaced, once: what the page leaves to the reader.
    With(&'static [(&'static str, &'static str)]),
    /// Runs at a terminal where the passphrase is typed so many times, then an empty line.
    Type(usize, &'static [(&'static str, &'static str)]),
    /// Does not run here: why.
    Not(&'static str),
}
use Do::{Not, Run, Type, With};

const PASSPHRASE: &str = "this is only a test of the run-book";

/// The pages with commands, in the order of an installation.
pub(super) const PAGES: [&str; 4] = ["README.md", "texts.md", "campaigns.md", "alerts.md"];

/// Every block of the run-book, by how it begins.
const BLOCKS: &[(&str, Do)] = &[
    (
        "cargo build",
        Not("tests/run builds both programs this way"),
    ),
    ("groupadd --system loke-queue", Run),
    (
        "useradd --system --no-create-home --shell /usr/sbin/nologin loke-desk",
        Run,
    ),
    (
        "loke-desk keygen",
        // Without a passphrase age chooses one.
        Type(2, &[]),
    ),
    ("runuser -u loke-desk -- loke-desk init", Type(2, &[])),
    (
        "runuser -u loke-web -- loke-gateway init --only web",
        With(&[
            ("desk=age1…", "desk=$(cat $T/desk.recipient)"),
            ("backup=age1…", "backup=$(cat $T/backup.recipient)"),
            ("queue.db\n", "queue.db --slots 64,1,1,1,1\n"),
        ]),
    ),
    ("loke-gateway init --only pickup", Run),
    ("install -m 0600 -o loke-web -g loke-web fullchain.pem", Run),
    ("runuser -u loke-pickup -- loke-gateway enrol", Run),
    (
        "install -m 0600 -o loke-desk -g loke-desk abate.enrolment",
        Type(1, &[]),
    ),
    ("sysctl --system", Run),
    ("loke-gateway init --only sms", Run),
    (
        "systemctl daemon-reload && systemctl enable --now loke-sms",
        Run,
    ),
    (
        "apt install kannel",
        Not("tests/sms/kannel.rs runs Kannel with this file"),
    ),
    (
        "apt install gammu-smsd",
        Not("tests/sms/gammu.rs runs Gammu with these files"),
    ),
    (
        "loke-desk serve",
        Not("tests/route/screen.rs serves the page and signs in"),
    ),
    (
        "systemctl daemon-reload && systemctl enable --now loke-desk",
        Run,
    ),
    (
        "useradd --system --no-create-home --shell /usr/sbin/nologin loke-partners",
        Run,
    ),
    (
        "install -d -m 0700 -o loke-partners -g loke-partners /var/lib/loke-partners/store",
        Run,
    ),
    (
        "runuser -u loke-desk -- loke-desk account add",
        Type(
            1,
            &[(
                "--role officer,supervisor",
                "--role officer,supervisor --new-passphrase-file $T/passphrase",
            )],
        ),
    ),
    ("runuser -u loke-desk -- loke-desk book grant", Type(1, &[])),
    (
        "runuser -u loke-desk -- loke-desk account codes",
        Type(1, &[]),
    ),
    (
        "runuser -u loke-desk -- loke-desk check",
        // The page says what is still missing: it must exit with 1.
        With(&[("desk.toml", "desk.toml && exit 9 || test $? = 1")]),
    ),
    (
        "useradd --system --no-create-home --shell /usr/sbin/nologin loke-prove",
        Run,
    ),
    ("install -D -m 0755 backup restore", Run),
    (
        "/usr/local/lib/loke/restore",
        Not("tests/deploy/backup.rs restores a backup"),
    ),
    (
        "runuser -u loke-desk -- loke-desk book new-keys",
        Type(1, &[]),
    ),
    ("runuser -u loke-pickup -- loke-gateway revoke", Run),
    (
        "install -m 0755 /usr/local/bin/loke-gateway /usr/local/bin/loke-gateway.old",
        Run,
    ),
    (
        "runuser -u loke-web -- loke-gateway close",
        With(&[(
            "gateway.toml\n",
            "gateway.toml\nrunuser -u loke-web -- loke-gateway close --reopen --config /var/lib/loke-web/gateway.toml\n",
        )]),
    ),
    ("runuser -u loke-pickup -- loke-gateway export", Run),
    ("runuser -u loke-pickup -- loke-gateway purge", Run),
    (
        "loke-desk campaign new",
        Type(
            3,
            &[
                (
                    "loke-desk campaign new",
                    "cd /var/lib/loke-desk\nloke-desk campaign new",
                ),
                (
                    "--config desk.toml\nloke-desk campaign print CODE",
                    "--config desk.toml | tee $T/campaign\nloke-desk campaign print $(grep -oE '\\b[0-9A-Z]{6}\\b' $T/campaign | head -n 1)",
                ),
                ("--out DIR", "--out $T/sheets"),
                ("https://HOST", "https://tell.example.org"),
                ("--sms NUMBER", "--sms 07700900123"),
            ],
        ),
    ),
    (
        "loke-desk purge --dry-run",
        Type(
            2,
            &[(
                "loke-desk purge --dry-run",
                "cd /var/lib/loke-desk\nloke-desk purge --dry-run",
            )],
        ),
    ),
    (
        "loke-desk campaign sheets",
        With(&[("--out posters", "--out $T/posters")]),
    ),
    (
        "runuser -u loke-desk -- loke-desk audit verify",
        Type(1, &[]),
    ),
];

/// The blocks of shell commands of a document: the line that each begins at, and its text without
/// the indentation of its list.
pub(super) fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let indent = line.len() - line.trim_start().len();
        match (&mut open, line.trim_start()) {
            (None, "```sh") => open = Some((number + 1, indent, String::new())),
            (Some(_), "```") => found.extend(open.take().map(|(at, _, block)| (at, block))),
            (Some((_, outer, block)), _) => {
                block.push_str(line.get(*outer..).unwrap_or_default());
                block.push('\n');
            }
            (None, _) => {}
        }
    }
    found
}

/// Before the first block: the machine of the test, and what the page's prose asks for.
const MACHINE: &str = r#"set -euo pipefail
mount --make-rprivate /
mkdir -p "$T/etc" "$T/lib" "$T/local/bin" "$T/local/sbin" "$T/here"
cp -a /etc/. "$T/etc"
for name in systemctl journalctl sysctl; do
  printf '#!/bin/sh\necho "%s $*" >>%s/services\n' "$name" "$T" >"$T/local/sbin/$name"
  chmod 755 "$T/local/sbin/$name"
done
# What the units' processes would have written by then.
printf 'if [ "$*" = "start loke-prove" ]; then mkdir -p /var/lib/loke-prove; echo whole >/var/lib/loke-prove/statement.txt; fi\n' >>"$T/local/sbin/systemctl"
cp "$GATEWAY" "$DESK" "$T/local/bin/"
mount --bind "$T/etc" /etc
mount --bind "$T/lib" /var/lib
mount --bind "$T/local" /usr/local
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
chmod 711 "$T"
echo "$PASSPHRASE" >"$T/passphrase"
cd "$T/here"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=tell.example.org \
  -addext subjectAltName=DNS:tell.example.org -keyout privkey.pem -out fullchain.pem 2>/dev/null
cp -R "$DEPLOY"/. .
cp nftables.conf /etc/nftables.conf
mkdir -p target/release && cp "$GATEWAY" target/release/
step() { printf '\n== %s\n' "$*"; }
"#;

/// Prose between the blocks that the next block stands on, by the block that it comes after.
const PROSE: &[(&str, &str)] = &[
    (
        "loke-desk keygen",
        "grep -ohE 'age1[0-9a-z]+' $T/out | head -n 1 >$T/backup.recipient\n",
    ),
    (
        "runuser -u loke-desk -- loke-desk init",
        "grep -ohE 'age1[0-9a-z]+' $T/out | tail -n 1 >$T/desk.recipient\n",
    ),
    (
        "loke-gateway init --only pickup",
        r#"sed -i 's|^\[web\]$|[web]\npublic_url = "https://tell.example.org"\ntls_cert = "web.crt"\ntls_key = "web.key"\ncontroller = "Example Council"\ncontact = "asb@example.org"|' /var/lib/loke-web/gateway.toml
cd $T/here
"#,
    ),
    // "Bob signs in at the page and chooses another one."
    (
        "runuser -u loke-desk -- loke-desk account add",
        "echo 'seven quiet herons over marshland' >$T/own\n\
         runuser -u loke-desk -- loke-desk account passphrase --as bob --passphrase-file $T/passphrase --new-passphrase-file $T/own \
         --config /var/lib/loke-desk/desk.toml\n",
    ),
    // "Save the mail as a file."
    (
        "loke-desk campaign sheets",
        "read -r row hash </var/lib/loke-desk/audit.head\nprintf 'row %s\\nhash %s\\n' \"$row\" \"$hash\" >mail.eml\n",
    ),
    (
        "runuser -u loke-pickup -- loke-gateway enrol",
        "cp /var/lib/loke-pickup/abate.enrolment .\n",
    ),
];

#[test]
fn every_command_of_the_run_book_works_as_it_stands_on_the_page() {
    let found: Vec<_> = PAGES
        .iter()
        .flat_map(|page| {
            let text = std::fs::read_to_string(deploy().join(page)).unwrap();
            blocks(&text)
                .into_iter()
                .map(move |(line, block)| (format!("deploy/{page}:{line}"), block))
        })
        .collect();
    assert!(found.len() > 20, "the blocks are found");
    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o711)).unwrap();
    let mut script = MACHINE.to_owned();
    let mut used = vec![false; BLOCKS.len()];
    for (at_line, block) in &found {
        let at = BLOCKS
            .iter()
            .position(|(begins, _)| block.starts_with(begins));
        let at = at.unwrap_or_else(|| panic!("{at_line} is a new block:\n{block}"));
        used[at] = true;
        let (begins, how) = &BLOCKS[at];
        script.push_str(&step(at_line, block, how, place.path()));
        for (_, prose) in PROSE.iter().filter(|(after, _)| after == begins) {
            script.push_str(prose);
        }
    }
    let unused: Vec<_> = BLOCKS
        .iter()
        .zip(&used)
        .filter(|(_, used)| !**used)
        .map(|((begins, _), _)| begins)
        .collect();
    assert!(unused.is_empty(), "no longer on the page: {unused:?}");
    let Some(said) = run_apart(&script, place.path()) else {
        skipped!("this machine lets nobody make a namespace for the run-book");
        return;
    };
    assert!(said.0, "{}", said.1);
    let services = std::fs::read_to_string(place.path().join("services")).unwrap();
    assert!(
        services.contains("systemctl enable --now loke-web.socket"),
        "{services}"
    );
}

/// The commands of one block, with its output in `$T/out`.
fn step(at: &str, block: &str, how: &Do, place: &Path) -> String {
    let replaced = |pairs: &[(&str, &str)]| {
        pairs.iter().fold(block.to_owned(), |block, (from, to)| {
            assert!(block.contains(from), "{at} has no \"{from}\"");
            block.replacen(from, to, 1)
        })
    };
    let mark = format!("step {at}\n");
    match how {
        Not(why) => format!("step '{at} is not run: {why}'\n"),
        Run => format!("{mark}{block}"),
        With(pairs) => format!("{mark}{}", replaced(pairs)),
        Type(typed, pairs) => {
            let file = place.join(at.replace(['/', ':'], "-") + ".sh");
            std::fs::write(&file, format!("set -euo pipefail\n{}", replaced(pairs))).unwrap();
            format!(
                "{mark}printf '{}\\n' | script --quiet --return --echo never --command 'bash {}' /dev/null | tee $T/out\n",
                format!("{PASSPHRASE}\n").repeat(*typed),
                file.display()
            )
        }
    }
}

/// Runs a script as root in namespaces of its own; `None` where that is not possible.
fn run_apart(script: &str, place: &Path) -> Option<(bool, String)> {
    let apart = ["--mount", "--net", "--pid", "--fork", "--mount-proc"];
    // Everything that the script needs of this machine.
    let needs = "mount --make-rprivate / && mount --bind /etc /etc && command -v useradd runuser script openssl nft age";
    let can = Command::new("unshare")
        .args(apart)
        .args(["sh", "-c", needs])
        .output()
        .ok()?;
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .ok()?
        .stdout
        .trim_ascii()
        == b"0";
    if !can.status.success() || !is_root {
        return None;
    }
    let file = place.join("all.sh");
    std::fs::write(&file, script).unwrap();
    let ran = Command::new("unshare")
        .args(apart)
        .args(["bash", file.to_str().unwrap()])
        .env("T", place)
        .env("GATEWAY", programs::gateway())
        .env("DESK", programs::desk())
        .env("DEPLOY", deploy())
        .env("PASSPHRASE", PASSPHRASE)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Some((
        ran.status.success(),
        String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned(),
    ))
}
