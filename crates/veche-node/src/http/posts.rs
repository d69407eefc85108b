//! Forms: acts, seats, exercise control, signing in.

use super::asked::Asked;
use super::form;
use super::reply::{Failure, Reply, html, see_other};
use super::session::{SESSION_LEN, Token};
use super::site::{Site, Visit};
use super::{
    Command, RequestId, SEAT_COOKIE, SESSION_COOKIE, Server, blocking, broken, in_place, lock,
};
use crate::api::Problem;
use crate::ask::ask;
use crate::node::NodeError;
use crate::pages;
use crate::pages::shell::bare;
use crate::picture::corrections;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use std::sync::Arc;
use std::time::Instant;
use veche_desk::{Party, Seat, SignInOffer, SignInPage, render_sign_in};
use veche_ledger::Hash;

/// The fields of a form as sent.
pub(super) type Sent = Vec<(String, String)>;
/// A form, or why it could not be read.
pub(super) type Read = Result<Form<Sent>, FormRejection>;

/// The field with which a form of an act asks to be kept as a draft instead of signed.
const KEEP: &str = "keep";

/// Longest address that a form leads back to, in bytes.
const BACK_LEN_MAX: usize = 2000;

pub(super) fn field<'a>(sent: &'a Sent, name: &str) -> Option<&'a str> {
    sent.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Returns the address that a form leads back to: a path of this server, else the watch page.
pub(super) fn back(sent: &Sent) -> String {
    let to = field(sent, "back").unwrap_or("/");
    let is_path = to.starts_with('/') && !to.starts_with("//") && !to.contains('\\');
    let is_plain = to.bytes().all(|byte| byte.is_ascii_graphic()) && to.len() <= BACK_LEN_MAX;
    (if is_path && is_plain { to } else { "/" }).to_owned()
}

/// Returns an address with the record that an act made, in place of an earlier one.
fn with_done(back: &str, leaf: &Hash) -> String {
    let (address, _) = back.split_once('#').unwrap_or((back, ""));
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("done="));
    let pairs: Vec<String> = kept.map(str::to_owned).chain([format!("done={leaf}")]).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// Reads the parts that every form has: the request and the fields.
fn read(
    headers: &HeaderMap,
    uri: &Uri,
    id: String,
    sent: Read,
) -> Result<(Asked, Sent), (Asked, Failure)> {
    let asked = match Asked::read(uri, headers, id.clone()) {
        Ok(asked) => asked,
        Err(failure) => return Err((Asked { id, ..Asked::default() }, failure)),
    };
    match sent {
        Ok(Form(sent)) => Ok((asked, sent)),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let what = format!(
                "The form is longer than {} KiB, more than any record holds.",
                super::BODY_LEN_MAX / 1024
            );
            Err((asked, Failure::TooLarge(what)))
        }
        Err(_) => {
            Err((asked, Failure::Bad("The form is not of the form that browsers send.".to_owned())))
        }
    }
}

/// Reads a form and does the work of it where blocking is allowed.
pub(super) async fn with_form(
    server: Arc<Server>,
    id: String,
    (uri, headers): (Uri, HeaderMap),
    sent: Read,
    work: impl FnOnce(&Server, &Asked, &Sent) -> Reply + Send + 'static,
) -> Reply {
    match read(&headers, &uri, id, sent) {
        Err((asked, failure)) => server.bare(failure, &asked),
        Ok((asked, sent)) => {
            let (own, again) = (Arc::clone(&server), asked.clone());
            let done = blocking(move || work(&own, &asked, &sent)).await;
            done.unwrap_or_else(|| server.bare(broken(), &again))
        }
    }
}

/// `POST /act`: something that a seat says.
pub(crate) async fn act(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
    sent: Read,
) -> Reply {
    with_form(server, id, (uri, headers), sent, do_act).await
}

fn do_act(server: &Server, asked: &Asked, sent: &Sent) -> Reply {
    let asked = &Asked { typed: sent.clone(), ..asked.clone() };
    if field(sent, KEEP) == Some(PREVIEW) {
        return preview(server, asked, sent);
    }
    at_seat(server, asked, |site, visit| say(site, visit, sent))
}

/// The value of [`KEEP`] with which nothing is said: it is shown how a text is understood.
const PREVIEW: &str = "preview";

/// Shows a numbered text as it is understood, without saying it.
fn preview(server: &Server, asked: &Asked, sent: &Sent) -> Reply {
    let guard = lock(&server.site);
    let Some(site) = guard.as_ref() else { return server.bare(server.not_ready(), asked) };
    let Some(visit) = server.visit(site, asked) else { return see_other("/sign-in") };
    let sent: Sent = sent.iter().filter(|(name, _)| name != KEEP).cloned().collect();
    match understood(site, &visit, &sent) {
        Ok(reply) => reply,
        Err(failure) => in_place(site, &visit, asked, failure),
    }
}

fn understood(site: &Site, visit: &Visit, sent: &Sent) -> Result<Reply, Failure> {
    let sight = site.sight(visit).ok_or_else(|| Failure::not_found("such seat"))?;
    let statement = form::statement(&sight, visit, sent)
        .map_err(|fault| Failure::Bad(format!("The form could not be read: {fault}.")))?;
    let document = pages::text::preview(&statement.terms)
        .map_err(|fault| Failure::Bad(format!("The text is not sound: {fault}.")))?;
    Ok(super::desk::document(document))
}

/// Does something for a seat in session, tells whoever watches, and goes to the address that `work` returns; a failure is shown
/// in the seat's own surroundings.
pub(super) fn at_seat(
    server: &Server,
    asked: &Asked,
    work: impl FnOnce(&mut Site, &Visit) -> Result<String, Failure>,
) -> Reply {
    let mut guard = lock(&server.site);
    let Some(site) = guard.as_mut() else { return server.bare(server.not_ready(), asked) };
    let Some(visit) = server.visit(site, asked) else { return see_other("/sign-in") };
    let (done, pending) = site.together(|site| work(site, &visit));
    let done = done.map_err(|failure| in_place(site, &visit, asked, failure));
    if done.is_ok() {
        server.publish(site);
    }
    drop(guard);
    let reached = server.rest_on_disk_of(pending);
    let error = match (done, reached) {
        // What was not done rests on nothing.
        (Err(reply), _) => return reply,
        (Ok(to), Ok(())) => return see_other(&to),
        (Ok(_), Err(error)) => error,
    };
    let failure = Failure::of_doubt(&Problem::from(NodeError::from(error)));
    // To say it again would perhaps say it twice.
    let asked = &Asked { typed: Vec::new(), ..asked.clone() };
    let guard = lock(&server.site);
    let Some(site) = guard.as_ref() else { return server.bare(server.not_ready(), asked) };
    in_place(site, &visit, asked, failure)
}

/// Reads a statement, asks the charter, and says it. Returns the address to go to.
fn say(site: &mut Site, visit: &Visit, sent: &Sent) -> Result<String, Failure> {
    let is_kept = field(sent, KEEP) == Some("draft");
    let sent = &sent.iter().filter(|(name, _)| name != KEEP).cloned().collect::<Sent>();
    let sight = site.sight(visit).ok_or_else(|| Failure::not_found("such seat"))?;
    let statement = form::statement(&sight, visit, sent)
        .map_err(|fault| Failure::Bad(format!("The form could not be read: {fault}.")))?;
    if let Some(why) = pages::shell::read_only(&sight) {
        return Err(Failure::Failed {
            status: StatusCode::FORBIDDEN,
            what: why,
            not_lost: Some("Nothing was signed and nothing that is recorded was lost.".to_owned()),
        });
    }
    if let Some(leaf) = statement.about.first()
        && sight.view(leaf).is_none()
    {
        return Err(Failure::not_found("matter that the form is about"));
    }
    if is_kept {
        return super::drafts::keep(site, visit, statement);
    }
    if let Some(refusal) = ask(sight.node, &statement, sight.now) {
        let page = pages::refused::refused(&sight, &statement, &refusal, &back(sent));
        return Err(Failure::Refused(Box::new(page)));
    }
    corrections::check(sight.charter(), &statement.kind, &statement.terms)
        .map_err(|fault| Failure::Bad(format!("Nothing was signed: {fault}.")))?;
    let appended =
        site.say(&statement).map_err(|error| Failure::of_problem(&Problem::from(error)))?;
    let opened = site.sight(visit).and_then(|sight| Some(sight.href(&sight.view(&appended.leaf)?)));
    Ok(with_done(&opened.unwrap_or_else(|| back(sent)), &appended.leaf))
}

/// `POST /seat`: the visitor of an exercise takes a seat.
pub(crate) async fn seat(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
    sent: Read,
) -> Reply {
    with_form(server, id, (uri, headers), sent, |server, asked, sent| {
        let guard = lock(&server.site);
        let Some(site) = guard.as_ref() else { return server.bare(server.not_ready(), asked) };
        if site.game().is_none() {
            let failure = Failure::NotAllowed {
                asked: "a seat without signing in".to_owned(),
                who_may: Vec::new(),
            };
            return server.bare(failure, asked);
        }
        let Some(visit) =
            field(sent, "seat").and_then(Visit::parse).filter(|visit| site.has_seat(visit))
        else {
            return server.bare(Failure::Bad("There is no such seat.".to_owned()), asked);
        };
        with_cookie(see_other(&back(sent)), SEAT_COOKIE, &visit.to_string(), None)
    })
    .await
}

/// Adds a cookie that scripts cannot read and other sites' forms do not send.
fn with_cookie(mut reply: Reply, name: &str, value: &str, max_age: Option<u64>) -> Reply {
    let age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    if let Ok(cookie) =
        HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}"))
    {
        reply.headers_mut().append(header::SET_COOKIE, cookie);
    }
    reply
}

/// `POST /exercise`: play, pause, step, speed, jump, start over.
pub(crate) async fn exercise(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
    sent: Read,
) -> Reply {
    with_form(server, id, (uri, headers), sent, |server, asked, sent| match control(server, sent) {
        Ok(()) => see_other(&back(sent)),
        Err(failure) => {
            let guard = lock(&server.site);
            match guard.as_ref().and_then(|site| Some((site, server.visit(site, asked)?))) {
                Some((site, visit)) => in_place(site, &visit, asked, failure),
                None => server.bare(failure, asked),
            }
        }
    })
    .await
}

fn control(server: &Server, sent: &Sent) -> Result<(), Failure> {
    match field(sent, "do").unwrap_or_default() {
        "reset" => command(server, Command::Restart),
        "jump" => {
            let to = field(sent, "to").and_then(|to| to.parse().ok());
            let to =
                to.ok_or_else(|| Failure::Bad("Jump to the number of an inject.".to_owned()))?;
            command(server, Command::Jump(to))
        }
        act @ ("start" | "play" | "pause" | "step" | "speed") => server
            .with_site(|site| control_site(site, act, sent))
            .unwrap_or_else(|| Err(server.not_ready())),
        other => Err(Failure::Bad(format!(
            "The exercise cannot `{other}`: it can start, play, pause, step, speed, jump, reset."
        ))),
    }
}

fn command(server: &Server, command: Command) -> Result<(), Failure> {
    let no_exercise = || Failure::not_found("exercise");
    if let (Command::Jump(to), Some(is_known)) =
        (command, server.with_site(|site| has_inject(site, command)))
        && !is_known
    {
        return Err(Failure::Bad(format!("The script has no inject {to}.")));
    }
    let commands = server.commands.as_ref().ok_or_else(no_exercise)?;
    lock(commands).send(command).map_err(|_| broken())
}

fn has_inject(site: &Site, command: Command) -> bool {
    match (command, site.game()) {
        (Command::Jump(to), Some((game, _))) => {
            game.script().injects.iter().any(|inject| inject.id == to)
        }
        (Command::Jump(_) | Command::Restart | Command::Stop, _) => false,
    }
}

fn control_site(site: &mut Site, act: &str, sent: &Sent) -> Result<(), Failure> {
    let (game, player) = site.game_mut().ok_or_else(|| Failure::not_found("exercise"))?;
    match act {
        "pause" => player.pause(),
        "step" => {
            let begun = Instant::now();
            let mut millis = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            // What went wrong is told on the page of the exercise.
            player.step(game, &mut millis).unwrap_or_default();
        }
        "speed" => {
            let speed = field(sent, "speed").and_then(|speed| speed.parse().ok());
            if !speed.is_some_and(|speed| player.set_speed(speed)) {
                return Err(Failure::Bad("That is no pace of the list.".to_owned()));
            }
        }
        _ => player.play(game),
    }
    Ok(())
}

/// The command that makes a one-time link, as the sign-in page names it.
const LINK_COMMAND: &str = "veche node run --store FILE --officers duty --passphrase-file FILE";

/// `GET /sign-in`: what a one-time link offers, or how to get one.
pub(crate) async fn sign_in_page(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
) -> Reply {
    let asked = match Asked::read(&uri, &headers, id.clone()) {
        Ok(asked) => asked,
        Err(failure) => return server.bare(failure, &Asked { id, ..Asked::default() }),
    };
    let (own, again) = (Arc::clone(&server), asked.clone());
    let page = blocking(move || show_sign_in(&own, &asked)).await;
    page.unwrap_or_else(|| server.bare(broken(), &again))
}

fn show_sign_in(server: &Server, asked: &Asked) -> Reply {
    if let Err(failure) = asked.only(&[("token", "the secret of a one-time link")]) {
        return server.bare(failure, asked);
    }
    let guard = lock(&server.site);
    let Some(site) = guard.as_ref() else { return server.bare(server.not_ready(), asked) };
    if site.game().is_some() || server.visit(site, asked).is_some() {
        return see_other("/");
    }
    let sessions = lock(&server.sessions);
    let token = asked.parameter("token");
    let offer = token.and_then(|token| Some((token, sessions.offer(token)?)));
    let problem = (token.is_some() && offer.is_none())
        .then(|| "This link was used before, or never made here.".to_owned());
    let offer = offer
        .map(|(token, visit)| SignInOffer { token: token.to_owned(), seat: seat_of(site, visit) });
    let page =
        SignInPage { offer, command: LINK_COMMAND.to_owned(), problem, open_pages: Vec::new() };
    html(StatusCode::OK, render_sign_in(&sign_in_shell(server, site, asked), &page))
}

fn sign_in_shell(server: &Server, site: &Site, asked: &Asked) -> veche_desk::Shell {
    let title = site.charter().map(|charter| charter.title.clone()).unwrap_or_default();
    // The secret of a link is not carried on in any address of its page.
    bare(&title, &pages::shell::Frame { query: String::new(), ..server.bare_frame(asked) })
}

fn seat_of(site: &Site, visit: &Visit) -> Seat {
    let name = site
        .charter()
        .and_then(|charter| charter.parties.get(&visit.party))
        .map(|party| party.name.clone());
    let party = Party { id: visit.party.to_string(), name: name.unwrap_or_default() };
    Seat { id: visit.to_string(), party, office: visit.officer.clone() }
}

/// `POST /sign-in`: uses a one-time link up and opens a session.
pub(crate) async fn sign_in(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
    sent: Read,
) -> Reply {
    with_form(server, id, (uri, headers), sent, |server, asked, sent| {
        let mut random = [0u8; 32];
        if getrandom::fill(&mut random).is_err() {
            return server.bare(broken(), asked);
        }
        let secret = Token::from_random(random);
        let guard = lock(&server.site);
        let Some(site) = guard.as_ref() else { return server.bare(server.not_ready(), asked) };
        let opened = lock(&server.sessions).open(
            field(sent, "token").unwrap_or_default(),
            &secret,
            site.now(),
        );
        match opened {
            Some(visit) => {
                tracing::info!(request = asked.id, seat = %visit, "signed in");
                let (to, age) = (see_other(&back(sent)), Some(SESSION_LEN.0));
                with_cookie(to, SESSION_COOKIE, secret.as_str(), age)
            }
            None => {
                tracing::warn!(request = asked.id, "a link to sign in was tried that is none");
                let problem = Some("This link was used before, or never made here.".to_owned());
                let page = SignInPage {
                    problem,
                    command: LINK_COMMAND.to_owned(),
                    ..SignInPage::default()
                };
                html(
                    StatusCode::FORBIDDEN,
                    render_sign_in(&sign_in_shell(server, site, asked), &page),
                )
            }
        }
    })
    .await
}

/// `POST /sign-out`: ends the session.
pub(crate) async fn sign_out(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
    sent: Read,
) -> Reply {
    with_form(server, id, (uri, headers), sent, |server, asked, _| {
        if let Some(secret) = asked.cookie(SESSION_COOKIE) {
            lock(&server.sessions).close(secret);
        }
        with_cookie(see_other("/sign-in"), SESSION_COOKIE, "", Some(0))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(back: &str) -> Sent {
        vec![("back".to_owned(), back.to_owned())]
    }

    #[test]
    fn a_form_never_leads_to_another_site() {
        assert_eq!(back(&sent("/cases/C-1?theme=dark")), "/cases/C-1?theme=dark");
        for wrong in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:1",
            "",
            "/a\r\nset-cookie: x",
        ] {
            assert_eq!(back(&sent(wrong)), "/", "{wrong}");
        }
    }

    #[test]
    fn what_was_done_takes_the_place_of_what_was_done_before() {
        let leaf = Hash::of(&[b"x"]);
        assert_eq!(
            with_done("/log?done=1&before=3#r", &leaf),
            format!("/log?before=3&done={leaf}")
        );
        assert_eq!(with_done("/", &leaf), format!("/?done={leaf}"));
    }
}
