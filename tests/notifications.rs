//! Notifications: who gets them, and what becomes of them.

use serde_json::Value;

use crate::{harness::*, on_each_database};

/// The caller's notifications as `[kind, ticketId, body]`, newest first.
async fn list(client: &mut WsClient) -> Vec<[String; 3]> {
    let answer = client.ok("get_notifications", json!({})).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = answer["notifications"].as_array().unwrap();
    all.iter().map(|it| [text(&it["kind"]), text(&it["ticketId"]), text(&it["body"])]).collect()
}

async fn unread(client: &mut WsClient) -> u64 {
    client.ok("get_notifications", json!({ "unreadOnly": true })).await["unread"].as_u64().unwrap()
}

/// A ticket of Casey's in which Pat, a customer, and Bo, an agent, take part, and which is Alex's.
async fn ticket_of_four(app: &TestApp) -> String {
    let mut alex = app.agent("alex").await;
    for (id, role) in [("casey", "customer"), ("pat", "customer"), ("bo", "agent")] {
        app.connect(id, role.parse().unwrap()).await.close().await;
    }
    let ticket = json!({ "subject": "Printer", "requesterId": "casey", "participants": ["pat", "bo"] });
    let created = alex.ok("create_ticket", ticket).await;
    let id = created["ticket"]["id"].as_str().unwrap().to_owned();
    app.execute_sql(&format!("UPDATE tickets SET assignee_id = 'alex' WHERE id = {id}"));
    // That they were added to the ticket is another test's.
    app.execute_sql("DELETE FROM notifications");
    alex.close().await;
    id
}

on_each_database! {
    async fn whoever_is_not_looking_is_told_of_a_message_wherever_they_are(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Printer").await;
        let mut elsewhere = app.customer("casey").await;

        let sent = alex.say(&ticket, "It is <not> on fire").await;
        for client in [&mut casey, &mut elsewhere] {
            let told = client.event("notification").await;
            assert_eq!(told["kind"], "new_message");
            assert_eq!((&told["ticketId"], &told["messageId"]), (&json!(ticket), &sent["id"]));
            assert_eq!(told["title"], format!("Alex wrote in #{ticket}"));
            assert_eq!(told["body"], "It is <not> on fire", "plain text");
            assert!(told["createdAt"].is_string() && told.get("readAt").is_none() && told["id"].is_string());
            let listed = client.ok("get_notifications", json!({})).await;
            assert_eq!(listed["notifications"], json!([told]), "the list says the same");
            assert_eq!(listed["unread"], 1);
        }
        assert_eq!(list(&mut alex).await, [[""; 3]; 0], "whoever writes knows it");
    }
}

on_each_database! {
    async fn whoever_is_in_the_room_or_muted_the_ticket_is_spared(database) {
        let app = TestApp::start(database).await;
        let ticket = ticket_of_four(&app).await;
        let (mut casey, mut pat) = (app.customer("casey").await, app.customer("pat").await);
        let (mut alex, mut bo) = (app.agent("alex").await, app.agent("bo").await);
        app.execute_sql(&format!("INSERT INTO mutes (ticket_id, user_id) VALUES ({ticket}, 'bo')"));
        alex.join(&ticket).await;

        casey.say(&ticket, "one").await;
        let told = ["new_message", &ticket, "one"].map(str::to_owned);
        assert_eq!(list(&mut pat).await, [told]);
        assert_eq!(unread(&mut alex).await, 0, "he is there");
        assert_eq!(unread(&mut bo).await, 0, "she does not want to know");
        assert_eq!(unread(&mut casey).await, 0);

        alex.ok("leave_ticket", json!({ "ticketId": ticket })).await;
        app.execute_sql("DELETE FROM mutes");
        casey.say(&ticket, "two").await;
        assert_eq!((unread(&mut pat).await, unread(&mut alex).await, unread(&mut bo).await), (2, 1, 1));
    }
}

on_each_database! {
    async fn a_note_is_told_to_agents_in_the_ticket_alone(database) {
        let app = TestApp::start(database).await;
        let ticket = ticket_of_four(&app).await;
        let mut root = app.connect("root", deskwire::domain::Role::Admin).await;
        let note = json!({ "ticketId": ticket, "message": "a secret", "visibility": "internal" });
        root.ok("send_message", note).await;

        let (mut alex, mut bo) = (app.agent("alex").await, app.agent("bo").await);
        let mut uma = app.agent("uma").await;
        assert_eq!((unread(&mut alex).await, unread(&mut bo).await), (1, 1));
        assert_eq!(unread(&mut uma).await, 0, "she has nothing to do with it");
        for customer in ["casey", "pat"] {
            assert_eq!(list(&mut app.customer(customer).await).await, [[""; 3]; 0]);
        }
    }
}

on_each_database! {
    async fn an_agent_who_becomes_a_customer_is_shown_no_note_any_more(database) {
        let app = TestApp::start(database).await;
        let ticket = ticket_of_four(&app).await;
        let mut root = app.connect("root", deskwire::domain::Role::Admin).await;
        for (text, visibility) in [("hello", "public"), ("a secret", "internal")] {
            let message = json!({ "ticketId": ticket, "message": text, "visibility": visibility });
            root.ok("send_message", message).await;
        }
        let mut bo = app.agent("bo").await;
        assert_eq!(list(&mut bo).await.len(), 2);

        let mut bo = app.customer("bo").await;
        let told = ["new_message", &ticket, "hello"].map(str::to_owned);
        assert_eq!(list(&mut bo).await, [told], "Bo takes part still");
        assert_eq!(unread(&mut bo).await, 1);
        let mut alex = app.customer("alex").await;
        assert_eq!(list(&mut alex).await, [[""; 3]; 0], "as a customer, Alex does not see the ticket");
        assert_eq!(unread(&mut alex).await, 0);
    }
}

on_each_database! {
    async fn a_connection_as_a_customer_gets_no_note_of_a_user_who_is_an_agent(database) {
        let app = TestApp::start(database).await;
        let ticket = ticket_of_four(&app).await;
        let mut before = app.customer("bo").await;
        let mut bo = app.agent("bo").await;
        let mut root = app.connect("root", deskwire::domain::Role::Admin).await;
        for (text, visibility) in [("a secret", "internal"), ("hello", "public")] {
            let message = json!({ "ticketId": ticket, "message": text, "visibility": visibility });
            root.ok("send_message", message).await;
        }
        assert_eq!(bo.event("notification").await["body"], "a secret");
        assert_eq!(bo.event("notification").await["body"], "hello");
        assert_eq!(before.event("notification").await["body"], "hello", "and nothing before it");
    }
}

on_each_database! {
    async fn the_first_message_of_a_ticket_is_told_to_whom_it_was_opened_for(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut pat) = (app.customer("casey").await, app.customer("pat").await);
        let mut alex = app.agent("alex").await;
        let new = json!({
            "subject": "Recall", "requesterId": "casey", "participants": ["pat"], "message": "Stop using it",
            "clientTicketId": "t1", "clientMessageId": "m1",
        });
        for _ in 0..2 {
            let created = alex.ok("create_ticket", new.clone()).await;
            let told = ["new_message", created["ticket"]["id"].as_str().unwrap(), "Stop using it"];
            let told = [told.map(str::to_owned)];
            assert_eq!(list(&mut casey).await, told, "once");
            assert_eq!(list(&mut pat).await, told, "once");
        }
        assert_eq!(casey.event("notification").await["title"].as_str().unwrap().split(' ').next(), Some("Alex"));
        assert_eq!(unread(&mut alex).await, 0);
    }
}

on_each_database! {
    async fn a_retry_tells_nobody_again_and_a_refusal_nobody_at_all(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Printer").await;
        let message = json!({ "ticketId": ticket, "message": "once @casey", "clientMessageId": "m1" });
        alex.ok("send_message", message.clone()).await;
        assert_eq!(alex.ok("send_message", message).await["duplicate"], true);
        let late = json!({ "ticketId": ticket, "message": "late", "ifPosition": { "public": 0 } });
        assert_eq!(alex.refused("send_message", late).await["code"], "conflict");
        assert_eq!(unread(&mut casey).await, 1);
    }
}

on_each_database! {
    async fn a_deleted_or_edited_message_is_told_as_it_is_now(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Printer").await;
        let sent = alex.say(&ticket, "teh printer").await;
        alex.ok("edit_message", json!({ "messageId": sent["id"], "message": "<i>the</i> printer" })).await;
        assert_eq!(list(&mut casey).await[0][2], "the printer");
        app.execute_sql("UPDATE messages SET deleted_at = 1");
        assert_eq!(list(&mut casey).await[0][2], "Printer", "the subject is all that is left to say");
    }
}

on_each_database! {
    async fn the_list_goes_back_page_by_page(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Printer").await;
        for n in 0..5 {
            alex.say(&ticket, &n.to_string()).await;
        }
        let mut seen = Vec::new();
        let mut before = Value::Null;
        loop {
            let page = casey.ok("get_notifications", json!({ "limit": 2, "before": before })).await;
            assert_eq!(page["unread"], 5, "whatever the page");
            let Some(last) = page["notifications"].as_array().unwrap().last() else { break };
            before = last["id"].clone();
            seen.extend(page["notifications"].as_array().unwrap().iter().map(|it| it["body"].clone()));
        }
        assert_eq!(seen, ["4", "3", "2", "1", "0"]);
        for limit in [0, 201] {
            let error = casey.refused("get_notifications", json!({ "limit": limit })).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("limit")));
        }
    }
}

on_each_database! {
    async fn what_is_read_on_one_connection_is_read_on_the_others(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Printer").await;
        let mut phone = app.customer("casey").await;
        alex.say(&ticket, "one").await;
        alex.say(&ticket, "two").await;
        let first = casey.event("notification").await["id"].clone();

        for _ in 0..2 {
            let read = casey.ok("mark_notification_read", json!({ "notificationId": first })).await;
            assert_eq!(read["notificationId"], first);
        }
        assert_eq!(phone.event("notification_read").await, json!({ "notificationId": first }));
        let listed = casey.ok("get_notifications", json!({})).await;
        assert_eq!(listed["unread"], 1);
        assert!(listed["notifications"][1]["readAt"].is_string());
        let unread = casey.ok("get_notifications", json!({ "unreadOnly": true })).await;
        assert_eq!(unread["notifications"].as_array().unwrap().len(), 1);

        casey.send("mark_all_notifications_read", json!({})).await;
        assert_eq!(casey.event("notifications_read_all").await, json!({}));
        assert_eq!(phone.event("notifications_read_all").await, json!({}));
        assert_eq!(casey.ok("get_notifications", json!({})).await["unread"], 0);
        casey.ok("mark_all_notifications_read", json!({})).await;

        alex.say(&ticket, "three").await;
        assert_eq!(phone.event("notification").await["body"], "one");
        assert_eq!(phone.event("notification").await["body"], "two");
        assert_eq!(phone.event("notification").await["body"], "three");
        assert!(phone.take_kept("notification_read").is_empty(), "told once");
        assert!(phone.take_kept("notifications_read_all").is_empty(), "told once");
        assert!(casey.events_so_far("notification_read").await.is_empty(), "its own reply is enough");
    }
}

on_each_database! {
    async fn nobody_marks_what_is_anothers(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Printer").await;
        alex.say(&ticket, "one").await;
        let id = casey.event("notification").await["id"].clone();

        let other = alex.refused("mark_notification_read", json!({ "notificationId": id })).await;
        let unknown = alex.refused("mark_notification_read", json!({ "notificationId": "999999" })).await;
        assert_eq!(other, unknown);
        assert_eq!((&other["code"], &other["field"]), (&json!("not_found"), &json!("notificationId")));
        alex.ok("mark_all_notifications_read", json!({})).await;
        assert_eq!(unread(&mut casey).await, 1);
    }
}

on_each_database! {
    async fn notifications_survive_a_restart_with_their_messages(database) {
        let mut app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Printer").await;
        alex.say(&ticket, "one").await;
        app.restart().await;
        assert_eq!(unread(&mut app.customer("casey").await).await, 1);
    }
}

on_each_database! {
    async fn of_a_ticket_that_is_hidden_now_only_the_removal_is_left(database) {
        let app = TestApp::start(database).await;
        let (mut zoe, mut casey) = (app.customer("zoe").await, app.customer("casey").await);
        let ticket = casey.create_ticket("Printer").await;
        for kind in ["participant_added", "participant_removed"] {
            app.execute_sql(&format!(
                "INSERT INTO notifications (user_id, kind, ticket_id, created_at) VALUES ('zoe', '{kind}', {ticket}, 1)"
            ));
        }
        let removed = ["participant_removed", &ticket, ""].map(str::to_owned);
        assert_eq!(list(&mut zoe).await, [removed], "without the subject");
        assert_eq!(unread(&mut zoe).await, 1, "what is not shown is not counted");

        app.execute_sql(&format!(
            "INSERT INTO participants (ticket_id, user_id, joined_at) VALUES ({ticket}, 'zoe', 1)"
        ));
        let kinds = ["participant_removed", "participant_added"];
        assert_eq!(list(&mut zoe).await, kinds.map(|kind| [kind, &ticket, "Printer"].map(str::to_owned)));
    }
}

on_each_database! {
    /// Nothing of it is shown as `null`, as if it were so.
    async fn a_notification_that_cannot_be_encoded_is_a_fault_of_the_server(database) {
        let app = TestApp::start(database).await;
        let mut zoe = app.customer("zoe").await;
        app.execute_sql(
            "INSERT INTO notifications (user_id, kind, title, body, data, created_at) \
             VALUES ('zoe', 'order.shipped', 'Shipped', 'It is on its way.', '{', 1)",
        );
        let error = zoe.refused("get_notifications", json!({})).await;
        assert_eq!(error["code"], "internal");
        assert!(error["id"].is_string(), "{error}");
        app.execute_sql("UPDATE notifications SET data = '{}'");
        assert_eq!(zoe.ok("get_notifications", json!({})).await["notifications"][0]["data"], json!({}));
    }
}

on_each_database! {
    async fn who_is_removed_is_told_without_the_subject_live_as_well(database) {
        let app = TestApp::start(database).await;
        let (mut zoe, mut casey, mut alex) =
            (app.customer("zoe").await, app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Printer").await;
        let zoe_is = json!({ "ticketId": ticket, "userId": "zoe" });
        alex.ok("add_participant", zoe_is.clone()).await;
        assert_eq!(zoe.event("notification").await["body"], "Printer");
        alex.ok("remove_participant", zoe_is).await;
        let told = zoe.event("notification").await;
        assert_eq!((&told["kind"], &told["body"]), (&json!("participant_removed"), &json!("")));
        assert!(!told.to_string().contains("Printer"), "{told}");
        alex.ok("update_ticket", json!({ "ticketId": ticket, "subject": "Scanner" })).await;
        assert_eq!(list(&mut zoe).await, [["participant_removed", &ticket, ""].map(str::to_owned)]);
    }
}

on_each_database! {
    async fn two_who_write_at_once_are_both_told_of(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex, mut bo) = (app.customer("casey").await, app.agent("alex").await, app.agent("bo").await);
        let ticket = casey.create_ticket("Printer").await;
        let text = |text: String| json!({ "ticketId": ticket, "message": text, "format": "text" });
        let (mut acks, mut bos) = (Vec::new(), Vec::new());
        for n in 0..20 {
            acks.push(alex.send_acked("send_message", text(format!("a{n}"))).await);
            bos.push(bo.send_acked("send_message", text(format!("b{n}"))).await);
        }
        for (ack, other) in acks.into_iter().zip(bos) {
            assert_eq!(alex.ack(ack).await["success"], true);
            assert_eq!(bo.ack(other).await["success"], true);
        }
        let mut live = Vec::new();
        for _ in 0..40 {
            live.push(casey.event("notification").await);
        }
        let listed = casey.ok("get_notifications", json!({ "limit": 200 })).await;
        live.reverse();
        assert_eq!(listed["notifications"], json!(live), "in the order in which they came");
    }
}
