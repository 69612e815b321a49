//! How many rooms a connection joins, and how many connections a user has.

use deskwire::domain::Role;

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_connection_joins_so_many_rooms_and_no_more(database) {
        let app = TestApp::with(database, |settings| settings.bounds.joined_rooms = 3).await;
        let mut alex = app.agent("alex").await;
        let mut tickets = Vec::new();
        for n in 0..4 {
            tickets.push(alex.create_ticket(&n.to_string()).await);
        }
        for ticket in &tickets[..3] {
            alex.join(ticket).await;
        }

        assert_eq!(alex.refused("join_ticket", json!({ "ticketId": tickets[3] })).await["code"], "forbidden");
        assert_eq!(alex.refused("join_ticket", json!({ "ticketId": "999" })).await["code"], "not_found");
        alex.join(&tickets[0]).await;
        alex.ok("leave_ticket", json!({ "ticketId": tickets[1] })).await;
        alex.join(&tickets[3]).await;
        app.agent("alex").await.join(&tickets[1]).await;
    }
}

on_each_database! {
    async fn one_connection_too_many_replaces_the_oldest_of_the_user(database) {
        let app = TestApp::with(database, |settings| settings.bounds.connections_per_user = 3).await;
        let mut other = app.agent("ari").await;
        let mut of_alex = Vec::new();
        for _ in 0..3 {
            of_alex.push(app.agent("alex").await);
        }
        // Extending a session is no new connection.
        of_alex[0].authenticate(&app.token("alex", Role::Agent)).await;
        of_alex[0].ok("ping", json!({})).await;

        for _ in 0..2 {
            of_alex.push(app.agent("alex").await);
            assert_eq!(of_alex.remove(0).closed().await, 4409);
        }
        for open in of_alex.iter_mut().chain([&mut other]) {
            open.ok("ping", json!({})).await;
        }
        of_alex.pop().unwrap().close().await;
        eventually("the closed one is forgotten", async || {
            let mut fourth = app.agent("alex").await;
            let kept = of_alex[0].request("ping", json!({})).await["success"] == true;
            fourth.ok("ping", json!({})).await;
            kept
        })
        .await;
    }
}
