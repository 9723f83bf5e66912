//! The parts of a text that are not in its tip. Staff see the kind and the number, from this fixed
//! list, and never a file name.

use std::collections::BTreeMap;

/// A kind of content that is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    Beyond,
    NoRoom,
    TooLarge,
    Heic,
    Broken,
    NotGiven,
    Gif,
    Video,
    Sound,
    Contact,
    Calendar,
    Document,
    Other,
}

impl Thing {
    /// Every kind, in the order of the note.
    #[cfg(test)]
    pub(super) const ALL: [Self; 13] = [
        Self::Beyond,
        Self::NoRoom,
        Self::TooLarge,
        Self::Heic,
        Self::Broken,
        Self::NotGiven,
        Self::Gif,
        Self::Video,
        Self::Sound,
        Self::Contact,
        Self::Calendar,
        Self::Document,
        Self::Other,
    ];

    /// The kind of a file that is not a photo, by its media type in lower case.
    pub(super) fn of(kind: &str) -> Self {
        let (family, own) = kind.split_once('/').unwrap_or((kind, ""));
        match (family, own) {
            ("video", _) => Self::Video,
            ("audio", _) => Self::Sound,
            (_, "vcard" | "x-vcard" | "directory") => Self::Contact,
            (_, "calendar" | "x-vcalendar" | "ics") => Self::Calendar,
            (_, "pdf" | "rtf" | "msword") => Self::Document,
            ("application", own)
                if own.starts_with("vnd.oasis.")
                    || own.starts_with("vnd.ms-")
                    || own.starts_with("vnd.openxml") =>
            {
                Self::Document
            }
            (_, "gif") => Self::Gif,
            (_, "heic" | "heif" | "heic-sequence" | "heif-sequence") => Self::Heic,
            ("image", _) => Self::Broken,
            _ => Self::Other,
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Beyond => (
                "photo beyond the first four",
                "photos beyond the first four",
            ),
            Self::NoRoom => ("photo without room for it", "photos without room for them"),
            Self::TooLarge => ("photo that is too large", "photos that are too large"),
            Self::Heic => ("photo in the HEIC format", "photos in the HEIC format"),
            Self::Broken => (
                "picture that cannot be read",
                "pictures that cannot be read",
            ),
            Self::NotGiven => (
                "photo that could not be fetched from the provider",
                "photos that could not be fetched from the provider",
            ),
            Self::Gif => ("GIF picture", "GIF pictures"),
            Self::Video => ("video", "videos"),
            Self::Sound => ("sound recording", "sound recordings"),
            Self::Contact => ("contact card", "contact cards"),
            Self::Calendar => ("calendar entry", "calendar entries"),
            Self::Document => ("document", "documents"),
            Self::Other => ("file of another kind", "files of another kind"),
        }
    }
}

/// What was left out, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Untaken {
    things: BTreeMap<Thing, usize>,
    /// Parts that may contain words and could not be read.
    pub(super) unread: usize,
}

/// Maximum number of characters in [`Untaken::note`].
pub(super) const LONGEST_NOTE: usize = 640;
/// Maximum count of one kind.
const MOST: usize = 99;

impl Untaken {
    pub(super) fn add(&mut self, thing: Thing) {
        self.add_all(thing, 1);
    }

    pub(super) fn add_all(&mut self, thing: Thing, count: usize) {
        if count > 0 {
            *self.things.entry(thing).or_default() += count;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.things.is_empty() && self.unread == 0
    }

    /// A note for staff. Empty if nothing is left out.
    pub(super) fn note(&self) -> String {
        let told = |(thing, count): (&Thing, &usize)| {
            let (one, more) = thing.words();
            match count {
                1 => format!("1 {one}"),
                count if *count > MOST => format!("more than {MOST} {more}"),
                count => format!("{count} {more}"),
            }
        };
        let things: Vec<String> = self.things.iter().map(told).collect();
        let mut notes = Vec::new();
        if !things.is_empty() {
            notes.push(format!(
                "[Came with this text and was not taken: {}.]",
                things.join(", ")
            ));
        }
        if self.unread > 0 {
            notes.push("[A part of this message could not be read. If it can be read later, the whole message follows as another tip.]".to_owned());
        }
        notes.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_told_by_a_word_of_the_list_and_the_longest_note_fits() {
        let mut all = Untaken {
            unread: 3,
            ..Untaken::default()
        };
        assert!(
            !all.is_empty()
                && Untaken::default().is_empty()
                && Untaken::default().note().is_empty()
        );
        for thing in Thing::ALL {
            all.add_all(thing, 100);
        }
        let note = all.note();
        assert!(
            note.chars().count() <= LONGEST_NOTE,
            "{} {note}",
            note.chars().count()
        );
        for kind in [
            ("video/mp4", "1 video"),
            ("audio/amr", "1 sound recording"),
            ("text/x-vcard", "1 contact card"),
            ("text/vcard", "1 contact card"),
            ("text/calendar", "1 calendar entry"),
            ("application/pdf", "1 document"),
            ("image/gif", "1 GIF picture"),
            ("image/heic", "1 photo in the HEIC format"),
            ("application/zip", "1 file of another kind"),
            ("", "1 file of another kind"),
        ] {
            let mut one = Untaken::default();
            one.add(Thing::of(kind.0));
            assert_eq!(
                one.note(),
                format!("[Came with this text and was not taken: {}.]", kind.1),
                "{}",
                kind.0
            );
        }
        let mut two = Untaken::default();
        two.add(Thing::Video);
        two.add(Thing::Video);
        two.add(Thing::Beyond);
        assert_eq!(
            two.note(),
            "[Came with this text and was not taken: 1 photo beyond the first four, 2 videos.]"
        );
    }
}
