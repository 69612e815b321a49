//! No files of `src` import each other in a circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    assert_none,
    modules::{Modules, Reference, names_of},
    source::{File, sources},
};

/// Circles that are still to be broken. The list may only shrink.
const KNOWN: &[&[&str]] = &[
    &[
        "chat/connections/connection.rs",
        "chat/jobs/queue_feed.rs",
        "chat/publishing/commit_listeners.rs",
        "chat/publishing/publisher.rs",
        "chat/rooms/registry.rs",
        "chat/rooms/room.rs",
    ],
    &["chat/commands/content.rs", "chat/attachments/uploads.rs"],
];

/// Whether an import can be part of a circle. One of a module above never is: what a `mod.rs` declares or
/// passes on is for the files below it. One of another `mod.rs` counts if a `mod.rs` has it.
fn counts(reference: &Reference) -> bool {
    let is_mod = |path: &Path| path.file_name().is_some_and(|name| name == "mod.rs");
    let (from, to) = (names_of(&reference.from), names_of(&reference.to));
    if from.starts_with(&to) {
        return false;
    }
    !is_mod(&reference.to) || is_mod(&reference.from) && !to.starts_with(&from)
}

/// A set of files each of which reaches every other by imports.
type Circle = BTreeSet<String>;

/// The circles among these imports.
fn circles(references: &BTreeSet<Reference>) -> BTreeSet<Circle> {
    let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Reference { from, to, .. } in references.iter().filter(|it| counts(it)) {
        imports.entry(from.to_str().unwrap()).or_default().insert(to.to_str().unwrap());
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|file| (*file, reached_from(file, &imports))).collect();
    let mut found = BTreeSet::new();
    for (file, there) in &reached {
        let circle: Circle = there
            .iter()
            .filter(|other| reached.get(*other).is_some_and(|back| back.contains(file)))
            .map(|file| (*file).to_owned())
            .collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found
}

/// All files that `file` reaches by one import or more.
fn reached_from<'a>(file: &'a str, imports: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = vec![file];
    while let Some(file) = open.pop() {
        open.extend(imports.get(file).into_iter().flatten().filter(|to| reached.insert(**to)));
    }
    reached
}

/// How the circles that are there differ from those that are known.
fn violations(references: &BTreeSet<Reference>, known: &[&[&str]]) -> Vec<String> {
    let known: BTreeSet<Circle> =
        known.iter().map(|files| files.iter().map(|file| (*file).to_owned()).collect()).collect();
    let found = circles(references);
    let mut violations = Vec::new();
    for circle in found.difference(&known) {
        let contains = |path: &Path| circle.contains(path.to_str().unwrap());
        violations.push(format!("a circle of {} files, which is not in the list:", circle.len()));
        for reference in references.iter().filter(|it| counts(it) && contains(&it.from) && contains(&it.to)) {
            violations.push(format!("  {reference}"));
        }
    }
    for circle in known.difference(&found) {
        violations.push(format!("no such circle any more, take it out of the list: {circle:?}"));
    }
    violations
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    assert_none(&violations(&Modules::of(&sources()).references(), KNOWN));
}

mod the_checker {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let files = [&[("lib.rs", "")], files].concat();
        let files: Vec<File> = files.iter().map(|(path, text)| (path.into(), (*text).to_owned())).collect();
        let circles = circles(&Modules::of(&files).references());
        circles.into_iter().map(|circle| circle.into_iter().collect()).collect()
    }

    #[test]
    fn finds_circles_of_two_and_more_once_each() {
        let files = [
            ("chat/mod.rs", ""),
            ("chat/a.rs", "use super::b::B;"),
            ("chat/b.rs", "use super::c;"),
            ("chat/c.rs", "fn f() { crate::chat::a::g() }"),
            ("chat/d.rs", "use super::{a::A, e::E};"),
            ("chat/e.rs", "use super::d::D;"),
        ];
        assert_eq!(
            found(&files),
            [vec!["chat/a.rs", "chat/b.rs", "chat/c.rs"], vec!["chat/d.rs", "chat/e.rs"]]
        );
    }

    #[test]
    fn finds_circles_through_what_a_mod_passes_on() {
        let files = [
            ("chat/mod.rs", "pub use self::a::A; use b::B;"),
            ("chat/a.rs", "use super::B;"),
            ("chat/b.rs", "use crate::chat::A;"),
        ];
        assert_eq!(found(&files), [vec!["chat/a.rs", "chat/b.rs"]]);
    }

    #[test]
    fn takes_what_a_mod_has_for_those_below_it() {
        let files = [
            ("chat/mod.rs", "mod a; mod rooms; use self::{a::A, rooms::Room}; struct Chat;"),
            ("chat/a.rs", "use super::Chat;"),
            ("chat/rooms/mod.rs", "mod room; pub use room::Room; use super::Chat;"),
            ("chat/rooms/room.rs", "use crate::chat::Chat;"),
        ];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn finds_circles_between_the_mods_of_two_folders() {
        let files = [
            ("http/mod.rs", ""),
            ("http/a/mod.rs", "use crate::http::b::g; fn f() {}"),
            ("http/b/mod.rs", "fn g() { super::a::f() }"),
        ];
        assert_eq!(found(&files), [vec!["http/a/mod.rs", "http/b/mod.rs"]]);
    }

    #[test]
    fn leaves_unit_tests_out() {
        let files = [
            ("chat/mod.rs", ""),
            ("chat/a.rs", "use super::b::B;"),
            ("chat/b.rs", "#[cfg(test)]\nmod tests { use super::super::a::A; }"),
            ("chat/b_tests.rs", "use super::a::A;"),
        ];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn refuses_circles_that_are_new_other_or_gone() {
        let files =
            [("chat/mod.rs", ""), ("chat/a.rs", "use super::b::B;"), ("chat/b.rs", "\nuse super::a::A;")];
        let files = files.map(|(path, text)| (path.into(), text.to_owned()));
        let references = Modules::of(&files).references();
        assert_none(&violations(&references, &[&["chat/a.rs", "chat/b.rs"]]));
        assert_eq!(
            violations(&references, &[]),
            [
                "a circle of 2 files, which is not in the list:",
                "  src/chat/a.rs:1 imports src/chat/b.rs",
                "  src/chat/b.rs:2 imports src/chat/a.rs",
            ]
        );
        assert_eq!(violations(&references, &[&["chat/a.rs", "chat/b.rs", "chat/c.rs"]]).len(), 4);
        assert_eq!(violations(&BTreeSet::new(), &[&["chat/a.rs", "chat/b.rs"]]).len(), 1);
    }
}
