//! A form with one file: `multipart/form-data` (RFC 7578) with the field `form_token` and the file. The
//! whole body is in memory already, and bounded.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use futures_util::stream;
use zeroize::Zeroizing;

/// Longest boundary (RFC 2046 §5.1.1).
const BOUNDARY: usize = 70;
/// Longest head of a part, in bytes.
const HEAD: usize = 1 << 10;
/// Most parts.
const PARTS: usize = 4;

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
