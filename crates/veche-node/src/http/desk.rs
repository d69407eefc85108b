//! The desk's pages by address.

use super::asked::Asked;
use super::reply::{Failure, Reply, html, with_type};
use super::site::{Site, Visit};
use crate::api;
use crate::pages::cases::Selection;
use crate::pages::record::Place;
use crate::pages::shell::{Frame, shell};
use crate::pages::text::Document;
use crate::pages::tournament::{Drawing, LEVELS};
use crate::pages::{self, Sight};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use veche_council::Head;
use veche_council::view::ProcedureView;
use veche_desk::{self as desk, Link, Shell};
use veche_ledger::{Hash, LeafIndex, Origin};

/// Returns what surrounds a request's page.
pub(crate) fn frame(site: &Site, asked: &Asked) -> Frame {
    let rate_in_earnest = 1000;
    Frame {
        drill: site.game().map(|(game, _)| game.script().exercise.title.clone()),
        rate_thousandths: site.game().map_or(rate_in_earnest, |(game, player)| player.rate(game)),
        may_switch: site.game().is_some(),
        path: asked.path.clone(),
        query: asked.carried_query(),
        theme: asked.theme(),
        wall: asked.parameter("wall") == Some("1"),
        done: asked.parameter("done").and_then(|leaf| Hash::parse(leaf).ok()),
        typed: asked.typed.clone(),
    }
}

/// Returns a page for a seat.
///
/// # Errors
/// [`Failure`], to be shown in the same surroundings.
pub(crate) fn page(site: &Site, visit: &Visit, asked: &Asked) -> Result<Reply, Failure> {
    let sight = site.sight(visit).ok_or_else(|| Failure::not_found("such seat"))?;
    let shell = shell(&sight, &frame(site, asked));
    let segments: Vec<&str> = asked.segments.iter().map(String::as_str).collect();
    let body = match segments.as_slice() {
        [] => known(asked, &[]).map(|()| desk::render_watch(&shell, &pages::watch::watch(&sight))),
        ["cases"] => cases(&sight, &shell, asked),
        ["cases", name] => known(asked, &[]).and_then(|()| case(site, &sight, &shell, name)),
        [CALENDAR] => {
            let body =
                known(asked, &[]).map(|()| pages::calendar::all(&sight, asked.address.as_deref()));
            return body.map(|body| calendar(body, CALENDAR));
        }
        ["cases", name, CALENDAR] => {
            known(asked, &[])?;
            let view = find(&sight, name)?;
            let file = format!("{}-{CALENDAR}", view.number);
            let body = pages::calendar::of_case(&sight, &view, asked.address.as_deref());
            return Ok(calendar(body, &file));
        }
        ["cases", name, file] => {
            return known(asked, &[]).and_then(|()| text(&sight, name, file));
        }
        ["decisions"] => known(asked, &[]).map(|()| {
            let certificate = |view: &ProcedureView| site.certificate(&sight, view);
            desk::render_decisions(&shell, &pages::decisions::decisions(&sight, &certificate))
        }),
        ["drafts"] if pages::drafts::is_own(&sight) => {
            known(asked, &[]).map(|()| desk::render_drafts(&shell, &pages::drafts::drafts(&sight)))
        }
        ["registers"] => known(asked, &[])
            .map(|()| desk::render_registers(&shell, &pages::registers::index(&sight))),
        ["registers", name] => known(asked, &[]).and_then(|()| register(&sight, &shell, name)),
        ["log"] => known(asked, &[])
            .map(|()| desk::render_logs(&shell, &pages::log::logs(&sight, &site.digests()))),
        ["log", party] => log(&sight, &shell, asked, party),
        ["log", party, index] => known(asked, &LOG_PARAMETERS[..1])
            .and_then(|()| log_record(&sight, &shell, asked, party, index)),
        ["records", leaf] => known(asked, &[]).and_then(|()| record(&sight, &shell, leaf)),
        ["records", leaf, "note"] => return known(asked, &[]).and_then(|()| note(&sight, leaf)),
        ["withheld"] => known(asked, &[])
            .map(|()| desk::render_withheld(&shell, &pages::withheld::withheld(&sight))),
        ["peers"] => known(asked, &[])
            .map(|()| desk::render_peers(&shell, &pages::peers::peers(&sight, site.exchange()))),
        ["picture"] => known(asked, &[]).map(|()| {
            desk::render_picture(
                &shell,
                &pages::picture::picture(
                    &sight,
                    &site.feed(&visit.party),
                    site.shown().reports.as_ref(),
                ),
            )
        }),
        ["forecast"] => known(asked, &[]).map(|()| {
            desk::render_forecasts(
                &shell,
                &pages::forecast::forecasts(site.shown().forecast.as_ref()),
            )
        }),
        ["forecast", unit] => known(asked, &[]).and_then(|()| {
            let page = pages::forecast::forecast(site.shown().forecast.as_ref(), unit);
            let page = page.ok_or_else(|| Failure::not_found(&format!("forecast of `{unit}`")))?;
            Ok(desk::render_forecast(&shell, &page))
        }),
        ["alarms"] => known(asked, &[]).map(|()| {
            let counts = site.shown().counts.as_ref();
            desk::render_alarms(&shell, &pages::alarms::alarms(&sight, counts))
        }),
        ["alarms", rule, unit, opened] => known(asked, &[]).and_then(|()| {
            let counts = site.shown().counts.as_ref();
            let page = pages::alarms::draft(&sight, counts, rule, unit, opened);
            let missing = || Failure::not_found(&format!("alarm of `{unit}` from {opened}"));
            Ok(desk::render_alarm(&shell, &page.ok_or_else(missing)?))
        }),
        ["events"] => events(site, &sight, &shell, asked),
        ["events", id] => known(asked, &[]).and_then(|()| {
            let page = pages::events::event(&sight, site.shown().reports.as_ref(), id);
            let page = page.ok_or_else(|| Failure::not_found(&format!("event `{id}`")))?;
            Ok(desk::render_event(&shell, &page))
        }),
        ["tournament"] => known(asked, &[]).map(|()| {
            let rounds = site.shown().rounds.as_ref();
            desk::render_tournament(&shell, &pages::tournament::tournament(&sight, rounds))
        }),
        ["tournament", name] => known(asked, &[]).and_then(|()| {
            let page = pages::tournament::round(&sight, site.shown().rounds.as_ref(), name);
            let page = page.ok_or_else(|| Failure::not_found(&format!("round `{name}`")))?;
            Ok(desk::render_round(&shell, &page))
        }),
        ["tournament", name, unit] => drawn(site, &sight, &shell, asked, (name, unit)),
        ["exercise"] => known(asked, &[]).and_then(|()| exercise(site, &shell)),
        ["search"] => search(site, &sight, &shell, asked),
        ["certificates", file] => {
            return known(asked, &[]).and_then(|()| certificate(&sight, file));
        }
        _ => Err(Failure::not_found("page of this address")),
    };
    body.map(|body| html(StatusCode::OK, body))
}

fn known(asked: &Asked, known: &[(&'static str, &'static str)]) -> Result<(), Failure> {
    asked.only(known)
}

fn events(site: &Site, sight: &Sight<'_>, shell: &Shell, asked: &Asked) -> Result<String, Failure> {
    known(asked, &pages::events::PARAMETERS)?;
    let wanted =
        pages::events::Wanted::read(&|name| asked.parameter(name)).map_err(Failure::Bad)?;
    let page = pages::events::events(sight, site.shown().reports.as_ref(), &wanted);
    Ok(desk::render_events(shell, &page))
}

fn cases(sight: &Sight<'_>, shell: &Shell, asked: &Asked) -> Result<String, Failure> {
    known(asked, &[("state", "open, closed or all")])?;
    let word = asked.parameter("state").unwrap_or("open");
    let fault = || Failure::Bad("The parameter `state` is `open`, `closed` or `all`.".to_owned());
    let selection = Selection::parse(word).ok_or_else(fault)?;
    Ok(desk::render_cases(shell, &pages::cases::cases(sight, selection)))
}

/// Finds a procedure by number or hash, among those that the seat may read.
fn find(sight: &Sight<'_>, name: &str) -> Result<ProcedureView, Failure> {
    let found =
        api::find(sight.node, sight.party, name, sight.now).ok().and_then(|id| sight.view(&id));
    found.ok_or_else(|| {
        let near = near_numbers(sight, name);
        Failure::NotFound { asked: format!("matter `{name}`"), near }
    })
}

/// Most names that are offered in place of one that is not there.
const NEAR_MAX: usize = 5;

/// Returns matters whose number begins alike.
fn near_numbers(sight: &Sight<'_>, name: &str) -> Vec<Link> {
    let head = name.split('-').next().unwrap_or_default().to_lowercase();
    if head.is_empty() {
        return Vec::new();
    }
    let listed = sight.council().listed().filter(|listed| sight.may_list(listed));
    let views = sight.readable(listed.take(pages::WALK_MAX).map(|listed| listed.id));
    let near = views
        .iter()
        .filter(|view| view.number.split('-').next().is_some_and(|own| own.to_lowercase() == head));
    near.rev().take(NEAR_MAX).map(|view| Link::new(&sight.href(view), &view.number)).collect()
}

fn case(site: &Site, sight: &Sight<'_>, shell: &Shell, name: &str) -> Result<String, Failure> {
    let view = find(sight, name)?;
    let certificate = |view: &ProcedureView| site.certificate(sight, view);
    let page = pages::case::case(sight, &view, &certificate);
    let mut shell = Shell { label: Some(sight.label(&view.label)), ..shell.clone() };
    shell.notes.extend(pages::shell::charter_note(sight, &view));
    Ok(desk::render_case(&shell, &page))
}

/// Answers with a text as a file, or with what changed in it.
fn text(sight: &Sight<'_>, name: &str, file: &str) -> Result<Reply, Failure> {
    let view = find(sight, name)?;
    let missing = || Failure::not_found(&format!("file `{file}` of `{name}`"));
    let document = pages::text::document(sight, &view, file).ok_or_else(missing)?;
    let document = document.map_err(Failure::Bad)?;
    let is_page = document.is_page;
    let mut reply = self::document(document);
    if !is_page {
        attach(&mut reply, &format!("{}-{file}", view.number));
    }
    Ok(reply)
}

/// Answers with a document; one that a browser shows may do what a page for print may.
pub(super) fn document(document: Document) -> Reply {
    let mut reply = with_type(StatusCode::OK, document.media, Body::from(document.body));
    if document.is_page {
        let policy = HeaderValue::from_static(pages::text::PRINT_POLICY);
        reply.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    reply
}

/// The last segment of a calendar's address.
const CALENDAR: &str = "calendar.ics";

fn calendar(body: String, file: &str) -> Reply {
    let mut reply = with_type(StatusCode::OK, pages::calendar::MEDIA, Body::from(body));
    attach(&mut reply, file);
    reply
}

fn register(sight: &Sight<'_>, shell: &Shell, name: &str) -> Result<String, Failure> {
    let missing = || {
        let near = pages::registers::names(sight)
            .into_iter()
            .map(|name| Link::new(&format!("/registers/{name}"), name));
        Failure::NotFound { asked: format!("register `{name}`"), near: near.collect() }
    };
    let page = pages::registers::register(sight, name).ok_or_else(missing)?;
    Ok(desk::render_register(shell, &page))
}

const LOG_PARAMETERS: [(&str, &str); 2] = [
    ("epoch", "which epoch of the party's log; the first if none"),
    ("before", "records before this number"),
];

/// Finds the log of a party and epoch among those that the node holds.
fn head(sight: &Sight<'_>, asked: &Asked, party: &str) -> Result<Head, Failure> {
    let epoch: u32 = number(asked, "epoch")?.unwrap_or(1);
    let mut heads = sight.node.heads();
    let found = heads.find(|head| head.log.party() == party && head.log.epoch() == epoch);
    found.ok_or_else(|| Failure::not_found(&format!("log of `{party}`")))
}

fn number<T: std::str::FromStr>(asked: &Asked, name: &'static str) -> Result<Option<T>, Failure> {
    let fault = |_| Failure::Bad(format!("The parameter `{name}` is a number."));
    asked.parameter(name).map(|text| text.parse().map_err(fault)).transpose()
}

fn log(sight: &Sight<'_>, shell: &Shell, asked: &Asked, party: &str) -> Result<String, Failure> {
    known(asked, &LOG_PARAMETERS)?;
    let head = head(sight, asked, party)?;
    let page = pages::log::log(sight, &head, number(asked, "before")?);
    Ok(desk::render_log(shell, &page))
}

fn log_record(
    sight: &Sight<'_>,
    shell: &Shell,
    asked: &Asked,
    party: &str,
    index: &str,
) -> Result<String, Failure> {
    let head = head(sight, asked, party)?;
    let index: u64 =
        index.parse().map_err(|_| Failure::not_found(&format!("record `{index}` of `{party}`")))?;
    record_at(sight, shell, &head.log, index)
}

fn record_at(
    sight: &Sight<'_>,
    shell: &Shell,
    log: &Origin,
    index: u64,
) -> Result<String, Failure> {
    let missing = || Failure::not_found(&format!("record {index} of `{log}`"));
    let stored = sight
        .node
        .store()
        .entries(log, index, 1)
        .unwrap_or_default()
        .into_iter()
        .next()
        .ok_or_else(missing)?;
    let place = Place { log: log.clone(), index, stored };
    let page = pages::record::record(sight, &place).ok_or_else(missing)?;
    let shell = Shell { label: Some(page.label.clone()), ..shell.clone() };
    Ok(desk::render_record(&shell, &page))
}

/// Finds where a record stands: by the fold, or by looking through the logs for one of the ledger's own.
fn place(sight: &Sight<'_>, leaf: &str) -> Result<(Origin, u64), Failure> {
    let missing = || Failure::not_found(&format!("record `{leaf}`"));
    let hash = Hash::parse(leaf).map_err(|_| missing())?;
    if let Some(view) = sight.council().record(&hash) {
        return Ok((Origin::parse(&view.record.log).map_err(|_| missing())?, view.record.index));
    }
    for head in sight.node.heads() {
        for index in (0..head.size).rev().take(SEARCHED_MAX) {
            let is_it =
                sight.node.store().tree_node(&head.log, 0, index).ok().flatten() == Some(hash);
            if is_it {
                return Ok((head.log, index));
            }
        }
    }
    Err(missing())
}

/// How far back each log is searched for a record that the fold does not know by its hash.
const SEARCHED_MAX: usize = 2000;

fn record(sight: &Sight<'_>, shell: &Shell, leaf: &str) -> Result<String, Failure> {
    let (log, index) = place(sight, leaf)?;
    record_at(sight, shell, &log, index)
}

fn note(sight: &Sight<'_>, leaf: &str) -> Result<Reply, Failure> {
    let (log, index) = place(sight, leaf)?;
    let note = api::note(sight.node, &log, LeafIndex(index))
        .map_err(|problem| Failure::of_problem(&problem))?;
    let mut reply = with_type(StatusCode::OK, "text/plain; charset=utf-8", Body::from(note));
    attach(&mut reply, &format!("{}-{index}.note", log.party()));
    Ok(reply)
}

fn exercise(site: &Site, shell: &Shell) -> Result<String, Failure> {
    let (game, player) = site.game().ok_or_else(|| Failure::not_found("exercise"))?;
    Ok(desk::render_exercise(shell, &pages::exercise::exercise(game, player)))
}

/// Shows a unit of a round with what a visitor drew: each level comes once a month, in the months' order.
fn drawn(
    site: &Site,
    sight: &Sight<'_>,
    shell: &Shell,
    asked: &Asked,
    (round, unit): (&str, &str),
) -> Result<String, Failure> {
    let level = |name: &str| LEVELS.iter().any(|(level, ..)| *level == name);
    let (levels, rest): (Vec<_>, Vec<_>) =
        asked.query.iter().cloned().partition(|(name, _)| level(name));
    known(
        &Asked { query: rest, ..asked.clone() },
        &[
            ("institute", "for whom it is drawn"),
            ("q05 to q95", "counts at five levels, once a month"),
        ],
    )?;
    let mut drawing = Drawing {
        institute: asked.parameter("institute").unwrap_or_default().to_owned(),
        ..Drawing::default()
    };
    for (name, value) in levels {
        drawing.outcomes.entry(name).or_default().push(value);
    }
    let rounds = site.shown().rounds.as_ref();
    let page = pages::tournament::draw(sight, rounds, round, unit, &drawing);
    let missing = || Failure::not_found(&format!("unit `{unit}` of round `{round}`"));
    Ok(desk::render_draw(shell, &page.ok_or_else(missing)?))
}

fn search(site: &Site, sight: &Sight<'_>, shell: &Shell, asked: &Asked) -> Result<String, Failure> {
    known(
        asked,
        &[("q", "the words to look for"), ("after", "a record: what was said before it")],
    )?;
    let q = asked.parameter("q").unwrap_or_default();
    if q.chars().count() > pages::search::QUERY_LEN_MAX {
        return Err(Failure::Bad(format!(
            "A question has at most {} characters.",
            pages::search::QUERY_LEN_MAX
        )));
    }
    let after = asked.parameter("after").map(|leaf| {
        let record = Hash::parse(leaf).ok().and_then(|leaf| sight.record(&leaf));
        let record = record.filter(|record| sight.reads(record));
        record.ok_or_else(|| Failure::not_found(&format!("record `{leaf}`")))
    });
    let after = after.transpose()?;
    let page = pages::search::search(sight, q, after.as_ref(), &site.feed(sight.party))
        .map_err(|error| Failure::of_problem(&error.into()))?;
    Ok(desk::render_search(shell, &page))
}

/// The end of a certificate's file name.
const CERTIFICATE_END: &str = ".decision.zip";

fn certificate(sight: &Sight<'_>, file: &str) -> Result<Reply, Failure> {
    let missing = || Failure::not_found(&format!("certificate `{file}`"));
    let name = file.strip_suffix(CERTIFICATE_END).ok_or_else(missing)?;
    let view = find(sight, name)?;
    let id = Hash::parse(&view.id).map_err(|_| missing())?;
    // It holds the contents of all that the decision rests on.
    if sight.council().rests_on_unread(sight.party, &id, sight.now) {
        return Err(missing());
    }
    let certificate =
        sight.node.certificate(&id).map_err(|error| Failure::of_problem(&error.into()))?;
    let mut reply =
        with_type(StatusCode::OK, "application/zip", Body::from(certificate.to_bytes()));
    attach(&mut reply, file);
    Ok(reply)
}

/// Marks an answer as a file to keep; of its name, letters, digits, `-` and `.` are left.
fn attach(reply: &mut Reply, name: &str) {
    let name: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c)).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        reply.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
}
