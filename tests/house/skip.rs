//! Skipped tests say so. With `LOKE_STRICT`, as `.ci/run` sets it, a skip that is not listed here is
//! a failure.

/// Reasons that are no failure under `LOKE_STRICT`: how each begins, and why it is allowed.
const ALLOWED: &[(&str, &str)] = &[
    (
        "no corpus",
        "the photographs are not part of this repository",
    ),
    (
        "LOKE_BROWSERS is neither",
        "browsers run in a step of their own",
    ),
    (
        "Firefox",
        "its driver is a crate that takes minutes to build",
    ),
    (
        "this machine lets nobody",
        "containers often forbid network namespaces",
    ),
    (
        "this machine holds no more",
        "the kernel's limit of connections is the machine's",
    ),
    ("only root", "CI may run as an ordinary user"),
    (
        "a small disk cannot be mounted",
        "containers often forbid mounts",
    ),
    ("caddy", "the package starts a server of its own"),
];

/// Prints why a test is skipped.
///
/// # Panics
/// With `LOKE_STRICT`, unless the reason is listed.
pub(crate) fn note(why: &str) {
    println!("skipped: {why}");
    assert!(
        std::env::var_os("LOKE_STRICT").is_none() || is_allowed(why),
        "LOKE_STRICT: this may not be skipped: {why}"
    );
}

/// If a service manager runs, `tests/run` installs no package that starts a server.
fn is_allowed(why: &str) -> bool {
    if std::path::Path::new("/run/systemd/system").exists() && why.ends_with("on this machine") {
        return true;
    }
    ALLOWED.iter().any(|(begins, _)| why.starts_with(begins))
}

/// Says that a test is skipped, with the arguments of `format!`.
macro_rules! skipped {
    ($($why:tt)+) => {
        $crate::house::skip::note(&format!($($why)+))
    };
}
pub(crate) use skipped;

#[test]
fn a_skip_that_is_not_listed_fails_under_strict() {
    assert!(is_allowed("no corpus (set LOKE_CORPUS to its folder)"));
    assert!(
        !is_allowed("there is no age on this machine"),
        "the control"
    );
}
