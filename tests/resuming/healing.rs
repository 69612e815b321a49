//! Hints that never arrive: what another process commits reaches the rooms here through the log.
//!
//! PostgreSQL only: the embedded database has one process.

use std::time::Duration;

use super::{epoch, note, resume, story_until};
use crate::harness::*;

/// Two servers over one database, neither of which hears of the other's commits.
async fn two() -> Option<(TestApp, TestApp)> {
    let database = Database::postgres()?;
    let one = quick(database.clone()).await;
    let two = quick(database).await;
    Some((one, two))
}

async fn quick(database: Database) -> TestApp {
    TestApp::with(database, |settings| settings.timing.heal_interval = Duration::from_millis(50)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_gets_what_another_process_commits_without_any_hint() {
    let Some((here, there)) = two().await else { return };
    let mut casey = here.customer("casey").await;
    let mut members = [here.agent("ari").await, here.agent("ada").await, here.agent("amy").await];
    let ticket = casey.create_ticket("Help").await;
    casey.join(&ticket).await;
    for member in &mut members {
        member.join(&ticket).await;
    }

    let mut alex = there.agent("alex").await;
    alex.say(&ticket, "one").await;
    alex.ok("send_message", note(&ticket, "note")).await;
    alex.say(&ticket, "two").await;

    assert_eq!(story_until(&mut casey, "two").await, ["public 1", "public 2"]);
    for member in &mut members {
        assert_eq!(story_until(member, "two").await, ["public 1", "internal 1", "public 2"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_processes_commit_at_once_comes_in_one_order_and_once_at_both() {
    let Some((here, there)) = two().await else { return };
    let (mut alex, mut ari) = (here.agent("alex").await, there.agent("ari").await);
    let ticket = alex.create_ticket("Busy").await;
    let (mut reader_here, mut reader_there) = (here.agent("ada").await, there.agent("amy").await);
    reader_here.join(&ticket).await;
    reader_there.join(&ticket).await;

    for _ in 0..15 {
        tokio::join!(
            super::fill(&mut alex, &ticket, 10, 10, true),
            super::fill(&mut ari, &ticket, 10, 10, true)
        );
    }

    let mut logs = Vec::new();
    for reader in [&mut reader_here, &mut reader_there] {
        let mut log = Vec::new();
        while log.len() < 300 {
            log.push(reader.event("new_message").await);
        }
        assert!(log.is_sorted_by_key(|it| it["id"].as_str().unwrap().parse::<u64>().unwrap()));
        logs.push(log);
    }
    assert_eq!(logs[0], logs[1]);
    for stream in ["public", "internal"] {
        let seqs: Vec<u64> = logs[0]
            .iter()
            .filter(|it| it["stream"] == stream)
            .map(|it| it["seq"].as_u64().unwrap())
            .collect();
        assert_eq!(seqs, (1..=150).collect::<Vec<_>>());
    }
    alex.say(&ticket, "last").await;
    for reader in [&mut reader_here, &mut reader_there] {
        assert_eq!(reader.event("new_message").await["message"], "last", "nothing came twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_event_here_brings_what_was_missed_in_the_other_stream_before_it() {
    let Some(database) = Database::postgres() else { return };
    let slow_to_compare = |database| {
        TestApp::with(database, |settings| settings.timing.heal_interval = Duration::from_secs(3_600))
    };
    let (here, there) = (slow_to_compare(database.clone()).await, slow_to_compare(database).await);
    let (mut alex, mut ari) = (here.agent("alex").await, there.agent("ari").await);
    let ticket = alex.create_ticket("Help").await;
    alex.join(&ticket).await;

    ari.ok("send_message", note(&ticket, "unheard of")).await;
    alex.say(&ticket, "heard of").await;

    assert_eq!(story_until(&mut alex, "heard of").await, ["internal 1", "public 1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_resumes_at_another_process() {
    let Some((here, there)) = two().await else { return };
    let mut casey = here.customer("casey").await;
    let ticket = casey.create_ticket("Help").await;
    casey.join(&ticket).await;
    casey.say(&ticket, "one").await;
    assert_eq!(story_until(&mut casey, "one").await, ["public 1"]);
    casey.say(&ticket, "two").await;
    let epoch = epoch(&here).await;
    casey.cut();

    let mut casey = there.customer("casey").await;
    let joined = casey.ok("join_ticket", resume(&ticket, &json!({ "public": 1 }), &epoch)).await;
    assert_eq!((&joined["replaying"], &joined["reset"]), (&json!(1), &json!(false)));
    assert_eq!(story_until(&mut casey, "replay_complete").await, ["public 2", "replay_complete"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_at_another_process_is_recognised() {
    let Some((here, there)) = two().await else { return };
    let (mut one, mut two) = (here.customer("casey").await, there.customer("casey").await);
    let ticket = one.create_ticket("Help").await;
    for round in 0..10 {
        let message = json!({ "ticketId": ticket, "message": "once", "clientMessageId": round.to_string() });
        let (a, b) =
            tokio::join!(one.ok("send_message", message.clone()), two.ok("send_message", message.clone()));
        assert_eq!(a["message"]["id"], b["message"]["id"]);
        assert_ne!(a.get("duplicate"), b.get("duplicate"), "one of the two is the duplicate");
    }
}
