//! The part of `check` that reads the queue: collections, expired tips, room, and whether other processes
//! serve with the same settings.

use std::collections::BTreeMap;
use std::path::Path;

use super::Findings;
use crate::mac_key;
use crate::reading_days::{ReadingDays, SHUT_AFTER, Status, UNREAD_AFTER};
use crate::serve::shared::{self, Shared};
use crate::settings::GatewaySettings;
use crate::store::shares::rules;
use crate::store::{self, Capacity, Store};
use loke_core::clock::Day;
use loke_core::seal::SizeClass;
use loke_core::tip::Lane;

/// After more seconds without a collection a note names the day on which one is due.
const COLLECTING: i64 = 3_600;
/// Days before the end of `rules/closures.toml` at which `check` says so.
const LIST_LASTS: i32 = 60;

impl Findings {
    pub(super) async fn queue(&mut self, config: &GatewaySettings, desks: usize, now: i64) {
        // Opening a missing queue would create one, and hide that the old one is gone.
        if let Some(path) = config.database.strip_prefix("sqlite:")
            && !Path::new(path).exists()
        {
            self.add(
                format!("there is no queue at {path}"),
                "Check `database`; `serve` makes an empty one",
            );
            return;
        }
        if let Err(e) = self.look_into(config, desks, now).await {
            self.musts.push(e.into());
        }
    }

    async fn look_into(
        &mut self,
        config: &GatewaySettings,
        desks: usize,
        now: i64,
    ) -> Result<(), store::Error> {
        let store = Store::open(&config.database, config.capacity).await?;
        match ReadingDays::read(&config.folder) {
            Ok(days) => {
                self.collections(config, &store, &days, desks, now).await?;
                self.retention(config, &days, now);
            }
            Err(trouble) => self.musts.push(trouble.into()),
        }
        self.settings(config, &store).await?;
        for (lane, count) in store
            .expired()
            .await?
            .into_iter()
            .filter(|(_, count)| *count > 0)
        {
            self.add(
                format!("{count} tips of lane {lane} expired unread"),
                "Make sure that a desk collects this lane, and tell its officers",
            );
        }
        let retention = config.retention_days;
        let today = config.zone.day(now);
        for (lane, count) in store.overdue(today).await? {
            let tips = if count == 1 { "tip" } else { "tips" };
            self.add(
                format!("{count} {tips} of lane {lane} waited longer than retention_days ({retention}), and no desk ever held them. They are kept until {} days have passed", 2 * u32::from(retention)),
                "Collect this lane now with a desk that has its key",
            );
        }
        for (class, (used, all)) in store
            .room()
            .await?
            .into_iter()
            .filter(|(_, (used, all))| used * 10 >= all * 7 && *all > 0)
        {
            let tips = tips_of(class);
            self.add(
                format!("the queue holds {used} of {all} {tips}"),
                "Collect, or raise [capacity]: a full queue rejects reports",
            );
        }
        self.shares(config.capacity);
        Ok(())
    }

    /// Whether a queue of this capacity can be shared out fairly (see [`rules`]). Too few places
    /// for photos is a note, because it loses photos but never words.
    fn shares(&mut self, capacity: Capacity) {
        let [text, photos @ ..] = rules::broken(capacity);
        let mend = "Raise [capacity]";
        if let Some(why) = text {
            self.add(
                format!(
                    "a queue with room for so few {} cannot be shared out fairly: {why}",
                    tips_of(SizeClass::Text)
                ),
                mend,
            );
        }
        for (class, why) in SizeClass::ALL
            .into_iter()
            .skip(1)
            .zip(photos)
            .filter_map(|(class, why)| Some((class, why?)))
        {
            self.shoulds.push(format!(
                "a queue with room for so few {} cannot be shared out fairly: {why}. {mend}",
                tips_of(class)
            ));
        }
        let reports: u32 = capacity.photos.iter().sum();
        if (1..rules::PHOTO_REPORTS).contains(&reports) {
            self.shoulds.push(format!(
                "the queue has room for only {reports} reports with photos, and should have room for {}. {mend}",
                rules::PHOTO_REPORTS
            ));
        }
    }

    /// Whether each lane is collected on each reading day (promise P17). Desks collect only while
    /// somebody is signed in, so a night, a weekend and a closure without a collection are usual.
    async fn collections(
        &mut self,
        config: &GatewaySettings,
        store: &Store,
        days: &ReadingDays,
        desks: usize,
        now: i64,
    ) -> Result<(), store::Error> {
        store.read_collections().await?;
        if store.is_closed() {
            self.shoulds.push("the gateway is closed: it takes nothing, and every page says where to go. Run `loke-gateway close --reopen` to open it again".into());
            return Ok(());
        }
        // The lanes of one day in one line.
        let mut by_day = BTreeMap::<Day, Vec<&str>>::new();
        for lane in Lane::ALL {
            if let Some(collected) = store.collected_on(*lane) {
                by_day.entry(collected).or_default().push(lane.word());
            }
        }
        let (today, mut late) = (config.zone.day(now), false);
        for (collected, lanes) in by_day {
            let due = days.due_after(collected);
            let missed = days.missed(collected, now, &config.zone).is_some();
            let follows = match days.status(collected, today) {
                // Before the page says anything, only the pickup's `check` reports it.
                Status::Read if missed && desks > 0 => format!(
                    "The page says so for these lanes from {} on",
                    due.plus(UNREAD_AFTER)
                ),
                Status::Read | Status::Closed => continue,
                Status::Unread => format!(
                    "The page says so for these lanes, and takes nothing from {} on",
                    due.plus(SHUT_AFTER)
                ),
                Status::Shut => "The page takes nothing of these lanes any more".to_owned(),
            };
            late = true;
            self.add(
                format!("no desk has collected {} since {collected}, and {due} was a reading day. {follows}", lanes.join(", ")),
                "Sign in at a desk that is enrolled for each of these lanes and has its key, or run `loke-gateway close`. `loke-desk pull` reports what is wrong",
            );
        }
        match store.last_collection().await? {
            _ if desks == 0 => {}
            None => self.add(
                "no desk has collected yet",
                "Check that the desk runs and reaches the pickup: `loke-desk pull` reports what is wrong",
            ),
            Some(at) if now - at > COLLECTING && !late => {
                let due = days.due_after(config.zone.day(at));
                self.notes.push(format!("no desk is collecting now. Desks collect while somebody is signed in, and the next collection is due on {due}"));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Whether tips last longer than the longest closure (promise P17).
    fn retention(&mut self, config: &GatewaySettings, days: &ReadingDays, now: i64) {
        let today = config.zone.day(now);
        let closure = days.longest_closure(today);
        let least = closure + SHUT_AFTER;
        let kept = i32::from(config.retention_days);
        if kept < least {
            self.add(
                format!("retention_days is {kept}, and rules/closures.toml has {closure} days in a row on which nobody reads: tips could expire unread before the page is shut"),
                format!("Set retention_days to {least} or more"),
            );
        } else if kept - kept / 5 < closure + UNREAD_AFTER {
            self.shoulds.push(format!("retention_days is {kept}, and a tip may expire a fifth sooner: set it to {} or more, so that none expires during the closure of {closure} days", (closure + UNREAD_AFTER) * 5 / 4 + 1));
        }
        let end = days.complete_until();
        if end < today.plus(LIST_LASTS) {
            self.shoulds.push(format!("rules/closures.toml ends on {end}: add the closures after it to a file of your own, or update Loke"));
        }
    }

    /// Compares with the other processes that serve this queue.
    async fn settings(
        &mut self,
        config: &GatewaySettings,
        store: &Store,
    ) -> Result<(), store::Error> {
        // Both are reported elsewhere.
        let (Ok(key), Ok(days)) = (
            mac_key::read(&config.folder),
            ReadingDays::read(&config.folder),
        ) else {
            return Ok(());
        };
        let own = shared::listeners(config);
        for difference in Shared::of(config, &key, &days)
            .differences(store, &own)
            .await?
        {
            self.musts.push(super::Failure(difference.to_string()));
        }
        Ok(())
    }
}

fn tips_of(class: SizeClass) -> String {
    match class {
        SizeClass::Text => "tips without photos".to_owned(),
        _ => format!("tips with photos of up to {} MiB", class.plain() >> 20),
    }
}
