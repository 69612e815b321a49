//! The settings as an operator meets them: sources and their order, refusals, secrecy, the documentation.
//!
//! Knows `deskwire::config` only; the program itself is tried in `command_line.rs`.
#![expect(clippy::unwrap_used, reason = "a test's helpers may panic")]

use std::{collections::BTreeSet, fs, net::SocketAddr, path::Path, time::Duration};

use deskwire::config::{
    Database, Durability, Loaded, LogFormat, Problem, Settings, Sources, TokenSource, keys, load,
};
use tempfile::TempDir;

const GOOD_SECRET: &str = "g7Jw0q9ZxV2mKcRt5LhYp3NsDbF8uEaW";

/// Where settings come from in a test: a file in a directory of its own, variables and flags.
struct Given {
    dir: TempDir,
    sources: Sources,
}

fn given() -> Given {
    Given { dir: tempfile::tempdir().unwrap(), sources: Sources::default() }
}

impl Given {
    fn file(mut self, text: &str) -> Self {
        let path = self.dir.path().join("deskwire.toml");
        fs::write(&path, text).unwrap();
        self.sources.default_file = Some(path);
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.sources.environment.push((name.into(), value.into()));
        self
    }

    fn flag(mut self, key: &str, value: &str) -> Self {
        self.sources.overrides.push((key.to_owned(), value.to_owned()));
        self
    }

    fn load(&self) -> Loaded {
        load(&self.sources).unwrap()
    }

    fn problems(&self) -> Vec<Problem> {
        load(&self.sources).unwrap_err().problems
    }

    fn refusal(&self) -> String {
        load(&self.sources).unwrap_err().to_string()
    }
}

#[test]
fn without_any_source_the_defaults_hold() {
    let loaded = given().load();
    assert_eq!(loaded.settings, Settings::default());
    assert!(loaded.warnings.is_empty());
    assert_eq!(loaded.settings.network.listen, SocketAddr::from(([127, 0, 0, 1], 8080)));
    assert_eq!(loaded.settings.database(), Database::Sqlite("./data/deskwire.db".into()));
    assert_eq!(loaded.settings.token_source(), TokenSource::Development);
    assert!(loaded.settings.wants_demo());
}

#[test]
fn a_file_goes_over_defaults_variables_over_the_file_and_flags_over_all() {
    let port = |given: &Given| given.load().settings.network.listen.port();
    let file = given().file("listen = '127.0.0.1:1'");
    assert_eq!(port(&file), 1);
    let env = file.env("DESKWIRE_LISTEN", "127.0.0.1:2");
    assert_eq!(port(&env), 2);
    let flag = env.flag("listen", "127.0.0.1:3");
    assert_eq!(port(&flag), 3);
}

#[test]
fn a_missing_file_is_an_error_only_if_it_was_asked_for() {
    let mut asked = given();
    let missing = asked.dir.path().join("nowhere.toml");
    asked.sources.default_file = Some(missing.clone());
    asked.load();
    asked.sources.file = Some(missing);
    assert!(asked.refusal().contains("nowhere.toml"));
}

#[test]
fn the_file_that_was_asked_for_replaces_the_default_one() {
    let mut both = given().file("workers = 1");
    let other = both.dir.path().join("other.toml");
    fs::write(&other, "workers = 2").unwrap();
    both.sources.file = Some(other);
    assert_eq!(both.load().settings.network.workers, 2);
}

#[test]
fn every_type_is_read_from_a_file() {
    let loaded = given()
        .file(
            r#"
            allowed_origins = ["https://help.example.com", "http://localhost:3000"]
            trusted_proxies = ["10.0.0.0/8", "192.168.1.1"]
            durability = "normal"
            demo = false
            attachment_types = ["image/png"]
            heartbeat_ms = 1500
            log = "warn,deskwire=debug"
            log_format = "json"
            metrics_token = "scrape-me"
            public_url = "https://desk.example.com"
            [jwt_claims]
            id = "userId"
            [bounds]
            message_chars = 500
            [limits]
            message = { per_second = 2, burst = 4 }
            "#,
        )
        .load();
    let settings = loaded.settings;
    assert!(settings.network.allows_origin("https://help.example.com"));
    assert!(
        settings
            .network
            .trusted_proxies
            .iter()
            .any(|net| net.contains(&"10.9.9.9".parse::<std::net::IpAddr>().unwrap()))
    );
    assert_eq!(settings.network.public_url.as_deref(), Some("https://desk.example.com"));
    assert_eq!(settings.storage.durability, Durability::Normal);
    assert!(!settings.wants_demo());
    assert_eq!(settings.attachment_types, Some(vec!["image/png".to_owned()]));
    assert_eq!(settings.timing.heartbeat, Duration::from_millis(1500));
    assert_eq!(settings.logs.log_format, LogFormat::Json);
    assert_eq!(settings.metrics_token.unwrap().expose(), "scrape-me");
    assert_eq!(settings.auth.jwt_claims.id, "userId");
    assert_eq!(settings.auth.jwt_claims.role, "role", "the rest of the table keeps its defaults");
    assert_eq!(settings.bounds.message_chars, 500);
    assert_eq!(settings.limits.message.per_second, 2.0);
}

#[test]
fn every_type_is_read_from_a_variable() {
    let settings = given()
        .env("DESKWIRE_WORKERS", "3")
        .env("DESKWIRE_DEMO", "no")
        .env("DESKWIRE_ALLOWED_ORIGINS", "https://a.example, https://b.example,")
        .env("DESKWIRE_TRUSTED_PROXIES", "10.0.0.7")
        .env("DESKWIRE_BOUNDS__JOINED_ROOMS", "7")
        .env("DESKWIRE_JWT_CLAIMS__ROLE", "kind")
        .env("DESKWIRE_JWT_SECRET", GOOD_SECRET)
        .env("DESKWIRE_DATABASE_URL", "sqlite:///srv/desk.db")
        .load()
        .settings;
    assert_eq!(settings.network.worker_threads(), 3);
    assert!(!settings.storage.demo);
    assert_eq!(settings.network.allowed_origins, ["https://a.example", "https://b.example"]);
    assert!(
        settings
            .network
            .trusted_proxies
            .iter()
            .any(|net| net.contains(&"10.0.0.7".parse::<std::net::IpAddr>().unwrap()))
    );
    assert_eq!(settings.bounds.joined_rooms, 7);
    assert_eq!(settings.auth.jwt_claims.role, "kind");
    assert!(matches!(settings.token_source(), TokenSource::Secret(secret) if secret.expose() == GOOD_SECRET));
    assert_eq!(settings.database(), Database::Sqlite("/srv/desk.db".into()));
}

#[test]
fn a_part_of_a_limit_keeps_the_default_of_the_other_part() {
    let defaults = Settings::default().limits;
    for partial in [
        given().env("DESKWIRE_LIMITS__MESSAGE__PER_SECOND", "5"),
        given().file("limits.message.per_second = 5"),
        given().flag("limits.message.per_second", "5"),
    ] {
        let limits = partial.load().settings.limits;
        assert_eq!(limits.message.per_second, 5.0);
        assert_eq!(limits.message.burst, defaults.message.burst);
        assert_eq!(limits.typing, defaults.typing);
    }
    let both =
        given().file("[limits.join]\nburst = 9").env("DESKWIRE_LIMITS__JOIN__PER_SECOND", "0.5").load();
    assert_eq!((both.settings.limits.join.per_second, both.settings.limits.join.burst), (0.5, 9));
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let given = given()
        .file("workers = 4")
        .env("DESKWIRE_WORKERS", "")
        .env("DESKWIRE_JWT_SECRET", "")
        .env("DESKWIRE_PUBLIC_URL", "");
    assert_eq!(given.load().settings.network.workers, 4);
}

/// Something wrong for every key: of another type, out of range or of another form.
fn bad_value(path: &str) -> &'static str {
    match path {
        "jwt_secret" => "swordfish",
        "database_url" => "mysql://desk:swordfish@db/desk",
        "metrics_token" => "sword fish",
        "data_dir" | "jwt_audience" | "jwt_claims.id" | "jwt_claims.name" | "jwt_claims.role" => " ",
        "jwt_public_key_file" | "jwt_jwks_file" => "/nonexistent/swordfish",
        _ => "swordfish",
    }
}

#[test]
fn a_bad_value_names_its_key_and_its_source_wherever_it_stands() {
    for key in keys() {
        let bad = bad_value(&key.path);
        let sources = [
            (given().file(&format!("{} = \"{bad}\"", key.path)), "deskwire.toml".to_owned()),
            (given().env(&key.env, bad), format!("the environment variable {}", key.env)),
            (given().flag(&key.path, bad), format!("--{}", key.path.replace('_', "-"))),
        ];
        for (given, origin) in sources {
            let refusal = given.refusal();
            assert!(refusal.contains(&format!("`{}`", key.path)), "{refusal}");
            assert!(refusal.contains(&origin), "{refusal}");
            assert!(refusal.contains("expected "), "{refusal}");
            assert_eq!(refusal.lines().count(), 1, "{refusal}");
            if key.secret {
                assert!(!refusal.contains("sword"), "{refusal}");
            }
        }
    }
}

#[test]
fn numbers_outside_their_range_and_of_another_type_are_refused() {
    for line in [
        "bounds.frame_bytes = 0",
        "bounds.frame_bytes = 268435457",
        "bounds.unauthenticated_frame_bytes = 1023",
        "bounds.attachments = -1",
        "bounds.joined_rooms = 1.5",
        "bounds.joined_rooms = '5'",
        "limits.auth.per_second = 0",
        "limits.auth.per_second = -1.0",
        "limits.auth.per_second = nan",
        "limits.auth.per_second = inf",
        "limits.auth.burst = 0",
        "demo = 'yes'",
        "demo = 1",
        "allowed_origins = 'https://help.example.com'",
        "allowed_origins = [1]",
        "listen = ['127.0.0.1:80']",
        "log = { level = 'info' }",
        "bounds.frame_bytes = 99999999999999999999",
        "limits = 5",
        "limits.auth = []",
    ] {
        let key = line.split(' ').next().unwrap();
        assert!(given().file(line).refusal().contains(&format!("`{key}`")), "{line}");
    }
}

#[test]
fn a_bad_value_is_refused_even_under_a_good_one() {
    let given = given().file("workers = -1").env("DESKWIRE_WORKERS", "2").flag("workers", "2");
    assert!(given.refusal().contains("`workers`"));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let problems =
        given().file("workers = -1\nlisten = 5\ncolour = 'red'").env("DESKWIRE_DEMO", "perhaps").problems();
    assert_eq!(problems.len(), 4, "{problems:?}");
}

#[test]
fn an_unknown_key_in_the_file_is_refused_by_its_full_path() {
    let refusal = given().file("[limits.message]\nper_secnd = 5").refusal();
    assert!(refusal.contains("`limits.message.per_secnd`"), "{refusal}");
    assert!(refusal.contains("deskwire.toml"), "{refusal}");
    assert!(refusal.contains("did you mean `limits.message.per_second`?"), "{refusal}");
    for line in
        ["colour = 'red'", "[colours]", "Listen = '127.0.0.1:1'", "[limits.message.deep]", "'a b' = 1"]
    {
        assert!(given().file(line).refusal().contains("unknown key"), "{line}");
    }
}

#[test]
fn an_unknown_variable_is_only_told_of_and_without_its_value() {
    let loaded = given()
        .env("DESKWIRE_PORT", "tcp://10.0.0.1:8080")
        .env("DESKWIRE_SERVICE_HOST", "10.0.0.1")
        .env("DESKWIRE_PORT_8080_TCP_ADDR", "10.0.0.1")
        .env("DESKWIRE_JWT_SECRT", GOOD_SECRET)
        .env("DESKWIRE_CONFIG", "elsewhere.toml")
        .env("PATH", "/bin")
        .load();
    assert_eq!(loaded.settings, Settings::default());
    assert_eq!(loaded.warnings.len(), 4, "{:?}", loaded.warnings);
    let warnings = loaded.warnings.join("\n");
    assert!(warnings.contains("did you mean DESKWIRE_JWT_SECRET?"));
    assert!(warnings.contains("Kubernetes"));
    assert!(!warnings.contains(GOOD_SECRET) && !warnings.contains("10.0.0.1"));
}

#[test]
fn beyond_loopback_a_token_key_is_required() {
    for listen in ["0.0.0.0:8080", "[::]:8080", "192.168.1.5:8080"] {
        let refusal = given().flag("listen", listen).refusal();
        assert!(refusal.contains("jwt_secret") && refusal.contains("DESKWIRE_JWT_SECRET"), "{refusal}");
        given().flag("listen", listen).env("DESKWIRE_JWT_SECRET", GOOD_SECRET).load();
    }
    for listen in ["127.0.0.1:8080", "[::1]:8080", "localhost:8080"] {
        assert_eq!(given().flag("listen", listen).load().settings.token_source(), TokenSource::Development);
    }
}

#[test]
fn two_kinds_of_token_keys_are_refused_by_both_names() {
    let given = given();
    let file = given.dir.path().join("jwks.json");
    fs::write(&file, "{}").unwrap();
    let given = given.flag("jwt_jwks_file", file.to_str().unwrap());
    assert_eq!(given.load().settings.token_source(), TokenSource::JwksFile(&file));
    let refusal = given.env("DESKWIRE_JWT_SECRET", GOOD_SECRET).refusal();
    assert!(refusal.contains("`jwt_secret`") && refusal.contains("`jwt_jwks_file`"), "{refusal}");
    assert!(!refusal.contains(GOOD_SECRET));
}

#[test]
fn bounds_that_contradict_each_other_are_refused() {
    let refusal =
        given().file("bounds.frame_bytes = 2048\nbounds.unauthenticated_frame_bytes = 4096").refusal();
    assert!(refusal.contains("`bounds.unauthenticated_frame_bytes`"), "{refusal}");
    let refusal = given().file("bounds.frame_bytes = 4194304\nbounds.inbound_bytes = 2097152").refusal();
    assert!(refusal.contains("`bounds.inbound_bytes`"), "{refusal}");
}

#[test]
fn attachments_that_do_not_fit_in_a_frame_are_told_of() {
    let warnings = given().file("bounds.attachment_bytes = 20971520").load().warnings;
    assert!(warnings.iter().any(|warning| warning.contains("bounds.frame_bytes")), "{warnings:?}");
}

#[test]
fn an_empty_list_of_media_types_is_the_built_in_one() {
    assert_eq!(given().file("attachment_types = []").load().settings.attachment_types, None);
}

const SECRETS: &str = r#"
    jwt_secret = "g7Jw0q9ZxV2mKcRt5LhYp3NsDbF8uEaW"
    database_url = "postgres://desk:hunter2@db.example.com/desk?password=hunter3"
    metrics_token = "scrape-s3cret"
"#;

fn assert_no_secret(text: &str) {
    for secret in [GOOD_SECRET, "hunter2", "hunter3", "scrape-s3cret"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

#[test]
fn secrets_are_not_in_debug_output_nor_among_the_effective_settings() {
    let loaded = given().file(SECRETS).load();
    assert_no_secret(&format!("{loaded:?} {:#?}", loaded.settings));
    let shown: Vec<String> = loaded.effective.iter().map(ToString::to_string).collect();
    assert_no_secret(&shown.join("\n"));
    assert!(shown.iter().any(|line| line.starts_with("jwt_secret = \"<redacted>\"")), "{shown:?}");
    assert!(shown.iter().any(|line| line.contains("db.example.com")), "{shown:?}");
}

#[test]
fn secrets_are_in_no_refusal() {
    // What is wrong stands in another line, in the secret itself, or in the file's syntax.
    for wrong in ["workers = -1", "jwt_jwks_file = '/nonexistent'", "colour = 1"] {
        assert_no_secret(&given().file(&format!("{SECRETS}\n{wrong}")).refusal());
    }
    for broken in [
        format!("jwt_secret = {GOOD_SECRET}"),
        format!("jwt_secret = \"{GOOD_SECRET}"),
        format!("jwt_secret = '{GOOD_SECRET}' '{GOOD_SECRET}'"),
        format!("jwt_secret = \"\"\"{GOOD_SECRET}\n\nx"),
        format!("jwt_secret '{GOOD_SECRET}'"),
        format!("jwt_secret = ['{GOOD_SECRET}']"),
        format!("jwt_secret = {{ value = '{GOOD_SECRET}' }}"),
        format!("jwt_secret = \"{GOOD_SECRET}\\q\""),
        "database_url = postgres://desk:hunter2@db/desk".to_owned(),
        "database_url = 'postgres://desk:hunter2@db:port/desk'".to_owned(),
        "database_url = 'hunter2'".to_owned(),
        "public_url = 'https://desk:hunter2@desk.example.com'".to_owned(),
        "allowed_origins = ['https://desk:hunter2@desk.example.com']".to_owned(),
    ] {
        let refusal = given().file(&broken).refusal();
        assert_no_secret(&refusal);
        assert!(refusal.contains("deskwire.toml"), "{refusal}");
    }
}

#[test]
fn broken_toml_is_refused_with_its_position() {
    let refusal = given().file("workers = 1\nlisten = ").refusal();
    assert!(refusal.contains("line 2"), "{refusal}");
}

#[test]
fn what_check_config_prints_can_be_read_back() {
    let first = given().file("workers = 3\nallowed_origins = ['https://a.example']").load();
    let printed: Vec<String> = first.effective.iter().map(ToString::to_string).collect();
    let again = given().file(&printed.join("\n")).load();
    assert_eq!(again.settings, first.settings);
    assert!(
        first.effective.iter().any(|line| line.key == "workers" && line.origin.ends_with("deskwire.toml"))
    );
    assert!(first.effective.iter().any(|line| line.key == "listen" && line.origin == "default"));
}

/// A line of the documentation's tables, made from the catalogue.
fn row(key: &deskwire::config::Key) -> String {
    let default = key.default.as_ref().map_or("not set".to_owned(), |value| format!("`{value}`"));
    format!("| `{}` | `{}` | {} | {default} | {} |", key.path, key.env, key.kind.describe(), key.about)
}

#[test]
fn the_documentation_and_the_code_agree_in_both_directions() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CONFIGURATION.md");
    let text = fs::read_to_string(path).unwrap();
    let documented: BTreeSet<&str> =
        text.lines().filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 4).collect();
    let rows: Vec<String> = keys().iter().map(row).collect();
    let existing: BTreeSet<&str> = rows.iter().map(String::as_str).collect();
    let missing: Vec<_> = existing.difference(&documented).collect();
    let outdated: Vec<_> = documented.difference(&existing).collect();
    let lines = |rows: Vec<&&str>| rows.into_iter().copied().collect::<Vec<_>>().join("\n");
    let (missing, outdated) = (lines(missing), lines(outdated));
    assert!(missing.is_empty() && outdated.is_empty(), "missing:\n{missing}\noutdated:\n{outdated}");
    for concern in keys().iter().map(|key| key.concern) {
        assert!(text.contains(&format!("\n### {concern}\n")), "no section for {concern}");
    }
}

#[test]
fn the_examples_of_the_documentation_load() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CONFIGURATION.md");
    let text = fs::read_to_string(path).unwrap();
    let mut examples =
        text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).peekable();
    assert!(examples.peek().is_some());
    // Examples that listen for the world leave the secret to the environment, as they should.
    examples.for_each(|example| drop(given().file(example).env("DESKWIRE_JWT_SECRET", GOOD_SECRET).load()));
    let exported = text.split("```sh\n").skip(1).flat_map(|rest| rest.split("```").next().unwrap().lines());
    for (name, value) in exported.filter_map(|line| line.strip_prefix("export ")?.split_once('=')) {
        assert!(keys().iter().any(|key| key.env == name), "{name}");
        given().env(name, value.trim_matches('\'')).load();
    }
}

#[test]
fn who_vouches_for_visitors_must_not_be_able_to_sign_for_agents() {
    let both = given().env("DESKWIRE_JWT_SECRET", GOOD_SECRET).env("DESKWIRE_IDENTITY_SECRET", GOOD_SECRET);
    let refusal = both.refusal();
    assert!(refusal.contains("`identity_secret`") && refusal.contains("are equal"), "{refusal}");
    assert!(!refusal.contains(GOOD_SECRET));
    let short = given().env("DESKWIRE_IDENTITY_SECRET", "short").refusal();
    assert!(short.contains("`identity_secret`"), "{short}");
    let unused = given().env("DESKWIRE_IDENTITY_SECRET", GOOD_SECRET).load();
    assert!(unused.warnings.iter().any(|warning| warning.contains("`widget_sessions` is off")));
    assert!(
        unused.effective.iter().all(|it| it.value.as_ref().is_none_or(|value| !value.contains(GOOD_SECRET)))
    );
}
