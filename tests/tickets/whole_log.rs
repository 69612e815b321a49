//! A ticket in which everything happened that can: written down, and erased.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;

use crate::{
    harness::{
        program::{beside, success},
        *,
    },
    on_each_database,
};

/// The names of all durable events.
const EVENTS: [&str; 9] = [
    "message_deleted",
    "message_edited",
    "new_message",
    "participant_added",
    "participant_removed",
    "reaction_added",
    "reaction_removed",
    "ticket_rated",
    "ticket_updated",
];

async fn server(database: Database) -> TestApp {
    TestApp::with(database, |settings| settings.timing.heal_interval = Duration::from_millis(50)).await
}

/// A ticket of casey's with every kind of event, some in both streams; of casey is what says `zebra`.
async fn eventful(app: &TestApp) -> String {
    let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
    app.customer("drew").await.close().await;
    let ticket = casey.create_ticket("zebra one").await;
    let id = |message: &Value| message["id"].clone();
    let first = id(&casey.say(&ticket, "zebra was here").await);
    let gone = id(&casey.say(&ticket, "zebra in secret").await);
    let answer = id(&alex.say(&ticket, "an answer").await);
    let note = json!({ "ticketId": ticket, "message": "a note", "visibility": "internal" });
    let note = id(&alex.ok("send_message", note).await["message"]);
    casey.ok("edit_message", json!({ "messageId": first, "message": "zebra was changed" })).await;
    casey.ok("delete_message", json!({ "messageId": gone })).await;
    for message in [&answer, &note] {
        alex.ok("add_reaction", json!({ "messageId": message, "emoji": "👀" })).await;
        alex.ok("remove_reaction", json!({ "messageId": message, "emoji": "👀" })).await;
    }
    casey.ok("add_reaction", json!({ "messageId": answer, "emoji": "👍" })).await;
    for command in ["add_participant", "remove_participant", "add_participant"] {
        alex.ok(command, json!({ "ticketId": ticket, "userId": "drew" })).await;
    }
    casey.ok("update_ticket", json!({ "ticketId": ticket, "subject": "zebra two" })).await;
    let update = json!({ "ticketId": ticket, "priority": "high", "labels": ["vip"], "assigneeId": "alex", "status": "closed" });
    alex.ok("update_ticket", update).await;
    casey.ok("rate_ticket", json!({ "ticketId": ticket, "score": 4, "comment": "zebra said so" })).await;
    ticket
}

async fn transcript(app: &TestApp, ticket: &str, arguments: &[&str]) -> String {
    success(beside(app, &[&["export", ticket], arguments].concat())).await
}

/// All durable events that an agent is replayed, as the wire has them.
async fn replayed(app: &TestApp, ticket: &str) -> Vec<Value> {
    app.agent("reader").await.replay(ticket).await
}

fn is_dense(events: &[Value]) {
    for stream in ["public", "internal"] {
        let of_stream = events.iter().filter(|event| event["data"]["stream"] == stream);
        let seqs: Vec<i64> = of_stream.map(|event| event["data"]["seq"].as_i64().unwrap()).collect();
        assert!(!seqs.is_empty() && seqs.iter().zip(1..).all(|(seq, n)| *seq == n), "{stream}: {seqs:?}");
    }
}

on_each_database! {
    async fn a_transcript_holds_every_kind_of_event(database) {
        let app = server(database).await;
        let ticket = eventful(&app).await;
        let events = replayed(&app, &ticket).await;
        is_dense(&events);
        let names: BTreeSet<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
        assert_eq!(names, BTreeSet::from(EVENTS), "the ticket has them all");

        let whole: Value = serde_json::from_str(&transcript(&app, &ticket, &["--internal"]).await).unwrap();
        let (written, sent): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| event["event"] != "new_message");
        assert_eq!(whole["events"], json!(written), "as the wire has them");
        let sent: Vec<Value> = sent.into_iter().map(|event| event["data"].clone()).collect();
        assert_eq!(whole["messages"], json!(sent));

        let public: Value = serde_json::from_str(&transcript(&app, &ticket, &[]).await).unwrap();
        let of_public = |all: &Value| all.as_array().unwrap().iter().filter(|event| event["data"]["stream"] == "public").count();
        assert_eq!(public["events"].as_array().unwrap().len(), of_public(&whole["events"]));
        assert!(!public.to_string().contains("vip"));
        for (format, gone) in [("html", "deleted</p>"), ("txt", "[deleted]")] {
            let page = transcript(&app, &ticket, &["--format", format, "--internal"]).await;
            for words in [
                gone, "zebra was changed", "a note", "👍 1", "Drew was added", "Drew was removed",
                "Casey changed the subject to “zebra two”", "Alex changed the status to closed, the assignee to alex",
                "Alex changed the priority to high, the labels to vip", "rated 4 of 5",
            ] {
                assert!(page.contains(words), "{format}: {words}: {page}");
            }
            assert!(!page.contains("zebra in secret"), "{page}");
        }
    }
}

on_each_database! {
    async fn erasing_its_requester_leaves_a_log_that_still_reads(database) {
        let app = server(database).await;
        let ticket = eventful(&app).await;
        let mut alex = app.agent("alex").await;
        alex.join(&ticket).await;
        let before = replayed(&app, &ticket).await.len();
        success(beside(&app, &["erase-user", "casey", "--yes", "--no-vacuum"])).await;
        assert_eq!(alex.event("ticket_updated").await["changes"]["subject"]["to"], "(erased)");

        let events = replayed(&app, &ticket).await;
        is_dense(&events);
        // A message's deletion, and the subject's.
        assert_eq!(events.len(), before + 2);
        let shown = json!([events, alex.ok("get_ticket", json!({ "ticketId": ticket })).await]);
        assert!(!shown.to_string().contains("zebra"), "{shown}");
        assert!(shown.to_string().contains("an answer"));
        for format in ["json", "html", "txt"] {
            let page = transcript(&app, &ticket, &["--format", format, "--internal"]).await;
            assert!(!page.contains("zebra") && page.contains("an answer"), "{page}");
        }
        for query in ["zebra", "changed"] {
            let found = alex.ok("search_messages", json!({ "query": query })).await;
            assert_eq!(found["results"], json!([]), "{query}");
            assert_eq!(alex.ok("list_tickets", json!({ "query": query })).await["tickets"], json!([]), "{query}");
        }
    }
}

on_each_database! {
    async fn erasing_a_participant_or_the_agent_leaves_the_rest(database) {
        let app = server(database).await;
        let ticket = eventful(&app).await;
        let before = replayed(&app, &ticket).await.len();
        for user in ["drew", "alex"] {
            success(beside(&app, &["erase-user", user, "--yes", "--no-vacuum"])).await;
        }
        let events = replayed(&app, &ticket).await;
        is_dense(&events);
        // Alex's two messages; the ticket is closed, so it stays whose it was.
        assert_eq!(events.len(), before + 2);
        let page = transcript(&app, &ticket, &["--format", "txt", "--internal"]).await;
        for words in ["zebra was changed", "zebra two", "Erased user was added", "Erased user changed the status"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("an answer") && !page.contains("a note") && !page.contains("Drew"), "{page}");
    }
}
