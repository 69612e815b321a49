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

/// A server that gives each agent one ticket at a time, its first agent with one, and one that waits.
async fn crowded(database: Database) -> (TestApp, WsClient, WsClient, [String; 2]) {
    let app = TestApp::with(database, |settings| {
        by(Assignment::RoundRobin)(settings);
        settings.policy.agent_capacity = 1;
    })
    .await;
    let (mut casey, alex) = (app.customer("casey").await, app.agent("alex").await);
    let first = casey.create_ticket("first").await;
    assigned_to(&mut casey, &first, "alex").await;
    let waits = casey.create_ticket("waits").await;
    (app, casey, alex, [first, waits])
}

on_each_database! {
    async fn closing_or_snoozing_a_ticket_makes_room_for_one_that_waits(database) {
        let (_app, mut casey, mut alex, [first, second]) = crowded(database).await;
        assert!(assignee(&mut casey, &second).await.is_null());
        alex.ok("update_ticket", json!({ "ticketId": first, "status": "closed" })).await;
        assigned_to(&mut casey, &second, "alex").await;
        assert_eq!(assignee(&mut casey, &first).await, "alex", "what is closed stays whose it was");

        let third = casey.create_ticket("third").await;
        let tomorrow = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
        let until = humantime::format_rfc3339_seconds(tomorrow).to_string();
        alex.ok("update_ticket", json!({ "ticketId": second, "snoozedUntil": until })).await;
        assigned_to(&mut casey, &third, "alex").await;
    }
}

on_each_database! {
    async fn who_gives_a_ticket_away_has_room_for_one_that_waits(database) {
        let (app, mut casey, mut alex, [first, waits]) = crowded(database).await;
        app.execute_sql("INSERT INTO users (id, name, role, created_at) VALUES ('ari', 'Ari', 'agent', 1)");
        alex.ok("update_ticket", json!({ "ticketId": first, "assigneeId": "ari" })).await;
        assigned_to(&mut casey, &waits, "alex").await;
        assert_eq!(assignee(&mut casey, &first).await, "ari", "given by hand, there or not");
    }
}

on_each_database! {
    async fn what_is_nobodys_again_goes_to_the_next_agent(database) {
        let app = TestApp::with(database, by(Assignment::RoundRobin)).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        assigned_to(&mut casey, &ticket, "alex").await;
        let mut ari = app.agent("ari").await;
        alex.ok("update_ticket", json!({ "ticketId": ticket, "assigneeId": null })).await;
        assert_eq!(ari.event("notification").await["kind"], "assigned");
        assert_eq!(assignee(&mut casey, &ticket).await, "ari");
        for change in [json!({ "from": "alex", "to": null }), json!({ "from": null, "to": "ari" })] {
            casey.frame(|it| it["data"]["changes"]["assigneeId"] == change).await;
        }
    }
}

on_each_database! {
    async fn a_ticket_that_its_customer_reopens_goes_from_who_is_away_to_the_next_agent(database) {
        let app = TestApp::with(database, |settings| {
            by(Assignment::RoundRobin)(settings);
            settings.policy.return_after_ms = 200;
        }).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        assigned_to(&mut casey, &ticket, "alex").await;
        alex.ok("update_ticket", json!({ "ticketId": ticket, "status": "closed" })).await;
        alex.close().await;
        let mut ari = app.agent("ari").await;
        casey.say(&ticket, "It is back.").await;
        assert_eq!(ari.event("notification").await["kind"], "assigned");
        for change in [json!({ "from": "alex", "to": null }), json!({ "from": null, "to": "ari" })] {
            let told = casey.frame(|it| it["data"]["changes"]["assigneeId"] == change).await;
            assert_eq!(told["data"]["actor"], Value::Null);
        }
        assert_eq!(app.rows("tickets WHERE reopened_at IS NOT NULL"), 0);
    }
}

on_each_database! {
    async fn a_ticket_that_is_closed_again_has_not_to_come_back(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let close = json!({ "ticketId": ticket, "status": "closed", "assigneeId": "alex" });
        alex.ok("update_ticket", close.clone()).await;
        casey.say(&ticket, "It is back.").await;
        assert_eq!(app.rows("tickets WHERE reopened_at IS NOT NULL"), 1);
        alex.ok("update_ticket", close).await;
        assert_eq!(app.rows("tickets WHERE reopened_at IS NOT NULL"), 0);
    }
}
