//! The desk: HTML and SVG pages from page models that hold ready values.
//!
//! The node fills a page model from its state and calls the page's `render_..` function; templates only lay out. Each
//! page works without scripts, in light and dark, on a phone and on paper, and needs nothing from another host.
//!
//! **Invariant:** no I/O, no clock, no randomness. "Now" is [`Clock::now`] in the [`Shell`]; all ages and countdowns on
//! a page are counted from it.
//!
//! **Invariant:** no rule of an organisation is known here. What a member may do, what is overdue and which article
//! says so come in with the model.
//!
//! | module | what |
//! |---|---|
//! | `shell` | what surrounds each page: who acts, when, under which label, messages |
//! | `parts` | small pieces that several pages show: chips, stances, clocks, forms, timelines |
//! | `pages` | one file a page: its model and its `render_..` |
//! | `assets` | the files that pages load, and the security headers that go with them |
//! | `texts` | every text of the pages that is not data |

pub mod assets;
mod html;
pub mod pages;
pub mod parts;
pub mod shell;
mod texts;

pub use assets::{Asset, CONTENT_SECURITY_POLICY, asset_at, assets};
pub use pages::*;
pub use parts::*;
pub use shell::{Clock, Drill, Flash, Live, Party, Seat, Shell, Theme, Zone};
