//! Two servers on one PostgreSQL database.

use std::collections::BTreeMap;

use super::*;
use crate::harness::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_deliver_each_event_once_and_know_each_others_webhooks() {
    let Some(database) = Database::postgres() else { return };
    let (one, two) = (start(database.clone()).await, start(database).await);
    let receiver = Receiver::start().await;
    Hook::register(&one, &receiver, json!({ "events": ["message.created"] })).await;
    // Registered with one, it is known to the other from its next commit on.
    let (mut rita, mut paul) = (one.customer("rita").await, two.customer("paul").await);
    let mut tickets = Vec::new();
    for n in 0..4 {
        tickets.push((rita.create_ticket(&n.to_string()).await, paul.create_ticket(&n.to_string()).await));
    }
    for n in 0..10 {
        for (of_one, of_two) in &tickets {
            rita.say(of_one, &n.to_string()).await;
            paul.say(of_two, &n.to_string()).await;
        }
    }
    eventually("all are delivered", async || {
        one.texts("SELECT event AS text FROM webhook_deliveries WHERE state = 'delivered'").len() == 80
    })
    .await;
    let mut seen: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for it in receiver.received() {
        seen.entry(it.ticket()).or_default().push(it.data()["seq"].as_i64().unwrap());
    }
    let expected: Vec<i64> = (1..=10).collect();
    assert_eq!(seen.len(), 8);
    assert!(seen.values().all(|seqs| *seqs == expected), "{seen:?}");
}
