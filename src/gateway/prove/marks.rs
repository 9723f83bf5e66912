//! The words that `prove` plants: random for each run, one for each value that could identify a
//! resident.

use jpeg_encoder::{ColorType, Encoder};

use super::Error;
use super::sweep::Sweep;
use loke_core::build_tag;
use loke_core::random::{self, NoRandomness};
use loke_core::seal::MacKey;

/// The planted words, each with a name. Their content is never printed.
pub(super) struct Marks {
    /// Request headers, each with its planted value.
    pub(super) headers: Vec<(&'static str, String)>,
    /// Form fields, each with its planted value.
    pub(super) fields: Vec<(&'static str, String)>,
    /// A photo with planted words in its metadata, and its planted name.
    pub(super) photo: Vec<u8>,
    pub(super) photo_name: String,
    /// The source address of a visit over loopback.
    pub(super) source: [u8; 4],
    flight: String,
    words: Vec<(String, Vec<u8>)>,
}

/// A random word twice: the search looks for one of the two.
fn twice(word: &str) -> String {
    format!("{word}{word}")
}

impl Marks {
    pub(super) fn new(key: &MacKey) -> Result<Self, NoRandomness> {
        let mut words = Vec::new();
        let mut word = |name: &str| -> Result<String, NoRandomness> {
            let word = hex::encode(random::bytes::<20>()?);
            words.push((name.to_owned(), word.clone().into_bytes()));
            Ok(twice(&word))
        };
        let mut headers = vec![
            ("user-agent", word("User-Agent")?),
            (
                "accept-language",
                format!("en, x-{}", word("Accept-Language")?),
            ),
            ("cookie", format!("session={}", word("Cookie")?)),
            ("referer", format!("https://{}.example/", word("Referer")?)),
            ("sec-ch-ua", word("client hint")?),
        ];
        let fields = vec![
            ("topic", "other".to_owned()),
            ("where", word("place")?),
            ("when", word("time of day")?),
            ("vehicle", word("vehicle")?.chars().take(60).collect()),
        ];
        let (what, photo_name) = (
            word("report's text")?,
            format!("{}.jpg", word("file name")?),
        );
        let comment = [word("photo's comment")?, word("photo's metadata")?];
        let flight = word("half-sent report")?;
        // A visit over loopback has its own source address. For a visit from elsewhere, the proxy's
        // headers would contain our real address.
        let [a, b, c] = random::bytes::<3>()?.map(|byte| byte.clamp(16, 254));
        let source = [127, a, b, c];
        for (name, value) in [
            ("x-forwarded-for", documentation_address()?),
            ("x-real-ip", documentation_address()?),
        ] {
            words.push((name.to_owned(), value.clone().into_bytes()));
            headers.push((name, value));
        }
        let forwarded = documentation_address()?;
        words.push(("forwarded".to_owned(), forwarded.clone().into_bytes()));
        headers.push(("forwarded", format!("for=\"[{forwarded}]\"")));
        let mark = build_tag::make(key)?;
        words.push((
            "mark".to_owned(),
            mark.split(' ')
                .next_back()
                .unwrap_or_default()
                .as_bytes()
                .to_vec(),
        ));
        let fields = fields
            .into_iter()
            .chain([("what", format!("{mark}\n{what}"))])
            .collect();
        Ok(Self {
            headers,
            fields,
            photo: photo(&comment),
            photo_name,
            source,
            flight,
            words,
        })
    }

    /// Adds a word that was not planted: the receipt, or the source address of the visit.
    pub(super) fn learn(&mut self, name: &str, word: &str) {
        if !self.words.iter().any(|(_, known)| known == word.as_bytes()) {
            self.words.push((name.to_owned(), word.as_bytes().to_vec()));
        }
    }

    /// A sweep for all of these words.
    pub(super) fn sweep(&self) -> Result<Sweep, Error> {
        Ok(Sweep::new(
            self.words.iter().map(|(name, word)| (name.as_str(), word)),
        )?)
    }

    /// The half-sent report's word.
    pub(super) fn in_flight(&self) -> (&'static str, &[u8]) {
        (
            "half-sent report",
            self.flight.as_bytes().split_at(self.flight.len() / 2).0,
        )
    }

    /// The half-sent report's text.
    pub(super) fn flight(&self) -> &str {
        &self.flight
    }

    /// The names of the words, without their content.
    pub(super) fn names(&self) -> Vec<String> {
        self.words.iter().map(|(name, _)| name.clone()).collect()
    }
}

/// A random address of the range for documentation (RFC 3849), which nobody has.
fn documentation_address() -> Result<String, NoRandomness> {
    let groups = random::bytes::<12>()?;
    let groups: Vec<String> = groups.chunks(2).map(hex::encode).collect();
    Ok(format!("2001:db8:{}", groups.join(":")))
}

/// A small JPEG with these words in a comment and an EXIF segment.
fn photo(words: &[String; 2]) -> Vec<u8> {
    let pixels: Vec<u8> = (0..48 * 48 * 3_u32)
        .map(|at| (at * 7 % 251) as u8)
        .collect();
    let mut jpeg = Vec::new();
    if Encoder::new(&mut jpeg, 80)
        .encode(&pixels, 48, 48, ColorType::Rgb)
        .is_err()
    {
        return Vec::new();
    }
    let [comment, metadata] = words;
    let segment = |kind: u8, body: &[u8]| {
        let length = u16::try_from(body.len() + 2)
            .unwrap_or(u16::MAX)
            .to_be_bytes();
        [&[0xff, kind], length.as_slice(), body].concat()
    };
    let exif = [b"Exif\0\0".as_slice(), metadata.as_bytes()].concat();
    let (start, rest) = jpeg.split_at(2);
    [
        start,
        &segment(0xfe, comment.as_bytes()),
        &segment(0xe1, &exif),
        rest,
    ]
    .concat()
}
