//! A writer of XML and HTML that escapes whatever it is given: no text can become markup.

/// Markup that is being written.
#[derive(Debug, Clone, Default)]
pub struct Markup {
    out: String,
    open: Vec<&'static str>,
}

/// An attribute: its name and value.
pub type Attribute<'a> = (&'static str, &'a str);

impl Markup {
    /// Returns markup that begins with fixed text: a declaration, a document type.
    #[must_use]
    pub fn new(head: &'static str) -> Self {
        Self { out: head.to_owned(), open: Vec::new() }
    }

    /// Opens an element.
    pub fn open(&mut self, name: &'static str, attributes: &[Attribute<'_>]) -> &mut Self {
        self.tag(name, attributes);
        self.out.push('>');
        self.open.push(name);
        self
    }

    /// Writes an element without content: `<br/>`, in HTML only one that has none.
    pub fn empty(&mut self, name: &'static str, attributes: &[Attribute<'_>]) -> &mut Self {
        self.tag(name, attributes);
        self.out.push_str("/>");
        self
    }

    /// Closes the element that was opened last.
    pub fn close(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
        self
    }

    /// Closes the element that was opened last on a line of its own: one that holds elements only.
    pub fn close_line(&mut self) -> &mut Self {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.open.len().saturating_sub(1)));
        self.close()
    }

    /// Writes an element with text in it.
    pub fn element(
        &mut self,
        name: &'static str,
        attributes: &[Attribute<'_>],
        text: &str,
    ) -> &mut Self {
        self.open(name, attributes).text(text).close()
    }

    /// Writes text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                other => self.out.push(other),
            }
        }
        self
    }

    /// Writes a line end and the indentation of what is open: between elements that hold elements only.
    pub fn line(&mut self) -> &mut Self {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.open.len()));
        self
    }

    /// Writes fixed text as it is: a style sheet.
    pub fn fixed(&mut self, text: &'static str) -> &mut Self {
        self.out.push_str(text);
        self
    }

    /// Closes what is open and returns what was written, with a line end.
    #[must_use]
    pub fn end(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out.push('\n');
        self.out
    }

    fn tag(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            self.text(value);
            self.out.push('"');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_never_becomes_markup() {
        let mut markup = Markup::new("<!DOCTYPE html>");
        markup.open("p", &[("title", "\"><script>'&")]).text("</p><script>&amp;").close();
        assert_eq!(
            markup.end(),
            "<!DOCTYPE html><p title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\">&lt;/p&gt;&lt;script&gt;&amp;amp;</p>\n"
        );
    }

    #[test]
    fn what_is_open_is_closed_at_the_end() {
        let mut markup = Markup::default();
        markup.open("a", &[]).line().open("b", &[]).empty("c", &[]).close_line().line();
        markup.open("d", &[]);
        assert_eq!(markup.end(), "<a>\n  <b><c/>\n  </b>\n  <d></d></a>\n");
    }
}
