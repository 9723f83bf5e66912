//! The Debian packages, by their lists in `Cargo.toml` and the files in `deploy/packages`:
//! `tests/packages` installs, upgrades and purges them (`.ci/deep packages`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use super::deploy;

const PROGRAMS: [&str; 2] = ["gateway", "desk"];
const UNITS: &str = "usr/lib/systemd/system/";

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The files of a package: where each comes from, and where it goes.
fn assets(program: &str) -> BTreeMap<String, String> {
    let file = deploy().join("../src").join(program).join("Cargo.toml");
    let manifest: toml::Table = read(&file).parse().unwrap();
    manifest["package"]["metadata"]["deb"]["assets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|asset| {
            let word = |at: usize| asset[at].as_str().unwrap().to_owned();
            let (from, mut to) = (word(0), word(1));
            if to.ends_with('/') {
                to.push_str(from.rsplit('/').next().unwrap());
            }
            (from, to)
        })
        .collect()
}

fn units_of(program: &str) -> BTreeSet<String> {
    assets(program)
        .values()
        .filter_map(|to| Some(to.strip_prefix(UNITS)?.to_owned()))
        .collect()
}

/// What `deploy/packages/units` writes, by name.
fn written() -> BTreeMap<String, String> {
    let place = tempfile::tempdir().unwrap();
    let ran = Command::new(deploy().join("packages/units"))
        .arg(place.path())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    std::fs::read_dir(place.path())
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (
                entry.file_name().into_string().unwrap(),
                read(&entry.path()),
            )
        })
        .collect()
}

/// The units of `deploy/` that no package has.
fn unpacked(packed: &BTreeSet<String>) -> Vec<String> {
    let mut missing: Vec<_> = written()
        .into_keys()
        .filter(|name| {
            [".service", ".socket", ".timer"]
                .iter()
                .any(|ending| name.ends_with(ending))
        })
        .filter(|name| !packed.contains(name))
        .collect();
    missing.sort();
    missing
}

#[test]
fn every_unit_is_in_a_package() {
    let mut packed: BTreeSet<_> = PROGRAMS.iter().flat_map(|name| units_of(name)).collect();
    assert_eq!(unpacked(&packed), Vec::<String>::new());
    packed.remove("loke-sms.socket");
    assert_eq!(unpacked(&packed), ["loke-sms.socket"], "the control");
}

#[test]
fn a_packages_units_start_its_own_files_as_users_that_it_makes() {
    for program in PROGRAMS {
        let (assets, written) = (assets(program), written());
        let installed: BTreeSet<_> = assets.values().cloned().collect();
        let users = read(
            &deploy()
                .join("packages")
                .join(program)
                .join("sysusers.conf"),
        );
        for unit in units_of(program) {
            let text = &written[&unit];
            assert!(!text.contains("/usr/local"), "{unit}");
            for line in text.lines() {
                if let Some(command) = line.strip_prefix("ExecStart=/") {
                    let started = command.split(' ').next().unwrap();
                    assert!(
                        started.starts_with("usr/lib/systemd/") || installed.contains(started),
                        "{unit} starts /{started}, which is not in the package"
                    );
                }
                if let Some(user) = line.strip_prefix("User=") {
                    assert!(users.contains(&format!("\nu {user} ")), "{unit}: {user}");
                }
            }
        }
    }
    let gateway = read(&deploy().join("loke-web.service"));
    assert!(gateway.contains("/usr/local/bin"), "the control");
}

#[test]
fn a_removal_stops_every_unit_and_a_purge_names_every_folder_and_user() {
    for program in PROGRAMS {
        let script = |name: &str| read(&deploy().join("packages").join(program).join(name));
        let (prerm, postrm, written) = (script("prerm"), script("postrm"), written());
        for unit in units_of(program) {
            assert!(prerm.contains(&unit), "{program}/prerm: {unit}");
            for line in written[&unit].lines() {
                let named = line
                    .strip_prefix("StateDirectory=")
                    .or(line.strip_prefix("User="));
                assert!(
                    named.is_none_or(|name| postrm.contains(name)),
                    "{program}/postrm: {line}"
                );
            }
        }
        let made = script("tmpfiles.conf");
        let folders: Vec<_> = made
            .lines()
            .filter_map(|line| line.strip_prefix("d ")?.split(' ').next())
            .collect();
        assert!(!folders.is_empty());
        for folder in folders {
            assert!(postrm.contains(folder), "{program}/postrm: {folder}");
        }
    }
}
