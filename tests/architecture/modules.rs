//! The tree of modules, and which file each path in the code leads to.
//!
//! Follows `use` declarations, so that a name which a `mod.rs` only passes on leads to the file that has
//! it. A name behind `use …::*` stays with the module that passes it on.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
};

use crate::source::{File, code, is_unit_test, is_word, line_of, without_tests, words};

/// The names of a path; the crate's root is the empty one.
pub(crate) type Names = Vec<String>;

/// One module: a file of `src`.
struct Module {
    file: PathBuf,
    code: String,
    /// Names that `use` brings in, with the path of each as it is written.
    imports: BTreeMap<String, Names>,
}

/// All modules of the crate besides unit tests.
pub(crate) struct Modules {
    modules: BTreeMap<Names, Module>,
}

/// A path in the code, and the file in which the thing it names stands.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Reference {
    pub(crate) from: PathBuf,
    pub(crate) line: usize,
    pub(crate) to: PathBuf,
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "src/{}:{} imports src/{}", self.from.display(), self.line, self.to.display())
    }
}

impl Modules {
    pub(crate) fn of(files: &[File]) -> Self {
        let sources = files.iter().filter(|(path, _)| !is_unit_test(path));
        let modules = sources.map(|(path, text)| {
            let code = without_tests(&code(text));
            let imports = imports(&code);
            (names_of(path), Module { file: path.clone(), code, imports })
        });
        Self { modules: modules.collect() }
    }

    /// Everything that files take from others.
    pub(crate) fn references(&self) -> BTreeSet<Reference> {
        let mut found = BTreeSet::new();
        for (here, module) in &self.modules {
            for (line, path) in paths(&module.code) {
                let Some(to) = self.home(here, &path, &mut BTreeSet::new()) else { continue };
                if to != module.file {
                    found.insert(Reference { from: module.file.clone(), line, to: to.to_owned() });
                }
            }
        }
        found
    }

    /// The file of what a path in the module `here` names; `None` for what is of another crate.
    fn home(&self, here: &Names, path: &[String], seen: &mut BTreeSet<(Names, String)>) -> Option<&Path> {
        let mut at = here.clone();
        let mut rest = path;
        let mut is_anchored = false;
        while let [first, more @ ..] = rest {
            match first.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()?),
                _ => break,
            }
            is_anchored = true;
            rest = more;
        }
        loop {
            let module = self.modules.get(&at)?;
            let Some((first, more)) = rest.split_first() else { return Some(&module.file) };
            at.push(first.clone());
            if self.modules.contains_key(&at) {
                is_anchored = true;
                rest = more;
                continue;
            }
            at.pop();
            // What is imported in the file itself counts where it is imported.
            if is_anchored
                && let Some(import) = module.imports.get(first)
                && seen.insert((at.clone(), first.clone()))
            {
                let path: Names = import.iter().chain(more).cloned().collect();
                return Some(self.home(&at, &path, seen).unwrap_or(&module.file));
            }
            return is_anchored.then_some(&module.file);
        }
    }
}

/// `["chat", "rooms"]` for `chat/rooms.rs` and `chat/rooms/mod.rs`.
pub(crate) fn names_of(path: &Path) -> Names {
    let path = path.with_extension("");
    let names = path.iter().map(|name| name.to_str().unwrap().to_owned());
    let mut names: Names = names.collect();
    if matches!(names.last().map(String::as_str), Some("mod" | "lib")) {
        names.pop();
    }
    names
}

/// The names that `use` declarations of a file bring in.
fn imports(code: &str) -> BTreeMap<String, Names> {
    let mut imports = BTreeMap::new();
    for at in words(code, "use") {
        let end = code[at..].find(';').map_or(code.len(), |end| at + end);
        let mut found = Vec::new();
        Tree { code: &code[..end], is_use: true, leaves: &mut found }.read(at + "use".len(), &Names::new());
        imports.extend(found.into_iter().filter_map(|leaf| Some((leaf.name?, leaf.path))));
    }
    imports
}

/// All paths of a file, those of `use` without their groups.
fn paths(code: &str) -> Vec<(usize, Names)> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < code.len() {
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let before = code[..at].trim_end();
        let mut leaves = Vec::new();
        let is_use = before.ends_with("use");
        let end = Tree { code, is_use, leaves: &mut leaves }.read(at, &Names::new());
        // What follows a value or a type does not begin at a module.
        let goes_on = before.ends_with("::") || before.ends_with('.') && !before.ends_with("..");
        if !goes_on {
            let leaves = leaves.into_iter().filter(|leaf| leaf.path.len() > 1);
            found.extend(leaves.map(|leaf| (line_of(code, leaf.at), leaf.path)));
        }
        at = end.max(at + 1);
    }
    found
}

/// One path of a tree of paths, and the name under which `use` makes it known.
struct Leaf {
    at: usize,
    path: Names,
    name: Option<String>,
}

/// Reads `a::{b, c::d as e}`.
struct Tree<'a> {
    code: &'a str,
    /// `as` gives another name; elsewhere it converts a value.
    is_use: bool,
    leaves: &'a mut Vec<Leaf>,
}

impl Tree<'_> {
    /// Reads a tree from `at`, and returns where it ends.
    fn read(&mut self, at: usize, prefix: &Names) -> usize {
        let mut path = prefix.clone();
        let start = self.skip_space(at);
        let mut at = start;
        loop {
            match self.code.as_bytes().get(at) {
                Some(b'{') => return self.group(at, &path),
                Some(b'*') => {
                    self.leaves.push(Leaf { at: start, path, name: None });
                    return at + 1;
                }
                _ => {}
            }
            let word = self.word(at).to_owned();
            at += word.len();
            // None is there before the type in `::<`.
            let Some(path_goes_on) = (!word.is_empty()).then(|| self.skip_space(at)) else { break };
            path.push(word);
            if !self.code[path_goes_on..].starts_with("::") {
                break;
            }
            at = self.skip_space(path_goes_on + 2);
        }
        if path.len() > 1 && path.last().is_some_and(|name| name == "self") {
            path.pop();
        }
        let mut name = path.last().cloned();
        let next = self.skip_space(at);
        if self.is_use && self.word(next) == "as" {
            let alias = self.skip_space(next + 2);
            name = Some(self.word(alias).to_owned());
            at = alias + self.word(alias).len();
        }
        self.leaves.push(Leaf { at: start, path, name });
        at
    }

    /// Reads the members of the group that opens at `at`.
    fn group(&mut self, at: usize, prefix: &Names) -> usize {
        let mut at = at + 1;
        loop {
            at = self.skip_space(at);
            match self.code.as_bytes().get(at) {
                None => return at,
                Some(b'}') => return at + 1,
                Some(byte) if is_word(*byte) || matches!(byte, b'*' | b'{') => at = self.read(at, prefix),
                Some(_) => at += 1,
            }
        }
    }

    fn word(&self, at: usize) -> &str {
        let rest = &self.code[at..];
        &rest[..rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len())]
    }

    fn skip_space(&self, at: usize) -> usize {
        self.code.len() - self.code[at..].trim_start().len()
    }
}

mod the_reader {
    use super::*;

    fn found(code: &str) -> Vec<(usize, String)> {
        paths(code).into_iter().map(|(line, path)| (line, path.join("::"))).collect()
    }

    fn reached(text: &str) -> Vec<String> {
        let files = [
            ("lib.rs", ""),
            ("bus/mod.rs", "pub struct Bus;"),
            ("chat/mod.rs", "pub use self::rooms::{Room as Hall, seat}; use webhooks::*;"),
            ("chat/a.rs", text),
            ("chat/rooms/mod.rs", "pub use room::Room; pub mod seat;"),
            ("chat/rooms/room.rs", ""),
            ("chat/rooms/seat.rs", ""),
            ("chat/webhooks/mod.rs", ""),
        ];
        let files: Vec<File> = files.iter().map(|(path, text)| (path.into(), (*text).to_owned())).collect();
        let all = Modules::of(&files).references();
        let of_a = all.into_iter().filter(|it| it.from == Path::new("chat/a.rs"));
        of_a.map(|it| it.to.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn reads_groups_and_their_lines() {
        let code =
            "use crate::{\n    a::{self, b::C, d::*},\n    e as f,\n};\npub use super::g;\nuse {h::i, j};";
        let paths = ["crate::a", "crate::a::b::C", "crate::a::d", "crate::e", "super::g", "h::i"];
        let lines = [2, 2, 2, 3, 5, 6];
        assert_eq!(found(code), lines.into_iter().zip(paths.map(str::to_owned)).collect::<Vec<_>>());
    }

    #[test]
    fn reads_paths_wherever_they_stand() {
        let code = "fn f(a: &super::A) -> Vec<crate::b::B> { a.c(self::d::<E::F>()); 0..super::g::H as i::J }\n\
                    <T as crate::k::L>::M; pub(in crate::n) use o::p; x::q!(r::s);";
        let paths: Vec<String> = found(code).into_iter().map(|(_, path)| path).collect();
        assert_eq!(
            paths,
            [
                "super::A",
                "crate::b::B",
                "self::d",
                "E::F",
                "super::g::H",
                "i::J",
                "crate::k::L",
                "crate::n",
                "o::p",
                "x::q",
                "r::s"
            ]
        );
    }

    #[test]
    fn follows_paths_to_the_file_that_has_the_thing() {
        for (code, to) in [
            ("use super::rooms::room::push;", "chat/rooms/room.rs"),
            ("use super::rooms::Room;", "chat/rooms/room.rs"),
            ("use super::Hall;", "chat/rooms/room.rs"),
            ("use crate::chat::{seat::Seat};", "chat/rooms/seat.rs"),
            ("use super::seat;", "chat/rooms/seat.rs"),
            ("fn f() { crate::bus::Bus }", "bus/mod.rs"),
            ("use super::Chat;", "chat/mod.rs"),
        ] {
            assert_eq!(reached(code), [to], "{code}");
        }
    }

    #[test]
    fn leaves_other_crates_and_the_file_itself_out() {
        let code = "use std::fs; use self::Own; fn f(room: u32) { serde_json::to_vec(&room); Own::new() }";
        assert!(reached(code).is_empty());
    }

    #[test]
    fn is_not_caught_in_names_that_lead_back_to_themselves() {
        let files = [("chat/mod.rs", "use self::a::X;"), ("chat/a.rs", "use super::X;")];
        let files = files.map(|(path, text)| (path.into(), text.to_owned()));
        assert_eq!(Modules::of(&files).references().len(), 2);
    }
}
