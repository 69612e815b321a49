//! Adding people to tickets, and removing them: who may, who is told, and who is out at once.

use std::time::Duration;

use deskwire::{
    app::store_options,
    domain::{Role, TicketId, User, UserId},
    store::{Store, changes::RemoveParticipant},
};

use crate::{harness::*, on_each_database};

fn who(ticket: &str, user: &str) -> serde_json::Value {
    json!({ "ticketId": ticket, "userId": user })
}

on_each_database! {
    async fn whoever_is_added_comes_in_and_whoever_is_removed_is_out_at_once(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut bo = app.customer("bo").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        alex.join(&ticket).await;
        bo.refused("join_ticket", json!({ "ticketId": ticket })).await;

        let added = alex.ok("add_participant", who(&ticket, "bo")).await;
        let user = json!({ "id": "bo", "name": "Bo", "role": "customer" });
        assert_eq!((&added["ticketId"], &added["user"]), (&json!(ticket), &user));
        let event = json!({ "ticketId": ticket, "stream": "public", "seq": 1, "user": user });
        assert_eq!(casey.event("participant_added").await, event);
        assert_eq!(alex.event("participant_added").await, event);
        let told = bo.event("notification").await;
        assert_eq!((&told["kind"], &told["ticketId"], &told["body"]), (&json!("participant_added"), &json!(ticket), &json!("Help")));
        assert_eq!(bo.join(&ticket).await["ticket"]["participants"], json!([user]));
        bo.ok("typing_start", json!({ "ticketId": ticket })).await;
        casey.event("user_typing").await;
        alex.ok("add_participant", who(&ticket, "bo")).await;
        casey.ok("ping", json!({})).await;
        assert!(casey.events_so_far("participant_added").await.is_empty(), "they were in already");

        let mut phone = app.customer("bo").await;
        phone.join(&ticket).await;
        let removed = alex.ok("remove_participant", who(&ticket, "bo")).await;
        assert_eq!(removed["user"], user);
        let event = json!({ "ticketId": ticket, "stream": "public", "seq": 2, "user": user });
        assert_eq!(casey.event("participant_removed").await, event);
        casey.event("user_stopped_typing").await;
        assert_eq!(casey.event("user_left_ticket").await["user"]["id"], "bo");
        alex.say(&ticket, "among us").await;
        for client in [&mut bo, &mut phone] {
            let left = client.event("left_ticket").await;
            assert_eq!(left, json!({ "ticketId": ticket, "reason": "access_lost" }));
            assert_eq!(client.event("notification").await["kind"], "participant_removed");
            for gone in ["participant_removed", "new_message"] {
                assert!(client.events_so_far(gone).await.is_empty(), "{gone}");
            }
            let missing = client.refused("get_messages", json!({ "ticketId": "999" })).await;
            assert_eq!(client.refused("get_messages", json!({ "ticketId": ticket })).await, missing);
            assert_eq!(client.refused("typing_start", json!({ "ticketId": ticket })).await["code"], "not_joined");
        }
        alex.ok("remove_participant", who(&ticket, "bo")).await;
        assert!(alex.events_so_far("participant_removed").await.len() == 1, "they were out already");
    }
}

on_each_database! {
    async fn without_the_setting_only_agents_share_a_ticket_and_anyone_leaves(database) {
        rights(database, false).await;
    }
}

on_each_database! {
    async fn with_the_setting_customers_share_their_tickets(database) {
        rights(database, true).await;
    }
}

/// Walks through who may add, remove and leave.
async fn rights(database: Database, inviting: bool) {
    let app = TestApp::with(database, |settings| settings.policy.customers_may_invite = inviting).await;
    let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
    let (mut bo, mut zoe) = (app.customer("bo").await, app.customer("zoe").await);
    drop(app.customer("dan").await);
    let ticket = casey.create_ticket("Help").await;
    alex.ok("add_participant", who(&ticket, "bo")).await;
    let code = |answer: serde_json::Value| answer["error"]["code"].clone();
    let if_inviting = if inviting { json!(null) } else { json!("forbidden") };

    for command in ["add_participant", "remove_participant"] {
        for user in ["dan", "bo", "zoe", "nobody"] {
            let hidden = zoe.refused(command, who(&ticket, user)).await;
            assert_eq!(hidden, zoe.refused(command, who("999", user)).await);
            assert_eq!(hidden["code"], "not_found");
            assert_eq!(hidden["field"], "ticketId", "of the ticket, whoever is named");
        }
    }
    for client in [&mut casey, &mut bo] {
        assert_eq!(code(client.request("add_participant", who(&ticket, "dan")).await), if_inviting);
    }
    alex.ok("add_participant", who(&ticket, "dan")).await;
    assert_eq!(code(bo.request("remove_participant", who(&ticket, "dan")).await), "forbidden");
    assert_eq!(code(casey.request("remove_participant", who(&ticket, "dan")).await), if_inviting);
    assert_eq!(code(casey.request("remove_participant", who(&ticket, "casey")).await), "forbidden");
    let error = alex.refused("remove_participant", who(&ticket, "casey")).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("userId")));
    bo.ok("remove_participant", who(&ticket, "bo")).await;
    assert_eq!(code(bo.request("remove_participant", who(&ticket, "bo")).await), "not_found");
    alex.ok("remove_participant", who(&ticket, "alex")).await;

    let open = json!({ "subject": "Us", "participants": ["bo"] });
    let opened = casey.request("create_ticket", open).await;
    assert_eq!(code(opened.clone()), if_inviting);
    if inviting {
        assert_eq!(opened["ticket"]["participants"][0]["id"], "bo");
        let ticket = opened["ticket"]["id"].as_str().unwrap();
        casey.join(ticket).await;
        bo.join(ticket).await;
        bo.say(ticket, "hello").await;
        assert_eq!(casey.event("new_message").await["message"], "hello");
    }
    for (field, value) in [("requesterId", json!("bo")), ("priority", json!("high"))] {
        let error = casey.refused("create_ticket", json!({ "subject": "Us", field: value })).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("forbidden"), &json!(field)));
    }
}

on_each_database! {
    async fn only_known_users_take_part_and_not_too_many(database) {
        let app = TestApp::with(database, |settings| settings.bounds.participants = 2).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        for id in ["bo", "dan", "eve"] {
            drop(app.customer(id).await);
        }
        let ticket = casey.create_ticket("Help").await;
        alex.join(&ticket).await;
        for command in ["add_participant", "remove_participant"] {
            let error = alex.refused(command, who(&ticket, "nobody")).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("not_found"), &json!("userId")));
        }
        alex.ok("add_participant", who(&ticket, "casey")).await;
        assert!(alex.events_so_far("participant_added").await.is_empty(), "the requester is in");
        alex.ok("add_participant", who(&ticket, "bo")).await;
        alex.ok("add_participant", who(&ticket, "dan")).await;
        let error = alex.refused("add_participant", who(&ticket, "eve")).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("userId")));
        alex.ok("add_participant", who(&ticket, "bo")).await;
        alex.ok("remove_participant", who(&ticket, "dan")).await;
        alex.ok("add_participant", who(&ticket, "eve")).await;
        assert_eq!(alex.events_so_far("participant_added").await.len(), 3);
    }
}

on_each_database! {
    async fn who_leaves_is_answered_and_their_other_connections_leave_too(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let (mut bo, mut phone) = (app.customer("bo").await, app.customer("bo").await);
        let ticket = casey.create_ticket("Help").await;
        alex.ok("add_participant", who(&ticket, "bo")).await;
        for client in [&mut casey, &mut bo, &mut phone] {
            client.join(&ticket).await;
        }
        bo.send("remove_participant", who(&ticket, "bo")).await;
        let answer = bo.event("participant_removed").await;
        assert_eq!((&answer["user"]["id"], answer.get("seq")), (&json!("bo"), None));
        for client in [&mut bo, &mut phone] {
            assert_eq!(client.event("left_ticket").await["reason"], "access_lost");
        }
        assert_eq!(casey.event("participant_removed").await["seq"], 2);
        assert!(phone.events_so_far("participant_removed").await.is_empty());
        assert_eq!(bo.events_so_far("notification").await.len(), 1, "of having been added alone");
    }
}

on_each_database! {
    async fn an_agent_who_is_removed_stays_in_the_room(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex, mut kim) =
            (app.customer("casey").await, app.agent("alex").await, app.agent("kim").await);
        let ticket = casey.create_ticket("Help").await;
        kim.join(&ticket).await;
        alex.ok("add_participant", who(&ticket, "kim")).await;
        alex.ok("remove_participant", who(&ticket, "kim")).await;
        assert_eq!(kim.event("participant_removed").await["user"]["id"], "kim");
        casey.say(&ticket, "hello").await;
        kim.event("new_message").await;
        assert!(kim.events_so_far("left_ticket").await.is_empty());

        // One who becomes a customer has nothing left to see it by.
        kim.authenticate(&app.token("kim", Role::Customer)).await;
        assert_eq!(kim.event("left_ticket").await["reason"], "access_lost");
    }
}

on_each_database! {
    async fn nobody_stays_in_who_was_removed_while_joining(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut devices = Vec::new();
        for _ in 0..4 {
            devices.push(app.customer("bo").await);
        }
        let ticket = casey.create_ticket("Help").await;
        let (mut joined, mut refused) = (0, 0);
        for round in 0..20 {
            alex.ok("add_participant", who(&ticket, "bo")).await;
            // Each joins a little later than the one before, so that some are just coming in.
            let mut acks = Vec::new();
            for (n, device) in devices.iter_mut().enumerate() {
                for _ in 0..(n * round) % 7 {
                    device.send("ping", json!({})).await;
                }
                acks.push(device.send_acked("join_ticket", json!({ "ticketId": ticket })).await);
            }
            alex.ok("remove_participant", who(&ticket, "bo")).await;
            for (device, ack) in devices.iter_mut().zip(acks) {
                let answer = device.ack(ack).await;
                if answer["success"] == true {
                    joined += 1;
                    assert_eq!(device.event("left_ticket").await["reason"], "access_lost");
                } else {
                    refused += 1;
                    assert_eq!(answer["error"]["code"], "not_found");
                    device.take_kept("left_ticket");
                }
                device.take_kept("pong");
            }
            let online = alex.ok("get_online_users", json!({ "ticketId": ticket })).await;
            assert_eq!(online["users"], json!([]), "round {round}: {joined} joined, {refused} refused");
            alex.say(&ticket, "secret").await;
        }
        for device in &mut devices {
            assert!(device.events_so_far("new_message").await.is_empty());
        }
    }
}

on_each_database! {
    async fn who_is_added_again_at_once_is_not_thrown_out_for_the_time_before(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut bo = app.customer("bo").await;
        let ticket = casey.create_ticket("Help").await;
        // Keeps the room, and with it its place in the log.
        casey.join(&ticket).await;
        alex.ok("add_participant", who(&ticket, "bo")).await;
        for _ in 0..15 {
            let removed = alex.send_acked("remove_participant", who(&ticket, "bo")).await;
            let added = alex.send_acked("add_participant", who(&ticket, "bo")).await;
            alex.ack(removed).await;
            alex.ack(added).await;
            bo.join(&ticket).await;
            alex.say(&ticket, "hello").await;
            bo.event("new_message").await;
            assert!(bo.take_kept("left_ticket").is_empty());
            bo.ok("leave_ticket", json!({ "ticketId": ticket })).await;
        }
    }
}

on_each_database! {
    async fn a_replay_under_way_stops(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        drop(app.customer("bo").await);
        let ticket = casey.create_ticket("Help").await;
        alex.ok("add_participant", who(&ticket, "bo")).await;
        let epoch = casey.join(&ticket).await["epoch"].clone();
        casey.ok("leave_ticket", json!({ "ticketId": ticket })).await;
        for _ in 0..600 {
            casey.say(&ticket, &"x".repeat(9_000)).await;
        }

        let mut bo = WsClient::open_slow(app.address).await;
        bo.authenticate(&app.token("bo", Role::Customer)).await;
        let since = json!({ "ticketId": ticket, "since": { "public": 1 }, "epoch": epoch });
        assert_eq!(bo.ok("join_ticket", since).await["replaying"], 600);
        alex.ok("remove_participant", who(&ticket, "bo")).await;
        bo.event("left_ticket").await;
        let before = bo.take_kept("new_message").len();
        assert!(before < 600, "it was under way");
        bo.ok("ping", json!({})).await;
        assert!(bo.events_so_far("new_message").await.is_empty());
        assert!(bo.events_so_far("replay_complete").await.is_empty());
    }
}

on_each_database! {
    async fn a_removal_that_the_server_reads_in_the_log_puts_out_as_well(database) {
        let app = TestApp::with(database, |settings| settings.timing.heal_interval = Duration::from_millis(100)).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut bo = app.customer("bo").await;
        let ticket = casey.create_ticket("Help").await;
        alex.ok("add_participant", who(&ticket, "bo")).await;
        casey.join(&ticket).await;
        bo.join(&ticket).await;
        let (options, id) = (store_options(app.settings()), TicketId(ticket.parse().unwrap()));
        let removal = tokio::task::spawn_blocking(move || {
            let actor = User { id: UserId::new("alex").unwrap(), name: "Alex".to_owned(), role: Role::Agent };
            let removal = RemoveParticipant { ticket_id: id, user_id: UserId::new("bo").unwrap() };
            Store::open_beside(&options).unwrap().commit_once(Some(actor), removal).unwrap();
        });
        removal.await.unwrap();
        assert_eq!(casey.event("participant_removed").await["seq"], 2);
        assert_eq!(bo.event("left_ticket").await["reason"], "access_lost");
        assert!(bo.events_so_far("participant_removed").await.is_empty());
    }
}

on_each_database! {
    async fn those_for_whom_and_with_whom_a_ticket_is_opened_are_told(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let (mut casey, mut bo) = (app.customer("casey").await, app.customer("bo").await);
        let open = json!({ "subject": "Recall", "requesterId": "casey", "participants": ["bo", "alex", "casey"],
            "clientTicketId": "t1" });
        let ticket = alex.ok("create_ticket", open.clone()).await["ticket"].clone();
        assert_eq!(ticket["participants"].as_array().unwrap().len(), 2);
        assert_eq!(alex.ok("create_ticket", open).await["duplicate"], true);
        for client in [&mut casey, &mut bo] {
            let told: Vec<_> = client.events_so_far("notification").await.into_iter()
                .filter(|it| it["kind"] == "participant_added").collect();
            assert_eq!(told.len(), 1);
            assert_eq!((&told[0]["ticketId"], &told[0]["body"]), (&ticket["id"], &json!("Recall")));
        }
        assert!(alex.events_so_far("notification").await.is_empty());
        casey.create_ticket("of my own").await;
        assert!(casey.events_so_far("notification").await.is_empty());
    }
}
