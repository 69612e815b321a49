//! Connections that end without leaving.

use deskwire::domain::Role;

use crate::{harness::*, on_each_database};

async fn online(client: &mut WsClient, ticket: &str) -> Vec<String> {
    let online = client.ok("get_online_users", json!({ "ticketId": ticket })).await;
    online["users"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

on_each_database! {
    async fn who_loses_the_last_connection_has_left(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        alex.join(&ticket).await;

        for polite in [true, false] {
            let mut ari = app.agent("ari").await;
            ari.join(&ticket).await;
            alex.event("user_joined_ticket").await;
            if polite { ari.close().await } else { ari.cut() }
            assert_eq!(alex.event("user_left_ticket").await["user"]["id"], "ari");
            assert_eq!(online(&mut alex, &ticket).await, ["alex"]);
        }
    }
}

on_each_database! {
    async fn who_goes_without_having_read_everything_has_left_at_once(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        alex.join(&ticket).await;

        // What is unread turns the end of the connection into a reset, in the middle of anything.
        for unread in [1, 40, 400] {
            let mut ari = WsClient::open_slow(app.address).await;
            ari.authenticate(&app.token("ari", Role::Agent)).await;
            ari.join(&ticket).await;
            alex.event("user_joined_ticket").await;
            for _ in 0..unread {
                alex.say(&ticket, &"x".repeat(2_000)).await;
            }
            for _ in 0..unread.min(40) {
                ari.send_acked("get_messages", json!({ "ticketId": ticket })).await;
            }
            ari.cut();
            assert_eq!(alex.event("user_left_ticket").await["user"]["id"], "ari");
        }
    }
}

on_each_database! {
    async fn joins_in_flight_when_the_connection_ends_leave_nobody_behind(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let mut tickets = Vec::new();
        for n in 0..40 {
            tickets.push(alex.create_ticket(&n.to_string()).await);
        }

        for round in 0..5 {
            let name = format!("ghost{round}");
            let mut ghost = app.agent(&name).await;
            for ticket in &tickets {
                ghost.send_acked("join_ticket", json!({ "ticketId": ticket })).await;
            }
            ghost.cut();
        }

        // Behind every ghost: its joins are worked off when the last of its commands is.
        app.agent("ari").await.join(&tickets[0]).await;
        for ticket in &tickets {
            eventually("nobody is there", async || online(&mut alex, ticket).await.is_empty()).await;
        }
        // What came late would still be there, or come yet; a second look after other work tells.
        for ticket in &tickets {
            alex.say(ticket, "still nobody").await;
            assert!(online(&mut alex, ticket).await.is_empty());
        }
    }
}

on_each_database! {
    async fn authentications_in_flight_when_the_connection_ends_do_not_count_as_connections(database) {
        let app = TestApp::with(database, |settings| settings.bounds.connections_per_user = 3).await;
        let mut first = app.agent("alex").await;
        let mut second = app.agent("alex").await;

        // A role that changed is written down, which takes as long as a commit. Each connection is gone,
        // as the server sees it too, before the next one comes.
        for round in 0..20 {
            let mut gone = app.open().await;
            let role = if round % 2 == 0 { Role::Admin } else { Role::Agent };
            gone.send("authenticate", json!({ "token": app.token("alex", role) })).await;
            gone.close().await;
        }

        let mut third = app.agent("alex").await;
        for alex in [&mut third, &mut second, &mut first] {
            alex.ok("ping", json!({})).await;
        }
    }
}
