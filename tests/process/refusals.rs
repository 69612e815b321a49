//! Starts that must not happen, in words that help.

use std::net::TcpListener;

use crate::harness::{
    program::{deskwire, failure, server, success, token},
    *,
};
use deskwire::domain::Role;

#[tokio::test]
async fn a_public_address_without_a_key_is_refused_by_the_names_of_the_keys() {
    let dir = tempfile::tempdir().unwrap();
    let error = failure(deskwire(dir.path(), &["--listen", "0.0.0.0:0"]), 2).await;
    assert!(error.contains("`jwt_secret`") && error.contains("DESKWIRE_JWT_SECRET"), "{error}");
    assert!(!dir.path().join("data").exists(), "nothing was made");
}

#[tokio::test]
async fn a_second_server_on_one_file_is_told_who_is_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let first = Program::start(server(dir.path(), &Database::Sqlite)).await;

    let error = failure(server(dir.path(), &Database::Sqlite), 1).await;

    assert!(error.contains("in use by another deskwire process"), "{error}");
    assert!(error.contains("deskwire.db"), "{error}");
    first.connect("casey", Role::Customer).await.create_ticket("Still there").await;
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let error = failure(deskwire(dir.path(), &["--listen", &address]), 1).await;

    assert!(error.contains(&format!("cannot listen on {address}")), "{error}");
    assert!(error.contains("in use"), "{error}");
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_a_failure_without_its_password() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = server(dir.path(), &Database::Sqlite);
    command.env("DESKWIRE_DATABASE_URL", "postgres://desk:hunter2hunter2@127.0.0.1:1/desk");
    let error = failure(command, 1).await;
    assert!(error.contains("cannot connect to the database"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}

#[tokio::test]
async fn migrating_is_refused_while_a_server_runs_and_renames_the_history_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    success(deskwire(dir.path(), &["migrate"])).await;
    assert!(dir.path().join("data/deskwire.db").is_file());
    let epoch = async |program: &Program| {
        let mut client = WsClient::open(program.address).await;
        client.authenticate(&token("casey", Role::Customer)).await["epoch"].clone()
    };
    let mut program = Program::start(server(dir.path(), &Database::Sqlite)).await;
    let first = epoch(&program).await;

    let error = failure(deskwire(dir.path(), &["migrate", "--new-epoch"]), 1).await;
    assert!(error.contains("in use by another deskwire process"), "{error}");
    program.stop().await;
    success(deskwire(dir.path(), &["migrate"])).await;

    let mut program = Program::start(server(dir.path(), &Database::Sqlite)).await;
    assert_eq!(epoch(&program).await, first);
    program.stop().await;
    success(deskwire(dir.path(), &["migrate", "--new-epoch"])).await;
    let program = Program::start(server(dir.path(), &Database::Sqlite)).await;
    assert_ne!(epoch(&program).await, first);
}
