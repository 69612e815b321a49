//! Canned responses: who sees, changes and deletes which.

use deskwire::domain::Role;
use serde_json::Value;

use crate::{harness::*, on_each_database};

async fn save(client: &mut WsClient, shortcut: &str, shared: bool) -> Value {
    let new = json!({ "shortcut": shortcut, "title": "T", "message": "M", "shared": shared });
    client.ok("save_canned_response", new).await["cannedResponse"].clone()
}

async fn shortcuts(client: &mut WsClient) -> Vec<String> {
    let answer = client.ok("list_canned_responses", json!({})).await;
    let all = answer["cannedResponses"].as_array().unwrap();
    all.iter().map(|it| it["shortcut"].as_str().unwrap().to_owned()).collect()
}

on_each_database! {
    async fn an_agent_keeps_texts_and_shares_some(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut bo) = (app.agent("alex").await, app.agent("bo").await);
        let new = json!({
            "shortcut": "hello", "title": "A <b>greeting</b>",
            "message": "Dear {{customer.name}},\r\n\r\n<i>it</i> is #{{ticket.id}}.",
        });
        let saved = alex.ok("save_canned_response", new.clone()).await["cannedResponse"].clone();
        assert_eq!(saved["title"], "A greeting");
        assert_eq!(saved["message"], "Dear {{customer.name}},\n\nit is #{{ticket.id}}.");
        assert_eq!((&saved["shared"], &saved["createdBy"]["id"]), (&json!(false), &json!("alex")));
        assert!(saved["updatedAt"].is_string());
        save(&mut alex, "b", true).await;
        save(&mut bo, "a", true).await;
        save(&mut bo, "hello", false).await;
        assert_eq!(shortcuts(&mut alex).await, ["a", "b", "hello"]);
        let listed = alex.ok("list_canned_responses", json!({})).await;
        assert_eq!(listed["cannedResponses"][2], saved, "Bo's own stays Bo's");

        assert_eq!(alex.ok("save_canned_response", new).await["cannedResponse"], saved, "sent again");
        alex.send("delete_canned_response", json!({ "id": saved["id"] })).await;
        assert_eq!(alex.event("canned_response_deleted").await, json!({ "id": saved["id"] }));
        assert_eq!(shortcuts(&mut alex).await, ["a", "b"]);
    }
}

on_each_database! {
    async fn customers_have_none(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let new = json!({ "shortcut": "a", "title": "T", "message": "M" });
        for (command, data) in [
            ("list_canned_responses", json!({})),
            ("save_canned_response", new),
            ("delete_canned_response", json!({ "id": "1" })),
        ] {
            assert_eq!(casey.refused(command, data).await["code"], "forbidden", "{command}");
        }
    }
}

on_each_database! {
    async fn a_shortcut_is_free_once_for_each_owner_and_once_among_the_shared(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut bo) = (app.agent("alex").await, app.agent("bo").await);
        save(&mut alex, "a", false).await;
        save(&mut bo, "a", false).await;
        save(&mut bo, "a", true).await;
        let other = save(&mut alex, "b", false).await;

        for (client, new) in [
            (&mut alex, json!({ "shortcut": "a", "title": "T", "message": "other" })),
            (&mut bo, json!({ "shortcut": "a", "title": "T", "message": "other" })),
        ] {
            assert_eq!(client.refused("save_canned_response", new).await["code"], "conflict");
        }
        let shared = json!({ "shortcut": "a", "title": "T", "message": "M", "shared": true });
        assert_eq!(alex.refused("save_canned_response", shared).await["code"], "conflict", "it is Bo's");
        let moved = json!({ "id": other["id"], "shortcut": "a", "title": "T", "message": "M", "shared": true });
        assert_eq!(alex.refused("save_canned_response", moved).await["code"], "conflict");

        let renamed = json!({ "id": other["id"], "shortcut": "c", "title": "T2", "message": "M2" });
        let saved = alex.ok("save_canned_response", renamed).await["cannedResponse"].clone();
        assert_eq!((&saved["id"], &saved["message"]), (&other["id"], &json!("M2")));
        assert_eq!(shortcuts(&mut alex).await, ["a", "a", "c"]);
    }
}

on_each_database! {
    async fn a_shared_one_is_changed_by_its_author_or_an_admin_and_an_own_one_by_its_owner(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut bo) = (app.agent("alex").await, app.agent("bo").await);
        let mut root = app.connect("root", Role::Admin).await;
        let (own, shared) = (save(&mut alex, "own", false).await, save(&mut alex, "shared", true).await);
        let change = |id: &Value, shared: bool| {
            json!({ "id": id, "shortcut": "new", "title": "T", "message": "other", "shared": shared })
        };

        for client in [&mut bo, &mut root] {
            let unknown = client.refused("delete_canned_response", json!({ "id": "999999" })).await;
            assert_eq!((&unknown["code"], &unknown["field"]), (&json!("not_found"), &json!("id")));
            for (command, data) in [
                ("delete_canned_response", json!({ "id": own["id"] })),
                ("save_canned_response", change(&own["id"], false)),
            ] {
                assert_eq!(client.refused(command, data).await, unknown, "{command}");
            }
        }
        for (command, data) in [
            ("delete_canned_response", json!({ "id": shared["id"] })),
            ("save_canned_response", change(&shared["id"], true)),
        ] {
            assert_eq!(bo.refused(command, data).await["code"], "forbidden", "{command}");
        }
        let changed = root.ok("save_canned_response", change(&shared["id"], false)).await;
        assert_eq!(changed["cannedResponse"]["createdBy"]["id"], "alex");
        assert_eq!(shortcuts(&mut root).await, [""; 0], "no longer shared, it is its author's");
        assert_eq!(shortcuts(&mut alex).await, ["new", "own"]);
    }
}

on_each_database! {
    async fn what_cannot_be_saved_is_refused_by_field(database) {
        let app = TestApp::with(database, |settings| settings.bounds.message_chars = 20).await;
        let mut alex = app.agent("alex").await;
        let long = "x".repeat(21);
        for (field, shortcut, title, message) in [
            ("shortcut", "", "T", "M"),
            ("shortcut", "a b", "T", "M"),
            ("shortcut", &"x".repeat(51), "T", "M"),
            ("title", "a", "<b></b>", "M"),
            ("title", "a", &"x".repeat(201), "M"),
            ("message", "a", "T", " \n "),
            ("message", "a", "T", &long),
            ("message", "a", "T", "{{customer.age}}"),
            ("message", "a", "T", "hi {{ticket.id"),
        ] {
            let new = json!({ "shortcut": shortcut, "title": title, "message": message });
            let error = alex.refused("save_canned_response", new).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!(field)), "{error}");
        }
        let new = json!({ "shortcut": "a", "title": "T", "message": "{{customer.age}}" });
        let error = alex.refused("save_canned_response", new).await;
        assert!(error["message"].as_str().unwrap().contains("customer.age"), "{error}");
        assert_eq!(app.rows("canned_responses"), 0);
    }
}

on_each_database! {
    async fn there_are_so_many_of_an_owner_and_so_many_shared(database) {
        let app = TestApp::with(database, |settings| settings.bounds.canned_responses = 2).await;
        let (mut alex, mut bo) = (app.agent("alex").await, app.agent("bo").await);
        for shortcut in ["a", "b"] {
            save(&mut alex, shortcut, false).await;
            save(&mut alex, shortcut, true).await;
        }
        let third = |shared: bool| json!({ "shortcut": "c", "title": "T", "message": "M", "shared": shared });
        assert_eq!(alex.refused("save_canned_response", third(false)).await["code"], "conflict");
        assert_eq!(bo.refused("save_canned_response", third(true)).await["code"], "conflict");
        let own = save(&mut bo, "c", false).await;
        let moved = json!({ "id": own["id"], "shortcut": "c", "title": "T", "message": "M", "shared": true });
        assert_eq!(bo.refused("save_canned_response", moved).await["code"], "conflict");
        let changed = json!({ "id": own["id"], "shortcut": "c", "title": "T", "message": "changed" });
        bo.ok("save_canned_response", changed).await;
    }
}
