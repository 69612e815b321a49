//! The program as an operator calls it: help, flags, what is printed where, exit codes.
//!
//! Starts the program with an environment of its own; nothing is served here.
#![expect(clippy::unwrap_used, reason = "a test's helpers may panic")]

use std::{
    fs,
    process::{Command, Output},
};

use clap::CommandFactory;
use deskwire::cli::Cli;
use tempfile::TempDir;

const SECRETS: &str = r#"
    jwt_secret = "g7Jw0q9ZxV2mKcRt5LhYp3NsDbF8uEaW"
    database_url = "postgres://desk:hunter2@db.example.com/desk?password=hunter3"
    metrics_token = "scrape-s3cret"
"#;

fn assert_no_secret(text: &str) {
    for secret in ["g7Jw0q9ZxV2mKcRt5LhYp3NsDbF8uEaW", "hunter2", "hunter3", "scrape-s3cret"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

fn deskwire(dir: &TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskwire"));
    command.args(arguments).current_dir(dir.path()).env_clear().envs(variables.iter().copied());
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn check_config_prints_the_settings_and_where_they_come_from() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("deskwire.toml"), format!("{SECRETS}\nworkers = 2")).unwrap();
    let output = deskwire(
        &dir,
        &["check-config", "--listen", "0.0.0.0:9000"],
        &[("DESKWIRE_DEMO", "false"), ("DESKWIRE_PORT", "tcp://10.0.0.1:80")],
    );
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout);
    assert_no_secret(&printed);
    for line in [
        "listen = \"0.0.0.0:9000\"  # the flag --listen",
        "demo = false  # the environment variable DESKWIRE_DEMO",
        "workers = 2  # ./deskwire.toml",
        "log = \"info\"  # default",
        "# public_url is not set",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line} is not in {printed}");
    }
    assert!(text(&output.stderr).contains("DESKWIRE_PORT"));
}

#[test]
fn check_config_ends_with_1_and_everything_else_with_2_when_settings_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let bad = [("DESKWIRE_WORKERS", "many")];
    for (arguments, code) in [
        (vec!["check-config"], 1),
        (vec![], 2),
        (vec!["serve"], 2),
        (vec!["migrate"], 2),
        (vec!["backup", "x"], 2),
        (vec!["restore", "x"], 2),
        (vec!["token", "--sub", "u1"], 2),
        (vec!["user", "put", "u1", "--name", "U", "--role", "agent"], 2),
    ] {
        let output = deskwire(&dir, &arguments, &bad);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(text(&output.stderr).contains("`workers`"), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn flags_work_without_a_subcommand_and_on_either_side_of_one() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [vec!["--listen", "x"], vec!["serve", "--listen", "x"], vec!["--listen", "x", "serve"]] {
        let output = deskwire(&dir, &arguments, &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains("the flag --listen"), "{arguments:?}");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [
        vec!["dance"],
        vec!["--colour"],
        vec!["token"],
        vec!["token", "--sub", ""],
        vec!["token", "--sub", "u1", "--role", "king"],
        vec!["token", "--sub", "u1", "--ttl", "soon"],
        vec!["backup"],
        vec!["user"],
        vec!["user", "put", "u1"],
        vec!["erase-user"],
        vec!["export"],
        vec!["export", "1", "--format", "pdf"],
    ] {
        assert_eq!(deskwire(&dir, &arguments, &[]).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn the_config_flag_and_its_variable_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("other.toml"), "workers = 5").unwrap();
    for output in [
        deskwire(&dir, &["check-config", "--config", "other.toml"], &[]),
        deskwire(&dir, &["check-config"], &[("DESKWIRE_CONFIG", "other.toml")]),
    ] {
        assert!(text(&output.stdout).contains("workers = 5  # other.toml"));
    }
    assert_eq!(deskwire(&dir, &["check-config", "--config", "none.toml"], &[]).status.code(), Some(1));
    assert_eq!(deskwire(&dir, &["check-config"], &[("DESKWIRE_CONFIG", "")]).status.code(), Some(0));
}

#[test]
fn help_names_every_subcommand_and_flag() {
    let dir = tempfile::tempdir().unwrap();
    let help = |arguments: &[&str]| text(&deskwire(&dir, arguments, &[]).stdout);
    let command = Cli::command();
    let top = help(&["--help"]);
    for name in
        ["serve", "token", "user", "migrate", "check-config", "backup", "restore", "erase-user", "export"]
    {
        assert!(top.contains(&format!("\n  {name} ")), "{name}");
        assert!(command.find_subcommand(name).is_some(), "{name}");
    }
    for flag in ["--config", "--listen", "--data-dir", "--database-url", "--log", "--help", "--version"] {
        assert!(top.contains(flag), "{flag}");
    }
    for variable in ["DESKWIRE_CONFIG", "DESKWIRE_LISTEN", "DESKWIRE_DATABASE_URL", "DESKWIRE_JWT_SECRET"] {
        assert!(top.contains(variable), "{variable}");
    }
    for subcommand in command.get_subcommands() {
        let shown = help(&[subcommand.get_name(), "--help"]);
        for argument in subcommand.get_arguments() {
            if let Some(long) = argument.get_long() {
                assert!(shown.contains(&format!("--{long}")), "{} --{long}", subcommand.get_name());
            }
        }
        assert!(shown.contains("--config"), "{}", subcommand.get_name());
    }
    assert!(help(&["token", "--help"]).contains("--ttl"));
}

#[test]
fn token_explains_that_a_public_key_cannot_sign() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("key.pem"), "-----BEGIN PUBLIC KEY-----").unwrap();
    let output = deskwire(&dir, &["token", "--sub", "u1"], &[("DESKWIRE_JWT_PUBLIC_KEY_FILE", "key.pem")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("`jwt_public_key_file`"));
}
