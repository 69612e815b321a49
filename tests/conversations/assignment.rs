//! Tickets that find an agent, and that return from one who is away.

use deskwire::{config::Settings, domain::Assignment};
use serde_json::Value;

use crate::{harness::*, on_each_database};

fn by(assignment: Assignment) -> impl FnOnce(&mut Settings) {
    move |settings| settings.policy.assignment = assignment
}

/// Whose a ticket is, by looking at it.
async fn assignee(client: &mut WsClient, ticket: &str) -> Value {
    client.join(ticket).await["ticket"]["assignee"]["id"].clone()
}

async fn assigned_to(client: &mut WsClient, ticket: &str, agent: &str) {
    eventually(&format!("{ticket} is {agent}'s"), async || assignee(client, ticket).await == agent).await;
}

on_each_database! {
    async fn tickets_go_round_those_who_are_there(database) {
        let app = TestApp::with(database, by(Assignment::RoundRobin)).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let (mut ari, _away) = (app.agent("ari").await, app.agent("zed").await);
        let mut zed = app.agent("zed").await;
        zed.ok("set_status", json!({ "status": "away" })).await;

        let mut whose = Vec::new();
        for subject in ["one", "two", "three", "four"] {
            let ticket = casey.create_ticket(subject).await;
            casey.join(&ticket).await;
            eventually("an assignee", async || !assignee(&mut casey, &ticket).await.is_null()).await;
            whose.push(assignee(&mut casey, &ticket).await);
        }
        assert_eq!(whose, ["alex", "ari", "alex", "ari"]);
        for agent in [&mut alex, &mut ari] {
            let told = agent.event("notification").await;
            assert_eq!(told["kind"], "assigned");
        }
        zed.ok("set_status", json!({ "status": "online" })).await;
        let ticket = casey.create_ticket("five").await;
        assigned_to(&mut casey, &ticket, "zed").await;
    }
}

on_each_database! {
    async fn the_assignment_is_an_event_of_the_server(database) {
        let app = TestApp::with(database, by(Assignment::RoundRobin)).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let joined = casey.join(&ticket).await;
        let _alex = app.agent("alex").await;
        let event = casey.event("ticket_updated").await;
        assert_eq!(event["actor"], Value::Null);
        assert_eq!(event["changes"], json!({ "assigneeId": { "from": null, "to": "alex" } }));
        assert_eq!((&event["stream"], &event["seq"]), (&json!("public"), &json!(1)));

        let since = json!({ "ticketId": ticket, "since": { "public": 0 }, "epoch": joined["epoch"] });
        let mut again = app.customer("casey").await;
        assert_eq!(again.ok("join_ticket", since).await["replaying"], 1);
        assert_eq!(again.event("ticket_updated").await, event);
    }
}

on_each_database! {
    async fn the_least_busy_agent_gets_the_next_ticket(database) {
        let app = TestApp::with(database, by(Assignment::LeastBusy)).await;
        app.agent("ari").await.close().await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        eventually("ari is gone", async || {
            alex.ok("get_user_status", json!({ "userId": "ari" })).await["status"] == "offline"
        })
        .await;
        for subject in ["one", "two"] {
            let ticket = casey.create_ticket(subject).await;
            assigned_to(&mut casey, &ticket, "alex").await;
        }
        let closed = casey.create_ticket("three").await;
        assigned_to(&mut casey, &closed, "alex").await;
        app.execute_sql(&format!("UPDATE tickets SET status = 'closed', assignee_id = 'ari' WHERE id = {closed}"));
        let _ari = app.agent("ari").await;
        for subject in ["four", "five"] {
            let ticket = casey.create_ticket(subject).await;
            assigned_to(&mut casey, &ticket, "ari").await;
        }
        let ticket = casey.create_ticket("six").await;
        assigned_to(&mut casey, &ticket, "alex").await;
    }
}

on_each_database! {
    async fn nobody_is_given_more_than_there_is_room_for(database) {
        let app = TestApp::with(database, |settings| {
            by(Assignment::LeastBusy)(settings);
            settings.policy.agent_capacity = 1;
        }).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let first = casey.create_ticket("first").await;
        assigned_to(&mut casey, &first, "alex").await;
        let second = casey.create_ticket("second").await;
        let third = casey.create_ticket("third").await;

        let _ari = app.agent("ari").await;
        assigned_to(&mut casey, &second, "ari").await;
        assert!(assignee(&mut casey, &third).await.is_null(), "the oldest goes first, and alex is full");
        app.execute_sql(&format!("UPDATE tickets SET status = 'snoozed' WHERE id = {first}"));
        alex.ok("set_status", json!({ "status": "away" })).await;
        alex.ok("set_status", json!({ "status": "online" })).await;
        assigned_to(&mut casey, &third, "alex").await;
    }
}

on_each_database! {
    async fn what_an_agent_was_given_by_hand_stays(database) {
        let app = TestApp::with(database, by(Assignment::RoundRobin)).await;
        let mut casey = app.customer("casey").await;
        app.agent("gone").await.close().await;
        let ticket = casey.create_ticket("Help").await;
        app.execute_sql(&format!("UPDATE tickets SET assignee_id = 'gone' WHERE id = {ticket}"));
        let waits = casey.create_ticket("Waits").await;
        let _alex = app.agent("alex").await;
        assigned_to(&mut casey, &waits, "alex").await;
        assert_eq!(assignee(&mut casey, &ticket).await, "gone");
    }
}

/// A closed ticket of an agent's.
async fn closed(app: &TestApp, casey: &mut WsClient, agent: &str) -> String {
    let ticket = casey.create_ticket("Help").await;
    casey.join(&ticket).await;
    app.execute_sql(&format!(
        "UPDATE tickets SET status = 'closed', assignee_id = '{agent}' WHERE id = {ticket}"
    ));
    ticket
}

on_each_database! {
    async fn a_reopened_ticket_returns_from_an_agent_who_is_away(database) {
        let app = TestApp::with(database, |settings| settings.policy.return_after_ms = 200).await;
        let mut casey = app.customer("casey").await;
        app.agent("gone").await.close().await;
        let (_here, mut hidden) = (app.agent("here").await, app.agent("hidden").await);
        hidden.ok("set_status", json!({ "status": "offline" })).await;
        let kept = closed(&app, &mut casey, "here").await;
        let waits = casey.create_ticket("Never closed").await;
        app.execute_sql(&format!("UPDATE tickets SET assignee_id = 'gone' WHERE id = {waits}"));
        casey.say(&kept, "It is back.").await;
        for agent in ["gone", "hidden"] {
            let ticket = closed(&app, &mut casey, agent).await;
            casey.say(&ticket, "It is back.").await;
            let returned = casey
                .frame(|it| it["event"] == "ticket_updated" && !it["data"]["changes"]["assigneeId"].is_null())
                .await;
            assert_eq!(returned["data"]["ticketId"], ticket);
            assert_eq!(returned["data"]["actor"], Value::Null);
            assert_eq!(returned["data"]["changes"], json!({ "assigneeId": { "from": agent, "to": null } }));
        }
        assert_eq!(assignee(&mut casey, &kept).await, "here", "who is there keeps it");
        assert_eq!(assignee(&mut casey, &waits).await, "gone", "it was not reopened");
    }
}

on_each_database! {
    async fn it_returns_after_a_restart_too_and_finds_the_next_agent(database) {
        let mut app = TestApp::with(database, |settings| {
            by(Assignment::RoundRobin)(settings);
            settings.policy.return_after_ms = 1_500;
        }).await;
        let mut casey = app.customer("casey").await;
        app.agent("gone").await.close().await;
        let ticket = closed(&app, &mut casey, "gone").await;
        casey.say(&ticket, "It is back.").await;
        app.restart().await;

        let mut casey = app.customer("casey").await;
        casey.join(&ticket).await;
        let mut ari = app.agent("ari").await;
        assigned_to(&mut casey, &ticket, "ari").await;
        assert_eq!(ari.event("notification").await["kind"], "assigned");
    }
}
