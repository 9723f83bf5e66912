//! What photos cost a running gateway in memory: the real program, several of the largest photos at once, its peak as the system counts it.

use loke::gateway::photo::MAX_BYTES;

use super::make;
use crate::house::browser::{photo, text};
use crate::house::limit;
use crate::house::real::RealGateway;

/// Residents who send one photo each at the same time.
const AT_ONCE: usize = 6;
/// Photos decoded at once, where the configuration says nothing.
const TURNS: u64 = 2;
/// What one decode may take (`photo.rs`).
const DECODE: u64 = 256 << 20;

/// Sends the photos at once, and answers the gateway's peak and what it was before.
async fn peak(file: &[u8], turns: Option<i64>) -> (u64, u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = RealGateway::new(dir.path(), dir.path().join("gateway"), "sqlite:queue.db", "32,4,2,1,1", |table| {
        turns.into_iter().for_each(|turns| limit(table, &[("parallel_photos", turns)]));
    });
    gateway.start().await;
    let before = gateway.most_memory();
    let mut residents = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let (browser, fields) = (gateway.browser, [text("topic", "graffiti"), text("what", "a wall"), photo("p.webp", file)]);
        residents.spawn(async move { browser.check(&fields).await.unwrap().0 });
    }
    let mut taken = 0;
    for page in residents.join_all().await {
        let cleaned = page.hidden("ticket").is_some() && page.text().contains("We took off:");
        taken += usize::from(cleaned);
        // On a busy machine some wait for a turn for longer than a page does.
        assert!(page.status == 200 && (cleaned || page.text().contains("We are busy with other photos")), "{}", page.text());
    }
    assert!(taken >= 2);
    let most = gateway.most_memory();
    gateway.stop().await;
    (most, before)
}

#[tokio::test(flavor = "multi_thread")]
async fn p10_the_largest_photos_sent_at_once_take_bounded_memory() {
    // 33 million pixels in a few bytes, filled up to the largest file: as much memory as a decode may ever take.
    let pixels = make::webp(&[90; 100_000].repeat(990), 5_500, 6_000, image::ExtendedColorType::Rgb8);
    let filler = make::riff(b"prvt", &vec![7; MAX_BYTES - pixels.len() - 8]);
    let file = make::riff_file(&[pixels[12..].to_vec(), filler]);
    assert_eq!(file.len(), MAX_BYTES);
    let (most, before) = peak(&file, None).await;
    // Each photo lies there as it came and once more with only its picture in it.
    let bound = before + TURNS * DECODE + 2 * (AT_ONCE * MAX_BYTES) as u64;
    let (more, _) = peak(&file, Some(AT_ONCE as i64)).await;
    let megabytes = |bytes: u64| bytes / 1_000_000;
    eprintln!(
        "{AT_ONCE} photos of 33 Mpx and 12 MiB at once: {} MB at the peak ({} before, bound {}); with {AT_ONCE} turns {} MB",
        megabytes(most),
        megabytes(before),
        megabytes(bound),
        megabytes(more)
    );
    assert!(most <= bound, "{most} bytes, bound {bound}");
    assert!(most > before + DECODE / 2, "the control: decoding was measured: {most}, {before} before");
    assert!(more > most + DECODE / 2, "the control: with more turns the same photos take more: {more}, {most}");
}
