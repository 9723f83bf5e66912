//! CPU time of the parts of a report, each measured alone.

use cpu_time::{ProcessTime, ThreadTime};
use loke::clock::Day;
use loke::photo::Cleaner;
use loke::seal::{self, MacKey, Recipients};
use loke::store::{Capacity, Store};
use loke::tip::{Channel, HowKnown, Lane, Priority, SCHEMA, Tip, TipId, Topic, YesNo};
use zeroize::Zeroizing;

use crate::gateway::{entry, random_tip};

/// Seconds of CPU for sealing one text tip to two recipients: the best of five runs.
pub(crate) fn seal() -> f64 {
    let mut recipients = Recipients::default();
    for _ in 0..2 {
        recipients.add(
            Lane::Drugs,
            age::x25519::Identity::generate()
                .to_public()
                .to_string()
                .parse()
                .unwrap(),
        );
    }
    let (key, tip) = (MacKey::random().unwrap(), tip());
    let run = || {
        let began = ThreadTime::now();
        for _ in 0..2_000 {
            seal::seal(&tip, &[], &recipients, &key, Day(21_000)).unwrap();
        }
        began.elapsed().as_secs_f64() / 2_000.0
    };
    (0..5).map(|_| run()).fold(f64::MAX, f64::min)
}

/// Stored rows in one run of [`row`].
const PUTS: usize = 2_048;

/// Seconds of CPU for one stored row on SQLite, in commits of this many tips, all threads included:
/// the best of several runs. With the largest commits it is a lower bound for any report.
pub(crate) async fn row(tips_in_a_commit: usize) -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("queue.db").display());
    let store = Store::open(
        &url,
        Capacity {
            text: 65_536,
            photos: [1, 1, 1, 1],
        },
    )
    .await
    .unwrap();
    let mut best = f64::MAX;
    for _ in 0..if tips_in_a_commit < LARGEST { 3 } else { 5 } {
        let mut tips: Vec<Vec<_>> = (0..tips_in_a_commit)
            .map(|_| (0..PUTS / tips_in_a_commit).map(|_| random_tip()).collect())
            .collect();
        let puts = tips.iter().map(Vec::len).sum::<usize>() as f64;
        let began = ProcessTime::now();
        let mut putters = tokio::task::JoinSet::new();
        for tips in tips.drain(..) {
            let store = store.clone();
            putters.spawn(async move {
                for tip in tips {
                    store.put(tip, entry()).await.unwrap();
                }
            });
        }
        putters.join_all().await;
        best = best.min(began.elapsed().as_secs_f64() / puts);
    }
    best
}

/// Tips in the largest commit of the writer.
pub(crate) const LARGEST: usize = 256;

/// The simplest server: accept, read, write a page's worth of bytes, close our side, wait for the
/// client's close. Its cost is a lower bound for any connection on this machine.
pub(crate) fn bare_child() {
    use std::io::{Read, Write};
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", address.local_addr().unwrap());
    let mut page = format!("HTTP/1.1 200 OK\r\nContent-Length: {PAGE}\r\n\r\n").into_bytes();
    page.resize(page.len() + PAGE, b' ');
    let serve = || {
        let mut request = [0; 8 << 10];
        while let Ok((mut caller, _)) = address.accept() {
            let _ = caller.set_nodelay(true);
            // The bench's clients send a request in one piece.
            if caller.read(&mut request).is_ok()
                && caller.write_all(&page).is_ok()
                && caller.shutdown(std::net::Shutdown::Write).is_ok()
            {
                while caller.read(&mut request).is_ok_and(|bytes| bytes > 0) {}
            }
        }
    };
    std::thread::scope(|threads| {
        for _ in 0..16 {
            threads.spawn(serve);
        }
    });
}

/// Bytes of a response of [`bare_child`]: the size of a resident's page.
const PAGE: usize = 6_912;

/// Cleans a photo of 12 megapixels in a child process and prints its CPU time and peak memory, and
/// the cost of the usual way: decode it whole, then shrink it.
pub(crate) fn photo() {
    let out = std::process::Command::new(std::env::current_exe().unwrap())
        .arg("--photo")
        .output()
        .unwrap();
    print!("{}", String::from_utf8_lossy(&out.stdout));
}

/// The child process of [`photo`].
pub(crate) fn photo_child() {
    let jpeg = photo_of_twelve_megapixels();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let cleaner = Cleaner::new(1);
    let before = peak();
    let mut best = f64::MAX;
    for _ in 0..5 {
        let began = ProcessTime::now();
        runtime
            .block_on(cleaner.clean(Zeroizing::new(jpeg.clone())))
            .unwrap();
        best = best.min(began.elapsed().as_secs_f64());
    }
    let most = peak();
    let mut whole = f64::MAX;
    for _ in 0..5 {
        let began = ProcessTime::now();
        std::hint::black_box(decoded_whole(&jpeg));
        whole = whole.min(began.elapsed().as_secs_f64());
    }
    println!(
        "photo of 12 megapixels ({} KiB): {:.0} ms CPU, {} MiB at the peak ({} before); decoded whole and shrunk then: {:.0} ms, ratio {:.2} \
         (goal: at most 0.6)",
        jpeg.len() >> 10,
        best * 1e3,
        most >> 10,
        before >> 10,
        whole * 1e3,
        best / whole
    );
}

/// The former method: decode every pixel to RGB (zune-jpeg), shrink to 2,048 on the longer side,
/// encode, and zeroize each buffer.
fn decoded_whole(jpeg: &[u8]) -> Vec<u8> {
    use fast_image_resize::images::{Image, ImageRef};
    use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
    let options = zune_core::options::DecoderOptions::default()
        .jpeg_set_out_colorspace(zune_core::colorspace::ColorSpace::RGB);
    let bare = Zeroizing::new(jpeg.to_vec());
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(
        zune_core::bytestream::ZCursor::new(&bare[..]),
        options,
    );
    let mut pixels = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    let mut small = vec![0; 2_048 * 1_536 * 3];
    let from = ImageRef::new(width as u32, height as u32, &pixels, PixelType::U8x3).unwrap();
    let mut to = Image::from_slice_u8(2_048, 1_536, &mut small, PixelType::U8x3).unwrap();
    let how = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Hamming));
    Resizer::new().resize(&from, &mut to, &how).unwrap();
    pixels.fill(0);
    std::hint::black_box(&pixels);
    let mut out = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, 82);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    encoder
        .encode(&small, 2_048, 1_536, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    small.fill(0);
    std::hint::black_box(&small);
    out
}

/// A textured picture, so that it compresses like a photo, with its colours at half resolution
/// (4:2:0), as phones write them.
fn photo_of_twelve_megapixels() -> Vec<u8> {
    let (width, height) = (4_000_u16, 3_000_u16);
    let mut pixels = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    let mut noise = 1_u32;
    for y in 0..u32::from(height) {
        for x in 0..u32::from(width) {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (noise >> 28) as u8;
            pixels.extend(
                [
                    (x / 16) as u8 ^ (y / 32) as u8,
                    (x * y / 4_096) as u8,
                    (y / 12) as u8,
                ]
                .map(|v| (v / 2).wrapping_add(grain)),
            );
        }
    }
    let mut jpeg = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 90);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    encoder
        .encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    jpeg
}

/// Peak memory of this process, KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .and_then(|l| l.split_whitespace().nth(1))
        .unwrap()
        .parse()
        .unwrap()
}

fn tip() -> Tip {
    Tip {
        schema: SCHEMA,
        id: TipId::random().unwrap(),
        channel: Channel::Web,
        language: "en".into(),
        received: "2026-11-21".into(),
        topic: Topic::Drugs,
        lane: Lane::Drugs,
        priority: Priority::Soon,
        what: "Cars stop for a minute and drive on. ".repeat(30),
        place: Some("Larkman Lane".into()),
        when: None,
        ongoing: Some(YesNo::Yes),
        danger: None,
        child: None,
        impact: None,
        vehicle: None,
        how_known: Some(HowKnown::Saw),
        signs: vec![],
        offensive: None,
        campaign: None,
        proven: true,
        unproven: None,
        thread: None,
        photos: vec![],
        reply_key: None,
        reply_box: None,
        follow_up: None,
    }
}
