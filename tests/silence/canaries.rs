//! The table of canaries: random text planted in each run, each with a name for its place.

use loke::random;

use crate::house::sweep::Sweep;

/// Letters of five scripts, for random texts.
pub(super) const SCRIPTS: [(&str, &str); 5] = [
    ("Latin", "abcdefghijklmnopqrstuvwxyząćęłńóśźż"),
    ("Cyrillic", "абвгдежзийклмнопрстуфхцчшщъыьэюя"),
    ("Arabic", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"),
    (
        "Chinese",
        "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经",
    ),
    ("emoji", "🚗🚪🌧🌱🐕🎈🏚🔑🕯🧱🧩🪟🛵🚲🌙🔦"),
];

#[derive(Default)]
pub(super) struct Canaries {
    words: Vec<(String, Vec<u8>)>,
}

impl Canaries {
    /// A new canary of 80 bytes, a random word twice: the sweep searches for one copy.
    pub(super) fn word(&mut self, name: impl Into<String>) -> String {
        let word = hex::encode(random::bytes::<20>().unwrap());
        self.learn(name, word.as_bytes());
        format!("{word}{word}")
    }

    /// A new canary in a script, 40 random letters twice.
    pub(super) fn in_script(&mut self, name: &str, letters: &str) -> String {
        let letters: Vec<char> = letters.chars().collect();
        let word: String = (0..40)
            .map(|_| letters[random::below(letters.len() as u64).unwrap() as usize])
            .collect();
        self.learn(name, word.as_bytes());
        format!("{word}{word}")
    }

    /// A random address of the documentation range (RFC 3849).
    pub(super) fn address(&mut self, name: &str) -> String {
        let groups = random::bytes::<12>().unwrap();
        let address = format!(
            "2001:db8:{}",
            groups
                .chunks(2)
                .map(hex::encode)
                .collect::<Vec<_>>()
                .join(":")
        );
        self.learn(name, address.as_bytes());
        address
    }

    /// A random loopback address to call from.
    pub(super) fn source(&mut self) -> [u8; 4] {
        let [a, b, c] = random::bytes::<3>().unwrap().map(|byte| byte % 150 + 101);
        self.learn("source address", format!("127.{a}.{b}.{c}").as_bytes());
        [127, a, b, c]
    }

    /// Adds another text that must not be found.
    pub(super) fn learn(&mut self, name: impl Into<String>, word: &[u8]) {
        self.words.push((name.into(), word.to_vec()));
    }

    /// Adds a receipt, as one number and in its groups.
    pub(super) fn learn_receipt(&mut self, digits: &str) {
        let groups: Vec<&str> = (0..7).map(|at| &digits[at * 4..at * 4 + 4]).collect();
        self.learn("receipt", digits.as_bytes());
        self.learn("receipt in groups", groups.join(" ").as_bytes());
    }

    pub(super) fn count(&self) -> usize {
        self.words.len()
    }

    /// A search for all of them.
    pub(super) fn sweep(&self) -> Sweep {
        Sweep::new(self.words.iter().map(|(name, word)| (name.as_str(), word))).unwrap()
    }
}
