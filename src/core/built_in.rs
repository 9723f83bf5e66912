//! The data files that are built into the programs. `build.rs` finds them: a further language is
//! new files, and no line of code.

include!(concat!(env!("OUT_DIR"), "/built_in.rs"));
