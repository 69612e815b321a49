//! Decodes attachments and determines their type.
//!
//! Owns base64 and infer, and the default list of types. The type comes from the bytes, never from the
//! sender. Does not know where files are stored, or which users may read them.

use std::collections::HashSet;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::sniff;
use crate::guard::PlainText;

/// Types accepted by default, under the names that detection returns.
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

/// Reason why an attachment is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentError {
    /// Data that is not base64, in the standard or the URL-safe alphabet.
    #[error("the file's data is not valid base64")]
    BadBase64,
    /// File without bytes.
    #[error("the file is empty")]
    Empty,
    /// File with more bytes than the bound.
    #[error("the file is larger than {max} bytes")]
    TooLarge {
        /// Bound in bytes.
        max: usize,
    },
    /// File of a type that is not allowed.
    #[error("files of type {found} are not accepted here")]
    UnsupportedType {
        /// Detected media type.
        found: String,
    },
}

impl AttachmentError {
    /// Label of the refusal in metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::BadBase64 => "bad_base64",
            Self::Empty => "empty",
            Self::TooLarge { .. } => "too_large",
            Self::UnsupportedType { .. } => "unsupported_type",
        }
    }
}

/// Name that is not a media type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a media type; expected `type/subtype`, as in `image/png`")]
pub struct InvalidMediaType(
    /// Refused name.
    pub String,
);

/// Media types that attachments may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedTypes(HashSet<String>);

impl AllowedTypes {
    /// Parses names of the form `type/subtype` (RFC 9110 §8.3.1, without parameters), in any case.
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

    /// Returns `true` if the type is allowed.
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

/// Attachment that was decoded, measured and recognised. Only [`check`] creates it.
#[derive(Clone, Debug)]
pub struct Checked {
    name: PlainText,
    media_type: String,
    bytes: Bytes,
    sha256: [u8; 32],
}

impl Checked {
    /// File name given by the sender, without path, markup and control characters.
    pub fn name(&self) -> &PlainText {
        &self.name
    }

    /// Detected media type.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Content of the file.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// SHA-256 of the content.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
pub(super) const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
pub(super) const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Decodes base64 (RFC 4648 §4 or §5, padding optional), with or without the head of a `data:` URL (RFC
/// 2397). White space is ignored (RFC 2045). Data for more than `max_bytes` is refused before decoding.
pub fn decode(data: &str, max_bytes: usize) -> Result<Vec<u8>, AttachmentError> {
    let encoded = without_url_head(data)?;
    let spaces = encoded.bytes().filter(u8::is_ascii_whitespace).count();
    let padding =
        encoded.bytes().rev().filter(|b| !b.is_ascii_whitespace()).take_while(|&b| b == b'=').count();
    let digits = encoded.len() - spaces - padding;
    // Four digits are three bytes. A rest of n digits is n - 1 bytes.
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

/// Text after `data:…;base64,`, or all of it without such a head.
fn without_url_head(data: &str) -> Result<&str, AttachmentError> {
    let data = data.trim_ascii();
    if !data.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
        return Ok(data);
    }
    let (head, body) = data.split_once(',').ok_or(AttachmentError::BadBase64)?;
    let base64 = head.rsplit(';').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("base64"));
    if base64 { Ok(body) } else { Err(AttachmentError::BadBase64) }
}

/// Checks size (1 to `max_bytes`) and type of a file. The name is cut to `name_chars` characters.
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

/// Inspection of a file in pieces, of which only the head is kept.
#[derive(Debug)]
pub struct Inspection {
    sniffer: sniff::Sniffer,
    sha256: Sha256,
    size: usize,
    max_bytes: usize,
}

/// File that was measured and recognised in pieces. Only [`Inspection::finish`] creates it.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// File name without path, markup and control characters.
    name: PlainText,
    media_type: &'static str,
    size: usize,
    sha256: [u8; 32],
}

impl Inspection {
    /// Starts the inspection of a file of at most `max_bytes`.
    pub fn new(max_bytes: usize) -> Self {
        Self { sniffer: sniff::Sniffer::default(), sha256: Sha256::new(), size: 0, max_bytes }
    }

    /// Refuses `more` further bytes if they exceed the bound.
    pub fn check_size(&self, more: usize) -> Result<(), AttachmentError> {
        if self.size.saturating_add(more) > self.max_bytes {
            return Err(AttachmentError::TooLarge { max: self.max_bytes });
        }
        Ok(())
    }

    /// Inspects the next piece. A piece that exceeds the bound is refused before it is inspected.
    pub fn update(&mut self, piece: &[u8]) -> Result<(), AttachmentError> {
        self.check_size(piece.len())?;
        self.size = self.size.saturating_add(piece.len());
        self.sniffer.update(piece);
        self.sha256.update(piece);
        Ok(())
    }

    /// Checks size and type of the whole file, like [`check`]. The name is cut to `name_chars` characters.
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
    /// File name given by the sender, without path, markup and control characters.
    pub fn name(&self) -> &PlainText {
        &self.name
    }

    /// Detected media type.
    pub fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// Size in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// SHA-256 of the content.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

/// Returns `true` for types that a browser may show in place: raster images, audio and video. SVG, HTML, XML
/// and PDF can contain scripts and are only downloaded.
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
