//! Splits a text into tags and text between them, as an HTML parser reads it.
//!
//! Owns the beginning and end of a tag. Does not know which tags are allowed: see `sanitise`.

/// Part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text outside of tags, which may contain a `<` that begins no tag.
    Text(&'a str),
    /// Tag, comment or declaration, from its `<` to its `>`.
    Tag(&'a str),
}

/// Splits a text. The concatenated pieces equal the text.
pub(super) fn pieces(text: &str) -> Pieces<'_> {
    Pieces { rest: text }
}

/// Pieces of a text in order.
pub(super) struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    /// Text after the last returned piece.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Continues at another position of the text.
    pub(super) fn continue_at(&mut self, rest: &'a str) {
        self.rest = rest;
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(length) = tag_length(self.rest) {
            let (tag, rest) = self.rest.split_at(length);
            self.rest = rest;
            return Some(Piece::Tag(tag));
        }
        let first = self.rest.chars().next()?.len_utf8();
        let end = self.rest[first..].find('<').map_or(self.rest.len(), |end| first + end);
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(Piece::Text(text))
    }
}

/// Length in bytes of the tag at the start of `text`; `None` without a tag.
fn tag_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let starts = bytes.first() == Some(&b'<')
        && bytes.get(1).is_some_and(|&b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?'));
    if !starts {
        return None;
    }
    if text.starts_with("<!--") {
        return text.find("-->").map(|end| end + 3).or_else(|| text.find('>').map(|end| end + 1));
    }
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'>' => return Some(at + 1),
            b'=' => {
                // A quoted value may contain a `>`. An unclosed quote is ignored.
                let value = at + 1 + bytes[at + 1..].iter().take_while(|&&b| b == b' ').count();
                let quote = bytes.get(value).filter(|&&b| matches!(b, b'"' | b'\''));
                let closed = quote.and_then(|q| bytes[value + 1..].iter().position(|b| b == q));
                at = closed.map_or(at + 1, |length| value + length + 2);
            }
            _ => at += 1,
        }
    }
    // With inconsistent quotes, the first `>` ends the tag.
    text.find('>').map(|end| end + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tag_ends_at_its_own_bracket_and_an_open_one_is_text() {
        let of = |text| pieces(text).collect::<Vec<_>>();
        assert_eq!(
            of("a<b>c</b> < <3 <i"),
            [
                Piece::Text("a"),
                Piece::Tag("<b>"),
                Piece::Text("c"),
                Piece::Tag("</b>"),
                Piece::Text(" "),
                Piece::Text("< "),
                Piece::Text("<3 "),
                Piece::Text("<i"),
            ]
        );
        assert_eq!(of("<a href=\"x>y\">"), [Piece::Tag("<a href=\"x>y\">")]);
        assert_eq!(of("<!-- > -->x"), [Piece::Tag("<!-- > -->"), Piece::Text("x")]);
    }

    proptest! {
        #[test]
        fn the_pieces_make_up_the_text(text in "([<>/!?=\"' a-c-]|\\PC){0,40}") {
            let again: String =
                pieces(&text).map(|piece| match piece { Piece::Text(it) | Piece::Tag(it) => it }).collect();
            prop_assert_eq!(again, text);
        }
    }
}
