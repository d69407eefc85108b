//! Pages of the desk from a node's state: a file a page, each a pure function from what a seat may see to a page model.
//!
//! **Invariant:** nothing here decides or changes anything; what is overdue, allowed or refused is asked of the council.
//!
//! **Invariant:** no register or act of a charter is known by name. What a page shows of an act follows from its fields, its
//! machine and what may be about it.

pub mod alarms;
pub mod calendar;
pub mod case;
pub mod cases;
pub mod decisions;
pub mod drafts;
pub mod events;
pub mod exercise;
pub mod forecast;
pub mod forms;
pub mod log;
mod owed;
pub mod peers;
pub mod picture;
pub mod record;
pub mod refused;
pub mod registers;
pub mod search;
pub mod shell;
mod sight;
pub mod text;
pub mod tournament;
pub mod watch;
pub mod withheld;

pub use sight::{Sight, WALK_MAX, segment};
