//! The desk and the API by their addresses, in process: a played exercise, real nodes, no socket.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tower::ServiceExt as _;
use veche_council::certificate;
use veche_ledger::{PartyId, UnixSeconds};
use veche_node::exercise::player::SPEED_DEMO;
use veche_node::exercise::{Game, Player};
use veche_node::http::{BODY_LEN_MAX, Server, Site, Token, Visit, router};
use veche_node::node::Node;
use veche_node::pages::{self, Sight};
use veche_node::shipped::Shipped;
use veche_node::store::Store;

const HOST: &str = "127.0.0.1:8080";
/// Injects of FIRST HOUR that are played before a test begins: the silence on P-1 runs, nobody has objected.
const TABLED: usize = 4;
/// Injects of FIRST HOUR that are played until Arven has reported the river.
const REPORTED: usize = 1;
/// Injects of FIRST HOUR that are played until Arven has warned of the flood, and nobody has answered.
const WARNED: usize = 2;
/// Injects of LANTERN that are played until P-2 is tabled in place of what P-1 lost.
const LANTERN_REPLACED: usize = 28;
/// Injects of LANTERN that are played until a narrative is told to a group that Mirez is not of.
const LANTERN_NARRATIVE: usize = 34;
/// All of them.
const ALL: usize = 8;

fn played(injects: usize) -> Game {
    played_of("first-hour", injects)
}

pub(crate) fn played_of(exercise: &str, injects: usize) -> Game {
    let shipped = Shipped::find(exercise).unwrap();
    let mut game =
        Game::new(shipped.script().unwrap(), shipped.charter, shipped.files(), None, None).unwrap();
    for _ in 0..injects {
        assert!(game.play_next(&mut || 0).unwrap());
    }
    game
}

fn demo(injects: usize) -> Arc<Server> {
    let site = Site::of_game(played(injects), Player::new(Vec::new(), SPEED_DEMO));
    Server::new(Some(site), true, None)
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) const fn len(&self) -> usize {
        self.body.len()
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Sends a request and reads the whole answer.
fn send(server: &Arc<Server>, request: Request<Body>) -> Answer {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let reply = router(Arc::clone(server)).oneshot(request).await.unwrap();
        let (status, headers) = (reply.status(), reply.headers().clone());
        let body = to_bytes(reply.into_body(), usize::MAX).await.unwrap().to_vec();
        Answer { status, headers, body }
    })
}

pub(crate) fn get(server: &Arc<Server>, cookie: &str, address: &str) -> Answer {
    let request = Request::get(address).header(header::HOST, HOST).header(header::COOKIE, cookie);
    send(server, request.body(Body::empty()).unwrap())
}

pub(crate) fn post(server: &Arc<Server>, cookie: &str, address: &str, form: String) -> Answer {
    let request = Request::post(address)
        .header(header::HOST, HOST)
        .header(header::ORIGIN, format!("http://{HOST}"))
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    send(server, request.body(Body::from(form)).unwrap())
}

/// Writes fields as a browser does.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let encoded =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

fn leaf(server: &Arc<Server>, number: &str) -> String {
    let answer = get(server, "seat=arven/duty", &format!("/api/v1/procedures/{number}"));
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn position(server: &Arc<Server>, seat: &str, word: &str) -> Answer {
    let about = leaf(server, "P-1");
    let fields = [
        ("kind", "position"),
        ("about", about.as_str()),
        ("back", "/cases/C-1?theme=dark"),
        ("t.position", word),
        ("t.paragraphs", "1"),
        ("t.reason", "The market needs the quay."),
    ];
    post(server, seat, "/act", form(&fields))
}

#[test]
fn every_page_answers_in_both_themes_for_every_seat() {
    let server = demo(ALL);
    let pages = [
        "/",
        "/cases",
        "/cases?state=all",
        "/cases/C-1",
        "/cases/P-1",
        "/cases/T-1",
        "/decisions",
        "/registers",
        "/registers/proposals",
        "/registers/commitments",
        "/log",
        "/log/arven",
        "/log/office?before=3",
        "/log/belm/0",
        "/picture",
        "/exercise",
        "/search",
        "/search?q=river",
    ];
    for seat in
        ["seat=arven/duty", "seat=belm/delegate", "seat=office/duty", "", "seat=nobody/duty"]
    {
        for page in pages {
            for theme in ["light", "dark"] {
                let mark = if page.contains('?') { '&' } else { '?' };
                let answer = get(&server, seat, &format!("{page}{mark}theme={theme}"));
                assert_eq!(answer.status, StatusCode::OK, "{seat} {page}: {}", answer.text());
                assert!(answer.text().contains(&format!("data-theme=\"{theme}\"")), "{page}");
                assert!(answer.text().contains("EXERCISE"), "{page}");
            }
        }
    }
}

/// Backquotes set names apart in sentences; on a page they are no longer to be seen.
#[track_caller]
fn check_names_are_set_apart(address: &str, answer: &Answer) {
    if !answer.header(header::CONTENT_TYPE).starts_with("text/html") {
        return;
    }
    let text = answer.text();
    let outside =
        text.split("<pre").map(|part| part.split_once("</pre>").map_or(part, |(_, rest)| rest));
    for line in outside.flat_map(str::lines) {
        assert!(!line.contains('`'), "{address}: {line}");
    }
}

#[test]
fn every_link_of_the_pages_leads_somewhere() {
    let server = demo(ALL);
    let mut seen = BTreeSet::new();
    let mut ahead = vec!["/".to_owned()];
    while let Some(address) = ahead.pop() {
        if !seen.insert(address.clone()) {
            continue;
        }
        let answer = get(&server, "seat=arven/duty", &address);
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        check_names_are_set_apart(&address, &answer);
        if answer.header(header::CONTENT_TYPE).starts_with("text/html") {
            let text = answer.text();
            let links = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
            let own = links.filter(|link| link.starts_with('/'));
            let own = own.map(|link| {
                link.split('#').next().unwrap().replace("&amp;", "&").replace("&#38;", "&")
            });
            ahead.extend(own.filter(|link| !link.contains("theme=")));
        }
    }
    assert!(seen.len() > 40, "{}", seen.len());
}

#[test]
fn every_answer_carries_the_headers_that_keep_a_page_in() {
    let server = demo(TABLED);
    for address in ["/", "/nope", "/api/v1/status", "/cases?x=1", "/health"] {
        let answer = get(&server, "", address);
        assert!(
            answer.header(header::CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"),
            "{address}"
        );
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{address}");
        assert_eq!(answer.header(header::REFERRER_POLICY), "no-referrer", "{address}");
        assert!(answer.headers.contains_key("x-request-id"), "{address}");
    }
    let style = veche_desk::assets().first().unwrap();
    let answer = get(&server, "", &style.path);
    assert!(answer.header(header::CACHE_CONTROL).contains("immutable"));
    assert_eq!(answer.body, style.bytes);
    assert_eq!(get(&server, "", "/assets/other.css").status, StatusCode::NOT_FOUND);
}

#[test]
fn a_parameter_that_a_page_does_not_know_is_refused_with_the_known_ones() {
    let server = demo(TABLED);
    let answer = get(&server, "", "/cases?stat=open");
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let text = answer.text();
    assert!(
        text.contains("Did you mean <code>state</code>") && text.contains("<code>theme</code>"),
        "{text}"
    );
    let answer = get(&server, "", "/api/v1/cases?stat=open");
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.json()["detail"].as_str().unwrap().contains("known: after, limit"));
}

#[test]
fn an_objection_from_the_page_breaks_the_paragraph_and_the_script_is_no_longer_scored() {
    let server = demo(TABLED);
    let answer = position(&server, "seat=belm/delegate", "no");
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let to = answer.header(header::LOCATION).to_owned();
    assert!(to.starts_with("/cases/C-1?theme=dark&done="), "{to}");
    let page = get(&server, "seat=belm/delegate", &to).text();
    assert!(page.contains("Position signed for Belm; held by Arven, Joint Office"), "{page}");
    assert!(page.contains("Belm objects</span>"), "{page}");
    // The other paragraph is open still, and so is the member's say on it.
    assert!(page.contains("Object on P-1"), "{page}");
    post(&server, "", "/exercise", form(&[("do", "step"), ("back", "/exercise")]));
    assert!(get(&server, "", "/exercise").text().contains("changed by you"));
}

#[test]
fn an_objection_after_the_decision_is_refused_with_the_article_quoted() {
    let server = demo(ALL);
    let answer = position(&server, "seat=belm/delegate", "no");
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text();
    assert!(text.contains("it is decided"), "{text}");
    assert!(text.contains("The office puts a text to both towns"), "{text}");
    assert!(text.contains("Keep it as a comment"), "{text}");
}

#[test]
fn a_late_objection_is_kept_and_shown_to_have_had_no_effect() {
    let server = demo(ALL);
    let page = get(&server, "", "/cases/C-1").text();
    assert!(page.contains("admitted, no effect"), "{page}");
    let record = get(&server, "", "/log/belm/6").text();
    assert!(record.contains("too late: the deadline was"), "{record}");
    assert!(get(&server, "", "/log").text().matches("2 (2 needed)").count() == 3);
}

#[test]
fn the_script_goes_on_where_a_visitor_was_first() {
    let server = demo(TABLED);
    let about = leaf(&server, "P-1");
    let no = [("kind", "position"), ("about", about.as_str()), ("t.position", "no")];
    let said = post(&server, "seat=arven/duty", "/act", form(&no));
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text());
    for _ in TABLED..ALL {
        post(&server, "", "/exercise", form(&[("do", "step"), ("back", "/exercise")]));
    }
    let page = get(&server, "", "/exercise").text();
    assert!(page.contains("left out after what you did"), "{page}");
    assert!(page.contains("0 ahead") && !page.contains("cannot be played on"), "{page}");
}

#[test]
fn what_was_typed_into_an_act_that_was_not_done_is_given_back_to_try_again() {
    let server = demo(TABLED);
    let typed = "Forty centimetres <b>since</b> noon";
    let unknown = "ab".repeat(32);
    let fields = [("kind", "comment"), ("about", unknown.as_str()), ("t.text", typed)];
    let failed = post(&server, "seat=arven/duty", "/act", form(&fields));
    let text = failed.text();
    assert_eq!(failed.status, StatusCode::NOT_FOUND);
    assert!(
        text.contains("Forty centimetres &#60;b&#62;since&#60;/b&#62; noon</textarea>"),
        "{text}"
    );
    assert!(
        text.contains(&format!(r#"<input type="hidden" name="about" value="{unknown}">"#)),
        "{text}"
    );
    // A page that was only asked for has nothing to give back.
    assert!(!get(&server, "seat=arven/duty", "/cases/C-99").text().contains("</textarea>"));
}

#[test]
fn what_only_the_office_may_do_says_so_to_a_town_and_names_who_could() {
    let server = demo(TABLED);
    let about = leaf(&server, "W-1");
    let fields = [
        ("kind", "proposal"),
        ("about", about.as_str()),
        ("t.title", "Another"),
        ("t.paragraphs", "One.\n\nTwo."),
    ];
    let refused = post(&server, "seat=arven/duty", "/act", form(&fields));
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("Joint Office"), "{}", refused.text());
    let opened = post(&server, "seat=office/duty", "/act", form(&fields));
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
    assert!(
        opened.header(header::LOCATION).starts_with("/cases/P-2?done="),
        "{}",
        opened.header(header::LOCATION)
    );
    assert!(get(&server, "seat=belm/duty", "/").text().contains("P-2 Another"));
}

#[test]
fn a_text_is_had_as_a_file_and_its_page_says_what_is_agreed() {
    let server = demo(TABLED);
    let page = get(&server, "seat=belm/duty", "/cases/P-1").text();
    assert!(page.contains("2 of 2 paragraphs agreed"), "{page}");
    for file in ["text.html", "text.xml", "text.md"] {
        assert!(page.contains(&format!("href=\"/cases/P-1/{file}\"")), "{file}: {page}");
    }
    let print = get(&server, "seat=belm/duty", "/cases/P-1/text.html");
    assert_eq!(print.header(header::CONTENT_SECURITY_POLICY), veche_exchange::html::POLICY);
    assert!(print.text().contains("Measures against the flood"), "{}", print.text());
    let xml = get(&server, "seat=belm/duty", "/cases/P-1/text.xml");
    assert_eq!(xml.header(header::CONTENT_TYPE), "application/akn+xml");
    assert_eq!(xml.header(header::CONTENT_DISPOSITION), "attachment; filename=\"P-1-text.xml\"");
    let imported = veche_exchange::akn::import(&xml.body).unwrap();
    assert_eq!((imported.text.paragraphs().len(), imported.left_out.len()), (2, 0));
    assert_eq!(imported.work.unwrap().number(), "P-1");
    for none in [
        "/cases/P-1/text.pdf",
        "/cases/P-1/changes.html",
        "/cases/C-1/text.md",
        "/cases/P-9/text.md",
    ] {
        assert_eq!(get(&server, "seat=belm/duty", none).status, StatusCode::NOT_FOUND, "{none}");
    }
}

#[test]
fn a_text_has_as_many_paragraphs_as_the_fold_evaluates() {
    assert_eq!(
        veche_exchange::text::limit::PARAGRAPHS_MAX,
        veche_council::evaluate::PARAGRAPHS_MAX
    );
}

#[test]
fn an_objection_opens_a_paragraph_and_an_adopted_one_is_agreed() {
    let page = get(&demo(ALL), "seat=belm/duty", "/cases/P-1").text();
    assert!(page.contains("1 of 2 paragraphs agreed; 1 opposed"), "{page}");
}

#[test]
fn an_amendment_and_a_text_that_replaces_another_show_what_they_change() {
    let game = played_of("lantern", LANTERN_REPLACED);
    let server =
        Server::new(Some(Site::of_game(game, Player::new(Vec::new(), SPEED_DEMO))), true, None);
    let amendment = get(&server, "", "/cases/P-1-3v2").text();
    assert!(amendment.contains("<del>attack</del><ins>incident</ins>"), "{amendment}");
    let changes = get(&server, "", "/cases/P-1-3v2/changes.html").text();
    assert!(
        changes.contains("Paragraphs: 0 unchanged, 1 changed, 0 added, 0 removed."),
        "{changes}"
    );
    assert!(changes.contains("<del>attack</del><ins>incident</ins>"), "{changes}");
    // P-2 names in a field the text that it follows.
    let page = get(&server, "", "/cases/P-2").text();
    assert!(page.contains("changes against P-1</a>"), "{page}");
    let changes = get(&server, "", "/cases/P-2/changes.html").text();
    assert!(changes.contains("<h2>2 → 1, changed</h2>"), "{changes}");
    assert!(changes.contains("1 changed, 1 added, 2 removed."), "{changes}");
}

#[test]
fn a_text_with_brackets_and_markup_in_it_is_shown_as_words() {
    let server = demo(TABLED);
    let about = leaf(&server, "W-1");
    let fields = [
        ("kind", "proposal"),
        ("about", about.as_str()),
        ("t.title", "<script>alert(1)</script>"),
        ("t.paragraphs", "Close it [now / <b>later</b>].\n\nOpen it."),
    ];
    let opened = post(&server, "seat=office/duty", "/act", form(&fields));
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
    let page = get(&server, "seat=belm/duty", "/cases/P-2").text();
    assert!(page.contains("1 of 2 paragraphs agreed; 1 bracket to settle"), "{page}");
    let print = get(&server, "seat=belm/duty", "/cases/P-2/text.html").text();
    assert!(print.contains("<mark>[now / &lt;b&gt;later&lt;/b&gt;]</mark>"), "{print}");
    assert!(!print.contains("<script"), "{print}");
}

#[test]
fn hostile_forms_are_read_as_text_or_refused() {
    let server = demo(TABLED);
    let about = leaf(&server, "P-1");
    let act = |fields: &[(&str, &str)]| post(&server, "seat=belm/duty", "/act", form(fields));
    let comment = [
        ("kind", "comment"),
        ("about", about.as_str()),
        ("back", "//evil.example"),
        ("t.text", "<script>alert(1)</script>"),
    ];
    let answer = act(&comment);
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert!(answer.header(header::LOCATION).starts_with("/?done="));
    let page = get(&server, "seat=belm/duty", "/cases/P-1").text();
    assert!(page.contains("&lt;script&gt;") || page.contains("&#60;script&#62;"), "{page}");
    assert!(!page.contains("<script>alert"));
    for wrong in [
        &[("kind", "no_such_act")][..],
        &[("kind", "comment"), ("t.text", "a"), ("t.colour", "red")],
        &[("kind", "comment"), ("colour", "red")],
        &[("kind", "comment"), ("about", "../../etc"), ("t.text", "a")],
        &[
            ("kind", "position"),
            ("about", about.as_str()),
            ("t.position", "no"),
            ("t.paragraphs", "one"),
        ],
        &[],
    ] {
        let answer = act(wrong);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong:?}: {}", answer.text());
    }
    let stranger = "0".repeat(64);
    let answer = act(&[("kind", "comment"), ("about", &stranger), ("t.text", "a")]);
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let body = Body::from(vec![0xff, 0xfe, b'=']);
    let request = Request::post("/act")
        .header(header::HOST, HOST)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert!(send(&server, request.body(body).unwrap()).status.is_client_error());
}

#[test]
fn a_form_of_another_site_is_refused() {
    let server = demo(TABLED);
    for (name, value) in
        [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")]
    {
        let request = Request::post("/seat").header(header::HOST, HOST).header(name, value);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = send(&server, request.body(Body::from("seat=belm%2Fduty&back=%2F")).unwrap());
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
    }
    let request = Request::get("/").header(header::HOST, "evil.example");
    assert_eq!(send(&server, request.body(Body::empty()).unwrap()).status, StatusCode::BAD_REQUEST);
}

#[test]
fn a_form_larger_than_any_record_is_refused() {
    let server = demo(TABLED);
    let answer =
        post(&server, "", "/act", format!("kind=comment&t.text={}", "a".repeat(BODY_LEN_MAX)));
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let answer =
        post(&server, "", "/act", format!("kind=comment&t.text={}", "a".repeat(40 * 1024)));
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[test]
fn a_seat_is_taken_by_a_cookie_that_scripts_cannot_read() {
    let server = demo(TABLED);
    let answer = post(&server, "", "/seat", form(&[("seat", "belm/duty"), ("back", "/cases")]));
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header(header::LOCATION), "/cases");
    assert_eq!(answer.header(header::SET_COOKIE), "seat=belm/duty; Path=/; HttpOnly; SameSite=Lax");
    assert!(get(&server, "seat=belm/duty", "/").text().contains("Due from Belm"));
    let answer = post(&server, "", "/seat", form(&[("seat", "belm/emperor")]));
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[test]
fn a_certificate_from_the_desk_verifies_with_nothing_but_the_charters_hash() {
    let server = demo(ALL);
    let answer = get(&server, "seat=belm/duty", "/certificates/P-1.decision.zip");
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/zip");
    assert!(answer.header(header::CONTENT_DISPOSITION).contains("P-1.decision.zip"));
    let charter = played(0).network().nodes().next().unwrap().charter().hash;
    let verified = certificate::verify(&answer.body, Some(charter)).unwrap();
    assert_eq!(verified.number, "P-1");
    let page = get(&server, "seat=belm/duty", "/decisions").text();
    assert!(page.contains(&veche_ledger::Hash::of(&[&answer.body]).to_string()), "{page}");
    assert_eq!(get(&server, "", "/certificates/P-9.decision.zip").status, StatusCode::NOT_FOUND);
}

#[test]
fn a_problem_of_the_api_is_problem_json() {
    let server = demo(TABLED);
    let answer = get(&server, "", "/api/v1/procedures/P-9");
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["status"], 404);
    assert!(problem["title"].is_string() && problem["detail"].as_str().unwrap().contains("P-9"));
    let answer = get(&server, "", "/api/v1/records?log=two-banks.example/arven/1&limit=2");
    assert_eq!(answer.json()["next"], 2, "{}", answer.text());
    assert_eq!(get(&server, "seat=belm/duty", "/api/v1/status").json()["party"], "belm");
    assert_eq!(get(&server, "", "/api/v1/exercise/digests").json()["distinct"], 1);
}

#[test]
fn an_answer_to_a_warning_is_owed_once_and_not_again_by_its_matter() {
    let server = demo(TABLED);
    let owed = get(&server, "seat=belm/duty", "/api/v1/duties?party=belm").json();
    assert_eq!(owed, serde_json::json!([]));
}

/// Does what a form of a seat does to a matter.
fn act_on(server: &Arc<Server>, seat: &str, kind: &str, on: &str, term: (&str, &str)) -> Answer {
    let about = leaf(server, on);
    post(server, seat, "/act", form(&[("kind", kind), ("about", &about), term]))
}

#[test]
fn a_reported_matter_is_open_until_the_town_that_reported_it_closes_it() {
    let server = demo(REPORTED);
    let lists = |state: &str| {
        let page = get(&server, "seat=belm/duty", &format!("/cases?state={state}")).text();
        page.contains("/cases/C-1")
    };
    let watch = || get(&server, "seat=belm/duty", "/").text().contains("No case is open.");
    let close = |seat: &str| {
        act_on(&server, seat, "closure", "C-1", ("t.reason", "The river is back in its bed."))
    };
    assert_eq!((lists("open"), lists("closed"), watch()), (true, false, false));
    let refused = close("seat=belm/duty");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("the town that reported it closes it"), "{}", refused.text());
    assert_eq!(close("seat=arven/duty").status, StatusCode::SEE_OTHER);
    assert_eq!((lists("open"), lists("closed"), watch()), (false, true, true));
}

#[test]
fn an_answer_to_a_warning_is_for_the_other_town_and_not_offered_to_its_author() {
    let server = demo(WARNED);
    let is_offered = |seat: &str| {
        let page = get(&server, seat, "/cases/W-1").text();
        page.contains("name=\"kind\" value=\"answer\"")
    };
    assert!(!is_offered("seat=arven/duty") && is_offered("seat=belm/duty"));
    let answer = |seat: &str| act_on(&server, seat, "answer", "W-1", ("t.stance", "noted"));
    let refused = answer("seat=arven/duty");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("answered by the other town"), "{}", refused.text());
    // The author's vain try has not locked the other out.
    assert_eq!(answer("seat=belm/duty").status, StatusCode::SEE_OTHER);
}

#[test]
fn levels_are_offered_in_the_order_in_which_the_charter_writes_them() {
    let server = demo(WARNED);
    let page = get(&server, "seat=arven/duty", "/cases").text();
    let (_, select) = page.split_once("name=\"t.level\"").unwrap();
    let (select, _) = select.split_once("</select>").unwrap();
    let levels = select.split("<option value=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let levels: Vec<&str> = levels.filter(|level| !level.is_empty()).collect();
    assert_eq!(levels, ["calm", "watch", "tense", "acute", "crisis"], "{select}");
    let next = get(&server, "seat=belm/duty", "/api/v1/next/W-1").json();
    let words =
        &next.as_array().unwrap().iter().find(|act| act["kind"] == "answer").unwrap()["fields"];
    let stance = words.as_array().unwrap().iter().find(|field| field["name"] == "stance").unwrap();
    assert_eq!(stance["one_of"], serde_json::json!(["noted", "assessed", "acting"]));
}

#[test]
fn while_the_exercise_loads_pages_say_how_far_it_is() {
    let server = Server::new(None, true, None);
    let loading = veche_node::http::Loading {
        what: "FIRST HOUR is played.".to_owned(),
        done: 2,
        of: 3,
        ..Default::default()
    };
    server.set_loading(loading);
    let answer = get(&server, "", "/");
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().contains("<progress max=\"3\" value=\"2\""), "{}", answer.text());
    assert_eq!(answer.header(header::REFRESH), "1");
    assert_eq!(get(&server, "", "/ready").status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get(&server, "", "/health").status, StatusCode::OK);
    let answer = get(&server, "", "/api/v1/status");
    assert_eq!(
        (answer.status, answer.header(header::CONTENT_TYPE)),
        (StatusCode::SERVICE_UNAVAILABLE, "application/problem+json")
    );
}

#[test]
fn a_real_node_lets_nobody_in_without_its_one_time_link() {
    let party = PartyId::parse("arven").unwrap();
    let charter =
        played(0).network().nodes().next().unwrap().council().genesis().text.as_bytes().to_vec();
    let secrets = {
        let charter = veche_charter::Charter::load(&charter, "charter.toml").unwrap();
        let keys = veche_node::keys::exercise_keys("first-hour", &charter, &party, &[], 1).unwrap();
        BTreeMap::from([(party.clone(), keys)])
    };
    let mut salt = 0u8;
    let salts = Box::new(move || {
        salt += 1;
        [salt; 32]
    });
    let node =
        Node::open(party.clone(), Store::in_memory().unwrap(), &charter, secrets, salts).unwrap();
    let (token, now) =
        (Token::from_random([7; 32]), UnixSeconds::parse("2027-03-01T09:00:00Z").unwrap());
    let visit = Visit { party, officer: "duty".to_owned() };
    let server = Server::new(
        Some(Site::of_node(node, vec![(token.clone(), visit)], Box::new(move || now))),
        true,
        None,
    );

    assert_eq!(get(&server, "seat=arven/duty", "/").header(header::LOCATION), "/sign-in");
    assert_eq!(get(&server, "seat=arven/duty", "/api/v1/status").status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        post(&server, "", "/seat", form(&[("seat", "arven/duty")])).status,
        StatusCode::FORBIDDEN
    );
    let offered = get(&server, "", &format!("/sign-in?token={}", token.as_str())).text();
    assert!(offered.contains("Arven"), "{offered}");
    assert_eq!(
        post(&server, "", "/sign-in", form(&[("token", "guess")])).status,
        StatusCode::FORBIDDEN
    );
    let entered = post(&server, "", "/sign-in", form(&[("token", token.as_str())]));
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    let cookie = entered.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let again = post(&server, "", "/sign-in", form(&[("token", token.as_str())]));
    assert_eq!(again.status, StatusCode::FORBIDDEN);

    let page = get(&server, &cookie, "/").text();
    assert!(page.contains("Due from Arven") && !page.contains("EXERCISE"), "{page}");
    assert_eq!(get(&server, &cookie, "/exercise").status, StatusCode::NOT_FOUND);
    let report = form(&[("kind", "report"), ("t.title", "River at 4.2 m"), ("t.text", "Rising.")]);
    let said = post(&server, &cookie, "/act", report);
    assert!(said.header(header::LOCATION).starts_with("/cases/C-1?done="), "{}", said.text());
    let page = get(&server, &cookie, said.header(header::LOCATION)).text();
    assert!(page.contains("no other node holds it yet"), "{page}");
    post(&server, &cookie, "/sign-out", String::new());
    assert_eq!(get(&server, &cookie, "/").header(header::LOCATION), "/sign-in");
    // By this a page that is still open knows that it is signed out, and not merely without a connection.
    assert!(page.contains("You are signed out"), "{page}");
    assert_eq!(get(&server, &cookie, "/stream").status, StatusCode::FORBIDDEN);
    let how = get(&server, "", "/sign-in").text();
    assert!(how.contains("printed for you when it started"), "{how}");
}

#[test]
fn a_seat_has_what_it_may_read_as_a_calendar() {
    let server = demo(TABLED);
    let answer = get(&server, "seat=belm/duty", "/calendar.ics");
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(header::CONTENT_TYPE), "text/calendar; charset=utf-8");
    let whole = answer.text().replace("\r\n ", "");
    assert!(veche_exchange::ical::read(answer.text().as_bytes()).is_ok());
    assert!(whole.contains("SUMMARY:P-1 "), "{whole}");
    assert!(whole.contains("STATUS:NEEDS-ACTION"), "{whole}");
    let mut uids: Vec<&str> = whole.lines().filter(|line| line.starts_with("UID:")).collect();
    let count = uids.len();
    uids.sort_unstable();
    uids.dedup();
    assert_eq!(uids.len(), count, "a UID names one entry");
    let case =
        get(&server, "seat=belm/duty", "/cases/P-1/calendar.ics").text().replace("\r\n ", "");
    let own: Vec<&str> = case.lines().filter(|line| line.starts_with("UID:")).collect();
    assert!(!own.is_empty() && own.len() <= count);
    assert!(own.iter().all(|uid| uids.contains(uid)), "a UID is the same in every export");
    let missing = get(&server, "seat=belm/duty", "/cases/P-99/calendar.ics");
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[test]
fn what_a_seat_may_not_read_is_in_no_calendar_of_it() {
    let site =
        Site::of_game(played_of("lantern", LANTERN_NARRATIVE), Player::new(Vec::new(), SPEED_DEMO));
    let server = Server::new(Some(site), true, None);
    let calendar = |seat: &str| {
        let whole = get(&server, &format!("seat={seat}/duty"), "/calendar.ics").text();
        whole.replace("\r\n ", "")
    };
    let uids = |text: &str| -> BTreeSet<String> {
        text.lines().filter(|line| line.starts_with("UID:")).map(str::to_owned).collect()
    };
    let (inside, outside) = (uids(&calendar("lurien")), uids(&calendar("mirez")));
    let withheld: Vec<&String> = inside.difference(&outside).collect();
    assert!(!withheld.is_empty(), "the group's matter is in its own calendar");
    assert!(!outside.is_empty(), "mirez has what all may read");
}

/// A calendar's entries by UID: how often each has changed, and its other lines.
fn entries(calendar: &str) -> BTreeMap<String, (u64, String)> {
    let calendar = calendar.replace("\r\n ", "");
    let blocks = calendar.split("BEGIN:V").skip(2);
    let entry = |block: &str| {
        let value = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let is_said =
            |line: &&str| !["SEQUENCE", "DTSTAMP", "LAST-MOD"].iter().any(|n| line.starts_with(n));
        let said: Vec<&str> = block.lines().filter(is_said).collect();
        (value("UID:").to_owned(), (value("SEQUENCE:").parse().unwrap(), said.join("\n")))
    };
    blocks.map(entry).collect()
}

#[test]
fn what_a_calendar_says_anew_has_a_higher_sequence() {
    let shipped = Shipped::find("lantern").unwrap();
    let mut game =
        Game::new(shipped.script().unwrap(), shipped.charter, shipped.files(), None, None).unwrap();
    let (party, none) = (PartyId::parse("lurien").unwrap(), BTreeSet::new());
    let mut before: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut moved = 0;
    for _ in 0..LANTERN_NARRATIVE {
        assert!(game.play_next(&mut || 0).unwrap());
        let node = game.node(&party).unwrap();
        let (party, now, cut_off) = (&party, game.now(), &none);
        let sight =
            Sight { node, party, officer: "duty", now, is_drill: true, cut_off, contacts: None };
        let now = entries(&pages::calendar::all(&sight, Some("http://node.example")));
        for (uid, (sequence, said)) in &now {
            let Some((earlier, was)) = before.get(uid) else { continue };
            assert!(sequence >= earlier, "{uid} went back");
            assert!(said == was || sequence > earlier, "{uid} at {sequence}: {was}\nnow\n{said}");
            let due =
                |said: &str| said.lines().find(|line| line.starts_with("DUE")).map(str::to_owned);
            moved += usize::from(due(said) != due(was));
            assert!(said.contains("URL:http://node.example/cases/"), "{said}");
        }
        before = now;
    }
    assert!(moved > 0, "no deadline moved, so that this shows nothing");
}

#[test]
fn a_calendar_names_the_pages_and_pages_name_their_calendars() {
    let server = demo(TABLED);
    let whole = get(&server, "seat=belm/duty", "/calendar.ics").text().replace("\r\n ", "");
    assert!(whole.contains(&format!("URL:http://{HOST}/cases/P-1\r\n")), "{whole}");
    assert!(get(&server, "seat=belm/duty", "/").text().contains("href=\"/calendar.ics\""));
    let case = get(&server, "seat=belm/duty", "/cases/P-1").text();
    assert!(case.contains("href=\"/cases/P-1/calendar.ics\""), "{case}");
    let themed = get(&server, "seat=belm/duty", "/calendar.ics?theme=dark");
    assert_eq!(themed.status, StatusCode::OK, "a page's links carry its theme on");
}

#[test]
fn the_api_finds_words_page_by_page_and_only_what_the_seat_may_read() {
    let site =
        Site::of_game(played_of("lantern", LANTERN_NARRATIVE), Player::new(Vec::new(), SPEED_DEMO));
    let server = Server::new(Some(site), true, None);
    let ask = |seat: &str, path: &str| get(&server, &format!("seat={seat}/duty"), path);
    let all = |seat: &str, q: &str| -> Vec<serde_json::Value> {
        let (mut rows, mut after) = (Vec::new(), String::new());
        loop {
            let page = ask(seat, &format!("/api/v1/search?q={q}&limit=2{after}")).json();
            let hits = page["hits"].as_array().unwrap().clone();
            assert!(hits.len() <= 2);
            rows.extend(hits);
            let Some(next) = page["next"].as_str() else { return rows };
            after = format!("&after={next}");
        }
    };
    let leaf = |row: &serde_json::Value| row["record"].as_str().unwrap().to_owned();
    let (inside, outside) = (all("lurien", "video"), all("mirez", "video"));
    let set: BTreeSet<String> = inside.iter().map(leaf).collect();
    assert_eq!(set.len(), inside.len(), "no page shows what another has shown");
    let whole = ask("lurien", "/api/v1/search?q=video").json();
    let whole: Vec<String> = whole["hits"].as_array().unwrap().iter().map(leaf).collect();
    assert_eq!(whole, inside.iter().map(leaf).collect::<Vec<_>>(), "the pages are the whole");
    let hidden: Vec<String> =
        set.difference(&outside.iter().map(leaf).collect()).cloned().collect();
    assert!(!hidden.is_empty(), "the group's narrative is found by the group alone");
    for leaf in hidden {
        let behind = ask("mirez", &format!("/api/v1/search?q=a&after={leaf}"));
        assert_eq!(
            behind.status,
            StatusCode::NOT_FOUND,
            "a record is not told of by going on behind it"
        );
        assert_eq!(
            ask("mirez", &format!("/search?q=a&after={leaf}")).status,
            StatusCode::NOT_FOUND
        );
    }
    for (path, status) in [
        ("/api/v1/search", StatusCode::BAD_REQUEST),
        ("/api/v1/search?q=%20%22*", StatusCode::BAD_REQUEST),
        ("/api/v1/search?q=a&limit=0", StatusCode::BAD_REQUEST),
        ("/api/v1/search?q=a&after=P-1", StatusCode::NOT_FOUND),
        ("/api/v1/search?q=a&q=b", StatusCode::BAD_REQUEST),
        ("/api/v1/search?q=a&sort=up", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(ask("lurien", path).status, status, "{path}");
    }
}

/// Posts a proposal of the office of two-banks with these paragraphs.
fn proposal(server: &Arc<Server>, paragraphs: &str, keep: Option<&str>) -> Answer {
    let mut sent = vec![("kind", "proposal"), ("t.title", "Quay"), ("t.paragraphs", paragraphs)];
    sent.extend(keep.map(|keep| ("keep", keep)));
    post(server, "seat=office/duty", "/act", form(&sent))
}

#[test]
fn a_typed_text_is_shown_as_it_is_understood_and_then_tabled() {
    let server = demo(2);
    let typed = "## 1. The quay\n\nClosed [at once / in two hours].[^a]\n\n[^a]: Article 4.2.\n\n## Gates <b>\nOpen.";
    let records = |server: &Arc<Server>| {
        get(server, "seat=office/duty", "/api/v1/status").json()["records"].clone()
    };
    let before = records(&server);
    let shown = proposal(&server, typed, Some("preview"));
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    let policy = shown.header(header::CONTENT_SECURITY_POLICY);
    assert_eq!(policy, pages::text::PRINT_POLICY);
    for words in ["The quay", "Article 4.2.", "Gates &lt;b&gt;", "at once"] {
        assert!(shown.text().contains(words), "no `{words}` in {}", shown.text());
    }
    assert_eq!(records(&server), before, "a look says nothing");
    let tabled = proposal(&server, typed, None);
    assert_eq!(tabled.status, StatusCode::SEE_OTHER, "{}", tabled.text());
    let path = tabled.header(header::LOCATION).split('?').next().unwrap().to_owned();
    let terms = get(&server, "seat=office/duty", &path.replace("/cases/", "/api/v1/cases/")).json();
    let terms: serde_json::Value = serde_json::from_str(terms["terms"].as_str().unwrap()).unwrap();
    assert_eq!(terms["paragraphs"][0]["heading"], "The quay");
    assert_eq!(terms["paragraphs"][0]["notes"]["a"], "Article 4.2.");
    assert_eq!(terms["paragraphs"][1]["n"], 2);
    let page = get(&server, "seat=office/duty", "/cases/C-1").text();
    assert!(page.contains("value=\"preview\" formtarget=\"_blank\""), "{page}");
}

#[test]
fn a_text_that_is_not_sound_is_refused_where_it_is_said_with_its_place() {
    let server = demo(2);
    for (typed, status, words) in [
        ("One.\n\n1. Again one.", StatusCode::UNPROCESSABLE_ENTITY, "its text is not sound"),
        ("Words.[^a]\n\nx\n[^b]: y", StatusCode::UNPROCESSABLE_ENTITY, "paragraph 2"),
        ("One \u{ffff}", StatusCode::UNPROCESSABLE_ENTITY, "paragraph 1"),
        ("# Title\n\nOne.", StatusCode::BAD_REQUEST, "line 1"),
    ] {
        let said = proposal(&server, typed, None);
        assert_eq!(said.status, status, "{typed:?}: {}", said.text());
        assert!(said.text().contains(words), "{typed:?}: {}", said.text());
        let shown = proposal(&server, typed, Some("preview"));
        assert_eq!(shown.status, StatusCode::BAD_REQUEST, "{typed:?}: {}", shown.text());
    }
}
