//! Loke, an anonymous resident reporting gateway: the map of the house.
//!
//! **The trust rule.** Two zones share one small core and never each other. `gateway` faces the
//! public: it sees a tip for the moment it takes to seal it, and cannot open it again. `desk`
//! belongs to the partnership: it holds the identities and never listens to the public. What passes
//! between them is sealed.
//!
//! Each room is a crate of its own, in the folder of its name under `src/`, so that the compiler
//! holds the wall: no crate can name one that it does not depend on. This package is the map alone:
//! it ships nothing, and carries the tests, the benches and the demo.
//!
//! | crate | what happens there | depends on |
//! |---|---|---|
//! | [`core`](loke_core) | a tip, its seal, receipts, words, the log, zeroing allocators | |
//! | [`photo`] | cleaning photos | core |
//! | [`gateway`] | the public side and the queue | core, photo |
//! | [`mod@print`] | sheets of paper as PDF and SVG | |
//! | [`desk`] | the staff side | core, print |

pub use loke_core::{
    build_tag, built_in, campaign, characters, clock, config, digest, harden, log, pickup,
    private_file, random, receipt, seal, signs, sqlite, supervise, terminal, tip, words,
    zeroing_alloc,
};
pub use loke_desk as desk;
pub use loke_gateway as gateway;
pub use loke_gateway::store;
pub use loke_photo as photo;
pub use loke_print as print;
