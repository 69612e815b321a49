//! Two who change one ticket at the same time.

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn of_two_agents_at_one_position_one_wins(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut kim) = (app.agent("alex").await, app.agent("kim").await);
        let ticket = alex.create_ticket("Help").await;
        for round in 0..20 {
            let position = alex.ok("join_ticket", json!({ "ticketId": ticket })).await["position"].clone();
            let take = |who: &str| json!({ "ticketId": ticket, "assigneeId": who, "labels": [format!("{round}-{who}")],
                "ifPosition": position });
            let (one, other) = tokio::join!(
                alex.request("update_ticket", take("alex")),
                kim.request("update_ticket", take("kim")),
            );
            let (won, lost) = if one["success"] == true { (one, other) } else { (other, one) };
            assert_eq!(won["success"], true, "{won}");
            assert_eq!(lost["success"], false, "{lost}");
            assert_eq!(lost["error"]["code"], "conflict");
            assert_eq!(lost["error"]["position"], won["ticket"]["position"], "the position now");
        }
    }
}

on_each_database! {
    async fn what_is_so_already_is_no_conflict_when_its_answer_was_lost(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("Help").await;
        let update = json!({ "ticketId": ticket, "status": "closed", "ifPosition": { "public": 0 } });
        assert_eq!(alex.ok("update_ticket", update.clone()).await["changes"]["status"]["to"], "closed");
        assert_eq!(alex.ok("update_ticket", update).await["changes"], json!({}));
        let other = json!({ "ticketId": ticket, "status": "open", "ifPosition": { "public": 0 } });
        assert_eq!(alex.refused("update_ticket", other).await["code"], "conflict");
    }
}

on_each_database! {
    async fn a_position_is_compared_as_the_caller_sees_it(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex, mut zoe) =
            (app.customer("casey").await, app.agent("alex").await, app.customer("zoe").await);
        let ticket = casey.create_ticket("Help").await;
        alex.ok("update_ticket", json!({ "ticketId": ticket, "priority": "high" })).await;
        let rename = |name: &str, position| json!({ "ticketId": ticket, "subject": name, "ifPosition": position });

        let none = json!({ "public": 0, "internal": 0 });
        assert_eq!(zoe.refused("update_ticket", rename("x", none.clone())).await["code"], "not_found");
        let lost = alex.refused("update_ticket", rename("x", none.clone())).await;
        assert_eq!(lost["position"], json!({ "public": 0, "internal": 1 }));
        casey.ok("update_ticket", rename("y", none.clone())).await;
        let lost = casey.refused("update_ticket", rename("z", none)).await;
        assert_eq!((&lost["code"], &lost["position"]), (&json!("conflict"), &json!({ "public": 1 })));
        alex.ok("update_ticket", rename("z", json!({ "public": 1 }))).await;
        alex.ok("update_ticket", rename("ahead is not passed", json!({ "public": 7, "internal": 7 }))).await;
        let forbidden = json!({ "ticketId": ticket, "status": "open", "ifPosition": { "public": 0 } });
        assert_eq!(casey.refused("update_ticket", forbidden).await["code"], "forbidden");
    }
}

on_each_database! {
    async fn racing_changes_make_one_chain_without_holes(database) {
        let app = TestApp::start(database).await;
        let mut alex = app.agent("alex").await;
        let ticket = alex.create_ticket("0").await;
        let mut tasks = Vec::new();
        for agent in 0..4 {
            let mut client = app.agent(&format!("agent{agent}")).await;
            let ticket = ticket.clone();
            tasks.push(tokio::spawn(async move {
                let mut acks = Vec::new();
                for n in 0..15 {
                    let update = json!({ "ticketId": ticket, "subject": format!("{agent}-{n}"), "priority": if n % 2 == 0 { "low" } else { "high" } });
                    acks.push(client.send_acked("update_ticket", update).await);
                    let message = json!({ "ticketId": ticket, "message": "x" });
                    acks.push(client.send_acked("send_message", message).await);
                }
                for ack in acks {
                    assert_eq!(client.ack(ack).await["success"], true);
                }
            }));
        }
        alex.join(&ticket).await;
        for task in tasks {
            task.await.unwrap();
        }
        let epoch = alex.join(&ticket).await["epoch"].clone();
        let mut again = app.agent("again").await;
        let since = json!({ "ticketId": ticket, "since": { "public": 0, "internal": 0 }, "epoch": epoch });
        again.ok("join_ticket", since).await;
        again.event("replay_complete").await;
        let (mut public, mut internal, mut subject, mut priority) = (0, 0, json!("0"), json!("normal"));
        for frame in again.all_kept() {
            let data = &frame["data"];
            let Some(seq) = data["seq"].as_i64() else { continue };
            let of_stream = if data["stream"] == "public" { &mut public } else { &mut internal };
            *of_stream += 1;
            assert_eq!(seq, *of_stream, "dense");
            for (field, value) in [("subject", &mut subject), ("priority", &mut priority)] {
                if let Some(change) = data["changes"].get(field) {
                    assert_eq!(change["from"], *value, "each change goes out from the one before");
                    *value = change["to"].clone();
                }
            }
        }
        assert_eq!(public, 120);
        let ticket = again.join(&ticket).await["ticket"].clone();
        assert_eq!((&ticket["subject"], &ticket["priority"]), (&subject, &priority));
    }
}
