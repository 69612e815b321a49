//! What `deskwire token` prints is a token that the server takes.

use tokio::process::Command;

use crate::harness::{
    app::SECRET,
    program::{deskwire, server, success},
    *,
};

async fn printed(
    configure: impl Fn(&mut Command),
    arguments: &[&str],
) -> (Program, tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let mut command = deskwire(dir.path(), arguments);
    command.env("DESKWIRE_JWT_SECRET", SECRET);
    configure(&mut command);
    let token = success(command).await;
    assert_eq!(token.lines().count(), 1, "the token and nothing else");
    let mut command = server(dir.path(), &Database::Sqlite);
    configure(&mut command);
    (Program::start(command).await, dir, token.trim().to_owned())
}

#[tokio::test]
async fn it_says_who_someone_is() {
    let arguments = ["token", "--sub", "agent-7", "--name", "Ada", "--role", "agent", "--ttl", "30d"];
    let (program, _dir, token) = printed(|_| {}, &arguments).await;
    let mut client = WsClient::open(program.address).await;
    let authenticated = client.authenticate(&token).await;
    assert_eq!(authenticated["user"], json!({ "id": "agent-7", "name": "Ada", "role": "agent" }));
}

#[tokio::test]
async fn it_carries_renamed_claims_and_the_audience() {
    let configure = |command: &mut Command| {
        command.env("DESKWIRE_JWT_CLAIMS__ID", "userId").env("DESKWIRE_JWT_CLAIMS__NAME", "displayName");
        command.env("DESKWIRE_JWT_CLAIMS__ROLE", "userType").env("DESKWIRE_JWT_AUDIENCE", "desk");
    };
    let arguments = ["token", "--sub", "kim", "--name", "Kim", "--role", "admin"];
    let (program, dir, token) = printed(configure, &arguments).await;
    let mut client = WsClient::open(program.address).await;
    let authenticated = client.authenticate(&token).await;
    assert_eq!(authenticated["user"], json!({ "id": "kim", "name": "Kim", "role": "admin" }));

    let mut plain = deskwire(dir.path(), &["token", "--sub", "kim"]);
    plain.env("DESKWIRE_JWT_SECRET", SECRET);
    let other = success(plain).await;
    let mut client = WsClient::open(program.address).await;
    client.refused("authenticate", json!({ "token": other.trim() })).await;
    assert_eq!(client.closed().await, 4401);
}
