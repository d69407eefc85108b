//! Exercises: scripts as data, played over real nodes, each expectation checked at a named node's API.

mod events;
pub mod play;
pub mod player;
pub mod score;
pub mod script;

pub use play::{Game, PlayError};
pub use player::Player;
pub use score::ScoreSheet;
pub use script::{Script, ScriptError};
