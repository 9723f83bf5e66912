//! Memory use of photos: one of each shape in a process of its own, and several of the largest at
//! once in a running gateway.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use loke::photo::MAX_BYTES;

use super::{clean, make};
use crate::house::browser::{photo, text};
use crate::house::real::RealGateway;
use crate::house::{limit, memory};

/// Residents who send one photo each at the same time.
const AT_ONCE: usize = 4;
/// Concurrent decodes by default.
const TURNS: u64 = 2;
/// Memory limit of one photo.
const PHOTO: u64 = 100 << 20;

/// The shapes that use most memory: of every format, and of every way to decode it.
fn shapes() -> Vec<(&'static str, Vec<u8>)> {
    let filled = |file: Vec<u8>| {
        let filler = make::segment(0xe5, &[7; 60_000]);
        let room = MAX_BYTES.saturating_sub(file.len()) / filler.len();
        [&file[..2], &filler.repeat(room), &file[2..]].concat()
    };
    let large = make::large_jpeg(12_000, 9_000, false);
    vec![
        ("JPEG, 12 Mpx", make::large_jpeg(4_000, 3_000, false)),
        ("JPEG, 108 Mpx, 24 MiB", filled(large)),
        (
            "JPEG, panorama of 60 Mpx",
            make::large_jpeg(30_000, 2_000, false),
        ),
        ("JPEG, tall, 30 Mpx", make::large_jpeg(900, 33_000, false)),
        (
            "JPEG, progressive, 24 Mpx",
            make::large_jpeg(6_000, 4_000, true),
        ),
        (
            "PNG, 108 Mpx",
            make::black_png(12_000, 9_000, 8, 2, 1_256_000),
        ),
        ("PNG, 12 Mpx", make::black_png(4_000, 3_000, 8, 6, 186_100)),
        (
            "WebP, 10 Mpx",
            make::webp(
                &[90; 100_000].repeat(300),
                4_000,
                2_500,
                image::ExtendedColorType::Rgb8,
            ),
        ),
    ]
}

/// Cleans the file that `LOKE_ONE_PHOTO` names, and prints the memory used, including the file.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn one_photo() {
    let Some(path) = std::env::var_os("LOKE_ONE_PHOTO") else {
        return;
    };
    let before = memory::status("self", "VmHWM:");
    let answer = loke::photo::clean_now(zeroize::Zeroizing::new(std::fs::read(path).unwrap()));
    println!(
        "\ntook {} {}",
        memory::status("self", "VmHWM:") - before,
        answer.is_ok()
    );
}

#[test]
fn p10_no_photo_takes_more_than_100_mib_whatever_its_shape() {
    let dir = tempfile::tempdir().unwrap();
    let mut most = 0;
    for (name, file) in shapes() {
        let path = dir.path().join("photo");
        std::fs::write(&path, &file).unwrap();
        let arguments = [
            "--ignored",
            "--exact",
            "--nocapture",
            "photo::memory::one_photo",
        ];
        let run = Command::new(std::env::current_exe().unwrap())
            .arg0("one-photo")
            .args(arguments)
            .env("LOKE_ONE_PHOTO", &path)
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&run.stdout).into_owned();
        let took = printed
            .lines()
            .find_map(|line| line.strip_prefix("took "))
            .unwrap_or_else(|| panic!("{name}: {printed}"));
        let (took, shown) = took.split_once(' ').unwrap();
        let took: u64 = took.parse().unwrap();
        eprintln!(
            "{name}: {} kB in, {} MiB at the peak, shown: {shown}",
            file.len() / 1_000,
            took >> 20
        );
        assert!(took <= PHOTO && shown == "true", "{name}: {took} bytes");
        most = most.max(took);
    }
    assert!(
        most > PHOTO / 2,
        "the control: decoding was measured: {most}"
    );
}

/// Sends the photos at once. Returns the gateway's peak memory, and its memory before.
async fn peak(file: &[u8], turns: Option<i64>) -> (u64, u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = RealGateway::new(
        dir.path(),
        dir.path().join("gateway"),
        "sqlite:queue.db",
        "32,4,2,1,1",
        |table| {
            turns
                .into_iter()
                .for_each(|turns| limit(table, &[("parallel_photos", turns)]));
        },
    );
    gateway.start().await;
    let before = gateway.most_memory();
    let mut residents = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let (browser, fields) = (
            gateway.browser,
            [
                text("topic", "graffiti"),
                text("what", "a wall"),
                photo("p.jpg", file),
            ],
        );
        residents.spawn(async move { browser.check(&fields).await.unwrap().0 });
    }
    let mut taken = 0;
    for page in residents.join_all().await {
        let cleaned = page.hidden("ticket").is_some()
            && page.text().contains("There was nothing hidden in it.");
        taken += usize::from(cleaned);
        // On a busy machine some photos wait for a turn longer than the page's timeout.
        assert!(
            page.status == 200
                && (cleaned || page.text().contains("We are busy with other photos")),
            "{}",
            page.text()
        );
    }
    assert!(taken >= 2);
    let most = gateway.most_memory();
    gateway.stop().await;
    (most, before)
}

#[tokio::test(flavor = "multi_thread")]
async fn p10_the_largest_photos_sent_at_once_take_bounded_memory() {
    // A progressive picture stays in memory whole until its last scan: the most memory that a photo
    // can need.
    let file = make::large_jpeg(6_000, 4_000, true);
    assert!(clean(&file).is_ok());
    let (most, before) = peak(&file, None).await;
    let bound = before + TURNS * PHOTO + 2 * (AT_ONCE * file.len()) as u64;
    let (more, _) = peak(&file, Some(AT_ONCE as i64)).await;
    let megabytes = |bytes: u64| bytes / 1_000_000;
    eprintln!(
        "{AT_ONCE} progressive photos of 24 Mpx at once: {} MB at the peak ({} before, bound {}); with {AT_ONCE} turns {} MB",
        megabytes(most),
        megabytes(before),
        megabytes(bound),
        megabytes(more)
    );
    assert!(most <= bound, "{most} bytes, bound {bound}");
    assert!(
        most > before + PHOTO / 2,
        "the control: decoding was measured: {most}, {before} before"
    );
    assert!(
        more > most + PHOTO / 2,
        "the control: with more turns the same photos take more: {more}, {most}"
    );
}
