//! What was acknowledged survives the death of the process.

use std::sync::{Arc, atomic::AtomicUsize};

use deskwire::domain::Role;

use crate::{
    harness::{
        load::{Talk, acknowledged, talk},
        program::{server, token},
        *,
    },
    on_each_database,
};

const USERS: usize = 24;

/// Starts users who talk, each in a ticket of their own, until the server is gone.
pub(super) async fn crowd(
    program: &Program,
    total: &Arc<AtomicUsize>,
) -> Vec<tokio::task::JoinHandle<(String, Talk)>> {
    let mut crowd = Vec::new();
    for user in 0..USERS {
        let name = format!("user{user}");
        let mut client = program.connect(&name, Role::Customer).await;
        let ticket = client.create_ticket("Load").await;
        client.join(&ticket).await;
        let total = Arc::clone(total);
        crowd.push(tokio::spawn(async move {
            let talk = talk(&mut client, ticket, &name, usize::MAX, total).await;
            (name, talk)
        }));
    }
    crowd
}

/// Everything that was acknowledged is there, and what was not can be sent again.
pub(super) async fn verify(program: &Program, crowd: Vec<tokio::task::JoinHandle<(String, Talk)>>) {
    for user in crowd {
        let (name, talk) = user.await.unwrap();
        let token = token(&name, Role::Customer);
        let mut client = program.connect(&name, Role::Customer).await;
        talk.verify(program.address, &mut client, &token).await;
        talk.retry(program.address, &mut client, &token).await;
    }
}

on_each_database! {
    async fn every_acknowledged_message_survives_a_kill_exactly_once(database) {
        let dir = tempfile::tempdir().unwrap();
        let mut program = Program::start(server(dir.path(), &database)).await;
        let total = Arc::default();
        let crowd = crowd(&program, &total).await;
        acknowledged(&total, 1_000).await;

        program.kill().await;

        let program = Program::start(server(dir.path(), &database)).await;
        verify(&program, crowd).await;
    }
}
