//! Attachments: from base64 to bytes whose type is known and allowed.
//!
//! Owns base64 and infer, and the list of types that are taken by default. The type is what the bytes
//! say, never what the sender claims. Does not know where the bytes are stored, or who may read them.

use std::collections::HashSet;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::sniff;
use crate::guard::PlainText;

/// What is taken unless configured otherwise, under the names that are found by looking at the bytes.
pub const DEFAULT_TYPES: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/heif",
    "image/bmp",
    "image/tiff",
    "application/pdf",
    "text/plain",
    "application/zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "audio/mpeg",
    "audio/m4a",
    "audio/ogg",
    "audio/opus",
    "audio/x-wav",
    "audio/x-flac",
    "audio/aac",
    "video/mp4",
    "video/x-m4v",
    "video/webm",
    "video/quicktime",
];

/// Why an attachment was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentError {
    /// Not base64 in either alphabet.
    #[error("the file's data is not valid base64")]
    BadBase64,
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// More bytes than the bound.
    #[error("the file is larger than {max} bytes")]
    TooLarge {
        /// The bound.
        max: usize,
    },
    /// Not on the list.
    #[error("files of type {found} are not accepted here")]
    UnsupportedType {
        /// What the bytes are.
        found: String,
    },
}

impl AttachmentError {
    /// A short name for a metric's label.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::BadBase64 => "bad_base64",
            Self::Empty => "empty",
            Self::TooLarge { .. } => "too_large",
            Self::UnsupportedType { .. } => "unsupported_type",
        }
    }
}

/// A name that is no media type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a media type; expected `type/subtype`, as in `image/png`")]
pub struct InvalidMediaType(
    /// The name as it was given.
    pub String,
);

/// The media types that are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedTypes(HashSet<String>);

impl AllowedTypes {
    /// Takes names of the form `type/subtype` (RFC 9110 §8.3.1, without parameters), in any case.
    pub fn new<S: AsRef<str>>(types: impl IntoIterator<Item = S>) -> Result<Self, InvalidMediaType> {
        types
            .into_iter()
            .map(|name| {
                let name = name.as_ref();
                let lower = name.trim().to_ascii_lowercase();
                is_media_type(&lower).then_some(lower).ok_or_else(|| InvalidMediaType(name.to_owned()))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether this type is taken.
    pub fn contains(&self, media_type: &str) -> bool {
        self.0.contains(media_type)
    }
}

impl Default for AllowedTypes {
    fn default() -> Self {
        Self(DEFAULT_TYPES.iter().map(|&name| name.to_owned()).collect())
    }
}

fn is_media_type(name: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    name.len() <= 127 && name.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// An attachment that was decoded, measured and recognised. Only [`check`] makes it.
#[derive(Clone, Debug)]
pub struct Checked {
    name: PlainText,
    media_type: String,
    bytes: Bytes,
    sha256: [u8; 32],
}

impl Checked {
    /// As the sender named it, without path, markup and control characters.
    pub fn name(&self) -> &PlainText {
        &self.name
    }

    /// What the bytes are.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// The file itself.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The SHA-256 of the bytes.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
pub(super) const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
pub(super) const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Decodes base64 (RFC 4648 §4 or §5, padding optional), after a `data:` URL's head if there is one
/// (RFC 2397), with white space between the characters tolerated (RFC 2045 line ends). What would be
/// larger than `max_bytes` is refused before it is decoded.
pub fn decode(data: &str, max_bytes: usize) -> Result<Vec<u8>, AttachmentError> {
    let encoded = without_url_head(data)?;
    let spaces = encoded.bytes().filter(u8::is_ascii_whitespace).count();
    let padding =
        encoded.bytes().rev().filter(|b| !b.is_ascii_whitespace()).take_while(|&b| b == b'=').count();
    let digits = encoded.len() - spaces - padding;
    // Four digits are three bytes; what is left over of a group is one byte fewer than its digits.
    if digits / 4 * 3 + (digits % 4).saturating_sub(1) > max_bytes {
        return Err(AttachmentError::TooLarge { max: max_bytes });
    }
    let joined: String;
    let compact = if spaces == 0 {
        encoded
    } else {
        joined = encoded.split_ascii_whitespace().collect();
        &joined
    };
    let engine = if compact.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let bytes = engine.decode(compact).map_err(|_| AttachmentError::BadBase64)?;
    if bytes.is_empty() { Err(AttachmentError::Empty) } else { Ok(bytes) }
}

/// What follows `data:…;base64,`; all of it where there is no such head.
fn without_url_head(data: &str) -> Result<&str, AttachmentError> {
    let data = data.trim_ascii();
    if !data.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
        return Ok(data);
    }
    let (head, body) = data.split_once(',').ok_or(AttachmentError::BadBase64)?;
    let base64 = head.rsplit(';').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("base64"));
    if base64 { Ok(body) } else { Err(AttachmentError::BadBase64) }
}

/// Looks at a file's bytes: how many they are (at most `max_bytes`, at least one) and of which type. Of
/// its name, `name_chars` characters are kept.
pub fn check(
    name: &str,
    bytes: impl Into<Bytes>,
    allowed: &AllowedTypes,
    max_bytes: usize,
    name_chars: usize,
) -> Result<Checked, AttachmentError> {
    let bytes = bytes.into();
    if bytes.is_empty() {
        return Err(AttachmentError::Empty);
    }
    if bytes.len() > max_bytes {
        return Err(AttachmentError::TooLarge { max: max_bytes });
    }
    let found = sniff::media_type(&bytes);
    if !allowed.contains(found) {
        return Err(AttachmentError::UnsupportedType { found: found.to_owned() });
    }
    let sha256 = Sha256::digest(&bytes).into();
    Ok(Checked { name: PlainText::file_name(name, name_chars), media_type: found.to_owned(), bytes, sha256 })
}

/// A file that is looked at while it passes by, of which only the head is kept.
#[derive(Debug)]
pub struct Inspection {
    sniffer: sniff::Sniffer,
    sha256: Sha256,
    size: usize,
    max_bytes: usize,
}

/// A file that passed by whole, was measured and recognised. Only [`Inspection::finish`] makes it.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// As the sender named it, without path, markup and control characters.
    name: PlainText,
    media_type: &'static str,
    size: usize,
    sha256: [u8; 32],
}

impl Inspection {
    /// Of a file of at most `max_bytes`.
    pub fn new(max_bytes: usize) -> Self {
        Self { sniffer: sniff::Sniffer::default(), sha256: Sha256::new(), size: 0, max_bytes }
    }

    /// Whether so many more bytes would be too many.
    pub fn check_size(&self, more: usize) -> Result<(), AttachmentError> {
        if self.size.saturating_add(more) > self.max_bytes {
            return Err(AttachmentError::TooLarge { max: self.max_bytes });
        }
        Ok(())
    }

    /// Looks at the next piece; one with which the file is too large is not looked at.
    pub fn update(&mut self, piece: &[u8]) -> Result<(), AttachmentError> {
        self.check_size(piece.len())?;
        self.size = self.size.saturating_add(piece.len());
        self.sniffer.update(piece);
        self.sha256.update(piece);
        Ok(())
    }

    /// Decides on the whole, as [`check`] does. Of its name, `name_chars` characters are kept.
    pub fn finish(
        self,
        name: &str,
        allowed: &AllowedTypes,
        name_chars: usize,
    ) -> Result<Inspected, AttachmentError> {
        if self.size == 0 {
            return Err(AttachmentError::Empty);
        }
        let media_type = self.sniffer.media_type();
        if !allowed.contains(media_type) {
            return Err(AttachmentError::UnsupportedType { found: media_type.to_owned() });
        }
        let name = PlainText::file_name(name, name_chars);
        Ok(Inspected { name, media_type, size: self.size, sha256: self.sha256.finalize().into() })
    }
}

impl Inspected {
    /// As the sender named it.
    pub fn name(&self) -> &PlainText {
        &self.name
    }

    /// What the bytes are.
    pub fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// In bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The SHA-256 of the bytes.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

/// Whether a browser may show this type in place: raster images, audio and video. SVG, HTML, XML and
/// PDF can carry scripts and are only ever downloaded.
pub fn is_inline(media_type: &str) -> bool {
    match media_type.split_once('/') {
        Some(("audio" | "video", _)) => true,
        Some(("image", subtype)) => matches!(
            subtype,
            "png" | "jpeg" | "gif" | "webp" | "avif" | "heif" | "bmp" | "tiff" | "jxl" | "vnd.microsoft.icon"
        ),
        _ => false,
    }
}
