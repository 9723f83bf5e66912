//! A streaming multipart parser (RFC 7578, RFC 2046) for the one form. It must never buffer more of
//! a body than [`MOST_BEFORE`] and one frame, nor read a byte more than a few times, for any bytes
//! in frames of any size.
//!
//! Everything except a delimiter line is content, even a near miss. Lines end with CR LF, as every
//! browser sends them. `Content-Transfer-Encoding` is not decoded: no browser sends it, and RFC
//! 7578 forbids it.

use axum::body::Body;
use bytes::{Buf, Bytes};
use http_body_util::BodyExt;
use memchr::memmem::Finder;
use zeroize::Zeroizing;

use super::{READ_AT_MOST, head};

/// Limit in bytes for everything before a part's content: the preamble, the delimiter's padding,
/// the part's headers.
pub const MOST_BEFORE: usize = 16 << 10;
/// Parts of a body. The form has 40 if every field is filled in and every box ticked.
pub const MOST_PARTS: usize = 64;
/// Characters of a boundary (RFC 2046 section 5.1.1).
const MOST_BOUNDARY: usize = 70;

pub use head::Head;

/// A parsed piece of the body.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// A part begins.
    Part(Head),
    /// Some of its content, never empty.
    Piece(Bytes),
    /// The part ends.
    PartEnd,
    /// The last delimiter: no part follows.
    End,
}

/// Why parsing stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The body broke off, or ended before its last delimiter.
    BrokeOff,
    /// A part's headers are invalid, or too many bytes come before a part's content.
    Malformed,
    /// More than [`MOST_PARTS`].
    TooManyParts,
    /// More bytes than the limit.
    TooLarge,
}

/// The boundary in a content type, or `None` if it is not a form's.
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

/// The scanner's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the first delimiter.
    Preamble,
    /// In a part's content.
    Contents,
    /// After a possible delimiter; `in_part`: it came after content.
    Delimiter { in_part: bool },
    /// In a part's headers.
    Head,
    /// After the last delimiter.
    End,
}

/// Finds parts in frames. Does no I/O.
pub struct Scanner {
    /// CR LF, two hyphens, the boundary.
    delimiter: Bytes,
    finder: Finder<'static>,
    at: At,
    /// Bytes of the delimiter at the end of the last frame.
    matched: usize,
    /// The bytes after the delimiter so far. If it is not a delimiter, they are content.
    behind: Vec<u8>,
    /// The part's headers so far.
    head: Zeroizing<Vec<u8>>,
    /// Content that was taken for a delimiter.
    put_back: Option<Bytes>,
    /// Bytes since the last content.
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
            // A body may begin with its first delimiter: the CR LF before it is assumed.
            matched: 2,
            behind: Vec::new(),
            head: Zeroizing::default(),
            put_back: None,
            before: 0,
            parts: 0,
            looked: 0,
        }
    }

    /// Number of bytes read, counting each repeat.
    #[must_use]
    pub fn looked(&self) -> u64 {
        self.looked
    }

    /// Returns the next piece in `input` and removes the bytes that it used. `None` if more input
    /// is needed.
    ///
    /// # Errors
    /// [`Stop::Malformed`] or [`Stop::TooManyParts`]. The rest of the body must not be parsed.
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

    /// Content before the next delimiter. `None` if the input ends or a delimiter is reached.
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
            // More of the delimiter may follow, or it was content.
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
        // A delimiter may begin in the last bytes. Its only CR is its first byte.
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

    /// Two hyphens end the body. Padding and a line end begin a part. Anything else was content.
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

    /// Reads headers up to and including the empty line.
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

/// The parts of a body, parsed as it arrives.
pub struct Parts {
    body: Body,
    frame: Bytes,
    scanner: Scanner,
    seen: usize,
}

impl Parts {
    /// Parses a body with this boundary.
    #[must_use]
    pub fn new(body: Body, boundary: &str) -> Self {
        Self {
            body,
            frame: Bytes::new(),
            scanner: Scanner::new(boundary),
            seen: 0,
        }
    }

    /// Returns the next piece. After the last delimiter it reads the body to its end, so that the
    /// client receives the response.
    ///
    /// # Errors
    /// If the body breaks off, is malformed or exceeds a limit.
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
