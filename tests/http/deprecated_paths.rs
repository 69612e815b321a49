//! The paths that existing chat front-ends call.

use deskwire::domain::Role;

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn existing_front_ends_find_their_paths_each_marked_as_deprecated(database) {
        let app = TestApp::start(database).await;
        let (mut rita, api) = (app.customer("rita").await, app.api("rita", Role::Customer));
        let old = |answer: Answer, successor: &str| {
            assert_eq!(answer.header("deprecation"), Some("@1795651200"));
            assert_eq!(answer.header("link"), Some(format!("<{successor}>; rel=\"successor-version\"").as_str()));
            answer
        };
        let made = api.post("/api/chat/conversations", json!({ "subject": "Help" })).await;
        let id = old(made, "/api/tickets").expect(201)["ticket"]["id"].as_str().unwrap().to_owned();
        rita.join(&id).await;
        let listed = old(api.get("/api/chat/conversations").await, "/api/tickets").expect(200);
        assert_eq!(listed["tickets"][0]["id"], json!(id));

        let messages = format!("/api/chat/conversations/{id}/messages");
        let sent = old(api.post(&messages, json!({ "message": "x" })).await, "/api/tickets/{id}/messages").expect(201);
        let message = format!("{messages}/{}", sent["message"]["id"].as_str().unwrap());
        assert_eq!(rita.event("new_message").await, sent["message"]);
        old(api.put(&message, json!({ "message": "y" })).await, "/api/messages/{id}").expect(200);
        assert_eq!(rita.event("message_edited").await["message"]["message"], "y");
        let reacted = api.post(&format!("{message}/reaction"), json!({ "emoji": "👍" })).await;
        old(reacted, "/api/messages/{id}/reactions/{emoji}").expect(200);
        let alex = app.api("alex", Role::Agent);
        let read = alex.post(&format!("/api/chat/conversations/{id}/mark-as-read"), json!({})).await;
        assert_eq!(old(read, "/api/tickets/{id}/receipts/read").expect(200)["readSeq"], 3);
        old(api.delete(&message).await, "/api/messages/{id}").expect(200);
        old(api.post(&format!("/api/tickets/{id}/chat"), json!({ "message": "z" })).await, "/api/tickets/{id}/messages").expect(201);
        let page = old(api.get(&format!("/api/tickets/{id}/chat")).await, "/api/tickets/{id}/messages").expect(200);
        assert_eq!(page["messages"].as_array().unwrap().len(), 2);
        assert_eq!(old(api.get(&messages).await, "/api/tickets/{id}/messages").expect(200)["total"], 2);
    }
}

on_each_database! {
    async fn a_message_of_another_conversation_is_not_there(database) {
        let app = TestApp::start(database).await;
        let (mut rita, api) = (app.customer("rita").await, app.api("rita", Role::Customer));
        let (one, other) = (rita.create_ticket("One").await, rita.create_ticket("Other").await);
        let message = rita.say(&one, "x").await["id"].as_str().unwrap().to_owned();
        let path = format!("/api/chat/conversations/{other}/messages/{message}");
        for answer in [
            api.put(&path, json!({ "message": "y" })).await,
            api.delete(&path).await,
            api.post(&format!("{path}/reaction"), json!({ "emoji": "👍" })).await,
        ] {
            assert_eq!(answer.error(404)["code"], "not_found");
            assert!(answer.header("deprecation").is_some());
        }
    }
}
