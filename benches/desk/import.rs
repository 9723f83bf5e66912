//! The import of a gateway's exports, beside its ceilings.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use loke::desk::acting::Acting;
use loke::desk::book::View;
use loke::desk::keys::Identity;
use loke::desk::open;
use loke::desk::pull::{self, Collector};
use loke::seal::{self, MacKey, Recipients};
use loke::tip::{Lane, Tip, TipId};

use super::{FEW, ceilings, goals, words};

/// Tips of one export: a full queue has as many.
const EXPORT: usize = 20_000;

/// Imports the tips from exports of a gateway. Prints the rate beside its ceilings.
pub(crate) async fn all(acting: &Acting, identity: &Identity, tips: usize) -> Vec<TipId> {
    let mut recipients = Recipients::default();
    for lane in Lane::ALL {
        recipients.add(*lane, identity.recipient().unwrap());
    }
    let mac_key = MacKey::random().unwrap();
    let into = Collector::of(acting).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tips.tar");
    let mut opening = Duration::ZERO;
    let (mut importing, mut working) = (Duration::ZERO, Duration::ZERO);
    let mut ids = Vec::with_capacity(tips);
    for from in (0..tips).step_by(EXPORT) {
        let today = acting.register().clock().today();
        let mut some: Vec<Tip> = (from..tips.min(from + EXPORT)).map(words::tip).collect();
        ids.extend(some.iter().map(|tip| tip.id));
        // A gateway exports in the order of the ids.
        some.sort_unstable_by_key(|tip| tip.id.0);
        let mut export = tar::Builder::new(File::create(&file).unwrap());
        for tip in &some {
            let sealed = seal::seal(tip, &[], &recipients, &mac_key, today).unwrap();
            add(&mut export, sealed.id, &sealed.bytes);
        }
        // It came some time ago: the disk has nothing left to write of it.
        export.into_inner().unwrap().sync_all().unwrap();
        opening += open_each(identity, &file);
        let (cpu, began) = (ProcessTime::now(), Instant::now());
        let tally = pull::import(&into, &file).await.unwrap();
        importing += began.elapsed();
        working += cpu.elapsed();
        assert!(!tally.needs_a_person());
    }
    let counts = acting.counts().await.unwrap();
    assert_eq!(counts[&View::Open], i64::try_from(tips).unwrap());
    let rate = |time: Duration| tips as f64 / time.as_secs_f64();
    let (whole, opening) = (rate(importing), rate(opening));
    let bare = ceilings::rows_with_index(tips).await;
    println!(
        "  import: {whole:.0} tips/s, {:.2} cores busy; opening alone, on one core: {opening:.0}; bare rows with index: {bare:.0}",
        working.div_duration_f64(importing)
    );
    // The cost of a small import is that of its commits.
    if tips > FEW {
        let share = whole / opening.min(bare);
        goals::at_least("import, of the lower ceiling", share, 0.7, "");
    }
    ids
}

fn add(export: &mut tar::Builder<File>, id: TipId, sealed: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_size(sealed.len() as u64);
    header.set_mode(0o600);
    export
        .append_data(&mut header, format!("{id}.age"), sealed)
        .unwrap();
}

/// The time for opening every tip of an export.
fn open_each(identity: &Identity, file: &Path) -> Duration {
    let mut took = Duration::ZERO;
    let mut export = tar::Archive::new(File::open(file).unwrap());
    for entry in export.entries().unwrap() {
        let mut sealed = Vec::new();
        std::io::Read::read_to_end(&mut entry.unwrap(), &mut sealed).unwrap();
        let began = Instant::now();
        open::tip(std::slice::from_ref(identity), &sealed).unwrap();
        took += began.elapsed();
    }
    took
}
