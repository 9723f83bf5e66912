//! Loke, an anonymous resident reporting gateway: the map of its crates.
//!
//! **The trust rule.** Two zones share one small core and never each other. The `gateway` faces the
//! public: it sees a tip only while it seals it, and cannot open it again. The `desk` belongs to the
//! partnership: it has the identities and never listens to the public. Only sealed tips pass
//! between them.
//!
//! Each zone is a crate in the folder of its name under `src/`, so the compiler enforces the rule:
//! a crate cannot use another one that it does not depend on. This package ships nothing. It
//! carries the tests and the benches; the demo is a package in `examples/demo/`.
//!
//! | crate | contents | depends on |
//! |---|---|---|
//! | [`core`](loke_core) | a tip, its seal, receipts, sentences, the log, private files | |
//! | `resize` | resizing pixels | |
//! | [`photo`] | cleaning photos | core, resize |
//! | [`gateway`] | the public side and the queue | core, photo |
//! | [`mod@print`] | sheets of paper as PDF and SVG | |
//! | [`desk`] | the staff side | core, photo, print |

pub use loke_core::{
    answers, build_tag, built_in, campaign, characters, clock, config, digest, harden, log, pickup,
    private_file, random, receipt, reply_rows, seal, signs, sqlite, supervise, terminal, tip, tls,
    words, zeroing_alloc,
};
pub use loke_desk as desk;
pub use loke_gateway as gateway;
pub use loke_gateway::store;
pub use loke_photo as photo;
pub use loke_print as print;
