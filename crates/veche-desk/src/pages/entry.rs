//! Signing in, `/sign-in`, and the first run.

use crate::html::rendered;
use crate::parts::{Form, Link};
use crate::shell::{Seat, Shell};
use crate::texts;
use askama::Template;

/// What a one-time link offers: opening it signs nobody in, only the button does, because mail scanners open links.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignInOffer {
    /// The token of the link.
    pub token: String,
    /// The seat it gives.
    pub seat: Seat,
}

/// The sign-in page. Its form posts `token` and `back` to `/sign-in`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignInPage {
    /// What the link that was opened offers.
    pub offer: Option<SignInOffer>,
    /// The command that makes a link.
    pub command: String,
    /// What was wrong with the link: used, expired, unknown.
    pub problem: Option<String>,
    /// What can be read without signing in.
    pub open_pages: Vec<Link>,
}

/// A way to begin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FirstRunCard {
    /// What it gives: `Load the demonstration`.
    pub title: String,
    /// What it means, in a sentence or two.
    pub text: String,
    /// The command that does the same.
    pub command: String,
    /// The button.
    pub form: Option<Form>,
}

/// The page of a node that holds no organisation yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FirstRunPage {
    /// The ways to begin.
    pub cards: Vec<FirstRunCard>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInView<'a> {
    shell: &'a Shell,
    page: &'a SignInPage,
}

#[derive(Template)]
#[template(path = "first_run.html")]
struct FirstRunView<'a> {
    shell: &'a Shell,
    page: &'a FirstRunPage,
}

/// Renders the sign-in page.
#[must_use]
pub fn render_sign_in(shell: &Shell, page: &SignInPage) -> String {
    rendered(&SignInView { shell, page })
}

/// Renders the first page of a new node.
#[must_use]
pub fn render_first_run(shell: &Shell, page: &FirstRunPage) -> String {
    rendered(&FirstRunView { shell, page })
}
