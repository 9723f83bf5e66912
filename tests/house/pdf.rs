//! A PDF taken apart: its bytes, its text, each stream, each picture. A search in the pieces sees what a
//! reader of the document can get out of it.

use std::io::Read;
use std::process::Command;

use flate2::read::ZlibDecoder;
use memchr::memmem;

use super::skip::skipped;
use crate::documents::{squeezed, text_of, told};

/// A named piece of something that was delivered.
pub(crate) type Piece = (String, Vec<u8>);

/// The pieces of a PDF. `None` if poppler is not installed.
pub(crate) fn pieces(pdf: &[u8]) -> Option<Vec<Piece>> {
    assert!(pdf.starts_with(b"%PDF"), "not a PDF");
    if Command::new("pdfdetach").arg("-v").output().is_err() {
        skipped!("there is no pdfdetach on this machine");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whole.pdf");
    std::fs::write(&path, pdf).unwrap();
    let path = path.to_str().unwrap();
    let attached = told("pdfdetach", &["-list", path])?;
    assert!(attached.starts_with("0 embedded files"), "{attached}");
    let text = text_of(pdf)?;
    let mut pieces = vec![
        ("pdf".to_owned(), pdf.to_vec()),
        // A reader may break a word at the end of a line.
        ("pdf, squeezed".to_owned(), squeezed(&text).into_bytes()),
        ("pdf, text".to_owned(), text.into_bytes()),
    ];
    for (n, stream) in streams(pdf).into_iter().enumerate() {
        pieces.push((format!("pdf, stream {n}"), stream));
    }
    let pictures = folder.path().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    let root = pictures.join("p");
    told("pdfimages", &["-all", path, root.to_str().unwrap()])?;
    for entry in pictures.read_dir().unwrap() {
        let picture = entry.unwrap().path();
        let name = picture.file_name().unwrap().to_str().unwrap();
        pieces.push((format!("pdf, {name}"), std::fs::read(&picture).unwrap()));
    }
    Some(pieces)
}

/// Each stream that can be inflated.
fn streams(pdf: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for at in memmem::find_iter(pdf, b"stream") {
        let bytes = &pdf[at + b"stream".len()..];
        let bytes = bytes.strip_prefix(b"\r").unwrap_or(bytes);
        let Some(bytes) = bytes.strip_prefix(b"\n") else {
            continue;
        };
        let mut stream = Vec::new();
        // What follows the stream is no error.
        let _ = ZlibDecoder::new(bytes).read_to_end(&mut stream);
        if !stream.is_empty() {
            found.push(stream);
        }
    }
    assert!(found.len() > 2, "the control: a document has streams");
    found
}
