//! Commands that are sent without waiting for answers.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::messages::{take, texts};
use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_burst_is_answered_and_takes_effect_in_order_with_a_large_attachment_in_the_middle(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Burst").await;
        alex.join(&ticket).await;
        let large = STANDARD.encode("large ".repeat(500_000));

        let mut acks = Vec::new();
        for n in 0..150 {
            let mut message = json!({ "ticketId": ticket, "message": n.to_string() });
            if n == 75 {
                message["attachments"] = json!([{ "name": "large.txt", "type": "text/plain", "data": large }]);
            }
            acks.push(casey.send_acked("send_message", message).await);
        }
        let read = casey.send_acked("get_messages", json!({ "ticketId": ticket, "limit": 200 })).await;

        for (ack, n) in acks.into_iter().zip(0..) {
            let answer = casey.ack(ack).await;
            assert_eq!(answer["message"]["message"], n.to_string(), "{answer}");
            assert_eq!(answer["message"]["seq"], n + 1);
        }
        let history = casey.ack(read).await;
        let expected: Vec<String> = (0..150).map(|n| n.to_string()).collect();
        assert_eq!(texts(history["messages"].as_array().unwrap()), expected);
        let live = take(&mut alex, 150).await;
        assert_eq!(texts(&live), expected);
        assert_eq!(live[75]["attachments"][0]["size"], 3_000_000);
    }
}

on_each_database! {
    async fn what_reads_behind_writes_sees_them(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;

        for round in 1..=10 {
            casey.send_acked("send_message", json!({ "ticketId": ticket, "message": "one" })).await;
            casey.send_acked("send_message", json!({ "ticketId": ticket, "message": "two" })).await;
            let read = casey.send_acked("get_messages", json!({ "ticketId": ticket })).await;
            let join = casey.send_acked("join_ticket", json!({ "ticketId": ticket })).await;
            let leave = casey.send_acked("leave_ticket", json!({ "ticketId": ticket })).await;

            assert_eq!(casey.ack(read).await["total"], 2 * round);
            assert_eq!(casey.ack(join).await["position"], json!({ "public": 2 * round }));
            assert_eq!(casey.ack(leave).await["success"], true);
        }
    }
}

on_each_database! {
    async fn a_refused_command_in_a_burst_does_not_hold_up_the_others(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;

        let mut acks = Vec::new();
        for n in 0..30 {
            let message = if n % 3 == 0 { " " } else { "fine" };
            acks.push(casey.send_acked("send_message", json!({ "ticketId": ticket, "message": message })).await);
        }

        let mut seq = 0;
        for (ack, n) in acks.into_iter().zip(0..) {
            let answer = casey.ack(ack).await;
            if n % 3 == 0 {
                assert_eq!(answer["error"]["code"], "invalid_payload");
            } else {
                seq += 1;
                assert_eq!(answer["message"]["seq"], seq);
            }
        }
    }
}

on_each_database! {
    async fn commands_behind_a_pending_authenticate_wait_for_it(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.open().await;

        let authenticate = json!({ "token": app.token("casey", deskwire::domain::Role::Customer) });
        let acks = [
            casey.send_acked("authenticate", authenticate).await,
            casey.send_acked("create_ticket", json!({ "subject": "At once" })).await,
            casey.send_acked("ping", json!({})).await,
        ];

        for ack in acks {
            assert_eq!(casey.ack(ack).await["success"], true);
        }
    }
}
