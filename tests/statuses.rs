//! Who is there, how they want to be seen, and who may know; and who else looks at a ticket.

use deskwire::domain::Role;
use serde_json::Value;

use crate::{harness::*, on_each_database};

/// The next status that arrived, as `userId status`.
async fn next_status(client: &mut WsClient) -> String {
    let event = client.event("user_status").await;
    assert!(event["lastSeen"].is_string(), "{event}");
    format!("{} {}", event["userId"].as_str().unwrap(), event["status"].as_str().unwrap())
}

/// The next status of one user that arrived; what is told of others may come before it.
async fn next_of(client: &mut WsClient, id: &str) -> String {
    let event = client.frame(|it| it["event"] == "user_status" && it["data"]["userId"] == id).await;
    event["data"]["status"].as_str().unwrap().to_owned()
}

/// All statuses that come before one of the client's own, set now: the announcements of before are over
/// then.
async fn heard(app: &TestApp, client: &mut WsClient, (id, role): (&str, Role), status: &str) -> Vec<String> {
    let mut other = app.connect(id, role).await;
    other.ok("set_status", json!({ "status": status })).await;
    let (mut heard, fence) = (Vec::new(), format!("{id} {status}"));
    loop {
        match next_status(client).await {
            own if own == fence => return heard,
            status => heard.push(status),
        }
    }
}

const ZOE: (&str, Role) = ("zoe", Role::Customer);

async fn status(client: &mut WsClient, id: &str) -> Value {
    client.ok("get_user_status", json!({ "userId": id })).await
}

/// A ticket of Casey's in which Bob takes part.
async fn shared_ticket(alex: &mut WsClient) -> String {
    let new = json!({ "subject": "Help", "requesterId": "casey", "participants": ["bob"] });
    alex.ok("create_ticket", new).await["ticket"]["id"].as_str().unwrap().to_owned()
}

on_each_database! {
    async fn agents_hear_of_agents_who_come_go_and_change(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let mut ari = app.agent("ari").await;
        assert_eq!(next_of(&mut alex, "ari").await, "online");

        let mut second = app.agent("ari").await;
        let set = ari.ok("set_status", json!({ "status": "away" })).await;
        assert_eq!((&set["userId"], &set["status"]), (&json!("ari"), &json!("away")));
        assert_eq!(next_of(&mut alex, "ari").await, "away", "a second connection is no news");
        assert_eq!(next_of(&mut second, "ari").await, "away", "the own other connection is told");

        second.ok("set_status", json!({ "status": "away" })).await;
        second.ok("set_status", json!({ "status": "busy" })).await;
        assert_eq!(next_of(&mut alex, "ari").await, "busy", "the same again is no news");
        assert_eq!(next_of(&mut ari, "ari").await, "busy");
        assert!(second.events_so_far("user_status").await.is_empty(), "who set it has the reply");

        second.close().await;
        ari.cut();
        assert_eq!(next_of(&mut alex, "ari").await, "offline");
        assert_eq!(status(&mut alex, "ari").await["status"], "offline");
    }
}

on_each_database! {
    async fn what_a_user_wants_outlives_connections_and_restarts(database) {
        let mut app = TestApp::start(database).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        ari.ok("set_status", json!({ "status": "busy" })).await;
        alex.frame(|frame| frame["data"]["status"] == "busy").await;
        ari.close().await;
        let gone = alex.frame(|frame| frame["data"]["status"] == "offline").await;
        let seen = gone["data"]["lastSeen"].clone();
        assert_eq!(status(&mut alex, "ari").await["lastSeen"], seen);

        let again = app.agent("ari").await;
        alex.frame(|frame| frame["event"] == "user_status" && frame["data"]["status"] == "busy").await;
        again.close().await;
        alex.frame(|frame| frame["event"] == "user_status" && frame["data"]["status"] == "offline").await;

        app.restart().await;
        let mut alex = app.agent("alex").await;
        let before = status(&mut alex, "ari").await;
        assert_eq!(before["status"], "offline");
        assert!(before["lastSeen"].as_str() >= seen.as_str(), "{before}");
        let mut ari = app.agent("ari").await;
        assert_eq!(status(&mut ari, "ari").await["status"], "busy");
    }
}

on_each_database! {
    async fn of_two_connections_that_race_the_last_commit_counts(database) {
        let app = TestApp::start(database).await;
        let (mut one, mut two) = (app.agent("ari").await, app.agent("ari").await);
        for _ in 0..10 {
            let first = one.send_acked("set_status", json!({ "status": "busy" })).await;
            let second = two.send_acked("set_status", json!({ "status": "away" })).await;
            let answers = (one.ack(first).await, two.ack(second).await);
            assert_eq!((&answers.0["success"], &answers.1["success"]), (&json!(true), &json!(true)));
        }
        let live = status(&mut one, "ari").await["status"].clone();
        let busy = app.rows("users WHERE id = 'ari' AND availability = 'busy'");
        assert_eq!(live, if busy == 1 { "busy" } else { "away" });
    }
}

on_each_database! {
    async fn stopping_notes_who_was_there_until_then(database) {
        let mut app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        app.execute_sql("UPDATE users SET last_seen_at = 1 WHERE id = 'alex'");
        let at = alex.ok("ping", json!({})).await["at"].clone();
        app.restart().await;
        let seen = status(&mut app.agent("ari").await, "alex").await["lastSeen"].clone();
        assert!(seen.as_str() >= at.as_str(), "{seen} is before {at}");
    }
}

on_each_database! {
    async fn who_wants_to_be_seen_as_gone_looks_gone(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        assert_eq!(next_status(&mut alex).await, "ari online");
        let hidden = ari.ok("set_status", json!({ "status": "offline" })).await;
        assert_eq!(next_status(&mut alex).await, "ari offline");
        let shown = status(&mut alex, "ari").await;
        assert_eq!((&shown["status"], &shown["lastSeen"]), (&json!("offline"), &hidden["lastSeen"]));
        ari.close().await;

        let mut ari = app.agent("ari").await;
        assert_eq!(status(&mut alex, "ari").await["lastSeen"], hidden["lastSeen"], "coming does not show");
        ari.ok("set_status", json!({ "status": "online" })).await;
        assert_eq!(next_status(&mut alex).await, "ari online");
    }
}

on_each_database! {
    async fn customers_know_only_those_with_whom_they_share_a_ticket(database) {
        let app = TestApp::start(database).await;
        let (mut casey, _bob, mut zoe) =
            (app.customer("casey").await, app.customer("bob").await, app.customer("zoe").await);
        let mut alex = app.agent("alex").await;
        let ticket = shared_ticket(&mut alex).await;

        assert_eq!(status(&mut casey, "bob").await["status"], "online");
        assert_eq!(status(&mut casey, "casey").await["status"], "online");
        let unknown = casey.refused("get_user_status", json!({ "userId": "nobody" })).await;
        assert_eq!((&unknown["code"], &unknown["field"]), (&json!("not_found"), &json!("userId")));
        for id in ["alex", "zoe"] {
            assert_eq!(casey.refused("get_user_status", json!({ "userId": id })).await, unknown, "{id}");
        }
        assert_eq!(zoe.refused("get_user_status", json!({ "userId": "casey" })).await, unknown);
        assert_eq!(alex.refused("get_user_status", json!({ "userId": "nobody" })).await, unknown);
        assert_eq!(status(&mut alex, "zoe").await["status"], "online");

        app.execute_sql(&format!("UPDATE tickets SET assignee_id = 'alex', status = 'closed' WHERE id = {ticket}"));
        let asked = json!({ "userIds": ["zoe", "alex", "bob", "alex", "nobody", "casey"] });
        let users = casey.ok("get_users_status", asked).await["users"].clone();
        let ids: Vec<_> = users.as_array().unwrap().iter().map(|user| user["userId"].clone()).collect();
        assert_eq!(ids, ["alex", "bob", "casey"]);
    }
}

on_each_database! {
    async fn one_to_two_hundred_users_can_be_asked_about_at_once(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ids = |count: usize| json!({ "userIds": (0..count).map(|n| format!("u{n}")).collect::<Vec<_>>() });
        assert_eq!(alex.ok("get_users_status", ids(200)).await["users"], json!([]));
        for bad in [ids(0), ids(201), json!({})] {
            let error = alex.refused("get_users_status", bad).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("userIds")));
        }
        assert_eq!(alex.refused("set_status", json!({ "status": "asleep" })).await["code"], "invalid_payload");
    }
}

on_each_database! {
    async fn customers_are_announced_to_those_who_share_an_unclosed_ticket(database) {
        let app = TestApp::start(database).await;
        let (mut bob, mut zoe) = (app.customer("bob").await, app.customer("zoe").await);
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        app.customer("casey").await.close().await;
        eventually("casey is gone", async || status(&mut alex, "casey").await["status"] == "offline").await;
        heard(&app, &mut zoe, ZOE, "away").await;
        let ticket = shared_ticket(&mut alex).await;
        alex.join(&ticket).await;

        let mut casey = app.customer("casey").await;
        assert_eq!(next_status(&mut bob).await, "casey online");
        alex.frame(|frame| frame["event"] == "user_status" && frame["data"]["userId"] == "casey").await;
        casey.ok("set_status", json!({ "status": "away" })).await;
        assert_eq!(next_status(&mut bob).await, "casey away");
        assert!(heard(&app, &mut zoe, ZOE, "busy").await.is_empty(), "strangers hear nothing");
        let by_ari = heard(&app, &mut ari, ("ari", Role::Agent), "busy").await;
        assert!(by_ari.iter().all(|it| !it.starts_with("casey")), "not in the room: {by_ari:?}");

        app.execute_sql(&format!("UPDATE tickets SET status = 'closed' WHERE id = {ticket}"));
        casey.ok("set_status", json!({ "status": "online" })).await;
        let by_bob = heard(&app, &mut bob, ("bob", Role::Customer), "busy").await;
        assert!(by_bob.is_empty(), "the ticket is closed: {by_bob:?}");
    }
}

on_each_database! {
    async fn requesters_hear_of_who_takes_care_of_their_ticket(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut ari) = (app.customer("casey").await, app.agent("ari").await);
        let mut alex = app.agent("alex").await;
        let ticket = casey.create_ticket("Help").await;
        alex.ok("set_status", json!({ "status": "busy" })).await;
        ari.frame(|it| it["event"] == "user_status" && it["data"]["status"] == "busy").await;
        app.execute_sql(&format!("UPDATE tickets SET assignee_id = 'alex' WHERE id = {ticket}"));
        alex.ok("set_status", json!({ "status": "away" })).await;
        assert_eq!(next_status(&mut casey).await, "alex away", "and not what came before");
    }
}

on_each_database! {
    async fn who_is_no_agent_any_more_hears_nothing_of_agents(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        assert_eq!(next_status(&mut alex).await, "ari online");
        alex.authenticate(&app.token("alex", Role::Customer)).await;
        ari.ok("set_status", json!({ "status": "busy" })).await;
        assert!(heard(&app, &mut alex, ("alex", Role::Customer), "busy").await.is_empty());
    }
}

on_each_database! {
    async fn agents_see_who_else_looks_at_a_ticket_and_drafts_an_answer(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex, mut ari) =
            (app.customer("casey").await, app.agent("alex").await, app.agent("ari").await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        assert_eq!(alex.join(&ticket).await["onlineUsers"].as_array().unwrap().len(), 2);
        let online = ari.join(&ticket).await["onlineUsers"].clone();
        let ids: Vec<_> = online.as_array().unwrap().iter().map(|user| user["id"].clone()).collect();
        assert_eq!(ids, ["alex", "ari", "casey"]);
        let joined = alex.frame(|it| it["event"] == "user_joined_ticket" && it["data"]["user"]["id"] == "ari").await;
        assert_eq!(joined["data"]["user"]["role"], "agent");

        ari.ok("typing_start", json!({ "ticketId": ticket })).await;
        assert_eq!(alex.event("user_typing").await["userId"], "ari");
        ari.ok("typing_stop", json!({ "ticketId": ticket })).await;
        assert_eq!(alex.event("user_stopped_typing").await["userId"], "ari");
        casey.event("user_stopped_typing").await;
        casey.take_kept("user_typing");

        ari.ok("typing_start", json!({ "ticketId": ticket, "visibility": "internal" })).await;
        assert_eq!(alex.event("user_typing").await["userId"], "ari", "a note is drafted");
        ari.cut();
        alex.event("user_stopped_typing").await;
        alex.frame(|it| it["event"] == "user_left_ticket" && it["data"]["user"]["id"] == "ari").await;
        casey.frame(|it| it["event"] == "user_left_ticket").await;
        assert!(casey.events_so_far("user_typing").await.is_empty(), "customers see no drafts of notes");
    }
}
