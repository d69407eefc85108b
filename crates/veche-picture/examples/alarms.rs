//! Prints what alarms would have done over a panel of country-months: the tables of `docs/alarms.md`.
//!
//! `cargo run -p veche-picture --example alarms -- PANEL.csv.gz`
#![expect(clippy::print_stdout, reason = "it is made to print")]

use std::error::Error;
use veche_picture::alarm::{Rule, replay};
use veche_picture::source::counts::Wanted;
use veche_picture::{Month, Outcome, Panel, Scheme, Vintage, import_counts};

/// False-discovery rate and open level of each row, in millionths.
const ROWS: [(u32, u32); 4] =
    [(100_000, 10_000), (500_000, 10_000), (1_000_000, 10_000), (1_000_000, 50_000)];

#[expect(clippy::disallowed_methods, reason = "a program reads its arguments and its file")]
fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("give the path of the panel")?;
    let bytes = std::fs::read(path)?;
    let wanted = Wanted { scheme: Scheme::Views, column: None };
    let (series, imported) =
        import_counts(None, &mut &*bytes, wanted, Vintage([0; 32]), &mut |_| {})?;
    let panel = Panel::from_counts(&imported.table, &series);
    let months = (Month::parse("2016-01")?, Month::parse("2021-12")?);
    for (false_discovery_millionths, open_millionths) in ROWS {
        let rule = Rule { false_discovery_millionths, open_millionths, ..Rule::MONTHLY };
        let replayed = replay(&panel, rule, Outcome::DEFAULT, months)?;
        println!("false discovery {false_discovery_millionths}, level {open_millionths}:");
        println!("  {:?}", replayed.desk);
        for level in &replayed.levels {
            println!("  {:.2} {level:?}", level.realised_over_nominal(replayed.with_history));
        }
    }
    Ok(())
}
