//! `loke-desk`: thin. Everything happens in `loke::desk`.

fn main() {}
