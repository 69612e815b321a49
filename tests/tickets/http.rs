//! Tickets and people over HTTP.

use deskwire::domain::Role;

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_ticket_is_opened_listed_read_changed_rated_over_http_and_sockets_hear_of_it(database) {
        let app = TestApp::start(database).await;
        let (rita, alex) = (app.api("rita", Role::Customer), app.api("alex", Role::Agent));
        let mut socket = app.agent("sam").await;
        let opened = rita.post("/api/tickets", json!({ "subject": "Help", "message": "x" })).await;
        let id = opened.expect(201)["ticket"]["id"].as_str().unwrap().to_owned();
        assert_eq!(opened.header("location"), Some(format!("/api/tickets/{id}").as_str()));
        socket.join(&id).await;

        let path = format!("/api/tickets/{id}");
        let changed = alex.patch(&path, json!({ "status": "closed", "labels": ["a"] })).await.expect(200);
        assert_eq!(changed["changes"]["status"], json!({ "from": "open", "to": "closed" }));
        let first = socket.event("ticket_updated").await;
        assert_eq!((&first["stream"], &first["actor"]["id"]), (&json!("public"), &json!("alex")));
        rita.put(&format!("{path}/rating"), json!({ "score": 5 })).await.expect(200);
        assert_eq!(socket.event("ticket_rated").await["score"], 5);

        let ticket = rita.get(&path).await.expect(200)["ticket"].clone();
        assert_eq!((&ticket["status"], ticket.get("labels")), (&json!("closed"), None));
        let listed = alex.get("/api/tickets?status=closed&label=a&assigneeId=").await.expect(200);
        assert_eq!(listed["tickets"][0]["id"], json!(id));
        assert_eq!(alex.get("/api/tickets?status=open").await.expect(200)["tickets"], json!([]));
    }
}

on_each_database! {
    async fn what_a_caller_has_already_is_not_sent_again_until_it_changes(database) {
        let app = TestApp::start(database).await;
        let mut rita = app.customer("rita").await;
        let id = rita.create_ticket("Help").await;
        let api = app.api("rita", Role::Customer);
        for path in ["/api/tickets".to_owned(), format!("/api/tickets/{id}"), format!("/api/tickets/{id}/messages")] {
            let first = api.get(&path).await;
            let tag = first.header("etag").unwrap().to_owned();
            assert_eq!(first.header("cache-control"), Some("private, no-cache"));
            let known = api.with("If-None-Match", &format!("\"other\", {tag}"));
            let same = known.get(&path).await;
            assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some(tag.as_str())));
            rita.say(&id, &path).await;
            let changed = known.get(&path).await;
            assert_eq!(changed.status, 200);
            assert_ne!(changed.header("etag"), Some(tag.as_str()));
        }
    }
}

on_each_database! {
    async fn people_receipts_reactions_notifications_and_statuses_go_over_http(database) {
        let app = TestApp::start(database).await;
        app.customer("paul").await.close().await;
        let (mut rita, alex) = (app.customer("rita").await, app.api("alex", Role::Agent));
        let id = rita.create_ticket("Help").await;
        rita.join(&id).await;
        let message = rita.say(&id, "findable words").await["id"].as_str().unwrap().to_owned();
        let path = format!("/api/tickets/{id}");

        let added = alex.put(&format!("{path}/participants/paul"), json!({})).await.expect(200);
        assert_eq!(added["user"]["id"], "paul");
        assert_eq!(rita.event("participant_added").await["user"]["id"], "paul");
        let paul = app.api("paul", Role::Customer);
        let noticed = paul.get("/api/notifications?unreadOnly=true").await.expect(200);
        let notification = noticed["notifications"][0]["id"].as_str().unwrap().to_owned();
        paul.send("POST", &format!("/api/notifications/{notification}/read"), None).await.expect(200);
        assert_eq!(paul.get("/api/notifications").await.expect(200)["unread"], 0);
        paul.send("POST", "/api/notifications/read", None).await.expect(200);

        let read = alex.put(&format!("{path}/receipts/read"), json!({ "messageId": message })).await.expect(200);
        assert_eq!(read["readSeq"], 1);
        assert_eq!(rita.event("messages_read").await["userId"], "alex");
        alex.put(&format!("/api/messages/{message}/reactions/%F0%9F%91%8D"), json!({})).await.expect(200);
        assert_eq!(rita.event("reaction_added").await["emoji"], "👍");
        alex.delete(&format!("/api/messages/{message}/reactions/%F0%9F%91%8D")).await.expect(200);
        assert_eq!(rita.event("reaction_removed").await["userId"], "alex");

        let found = alex.get("/api/search?query=findable").await.expect(200);
        assert_eq!(found["results"][0]["message"]["id"], json!(message));
        let online = alex.get(&format!("{path}/online")).await.expect(200);
        assert_eq!(online["users"][0]["id"], "rita");
        alex.put("/api/me/status", json!({ "status": "busy" })).await.expect(200);
        assert_eq!(alex.get("/api/users/rita/status").await.expect(200)["status"], "online");
        let statuses = alex.get("/api/users/status?ids=rita,paul,nobody").await.expect(200);
        assert_eq!(statuses["users"].as_array().unwrap().len(), 2);
        alex.delete(&format!("{path}/participants/paul")).await.expect(200);
        assert_eq!(paul.get(&path).await.error(404)["code"], "not_found");
    }
}

on_each_database! {
    async fn canned_responses_are_made_replaced_and_deleted_over_http(database) {
        let app = TestApp::start(database).await;
        let alex = app.api("alex", Role::Agent);
        let new = json!({ "shortcut": "hi", "title": "Hi", "message": "Hello", "shared": true });
        let id = alex.post("/api/canned-responses", new.clone()).await.expect(201)["cannedResponse"]["id"].clone();
        let path = format!("/api/canned-responses/{}", id.as_str().unwrap());
        let other = json!({ "shortcut": "hi", "title": "Hi!", "message": "Hello", "shared": true });
        alex.put(&path, other).await.expect(200);
        let listed = alex.get("/api/canned-responses").await.expect(200);
        assert_eq!(listed["cannedResponses"][0]["title"], "Hi!");
        alex.delete(&path).await.expect(200);
        assert_eq!(alex.delete(&path).await.error(404)["code"], "not_found");
        assert_eq!(alex.delete("/api/canned-responses/x").await.error(404)["code"], "not_found");
    }
}

on_each_database! {
    async fn who_the_token_is_of_is_told_with_the_epoch(database) {
        let app = TestApp::start(database).await;
        let me = app.api("rita", Role::Customer).get("/api/me").await.expect(200);
        assert_eq!(me["user"], json!({ "id": "rita", "name": "Rita", "role": "customer" }));
        assert!(me["epoch"].is_string() && me["expiresAt"].is_string());
    }
}
