//! Logos: what is drawn, and that each bad file is refused in words, within bounds.

use loke::print::fonts::Fonts;
use loke::print::logo::{Art, Logo, LogoRefused};
use loke::print::{pdf, svg};

use super::{CREST, Print, output, there_is};

fn read(inside: &str) -> Result<Logo, LogoRefused> {
    let text = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 100">{inside}</svg>"#
    );
    Logo::read(text.as_bytes())
}

const SQUARE: &str = r#"<path d="M10 10h80v80h-80z"/>"#;

/// A PNG of this size: opaque grey, or nothing but transparency.
fn png(width: u32, height: u32, opaque: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::GrayscaleAlpha);
    encoder
        .add_text_chunk("Author".to_owned(), "canary in the metadata".to_owned())
        .unwrap();
    let mut writer = encoder.write_header().unwrap();
    let pixel = if opaque { [120, 255] } else { [120, 0] };
    let pixels = pixel.repeat((width * height) as usize);
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn a_crest_becomes_filled_paths_in_its_colours() {
    let logo = Logo::read(CREST.as_bytes()).unwrap();
    let Art::Shapes(shapes) = &logo.art else {
        panic!("no paths");
    };
    // Shield, two towers by <use>, bar, and the bar's edge as a shape of its own.
    let colours: Vec<_> = shapes.iter().map(|shape| shape.colour).collect();
    assert_eq!(
        colours,
        [
            [176, 0, 32],
            [255, 255, 255],
            [255, 255, 255],
            [255, 215, 0],
            [0, 0, 0]
        ]
    );
    assert!((logo.width - 56.0).abs() < 0.1 && (logo.height - 76.0).abs() < 0.1);
    // Editors wrap a drawing in a clipping path as large as its page, and old ones name a DTD.
    let clipped = r##"<clipPath id="c"><path d="M0 0h100v100h-100z"/></clipPath><g clip-path="url(#c)"><path d="M10 10h80v80h-80z"/></g>"##;
    assert!(read(clipped).is_ok());
    let doctype = r#"<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">"#;
    assert!(Logo::read(format!("{doctype}{CREST}").as_bytes()).is_ok());
    let styled = r#"<style>.a{fill:#00f}</style><path class="a" d="M10 10h80v80h-80z"/>"#;
    let Art::Shapes(shapes) = read(styled).unwrap().art else {
        panic!("no paths");
    };
    assert_eq!(shapes[0].colour, [0, 0, 255]);
}

#[test]
fn a_logo_refers_to_nothing_outside_itself() {
    for outside in [
        r#"<use href="https://evil.example/a.svg#x"/>"#,
        r#"<use xlink:href="other.svg#x"/>"#,
        r#"<a href="https://evil.example"><path d="M0 0h9v9z"/></a>"#,
        r#"<style>@import "https://evil.example/a.css";</style>"#,
        r#"<style>path { fill: url(https://evil.example/a.svg#x) }</style>"#,
        r#"<path d="M0 0h9v9z" fill="url('file:///etc/passwd#x')"/>"#,
        r#"<path d="M0 0h9v9z" style="fill:url( paint.svg#x )"/>"#,
    ] {
        assert_eq!(read(outside), Err(LogoRefused::Outside), "{outside}");
    }
    let entity = r#"<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>"#;
    let text = format!("{entity}{CREST}");
    assert_eq!(Logo::read(text.as_bytes()), Err(LogoRefused::Outside));
    assert!(read(SQUARE).is_ok(), "the control");
}

#[test]
fn what_a_sheet_cannot_show_is_refused_by_its_name() {
    for (inside, name) in [
        (r#"<image href="data:image/png;base64,AAAA"/>"#, "image"),
        ("<text>Norwich</text>", "text"),
        ("<script>1</script>", "script"),
        ("<foreignObject/>", "foreignObject"),
    ] {
        let both = format!("{SQUARE}{inside}");
        assert_eq!(read(&both), Err(LogoRefused::Element(name)), "{inside}");
    }
    let gradient = r##"<linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>"##;
    let clip = r#"<clipPath id="g"><circle cx="50" cy="50" r="20"/></clipPath>"#;
    for (inside, effect) in [
        (
            format!(r##"{gradient}<path fill="url(#g)" d="M0 0h90v90z"/>"##),
            "a gradient",
        ),
        (
            format!(r##"{clip}<g clip-path="url(#g)">{SQUARE}</g>"##),
            "a clipping path",
        ),
        (
            format!(r#"<g opacity="0.5">{SQUARE}{SQUARE}</g>"#),
            "a half-transparent group",
        ),
    ] {
        assert_eq!(read(&inside), Err(LogoRefused::Effect(effect)), "{inside}");
    }
    let off = r#"<path d="M10 10h300v80h-300z"/>"#;
    assert_eq!(read(off), Err(LogoRefused::OffPage));
    let beside = format!(r#"{SQUARE}<path d="M500 500h9v9z"/>"#);
    assert!(
        read(&beside).is_ok(),
        "what lies beside the page is not drawn"
    );
    assert_eq!(read(""), Err(LogoRefused::Empty));
    let narrow = r#"<path d="M0 0h100v5h-100z"/>"#;
    assert_eq!(read(narrow), Err(LogoRefused::Narrow));
}

#[test]
fn a_logo_that_grows_when_it_is_read_is_refused() {
    // Ten times ten times ... of one path, and a circle of references.
    let mut bomb = r#"<g id="a0"><path d="M0 0h9v9z"/></g>"#.to_owned();
    for n in 1..9 {
        let before = format!(r##"<use href="#a{}"/>"##, n - 1).repeat(10);
        bomb.push_str(&format!(r#"<g id="a{n}">{before}</g>"#));
    }
    assert_eq!(read(&bomb), Err(LogoRefused::Complex));
    let circle = r##"<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>"##;
    assert_eq!(read(circle), Err(LogoRefused::Complex));
    let deep = format!("{}{SQUARE}{}", "<g>".repeat(5_000), "</g>".repeat(5_000));
    assert!(matches!(
        read(&deep),
        Err(LogoRefused::Complex | LogoRefused::Xml(_))
    ));
    let points = format!(r#"<path d="M0 0{}"/>"#, "l1 1-1-1".repeat(150_000));
    assert_eq!(read(&points), Err(LogoRefused::Complex));
    let shallow = format!("{}{SQUARE}{}", "<g>".repeat(50), "</g>".repeat(50));
    assert!(read(&shallow).is_ok(), "the control");
}

#[test]
fn a_png_is_pixels_within_bounds() {
    let logo = Logo::read(&png(400, 300, true)).unwrap();
    assert_eq!((logo.width, logo.height), (400.0, 300.0));
    let Art::Pixels(pixels) = &logo.art else {
        panic!("no pixels");
    };
    assert_eq!(pixels.rgba[..4], [120, 120, 120, 255]);
    let canary = |bytes: &[u8]| memchr::memmem::find(bytes, b"canary").is_some();
    assert!(canary(&png(400, 300, true)), "the control");
    assert!(!canary(&pixels.to_png().unwrap()));
    assert_eq!(Logo::read(&png(200, 150, true)), Err(LogoRefused::Small));
    assert_eq!(Logo::read(&png(400, 300, false)), Err(LogoRefused::Empty));
    assert_eq!(Logo::read(&png(400, 40, true)), Err(LogoRefused::Narrow));
    assert_eq!(
        Logo::read(&png(8_000, 2_001, true)),
        Err(LogoRefused::Large)
    );
    let whole = png(400, 300, true);
    assert_eq!(Logo::read(&whole[..60]), Err(LogoRefused::Png));
    for other in [
        &b""[..],
        b"\xff\xd8\xff\xe0",
        b"%PDF-1.7",
        b"<html></html>",
        b"\xff\xfe<\0s\0",
    ] {
        assert_eq!(Logo::read(other), Err(LogoRefused::Format));
    }
    assert!(matches!(Logo::read(b"<svg"), Err(LogoRefused::Xml(_))));
}

#[test]
fn pdf_and_svg_draw_the_logo_and_nothing_else_of_its_file() {
    let fonts = Fonts::load().unwrap();
    let mut print = Print::default();
    let picture = Logo::read(&png(400, 300, true)).unwrap();
    for logo in [Logo::read(CREST.as_bytes()).unwrap(), picture] {
        let drawn = matches!(logo.art, Art::Shapes(_));
        print.sender.logo = Some(logo.into());
        let sheet = print.sheets(&fonts, "en").swap_remove(0).sheet;
        let text = svg::of(&fonts, &sheet);
        assert_eq!(text.matches("http").count(), 1, "only the namespace");
        assert_eq!(text.contains("rgb(176,0,32)"), drawn);
        assert_eq!(text.contains("data:image/png;base64,"), !drawn);
        let bytes = pdf::of(&fonts, &[sheet]).unwrap();
        assert!(memchr::memmem::find(&bytes, b"canary").is_none());
        if ["pdftoppm", "rsvg-convert"].into_iter().all(there_is) {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name).display().to_string();
            std::fs::write(at("a.pdf"), &bytes).unwrap();
            std::fs::write(at("a.svg"), &text).unwrap();
            output(
                "pdftoppm",
                &["-r", "60", "-png", "-singlefile", &at("a.pdf"), &at("a")],
            );
            output(
                "rsvg-convert",
                &["-d", "60", "-p", "60", "-o", &at("b.png"), &at("a.svg")],
            );
            for page in ["a.png", "b.png"] {
                let pixels = image::open(at(page)).unwrap().into_rgb8();
                let colour = if drawn { [176, 0, 32] } else { [120, 120, 120] };
                let near = pixels.pixels().filter(|pixel| {
                    let apart = |n: usize| i32::from(pixel.0[n]) - colour[n];
                    (0..3).all(|n| apart(n).abs() < 12)
                });
                assert!(near.count() > 200, "{page}");
            }
        }
    }
}
