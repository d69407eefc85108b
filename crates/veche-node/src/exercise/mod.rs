//! Exercises: scripts as data, played over real nodes, each expectation checked at a named node's API.

pub mod play;
pub mod score;
pub mod script;

pub use play::{Game, PlayError};
pub use score::ScoreSheet;
pub use script::{Script, ScriptError};
