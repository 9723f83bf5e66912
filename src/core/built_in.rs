//! The data files that are compiled into the programs. `build.rs` finds them: a new language needs
//! new files and no code.

include!(concat!(env!("OUT_DIR"), "/built_in.rs"));
