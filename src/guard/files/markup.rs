//! Recognises HTML, SVG and XML while a text passes.
//!
//! Owns the definition of each. Does not keep the text: a few bytes suffice, even after long white space and
//! comments.

const HTML: &str = "text/html";
const SVG: &str = "image/svg+xml";
const XML: &str = "text/xml";

/// Tags that begin HTML.
const TAGS: [&str; 21] = [
    "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b", "body",
    "br", "p", "img", "object", "embed", "meta", "link", "form",
];

/// Kept characters: more than the longest significant beginning, `<!doctype svg`.
const OPENING: usize = 16;

/// Text that is being read.
#[derive(Debug, Default)]
pub(super) struct Markup {
    state: State,
    /// Beginning of the text after white space and comments.
    opening: String,
    had_comment: bool,
}

#[derive(Debug, Default)]
enum State {
    /// White space, or the first characters after it.
    #[default]
    Opening,
    /// Inside a comment, after this number of characters of its end.
    Comment(usize),
    /// Inside XML, after this number of characters of `<svg`.
    Xml(usize),
    /// Decision made: further text is ignored.
    Decided,
}

impl Markup {
    /// Reads the next part.
    pub(super) fn update(&mut self, text: &str) {
        for c in text.chars() {
            match self.state {
                State::Opening => self.open(c),
                State::Comment(behind) => {
                    // A third dash keeps the first two valid.
                    self.state = match (c, behind) {
                        ('>', 2) => State::Opening,
                        ('-', _) => State::Comment((behind + 1).min(2)),
                        _ => State::Comment(0),
                    };
                }
                State::Xml(behind) => self.look_for_svg(c, behind),
                State::Decided => return,
            }
        }
    }

    fn open(&mut self, c: char) {
        if self.opening.is_empty() && (c.is_whitespace() || c == '\u{feff}' || c.is_control()) {
            return;
        }
        self.opening.push(c);
        if self.opening == "<!--" {
            self.opening.clear();
            self.had_comment = true;
            self.state = State::Comment(0);
        } else if self.starts("<?xml") {
            self.state = State::Xml(0);
        } else if self.opening.len() >= OPENING {
            self.state = State::Decided;
        }
    }

    fn look_for_svg(&mut self, c: char, behind: usize) {
        const SVG_TAG: [char; 4] = ['<', 's', 'v', 'g'];
        self.state = match SVG_TAG.get(behind) {
            Some(wanted) if *wanted == c && behind + 1 == SVG_TAG.len() => {
                self.opening.clear();
                self.opening.push_str("<svg");
                State::Decided
            }
            Some(wanted) if *wanted == c => State::Xml(behind + 1),
            _ => State::Xml(usize::from(c == '<')),
        };
    }

    fn starts(&self, prefix: &str) -> bool {
        self.opening.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    }

    /// Media type of the markup; `None` for other text.
    pub(super) fn found(&self) -> Option<&'static str> {
        if self.starts("<?xml") {
            return Some(XML);
        }
        if self.starts("<!doctype") {
            // An SVG with a prologue is an SVG.
            return Some(if self.starts("<!doctype svg") { SVG } else { HTML });
        }
        let tag = self.opening.strip_prefix('<');
        let name = tag.and_then(|tag| tag.split(|c: char| !c.is_ascii_alphanumeric()).next());
        match name {
            Some(name) if name.eq_ignore_ascii_case("svg") => Some(SVG),
            Some(name) if TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name)) => Some(HTML),
            _ if self.had_comment => Some(HTML),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(parts: &[&str]) -> Option<&'static str> {
        let mut markup = Markup::default();
        parts.iter().for_each(|part| markup.update(part));
        markup.found()
    }

    #[test]
    fn markup_is_found_behind_white_space_and_comments() {
        for (text, expected) in [
            ("", None),
            ("words <html>", None),
            ("<3 you", None),
            ("<abbr>", None),
            ("\u{feff} \n<HTML", Some(HTML)),
            ("<!-- a -- b --->\u{feff}<svg:svg", Some(SVG)),
            ("<!-->-->x", Some(HTML)),
            ("<!-- never closed <svg", Some(HTML)),
            ("<!doctype html>", Some(HTML)),
            ("<!DOCTYPE svg PUBLIC", Some(SVG)),
            ("<?xml version='1.0'?><<svg", Some(SVG)),
            ("<?xml version='1.0'?><SVG", Some(XML)),
        ] {
            assert_eq!(found(&[text]), expected, "{text:?}");
        }
        let long = " ".repeat(100_000);
        assert_eq!(found(&[&long, "<!--", &long, "-->", "<scr", "ipt>"]), Some(HTML));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_a_text_is_cut(
            text in "( |<!--|-|>|<|svg|\\?xml|x|ü|\u{feff}|!doctype|script){0,12}", at in 0_usize..40
        ) {
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let (one, two) = text.split_at(at);
            prop_assert_eq!(found(&[one, two]), found(&[&text]));
        }
    }
}
