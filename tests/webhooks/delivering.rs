//! What is delivered, to whom, and in which order.

use std::{collections::HashMap, time::Duration};

use deskwire::domain::{LogKind, WebhookEvent};

use super::*;
use crate::{
    harness::{
        program::{beside, success},
        *,
    },
    on_each_database,
};

on_each_database! {
    async fn an_event_is_delivered_signed_with_what_the_socket_carries(database) {
        let app = start(database).await;
        let receiver = Receiver::start().await;
        let hook = Hook::register(&app, &receiver, json!({})).await;
        let mut rita = app.customer("rita").await;
        let ticket = rita.create_ticket("Help").await;
        rita.join(&ticket).await;
        rita.send("send_message", json!({ "ticketId": ticket, "message": "Hi <b>there</b>" })).await;
        let event = rita.event("new_message").await;
        let received = receiver.wait_for(2).await;
        assert_eq!(kinds(&received), ["ticket.created", "message.created"]);
        assert_eq!(received[1].data(), event);
        assert_eq!(received[0].data()["ticket"]["subject"], "Help");
        assert_eq!(received[1].path, "/hook");
        assert_eq!(received[1].headers["content-type"], "application/json");
        let other = admin(&app).post("/api/webhooks", json!({ "url": receiver.url("/x"), "enabled": false })).await;
        for it in &received {
            assert!(it.is_signed_with(&hook.secret));
            assert!(!it.is_signed_with(other.json()["secret"].as_str().unwrap()));
            assert!(it.json()["timestamp"].as_str().unwrap().ends_with('Z'));
        }
        assert_ne!(received[0].id(), received[1].id());
    }
}

/// Does everything of which webhooks can be told, and gives the ticket.
async fn everything(app: &TestApp) -> String {
    let (mut rita, mut alex) = (app.customer("rita").await, app.agent("alex").await);
    app.customer("paul").await.close().await;
    let ticket = rita.create_ticket("Help").await;
    let message = rita.say(&ticket, "one").await["id"].clone();
    rita.ok("edit_message", json!({ "messageId": message, "message": "two" })).await;
    alex.ok("add_reaction", json!({ "messageId": message, "emoji": "👍" })).await;
    alex.ok("remove_reaction", json!({ "messageId": message, "emoji": "👍" })).await;
    rita.ok("delete_message", json!({ "messageId": message })).await;
    alex.ok("add_participant", json!({ "ticketId": ticket, "userId": "paul" })).await;
    alex.ok("remove_participant", json!({ "ticketId": ticket, "userId": "paul" })).await;
    alex.ok("send_message", json!({ "ticketId": ticket, "message": "note", "visibility": "internal" })).await;
    alex.ok("update_ticket", json!({ "ticketId": ticket, "status": "closed", "priority": "high" })).await;
    rita.ok("rate_ticket", json!({ "ticketId": ticket, "score": 5, "comment": "secret words" })).await;
    ticket
}

/// What webhooks are sent about the public side of a ticket, in the order of its log.
async fn told_of(app: &TestApp, ticket: &str) -> Vec<String> {
    let log = app.customer("rita").await.replay(ticket).await;
    let kinds = log.iter().map(|event| LogKind::parse(event["event"].as_str().unwrap()).unwrap());
    std::iter::once(WebhookEvent::TicketCreated)
        .chain(kinds.map(WebhookEvent::Log))
        .map(|it| it.as_str().to_owned())
        .collect()
}

on_each_database! {
    async fn each_webhook_gets_what_it_asked_for_in_order(database) {
        let app = start(database).await;
        let all = [Receiver::start().await, Receiver::start().await, Receiver::start().await];
        Hook::register(&app, &all[0], json!({})).await;
        let some = json!({ "events": ["ticket.rated", "message.created"] });
        Hook::register(&app, &all[1], some).await;
        Hook::register(&app, &all[2], json!({ "internal": true })).await;
        let ticket = everything(&app).await;
        let told = told_of(&app, &ticket).await;
        assert!(WebhookEvent::all().all(|event| told.iter().any(|it| it == event.as_str())), "{told:?}");
        let public = all[0].wait_for(told.len()).await;
        assert_eq!(kinds(&public), told);
        assert!(public.iter().all(|it| it.ticket() == ticket && it.data()["stream"] != "internal"));
        assert!(public[0].data()["ticket"].get("priority").is_none(), "what only agents see");
        assert_eq!(kinds(&all[1].wait_for(2).await), ["message.created", "ticket.rated"]);
        let internal = all[2].wait_for(told.len() + 2).await;
        let hidden: Vec<_> = internal.iter().filter(|it| it.data()["stream"] == "internal").collect();
        assert_eq!(hidden.iter().map(|it| it.kind()).collect::<Vec<_>>(), ["message.created", "ticket.updated"]);
        assert!(internal[0].data()["ticket"]["priority"].is_string());
        // The first one carries the ticket as it is when it is sent, which may be after the rating.
        let entries = internal.iter().filter(|it| it.kind() != "ticket.created");
        assert!(!entries.into_iter().any(|it| it.body.contains("secret words")), "comments are not in the log");
        // The same event has the same id for everyone.
        assert_eq!(all[1].received()[0].id(), public[1].id());
        // The deliveries are done, and no more come.
        eventually("all is noted", async || app.texts("SELECT event AS text FROM webhook_deliveries WHERE state <> 'delivered'").is_empty()).await;
        assert_eq!(all[1].received().len(), 2);
    }
}

on_each_database! {
    async fn what_the_server_does_itself_is_told_too(database) {
        let app = start(database).await;
        let receiver = Receiver::start().await;
        let (mut rita, mut alex) = (app.customer("rita").await, app.agent("alex").await);
        let ticket = rita.create_ticket("Help").await;
        alex.ok("update_ticket", json!({ "ticketId": ticket, "status": "closed" })).await;
        Hook::register(&app, &receiver, json!({})).await;
        rita.say(&ticket, "not done").await;
        let received = receiver.wait_for(2).await;
        assert_eq!(kinds(&received), ["message.created", "ticket.updated"]);
        assert_eq!(received[1].data()["changes"]["status"], json!({ "from": "closed", "to": "open" }));
    }
}

on_each_database! {
    async fn what_is_refused_or_sent_twice_is_not_told(database) {
        let app = start(database).await;
        let receiver = Receiver::start().await;
        let (mut rita, mut zoe) = (app.customer("rita").await, app.customer("zoe").await);
        let ticket = rita.create_ticket("Help").await;
        Hook::register(&app, &receiver, json!({})).await;
        zoe.refused("send_message", json!({ "ticketId": ticket, "message": "x" })).await;
        let late = json!({ "ticketId": ticket, "message": "x", "ifPosition": { "public": -1 } });
        rita.refused("send_message", late).await;
        let sent = json!({ "ticketId": ticket, "message": "once", "clientMessageId": "k" });
        for _ in 0..2 {
            rita.ok("send_message", sent.clone()).await;
        }
        assert_eq!(app.rows("webhook_deliveries"), 1);
        assert_eq!(receiver.wait_for(1).await[0].data()["message"], "once");
    }
}

on_each_database! {
    async fn a_failure_holds_back_its_ticket_and_no_other(database) {
        let (app, hands) = start_with_clock(database).await;
        let mut rita = app.customer("rita").await;
        let (sick, well) = (rita.create_ticket("Sick").await, rita.create_ticket("Well").await);
        let failing = sick.clone();
        let receiver = Receiver::answering(move |it| {
            Respond::Status(if it.ticket() == failing { 500 } else { 204 })
        })
        .await;
        let hook = Hook::register(&app, &receiver, json!({})).await;
        for text in ["1", "2", "3"] {
            rita.say(&sick, text).await;
            rita.say(&well, text).await;
        }
        let of = |ticket: &str| -> Vec<String> {
            let it = receiver.received().into_iter().filter(|it| it.ticket() == ticket);
            it.map(|it| it.data()["message"].as_str().unwrap().to_owned()).collect()
        };
        eventually("the other ticket goes on", async || of(&well) == ["1", "2", "3"]).await;
        eventually("the first is noted", async || {
            hook.deliveries(&app, "pending").await[0]["lastStatus"] == 500
        })
        .await;
        eventually("what arrived is noted", async || hook.deliveries(&app, "pending").await.len() == 3).await;
        assert_eq!(of(&sick), ["1"]);
        let waiting = hook.deliveries(&app, "pending").await;
        assert!(waiting[1].get("nextAttemptAt").is_none() && waiting[2].get("nextAttemptAt").is_none());
        receiver.answer(|_| Respond::Status(200));
        hands.forward(Duration::from_secs(6));
        eventually("the rest follows in order", async || of(&sick) == ["1", "1", "2", "3"]).await;
        let sent = receiver.received().into_iter().filter(|it| it.data()["message"] == "1" && it.ticket() == sick);
        let ids: Vec<String> = sent.map(|it| it.id()).collect();
        assert_eq!(ids[0], ids[1], "a retry has the same id");
    }
}

on_each_database! {
    async fn many_events_of_many_tickets_come_each_once_and_in_order(database) {
        let (app, hands) = start_with_clock(database).await;
        let mut turn = 0;
        // Every fifth request fails at first.
        let receiver = Receiver::answering(move |_| {
            turn += 1;
            Respond::Status(if turn % 5 == 0 { 503 } else { 200 })
        })
        .await;
        Hook::register(&app, &receiver, json!({ "events": ["message.created"] })).await;
        let mut rita = app.customer("rita").await;
        let mut tickets = Vec::new();
        for n in 0..6 {
            tickets.push(rita.create_ticket(&format!("Ticket {n}")).await);
        }
        for n in 0..5 {
            for ticket in &tickets {
                rita.say(ticket, &n.to_string()).await;
            }
        }
        eventually("all are delivered", async || {
            // In small steps: a try that runs must not seem to have taken too long.
            hands.forward(Duration::from_millis(300));
            app.texts("SELECT event AS text FROM webhook_deliveries WHERE state = 'delivered'").len() == 30
        })
        .await;
        let mut last: HashMap<String, i64> = HashMap::new();
        for it in receiver.received() {
            let seq = it.data()["seq"].as_i64().unwrap();
            let known = last.entry(it.ticket()).or_insert(0);
            assert!(seq == *known || seq == *known + 1, "{seq} behind {known}");
            *known = seq;
        }
        assert!(last.len() == 6 && last.values().all(|seq| *seq == 5));
    }
}

on_each_database! {
    async fn a_message_that_was_changed_meanwhile_is_sent_as_it_is_then(database) {
        let (app, hands) = start_with_clock(database).await;
        let receiver = Receiver::answering(|_| Respond::Status(500)).await;
        let mut rita = app.customer("rita").await;
        let tickets = [rita.create_ticket("A").await, rita.create_ticket("B").await];
        let hook = Hook::register(&app, &receiver, json!({ "events": ["message.created"] })).await;
        let edited = rita.say(&tickets[0], "first words").await["id"].clone();
        let deleted = rita.say(&tickets[1], "a secret").await["id"].clone();
        eventually("both failed", async || {
            hook.deliveries(&app, "pending").await.iter().all(|it| it["lastStatus"] == 500)
        })
        .await;
        rita.ok("edit_message", json!({ "messageId": edited, "message": "second words" })).await;
        rita.ok("delete_message", json!({ "messageId": deleted })).await;
        let before = receiver.received().len();
        receiver.answer(|_| Respond::Status(200));
        hands.forward(Duration::from_secs(6));
        let again = receiver.wait_for(before + 2).await.split_off(before);
        let of = |ticket: &str| again.iter().find(|it| it.ticket() == ticket).unwrap().data();
        assert_eq!(of(&tickets[0])["message"], "second words");
        assert_eq!(of(&tickets[1])["message"], "");
        assert!(of(&tickets[1])["deletedAt"].is_string());
        assert!(!again.iter().any(|it| it.body.contains("secret")));
    }
}

on_each_database! {
    async fn nothing_of_an_erased_user_is_kept_for_webhooks_or_sent(database) {
        let (app, hands) = start_with_clock(database).await;
        let receiver = Receiver::answering(|_| Respond::Status(500)).await;
        let hook = Hook::register(&app, &receiver, json!({})).await;
        let mut rita = app.customer("rita").await;
        let new = json!({ "subject": "Private subject", "message": "Private words" });
        let ticket = rita.ok("create_ticket", new).await["ticket"]["id"].as_str().unwrap().to_owned();
        eventually("it failed", async || {
            hook.deliveries(&app, "pending").await.first().is_some_and(|it| it["lastStatus"] == 500)
        })
        .await;
        success(beside(&app, &["erase-user", "rita", "--yes", "--no-vacuum"])).await;
        let all = "event_id || event || state || COALESCE(last_error, '')";
        for row in app.texts(&format!("SELECT {all} AS text FROM webhook_deliveries")) {
            assert!(!row.contains("Private") && !row.contains("Rita"), "{row}");
        }
        let before = receiver.received().len();
        receiver.answer(|_| Respond::Status(200));
        hands.forward(Duration::from_secs(60));
        // The erasing process recorded what it did as well.
        let kinds_then = ["ticket.created", "message.created", "message.deleted", "ticket.updated"];
        let after = receiver.wait_for(before + kinds_then.len()).await.split_off(before);
        assert_eq!(kinds(&after), kinds_then);
        for it in after {
            assert!(!it.body.contains("Private") && !it.body.contains("Rita"), "{}", it.body);
            assert_eq!(it.ticket(), ticket);
        }
    }
}
