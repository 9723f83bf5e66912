//! Reads a posted form's bytes: stores fields, cuts long texts, and cleans each photo when it ends.
//! Texts never wait for room for photos: a photo without room is read to its end and dropped, and
//! the page reports it.

use axum::body::Body;
use http_body_util::BodyExt;

use super::multipart::{self, Found, Parts, Stop};
use super::texts::{Text, TextBudget};
use super::urlencoded::Pairs;
use super::{Head, Posted, READ_AT_MOST, Unreadable};
use crate::listener::caller::Caller;
use crate::listener::room::{self, Arriving};
use crate::web::Site;
use crate::web::patience::Patience;
use loke_core::tip::{Photo, limits};
use loke_photo::PhotoRefused;

/// The content type of a form without a file field.
const URLENCODED: &str = "application/x-www-form-urlencoded";

/// Reads a posted form to its end. Each photo is cleaned when it has arrived. All waits for shared
/// resources use this one `patience`.
///
/// # Errors
/// If the content type is not a form's, or the body is over the limit.
pub async fn read(
    site: &Site,
    caller: &Caller,
    patience: Patience,
    content_type: &str,
    body: Body,
) -> Result<Posted, Unreadable> {
    if content_type
        .trim_start()
        .get(..URLENCODED.len())
        .is_some_and(|kind| kind.eq_ignore_ascii_case(URLENCODED))
    {
        return read_urlencoded(body).await;
    }
    match multipart::boundary(content_type) {
        Some(boundary) => {
            let reading = Reading {
                site,
                caller,
                patience,
                posted: Posted::default(),
                texts: TextBudget::default(),
                chosen: 0,
            };
            reading.read(Parts::new(body, &boundary)).await
        }
        None => {
            drain(body).await?;
            Err(Unreadable::NotAForm)
        }
    }
}

async fn read_urlencoded(mut body: Body) -> Result<Posted, Unreadable> {
    let (mut posted, mut texts, mut pairs) =
        (Posted::default(), TextBudget::default(), Pairs::default());
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map(|f| f.into_data().unwrap_or_default()) else {
            posted.broken = true;
            break;
        };
        seen += data.len();
        if seen > READ_AT_MOST {
            return Err(Unreadable::TooLarge);
        }
        pairs.feed(&data, &mut texts, &mut |name, text| posted.take(name, text));
    }
    pairs.end(&mut texts, &mut |name, text| posted.take(name, text));
    posted.odd |= pairs.are_too_many();
    Ok(posted)
}

/// Reads a body to its end and drops it.
async fn drain(mut body: Body) -> Result<(), Unreadable> {
    let mut seen = 0;
    while let Some(Ok(frame)) = body.frame().await {
        seen += frame.into_data().map_or(0, |d| d.len());
        if seen > READ_AT_MOST {
            return Err(Unreadable::TooLarge);
        }
    }
    Ok(())
}

struct Reading<'a> {
    site: &'a Site,
    caller: &'a Caller,
    patience: Patience,
    posted: Posted,
    texts: TextBudget,
    /// Photos so far.
    chosen: usize,
}

/// The current part.
enum Part {
    Text(String, Text),
    /// A photo without bytes so far; `named`: its file has a name.
    Awaited {
        named: bool,
    },
    Photo(Arriving),
    /// The rest of a photo that is not stored: the photo was rejected, or there are too many
    /// photos.
    Dropped(Option<PhotoRefused>),
    /// An unknown field.
    Odd,
}

impl Part {
    fn begin(head: Head) -> Self {
        match head.name.as_str() {
            "photos" => Self::Awaited {
                named: head.named_file,
            },
            name if Posted::has_text(name) => Self::Text(head.name, Text::default()),
            _ => Self::Odd,
        }
    }
}

impl Reading<'_> {
    async fn read(mut self, mut parts: Parts) -> Result<Posted, Unreadable> {
        let mut part = Part::Odd;
        loop {
            match parts.next().await {
                Ok(Found::Part(head)) => {
                    let named = head.named_file;
                    part = Part::begin(head);
                    self.posted.odd |= named && matches!(part, Part::Odd);
                }
                Ok(Found::Piece(piece)) => part = self.push(part, &piece),
                Ok(Found::PartEnd) => self.end(std::mem::replace(&mut part, Part::Odd)).await,
                Ok(Found::End) => return Ok(self.posted),
                Err(Stop::TooLarge) => return Err(Unreadable::TooLarge),
                // Browsers send all other fields before the photos.
                Err(Stop::TooManyParts) if self.chosen > limits::PHOTOS => {
                    self.posted.too_many = true;
                    return Ok(self.posted);
                }
                Err(Stop::BrokeOff | Stop::Malformed | Stop::TooManyParts) => {
                    if let Part::Text(name, text) = part {
                        self.posted.take(&name, text);
                    }
                    self.posted.broken = true;
                    return Ok(self.posted);
                }
            }
        }
    }

    /// Adds a piece of a part's content.
    fn push(&mut self, part: Part, piece: &[u8]) -> Part {
        match part {
            Part::Text(name, mut text) => {
                text.push(piece, &mut self.texts);
                Part::Text(name, text)
            }
            Part::Awaited { .. } => {
                self.chosen += 1;
                if self.posted.photos.len() == limits::PHOTOS {
                    return Part::Dropped(None);
                }
                let arriving = self
                    .site
                    .uploads
                    .begin(room::holder(self.caller), self.site.clock.now());
                self.push(Part::Photo(arriving), piece)
            }
            Part::Photo(arriving) if arriving.len() + piece.len() > loke_photo::MAX_BYTES => {
                Part::Dropped(Some(PhotoRefused::TooManyBytes))
            }
            Part::Photo(mut arriving) => match arriving.push(piece, self.site.clock.now()) {
                true => Part::Photo(arriving),
                false => Part::Dropped(Some(PhotoRefused::Busy)),
            },
            Part::Dropped(why) => Part::Dropped(why),
            Part::Odd => {
                self.posted.odd = true;
                Part::Odd
            }
        }
    }

    /// The part is complete.
    async fn end(&mut self, part: Part) {
        let refused = match part {
            Part::Text(name, text) => return self.posted.take(&name, text),
            Part::Photo(arriving) => match self.clean(arriving).await {
                Ok(photo) => return self.posted.photos.push(photo),
                Err(why) => Some(why),
            },
            // Without a name, no file was chosen. With a name, a file was chosen but arrived empty,
            // as a picture that is stored in the cloud.
            Part::Awaited { named: false } | Part::Odd => return,
            Part::Awaited { named: true } => {
                self.chosen += 1;
                (self.posted.photos.len() < limits::PHOTOS).then_some(PhotoRefused::Empty)
            }
            Part::Dropped(why) => why,
        };
        match refused {
            Some(why) => self.posted.refused.push((self.chosen, why)),
            None => self.posted.too_many = true,
        }
    }

    async fn clean(&mut self, arriving: Arriving) -> Result<Photo, PhotoRefused> {
        loke_photo::kind_of(&arriving.first_bytes().ok_or(PhotoRefused::Busy)?)?;
        if !self.site.limit.takes_photo(self.caller) {
            return Err(PhotoRefused::Busy);
        }
        let turn = self
            .patience
            .wait(self.site.cleaner.turn(room::holder(self.caller)))
            .await
            .ok_or(PhotoRefused::Busy)?;
        let (bytes, held) = arriving.finish().ok_or(PhotoRefused::Busy)?;
        turn.clean(bytes, held).await
    }
}
