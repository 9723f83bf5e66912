//! `kill -9` while a backup is written, and while a restored desk is opened with a custodian's key. A
//! backup that has its name is whole, and a rescue that was cut off is finished by the same command.

use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use loke::clock::Clock;
use loke::desk::acting::{self, Acting};
use loke::desk::keys::Passphrase;
use loke::desk::register::Register;
use loke::seal::MacKey;
use loke::tip::Priority;

use super::{Bench, Kills, kills, said, text, tip};
use crate::house::programs;
use crate::house::skip::skipped;

/// The passphrase of the custodian's file.
const OTHER: &str = "nine slow barges under willow bridges";

/// A command that takes no passphrase of a member.
fn command(bench: &Bench, args: &[&str]) -> Command {
    let mut command = Command::new(programs::desk());
    command
        .args(args)
        .arg("--config")
        .arg(bench.folder().join("desk.toml"));
    command
}

fn with_tips() -> Bench {
    let bench = Bench::new();
    let mac_key = MacKey::random().unwrap();
    let tips = (0..20).map(|n| tip(&format!("word {n}"), Priority::Routine, "2026-11-22"));
    let sealed: Vec<_> = tips.map(|one| bench.seal(&one, &[], &mac_key)).collect();
    assert!(said(&bench.import(&sealed)).contains("20 tips imported"));
    bench
}

/// The names of the files in a backup.
fn names_in(backup: &Path, key: &age::x25519::Identity) -> BTreeSet<String> {
    let sealed = std::fs::read(backup).unwrap();
    let mut plain = Vec::new();
    age::Decryptor::new_buffered(sealed.as_slice())
        .unwrap()
        .decrypt(std::iter::once(key as &dyn age::Identity))
        .unwrap()
        .read_to_end(&mut plain)
        .unwrap();
    let mut tar = tar::Archive::new(plain.as_slice());
    let entries = tar.entries().unwrap();
    let names = entries.map(|entry| entry.unwrap().path().unwrap().display().to_string());
    names.collect()
}

#[test]
fn p6_a_kill_while_a_backup_is_written_leaves_no_half_backup_and_the_desk_as_it_was() {
    let bench = with_tips();
    let (key, second) = (
        age::x25519::Identity::generate(),
        age::x25519::Identity::generate(),
    );
    let custodians = bench.path("custodians");
    std::fs::write(
        &custodians,
        format!("{}\n{}\n", key.to_public(), second.to_public()),
    )
    .unwrap();
    let make = |out: &Path| {
        let args = [
            "backup",
            "--custodians",
            text(&custodians),
            "--out",
            text(out),
        ];
        command(&bench, &args)
    };
    let whole = bench.path("whole.age");
    let began = Instant::now();
    let out = make(&whole).output().unwrap();
    assert!(out.status.success(), "{}", said(&out));
    let mut instants = Kills::over(began.elapsed());
    let expected = names_in(&whole, &key);
    assert!(
        expected
            .iter()
            .any(|name| name.ends_with("books/main/book.db"))
    );
    let (mut midway, mut complete) = (0, 0);
    for n in 0..kills() {
        let out = bench.path(&format!("backup-{n}.age"));
        midway += u32::from(instants.kill_command(make(&out)));
        if out.exists() {
            assert_eq!(
                names_in(&out, &key),
                expected,
                "a backup with its name is whole"
            );
            complete += 1;
            std::fs::remove_file(&out).unwrap();
        }
        assert_eq!(bench.list().len(), 20);
    }
    println!(
        "backup: {midway} of {} kills before the end, {complete} complete",
        kills()
    );
    assert!(midway > 0, "no kill fell into a backup: the test is blind");
    bench.ok(&["audit", "verify"]);
    let out = bench.path("last.age");
    assert!(make(&out).output().unwrap().status.success());
    assert_eq!(
        names_in(&out, &key),
        expected,
        "nothing that was cut off is in it"
    );
    assert!(!bench.folder().join("register.copy").exists());
}

/// Kills a script with all that it started, and waits until nothing of it lives: a killed `tar` still
/// ends its last write, and the next script would find a file in a folder that it removes.
fn kill_group(child: &mut std::process::Child) -> bool {
    let group = child.id().to_string();
    let mut kill = Command::new("kill");
    let sent = kill.args(["-9", "--", &format!("-{group}")]).status();
    assert!(sent.is_ok());
    let killed = !child.wait().unwrap().success();
    while lives(&group) {
        std::thread::yield_now();
    }
    killed
}

/// Whether a process of this group lives (proc_pid_stat(5): after the name come state, parent and group).
fn lives(group: &str) -> bool {
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .any(|process| {
            let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
            let mut fields = stat
                .rsplit(')')
                .next()
                .unwrap_or_default()
                .split_whitespace();
            let dead = fields.next().is_none_or(|state| "ZX".contains(state));
            !dead && fields.nth(1) == Some(group)
        })
}

/// The folder is there whole, or not at all, and the same command ends it.
#[test]
fn p6_a_kill_while_a_backup_is_restored_leaves_a_whole_folder_or_none() {
    if Command::new("age").arg("--version").output().is_err() {
        skipped!("there is no age on this machine");
        return;
    }
    let bench = with_tips();
    let key = age::x25519::Identity::generate();
    let second = age::x25519::Identity::generate();
    let (custodians, backup) = (bench.path("custodians"), bench.path("whole.age"));
    let keys = format!("{}\n{}\n", key.to_public(), second.to_public());
    std::fs::write(&custodians, keys).unwrap();
    let args = ["--custodians", text(&custodians), "--out", text(&backup)];
    let made = command(&bench, &[&["backup"][..], &args].concat()).output();
    assert!(made.unwrap().status.success());
    let identity = bench.path("identity");
    let line = age::secrecy::ExposeSecret::expose_secret(&key.to_string()).to_owned();
    std::fs::write(&identity, line).unwrap();
    let expected = names_in(&backup, &key);
    let restore = |to: &Path| {
        let mut command = Command::new("deploy/restore");
        command.arg(&backup).arg(&identity).arg(to).process_group(0);
        command.stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::null());
        command
    };
    let files_in = |folder: &Path| -> BTreeSet<String> {
        let mut find = Command::new("find");
        find.args(["desk", "-type", "f"]).current_dir(folder);
        let found = String::from_utf8(find.output().unwrap().stdout).unwrap();
        found.lines().map(str::to_owned).collect()
    };
    let to = bench.path("first");
    std::fs::create_dir(&to).unwrap();
    let began = Instant::now();
    assert!(restore(&to).status().unwrap().success());
    let span = began.elapsed();
    assert_eq!(files_in(&to), expected);
    assert!(!to.join("restore.part").exists());
    assert!(
        !restore(&to).status().unwrap().success(),
        "nothing is overwritten"
    );
    let (mut midway, mut whole) = (0, 0);
    for n in 0..kills() {
        let to = bench.path(&format!("to-{n}"));
        std::fs::create_dir(&to).unwrap();
        let mut child = restore(&to).spawn().unwrap();
        let share = loke::random::below(1_000).unwrap() as f64 / 1_000.0;
        let (began, wait) = (Instant::now(), span.mul_f64(share));
        while began.elapsed() < wait {
            std::thread::yield_now();
        }
        let killed = kill_group(&mut child);
        midway += u32::from(killed);
        if to.join("desk").exists() {
            assert_eq!(files_in(&to), expected, "a folder with its name is whole");
            whole += 1;
        }
        if killed && (!to.join("desk").exists() || to.join("restore.part").exists()) {
            assert!(restore(&to).status().unwrap().success());
        }
        assert_eq!(files_in(&to), expected);
        std::fs::remove_dir_all(&to).unwrap();
    }
    println!(
        "restore: {midway} of {} kills before the end, {whole} whole",
        kills()
    );
    assert!(midway > 0, "no kill fell into a restore: the test is blind");
}

#[tokio::test]
async fn p6_a_kill_while_a_restored_desk_is_rescued_is_finished_by_the_same_command() {
    let bench = with_tips();
    let key = age::x25519::Identity::generate();
    let line = age::secrecy::ExposeSecret::expose_secret(&key.to_string()).to_owned();
    let mut scrypt = age::scrypt::Recipient::new(OTHER.to_owned().into());
    scrypt.set_work_factor(10);
    let (file, pass) = (bench.path("kim.age"), bench.path("kim.passphrase"));
    std::fs::write(&file, age::encrypt(&scrypt, line.as_bytes()).unwrap()).unwrap();
    std::fs::write(&pass, OTHER).unwrap();
    let folder = bench.folder();
    {
        let register = Register::open(&folder, Clock::System).await.unwrap();
        let own = Passphrase::new(super::super::PASSPHRASE);
        let member = acting::unlock(&folder, "admin", &own).unwrap();
        let account = register.account("admin").await.unwrap();
        let admin = Acting::open(&register, account, &member).await.unwrap();
        let kim = key.to_public().to_string().parse().unwrap();
        loke::desk::custodians::add(&admin, "kim", &kim)
            .await
            .unwrap();
        admin.close().await;
    }
    let passphrase = bench.path("passphrase");
    let rescue = |name: &str| {
        let args = [
            "custodian",
            "rescue",
            name,
            "--identity",
            text(&file),
            "--identity-passphrase-file",
            text(&pass),
            "--new-passphrase-file",
            text(&passphrase),
        ];
        command(&bench, &args)
    };
    let began = Instant::now();
    let out = rescue("first").output().unwrap();
    assert!(out.status.success(), "{}", said(&out));
    let mut instants = Kills::over(began.elapsed());
    let (mut midway, mut begun) = (0, 0);
    for n in 0..kills() {
        let name = format!("person{n}");
        midway += u32::from(instants.kill_command(rescue(&name)));
        begun += u32::from(folder.join("people").join(format!("{name}.age")).exists());
        assert_eq!(
            bench.list().len(),
            20,
            "the members' keys still open the book"
        );
        let out = rescue(&name).output().unwrap();
        assert!(out.status.success(), "{}", said(&out));
        let listed = bench.ok(&["list", "--json", "--as", &name]);
        let rows: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
        assert_eq!(rows.len(), 20, "{name}");
    }
    println!(
        "restore: {midway} of {} kills before the end, {begun} after the first file",
        kills()
    );
    assert!(midway > 0, "no kill fell into a rescue: the test is blind");
    bench.ok(&["audit", "verify"]);
}
