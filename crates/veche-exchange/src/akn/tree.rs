//! XML as a tree, read within limits: what comes from strangers.

use super::import::ImportFault;
use super::{NAMESPACE, OUR_NAMESPACE};
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

/// Longest document, in bytes: the longest treaty of the UN collection has a third of it.
pub(super) const LEN_MAX: usize = 8 * 1024 * 1024;
/// Most elements and runs of text.
pub(super) const NODES_MAX: usize = 200_000;
/// Most elements inside one another: the deepest sample has 17.
pub(super) const DEPTH_MAX: usize = 64;
/// Most attributes of an element, and most namespaces in force at one place.
pub(super) const ATTRIBUTES_MAX: usize = 64;

/// Where a name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// Akoma Ntoso 3.0 or a draft of it.
    Akn,
    /// Ours.
    Ours,
    /// Another, or none.
    Other,
}

/// An element.
#[derive(Debug)]
pub(super) struct Element {
    /// Its name without prefix.
    pub(super) name: String,
    /// Where the name comes from.
    pub(super) space: Space,
    /// Its attributes without prefix and our own; those of other namespaces are not kept.
    attributes: Vec<(Space, String, String)>,
    /// What is in it.
    pub(super) children: Vec<Node>,
    /// The byte where it begins.
    pub(super) at: usize,
}

/// What is in an element.
#[derive(Debug)]
pub(super) enum Node {
    /// An element.
    Element(Element),
    /// Text, with its references resolved.
    Text(String),
}

impl Element {
    /// Returns an attribute without prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.find(Space::Akn, name)
    }

    /// Returns an attribute of our namespace.
    pub(super) fn ours(&self, name: &str) -> Option<&str> {
        self.find(Space::Ours, name)
    }

    fn find(&self, space: Space, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find(|(s, n, _)| *s == space && n == name).map(|(_, _, value)| value.as_str())
    }

    /// Returns the elements in it.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Returns the first element in it that has a name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.is(name))
    }

    /// Returns the first element at any depth that has a name.
    pub(super) fn descendant(&self, name: &str) -> Option<&Self> {
        self.elements().find_map(|e| if e.is(name) { Some(e) } else { e.descendant(name) })
    }

    /// Returns whether it is the element of Akoma Ntoso of this name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.space == Space::Akn && self.name == name
    }

    /// Returns whether there is any text in it.
    pub(super) fn has_text(&self) -> bool {
        self.children.iter().any(|node| match node {
            Node::Text(text) => !text.trim().is_empty(),
            Node::Element(element) => element.has_text(),
        })
    }
}

/// What was wrong, and the byte where.
pub(super) type At = (usize, ImportFault);

/// Reads a document. Time and memory are linear in its length, which is at most [`LEN_MAX`].
pub(super) fn parse(text: &str) -> Result<Element, At> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut builder = Builder::default();
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(at);
            (at, ImportFault::Malformed(error.to_string()))
        })?;
        let fault = |what| (at, what);
        match event {
            Event::Start(start) => builder.start(&start, at).map_err(fault)?,
            Event::Empty(start) => {
                builder.start(&start, at).map_err(fault)?;
                builder.end();
            }
            Event::End(_) => builder.end(),
            Event::Text(run) => builder.text(&run.xml10_content()).map_err(fault)?,
            Event::CData(run) => builder.text(&run.xml10_content()).map_err(fault)?,
            Event::GeneralRef(reference) => {
                builder.text(&resolved(&reference).map_err(fault)?.to_string()).map_err(fault)?;
            }
            Event::Decl(declaration) => declared(&declaration).map_err(fault)?,
            Event::DocType(_) => return Err(fault(ImportFault::DocType)),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return builder.root(at),
        }
    }
}

/// Returns the character of a reference: one of the five of XML, or a number.
fn resolved(reference: &BytesRef<'_>) -> Result<char, ImportFault> {
    let name: &str = reference;
    match name {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => {}
    }
    let number = reference.resolve_char_ref();
    let number = number.map_err(|error| ImportFault::Malformed(error.to_string()))?;
    number.ok_or_else(|| ImportFault::Entity(name.chars().take(40).collect()))
}

fn declared(declaration: &BytesDecl<'_>) -> Result<(), ImportFault> {
    let Some(encoding) = declaration.encoding() else { return Ok(()) };
    let encoding = encoding.map_err(|error| ImportFault::Malformed(error.to_string()))?;
    let is_ours = ["utf-8", "utf8", "us-ascii", "ascii"]
        .iter()
        .any(|name| encoding.eq_ignore_ascii_case(name));
    if is_ours { Ok(()) } else { Err(ImportFault::Encoding(encoding.chars().take(40).collect())) }
}

#[derive(Default)]
struct Builder {
    stack: Vec<Element>,
    root: Option<Element>,
    nodes: usize,
    /// Prefix, namespace, and the depth at which it was declared.
    namespaces: Vec<(String, Space, usize)>,
}

impl Builder {
    fn count(&mut self) -> Result<(), ImportFault> {
        self.nodes += 1;
        if self.nodes > NODES_MAX { Err(ImportFault::Nodes(NODES_MAX)) } else { Ok(()) }
    }

    fn start(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), ImportFault> {
        self.count()?;
        if self.stack.len() >= DEPTH_MAX {
            return Err(ImportFault::Depth(DEPTH_MAX));
        }
        if self.stack.is_empty() && self.root.is_some() {
            return Err(ImportFault::Malformed("there is a second root element".to_owned()));
        }
        let attributes = self.attributes(start)?;
        let (local, prefix) = start.name().decompose();
        let prefix = prefix.map_or("", quick_xml::name::Prefix::into_inner);
        let space = self.space(prefix)?;
        let name = local.into_inner().to_owned();
        self.stack.push(Element { name, space, attributes, children: Vec::new(), at });
        Ok(())
    }

    /// Takes in the namespaces that an element declares, and returns its other attributes.
    fn attributes(
        &mut self,
        start: &BytesStart<'_>,
    ) -> Result<Vec<(Space, String, String)>, ImportFault> {
        let mut raw: Vec<(String, String)> = Vec::new();
        // The reader's own check for doubles takes the square of their number.
        for attribute in start.attributes().with_checks(false) {
            let malformed =
                |error: &dyn std::fmt::Display| ImportFault::Malformed(error.to_string());
            let attribute = attribute.map_err(|error| malformed(&error))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|error| malformed(&error))?.into_owned();
            legal(&value)?;
            let key = attribute.key.into_inner().to_owned();
            if raw.len() >= ATTRIBUTES_MAX {
                return Err(ImportFault::Attributes(ATTRIBUTES_MAX));
            }
            if raw.iter().any(|(known, _)| *known == key) {
                return Err(ImportFault::Malformed(format!("attribute `{key}` stands twice")));
            }
            raw.push((key, value));
        }
        let depth = self.stack.len();
        for (key, value) in &raw {
            let prefix = match key.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => rest.trim_start_matches(':'),
                Some(_) | None => continue,
            };
            if self.namespaces.len() >= ATTRIBUTES_MAX {
                return Err(ImportFault::Attributes(ATTRIBUTES_MAX));
            }
            self.namespaces.push((prefix.to_owned(), space_of(value), depth));
        }
        let mut kept = Vec::new();
        for (key, value) in raw {
            match key.split_once(':') {
                None if key != "xmlns" => kept.push((Space::Akn, key, value)),
                Some((prefix, local)) if self.space(prefix) == Ok(Space::Ours) => {
                    kept.push((Space::Ours, local.to_owned(), value));
                }
                None | Some(_) => {}
            }
        }
        Ok(kept)
    }

    fn space(&self, prefix: &str) -> Result<Space, ImportFault> {
        let declared = self.namespaces.iter().rev().find(|(known, _, _)| known == prefix);
        match declared {
            Some((_, space, _)) => Ok(*space),
            None if prefix.is_empty() || prefix == "xml" => Ok(Space::Other),
            None => Err(ImportFault::Malformed(format!("prefix `{prefix}` is declared nowhere"))),
        }
    }

    fn end(&mut self) {
        let Some(element) = self.stack.pop() else { return };
        let depth = self.stack.len();
        self.namespaces.retain(|(_, _, declared)| *declared < depth);
        match self.stack.last_mut() {
            Some(parent) => parent.children.push(Node::Element(element)),
            None => self.root = Some(element),
        }
    }

    /// Adds text to the run that it continues: references cut runs into pieces.
    fn text(&mut self, text: &str) -> Result<(), ImportFault> {
        legal(text)?;
        let Some(element) = self.stack.last_mut() else {
            let is_blank = text.trim_matches(['\u{feff}', ' ', '\t', '\n', '\r']).is_empty();
            let what = "there is text outside the root element";
            return if is_blank { Ok(()) } else { Err(ImportFault::Malformed(what.to_owned())) };
        };
        if let Some(Node::Text(run)) = element.children.last_mut() {
            run.push_str(text);
            return Ok(());
        }
        element.children.push(Node::Text(text.to_owned()));
        self.count()
    }

    fn root(self, at: usize) -> Result<Element, At> {
        if let Some(open) = self.stack.last() {
            return Err((at, ImportFault::CutShort(open.name.chars().take(80).collect())));
        }
        self.root.ok_or((at, ImportFault::CutShort("akomaNtoso".to_owned())))
    }
}

fn space_of(namespace: &str) -> Space {
    let rest = namespace.strip_prefix(NAMESPACE);
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        Space::Akn
    } else if namespace == OUR_NAMESPACE {
        Space::Ours
    } else {
        Space::Other
    }
}

/// Checks that all characters may stand in XML 1.0 (production 2).
fn legal(text: &str) -> Result<(), ImportFault> {
    let is_bad = |c: &char| {
        (*c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    match text.chars().find(is_bad) {
        Some(c) => Err(ImportFault::Character(c)),
        None => Ok(()),
    }
}
