//! Inside a delegation: drafts, approvals and instructions from the capital, which never leave the node.
//!
//! A draft goes from written to approved to signed, each step by an officer whom the delegation's own rules let take it.
//! None of it is a record: it stands in the node's store beside the logs, in no log, link, answer of the API, digest or copy of
//! the logs. What leaves is what an officer signs at the end, and of that the statement alone.
//!
//! | module | what |
//! |---|---|
//! | `roles` | who may draft, approve, sign, instruct: the delegation's own rules |
//! | `draft` | what is drafted, and how far it is: a fold over its steps |
//! | `work` | the steps, at a node |
//!
//! **Invariant:** how far a draft is follows from its steps alone; nothing keeps a state beside them.

pub mod draft;
pub mod fault;
pub mod roles;
mod work;

pub use draft::{Content, Draft, Instruction, Stage, Step, StepKind};
pub use fault::{DraftError, DraftFault};
pub use roles::{Duty, Roles, RolesFault};
pub use work::{Change, check, instructions, list, show};
