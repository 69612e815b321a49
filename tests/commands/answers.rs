//! How commands are answered: by `ack`, by name, or as an `error`.

use serde_json::Value;

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn an_ack_comes_back_as_the_number_or_string_that_was_sent(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;

        for ack in [json!(0), json!(9_007_199_254_740_991_u64), json!("a-1"), json!("7"), json!(7), json!("ü".repeat(64))] {
            casey.send_text(json!({ "event": "ping", "data": {}, "ack": ack }).to_string()).await;
            let frame = casey.frame(|frame| frame["event"] == "ack").await;
            assert_eq!(frame["ack"], ack);
            assert_eq!(frame["data"]["success"], true);
        }
    }
}

on_each_database! {
    async fn without_an_ack_a_command_is_answered_once_by_its_name(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;

        casey.send("create_ticket", json!({ "subject": "Help", "message": "first" })).await;
        let created = casey.event("ticket_created").await;
        let ticket = created["ticket"]["id"].clone();
        assert_eq!(created["message"]["message"], "first");
        assert!(created.get("success").is_none());

        casey.send("join_ticket", json!({ "ticketId": ticket })).await;
        assert_eq!(casey.event("joined_ticket").await["ticketId"], ticket);
        casey.event("replay_complete").await;
        casey.send("send_message", json!({ "ticketId": ticket, "message": "second" })).await;
        assert_eq!(casey.event("message_sent").await["message"]["seq"], 2);
        casey.send("get_messages", json!({ "ticketId": ticket })).await;
        assert_eq!(casey.event("messages").await["total"], 2);
        casey.send("get_online_users", json!({ "ticketId": ticket })).await;
        assert_eq!(casey.event("online_users").await["users"][0]["id"], "casey");
        casey.send("typing_start", json!({ "ticketId": ticket })).await;
        casey.send("leave_ticket", json!({ "ticketId": ticket })).await;
        assert_eq!(casey.event("left_ticket").await, json!({ "ticketId": ticket }));
        casey.send("ping", json!({})).await;
        casey.event("pong").await;

        for never in ["ack", "error", "ticket_created", "message_sent", "messages", "left_ticket"] {
            assert!(casey.events_so_far(never).await.is_empty(), "{never}");
        }
    }
}

on_each_database! {
    async fn with_an_ack_no_named_reply_comes_besides(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let typing = casey.ok("typing_start", json!({ "ticketId": ticket })).await;
        casey.say(&ticket, "hello").await;
        casey.ok("get_messages", json!({ "ticketId": ticket })).await;
        casey.ok("leave_ticket", json!({ "ticketId": ticket })).await;

        assert_eq!(typing, json!({ "success": true }));
        for name in ["ticket_created", "joined_ticket", "message_sent", "messages", "left_ticket", "error"] {
            assert!(casey.events_so_far(name).await.is_empty(), "{name}");
        }
    }
}

on_each_database! {
    async fn an_error_without_an_ack_names_the_command(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;

        for (command, data, code) in [
            ("send_message", json!({ "ticketId": "99", "message": "x" }), "not_found"),
            ("join_ticket", json!({}), "invalid_payload"),
            ("typing_start", json!({ "ticketId": "99" }), "not_joined"),
            ("make_coffee", json!({}), "unknown_event"),
        ] {
            casey.send(command, data).await;
            let error = casey.event("error").await;
            assert_eq!((&error["event"], &error["code"]), (&json!(command), &json!(code)));
            assert!(error["message"].is_string());
        }
    }
}

on_each_database! {
    async fn ids_are_accepted_as_numbers_and_come_back_as_strings(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let number: u64 = ticket.parse().unwrap();
        let first = casey.say(&ticket, "first").await;
        let first_number: u64 = first["id"].as_str().unwrap().parse().unwrap();

        let joined = casey.ok("join_ticket", json!({ "ticketId": number })).await;
        assert_eq!(joined["ticketId"], ticket);
        let reply = json!({ "ticketId": number, "message": "re", "replyTo": first_number });
        let sent = casey.ok("send_message", reply).await["message"].clone();
        assert_eq!((&sent["ticketId"], &sent["replyTo"]), (&json!(ticket), &first["id"]));
        let page = casey.ok("get_messages", json!({ "ticketId": number, "after": first_number })).await;
        assert_eq!(page["messages"], json!([sent]));
        for (command, data) in [
            ("typing_start", json!({ "ticketId": number })),
            ("get_online_users", json!({ "ticketId": number })),
            ("leave_ticket", json!({ "ticketId": number })),
        ] {
            casey.ok(command, data).await;
        }
    }
}

on_each_database! {
    async fn what_is_not_an_id_is_an_invalid_field(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;

        for id in [json!("abc"), json!(""), json!(1.5), json!(true), json!([1]), Value::Null, json!(u64::MAX)] {
            let error = casey.refused("send_message", json!({ "ticketId": id, "message": "x" })).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("ticketId")), "{id}");
        }
    }
}
