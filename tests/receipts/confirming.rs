//! Confirming messages: what a receipt moves, who hears of it, and what messages show of it.

use serde_json::Value;

use crate::{harness::*, on_each_database};

async fn mark(client: &mut WsClient, what: &str, ticket: &str, seq: u64) -> Value {
    client.ok(what, json!({ "ticketId": ticket, "seq": seq })).await
}

/// `deliveredSeq` and `readSeq` of a reply.
fn seqs(receipt: &Value) -> (i64, i64) {
    (receipt["deliveredSeq"].as_i64().unwrap(), receipt["readSeq"].as_i64().unwrap())
}

async fn note(client: &mut WsClient, ticket: &str, text: &str) -> Value {
    let note = json!({ "ticketId": ticket, "message": text, "visibility": "internal" });
    client.ok("send_message", note).await["message"].clone()
}

/// The statuses of a ticket's messages as the client reads them.
async fn statuses(client: &mut WsClient, ticket: &str) -> Vec<String> {
    let page = client.ok("get_messages", json!({ "ticketId": ticket })).await;
    let messages = page["messages"].as_array().unwrap();
    messages.iter().map(|message| message["status"].as_str().unwrap().to_owned()).collect()
}

on_each_database! {
    async fn a_receipt_tells_the_others_and_the_readers_other_connections_once(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        // Alex reads at one desk; another is in the room, too, and a third is not.
        let (mut desk, mut phone) = (app.agent("alex").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        for client in [&mut casey, &mut alex, &mut desk] {
            client.join(&ticket).await;
        }
        let first = casey.say(&ticket, "one").await;
        let own = alex.say(&ticket, "mine").await;
        let last = casey.say(&ticket, "two").await;

        let receipt = mark(&mut alex, "mark_delivered", &ticket, 1).await;
        assert_eq!(receipt["userId"], "alex");
        assert_eq!((&receipt["ticketId"], &receipt["stream"]), (&json!(ticket), &json!("public")));
        assert_eq!(seqs(&receipt), (1, 0));
        assert_eq!(seqs(&mark(&mut alex, "mark_read", &ticket, 3).await), (3, 3), "what is read was delivered");

        for client in [&mut casey, &mut desk, &mut phone] {
            let delivered = client.event("messages_delivered").await;
            assert_eq!(delivered["messageIds"], json!([first["id"]]));
            let read = client.event("messages_read").await;
            let expected = json!({
                "ticketId": ticket, "stream": "public", "userId": "alex", "seq": 3,
                "messageIds": [first["id"], last["id"]],
            });
            assert_eq!(read, expected, "without {}, which is the reader's own", own["id"]);
        }
        for client in [&mut casey, &mut alex, &mut desk, &mut phone] {
            for name in ["messages_read", "messages_delivered"] {
                assert!(client.events_so_far(name).await.is_empty(), "each once, and not to the caller");
            }
        }
    }
}

on_each_database! {
    async fn a_receipt_never_goes_back_and_what_is_known_is_told_to_nobody(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        for text in ["one", "two", "three"] {
            casey.say(&ticket, text).await;
        }
        assert_eq!(seqs(&mark(&mut alex, "mark_read", &ticket, 2).await), (2, 2));
        for (what, seq) in [("mark_read", 2), ("mark_read", 1), ("mark_delivered", 2), ("mark_read", 0)] {
            assert_eq!(seqs(&mark(&mut alex, what, &ticket, seq).await), (2, 2), "{what} {seq}");
        }
        assert_eq!(seqs(&mark(&mut alex, "mark_delivered", &ticket, 3).await), (3, 2));
        assert_eq!(casey.event("messages_delivered").await["seq"], 3);
        assert_eq!(casey.events_so_far("messages_read").await.len(), 1);
        assert!(casey.events_so_far("messages_delivered").await.is_empty());

        let refused = alex.refused("mark_read", json!({ "ticketId": ticket, "seq": 4 })).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("invalid_payload"), &json!("seq")));
        let huge = alex.refused("mark_read", json!({ "ticketId": ticket, "seq": u64::MAX })).await;
        assert_eq!(huge["code"], "invalid_payload");
        assert_eq!(seqs(&mark(&mut alex, "mark_read", &ticket, 2).await), (3, 2), "a refusal moved nothing");
    }
}

on_each_database! {
    async fn a_receipt_names_a_number_or_a_message_that_the_caller_sees(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let (ticket, other) = (casey.create_ticket("Help").await, casey.create_ticket("Other").await);
        let said = casey.say(&ticket, "one").await;
        let elsewhere = casey.say(&other, "two").await;
        let internal = note(&mut alex, &ticket, "psst").await;

        let neither = alex.refused("mark_read", json!({ "ticketId": ticket })).await;
        let both = alex.refused("mark_read", json!({ "ticketId": ticket, "seq": 1, "messageId": said["id"] })).await;
        for refused in [neither, both] {
            assert_eq!(refused["code"], "invalid_payload");
        }
        let by_message = alex.ok("mark_read", json!({ "ticketId": ticket, "messageId": said["id"] })).await;
        assert_eq!((by_message["stream"].as_str(), seqs(&by_message)), (Some("public"), (1, 1)));
        let by_note = alex.ok("mark_read", json!({ "ticketId": ticket, "messageId": internal["id"] })).await;
        assert_eq!((by_note["stream"].as_str(), seqs(&by_note)), (Some("internal"), (1, 1)));
        let contrary = json!({ "ticketId": ticket, "messageId": internal["id"], "stream": "public" });
        assert_eq!(alex.refused("mark_read", contrary.clone()).await["field"], "stream");

        // What is hidden reads as what is missing.
        let missing = casey.refused("mark_read", json!({ "ticketId": ticket, "messageId": "999999" })).await;
        assert_eq!((&missing["code"], &missing["field"]), (&json!("not_found"), &json!("messageId")));
        for id in [&internal["id"], &elsewhere["id"]] {
            let hidden = casey.refused("mark_read", json!({ "ticketId": ticket, "messageId": id })).await;
            assert_eq!(hidden, missing);
        }
        assert_eq!(casey.refused("mark_read", contrary).await, missing);
        let internal = json!({ "ticketId": ticket, "seq": 1, "stream": "internal" });
        let forbidden = casey.refused("mark_read", internal).await;
        assert_eq!((&forbidden["code"], &forbidden["field"]), (&json!("forbidden"), &json!("stream")));
    }
}

on_each_database! {
    async fn a_stranger_learns_nothing_by_confirming(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut sam) = (app.customer("casey").await, app.customer("sam").await);
        let ticket = casey.create_ticket("Help").await;
        let said = casey.say(&ticket, "one").await;
        let missing = sam.refused("mark_read", json!({ "ticketId": "999999", "seq": 1 })).await;
        assert_eq!((&missing["code"], &missing["field"]), (&json!("not_found"), &json!("ticketId")));
        for mark in [
            json!({ "ticketId": ticket, "seq": 1 }),
            json!({ "ticketId": ticket, "seq": 99 }),
            json!({ "ticketId": ticket, "seq": 1, "stream": "internal" }),
            json!({ "ticketId": ticket, "messageId": said["id"] }),
            json!({ "ticketId": ticket }),
        ] {
            assert_eq!(sam.refused("mark_read", mark).await, missing);
        }
        assert_eq!(app.rows("read_positions"), 0);
    }
}

on_each_database! {
    async fn receipts_of_the_internal_stream_are_for_agents(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let (mut alex, mut blair) = (app.agent("alex").await, app.agent("blair").await);
        let ticket = casey.create_ticket("Help").await;
        for client in [&mut casey, &mut alex, &mut blair] {
            client.join(&ticket).await;
        }
        let internal = note(&mut alex, &ticket, "psst").await;
        blair.ok("mark_read", json!({ "ticketId": ticket, "seq": 1, "stream": "internal" })).await;
        let event = alex.event("messages_read").await;
        assert_eq!((&event["stream"], &event["messageIds"]), (&json!("internal"), &json!([internal["id"]])));
        casey.say(&ticket, "one").await;
        mark(&mut blair, "mark_read", &ticket, 1).await;
        assert_eq!(casey.event("messages_read").await["stream"], "public", "and the other never came");

        let receipt = |user, stream| {
            json!({ "userId": user, "stream": stream, "deliveredSeq": 1, "readSeq": 1 })
        };
        assert_eq!(alex.join(&ticket).await["receipts"], json!([receipt("blair", "public"), receipt("blair", "internal")]));
        assert_eq!(casey.join(&ticket).await["receipts"], json!([receipt("blair", "public")]));
    }
}

on_each_database! {
    async fn a_message_shows_how_far_it_has_come_with_others(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let joined = casey.join(&ticket).await;
        let first = json!({ "ticketId": ticket, "message": "one", "clientMessageId": "c1" });
        assert_eq!(casey.ok("send_message", first.clone()).await["message"]["status"], "sent");
        casey.say(&ticket, "two").await;
        casey.say(&ticket, "three").await;
        mark(&mut casey, "mark_read", &ticket, 3).await;
        assert_eq!(statuses(&mut casey, &ticket).await, ["sent", "sent", "sent"], "one's own receipt says nothing");

        mark(&mut alex, "mark_delivered", &ticket, 2).await;
        mark(&mut alex, "mark_read", &ticket, 1).await;
        for client in [&mut casey, &mut alex] {
            assert_eq!(statuses(client, &ticket).await, ["read", "delivered", "sent"]);
        }
        let again = casey.ok("send_message", first).await;
        assert_eq!((&again["duplicate"], &again["message"]["status"]), (&json!(true), &json!("read")));
        let since = json!({ "ticketId": ticket, "since": { "public": 0 }, "epoch": joined["epoch"] });
        alex.ok("join_ticket", since).await;
        for status in ["read", "delivered", "sent"] {
            assert_eq!(alex.event("new_message").await["status"], status, "replayed as it is now");
        }
        note(&mut alex, &ticket, "psst").await;
        assert_eq!(statuses(&mut alex, &ticket).await.last().unwrap(), "sent", "read in public is not read here");
        let mut blair = app.agent("blair").await;
        blair.ok("mark_read", json!({ "ticketId": ticket, "seq": 1, "stream": "internal" })).await;
        assert_eq!(statuses(&mut alex, &ticket).await.last().unwrap(), "read");
    }
}

on_each_database! {
    async fn without_an_ack_a_receipt_is_answered_by_name(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        casey.say(&ticket, "one").await;
        casey.send("mark_read", json!({ "ticketId": ticket, "seq": 1 })).await;
        assert_eq!(seqs(&casey.event("receipt").await), (1, 1));
        assert!(casey.events_so_far("messages_read").await.is_empty());
    }
}

on_each_database! {
    async fn of_many_messages_the_newest_200_are_named(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let mut acks = Vec::new();
        for n in 0..210 {
            acks.push(casey.send_acked("send_message", json!({ "ticketId": ticket, "message": format!("{n}") })).await);
        }
        let mut ids = Vec::new();
        for ack in acks {
            ids.push(casey.ack(ack).await["message"]["id"].clone());
        }
        mark(&mut alex, "mark_read", &ticket, 210).await;
        let event = casey.event("messages_read").await;
        assert_eq!(event["messageIds"], json!(ids[10..]));
        assert_eq!(event["seq"], 210);
    }
}

on_each_database! {
    async fn a_receipt_counts_though_its_client_is_gone(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        casey.say(&ticket, "one").await;
        alex.send("mark_read", json!({ "ticketId": ticket, "seq": 1 })).await;
        alex.close().await;
        assert_eq!(casey.event("messages_read").await["userId"], "alex");
    }
}
