//! Exercises: scripts as data, played over real nodes, each expectation checked at a named node's API.

pub mod cast;
mod defence;
mod events;
pub mod lines;
pub mod order;
pub mod performer;
pub mod play;
pub mod player;
pub mod processes;
pub mod score;
pub mod script;
pub mod stage;

pub use play::{Game, PlayError};
pub use player::Player;
pub use score::ScoreSheet;
pub use script::{Script, ScriptError};
