//! E-mail addresses in ASCII. The domain has a dot and ends in letters. The normal form is in lower
//! case.

use std::ops::Range;

use super::Character;

/// Passes each address, in lower case, and its place to `each`.
pub(super) fn find(text: &[Character], mut each: impl FnMut(String, Range<usize>)) {
    // Each half is searched up to the next `@`, so no character is read more than twice.
    for (at, _) in text.iter().enumerate().filter(|(_, at)| at.c == '@') {
        let (before, after) = (text.get(..at), text.get(at + 1..));
        let (Some(before), Some(after)) = (before, after) else {
            continue;
        };
        let is_local = |c: &&Character| c.c.is_ascii_alphanumeric() || "._%+-".contains(c.c);
        let is_domain = |c: &&Character| c.c.is_ascii_alphanumeric() || ".-".contains(c.c);
        let from = at - before.iter().rev().take_while(is_local).count();
        let mut to = at + 1 + after.iter().take_while(is_domain).count();
        // A full stop or a hyphen at the end belongs to the sentence, not to the address.
        while to > at + 1 && text.get(to - 1).is_some_and(|c| ".-".contains(c.c)) {
            to -= 1;
        }
        let address: String = text
            .get(from..to)
            .unwrap_or_default()
            .iter()
            .map(|c| c.c.to_ascii_lowercase())
            .collect();
        let address = address.trim_start_matches(['.', '-']);
        let Some((local, domain)) = address.split_once('@') else {
            continue;
        };
        let is_name = |name: &str| name.len() >= 2 && name.chars().all(|c| c.is_ascii_alphabetic());
        let is_address = !local.is_empty()
            && !domain.contains("..")
            && domain
                .rsplit_once('.')
                .is_some_and(|(host, name)| !host.is_empty() && is_name(name));
        if is_address
            && let (Some(first), Some(last)) = (text.get(at - local.len()), text.get(to - 1))
        {
            each(address.to_owned(), first.place.start..last.place.end);
        }
    }
}
