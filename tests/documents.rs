//! The documentation, held against the code: links lead somewhere, nothing of the wire is left out,
//! examples are what the code takes, numbers are the defaults, both served documents are as recorded.
#![expect(clippy::unwrap_used, reason = "a test's helpers may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use deskwire::{
    domain::{Action, Bounds, Class, Rates, Relation, Role, Rule, access::rule, metric::Metric},
    http::openapi_document,
    protocol::{
        CloseCode, Command, ErrorCode, asyncapi,
        catalogue::{EVENTS, REPLIES},
        envelope,
    },
};
use strum::VariantArray;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> =
        docs.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect();
    pages.extend(["README.md", "CHANGELOG.md"].map(|name| root().join(name)));
    pages
}

/// The lines outside of fenced blocks, without what stands between backticks.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            out.extend(line.split('`').step_by(2));
            out.push('\n');
        }
    }
    out
}

/// The fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut current: Option<(bool, String)> = None;
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), &mut current) {
            (Some(opened), None) => current = Some((opened == language, String::new())),
            (Some(_), Some(_)) => blocks.extend(current.take().filter(|(wanted, _)| *wanted).map(|it| it.1)),
            (None, Some((_, block))) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

fn links(text: &str) -> Vec<String> {
    prose(text).split("](").skip(1).map(|rest| rest.split(')').next().unwrap_or(rest).to_owned()).collect()
}

/// The anchors that a page's headings make.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if !fenced && line.starts_with('#') {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            anchors.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
    }
    anchors
}

fn check_link(page: &Path, text: &str, link: &str) {
    if link.contains("://") {
        return;
    }
    let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = if target.is_empty() { page.to_owned() } else { page.parent().unwrap().join(target) };
    if !path.exists() {
        panic!("{} links to {link}, which is not there", page.display());
    }
    if !anchor.is_empty() {
        let there = if target.is_empty() { text.to_owned() } else { fs::read_to_string(&path).unwrap() };
        assert!(anchors(&there).contains(anchor), "{} links to {link}: no such heading", page.display());
    }
}

#[test]
fn every_relative_link_leads_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            check_link(&page, &text, &link);
        }
    }
}

/// The files and folders of the tree as paths from its root, without what is built or hidden.
fn tree() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            if name == "target" || name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            }
            found.insert(name);
        }
    }
    found
}

/// The paths of the tree that a page names between backticks: names of files, and what begins with a folder
/// of the root or of `src`.
fn paths<'a>(page: &'a str, tree: &BTreeSet<String>) -> Vec<&'a str> {
    let is_path = |text: &&str| {
        let first = text.split('/').next().unwrap_or_default();
        let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
        let is_file = [".rs", ".sh", ".sql", ".md"].iter().any(|extension| text.ends_with(extension));
        let is_below = text.contains('/') && (tree.contains(first) || tree.contains(&format!("src/{first}")));
        is_plain && !text.starts_with(['/', '.']) && (is_file || is_below)
    };
    let mut fenced = false;
    let lines = page.lines().filter(|line| {
        fenced ^= line.trim_start().starts_with("```");
        !fenced
    });
    lines.flat_map(words).filter(is_path).collect()
}

/// The paths that a page names and the tree does not have. A path may be shortened at its beginning.
fn missing_paths<'a>(page: &'a str, tree: &BTreeSet<String>) -> Vec<&'a str> {
    let is_there = |path: &&str| {
        let path = path.trim_end_matches('/');
        let end = format!("/{path}");
        tree.iter().any(|there| there == path || there.ends_with(&end))
    };
    paths(page, tree).into_iter().filter(|path| !is_there(path)).collect()
}

#[test]
fn every_path_that_a_page_for_developers_names_is_in_the_tree() {
    let tree = tree();
    for name in ["docs/ARCHITECTURE.md", "CONTRIBUTING.md"] {
        if name == "CONTRIBUTING.md" && !root().join(name).exists() {
            continue;
        }
        let page = read(name);
        assert!(!paths(&page, &tree).is_empty(), "{name} names no paths, or not as they are read");
        let missing = missing_paths(&page, &tree);
        assert!(missing.is_empty(), "{name} names what is not there: {missing:?}");
    }
}

#[test]
fn paths_are_told_from_other_words_and_missing_ones_are_found() {
    let tree = ["src", "src/chat", "src/chat/room.rs", "docs", "docs/HTTP.md", "tests", "tests/main.rs"];
    let tree = tree.map(str::to_owned).into_iter().collect();
    let page = "`chat/room.rs`, `room.rs`, `src/`, `docs/HTTP.md`, `tests/main.rs` and chat/none.rs\n\
                `/api/chat/x.rs`, `text/html`, `Chat`, `{chat}/room`, `GET /chat`, `../chat`\n\
                ```sh\n`chat/none`\n```\n`chat/gone.rs`, `oom.rs`, `chat/hall/`, `src/room.rs`";
    assert_eq!(paths(page, &tree).len(), 9);
    assert_eq!(missing_paths(page, &tree), ["chat/gone.rs", "oom.rs", "chat/hall/", "src/room.rs"]);
}

/// The names of all commands.
fn commands() -> BTreeSet<&'static str> {
    Command::CATALOGUE.iter().map(|entry| entry.command.name).collect()
}

/// The rows of the table under a heading whose header begins with `first`: what stands in each cell.
fn rows(page: &str, heading: &str, first: &str) -> Vec<Vec<String>> {
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let table = section.lines().skip_while(|line| !line.starts_with(&format!("| {first} |"))).skip(2);
    let rows = table.take_while(|line| line.starts_with('|')).map(|line| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    assert!(!rows.is_empty(), "there is no table of {first} under {heading}");
    rows
}

/// What stands between backticks.
fn words(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_command_has_a_section_and_every_section_is_of_a_command() {
    let protocol = read("docs/PROTOCOL.md");
    let mut sections = BTreeSet::new();
    for heading in protocol.lines().filter_map(|line| line.strip_prefix("### `")) {
        sections.extend(heading.split('`').filter(|name| !name.is_empty() && *name != ", "));
    }
    assert_eq!(sections, commands());
}

/// Compares the table under a heading with rows that are made, or writes them if `UPDATE_DOCS` is set.
fn assert_table(path: &str, heading: &str, first: &str, made: &[String]) {
    let page = read(path);
    let start = page.find(&format!("\n## {heading}\n")).unwrap();
    let start = start + page[start..].find(&format!("\n| {first} |")).unwrap() + 1;
    let end = start + page[start..].find("\n\n").unwrap();
    let head: Vec<&str> = page[start..end].lines().take(2).collect();
    let table = format!("{}\n{}", head.join("\n"), made.join("\n"));
    if page[start..end] != table && std::env::var_os("UPDATE_DOCS").is_some() {
        // Renamed, since other tests read the page meanwhile.
        let written = root().join(path).with_extension("new");
        fs::write(&written, format!("{}{table}{}", &page[..start], &page[end..])).unwrap();
        return fs::rename(written, root().join(path)).unwrap();
    }
    for (written, made) in page[start..end].lines().zip(table.lines()) {
        assert_eq!(written, made, "{path}, {heading}: run the test with UPDATE_DOCS=1");
    }
    assert_eq!(&page[start..end], table, "{path}, {heading}: run the test with UPDATE_DOCS=1");
}

/// The first three columns are made; what stands in the fourth is written by hand, and names the events.
#[test]
fn the_table_of_commands_is_the_catalogue() {
    let protocol = read("docs/PROTOCOL.md");
    let rows = rows(&protocol, "Commands", "command");
    let written = |name: &str| rows.iter().find(|row| words(&row[0]) == [name]).map(|row| row[3].clone());
    let made: Vec<String> = Command::CATALOGUE
        .iter()
        .map(|entry| {
            let (name, class) = (entry.command.name, entry.class.as_str());
            let reply = entry.reply.map_or_else(|| "none".to_owned(), |reply| format!("`{}`", reply.name));
            let events =
                || entry.events.iter().map(|event| format!("`{event}`")).collect::<Vec<_>>().join(", ");
            let told = written(name).unwrap_or_else(events);
            format!("| `{name}` | `{class}` | {reply} | {told} |").replace("|  |", "| |")
        })
        .collect();
    assert_table("docs/PROTOCOL.md", "Commands", "command", &made);
    let events: BTreeSet<&str> = EVENTS.iter().map(|entry| entry.event.name).collect();
    for entry in Command::CATALOGUE {
        let told = written(entry.command.name).unwrap_or_default();
        let told: BTreeSet<&str> = words(&told).into_iter().filter(|word| events.contains(word)).collect();
        assert_eq!(told, entry.events.iter().copied().collect(), "{}", entry.command.name);
    }
}

#[test]
fn the_tables_of_events_are_the_catalogue() {
    let protocol = read("docs/PROTOCOL.md");
    let named = |rows: &[Vec<String>]| -> BTreeSet<String> {
        rows.iter().flat_map(|row| words(&row[0]).into_iter().map(str::to_owned)).collect()
    };
    let all: BTreeSet<String> = EVENTS.iter().map(|entry| entry.event.name.to_owned()).collect();
    assert_eq!(named(&rows(&protocol, "Events", "event")), all);
    let durable = EVENTS.iter().filter(|entry| entry.is_durable());
    let durable: BTreeSet<String> = durable.map(|entry| entry.event.name.to_owned()).collect();
    assert_eq!(named(&rows(&protocol, "Streams and resuming", "event")), durable);
}

#[test]
fn every_reply_is_in_the_protocol() {
    let protocol = read("docs/PROTOCOL.md");
    for reply in REPLIES {
        assert!(protocol.contains(&format!("`{}", reply.name)), "{} is not in docs/PROTOCOL.md", reply.name);
    }
}

#[test]
fn the_table_of_error_codes_is_the_catalogue() {
    let protocol = read("docs/PROTOCOL.md");
    let rows = rows(&protocol, "Errors", "code");
    let documented: Vec<&str> = rows.iter().flat_map(|row| words(&row[0])).collect();
    let codes: Vec<&str> = ErrorCode::VARIANTS.iter().map(|code| code.as_str()).collect();
    assert_eq!(documented, codes);
}

fn word(rule: Rule) -> &'static str {
    match rule {
        Rule::Allowed => "yes",
        Rule::OwnInTime => "own",
        Rule::OwnInTimeOrModerated => "own or moderated",
        Rule::IfInviting => "if inviting",
        Rule::Forbidden => "no",
        Rule::Hidden => "hidden",
    }
}

#[test]
fn the_table_of_who_may_do_what_is_the_one_the_server_decides_by() {
    let protocol = read("docs/PROTOCOL.md");
    let rows = rows(&protocol, "Permissions", "to");
    assert_eq!(rows.len(), Action::ALL.len());
    let all = commands();
    for (row, action) in rows.iter().zip(Action::ALL) {
        let label = action.label();
        assert_eq!(row[0], label);
        let named: BTreeSet<&str> = words(&row[1]).into_iter().filter(|word| all.contains(word)).collect();
        let needing = Command::CATALOGUE.iter().filter(|entry| entry.actions.contains(&action));
        assert_eq!(named, needing.map(|entry| entry.command.name).collect(), "{label}");
        let customer = Relation::ALL.map(|relation| word(rule(action, Role::Customer, relation)));
        assert_eq!(row[2..5], customer, "{label}");
        for (role, cell) in [(Role::Agent, &row[5]), (Role::Admin, &row[6])] {
            for relation in Relation::ALL {
                assert_eq!(cell, word(rule(action, role, relation)), "{label}: {role}");
            }
        }
    }
    let free = Command::CATALOGUE.iter().filter(|entry| entry.actions.is_empty());
    assert_eq!(free.map(|entry| entry.command.name).collect::<Vec<_>>(), ["authenticate", "ping"]);
}

#[test]
fn the_table_of_close_codes_is_the_catalogue() {
    let protocol = read("docs/PROTOCOL.md");
    let rows = rows(&protocol, "Close codes", "code");
    // 1006 is what clients see where no code was sent.
    let documented = rows.iter().map(|row| row[0].as_str()).filter(|code| *code != "1006");
    // One of them has two reasons.
    let mut codes: Vec<String> = CloseCode::VARIANTS.iter().map(|code| code.code().to_string()).collect();
    codes.dedup();
    assert_eq!(documented.collect::<Vec<_>>(), codes);
}

#[test]
fn every_metric_is_in_operations() {
    let operations = read("docs/OPERATIONS.md");
    for metric in Metric::VARIANTS {
        let row = format!("\n| `{}` |", metric.name());
        assert!(operations.contains(&row), "{} is not in docs/OPERATIONS.md", metric.name());
    }
}

#[test]
fn the_examples_of_the_protocol_are_what_the_code_takes() {
    let protocol = read("docs/PROTOCOL.md");
    for block in blocks(&protocol, "json") {
        assert!(serde_json::from_str::<serde_json::Value>(&block).is_ok(), "not JSON: {block}");
    }
    let mut sent = 0;
    for line in blocks(&protocol, "text").iter().flat_map(|block| block.lines()) {
        if line.contains('…') && !line.contains("\"token\"") {
            continue;
        }
        if let Some(frame) = line.strip_prefix("> ") {
            let inbound = envelope::decode(frame);
            assert!(inbound.is_ok_and(|inbound| inbound.command.is_ok()), "the server refuses {frame}");
            sent += 1;
        } else if let Some(frame) = line.strip_prefix("< ") {
            assert!(serde_json::from_str::<serde_json::Value>(frame).is_ok(), "not JSON: {frame}");
        }
    }
    assert!(sent >= 5, "the examples are not read as they are written");
}

/// `1234567` as `1,234,567`.
fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[test]
fn the_bounds_and_rates_of_the_protocol_are_the_defaults() {
    let protocol = read("docs/PROTOCOL.md");
    let bounds = serde_json::to_value(Bounds::default()).unwrap();
    let bounds: BTreeMap<String, u64> = serde_json::from_value(bounds).unwrap();
    for (key, default) in bounds {
        let row = protocol
            .lines()
            .find(|line| line.starts_with('|') && line.contains(&format!("| `bounds.{key}` |")));
        let number = with_commas(default);
        let states = row.is_some_and(|row| row.split([' ', '|']).any(|word| word == number));
        assert!(states, "the table of bounds does not say that bounds.{key} is {number}");
    }
    for class in Class::VARIANTS {
        let rate = Rates::default().of(*class);
        let row = format!("\n| `{}` | {} | {} |", class.as_str(), rate.per_second, rate.burst);
        assert!(protocol.contains(&row), "the table of rates has no row {row}");
    }
}

/// JSON with line breaks, its keys in the order in which they came.
fn pretty(json: &str) -> String {
    let mut out = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(json);
    let mut writer = serde_json::Serializer::pretty(&mut out);
    serde_transcode::transcode(&mut reader, &mut writer).unwrap();
    reader.end().unwrap();
    String::from_utf8(out).unwrap() + "\n"
}

/// Compares a served document with its recorded copy, or records it if `UPDATE_DOCS` is set.
fn assert_recorded(path: &str, served: &str) {
    let served = pretty(served);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return fs::write(root().join(path), served).unwrap();
    }
    let recorded = read(path);
    if recorded == served {
        return;
    }
    let mut lines = recorded.lines().zip(served.lines()).enumerate();
    let (index, (before, now)) = lines.find(|(_, (before, now))| before != now).unwrap_or_default();
    panic!(
        "{path}:{}: recorded {before:?}, served {now:?}; if that is meant, run the test with UPDATE_DOCS=1 \
         and look at the difference",
        index + 1
    );
}

#[test]
fn the_description_of_the_api_is_as_recorded() {
    assert_recorded("tests/descriptions/openapi.json", &openapi_document());
}

#[test]
fn the_description_of_the_socket_is_as_recorded() {
    let served = asyncapi::document("localhost:8080", "ws").to_string();
    assert_recorded("tests/descriptions/asyncapi.json", &served);
}

#[test]
fn the_readme_names_the_two_commands_and_ci_runs_the_tests() {
    let readme = read("README.md");
    let shell = blocks(&readme, "sh");
    for command in ["cargo run --release", "cargo test"] {
        assert!(shell.iter().any(|block| block.trim() == command), "README.md has no block `{command}`");
    }
    if let Ok(ci) = fs::read_to_string(root().join(".ci/run")) {
        assert!(ci.contains("cargo test"), ".ci/run does not run the README's test command");
    }
}
