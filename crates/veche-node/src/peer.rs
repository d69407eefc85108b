//! A node and the nodes of other parties (`formats/sync.md`).
//!
//! [`Exchange`] decides: what arrives is taken into the node, what is to be sent comes out. It has no network and no clock of its own,
//! so that the same code runs over HTTPS and in a simulation. What moves the bytes stands beside it.
//!
//! | module | what |
//! |---|---|
//! | `exchange` | what a node does about its peers |
//! | `closing` | the heads of all, cosigned, so that what has ended can be closed |
//! | `forks` | who shows two histories |
//! | `guard` | what looks at the bytes before they leave |
//! | `message` | the questions and answers, by their paths |
//! | `receive` | what a node answers a peer |
//! | `report` | what is known of the peers |
//! | `tls` | who is at the other end |
//! | `wire` | bodies, compressed |
//! | `client` | asking over HTTPS |
//! | `server` | answering over HTTPS |
//! | `net` | the network around an exchange |
//! | `paced` | the network of a node in an exercise, where somebody else says when |
//! | `ping` | asking peers once |

pub mod client;
mod closing;
mod exchange;
mod forks;
pub mod guard;
mod message;
pub(crate) mod net;
pub mod paced;
pub mod ping;
mod receive;
mod repair;
pub(crate) mod report;
mod server;
pub mod tls;
mod wire;

pub use client::{AskError, Link};
pub use exchange::{Contact, Effect, Event, Exchange};
pub use message::{Asked, Method, Reply};
pub use net::Peers;
pub use tls::{Directory, IdentityError, OpenLog, ends};
