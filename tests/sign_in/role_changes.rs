//! A second `authenticate`: the same user, perhaps with another role.

use deskwire::domain::Role;
use serde_json::Value;

use crate::rooms::announced;
use crate::{harness::*, on_each_database};

fn note(ticket: &str) -> Value {
    json!({ "ticketId": ticket, "message": "note", "visibility": "internal" })
}

on_each_database! {
    async fn an_agent_who_becomes_a_customer_leaves_the_rooms_of_others(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        let (foreign, own) = (ari.create_ticket("Foreign").await, alex.create_ticket("Own").await);
        for ticket in [&foreign, &own] {
            alex.join(ticket).await;
            ari.join(ticket).await;
        }

        alex.authenticate(&app.token("alex", Role::Customer)).await;

        let left = alex.event("left_ticket").await;
        assert_eq!(left["ticketId"], foreign);
        assert!(left["reason"].is_string());
        assert_eq!(ari.event("user_left_ticket").await["ticketId"], foreign);
        ari.say(&foreign, "unheard").await;
        ari.say(&own, "heard").await;
        assert_eq!(alex.event("new_message").await["message"], "heard");
        assert_eq!(alex.refused("typing_start", json!({ "ticketId": foreign })).await["code"], "not_joined");
        for command in ["join_ticket", "get_messages", "send_message", "get_online_users"] {
            let data = json!({ "ticketId": foreign, "message": "x" });
            assert_eq!(alex.refused(command, data).await["code"], "not_found", "{command}");
        }
        assert!(alex.events_so_far("left_ticket").await.is_empty(), "the own one is not left");
    }
}

on_each_database! {
    async fn an_agent_who_becomes_a_customer_gets_no_more_internal_events_of_an_own_ticket(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        let ticket = alex.create_ticket("Own").await;
        alex.join(&ticket).await;
        ari.join(&ticket).await;
        ari.ok("send_message", note(&ticket)).await;
        assert_eq!(alex.event("new_message").await["stream"], "internal");

        alex.authenticate(&app.token("alex", Role::Customer)).await;

        ari.ok("typing_start", json!({ "ticketId": ticket, "visibility": "internal" })).await;
        ari.ok("send_message", note(&ticket)).await;
        assert!(announced(&mut alex, &mut ari, &ticket, "user_typing").await.is_empty());
        assert!(alex.events_so_far("new_message").await.is_empty(), "the one that was waited for was public");
        assert_eq!(alex.refused("send_message", note(&ticket)).await["code"], "forbidden");
        let page = alex.ok("get_messages", json!({ "ticketId": ticket })).await;
        assert_eq!((&page["total"], &page["position"]), (&json!(1), &json!({ "public": 1 })));
    }
}

on_each_database! {
    async fn a_role_change_among_a_stream_of_writes_takes_effect_with_its_answer(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        let ticket = alex.create_ticket("Own").await;
        alex.join(&ticket).await;

        let mut acks = Vec::new();
        for n in 0..200 {
            acks.push(ari.send_acked("send_message", if n % 2 == 0 { note(&ticket) } else { json!({ "ticketId": ticket, "message": "public" }) }).await);
        }
        alex.event("new_message").await;
        alex.authenticate(&app.token("alex", Role::Customer)).await;
        let seen = 1 + alex.take_kept("new_message").len();
        for ack in acks {
            ari.ack(ack).await;
        }
        let rest = {
            announced(&mut alex, &mut ari, &ticket, "new_message").await
        };

        assert!(rest.iter().all(|it| it["stream"] == "public"), "after {seen} events");
    }
}

on_each_database! {
    async fn a_customer_who_becomes_an_agent_sees_the_internal_stream_from_then_on(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut ari) = (app.customer("casey").await, app.agent("ari").await);
        let ticket = casey.create_ticket("Own").await;
        casey.join(&ticket).await;
        ari.ok("send_message", note(&ticket)).await;

        casey.authenticate(&app.token("casey", Role::Agent)).await;

        ari.ok("send_message", note(&ticket)).await;
        let message = casey.event("new_message").await;
        assert_eq!((&message["stream"], &message["seq"]), (&json!("internal"), &json!(2)));
        let online = casey.ok("get_online_users", json!({ "ticketId": ticket })).await;
        assert_eq!(online["users"], json!([{ "id": "casey", "name": "Casey", "role": "agent" }]));
        casey.ok("send_message", note(&ticket)).await;
    }
}

on_each_database! {
    async fn a_connection_stays_with_its_user(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;

        for role in [Role::Customer, Role::Agent] {
            let error = casey.refused("authenticate", json!({ "token": app.token("dana", role) })).await;
            assert_eq!(error["code"], "forbidden");
        }
        assert_eq!(casey.say(&ticket, "still me").await["sender"]["id"], "casey");
        let again = casey.authenticate(&app.token("casey", Role::Customer)).await;
        assert_eq!(again["user"], json!({ "id": "casey", "name": "Casey", "role": "customer" }));
        assert_eq!(casey.event("new_message").await["message"], "still me");
    }
}
