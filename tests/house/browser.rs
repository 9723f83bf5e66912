//! A browser without script or cookies, over a real socket: the requests of a resident's phone,
//! byte by byte. It follows no link by itself and reads every response to its end.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Bytes on the wire, headers included.
    pub(crate) wire: usize,
}

impl Page {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> Option<String> {
        let text = self.text();
        let from = text.find(&format!("type=\"hidden\" name=\"{name}\" value=\""))?;
        text[from..].split('"').nth(5).map(str::to_owned)
    }

    /// The fields that the page would send: its own token and ticket with the words.
    pub(crate) fn carries(&self, fields: &[Field]) -> Vec<Field> {
        let own = ["token", "ticket"];
        let mut all: Vec<Field> = fields
            .iter()
            .filter(|f| matches!(f, Field::Text(name, _) if !own.contains(&name.as_str())))
            .cloned()
            .collect();
        all.extend(
            own.iter()
                .filter_map(|name| Some(text(name, &self.hidden(name)?))),
        );
        all
    }

    /// The text of a text area in the page, with entities resolved.
    pub(crate) fn area(&self, id: &str) -> String {
        let text = self.text();
        let from = text
            .find(&format!("<textarea id=\"{id}\""))
            .expect("the area is there");
        let inner = text[from..]
            .split_once('>')
            .unwrap()
            .1
            .split_once("</textarea>")
            .unwrap()
            .0;
        inner
            .trim_start_matches('\n')
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#38;", "&")
    }

    /// The receipt's digits, if the page has them.
    pub(crate) fn receipt(&self) -> Option<String> {
        let text = self.text();
        let from = text.find("id=\"receipt\"")?;
        let inside = text[from..].split_once('>')?.1.split_once('<')?.0;
        let digits: String = inside.chars().filter(char::is_ascii_digit).collect();
        (digits.len() == 28).then_some(digits)
    }
}

/// One field of a form: words or a file.
#[derive(Clone)]
pub(crate) enum Field {
    Text(String, String),
    File(String, String, Vec<u8>),
}

pub(crate) fn text(name: &str, value: &str) -> Field {
    Field::Text(name.to_owned(), value.to_owned())
}

pub(crate) fn photo(file_name: &str, bytes: &[u8]) -> Field {
    Field::File("photos".to_owned(), file_name.to_owned(), bytes.to_vec())
}

/// The photo field of a form without a photo, as every browser sends it.
pub(crate) fn no_photo() -> Field {
    photo("", b"")
}

/// A small real JPEG made for the tests.
pub(crate) fn jpeg() -> Vec<u8> {
    let pixels: Vec<u8> = (0..64_u32 * 48)
        .flat_map(|i| [(i % 64) as u8 * 4, (i / 64) as u8 * 5, 90])
        .collect();
    let mut out = Vec::new();
    jpeg_encoder::Encoder::new(&mut out, 90)
        .encode(&pixels, 64, 48, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    out
}

/// The form as a browser sends it (RFC 7578): content type and body.
pub(crate) fn multipart(fields: &[Field]) -> (String, Vec<u8>) {
    let boundary = "----house7d3f0b9c5a";
    let mut body = Vec::new();
    for field in fields {
        body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        match field {
            Field::Text(name, value) => {
                body.extend_from_slice(
                    format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                        .as_bytes(),
                );
            }
            Field::File(name, file, bytes) => {
                let kind = if file.is_empty() {
                    "application/octet-stream"
                } else {
                    "image/jpeg"
                };
                let head = format!(
                    "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: {kind}\r\n\r\n"
                );
                body.extend_from_slice(head.as_bytes());
                body.extend_from_slice(bytes);
                body.extend_from_slice(b"\r\n");
            }
        }
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// A resident's browser, with the address that it opens. A broken connection is an error.
#[derive(Clone, Copy)]
pub(crate) struct Browser(pub SocketAddr);

impl Browser {
    pub(crate) async fn get(self, path: &str) -> std::io::Result<Page> {
        request(self.0, &format!("GET {path}"), &[], b"").await
    }

    pub(crate) async fn post(self, path: &str, fields: &[Field]) -> std::io::Result<Page> {
        let (kind, body) = multipart(fields);
        request(
            self.0,
            &format!("POST {path}"),
            &[("Content-Type", &kind)],
            &body,
        )
        .await
    }

    /// Posts a form without a file field.
    pub(crate) async fn post_urlencoded(
        self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> std::io::Result<Page> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        request(
            self.0,
            &format!("POST {path}"),
            &[("Content-Type", "application/x-www-form-urlencoded")],
            body.as_bytes(),
        )
        .await
    }

    /// The token of a fresh form.
    pub(crate) async fn token(self) -> std::io::Result<String> {
        self.get("/")
            .await?
            .hidden("token")
            .ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }

    /// Fills in a fresh form and opens the check page. Returns the page and the fields that it
    /// would send.
    pub(crate) async fn check(self, fields: &[Field]) -> std::io::Result<(Page, Vec<Field>)> {
        let mut all = vec![text("token", &self.token().await?), text("language", "en")];
        all.extend_from_slice(fields);
        let page = self.post("/check", &all).await?;
        let all = page.carries(&all);
        Ok((page, all))
    }

    /// Reports: form, check, send. Returns the receipt's digits.
    pub(crate) async fn report(self, fields: &[Field]) -> String {
        let (page, all) = self.check(fields).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.text());
        let sent = self.post("/send", &all).await.unwrap();
        assert_eq!(sent.status, 200, "{}", sent.text());
        sent.receipt().expect("a receipt")
    }
}

/// One request over a connection of its own.
pub(crate) async fn request(
    to: SocketAddr,
    head: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Page> {
    let socket = TcpSocket::new_v4()?;
    let mut stream = socket.connect(to).await?;
    send(&mut stream, head, headers, body).await?;
    read(&mut stream).await
}

/// Writes a request; `head` is `GET /path`.
pub(crate) async fn send(
    stream: &mut TcpStream,
    head: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<()> {
    let mut out = format!("{head} HTTP/1.1\r\nHost: house.invalid\r\n").into_bytes();
    for (name, value) in headers {
        out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    if head.starts_with("POST") {
        out.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    stream.write_all(&out).await
}

/// Reads a response to the end of the connection.
pub(crate) async fn read(stream: &mut TcpStream) -> std::io::Result<Page> {
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).await?;
    let split = raw
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&raw[..split]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|l| l.split(' ').nth(1))
        .and_then(|s| s.parse().ok())
        .ok_or(std::io::ErrorKind::InvalidData)?;
    let headers = lines
        .filter_map(|l| l.split_once(": "))
        .map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))
        .collect();
    Ok(Page {
        status,
        headers,
        wire: raw.len(),
        body: raw.split_off(split + 4),
    })
}
