//! The headers of a part: the field's name, and whether it is a file. A file name is only checked
//! for being empty, and not stored.

/// The headers of a part.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The field's name; empty if there is none.
    pub name: String,
    /// The part is a file with a non-empty name.
    pub named_file: bool,
}

impl Head {
    /// Parses headers up to and including the empty line. `None` if a line is not a header.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut head = Self::default();
        let mut disposition = Vec::new();
        let mut in_disposition = false;
        for line in bytes.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match line.first() {
                None => continue,
                // A folded header (RFC 822). Mail programs fold headers; browsers do not.
                Some(b' ' | b'\t') => {}
                Some(_) => {
                    let colon = memchr::memchr(b':', line)?;
                    in_disposition = disposition.is_empty()
                        && line
                            .get(..colon)?
                            .trim_ascii()
                            .eq_ignore_ascii_case(b"content-disposition");
                }
            }
            if in_disposition {
                disposition.extend_from_slice(line);
            }
        }
        let parameters = memchr::memchr(b';', &disposition)
            .and_then(|at| disposition.get(at + 1..))
            .unwrap_or_default();
        if let Some(name) = parameter(parameters, b"name") {
            head.name = String::from_utf8_lossy(&name).into_owned();
        }
        head.named_file = [b"filename".as_slice(), b"filename*"]
            .iter()
            .any(|name| parameter(parameters, name).is_some_and(|is| !is.is_empty()));
        zeroize::Zeroize::zeroize(&mut disposition);
        Some(head)
    }
}

/// The value of a parameter, in quotes or bare: `; name="x"` or `; name=x`.
pub(super) fn parameter(mut rest: &[u8], wanted: &[u8]) -> Option<Vec<u8>> {
    loop {
        let equals = memchr::memchr2(b'=', b';', rest)?;
        let name = rest.get(..equals)?.trim_ascii();
        let is_named = rest.get(equals) == Some(&b'=');
        rest = rest.get(equals + 1..)?;
        if !is_named {
            continue;
        }
        let value = rest.trim_ascii_start();
        let (value, after) = match value.strip_prefix(b"\"") {
            Some(inside) => quoted(inside),
            None => bare(value),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
}

/// A value up to its closing quote. A quote after a backslash is part of the value (old browsers
/// escape it so), unless it is the last quote: current browsers write a backslash in a name
/// unescaped.
fn quoted(inside: &[u8]) -> (Vec<u8>, &[u8]) {
    let split = |at: usize| {
        (
            inside.get(..at).unwrap_or_default(),
            inside.get(at + 1..).unwrap_or_default(),
        )
    };
    let mut quotes = memchr::memchr_iter(b'"', inside);
    let closing = quotes
        .find(|at| *at == 0 || inside.get(at - 1) != Some(&b'\\'))
        .or_else(|| memchr::memrchr(b'"', inside));
    let (value, after) = closing.map_or((inside, [].as_slice()), split);
    let mut plain = Vec::with_capacity(value.len());
    let mut bytes = value.iter().peekable();
    while let Some(byte) = bytes.next() {
        if *byte == b'\\' && bytes.peek() == Some(&&b'"') {
            continue;
        }
        plain.push(*byte);
    }
    (plain, after)
}

fn bare(value: &[u8]) -> (Vec<u8>, &[u8]) {
    let end = memchr::memchr3(b';', b' ', b'\t', value).unwrap_or(value.len());
    let (value, after) = value.split_at_checked(end).unwrap_or((value, &[]));
    (value.to_vec(), after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> (String, bool) {
        let head = Head::parse(text.as_bytes()).unwrap();
        (head.name, head.named_file)
    }

    #[test]
    fn headers_are_read_as_browsers_write_them() {
        for (says, name, file) in [
            (
                "Content-Disposition: form-data; name=\"what\"\r\n\r\n",
                "what",
                false,
            ),
            (
                "content-disposition: form-data; name=\"photos\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n",
                "photos",
                false,
            ),
            (
                "CONTENT-DISPOSITION:form-data;name=photos;filename=a.jpg\r\n\r\n",
                "photos",
                true,
            ),
            // Chromium, Firefox and Safari since 2021: a quote as %22, a backslash unescaped.
            (
                "Content-Disposition: form-data; name=\"photos\"; filename=\"a%22b\\c\\\"\r\n\r\n",
                "photos",
                true,
            ),
            // Firefox before 2021.
            (
                "Content-Disposition: form-data; name=\"photos\"; filename=\"a\\\"b; name=c\"\r\n\r\n",
                "photos",
                true,
            ),
            (
                "Content-Disposition: form-data; name=\"photos\"; filename*=UTF-8''%e2%82%ac.jpg\r\n\r\n",
                "photos",
                true,
            ),
            (
                "Content-Disposition: form-data; filename=\"name=x.jpg\"; name=\"photos\"\r\n\r\n",
                "photos",
                true,
            ),
            (
                "Content-Type: text/plain\r\nContent-Disposition: form-data;\r\n name=\"where\"\r\n\r\n",
                "where",
                false,
            ),
            (
                "Content-Disposition: form-data; name=\"灰\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
                "灰",
                false,
            ),
            ("\r\n", "", false),
        ] {
            assert_eq!(head(says), (name.to_owned(), file), "{says}");
        }
        assert!(
            Head::parse(b"--b\r\nContent-Disposition: form-data; name=\"what\"\r\n\r\n").is_none(),
            "a delimiter is no header"
        );
    }
}
