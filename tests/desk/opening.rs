//! Anyone may have made a tip in the queue: the desk checks its size before it opens it, and
//! validates it before it uses it.

use std::time::{Duration, Instant};

use loke::desk::keys::Identity;
use loke::desk::open::{self, Error};
use loke::seal::encrypt_to;
use loke::tip::Priority;

use super::{entry, tip, with_photo};

/// Seals this plaintext and opens it.
fn opens(plain: &[u8]) -> Result<open::Opened, Error> {
    let identity = Identity::generate();
    let sealed = encrypt_to(&[identity.recipient().unwrap()], plain).unwrap();
    open::tip(&[identity], &sealed)
}

fn json() -> Vec<u8> {
    serde_json::to_vec(&tip("words", Priority::Now, "2026-11-22")).unwrap()
}

/// A tar of one plain `tip.json`, with a change to its header after which it must not open.
fn altered(change: impl FnOnce(&mut tar::Header)) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path("tip.json").unwrap();
    header.set_size(json().len() as u64);
    header.set_mode(0o600);
    change(&mut header);
    header.set_cksum();
    let mut plain = [header.as_bytes().as_slice(), &json()].concat();
    plain.resize(plain.len().next_multiple_of(512) + 1_024, 0);
    plain
}

fn name(header: &mut tar::Header, name: &[u8]) {
    let field = &mut header.as_old_mut().name;
    field.fill(0);
    field[..name.len()].copy_from_slice(name);
}

#[test]
fn a_header_with_thousands_of_stanzas_is_refused_before_age_sees_it() {
    let stanza = format!("-> X25519 {}\n{}\n", "A".repeat(43), "A".repeat(43));
    let hostile = |n: usize| {
        format!(
            "age-encryption.org/v1\n{}--- {}\n",
            stanza.repeat(n),
            "A".repeat(43)
        )
        .into_bytes()
    };
    let identities = [Identity::generate()];
    let started = Instant::now();
    assert_eq!(
        open::tip(&identities, &hostile(4_000)).unwrap_err(),
        Error::Header
    );
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(
        open::tip(&identities, &hostile(21)).unwrap_err(),
        Error::Header
    );
    // The control: the allowed number of stanzas reaches age, which finds no stanza for this key.
    assert_ne!(
        open::tip(&identities, &hostile(20)).unwrap_err(),
        Error::Header
    );
    let long = format!(
        "age-encryption.org/v1\n-> X25519 {}\n--- x\n",
        "A".repeat(20_000)
    );
    assert_eq!(
        open::tip(&identities, long.as_bytes()).unwrap_err(),
        Error::Header
    );
    assert_eq!(
        open::tip(&identities, b"age-encryption.org/v1\n-> X25519").unwrap_err(),
        Error::NotAge
    );
    assert_eq!(
        open::tip(&identities, &vec![0; 9 << 20]).unwrap_err(),
        Error::Large
    );
    assert_eq!(open::tip(&identities, b"").unwrap_err(), Error::NotAge);
}

#[test]
fn a_tip_opens_whole_and_one_changed_bit_anywhere_does_not() {
    let identity = Identity::generate();
    let (tip, photos) = with_photo(tip("words", Priority::Now, "2026-11-22"));
    let mut tar = tar::Builder::new(Vec::new());
    entry(&mut tar, "tip.json", &serde_json::to_vec(&tip).unwrap());
    entry(&mut tar, "photo-1.jpg", &photos[0].jpeg);
    let mut plain = tar.into_inner().unwrap();
    plain.resize(1 << 20, 0);
    let sealed = encrypt_to(&[identity.recipient().unwrap()], &plain).unwrap();
    let identities = [Identity::generate(), identity];
    let opened = open::tip(&identities, &sealed).unwrap();
    assert_eq!(
        (opened.tip.what.as_str(), opened.photos[0].as_slice()),
        ("words", photos[0].jpeg.as_slice())
    );
    assert_eq!(
        open::tip(&identities[..1], &sealed).unwrap_err(),
        Error::OtherKey
    );
    for at in [30, 100, sealed.len() / 2, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(open::tip(&identities, &changed).is_err(), "byte {at}");
        assert!(
            open::tip(&identities, &sealed[..at]).is_err(),
            "cut at {at}"
        );
    }
}

#[test]
fn a_hostile_tar_is_refused_whatever_it_tries() {
    assert!(
        opens(&altered(|_| ())).is_ok(),
        "the control: the tar that is not altered opens"
    );
    for hostile in [
        "/tip.json",
        "../tip.json",
        "./tip.json",
        "TIP.JSON",
        "photo-1.jpg",
        "tip.json/",
        "",
    ] {
        assert!(
            matches!(
                opens(&altered(|h| name(h, hostile.as_bytes()))),
                Err(Error::NotATip(_))
            ),
            "{hostile}"
        );
    }
    use tar::EntryType;
    let kinds = [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Directory,
        EntryType::Char,
        EntryType::Fifo,
        EntryType::GNULongName,
    ];
    for kind in kinds.into_iter().chain([
        EntryType::GNUSparse,
        EntryType::XHeader,
        EntryType::XGlobalHeader,
        EntryType::Continuous,
    ]) {
        assert!(
            matches!(
                opens(&altered(|h| h.set_entry_type(kind))),
                Err(Error::NotATip(_))
            ),
            "{kind:?}"
        );
    }
    for size in [0, 1, 2_000, (16 << 10) + 1, 1 << 33, u64::MAX / 2, u64::MAX] {
        assert!(opens(&altered(|h| h.set_size(size))).is_err(), "{size}");
    }
    // Padding, as a gateway writes it, is allowed after the last file and nowhere else.
    let padded = |records: &[u8], before: bool, after: bool| {
        let mut tar = tar::Builder::new(Vec::new());
        let pad = |tar: &mut tar::Builder<Vec<u8>>| {
            let mut header = tar::Header::new_ustar();
            header.set_entry_type(EntryType::XGlobalHeader);
            header.set_size(records.len() as u64);
            header.set_mode(0o600);
            tar.append_data(&mut header, "padding", records).unwrap();
        };
        if before {
            pad(&mut tar);
        }
        entry(&mut tar, "tip.json", &json());
        pad(&mut tar);
        if after {
            entry(&mut tar, "photo-1.jpg", b"x");
        }
        opens(&tar.into_inner().unwrap()).map(|_| ())
    };
    let record = |size: usize| {
        let begins = format!("{size} comment=");
        format!("{begins}{}\n", " ".repeat(size - begins.len() - 1)).into_bytes()
    };
    assert_eq!(
        (
            record(512).len(),
            padded(&record(512), false, false),
            padded(b"", false, false)
        ),
        (512, Ok(()), Ok(())),
        "the control"
    );
    for hostile in [
        b"17 path=run.sh\n\n\n".as_slice(),
        b"20 comment=not blank\n",
        &record(1 << 20),
        &[b' '; 512],
    ] {
        assert!(
            matches!(padded(hostile, false, false), Err(Error::NotATip(_))),
            "{:?}",
            hostile.get(..20)
        );
    }
    assert_eq!(
        padded(&record(512), true, false),
        Ok(()),
        "before the first file, as gateways write it"
    );
    assert!(matches!(
        padded(&record(512), false, true),
        Err(Error::NotATip(_))
    ));
    let two = |second: &str| {
        let mut tar = tar::Builder::new(Vec::new());
        entry(&mut tar, "tip.json", &json());
        entry(&mut tar, second, b"x");
        opens(&tar.into_inner().unwrap())
    };
    for second in ["tip.json", "photo-1.jpg", "photo-2.jpg", "run.sh"] {
        assert!(matches!(two(second), Err(Error::NotATip(_))), "{second}");
    }
    assert!(matches!(opens(&[]), Err(Error::NotATip(_))));
    assert!(matches!(opens(&[7; 4_096]), Err(Error::NotATip(_))));
}

#[test]
fn an_unknown_schema_is_named_and_an_unknown_word_is_not_repeated() {
    let with = |from: &str, to: &str| {
        let mut tar = tar::Builder::new(Vec::new());
        entry(
            &mut tar,
            "tip.json",
            String::from_utf8(json())
                .unwrap()
                .replace(from, to)
                .as_bytes(),
        );
        opens(&tar.into_inner().unwrap())
    };
    assert!(with("\"saw\"", "\"told\"").is_ok(), "the control");
    let newer = with("\"schema\":1", "\"schema\":2").unwrap_err();
    assert_eq!(newer, Error::Schema(2));
    assert!(
        newer.to_string().contains("schema 2") && newer.to_string().contains("Update loke-desk")
    );
    let odd = with("\"saw\"", "\"canary\"").unwrap_err().to_string();
    assert!(
        odd.contains("not a tip") && !odd.contains("canary"),
        "{odd}"
    );
    assert!(with("\"schema\":1", "\"schema\":\"1\"").is_err());
}
