//! An organisation of sovereign states as nine tables: read, checked, evaluated, explained.
//!
//! **Invariant:** no I/O, no clock, no randomness; the file's bytes, the time and the evidence are arguments.
//!
//! From bytes to answers: [`Charter::load`] reads the nine tables of `formats/charter.md` and refuses what contradicts itself;
//! [`act`] and [`statement`] say what one record may do, [`marking`] which group a label names, [`duty`] who owes the next, [`rule`] whether a text is adopted, [`machine`] where a procedure stands,
//! [`calendar`] when a clock runs out, [`explain`] all of it in sentences. [`conform`] runs the language's test vectors.
//!
//! **Invariant:** no rule, machine or register is known here by its name; `member`, `yes`, `no`, `absent`, `chair`, `initiator`,
//! `urgency` and `ruling` are the only words with a meaning of their own; and, of acts that a rule of alarms names, the fields and
//! words that [`alarm`] lists; and the components of a scale of tension, which [`scale`] lists.

pub mod act;
pub mod alarm;
pub mod amend;
pub mod calendar;
mod check;
pub mod conform;
pub mod diff;
pub mod duration;
pub mod duty;
pub mod explain;
pub mod fault;
mod hosting;
pub mod keys;
mod load;
pub mod machine;
pub mod marking;
pub mod model;
pub mod name;
pub mod outside;
pub mod rule;
pub mod scale;
pub mod statement;
pub mod template;
mod text;

pub use fault::{Fault, FaultKind, Faults};
pub use keys::with_keys;
pub use model::Charter;
