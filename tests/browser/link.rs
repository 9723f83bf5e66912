//! The page over a slow link: 400 kbit/s with a round trip of 300 ms, as on a cheap phone with bad
//! reception. The gateway runs in its own network namespace, and `slow_link.py` delays real
//! packets. If this machine does not allow a namespace, the test prints that it was skipped.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::*;
use crate::house::skip::skipped;

/// Bandwidth of the link, and its round trip.
const BITS: u32 = 400_000;
const ROUND_TRIP: u32 = 300;
/// The longest time from the tap until the form can be used.
const USABLE: f64 = 3.0;

/// A namespace and the link to it. Both are removed on drop.
struct Line {
    namespace: String,
    there: String,
    child: Child,
}

impl Line {
    /// Returns `None` if this machine does not allow it.
    fn open() -> Option<Self> {
        let number = loke::random::below(0x10000).unwrap();
        let namespace = format!("loke{number:04x}");
        // A range reserved for benchmarks (RFC 2544): it is not routed elsewhere.
        let [here, there] =
            [1, 2].map(|end| format!("198.18.{}.{}", number >> 8, (number & 0x3f) * 4 + end));
        let ip = |words: &[&str]| {
            Command::new("ip")
                .args(words)
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|done| done.success())
        };
        if !ip(&["netns", "add", &namespace]) {
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/slow_link.py");
        let mut python = Command::new("python3");
        python.args([
            script,
            &namespace,
            &here,
            &there,
            &BITS.to_string(),
            &ROUND_TRIP.to_string(),
        ]);
        let child = python
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = Self {
            namespace,
            there,
            child,
        };
        let mut said = String::new();
        BufReader::new(line.child.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        (said == "ready\n").then_some(line)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
        let _ = Command::new("ip")
            .args(["netns", "del", &self.namespace])
            .status();
    }
}

/// A gateway at the far end of the link.
async fn far_gateway(place: &Path, line: &Line) -> RealGateway {
    let mut gateway = not_started(place, None);
    let port = gateway.browser.0.port();
    let text = std::fs::read_to_string(gateway.config()).unwrap();
    std::fs::write(
        gateway.config(),
        text.replace(
            &format!("127.0.0.1:{port}"),
            &format!("{}:{port}", line.there),
        ),
    )
    .unwrap();
    gateway.browser.0 = format!("{}:{port}", line.there).parse().unwrap();
    gateway.launch_by(&["ip", "netns", "exec", &line.namespace]);
    gateway.answers().await;
    gateway
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_slow_line_the_form_can_be_used_within_three_seconds_and_photos_arrive() {
    let Some(line) = Line::open() else {
        skipped!("this machine lets nobody make a slow line");
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let mut gateway = far_gateway(place.path(), &line).await;
    // In full mode four photos of 6 MB, which take nine minutes; else two that take seconds.
    let (side, count) = if full() {
        ((3_200, 2_450), 4)
    } else {
        ((320, 200), 2)
    };
    let bytes = noise(side.0, side.1);
    let photos: Vec<PathBuf> = (0..count)
        .map(|n| place.path().join(format!("{n}.jpg")))
        .collect();
    photos
        .iter()
        .for_each(|file| std::fs::write(file, &bytes).unwrap());
    println!("each photo has {} bytes", bytes.len());
    for (kind, script) in browsers().into_iter().filter(|(_, script)| !script) {
        let mut phone = Phone::start(kind, script).await;
        let codes: &[&str] = if full() {
            &["en", "ar", "pl", "zh"]
        } else {
            &["ar"]
        };
        for code in codes {
            // The first page also includes the browser's own start-up time.
            phone.open("about:blank").await;
            let began = Instant::now();
            phone
                .open(&format!("http://{}/{code}", gateway.browser.0))
                .await;
            let took = began.elapsed().as_secs_f64();
            println!("{kind:?}: the form in {code} can be used after {took:.2} s");
            assert!(took < USABLE);
        }
        if full() && kind == Kind::Firefox {
            continue;
        }
        phone.patience = std::time::Duration::from_secs(1_200);
        phone.touch("input[name=topic][value=graffiti]").await;
        phone.fill("#what", "photos over a slow line").await;
        phone
            .fill(
                "#photos",
                &photos
                    .iter()
                    .map(|file| file.to_str().unwrap())
                    .collect::<Vec<_>>()
                    .join("\n"),
            )
            .await;
        let began = Instant::now();
        phone.touch(NEXT).await;
        phone.wait("form[action='/send']").await;
        println!(
            "{kind:?}: {count} photos, {} bytes in all, arrived after {:.1} s",
            count * bytes.len(),
            began.elapsed().as_secs_f64()
        );
        assert_eq!(phone.all("input[name=drop]").await.len(), count);
        phone.touch(NEXT).await;
        phone.wait("#receipt").await;
    }
    gateway.stop().await;
}

/// A JPEG that does not compress well: noise in every pixel.
fn noise(width: u16, height: u16) -> Vec<u8> {
    let mut grain = 1_u32;
    let dots = usize::from(width) * usize::from(height) * 3;
    let pixels: Vec<u8> = std::iter::repeat_with(|| {
        grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (grain >> 24) as u8
    })
    .take(dots)
    .collect();
    let mut out = Vec::new();
    jpeg_encoder::Encoder::new(&mut out, 80)
        .encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    out
}
