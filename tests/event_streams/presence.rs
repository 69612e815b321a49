//! Who is seen to be there: whoever streams, and nobody who polls.

use std::time::Duration;

use deskwire::domain::Role;

use super::{agent, customer, events, since};
use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_stream_is_seen_as_long_as_it_lasts(database) {
        let app = TestApp::with(database, |settings| settings.timing.heartbeat = Duration::from_millis(50)).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let mut stream = agent(&app).stream(&events(&ticket)).await;
        assert_eq!(casey.event("user_joined_ticket").await["user"]["id"], "ari");
        let online = stream.event("joined_ticket").await["onlineUsers"].clone();
        assert_eq!(online.as_array().unwrap().len(), 2, "{online}");
        let mut alex = app.agent("alex").await;
        let status = alex.ok("get_user_status", json!({ "userId": "ari" })).await;
        assert_eq!(status["status"], "online");

        // Nobody says good-bye: it is found out by the next thing that is written.
        drop(stream);
        assert_eq!(casey.event("user_left_ticket").await["user"]["id"], "ari");
        eventually("its connection is forgotten", async || {
            alex.ok("get_user_status", json!({ "userId": "ari" })).await["status"] == "offline"
        })
        .await;
    }
}

on_each_database! {
    async fn polls_make_nobody_come_and_go(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let mut alex = app.agent("alex").await;
        alex.join(&ticket).await;
        let mut at = agent(&app).get(&events(&ticket)).await.expect(200);
        for n in 0..5 {
            let (path, api) = (since(&ticket, &at, 60), agent(&app));
            let poll = tokio::spawn(async move { api.get(&path).await.expect(200) });
            casey.say(&ticket, &n.to_string()).await;
            at = poll.await.unwrap();
        }
        assert_eq!(alex.ok("get_user_status", json!({ "userId": "ari" })).await["status"], "offline");
        for name in ["user_joined_ticket", "user_left_ticket"] {
            let events = casey.events_so_far(name).await;
            assert!(events.iter().all(|event| event["user"]["id"] != "ari"), "{events:?}");
        }
        assert!(alex.events_so_far("user_status").await.iter().all(|event| event["userId"] != "ari"));
    }
}

on_each_database! {
    async fn who_polls_is_notified_like_someone_who_is_not_there_and_hears_of_it(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.close().await;
        let mut alex = app.agent("alex").await;
        let at = customer(&app).get(&events(&ticket)).await.expect(200);
        let (path, api) = (since(&ticket, &at, 60), customer(&app));
        let poll = tokio::spawn(async move { api.get(&path).await.expect(200) });
        alex.say(&ticket, "hello").await;
        poll.await.unwrap();
        let notifications = customer(&app).get("/api/notifications").await.expect(200);
        assert_eq!(notifications["notifications"][0]["kind"], "new_message", "{notifications}");

        let mut stream = customer(&app).stream(&events(&ticket)).await;
        stream.event("replay_complete").await;
        alex.say(&ticket, "seen").await;
        stream.find(|sent| sent.data["data"]["message"] == "seen").await;
        let after = customer(&app).get("/api/notifications").await.expect(200);
        assert_eq!(after["notifications"].as_array().unwrap().len(), 1, "{after}");
    }
}

on_each_database! {
    async fn a_socket_beside_a_poll_comes_and_goes_by_itself(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let mut alex = app.agent("alex").await;
        let at = agent(&app).get(&events(&ticket)).await.expect(200);
        let _waits = agent(&app).ask(&since(&ticket, &at, 60)).await;
        let mut status = async || alex.ok("get_user_status", json!({ "userId": "ari" })).await["status"].clone();
        assert_eq!(status().await, "offline");
        let socket = app.connect("ari", Role::Agent).await;
        assert_eq!(status().await, "online");
        socket.close().await;
        eventually("gone", async || status().await == "offline").await;
    }
}
