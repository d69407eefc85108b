//! Writes the test vectors of `formats/vectors/` anew, from fixed seeds.
#![expect(clippy::unwrap_used, reason = "a chore: what fails is shown as it is")]

#[path = "../tests/it/vectors/make.rs"]
mod make;
#[path = "../tests/it/vectors/pair.rs"]
mod pair;
#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../tests/it/support.rs"]
mod support;

fn main() -> std::io::Result<()> {
    make::all()
        .iter()
        .try_for_each(|(name, text)| std::fs::write(format!("{}/{name}", make::FOLDER), text))
}
