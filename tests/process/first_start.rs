//! The first minute: no configuration, two links, two tickets.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::harness::{
    load::history,
    program::{deskwire, success},
    *,
};

/// The token of a printed link.
async fn link(program: &mut Program, whose: &str) -> String {
    loop {
        let line = program.line().await;
        if line.trim_start().starts_with(whose) {
            let (_, link) = line.split_once("http://").unwrap();
            let (origin, token) = link.split_once("/#token=").unwrap();
            assert_eq!(origin, program.address.to_string());
            let (token, ticket) = token.split_once('&').unwrap();
            assert_eq!(ticket, "ticket=1");
            return token.to_owned();
        }
    }
}

async fn signed_in(program: &Program, token: &str, role: &str) -> WsClient {
    let mut client = WsClient::open(program.address).await;
    let authenticated = client.authenticate(token).await;
    assert_eq!(authenticated["user"]["role"], role);
    client
}

/// Nothing but a port that no other test uses.
fn bare(dir: &std::path::Path) -> tokio::process::Command {
    deskwire(dir, &["--listen", "127.0.0.1:0"])
}

#[tokio::test]
async fn without_configuration_it_prints_two_links_that_open_the_demo_tickets() {
    let dir = tempfile::tempdir().unwrap();
    let mut program = Program::start(bare(dir.path())).await;
    let (customer, agent) = (link(&mut program, "customer").await, link(&mut program, "agent").await);

    let mut casey = signed_in(&program, &customer, "customer").await;
    let mut alex = signed_in(&program, &agent, "agent").await;

    for ticket in ["1", "2"] {
        assert_eq!(casey.join(ticket).await["ticket"]["id"], ticket);
        alex.join(ticket).await;
    }
    casey.refused("join_ticket", json!({ "ticketId": "3" })).await;
    assert_eq!(history(&mut casey, "1").await.len(), 2, "the note is internal");
    assert_eq!(history(&mut alex, "1").await.len(), 3);
    let sent = casey.say("1", "Hello?").await;
    assert_eq!(alex.event("new_message").await, sent);
    assert_eq!(http::get(program.address, "/", &[]).await.status, 200);
    program.stop().await;
}

#[tokio::test]
async fn another_start_keeps_the_secret_and_adds_no_demo() {
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("data/dev-secret");
    let mut first = Program::start(bare(dir.path())).await;
    let token = link(&mut first, "customer").await;
    signed_in(&first, &token, "customer").await.say("1", "Hello?").await;
    let drawn = fs::read_to_string(&secret).unwrap();
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    first.stop().await;

    let mut second = Program::start(bare(dir.path())).await;

    assert_eq!(fs::read_to_string(&secret).unwrap(), drawn);
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    let mut casey = signed_in(&second, &token, "customer").await;
    assert_eq!(history(&mut casey, "1").await.len(), 3);
    casey.refused("get_messages", json!({ "ticketId": "3" })).await;
    let token = link(&mut second, "agent").await;
    signed_in(&second, &token, "agent").await;
    second.stop().await;
}

#[tokio::test]
async fn a_token_of_the_command_line_works_before_and_after_the_first_start() {
    let dir = tempfile::tempdir().unwrap();
    let token = success(deskwire(dir.path(), &["token", "--sub", "kim", "--role", "agent"])).await;
    let program = Program::start(bare(dir.path())).await;
    signed_in(&program, token.trim(), "agent").await;
}

#[tokio::test]
async fn with_a_secret_of_its_own_it_prints_no_links_and_makes_no_tickets() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = bare(dir.path());
    command.env("DESKWIRE_JWT_SECRET", app::SECRET);
    let mut program = Program::start(command).await;
    let mut alex = program.connect("alex", deskwire::domain::Role::Agent).await;
    alex.refused("get_messages", json!({ "ticketId": "1" })).await;
    assert!(!dir.path().join("data/dev-secret").exists());
    program.stop().await;
    assert!(program.printed().await.is_empty());
}
