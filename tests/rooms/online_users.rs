//! Who is in a room, counted by user.

use super::announced;
use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_user_joins_with_the_first_connection_and_leaves_with_the_last(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut writer) = (app.agent("alex").await, app.agent("writer").await);
        let ticket = alex.create_ticket("Help").await;
        alex.join(&ticket).await;
        // Connections are spread over the workers: of five, each of the two has some.
        let mut of_ari = Vec::new();
        for _ in 0..5 {
            let mut ari = app.agent("ari").await;
            ari.join(&ticket).await;
            of_ari.push(ari);
        }

        let joined = announced(&mut alex, &mut writer, &ticket, "user_joined_ticket").await;
        let user = json!({ "id": "ari", "name": "Ari", "role": "agent" });
        let expected = json!({ "ticketId": ticket, "user": user, "userName": "Ari" });
        assert_eq!(joined, std::slice::from_ref(&expected));

        let mut last = of_ari.pop().unwrap();
        for mut ari in of_ari {
            ari.ok("leave_ticket", json!({ "ticketId": ticket })).await;
        }
        assert!(announced(&mut alex, &mut writer, &ticket, "user_left_ticket").await.is_empty());
        last.ok("leave_ticket", json!({ "ticketId": ticket })).await;
        assert_eq!(alex.event("user_left_ticket").await, expected);
        last.join(&ticket).await;
        assert_eq!(alex.event("user_joined_ticket").await, expected, "leaving and coming back is announced again");
    }
}

on_each_database! {
    async fn the_own_connections_are_not_told(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        let mut of_ari = [app.agent("ari").await, app.agent("ari").await, app.agent("ari").await];
        for ari in &mut of_ari {
            ari.join(&ticket).await;
        }
        let [one, two, three] = &mut of_ari;
        three.ok("leave_ticket", json!({ "ticketId": ticket })).await;

        for ari in [one, two] {
            for name in ["user_joined_ticket", "user_left_ticket"] {
                assert!(announced(ari, &mut alex, &ticket, name).await.is_empty(), "{name}");
            }
        }
    }
}

on_each_database! {
    async fn joining_twice_counts_once(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        let ticket = alex.create_ticket("Help").await;
        alex.join(&ticket).await;
        ari.join(&ticket).await;
        ari.join(&ticket).await;
        alex.event("user_joined_ticket").await;

        ari.ok("leave_ticket", json!({ "ticketId": ticket })).await;
        alex.event("user_left_ticket").await;
        assert!(alex.events_so_far("user_joined_ticket").await.is_empty());
        assert_eq!(ari.refused("leave_ticket", json!({ "ticketId": ticket })).await["code"], "not_joined");
    }
}

on_each_database! {
    async fn everyone_who_is_there_is_listed_once_by_id(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let listed = json!([
            { "id": "alex", "name": "Alex", "role": "agent" },
            { "id": "casey", "name": "Casey", "role": "customer" },
        ]);
        alex.join(&ticket).await;
        app.agent("alex").await.join(&ticket).await;
        let mut twice = app.agent("alex").await;
        twice.join(&ticket).await;

        assert_eq!(casey.join(&ticket).await["onlineUsers"], listed);
        let online = casey.ok("get_online_users", json!({ "ticketId": ticket })).await;
        assert_eq!(online, json!({ "success": true, "ticketId": ticket, "users": listed }));
        casey.ok("leave_ticket", json!({ "ticketId": ticket })).await;
        let online = casey.ok("get_online_users", json!({ "ticketId": ticket })).await;
        assert_eq!(online["users"].as_array().unwrap().len(), 1, "asking needs access, not a joined room");
    }
}

on_each_database! {
    async fn a_join_is_announced_to_whoever_was_told_that_the_replay_is_complete(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut ari) = (app.agent("alex").await, app.agent("ari").await);
        let ticket = alex.create_ticket("Help").await;

        for _ in 0..30 {
            alex.join(&ticket).await;
            ari.join(&ticket).await;
            alex.event("user_joined_ticket").await;
            ari.ok("leave_ticket", json!({ "ticketId": ticket })).await;
            alex.event("user_left_ticket").await;
        }
    }
}
