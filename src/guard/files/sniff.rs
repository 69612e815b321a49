//! Detects the type of a file from its bytes while they pass.
//!
//! Owns infer and the rules around it. Does not know which types are allowed. Keeps the head of the file,
//! never the whole.
//!
//! The rules, in this order:
//! 1. Valid UTF-8 without NUL is text. Text that begins like HTML, SVG or XML (after white space, a byte
//!    order mark and comments) is of that type. So an SVG is never accepted as an image or as plain text.
//! 2. Other text is of the type that infer detects (PDF, RTF, PostScript, PEM, shell script …), except for
//!    image, audio, video and program formats. Their signatures are two or three letters ("BM", "ID3", "MZ")
//!    with which a sentence may begin, and real files of these formats contain bytes that text does not.
//! 3. Other bytes are of the type that infer detects, or `application/octet-stream`.

use infer::MatcherType;

use super::{compound_file::Compound, markup::Markup};

const TEXT: &str = "text/plain";
const UNKNOWN: &str = "application/octet-stream";

/// Kept bytes: more than the furthest signature needs (that of ISO images, at 32,769).
const HEAD: usize = 64 * 1024;

/// Media type of a whole file.
pub(super) fn media_type(bytes: &[u8]) -> &'static str {
    let mut sniffer = Sniffer::default();
    sniffer.update(bytes);
    sniffer.media_type()
}

/// File that is read in pieces.
#[derive(Debug, Default)]
pub(super) struct Sniffer {
    head: Vec<u8>,
    text: Text,
    compound: Compound,
}

impl Sniffer {
    /// Reads the next piece.
    pub(super) fn update(&mut self, piece: &[u8]) {
        let missing = HEAD.saturating_sub(self.head.len()).min(piece.len());
        self.head.extend_from_slice(piece.get(..missing).unwrap_or_default());
        self.text.update(piece);
        self.compound.update(piece);
    }

    /// Media type of all pieces together.
    pub(super) fn media_type(&self) -> &'static str {
        let seen = infer::get(&self.head);
        match (self.text.as_markup(), seen) {
            (Some(Some(markup)), _) => markup,
            (Some(None), Some(kind)) if !has_weak_signature(kind) => kind.mime_type(),
            (Some(None), _) => TEXT,
            // infer needs the whole of an old Office file.
            (None, seen) => {
                self.compound.media_type().or(seen.map(|kind| kind.mime_type())).unwrap_or(UNKNOWN)
            }
        }
    }
}

fn has_weak_signature(kind: infer::Type) -> bool {
    matches!(kind.matcher_type(), MatcherType::Image | MatcherType::Audio | MatcherType::Video)
        || kind.mime_type() == "application/vnd.microsoft.portable-executable"
}

/// Checks whether a file is UTF-8 without NUL, and which markup it contains.
#[derive(Debug, Default)]
struct Text {
    markup: Markup,
    /// First bytes of a character that ends in the next piece.
    begun: Vec<u8>,
    is_broken: bool,
}

impl Text {
    fn update(&mut self, piece: &[u8]) {
        if self.is_broken || piece.contains(&0) {
            self.is_broken = true;
            return;
        }
        let mut rest = piece;
        // At most three bytes are missing.
        while !self.begun.is_empty()
            && let Some((byte, behind)) = rest.split_first()
        {
            self.begun.push(*byte);
            rest = behind;
            let begun = std::mem::take(&mut self.begun);
            self.take(&begun);
        }
        self.take(rest);
    }

    fn take(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.markup.update(text),
            Err(error) if error.error_len().is_none() => {
                let (sound, begun) = bytes.split_at(error.valid_up_to());
                self.markup.update(std::str::from_utf8(sound).unwrap_or_default());
                self.begun.extend_from_slice(begun);
            }
            Err(_) => self.is_broken = true,
        }
    }

    /// Markup of the text; `Some(None)` for plain text, `None` for other bytes.
    fn as_markup(&self) -> Option<Option<&'static str>> {
        (!self.is_broken && self.begun.is_empty()).then(|| self.markup.found())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_pieces(bytes: &[u8], size: usize) -> &'static str {
        let mut sniffer = Sniffer::default();
        bytes.chunks(size).for_each(|piece| sniffer.update(piece));
        sniffer.media_type()
    }

    #[test]
    fn what_makes_a_text_none_is_seen_wherever_it_is() {
        let text = "Grüße 😀 ".repeat(20_000).into_bytes();
        for size in [1, 2, 3, 7, 4_096] {
            assert_eq!(in_pieces(&text, size), TEXT);
            for end in [&[0][..], &[0xff], &[0xf0, 0x9f], "😀".as_bytes().get(..3).unwrap()] {
                assert_eq!(in_pieces(&[&text, end].concat(), size), UNKNOWN, "{end:?} in {size}");
            }
        }
    }

    #[test]
    fn markup_is_seen_behind_more_than_is_kept() {
        let text = format!("{}<svg/>", " \n".repeat(HEAD));
        assert_eq!(in_pieces(text.as_bytes(), 1_000), "image/svg+xml");
    }

    #[test]
    fn no_more_than_the_head_is_kept() {
        let mut sniffer = Sniffer::default();
        (0..100).for_each(|_| sniffer.update(&[b'x'; 10_000]));
        assert_eq!(sniffer.head.len(), HEAD);
        assert!(sniffer.head.capacity() <= 2 * HEAD && sniffer.text.begun.capacity() < 64);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_a_file_is_cut(
            bytes in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                "[<!a-z \u{feff}ü😀%PDF-]{0,20}".prop_map(String::into_bytes),
            ],
            size in 1_usize..8,
        ) {
            prop_assert_eq!(in_pieces(&bytes, size), media_type(&bytes));
            // Text is what the standard library accepts as UTF-8.
            let is_text = std::str::from_utf8(&bytes).is_ok() && !bytes.contains(&0);
            let mut text = Text::default();
            bytes.chunks(size).for_each(|piece| text.update(piece));
            prop_assert_eq!(text.as_markup().is_some(), is_text);
        }
    }
}
