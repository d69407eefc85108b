//! How a charter is made wrong: one small edit of its parsed TOML at a time.

use toml::{Table, Value};

/// A step to a value: a key, or a place in a list written as a number.
pub(crate) type Path = Vec<String>;

/// One edit of a charter.
#[derive(Debug, Clone)]
pub(crate) struct Mutant {
    /// The value that is edited.
    pub(crate) path: Path,
    /// What is done to it, for people.
    pub(crate) what: String,
    edits: Vec<(Path, Option<Value>)>,
}

impl Mutant {
    /// Returns the charter's text with the edit made.
    pub(crate) fn text(&self, root: &Table) -> String {
        let mut table = root.clone();
        for (path, value) in &self.edits {
            edit(&mut table, path, value.as_ref());
        }
        toml::to_string(&table).unwrap()
    }

    /// Returns the rule or machine that the edit is in.
    pub(crate) fn place(&self) -> (&str, &str) {
        (&self.path[0], self.path.get(1).map_or("", String::as_str))
    }
}

fn edit(table: &mut Table, path: &[String], value: Option<&Value>) {
    let (last, above) = path.split_last().unwrap();
    let mut whole = Value::Table(std::mem::take(table));
    let mut at = &mut whole;
    for step in above {
        at = if at.is_array() {
            at.get_mut(step.parse::<usize>().unwrap()).unwrap()
        } else {
            at.get_mut(step).unwrap()
        };
    }
    if let Some(items) = at.as_array_mut() {
        let place = last.parse::<usize>().unwrap();
        match value {
            Some(value) => items[place] = value.clone(),
            None => drop(items.remove(place)),
        }
    } else {
        let table = at.as_table_mut().unwrap();
        match value {
            Some(value) => drop(table.insert(last.clone(), value.clone())),
            None => drop(table.remove(last)),
        }
    }
    *table = whole.as_table().unwrap().clone();
}

/// Returns every mutant of a charter, in the order of its keys.
pub(crate) fn mutants(root: &Table) -> Vec<Mutant> {
    let mut maker = Maker { root, out: Vec::new() };
    for (table, entries) in root {
        let Some(entries) = entries.as_table() else { continue };
        if table == "witnessing" {
            maker.walk(&mut vec![table.clone()], &Value::Table(entries.clone()));
        }
        // No record is judged by a rule of alarms: the loader alone can find one wrong.
        if ["articles", "charter", "keys", "witnessing", "alarms"].contains(&table.as_str()) {
            continue;
        }
        for (name, entry) in entries {
            maker.walk(&mut vec![table.clone(), name.clone()], entry);
        }
    }
    maker.out
}

/// Keys of which another value is another charter only for readers: names and places.
const FOR_PEOPLE: [&str; 8] =
    ["title", "name", "article", "basis", "register", "number", "tlp", "organ"];

/// Keys that are dropped, besides what else is done to them.
const DROPPED: [&str; 29] = [
    "quorum",
    "minus",
    "seats",
    "fallback",
    "contested",
    "unreached",
    "fresh",
    "outcome",
    "final",
    "spawns",
    "by",
    "no_quorum",
    "label",
    "floor",
    "default",
    "about",
    "about_required",
    "opens",
    "event",
    "event_field",
    "position",
    "annotates",
    "supersedes",
    "per_paragraph",
    "may_not",
    "every",
    "tag",
    "role",
    "max",
];

struct Maker<'a> {
    root: &'a Table,
    out: Vec<Mutant>,
}

impl Maker<'_> {
    fn add(&mut self, path: &[String], what: impl Into<String>, edits: Vec<(Path, Option<Value>)>) {
        self.out.push(Mutant { path: path.to_vec(), what: what.into(), edits });
    }

    fn drop(&mut self, path: &[String]) {
        let name = path.last().unwrap();
        self.add(path, format!("without `{name}`"), vec![(path.to_vec(), None)]);
    }

    fn set(&mut self, path: &[String], value: impl Into<Value>) {
        let value = value.into();
        let name = path.last().unwrap();
        self.add(path, format!("`{name}` is {value}"), vec![(path.to_vec(), Some(value))]);
    }

    fn walk(&mut self, path: &mut Path, value: &Value) {
        let key = path.last().unwrap().clone();
        let in_list = key.parse::<usize>().is_ok();
        if FOR_PEOPLE.contains(&key.as_str()) && path.len() > 2 {
            return;
        }
        if path[0] == "duties" && path.len() == 2 {
            self.drop(path);
        }
        if DROPPED.contains(&key.as_str()) && path.len() > 2 {
            self.drop(path);
        }
        match value {
            Value::Table(table) => self.table(path, table),
            Value::Array(items) => self.list(path, items),
            Value::Integer(number) => self.number(path, *number),
            Value::String(text) if !in_list => self.text(path, text),
            Value::Boolean(flag) if key == "changes_binding" => self.set(path, !flag),
            Value::Boolean(_) | Value::String(_) | Value::Float(_) | Value::Datetime(_) => {}
        }
    }

    fn table(&mut self, path: &mut Path, table: &Table) {
        let at = |key: &str| [path.as_slice(), &[key.to_owned()]].concat();
        if table.contains_key("clock") {
            self.add(
                &at("clock"),
                "without clock and timeout",
                vec![(at("clock"), None), (at("timeout"), None)],
            );
        } else if table.contains_key("on") && !table.contains_key("fresh") {
            self.set(&at("fresh"), true);
        }
        for (pass, fail) in [("pass", "fail"), ("to", "fail")] {
            if let (Some(a), Some(b)) = (table.get(pass), table.get(fail)) {
                let edits = vec![(at(pass), Some(b.clone())), (at(fail), Some(a.clone()))];
                self.add(&at(pass), format!("`{pass}` and `{fail}` swapped"), edits);
            }
        }
        for (from, to) in [("ge", "gt"), ("gt", "ge"), ("le", "ge"), ("all", "any"), ("any", "all")]
        {
            if let Some(value) = table.get(from) {
                let edits = vec![(at(from), None), (at(to), Some(value.clone()))];
                self.add(&at(from), format!("`{to}` instead of `{from}`"), edits);
            }
        }
        if let Some(inner) = table.get("not") {
            self.add(&at("not"), "without `not`", vec![(path.clone(), Some(inner.clone()))]);
        }
        for (key, value) in table {
            path.push(key.clone());
            self.walk(path, value);
            path.pop();
        }
    }

    fn list(&mut self, path: &mut Path, items: &[Value]) {
        let name = path.last().unwrap().clone();
        for (index, item) in items.iter().enumerate() {
            path.push(index.to_string());
            if items.len() > 1 || name == "on" {
                let shown =
                    item.as_str().map_or_else(|| format!("its item {index}"), str::to_owned);
                let what = format!("`{name}` without {shown}");
                self.add(path, what, vec![(path.clone(), None)]);
            }
            if item.is_table() {
                self.walk(path, item);
            }
            path.pop();
        }
        if name == "order" && items.len() > 1 {
            let mut turned = items.to_vec();
            turned.rotate_left(1);
            self.set(path, turned);
        }
    }

    fn number(&mut self, path: &[String], number: i64) {
        self.set(path, number + 1);
        if number > 1 {
            self.set(path, number - 1);
        }
    }

    fn text(&mut self, path: &[String], text: &str) {
        let key = path.last().unwrap().as_str();
        let others = |words: &[&'static str]| -> Vec<String> {
            words.iter().filter(|word| **word != text).map(|word| (*word).to_owned()).collect()
        };
        let instead: Vec<String> = match key {
            "mode" => others(&["silence", "meeting"]),
            "binds" => others(&["all", "yes", "none"]),
            "base" => others(&["eligible", "present", "voting"]),
            "outcome" => others(&["adopted", "rejected", "lapsed"]),
            "start" if path[0] == "machines" && path.len() > 3 => {
                others(&["tabled", "last_receipt", "own_receipt"])
            }
            "then" => others(&["block", "counts", "exclude"]),
            "finally" => others(&["block", "counts", "exclude"]),
            "signature" => others(&["officer", "node", "root"]),
            "to" | "pass" | "fail" | "no_quorum" | "timeout" => self.other_states(path, text),
            "by" if path[0] == "machines" => others(&["any"]),
            "by" if path[0] == "acts" => Vec::new(),
            "owner" => vec![swapped_owner(text)],
            "event" => self.other_events(text),
            "rule" => self.other_names("rules", text),
            "status" if path[0] == "parties" => self.other_names("statuses", text),
            "ge" | "gt" | "le" | "quorum" => {
                if text == "1/2" {
                    vec!["2/3".into()]
                } else {
                    vec!["1/2".into()]
                }
            }
            "pos" | "none" | "of" => vec!["abstain".to_owned()],
            _ if path[0] == "acts" && path.iter().any(|step| step == "fields") => {
                text.split_once('!').map(|(a, b)| format!("{a}{b}")).into_iter().collect()
            }
            _ => other_duration(text).into_iter().collect(),
        };
        for other in instead {
            self.set(path, other);
        }
    }

    /// Returns two other states of the machine that the path is in.
    fn other_states(&self, path: &[String], than: &str) -> Vec<String> {
        let states = self.root["machines"].get(&path[1]).and_then(|m| m.get("states"));
        let states = states.and_then(Value::as_table).into_iter().flat_map(Table::keys);
        states.filter(|state| *state != than).take(2).cloned().collect()
    }

    fn other_names(&self, table: &str, than: &str) -> Vec<String> {
        let names =
            self.root.get(table).and_then(Value::as_table).into_iter().flat_map(Table::keys);
        names.filter(|name| *name != than).take(1).cloned().collect()
    }

    fn other_events(&self, than: &str) -> Vec<String> {
        let acts = self.root["acts"].as_table().unwrap().values();
        let events = acts.filter_map(|act| act.get("event")?.as_str());
        events.filter(|event| *event != than).take(1).map(str::to_owned).collect()
    }
}

fn swapped_owner(text: &str) -> String {
    match text.split_once(':') {
        Some(("each", who)) => format!("each_other:{who}"),
        Some((_, who)) => format!("each:{who}"),
        None => "each:any".to_owned(),
    }
}

/// Returns twice a duration: `4h` for `2h`; none for another text.
fn other_duration(text: &str) -> Option<String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
    let (number, unit) = text.split_at(digits);
    let known = ["m", "h", "d", "wd", "mo", "y"].contains(&unit);
    known.then(|| format!("{}{unit}", number.parse::<u64>().unwrap_or(1) * 2))
}
