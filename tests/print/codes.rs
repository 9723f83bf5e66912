//! QR codes on paper: readable at 300 dpi, with a hole in the middle, out of focus and in grey
//! print.

use std::path::Path;
use std::process::Command;

use image::{GrayImage, Luma, imageops};
use loke::campaign::CampaignCode;
use loke::desk::print::Site;
use loke::desk::print::words::CODES as LANGUAGES;
use loke::print::code::Code;
use loke::print::fonts::Fonts;

use super::{Drawn, EVERYTHING, PAIRS, URL, everything, output, there_is};

/// Dots per millimetre at 300 dpi.
const DOTS: f32 = 300.0 / 25.4;
/// Every code must be readable with a hole of this share of the black square's width: 30 % of the
/// width, 9 % of the area.
const HOLE: f32 = 0.30;
/// Every code must be readable with this blur, in modules of the code (standard deviation).
const BLUR: f32 = 0.25;

/// The text that zbarimg reads in an image.
fn read(image: &Path) -> Option<String> {
    let out = Command::new("zbarimg")
        .args(["--raw", "-q", "-Sdisable", "-Sqrcode.enable"])
        .arg(image)
        .output()
        .unwrap();
    Some(String::from_utf8(out.stdout).unwrap().trim().to_owned()).filter(|text| !text.is_empty())
}

fn read_pixels(pixels: &GrayImage, folder: &Path) -> Option<String> {
    let file = tempfile::Builder::new()
        .suffix(".png")
        .tempfile_in(folder)
        .unwrap();
    pixels.save(file.path()).unwrap();
    read(file.path())
}

/// The code of a rendered sheet, with its white border, and the width of one module in pixels.
fn cut_out(page: &GrayImage, drawn: &Drawn) -> (GrayImage, f32) {
    let [x, y, side, _] = drawn.sheet.codes[0].map(|mm| mm * DOTS);
    let code = Code::of(&drawn.scanned()).unwrap();
    (
        imageops::crop_imm(page, x as u32, y as u32, side as u32, side as u32).to_image(),
        side / code.side() as f32,
    )
}

/// Blanks a square in the middle, with this share of the black square's width.
fn with_hole(code: &GrayImage, dot: f32, part: f32) -> GrayImage {
    let hole = (code.width() as f32 - 8.0 * dot) * part;
    let from = ((code.width() as f32 - hole) / 2.0) as u32;
    let mut damaged = code.clone();
    for (x, y, pixel) in damaged.enumerate_pixels_mut() {
        if [x, y]
            .iter()
            .all(|at| (from..from + hole as u32).contains(at))
        {
            *pixel = Luma([255]);
        }
    }
    damaged
}

/// Blurs the code by this share of a module, then prints it grey on grey.
fn blurred_and_grey(code: &GrayImage, dot: f32, part: f32) -> GrayImage {
    let mut damaged = imageops::blur(code, dot * part);
    damaged
        .pixels_mut()
        .for_each(|pixel| pixel.0[0] = 95 + (f32::from(pixel.0[0]) * 0.47) as u8);
    damaged
}

fn render_pdf(pdf: &Path) -> GrayImage {
    let stem = pdf.with_extension("");
    output(
        "pdftoppm",
        &[
            "-r",
            "300",
            "-gray",
            "-png",
            "-singlefile",
            pdf.to_str().unwrap(),
            stem.to_str().unwrap(),
        ],
    );
    image::open(stem.with_extension("png"))
        .unwrap()
        .into_luma8()
}

#[test]
fn every_code_is_read_at_300_dpi_with_a_hole_and_out_of_focus() {
    if !["pdftoppm", "zbarimg"].into_iter().all(there_is) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let fonts = Fonts::load().unwrap();
    let sheets = everything(&fonts);
    assert_eq!(sheets.len(), EVERYTHING);
    std::thread::scope(|scope| {
        for &language in LANGUAGES.iter().chain(&PAIRS) {
            let (sheets, fonts, folder) = (&sheets, &fonts, folder.path());
            scope.spawn(move || {
                for drawn in sheets.iter().filter(|drawn| drawn.language == language) {
                    let (pdf, _) = drawn.write(fonts, folder);
                    let page = render_pdf(&pdf);
                    let told = Some(drawn.scanned());
                    let name = format!("{} {language}", drawn.name);
                    assert_eq!(read(&pdf.with_extension("png")), told, "{name}: the page");
                    let (code, dot) = cut_out(&page, drawn);
                    assert_eq!(
                        read_pixels(&with_hole(&code, dot, HOLE), folder),
                        told,
                        "{name}: with a hole"
                    );
                    assert_eq!(
                        read_pixels(&blurred_and_grey(&code, dot, BLUR), folder),
                        told,
                        "{name}: out of focus and grey"
                    );
                    assert_eq!(
                        read_pixels(&with_hole(&code, dot, 0.8), folder),
                        None,
                        "{name}: the control"
                    );
                    if language == "en" && ["card-a6", "bus-stop"].contains(&drawn.name.as_str()) {
                        print_limits(drawn, &code, dot, folder);
                    }
                }
            });
        }
    });
}

/// Prints the damage that each sheet's code withstands, for the record.
fn print_limits(drawn: &Drawn, code: &GrayImage, dot: f32, folder: &Path) {
    let told = Some(drawn.scanned());
    let most = |damage: &dyn Fn(f32) -> GrayImage| {
        (5..=12)
            .map(|n| n as f32 * 0.05)
            .take_while(|part| read_pixels(&damage(*part), folder) == told)
            .last()
            .unwrap_or(0.0)
    };
    let hole = most(&|part| with_hole(code, dot, part));
    let blur = most(&|part| blurred_and_grey(code, dot, part));
    println!(
        "{}: a dot is {:.2} mm; read with a hole of {:.0} % of its width ({:.0} % of its area), out of focus by {blur:.2} dots",
        drawn.name,
        dot / DOTS,
        hole * 100.0,
        hole * hole * 100.0
    );
}

#[test]
fn every_svg_holds_the_same_code() {
    if !["rsvg-convert", "zbarimg"].into_iter().all(there_is) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let fonts = Fonts::load().unwrap();
    for drawn in everything(&fonts)
        .iter()
        .filter(|drawn| ["en", "ar", "zh", "en-ar"].contains(&drawn.language.as_str()))
    {
        let (_, svg) = drawn.write(&fonts, folder.path());
        let png = svg.with_extension("png");
        output(
            "rsvg-convert",
            &[
                "-d",
                "150",
                "-p",
                "150",
                "-o",
                png.to_str().unwrap(),
                svg.to_str().unwrap(),
            ],
        );
        assert_eq!(
            read(&png),
            Some(drawn.scanned()),
            "{} {}",
            drawn.name,
            drawn.language
        );
    }
}

#[test]
fn a_code_is_the_upper_case_address_with_a_quarter_to_spare() {
    let code: CampaignCode = CampaignCode::random().unwrap();
    let site = Site::read(URL).unwrap();
    assert_eq!(
        site.scanned(code),
        format!("HTTPS://TELL.NORWICH.EXAMPLE/C/{code}")
    );
    assert_eq!(site.typed(code), format!("tell.norwich.example/c/{code}"));
    // Upper case uses QR's alphanumeric mode: 44 characters in version 3, 29 modules wide (level Q
    // has room for 47). Lower case needs more.
    assert_eq!(Code::of(&site.scanned(code)).unwrap().dots(), 29);
    assert!(Code::of(&site.scanned(code).to_lowercase()).unwrap().dots() > 29);
    // The border of four modules is white.
    let square = Code::of(&site.scanned(code)).unwrap();
    assert_eq!(square.side(), 29 + 8);
    assert!(
        square
            .rows()
            .all(|[x, y, length]| x >= 4.0 && y >= 4.0 && x + length <= 33.0 && y < 33.0)
    );
}

/// A code drawn from its modules, eight pixels each.
fn drawn_small(code: &Code) -> GrayImage {
    let mut pixels =
        GrayImage::from_pixel(code.side() as u32 * 8, code.side() as u32 * 8, Luma([255]));
    for [x, y, length] in code.rows().map(|stroke| stroke.map(|dots| dots as u32 * 8)) {
        for at in y..y + 8 {
            (x..x + length).for_each(|along| pixels.put_pixel(along, at, Luma([0])));
        }
    }
    pixels
}

/// The number of codes that are readable with a hole of this share of their width; one run of
/// zbarimg for all.
fn read_with_hole(codes: &[(String, GrayImage)], part: f32) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let file = |n: usize| folder.path().join(format!("{n:04}.png"));
    codes
        .iter()
        .enumerate()
        .for_each(|(n, (_, pixels))| with_hole(pixels, 8.0, part).save(file(n)).unwrap());
    let mut zbarimg = Command::new("zbarimg");
    let out = zbarimg
        .args(["--raw", "-q", "-Sdisable", "-Sqrcode.enable"])
        .args((0..codes.len()).map(file))
        .output()
        .unwrap();
    let lines = String::from_utf8(out.stdout).unwrap();
    lines
        .lines()
        .filter(|line| codes.iter().any(|(told, _)| told == line))
        .count()
}

#[test]
fn every_code_of_short_and_long_addresses_is_read_with_a_hole() {
    if !there_is("zbarimg") {
        return;
    }
    const CODES: usize = 40;
    for host in [
        "tell.norwich.example",
        "a.uk",
        "report-it.community-safety.council.example",
    ] {
        let site = Site::read(&format!("https://{host}")).unwrap();
        let codes: Vec<_> = (0..CODES)
            .map(|_| {
                let told = site.scanned(CampaignCode::random().unwrap());
                let pixels = drawn_small(&Code::of(&told).unwrap());
                (told, pixels)
            })
            .collect();
        let dots = codes[0].1.width() / 8 - 8;
        let parts = [0.20, 0.25, HOLE, 0.35, 0.40, 0.45];
        let read = parts.map(|part| read_with_hole(&codes, part));
        println!(
            "{host}, {dots} dots wide: of {CODES} codes, with a hole of 20, 25, 30, 35, 40, 45 % of the width: {read:?} are read"
        );
        assert!(
            read[..3] == [CODES; 3] && read[5] < CODES,
            "{host}: {read:?}"
        );
    }
}
