//! A backup made while everybody talks is one moment of the log, and clients notice the restore.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::support::*;
use crate::harness::{
    load::{acknowledged, audit, talk},
    program::success,
    *,
};
use deskwire::domain::Role;

const USERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_holds_all_that_was_acknowledged_before_with_every_file_and_restores_under_a_new_epoch() {
    let mut app = TestApp::start(Database::Sqlite).await;
    let total: Arc<AtomicUsize> = Arc::default();
    let mut crowd = Vec::new();
    for user in 0..USERS {
        let name = format!("user{user}");
        let mut client = app.customer(&name).await;
        let ticket = client.create_ticket("Load").await;
        let total = Arc::clone(&total);
        crowd.push((name.clone(), ticket.clone()));
        tokio::spawn(async move { talk(&mut client, ticket, &name, usize::MAX, total).await });
    }
    acknowledged(&total, 300).await;
    let before = total.load(Ordering::Relaxed);

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("backup.tar");
    success(over(app.data_dir(), &["backup", file.to_str().unwrap()])).await;

    let (name, ticket) = &crowd[0];
    let mut client = app.open().await;
    let epoch = client.authenticate(&app.token(name, Role::Customer)).await["epoch"].clone();
    let resume = json!({ "ticketId": ticket, "since": { "public": 3 }, "epoch": epoch });
    // After so much talk there may be too much to replay; the last message is always close enough.
    let position = client.ok("join_ticket", json!({ "ticketId": ticket })).await["position"].clone();
    let close = json!({ "ticketId": ticket, "since": position, "epoch": epoch });
    assert_eq!(client.ok("join_ticket", close).await["reset"], false);
    app.stop().await;

    let data_dir = dir.path().join("data");
    success(over(&data_dir, &["restore", file.to_str().unwrap()])).await;

    let app = serve(&data_dir).await;
    let mut restored = 0;
    for (name, ticket) in &crowd {
        let token = app.token(name, Role::Customer);
        let mut client = app.customer(name).await;
        restored += audit(app.address, &mut client, &token, ticket).await.len();
    }
    assert!(restored >= before, "{restored} of at least {before}");
    assert!(!app.attachment_files().is_empty());
    let mut client = app.open().await;
    assert_ne!(client.authenticate(&app.token(name, Role::Customer)).await["epoch"], epoch);
    assert_eq!(client.ok("join_ticket", resume).await["reset"], true);
    client.event("replay_complete").await;
    client.say(ticket, "and on it goes").await;
    assert_eq!(client.event("new_message").await["message"], "and on it goes");
}
