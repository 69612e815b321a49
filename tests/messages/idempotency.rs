//! `clientMessageId`: whatever is tried again happens once.

use serde_json::Value;

use super::{take_until, texts};
use crate::{harness::*, on_each_database};

fn keyed(ticket: &str, key: &str, text: &str) -> Value {
    json!({ "ticketId": ticket, "message": text, "clientMessageId": key })
}

/// The answer to a retry is the first one with a mark.
fn assert_repeats(retry: &Value, first: &Value) {
    assert_eq!(retry["duplicate"], true);
    assert!(first.get("duplicate").is_none());
    assert_eq!(retry["message"], first["message"]);
}

on_each_database! {
    async fn a_retry_gets_the_first_ack_again_and_makes_no_second_event(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        alex.join(&ticket).await;

        let first = casey.ok("send_message", keyed(&ticket, "k1", "hello")).await;
        casey.say(&ticket, "between").await;
        let retry = casey.ok("send_message", keyed(&ticket, "k1", "hello")).await;
        casey.say(&ticket, "last").await;

        assert_eq!(first["message"]["clientMessageId"], "k1");
        assert_repeats(&retry, &first);
        for member in [&mut casey, &mut alex] {
            assert_eq!(texts(&take_until(member, "last").await), ["hello", "between", "last"]);
        }
    }
}

on_each_database! {
    async fn the_same_message_pipelined_twice_is_sent_once(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;

        for round in 0..10 {
            let key = format!("k{round}");
            let one = casey.send_acked("send_message", keyed(&ticket, &key, "twice")).await;
            let two = casey.send_acked("send_message", keyed(&ticket, &key, "twice")).await;
            let (first, retry) = (casey.ack(one).await, casey.ack(two).await);
            assert_repeats(&retry, &first);
            assert_eq!(first["message"]["seq"], round + 1);
        }

        casey.say(&ticket, "last").await;
        assert_eq!(take_until(&mut casey, "last").await.len(), 11);
    }
}

on_each_database! {
    async fn two_connections_that_race_with_one_message_send_it_once(database) {
        let app = TestApp::start(database).await;
        let (mut one, mut two) = (app.customer("casey").await, app.customer("casey").await);
        let ticket = one.create_ticket("Help").await;
        one.join(&ticket).await;

        for round in 0..20 {
            let message = keyed(&ticket, &format!("k{round}"), "raced");
            let (first, second) =
                tokio::join!(one.ok("send_message", message.clone()), two.ok("send_message", message));
            let (first, retry) =
                if first.get("duplicate").is_none() { (first, second) } else { (second, first) };
            assert_repeats(&retry, &first);
            assert_eq!(first["message"]["seq"], round + 1);
        }

        two.say(&ticket, "last").await;
        assert_eq!(take_until(&mut one, "last").await.len(), 21);
    }
}

on_each_database! {
    async fn a_retry_after_a_restart_is_recognised(database) {
        let mut app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let message = json!({ "ticketId": ticket, "message": "<b>hello</b>", "clientMessageId": "k1",
            "attachments": [{ "name": "a.txt", "type": "text/plain", "data": "aGVsbG8=" }] });
        let first = casey.ok("send_message", message.clone()).await;
        drop(casey);

        app.restart().await;

        let mut casey = app.customer("casey").await;
        let retry = casey.ok("send_message", message.clone()).await;
        assert_repeats(&retry, &first);
        let mut changed = message;
        changed["message"] = json!("<i>hello</i>");
        assert_eq!(casey.refused("send_message", changed).await["code"], "conflict");
    }
}

on_each_database! {
    async fn a_key_belongs_to_one_sender_in_one_ticket(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let (one, two) = (casey.create_ticket("One").await, casey.create_ticket("Two").await);

        let mut sent = Vec::new();
        sent.push(casey.ok("send_message", keyed(&one, "k", "first")).await);
        sent.push(casey.ok("send_message", keyed(&two, "k", "another")).await);
        sent.push(alex.ok("send_message", keyed(&one, "k", "of an agent")).await);
        sent.push(alex.ok("send_message", keyed(&two, "k", "of an agent")).await);

        for answer in &sent {
            assert!(answer.get("duplicate").is_none(), "{answer}");
        }
    }
}

on_each_database! {
    async fn a_message_that_was_refused_leaves_its_key_free(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;

        assert_eq!(casey.refused("send_message", keyed(&ticket, "k", " ")).await["code"], "invalid_payload");
        let sent = casey.ok("send_message", keyed(&ticket, "k", "hello")).await;
        assert!(sent.get("duplicate").is_none());
        assert_eq!(sent["message"]["seq"], 1);
    }
}

on_each_database! {
    async fn a_key_has_1_to_64_characters(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;

        for key in [String::new(), "x".repeat(65)] {
            let error = casey.refused("send_message", keyed(&ticket, &key, "hello")).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("clientMessageId")));
        }
        casey.ok("send_message", keyed(&ticket, &"ü".repeat(64), "hello")).await;
    }
}
