//! The tokens of the form and the check page, signed with keys of this process. They make sure that
//! a page cannot be forged, that a page that returns faster than a person types is noticed, and
//! that a report that is sent twice is one report.
//!
//! A token identifies nobody, is never stored, and is useless to an attacker who plants one on a
//! resident's page. The form's token sends no report. Each check page has its own nonce, which only
//! its reader has. Receipt and repeat value are derived from that nonce *and* a keyed digest of
//! everything that is sent: the same page with the same texts is the same report; with other texts
//! it is another report. Each page carries over the time when the form was first opened, and, after
//! a report that may or may not be stored, the values that identify that report.
//!
//! The keys are never written to disk. After a restart, open pages get a fresh token, and reports
//! from before cannot be recognised.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use zeroize::Zeroizing;

use loke_core::random::{self, NoRandomness};
use loke_core::receipt::Receipt;

/// Seconds that a page stays valid: a day, longer than the 20 hours that WCAG 2.2.1 asks of a time
/// limit.
const OPEN: i64 = 24 * 3_600;

/// The keys of this process.
pub struct Keys {
    sign: hmac::Key,
    photos: hmac::Key,
    content: hmac::Key,
    seed: hmac::Key,
    once: hmac::Key,
    receipt: Zeroizing<[u8; 32]>,
}

/// A token that this process signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token {
    nonce: [u8; 16],
    /// Unix time when this page was made.
    made: u32,
    carried: Carried,
    /// On a check page: the digest of the photos that it shows. The form has none, and sends no
    /// report.
    photos: Option<Photos>,
}

/// The values that one page carries over to the next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    opened: u32,
    asked_again: bool,
    tried: Option<Tried>,
}

/// A report that was sent and may or may not be stored. If a page has the same `content`, its
/// report is derived from the same `seed`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Tried {
    seed: [u8; 16],
    content: [u8; 16],
}

/// A keyed digest of the ticket of a page's pending photos. The photos under a ticket never change,
/// so the digest stands for them even after they are deleted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Photos([u8; 16]);

/// The digest of everything that one tap sends. Each value is preceded by its length, so that
/// different contents never hash the same input.
pub struct Content(hmac::Context);

/// The values that identify a report.
pub struct Report {
    /// The digits that the resident keeps.
    pub receipt: Receipt,
    /// The queue recognises a repeat of the report by this value.
    pub once: [u8; 16],
    itself: Tried,
}

impl Keys {
    /// New random keys.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn new() -> Result<Self, NoRandomness> {
        let key = || random::bytes::<32>().map(|k| hmac::Key::new(hmac::HMAC_SHA256, &k));
        let (sign, photos, content, seed, once) = (key()?, key()?, key()?, key()?, key()?);
        Ok(Self {
            sign,
            photos,
            content,
            seed,
            once,
            receipt: Zeroizing::new(random::bytes()?),
        })
    }

    /// A token for a form that is opened now.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn for_form(&self, now: i64) -> Result<String, NoRandomness> {
        Ok(self.write(Token {
            nonce: random::bytes()?,
            made: seconds(now),
            carried: Carried::opened(now),
            photos: None,
        }))
    }

    /// A token for a check page that shows these photos.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn for_check(
        &self,
        carried: Carried,
        now: i64,
        photos: Photos,
    ) -> Result<String, NoRandomness> {
        Ok(self.write(Token {
            nonce: random::bytes()?,
            made: seconds(now),
            carried,
            photos: Some(photos),
        }))
    }

    /// The token as embedded in a page: base64url of its parts and their HMAC-SHA256.
    #[must_use]
    pub fn write(&self, token: Token) -> String {
        let body = token.body();
        URL_SAFE_NO_PAD.encode([body.as_slice(), hmac::sign(&self.sign, &body).as_ref()].concat())
    }

    /// Parses and verifies a posted token. `None` if it is missing, forged, from before a restart,
    /// or older than a day.
    #[must_use]
    pub fn read(&self, posted: &str, now: i64) -> Option<Token> {
        let raw = URL_SAFE_NO_PAD.decode(posted).ok()?;
        let (body, tag) = raw.split_at_checked(raw.len().checked_sub(32)?)?;
        hmac::verify(&self.sign, body, tag).ok()?;
        Token::of_body(body).filter(|token| (0..=OPEN).contains(&token.age(now)))
    }

    /// The digest of the pending photos under this ticket. An empty ticket means no photos.
    #[must_use]
    pub fn photos(&self, ticket: &str) -> Photos {
        Photos(first_half(
            hmac::sign(&self.photos, ticket.as_bytes()).as_ref(),
        ))
    }

    /// Starts the digest of what a page sends, with its photos.
    #[must_use]
    pub fn content(&self, photos: Photos) -> Content {
        let mut content = Content(hmac::Context::with_key(&self.content));
        content.add(&photos.0);
        content
    }

    /// The values that identify the report of this page with this content. A page that follows a
    /// try with the same content makes the same report.
    #[must_use]
    pub fn report(&self, page: &Token, content: Content) -> Report {
        let content = first_half(content.0.sign().as_ref());
        let seed = match page.carried.tried.filter(|tried| tried.content == content) {
            Some(tried) => tried.seed,
            None => first_half(hmac::sign(&self.seed, &[page.nonce, content].concat()).as_ref()),
        };
        let once = first_half(hmac::sign(&self.once, &seed).as_ref());
        Report {
            receipt: Receipt::derive(&self.receipt, &seed),
            once,
            itself: Tried { seed, content },
        }
    }
}

impl Token {
    /// The concatenated parts. The form's token ends before the photos. `tried` is present only if
    /// it is set.
    fn body(&self) -> Vec<u8> {
        let Carried {
            opened,
            asked_again,
            tried,
        } = self.carried;
        let mut body = [
            self.nonce.as_slice(),
            &self.made.to_le_bytes(),
            &opened.to_le_bytes(),
        ]
        .concat();
        if let Some(Photos(photos)) = self.photos {
            body.extend(photos);
            body.push(u8::from(asked_again));
            body.extend(
                tried
                    .iter()
                    .flat_map(|Tried { seed, content }| [seed, content])
                    .flatten(),
            );
        }
        body
    }

    fn of_body(body: &[u8]) -> Option<Self> {
        let (nonce, rest) = body.split_first_chunk::<16>()?;
        let (made, rest) = rest.split_first_chunk::<4>()?;
        let (opened, rest) = rest.split_first_chunk::<4>()?;
        let mut carried = Carried {
            opened: u32::from_le_bytes(*opened),
            asked_again: false,
            tried: None,
        };
        let mut photos = None;
        if let Some((digest, rest)) = rest.split_first_chunk::<16>() {
            let (asked_again, rest) = rest.split_first()?;
            photos = Some(Photos(*digest));
            carried.asked_again = *asked_again == 1;
            carried.tried = match rest.split_first_chunk::<16>() {
                Some((seed, content)) => Some(Tried {
                    seed: *seed,
                    content: content.try_into().ok()?,
                }),
                None => None,
            };
        }
        Some(Self {
            nonce: *nonce,
            made: u32::from_le_bytes(*made),
            carried,
            photos,
        })
    }

    /// Whether this token may send a report: it is of a check page that shows these photos.
    #[must_use]
    pub fn may_send(&self, photos: Photos) -> bool {
        self.photos == Some(photos)
    }

    /// The values for the next page.
    #[must_use]
    pub fn carried(&self) -> Carried {
        self.carried
    }

    /// Seconds since this page was made.
    #[must_use]
    pub fn age(&self, now: i64) -> i64 {
        now - i64::from(self.made)
    }
}

impl Carried {
    /// For a form that is opened now.
    #[must_use]
    pub fn opened(now: i64) -> Self {
        Self {
            opened: seconds(now),
            asked_again: false,
            tried: None,
        }
    }

    /// For a page that asks for a second tap. It counts as opened now.
    #[must_use]
    pub fn asking_again(self, now: i64) -> Self {
        Self {
            opened: seconds(now),
            asked_again: true,
            ..self
        }
    }

    /// For a page after this report, which may or may not be stored.
    #[must_use]
    pub fn having_tried(self, report: &Report) -> Self {
        Self {
            tried: Some(report.itself),
            ..self
        }
    }

    /// Seconds since the form was first opened, or since a page asked for a second tap.
    #[must_use]
    pub fn open_for(&self, now: i64) -> i64 {
        now - i64::from(self.opened)
    }

    /// Whether a page asked for a second tap.
    #[must_use]
    pub fn was_asked_again(&self) -> bool {
        self.asked_again
    }
}

impl Content {
    /// Adds a value.
    pub fn add(&mut self, value: &[u8]) {
        self.count(value.len());
        self.0.update(value);
    }

    /// Adds a list of values. It hashes differently from its values one by one.
    pub fn add_list(&mut self, values: &[String]) {
        self.count(values.len());
        values.iter().for_each(|value| self.add(value.as_bytes()));
    }

    fn count(&mut self, count: usize) {
        self.0.update(&(count as u64).to_le_bytes());
    }
}

fn seconds(now: i64) -> u32 {
    u32::try_from(now).unwrap_or(0)
}

fn first_half(tag: &[u8]) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(tag).for_each(|(to, from)| *to = *from);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    #[test]
    fn a_token_is_good_only_as_it_was_made_and_for_a_day() {
        let keys = Keys::new().unwrap();
        let check = |carried| keys.for_check(carried, NOW, keys.photos("")).unwrap();
        let page = keys.read(&check(Carried::opened(NOW)), NOW).unwrap();
        let tried =
            Carried::opened(NOW).having_tried(&keys.report(&page, keys.content(keys.photos(""))));
        for text in [
            keys.for_form(NOW).unwrap(),
            check(Carried::opened(NOW)),
            check(tried),
            check(tried.asking_again(NOW)),
        ] {
            assert!(
                keys.read(&text, NOW + 10)
                    .is_some_and(|token| token.age(NOW + 10) == 10 && keys.write(token) == text)
            );
            assert!(keys.read(&text, NOW + OPEN + 1).is_none());
            assert!(keys.read(&text, NOW - 1).is_none());
            assert!(Keys::new().unwrap().read(&text, NOW + 10).is_none());
            for i in 0..text.len() {
                let mut forged = text.clone().into_bytes();
                forged[i] = if forged[i] == b'A' { b'B' } else { b'A' };
                let forged = String::from_utf8(forged).unwrap();
                assert!(keys.read(&forged, NOW + 10).is_none(), "byte {i}");
            }
        }
        assert!(keys.read("", NOW + 10).is_none());
    }

    #[test]
    fn only_a_check_page_sends_and_only_with_the_photos_that_it_shows() {
        let keys = Keys::new().unwrap();
        let read = |text: String| keys.read(&text, NOW).unwrap();
        let (none, some, other) = (
            keys.photos(""),
            keys.photos("ticket"),
            keys.photos("tickeu"),
        );
        let page = read(keys.for_check(Carried::opened(NOW - 5), NOW, some).unwrap());
        assert!(
            page.may_send(some)
                && page.carried().open_for(NOW) == 5
                && !page.carried().was_asked_again()
        );
        assert!(!page.may_send(none) && !page.may_send(other));
        assert!(read(keys.for_check(Carried::opened(NOW), NOW, none).unwrap()).may_send(none));
        let again = read(
            keys.for_check(page.carried().asking_again(NOW - 2), NOW, none)
                .unwrap(),
        )
        .carried();
        assert!(again.was_asked_again() && again.open_for(NOW) == 2);
        let form = read(keys.for_form(NOW).unwrap());
        assert!(![none, some].iter().any(|photos| form.may_send(*photos)));
    }

    #[test]
    fn a_report_is_known_by_its_page_and_by_all_that_it_sends() {
        let keys = Keys::new().unwrap();
        let page = |carried| {
            keys.read(&keys.for_check(carried, NOW, keys.photos("")).unwrap(), NOW)
                .unwrap()
        };
        let report = |page: &Token, add: &dyn Fn(&mut Content)| {
            let mut content = keys.content(keys.photos(""));
            add(&mut content);
            keys.report(page, content)
        };
        let known = |page: &Token, add: &dyn Fn(&mut Content)| {
            let report = report(page, add);
            (report.once, report.receipt.groups().concat())
        };
        let (mine, other) = (page(Carried::opened(NOW)), page(Carried::opened(NOW)));
        let contents: [&dyn Fn(&mut Content); 6] = [
            &|_| {},
            &|c| c.add(b"ab"),
            &|c| (c.add(b"a"), c.add(b"b")).1,
            &|c| (c.add(b""), c.add(b"ab")).1,
            &|c| c.add_list(&["a".to_owned(), "b".to_owned()]),
            &|c| c.add_list(&["ab".to_owned()]),
        ];
        let mut all: Vec<_> = contents
            .iter()
            .flat_map(|add| [known(&mine, add), known(&other, add)])
            .collect();
        assert_eq!(
            known(&mine, contents[1]),
            all[2],
            "the control: the same again"
        );
        // After a try that may have been stored, another page with the same content makes that
        // report; with other content it does not.
        let after = page(other.carried().having_tried(&report(&mine, contents[1])));
        assert_eq!(known(&after, contents[1]), all[2]);
        all.push(known(&after, contents[0]));
        let photos = keys.report(&mine, keys.content(keys.photos("ticket")));
        all.push((photos.once, photos.receipt.groups().concat()));
        all.sort();
        assert!(
            all.windows(2)
                .all(|pair| pair[0].0 != pair[1].0 && pair[0].1 != pair[1].1),
            "{all:?}"
        );
    }
}
