//! News as the world writes it: feeds, pages, lists of feeds, and what a site lets programs read.
//!
//! Bytes go in, what they say comes out. Who fetches them is not here, and neither is what an item means.
//!
//! | module | reads |
//! |---|---|
//! | [`decode`] | bytes of whatever encoding as text |
//! | [`feed`] | RSS, Atom and JSON Feed |
//! | [`page`] | the text of a page of the web |
//! | [`opml`] | lists of feeds; it writes them too |
//! | [`robots`] | which addresses a site asks programs to leave alone (RFC 9309) |
//! | [`time`] | when something was published |
//! | [`form`] | which of these an input is |

pub mod decode;
pub mod feed;
pub mod form;
pub mod opml;
pub mod page;
pub mod robots;
pub mod time;
