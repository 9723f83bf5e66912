//! `loke-gateway`: thin. Everything happens in `loke::gateway`.

fn main() {}
