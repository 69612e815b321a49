//! The order of folders inside a floor, and the one style of modules.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    assert_none,
    modules::{Modules, Reference},
    source::{File, code, sources},
};

/// The folders of a floor, lowest first. The floor's `mod.rs` is above them, but its types are for all.
const ORDER: &[(&str, &[&str])] = &[("store", &["db", "search", "read", "changes", "writer"])];

/// Files whose modules are not in the one style yet. The list may only shrink.
const KNOWN: &[&str] = &[];

/// How high a file stands in its floor, if it is in one of the folders that have an order.
fn rank(path: &Path) -> Option<(&'static str, usize)> {
    let (floor, folders) = ORDER.iter().find(|(floor, _)| path.starts_with(floor))?;
    let below = path.strip_prefix(floor).unwrap();
    let rank = folders.iter().position(|folder| below.starts_with(folder))?;
    Some((floor, rank))
}

/// Every import of a folder that stands higher in the same floor.
fn order_violations(references: &BTreeSet<Reference>) -> Vec<String> {
    let goes_up = |reference: &&Reference| {
        let (from, to) = (rank(&reference.from), rank(&reference.to));
        from.zip(to).is_some_and(|((floor, low), (other, high))| floor == other && high > low)
    };
    references.iter().filter(goes_up).map(|it| format!("{it}, which stands higher")).collect()
}

/// What is wrong with the modules of each file: `x/mod.rs` is the only form, and none has its file elsewhere.
fn style_faults(files: &[File]) -> BTreeMap<&str, &'static str> {
    let mut faults = BTreeMap::new();
    for (path, text) in files {
        let name = path.to_str().unwrap();
        let folder = path.with_extension("");
        if code(text).contains("#[path") {
            faults.insert(name, "has a module whose file has another name");
        }
        if files.iter().any(|(other, _)| other.parent() == Some(&folder)) {
            faults.insert(name, "stands beside the folder of its name, whose mod.rs it should be");
        }
    }
    faults
}

/// How the faults that are there differ from those that are known.
fn style_violations(files: &[File], known: &[&str]) -> Vec<String> {
    let faults = style_faults(files);
    let new = faults.iter().filter(|(name, _)| !known.contains(name));
    let mut violations: Vec<String> = new.map(|(name, fault)| format!("src/{name} {fault}")).collect();
    let gone = known.iter().filter(|name| !faults.contains_key(**name));
    violations.extend(gone.map(|name| format!("src/{name} is in order, take it out of the list")));
    violations
}

#[test]
fn no_folder_imports_one_that_stands_higher_in_its_floor() {
    assert_none(&order_violations(&Modules::of(&sources()).references()));
}

#[test]
fn modules_have_one_style() {
    assert_none(&style_violations(&sources(), KNOWN));
}

mod the_checker {
    use super::*;

    fn sample(files: &[(&str, &str)]) -> Vec<File> {
        files.iter().map(|(path, text)| (path.into(), (*text).to_owned())).collect()
    }

    #[test]
    fn finds_what_goes_up_in_a_floor() {
        let files = sample(&[
            ("lib.rs", ""),
            ("store/mod.rs", "mod error; pub use self::{read::History, writer::Writer}; struct Store;"),
            ("store/error.rs", ""),
            ("store/db/mod.rs", ""),
            ("store/db/rows.rs", "use crate::store::{Store, error::StoreError, read};"),
            ("store/read/mod.rs", "use super::db::rows::Row;"),
            ("store/changes/mod.rs", "use super::{db, Writer};"),
            ("store/writer/mod.rs", "use super::{History, changes::Tx};"),
        ]);
        assert_eq!(
            order_violations(&Modules::of(&files).references()),
            [
                "src/store/changes/mod.rs:1 imports src/store/writer/mod.rs, which stands higher",
                "src/store/db/rows.rs:1 imports src/store/read/mod.rs, which stands higher",
            ]
        );
    }

    #[test]
    fn finds_modules_of_another_style() {
        let files = sample(&[
            ("a/mod.rs", "// #[path]"),
            ("a/b.rs", ""),
            ("a/b/c.rs", ""),
            ("a/d.rs", "#[path = \"e.rs\"]\nmod d;"),
        ]);
        let names: Vec<&str> = style_faults(&files).into_keys().collect();
        assert_eq!(names, ["a/b.rs", "a/d.rs"]);
        assert_none(&style_violations(&files, &["a/b.rs", "a/d.rs"]));
        assert_eq!(style_violations(&files, &["a/b.rs"]).len(), 1);
        assert_eq!(
            style_violations(&files, &["a/b.rs", "a/d.rs", "a/mod.rs"]),
            ["src/a/mod.rs is in order, take it out of the list"]
        );
    }
}
