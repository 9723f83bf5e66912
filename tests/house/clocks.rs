//! The clocks of a program that a test moves: the wall clock, the monotonic clock and the clock that
//! counts sleep (`clocks.c`). So hours pass for the program in seconds, with all its work by the clock, or a
//! single clock jumps.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use loke::clock::Clock;

/// Seconds of one step of all clocks, and the pause after it: four minutes in a second. The desk takes clocks
/// that differ by a minute for a jump, so a step is much smaller.
const STEP: i64 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// How far ahead of the machine's clocks a program's clocks are.
pub(crate) struct Clocks {
    library: PathBuf,
    place: PathBuf,
    file: File,
    /// Of the wall clock, the monotonic clock and the clock that counts sleep, in seconds.
    ahead: [i64; 3],
}

impl Clocks {
    /// Clocks that nobody has moved yet; `None` if the machine has no C compiler.
    pub(crate) fn new(folder: &Path) -> Option<Self> {
        let (library, place) = (folder.join("clocks.so"), folder.join("clocks"));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/house/clocks.c");
        let mut compile = Command::new("gcc");
        compile
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library);
        let built = compile.arg(source).status().ok()?;
        assert!(built.success());
        std::fs::write(&place, [0; 24]).unwrap();
        let file = File::options().write(true).open(&place).unwrap();
        let ahead = [0; 3];
        Some(Self {
            library,
            place,
            file,
            ahead,
        })
    }

    /// Gives a program these clocks.
    pub(crate) fn on(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("LOKE_CLOCKS", &self.place);
    }

    /// The program's wall clock, in seconds since 1970-01-01 UTC.
    pub(crate) fn now(&self) -> i64 {
        Clock::System.now() + self.ahead[0]
    }

    /// Lets time pass for the program.
    pub(crate) async fn pass(&mut self, seconds: i64) {
        let mut pause = tokio::time::interval(PAUSE);
        pause.tick().await;
        let mut left = seconds;
        while left > 0 {
            let step = left.min(STEP);
            self.add([step; 3]);
            left -= step;
            pause.tick().await;
        }
    }

    /// Sets the wall clock forward by this much.
    pub(crate) fn jump(&mut self, seconds: i64) {
        self.add([seconds, 0, 0]);
    }

    /// The machine sleeps for this long: then the monotonic clock stands still.
    pub(crate) fn sleep(&mut self, seconds: i64) {
        self.add([seconds, 0, seconds]);
    }

    fn add(&mut self, seconds: [i64; 3]) {
        for (n, more) in seconds.into_iter().enumerate() {
            self.ahead[n] += more;
            // In place: the program has this file in its memory.
            let bytes = self.ahead[n].to_ne_bytes();
            self.file.write_all_at(&bytes, 8 * n as u64).unwrap();
        }
    }
}
