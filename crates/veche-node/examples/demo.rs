//! Shows the demonstration: `cargo run -p veche-node --example demo [PORT]`.

use std::process::ExitCode;
use veche_node::demo::{DemoOptions, run_demo};

fn main() -> ExitCode {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    match run_demo(&DemoOptions { port, ..DemoOptions::default() }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The example's own way of saying what went wrong.
            std::io::Write::write_all(
                &mut std::io::stderr(),
                format!("error: {error}\n").as_bytes(),
            )
            .unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}
