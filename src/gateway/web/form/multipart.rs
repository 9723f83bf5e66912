//! A multipart body (RFC 7578, RFC 2046) piece by piece, as the one form needs it. It must never
//! keep more of a body than [`MOST_BEFORE`] and one frame, nor look at a byte more than a few
//! times, whatever the bytes are and in whatever frames they come.
//!
//! Everything but a delimiter line is contents: a near miss too. Lines end with CR LF; every
//! browser sends them so. A part's encoding (`Content-Transfer-Encoding`) is not undone: no browser
//! sends one, and RFC 7578 forbids it.

use axum::body::Body;
use bytes::{Buf, Bytes};
use http_body_util::BodyExt;
use memchr::memmem::Finder;
use zeroize::Zeroizing;

use super::{READ_AT_MOST, head};

/// Bytes that may stand before a part's contents: what comes before the first part, the delimiter's
/// padding, the part's headers.
pub const MOST_BEFORE: usize = 16 << 10;
/// Parts of a body. The form has 40 if everything on it is ticked and filled in.
pub const MOST_PARTS: usize = 64;
/// Characters of a boundary (RFC 2046 section 5.1.1).
const MOST_BOUNDARY: usize = 70;

pub use head::Head;

/// The next find.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// A part begins.
    Part(Head),
    /// Some of its contents, never empty.
    Piece(Bytes),
    /// It ends.
    PartEnd,
    /// The last delimiter: nothing more comes.
    End,
}

/// Why there is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The body broke off, or ended before its last delimiter.
    BrokeOff,
    /// A part's headers make no sense, or too much stands before a part.
    Malformed,
    /// More than [`MOST_PARTS`].
    TooManyParts,
    /// More bytes than are read.
    TooLarge,
}

/// The boundary that a content type names; none if it is no form's.
#[must_use]
pub fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = head::parameter(parameters.as_bytes(), b"boundary")?;
    let boundary = String::from_utf8(boundary.to_vec()).ok()?;
    let printable = boundary.bytes().all(|b| (b' '..=b'~').contains(&b));
    (printable && (1..=MOST_BOUNDARY).contains(&boundary.len())).then_some(boundary)
}

/// The place of a scanner in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the first delimiter.
    Preamble,
    /// In a part's contents.
    Contents,
    /// Behind what looks like a delimiter, which came after contents if `in_part`.
    Delimiter { in_part: bool },
    /// In a part's headers.
    Head,
    /// Behind the last delimiter.
    End,
}

/// Finds parts in frames. Knows nothing of where they come from.
pub struct Scanner {
    /// CR LF, two hyphens, the boundary.
    delimiter: Bytes,
    finder: Finder<'static>,
    at: At,
    /// Bytes of the delimiter that the last frame ended with.
    matched: usize,
    /// The bytes behind the delimiter so far: if it is none, they are contents.
    behind: Vec<u8>,
    /// The part's headers so far.
    head: Zeroizing<Vec<u8>>,
    /// Contents that were taken for a delimiter.
    put_back: Option<Bytes>,
    /// Bytes since the last contents.
    before: usize,
    parts: usize,
    looked: u64,
}

impl Scanner {
    /// A scanner for bodies with this boundary.
    #[must_use]
    pub fn new(boundary: &str) -> Self {
        let delimiter = Bytes::from([b"\r\n--", boundary.as_bytes()].concat());
        Self {
            finder: Finder::new(&delimiter).into_owned(),
            delimiter,
            at: At::Preamble,
            // A body may begin with its first delimiter: the line end before it is thought.
            matched: 2,
            behind: Vec::new(),
            head: Zeroizing::default(),
            put_back: None,
            before: 0,
            parts: 0,
            looked: 0,
        }
    }

    /// How many bytes this has looked at, each as often as it did.
    #[must_use]
    pub fn looked(&self) -> u64 {
        self.looked
    }

    /// The next find in `input`, which loses the bytes that were used; none if more is needed.
    ///
    /// # Errors
    /// [`Stop::Malformed`] or [`Stop::TooManyParts`]; nothing after it makes sense.
    pub fn next(&mut self, input: &mut Bytes) -> Result<Option<Found>, Stop> {
        loop {
            if let Some(piece) = self.put_back.take() {
                return Ok(Some(Found::Piece(piece)));
            }
            match self.at {
                At::End => {
                    input.clear();
                    return Ok(None);
                }
                _ if input.is_empty() => return Ok(None),
                At::Preamble => {
                    if let Some(piece) = self.up_to_delimiter(input) {
                        self.count_before(piece.len())?;
                    }
                }
                At::Contents => {
                    if let Some(piece) = self.up_to_delimiter(input) {
                        return Ok(Some(Found::Piece(piece)));
                    }
                }
                At::Delimiter { in_part } => {
                    if let Some(found) = self.behind_delimiter(in_part, input)? {
                        return Ok(Some(found));
                    }
                }
                At::Head => {
                    if let Some(head) = self.read_head(input)? {
                        return Ok(Some(Found::Part(head)));
                    }
                }
            }
        }
    }

    /// Contents before the next delimiter. None if the input ends, or a delimiter is reached.
    fn up_to_delimiter(&mut self, input: &mut Bytes) -> Option<Bytes> {
        if self.matched > 0 {
            let wanted = self.delimiter.get(self.matched..).unwrap_or_default();
            let same = input
                .iter()
                .zip(wanted)
                .take_while(|(is, wanted)| is == wanted)
                .count();
            self.looked += same as u64 + 1;
            self.matched += same;
            input.advance(same);
            if self.matched == self.delimiter.len() {
                self.reach_delimiter();
                return None;
            }
            // More of it may follow, or it was none.
            return if input.is_empty() {
                None
            } else {
                Some(self.delimiter.slice(..std::mem::take(&mut self.matched)))
            };
        }
        if let Some(place) = self.finder.find(input) {
            let piece = input.split_to(place);
            input.advance(self.delimiter.len());
            self.looked += (place + self.delimiter.len()) as u64;
            self.reach_delimiter();
            return (!piece.is_empty()).then_some(piece);
        }
        self.looked += input.len() as u64;
        // A delimiter may begin in the last bytes. It has one CR, its first.
        let tail = input.len().saturating_sub(self.delimiter.len() - 1);
        let begins = input
            .get(tail..)
            .and_then(|last| memchr::memrchr(b'\r', last))
            .map(|at| tail + at);
        let begins = begins
            .filter(|at| {
                input
                    .get(*at..)
                    .is_some_and(|last| self.delimiter.starts_with(last))
            })
            .unwrap_or(input.len());
        self.matched = input.len() - begins;
        let piece = input.split_to(begins);
        input.clear();
        (!piece.is_empty()).then_some(piece)
    }

    fn reach_delimiter(&mut self) {
        self.matched = 0;
        self.at = At::Delimiter {
            in_part: self.at == At::Contents,
        };
    }

    /// Two hyphens end the body; padding and a line end begin a part; anything else was contents.
    fn behind_delimiter(
        &mut self,
        in_part: bool,
        input: &mut Bytes,
    ) -> Result<Option<Found>, Stop> {
        while let Some(byte) = input.first().copied() {
            self.looked += 1;
            let next = match (self.behind.last(), byte) {
                (None, b'-') | (None | Some(b' ' | b'\t'), b' ' | b'\t' | b'\r') => None,
                (Some(b'-'), b'-') => Some(At::End),
                (Some(b'\r'), b'\n') => Some(At::Head),
                _ => {
                    self.at = if in_part { At::Contents } else { At::Preamble };
                    let was = [&self.delimiter, self.behind.as_slice()].concat();
                    self.behind.clear();
                    if in_part {
                        self.put_back = Some(was.into());
                    } else {
                        self.count_before(was.len())?;
                    }
                    return Ok(None);
                }
            };
            input.advance(1);
            self.count_before(1)?;
            match next {
                None => self.behind.push(byte),
                Some(at) => {
                    self.at = at;
                    self.behind.clear();
                    return Ok(in_part.then_some(Found::PartEnd));
                }
            }
        }
        Ok(None)
    }

    /// Reads headers to the empty line behind them.
    fn read_head(&mut self, input: &mut Bytes) -> Result<Option<Head>, Stop> {
        while !input.is_empty() {
            let line = memchr::memchr(b'\n', input).map_or(input.len(), |end| end + 1);
            self.looked += line as u64;
            self.count_before(line)?;
            self.head.extend_from_slice(&input.split_to(line));
            if *self.head == b"\r\n" || self.head.ends_with(b"\r\n\r\n") {
                self.parts += 1;
                if self.parts > MOST_PARTS {
                    return Err(Stop::TooManyParts);
                }
                let head = Head::parse(&std::mem::take(&mut self.head)).ok_or(Stop::Malformed)?;
                (self.at, self.before) = (At::Contents, 0);
                return Ok(Some(head));
            }
        }
        Ok(None)
    }

    fn count_before(&mut self, bytes: usize) -> Result<(), Stop> {
        self.before += bytes;
        if self.before > MOST_BEFORE {
            Err(Stop::Malformed)
        } else {
            Ok(())
        }
    }

    fn is_at_end(&self) -> bool {
        self.at == At::End
    }
}

/// The parts of a body, as it comes in.
pub struct Parts {
    body: Body,
    frame: Bytes,
    scanner: Scanner,
    seen: usize,
}

impl Parts {
    /// The parts of a body with this boundary.
    #[must_use]
    pub fn new(body: Body, boundary: &str) -> Self {
        Self {
            body,
            frame: Bytes::new(),
            scanner: Scanner::new(boundary),
            seen: 0,
        }
    }

    /// The next find. Behind the last delimiter the body is read to its end, so that the answer
    /// arrives.
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn next(&mut self) -> Result<Found, Stop> {
        loop {
            if let Some(found) = self.scanner.next(&mut self.frame)? {
                return Ok(found);
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.frame = frame.into_data().unwrap_or_default(),
                _ if self.scanner.is_at_end() => return Ok(Found::End),
                _ => return Err(Stop::BrokeOff),
            }
            self.seen += self.frame.len();
            if self.seen > READ_AT_MOST {
                return Err(Stop::TooLarge);
            }
        }
    }
}
