//! The floors of `src/lib.rs`, held: who may import whom, and which library stays in which folder.
//!
//! Reads the source as text, without its comments, strings and unit tests' use of libraries; a path that
//! only a macro makes is not seen.
#![expect(clippy::unwrap_used, reason = "a test's helpers may panic")]

mod circles;
mod folders;
mod modules;
mod source;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use source::{File, code, is_unit_test, is_word, line_of, root, sources, without_tests, words};

/// Which libraries are used in one folder only.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("store", &["diesel", "diesel_migrations", "r2d2", "libsqlite3_sys", "pq_sys"]),
    ("blobs", &["object_store"]),
    ("auth", &["jsonwebtoken"]),
    ("chat", &["reqwest", "standardwebhooks"]),
    ("guard", &["ammonia", "base64", "emojis", "governor", "infer"]),
];

const MAX_LINES: usize = 500;
const MAX_MAIN_LINES: usize = 40;

/// The table in the crate's documentation: modules and their floors.
fn floors(lib: &str) -> BTreeMap<String, u32> {
    let mut floors = BTreeMap::new();
    for row in lib.lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let Some((floor, modules)) = row.split_once(" | ") else { continue };
        let Ok(floor) = floor.parse() else { continue };
        let modules = modules.split("[`").skip(1).filter_map(|rest| rest.split_once("`]"));
        floors.extend(modules.map(|(module, _)| (module.to_owned(), floor)));
    }
    floors
}

/// The module of the crate's root that a file is part of.
fn module_of(path: &Path) -> &str {
    let first = path.iter().next().unwrap().to_str().unwrap();
    first.strip_suffix(".rs").unwrap_or(first)
}

fn word_at(code: &str, at: usize) -> &str {
    let rest = code[at..].trim_start();
    &rest[..rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len())]
}

/// The modules that `crate::…` names, in `use` (groups as well) and anywhere else, with their lines.
fn references(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in words(code, "crate") {
        let Some(path) = code[at + "crate".len()..].trim_start().strip_prefix("::") else { continue };
        let path = path.trim_start();
        let start = code.len() - path.len();
        match path.strip_prefix('{') {
            None => found.push((line_of(code, at), word_at(code, start).to_owned())),
            Some(_) => found.extend(group(code, start)),
        }
    }
    found
}

/// The first words of the members of the group that opens at `start`.
fn group(code: &str, start: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    for (offset, c) in code[start..].char_indices() {
        let at = start + offset;
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        let opens_member = depth == 1 && matches!(c, '{' | ',');
        let word = word_at(code, at + 1);
        if opens_member && !word.is_empty() {
            let gap = code[at + 1..].len() - code[at + 1..].trim_start().len();
            found.push((line_of(code, at + 1 + gap), word.to_owned()));
        }
    }
    found
}

/// Every import that goes up or sideways.
fn floor_violations(files: &[File], floors: &BTreeMap<String, u32>) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, text) in files {
        let from = module_of(path);
        if matches!(from, "lib" | "main") {
            continue;
        }
        let Some(floor) = floors.get(from) else {
            violations.push(format!("src/{}: `{from}` has no floor in src/lib.rs", path.display()));
            continue;
        };
        for (line, to) in references(&code(text)) {
            let place = format!("src/{}:{line}", path.display());
            match floors.get(&to) {
                _ if to == from => {}
                Some(below) if below < floor => {}
                Some(above) => violations.push(format!(
                    "{place}: `{from}` (floor {floor}) must not import `{to}` (floor {above})"
                )),
                None => violations.push(format!("{place}: `crate::{to}` has no floor in src/lib.rs")),
            }
        }
    }
    violations
}

/// Every use of a library outside its folder. Unit tests may check one with another.
fn library_violations(files: &[File]) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, text) in files {
        if is_unit_test(path) {
            continue;
        }
        let code = without_tests(&code(text));
        for (home, libraries) in LIBRARIES.iter().filter(|(home, _)| *home != module_of(path)) {
            for library in *libraries {
                for at in words(&code, library) {
                    let is_path = code[at + library.len()..].trim_start().starts_with("::");
                    let is_use = code[..at].trim_end().ends_with("use") || code[..at].ends_with("#[");
                    if is_path || is_use {
                        let line = line_of(&code, at);
                        violations.push(format!(
                            "src/{}:{line}: `{library}` belongs in src/{home}",
                            path.display()
                        ));
                    }
                }
            }
        }
    }
    violations
}

/// Files without an introduction, and long ones.
fn form_violations(files: &[File]) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, text) in files {
        let (name, lines) = (path.display(), text.lines().count());
        if !text.starts_with("//! ") {
            violations.push(format!("src/{name}: does not say what it owns in `//!`"));
        }
        let max = if module_of(path) == "main" { MAX_MAIN_LINES } else { MAX_LINES };
        if lines > max {
            violations.push(format!("src/{name}: {lines} lines, more than {max}"));
        }
    }
    violations
}

/// The names of migrations of a backend, each of which has both directions.
fn migrations(backend: &str) -> Vec<String> {
    let folder = root().join("migrations").join(backend);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        for direction in ["up.sql", "down.sql"] {
            assert!(path.join(direction).is_file(), "{} has no {direction}", path.display());
        }
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    names
}

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn no_module_imports_one_of_its_floor_or_above() {
    let files = sources();
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    assert_none(&floor_violations(&files, &floors(&lib)));
}

#[test]
fn every_module_of_the_crate_has_a_floor_and_every_floor_a_module() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut modules: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")).collect();
    modules.sort_unstable();
    let listed: Vec<String> = floors(&lib).into_keys().map(|module| module + ";").collect();
    assert_eq!(modules, listed);
    assert_eq!(
        lib.lines().filter(|line| line.contains("mod ") && line.ends_with(';')).count(),
        modules.len()
    );
}

#[test]
fn each_library_stays_in_its_folder() {
    assert_none(&library_violations(&sources()));
}

#[test]
fn every_file_says_what_it_owns_and_none_is_too_long() {
    assert_none(&form_violations(&sources()));
}

#[test]
fn both_databases_have_the_same_migrations_in_both_directions() {
    let names = migrations("sqlite");
    assert!(!names.is_empty());
    assert_eq!(names, migrations("postgres"));
}

mod the_checker {
    use super::*;

    fn sample(path: &str, text: &str) -> Vec<File> {
        vec![(PathBuf::from(path), text.to_owned())]
    }

    fn four_floors() -> BTreeMap<String, u32> {
        floors(
            "//! | floor | modules |\n//! |---|---|\n//! | 3 | [`app`] |\n//! | 2 | [`ws`], [`http`] |\n\
             //! | 1 | [`chat`] |\n//! | 0 | [`domain`] |\n",
        )
    }

    #[test]
    fn reads_the_floors_from_the_table() {
        let floors = four_floors();
        assert_eq!(floors.len(), 5);
        assert_eq!((floors["app"], floors["http"], floors["domain"]), (3, 2, 0));
    }

    #[test]
    fn finds_what_goes_up_or_sideways_wherever_it_stands() {
        for (bad, line) in [
            ("use crate::app::App;", 1),
            ("\nuse crate::http;", 2),
            ("use crate::{\n    domain::{Role, app},\n    app::{self, App},\n};", 3),
            ("use crate::{chat, http};", 1),
            ("fn f() {\n    crate :: http :: g();\n}", 2),
            ("pub(in crate::app) fn f() {}", 1),
            ("type T = Vec<crate::app::App>;", 1),
        ] {
            let found = floor_violations(&sample("ws/session.rs", bad), &four_floors());
            let [found] = found.as_slice() else { panic!("{bad}: {found:?}") };
            assert!(found.starts_with(&format!("src/ws/session.rs:{line}: ")), "{bad}: {found}");
        }
    }

    #[test]
    fn takes_what_goes_down_or_stays() {
        let good = "use crate::{\n    chat::{app::X, http},\n    domain::Role,\n};\nuse crate::ws::body;\n\
                    // use crate::app;\n/* crate::app */ const A: &str = \"crate::app\\\" crate::http\";\n\
                    const B: &str = r#\"crate::\"app\"#; const C: char = '\"'; fn f<'a>(_: &'a str) {}\n\
                    const D: char = '\\''; pub(crate) fn g() {} // crate::http";
        assert_none(&floor_violations(&sample("ws/session.rs", good), &four_floors()));
    }

    #[test]
    fn knows_no_module_without_a_floor() {
        let found = floor_violations(&sample("ws.rs", "use crate::misc;"), &four_floors());
        assert_eq!(found, ["src/ws.rs:1: `crate::misc` has no floor in src/lib.rs"]);
        assert_eq!(floor_violations(&sample("misc/mod.rs", ""), &four_floors()).len(), 1);
    }

    #[test]
    fn finds_a_library_outside_its_folder() {
        for bad in ["use diesel;", "use diesel::prelude::*;", "fn f() { diesel ::insert(); }", "#[diesel(x)]"]
        {
            let found = library_violations(&sample("chat/mod.rs", bad));
            assert_eq!(found, ["src/chat/mod.rs:1: `diesel` belongs in src/store"], "{bad}");
        }
        assert_none(&library_violations(&sample("store/mod.rs", "use diesel::prelude::*;")));
        let fine =
            "// diesel::x\nlet diesel = 1;\n#[cfg(test)]\nmod tests {\n use base64::Engine;\n fn f() {} }";
        assert_none(&library_violations(&sample("chat/mod.rs", fine)));
        let after = format!("{fine}\nuse base64::Engine;");
        assert_eq!(
            library_violations(&sample("chat/mod.rs", &after)),
            ["src/chat/mod.rs:7: `base64` belongs in src/guard"]
        );
    }

    #[test]
    fn finds_files_without_introduction_and_long_ones() {
        assert_eq!(form_violations(&sample("chat/mod.rs", "use x;")).len(), 1);
        assert_eq!(form_violations(&sample("chat/mod.rs", &format!("//! x{}", "\n//".repeat(500)))).len(), 1);
        assert_eq!(form_violations(&sample("main.rs", &format!("//! x{}", "\n//".repeat(40)))).len(), 1);
        assert_none(&form_violations(&sample("chat/mod.rs", &format!("//! x{}", "\n//".repeat(499)))));
    }
}
