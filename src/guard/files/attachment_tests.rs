//! Tests of decoding, type detection and refusals of attachments.

use base64::Engine as _;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::attachment::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

fn found(bytes: &[u8]) -> String {
    match check("f", bytes.to_vec(), &AllowedTypes::default(), 1_000, 100) {
        Ok(checked) => checked.media_type().to_owned(),
        Err(AttachmentError::UnsupportedType { found }) => format!("refused {found}"),
        Err(other) => other.to_string(),
    }
}

#[test]
fn base64_is_read_in_both_alphabets_with_and_without_padding() {
    let bytes = [0xfb, 0xff, 0xfe, 0x01];
    for data in [
        "+//+AQ==",
        "+//+AQ",
        "-__-AQ==",
        "-__-AQ",
        " +//+AQ==\n",
        "+//+\r\nAQ=\t=",
        "data:image/png;base64,+//+AQ==",
        "DATA:;name=x;BASE64,-__-AQ",
        "data:text/plain;charset=utf-8;base64,+//+AQ",
    ] {
        assert_eq!(decode(data, 4).unwrap(), bytes, "{data}");
    }
}

#[test]
fn what_is_not_base64_is_refused() {
    for data in ["a", "ab!c", "+_AA", "====A", "data:text/plain,hello", "data:", "data:;base64", "é"] {
        assert_eq!(decode(data, 100), Err(AttachmentError::BadBase64), "{data}");
    }
    for data in ["", "  \n", "data:;base64,"] {
        assert_eq!(decode(data, 100), Err(AttachmentError::Empty), "{data:?}");
    }
}

#[test]
fn the_bound_holds_to_the_byte_and_before_decoding() {
    assert_eq!(decode("QUJD", 3).unwrap(), b"ABC");
    assert_eq!(decode("QUJDRA==", 3), Err(AttachmentError::TooLarge { max: 3 }));
    assert_eq!(decode("QUJDRA", 3), Err(AttachmentError::TooLarge { max: 3 }));
    assert_eq!(decode("QUJDRA==", 4).unwrap(), b"ABCD");
    assert_eq!(decode(&"!".repeat(100), 3), Err(AttachmentError::TooLarge { max: 3 }), "not even looked at");
    assert_eq!(
        check("f", vec![b'x'; 4], &AllowedTypes::default(), 3, 100).unwrap_err(),
        AttachmentError::TooLarge { max: 3 }
    );
    assert_eq!(check("f", Vec::new(), &AllowedTypes::default(), 3, 100).unwrap_err(), AttachmentError::Empty);
}

#[test]
fn the_bytes_decide_the_type() {
    let tiff = b"II*\0\x08\0\0\0\x0e\0\0\x01";
    for (bytes, expected) in [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01\0\x01\0", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "image/bmp"),
        (tiff, "image/tiff"),
        (b"%PDF-1.7\nplain", "application/pdf"),
        (b"PK\x03\x04\x14\0\0\0\0\0", "application/zip"),
        (b"ID3\x03\0\0\0\0\0\0", "audio/mpeg"),
        (b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x1e\x01vorbis", "audio/ogg"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/x-wav"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isom", "video/mp4"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0isom", "audio/m4a"),
        ("Grüße,\nAda".as_bytes(), "text/plain"),
        (b"BMW broke down", "text/plain"),
        (b"ID3 is a tag", "text/plain"),
        (b"MZ is how programs start", "text/plain"),
        (b"a < b and {\"json\": true}", "text/plain"),
        (b"<3", "text/plain"),
        (b"<project> started", "text/plain"),
    ] {
        assert_eq!(found(bytes), expected, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn what_can_act_or_is_unknown_is_refused_by_what_it_is() {
    for (bytes, expected) in [
        (b"<svg xmlns='x' onload='alert(1)'/>" as &[u8], "image/svg+xml"),
        (b"\xef\xbb\xbf \n<SVG>", "image/svg+xml"),
        (b"<?xml version='1.0'?><svg/>", "image/svg+xml"),
        (b"<!-- x --> <svg>", "image/svg+xml"),
        (b"<?xml version='1.0'?><a/>", "text/xml"),
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"\n\t <html\n>", "text/html"),
        (b"\xef\xbb\xbf<script>alert(1)</script>", "text/html"),
        (b"<script\n>alert(1)</script>", "text/html"),
        (b"<!-- only a comment -->", "text/html"),
        (b"#!/bin/sh\nrm -rf /", "text/x-shellscript"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "application/x-executable"),
        (b"MZ\x90\0\x03\0", "application/vnd.microsoft.portable-executable"),
        (b"text with a \0 in it", "application/octet-stream"),
        (b"caf\xe9", "application/octet-stream"),
    ] {
        assert_eq!(found(bytes), format!("refused {expected}"), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn the_list_is_a_setting_and_names_what_it_cannot_read() {
    let allowed = AllowedTypes::new(["Image/SVG+xml ", "application/octet-stream"]).unwrap();
    assert_eq!(check("x", b"<svg/>".to_vec(), &allowed, 10, 100).unwrap().media_type(), "image/svg+xml");
    assert!(check("x", PNG.to_vec(), &allowed, 100, 100).is_err());
    for bad in ["png", "image/", "/png", "image/*x y", "", "image/png/x", "text/plain; charset=utf-8"] {
        let error = AllowedTypes::new(["image/png", bad]).unwrap_err();
        assert_eq!(error.0, bad);
    }
}

#[test]
fn every_default_type_is_a_name_that_can_be_found() {
    let allowed = AllowedTypes::new(DEFAULT_TYPES).unwrap();
    assert_eq!(allowed, AllowedTypes::default());
    for name in DEFAULT_TYPES {
        assert!(*name == "text/plain" || infer::is_mime_supported(name), "{name}");
    }
}

#[test]
fn only_raster_images_audio_and_video_are_shown_in_place() {
    for inline in ["image/png", "image/webp", "audio/mpeg", "video/webm"] {
        assert!(is_inline(inline), "{inline}");
    }
    for download in [
        "image/svg+xml",
        "text/html",
        "application/pdf",
        "text/plain",
        "application/zip",
        "image/x-unknown",
        "",
    ] {
        assert!(!is_inline(download), "{download}");
    }
}

#[test]
fn a_checked_file_carries_a_safe_name_and_its_digest() {
    let checked = check("../<b>x</b>\u{202e}.png", PNG.to_vec(), &AllowedTypes::default(), 100, 100).unwrap();
    assert_eq!(checked.name().as_str(), "x.png");
    assert_eq!(checked.bytes(), PNG);
    assert_eq!(hex::encode(checked.sha256()), hex::encode(Sha256::digest(PNG)));
}

#[test]
fn refusals_help() {
    let error = AttachmentError::UnsupportedType { found: "text/html".into() };
    assert_eq!(error.to_string(), "files of type text/html are not accepted here");
    assert_eq!(error.reason(), "unsupported_type");
}

proptest! {
    #[test]
    fn every_file_survives_the_way_through_base64(bytes in prop::collection::vec(any::<u8>(), 1..200)) {
        for engine in [&STANDARD, &URL_SAFE] {
            prop_assert_eq!(&decode(&engine.encode(&bytes), bytes.len()).unwrap(), &bytes);
            prop_assert!(decode(&engine.encode(&bytes), bytes.len() - 1).is_err());
        }
    }

    #[test]
    fn no_bytes_make_the_sniffer_panic(
        magic in prop::sample::select(vec![
            b"".as_slice(), b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"RIFF", b"\0\0\0\x18ftyp", b"MZ", b"\x7fELF",
            b"\x1aE\xdf\xa3", b"OggS", b"<!--", b"<?xml", b"\xfe\xff", b"BM", b"%PDF", b"Rar!\x1a\x07", b"!<arch>",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let _ = super::sniff::media_type(&[magic, rest.as_slice()].concat());
    }

    #[test]
    fn decoding_any_text_gives_at_most_the_bound(data in "\\PC{0,60}", max in 0_usize..40) {
        if let Ok(bytes) = decode(&data, max) {
            prop_assert!(bytes.len() <= max);
        }
    }
}

proptest! {
    #[test]
    fn a_file_in_pieces_is_judged_like_a_whole_one(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "[a-z <>!ü\u{0}-]{0,30}".prop_map(String::into_bytes),
            Just(PNG.to_vec()),
        ],
        size in 1_usize..20,
    ) {
        let (types, max) = (AllowedTypes::default(), 50);
        let whole = check("a/b.png", bytes.clone(), &types, max, 100);
        let mut inspection = Inspection::new(max);
        let passed = bytes.chunks(size).try_for_each(|piece| inspection.update(piece));
        let pieces = passed.and_then(|()| inspection.finish("a/b.png", &types, 100));
        match (whole, pieces) {
            (Ok(whole), Ok(pieces)) => {
                prop_assert_eq!(whole.name(), pieces.name());
                prop_assert_eq!(whole.media_type(), pieces.media_type());
                prop_assert_eq!(whole.sha256(), pieces.sha256());
                prop_assert_eq!(bytes.len(), pieces.size());
            }
            (Err(whole), Err(pieces)) => prop_assert_eq!(whole, pieces),
            (whole, pieces) => prop_assert!(false, "{whole:?} but {pieces:?}"),
        }
    }
}
