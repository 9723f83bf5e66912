//! Forms with files: `multipart/form-data` (RFC 7578). One has the field `form_token` and a file. The other
//! is the form of a report, with photos: it becomes a form without files, so that every check of a form and
//! the keeping of half-written texts is the same for it. All of it stays in memory, and is bounded.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::stream;
use zeroize::Zeroizing;

/// Longest boundary (RFC 2046 §5.1.1).
const BOUNDARY: usize = 70;
/// Longest head of a part, in bytes.
const HEAD: usize = 1 << 10;
/// Most parts.
const PARTS: usize = 4;

/// Most text fields of a form with photos, and the most bytes of one.
const TEXTS: usize = 80;
const TEXT: usize = 32 << 10;
/// Most bytes of the photos of one form.
pub(crate) const PHOTOS: usize = 48 << 20;

/// A form with photos in the field `photos`, as a form without files: photo N is the field `photo.N` in
/// base64. A form of an ended session has no use for its photos: without `with_photos` the reading ends
/// at the first one. `None` if the request is no such form, or too large.
pub(crate) async fn as_fields(request: Request, with_photos: bool) -> Option<Zeroizing<Vec<u8>>> {
    let kind = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = multer::parse_boundary(kind).ok()?;
    if boundary.is_empty() || boundary.len() > BOUNDARY {
        return None;
    }
    let mut parts = multer::Multipart::new(request.into_body().into_data_stream(), boundary);
    let mut fields: Vec<(String, String)> = Vec::new();
    let (mut texts, mut photos, mut bytes) = (0, 0, 0);
    while let Some(mut part) = parts.next_field().await.ok()? {
        let name = part.name()?.to_owned();
        let is_photo = name == "photos" || name.starts_with("photo.");
        if is_photo && !with_photos {
            break;
        }
        let mut value = Zeroizing::new(Vec::new());
        while let Some(chunk) = part.chunk().await.ok()? {
            bytes += if is_photo { chunk.len() } else { 0 };
            value.extend_from_slice(&chunk);
            if bytes > PHOTOS || (!is_photo && value.len() > TEXT) {
                return None;
            }
        }
        texts += usize::from(!is_photo);
        if texts > TEXTS || name.len() > HEAD {
            return None;
        }
        match name.as_str() {
            // No file was chosen.
            "photos" if value.is_empty() => {}
            "photos" => {
                photos += 1;
                fields.push((format!("photo.new-{photos}"), BASE64.encode(&*value)));
            }
            name => {
                let value = std::str::from_utf8(&value).ok()?;
                fields.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    Some(Zeroizing::new(form.into_bytes()))
}

/// The bytes of a photo in such a field.
pub(crate) fn photo(field: &str) -> Option<Zeroizing<Vec<u8>>> {
    BASE64.decode(field).ok().map(Zeroizing::new)
}

/// The fields of the form.
pub(crate) struct Upload {
    pub(crate) form_token: String,
    pub(crate) file: Zeroizing<Vec<u8>>,
}

/// Reads the form whose file is the field `name`. `None` if the body is not such a form.
pub(crate) async fn read(headers: &HeaderMap, body: Bytes, name: &str) -> Option<Upload> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = multer::parse_boundary(kind).ok()?;
    if boundary.is_empty() || boundary.len() > BOUNDARY {
        return None;
    }
    let body = stream::once(async move { Ok::<_, Infallible>(body) });
    let mut parts = multer::Multipart::new(body, boundary);
    let (mut form_token, mut file) = (None, None);
    let mut count = 0;
    while let Some(part) = parts.next_field().await.ok()? {
        count += 1;
        let heads = part.headers().iter();
        let head: usize = heads.map(|(k, v)| k.as_str().len() + v.len()).sum();
        if count > PARTS || head > HEAD {
            return None;
        }
        match part.name() {
            Some("form_token") => form_token = Some(part.text().await.ok()?),
            Some(field) if field == name => {
                file = Some(Zeroizing::new(part.bytes().await.ok()?.to_vec()));
            }
            _ => return None,
        }
    }
    Some(Upload {
        form_token: form_token?,
        file: file?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=xyz";

    fn body(photo: &[u8]) -> Vec<u8> {
        let mut body = b"--xyz\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\nabc\r\n--xyz\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n".to_vec();
        body.extend(photo);
        body.extend(b"\r\n--xyz--\r\n");
        body
    }

    async fn read(kind: &str, body: &[u8]) -> Option<Upload> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        super::read(&headers, Bytes::copy_from_slice(body), "photo").await
    }

    #[tokio::test]
    async fn a_form_with_photos_becomes_a_form_without_files() {
        let text = |name: &str, value: &str| {
            format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let file = |bytes: &str| {
            format!(
                "--xyz\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a\"\r\n\r\n{bytes}\r\n"
            )
        };
        let read = async |body: String, with_photos| {
            let request = Request::builder().header(header::CONTENT_TYPE, KIND);
            let request = request.body(axum::body::Body::from(body)).unwrap();
            let fields = as_fields(request, with_photos).await?;
            Some(String::from_utf8(fields.to_vec()).unwrap())
        };
        let whole = format!(
            "{}{}{}{}--xyz--\r\n",
            text("what", "a van & more"),
            file(""),
            file("one"),
            text("photo.1", "dHdv")
        );
        let fields = read(whole.clone(), true).await.unwrap();
        assert_eq!(fields, "what=a+van+%26+more&photo.new-1=b25l&photo.1=dHdv");
        assert_eq!(read(whole, false).await.unwrap(), "what=a+van+%26+more");
        assert_eq!(photo("b25l").unwrap().as_slice(), b"one");
        assert_eq!(photo("b25"), None);
        let long = text("what", &"x".repeat(TEXT + 1));
        assert_eq!(read(format!("{long}--xyz--\r\n"), true).await, None);
        let many = text("what", "x").repeat(TEXTS + 1);
        assert_eq!(read(format!("{many}--xyz--\r\n"), true).await, None);
    }

    #[tokio::test]
    async fn both_fields_are_read_and_a_cut_or_odd_body_is_refused() {
        let photo = b"\xff\xd8 \r\n--xy \r\n\r\n \xff\xd9";
        let whole = body(photo);
        let sent = read(KIND, &whole).await.unwrap();
        assert_eq!(sent.form_token, "abc");
        assert_eq!(sent.file.as_slice(), photo);
        for cut in 0..whole.len() - 6 {
            assert!(read(KIND, &whole[..cut]).await.is_none(), "{cut}");
        }
        for kind in [
            "",
            "text/plain",
            "multipart/form-data",
            "multipart/form-data; boundary=",
        ] {
            assert!(read(kind, &whole).await.is_none(), "{kind}");
        }
        let empty = read(KIND, b"--xyz\r\n\r\n--xyz--").await;
        assert!(empty.is_none());
        let long = format!("multipart/form-data; boundary={}", "x".repeat(BOUNDARY + 1));
        let boundary = String::from_utf8_lossy(&whole).replace("xyz", &"x".repeat(BOUNDARY + 1));
        assert!(read(&long, boundary.as_bytes()).await.is_none());
    }
}
