//! The files of `src` as text: without comments and strings, without unit tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of `src`: its path below it, and its text.
pub(crate) type File = (PathBuf, String);

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn sources() -> Vec<File> {
    let src = root().join("src");
    let mut files = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(&src).unwrap().to_owned(), text));
            }
        }
    }
    files.sort();
    assert!(files.len() > 50, "the sources were not found");
    files
}

/// The same text with comments and the contents of strings blanked, so that lines stay where they are.
pub(crate) fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = end_of_text(bytes, at);
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    String::from_utf8(out).unwrap()
}

/// Where the comment or literal that begins at `at` ends; `at` if none does.
fn end_of_text(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let find = |needle: &[u8], from: usize| {
        let found = rest.get(from..).and_then(|rest| rest.windows(needle.len()).position(|it| it == needle));
        found.map_or(bytes.len(), |found| at + from + found + needle.len())
    };
    if rest.starts_with(b"//") {
        return find(b"\n", 0);
    }
    if rest.starts_with(b"/*") {
        return find(b"*/", 2);
    }
    let in_word = at > 0 && is_word(bytes[at - 1]);
    let hashes = rest.iter().skip(1).take_while(|byte| **byte == b'#').count();
    if rest[0] == b'r' && !in_word && rest.get(1 + hashes) == Some(&b'"') {
        let end = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
        return find(&end, 2 + hashes);
    }
    if rest[0] == b'"' {
        return end_of_quoted(bytes, at);
    }
    // A lifetime has no quote behind it.
    match rest {
        [b'\'', b'\\', ..] => find(b"'", 3),
        [b'\'', _, b'\'', ..] => at + 3,
        _ => at,
    }
}

fn end_of_quoted(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The code without `#[cfg(test)] mod … { … }`.
pub(crate) fn without_tests(code: &str) -> String {
    let Some(start) = code.find("#[cfg(test)]\nmod ") else { return code.to_owned() };
    let opened = code[start..].find(['{', ';']).map_or(code.len(), |found| start + found);
    let mut depth = 0_usize;
    let end = code[opened..].find(|c| {
        depth = if c == '{' { depth + 1 } else { depth - usize::from(c == '}') };
        depth == 0
    });
    let end = end.map_or(code.len(), |end| opened + end + 1);
    let blank: String = code[start..end].chars().map(|c| if c == '\n' { c } else { ' ' }).collect();
    without_tests(&[&code[..start], &blank, &code[end..]].concat())
}

pub(crate) fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

/// The places where a word stands by itself.
pub(crate) fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = code.as_bytes();
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = at.checked_sub(1).is_some_and(|before| is_word(bytes[before]));
        !before && !bytes.get(at + word.len()).is_some_and(|byte| is_word(*byte))
    })
}

/// Whether a file is nothing but unit tests.
pub(crate) fn is_unit_test(path: &Path) -> bool {
    let name = path.to_str().unwrap();
    name.ends_with("tests.rs") || name.contains("/tests/")
}
