//! `veche demo`, which is also what `veche` does without a word: an exercise in a browser.

use crate::failure::{Failure, FailureKind};
use crate::logging;
use std::net::{IpAddr, Ipv4Addr};
use veche_node::demo::{DemoOptions, run_demo};

/// Show an exercise in a browser: six nodes in one process, played fast to where it gets interesting
///
/// Prints one address, opens nothing by itself, ends with Ctrl-C. This is what `veche` does without a word.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  veche demo --exercise first-hour --port 8080")]
pub(crate) struct Demo {
    /// A shipped exercise
    #[arg(long, default_value = veche_node::shipped::DEMONSTRATION)]
    exercise: String,
    /// The port; 0 takes any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The address to listen on; anything but this machine's own shows the demonstration to the network
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
}

impl Default for Demo {
    fn default() -> Self {
        let options = DemoOptions::default();
        Self { exercise: options.exercise, port: options.port, listen: options.listen }
    }
}

impl Demo {
    /// Shows it until Ctrl-C.
    ///
    /// # Errors
    /// [`Failure`] if the address is taken or the exercise is not known.
    pub(crate) fn run(self) -> Result<(), Failure> {
        logging::begin(logging::Form::Text);
        let options = DemoOptions {
            exercise: self.exercise,
            port: self.port,
            listen: self.listen,
            ..DemoOptions::default()
        };
        run_demo(&options).map_err(|error| Failure::new(FailureKind::Demo(error.to_string())))
    }
}
