//! Listeners without a socket who vanish, by the process's own count.

use deskwire::domain::Role;

use crate::{
    harness::{program::server, *},
    on_each_database,
};

/// What the process counts under that name.
async fn counted(program: &Program, name: &str) -> f64 {
    let metrics = http::get(program.address, "/metrics", &[]).await;
    let samples = metrics
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix(name))
        .filter_map(|it| it.trim().parse::<f64>().ok());
    samples.sum()
}

async fn until(program: &Program, connections: f64, rooms: f64) {
    eventually(&format!("{connections} connections in {rooms} rooms"), async || {
        counted(program, "deskwire_connections ").await == connections
            && counted(program, "deskwire_rooms ").await == rooms
    })
    .await;
}

on_each_database! {
    async fn whoever_vanishes_is_forgotten_whatever_their_request_was_doing(database) {
        let dir = tempfile::tempdir().unwrap();
        let mut command = server(dir.path(), &database);
        command.env("DESKWIRE_HEARTBEAT_MS", "50");
        let mut program = Program::start(command).await;
        let api = program.api("alex", Role::Agent);
        let made = api.post("/api/tickets", json!({ "subject": "Help" })).await.expect(201);
        let path = format!("/api/tickets/{}/events", made["ticket"]["id"].as_str().unwrap());
        let epoch = api.get(&path).await.expect(200)["epoch"].as_str().unwrap().to_owned();
        until(&program, 0.0, 0.0).await;

        let stream = api.with("Accept", "text/event-stream");
        let poll = format!("{path}?public=0&internal=0&epoch={epoch}&wait=60");
        for _ in 0..2 {
            let streams = [stream.ask(&path).await, stream.ask(&path).await];
            let polls = [api.ask(&poll).await, api.ask(&poll).await];
            eventually("all four listen", async || counted(&program, "deskwire_connections ").await == 4.0).await;
            let [ended, broken] = streams;
            drop(ended);
            broken.reset();
            polls.into_iter().for_each(Raw::reset);
            until(&program, 0.0, 0.0).await;
        }

        // Broken off at any moment of its beginning. What is reset right behind its request counts as one
        // that is still being read (by the HTTP library), until the poll has waited.
        let poll = poll.replace("wait=60", "wait=1");
        for n in 0..60 {
            let socket = if n % 2 == 0 { stream.ask(&path).await } else { api.ask(&poll).await };
            for _ in 0..n {
                tokio::task::yield_now().await;
            }
            socket.reset();
        }
        until(&program, 0.0, 0.0).await;
        program.stop().await;
    }
}
