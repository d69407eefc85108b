//! veche.
fn main() {}
