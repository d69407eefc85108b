//! The test vectors of `formats/`: as made today they must be as committed.

pub(crate) mod make;
pub(crate) mod pair;

#[test]
fn the_committed_vectors_are_those_that_this_build_makes() {
    for (name, text) in make::all() {
        let path = format!("{}/{name}", make::FOLDER);
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        let hint = "`cargo run -p veche-ledger --example format_vectors` writes them anew";
        assert_eq!(committed, text, "{name}: {hint}");
    }
}
