//! `replyTo`: what an answer may refer to.

use serde_json::Value;

use crate::{harness::*, on_each_database};

fn reply(ticket: &str, to: &Value, visibility: &str) -> Value {
    json!({ "ticketId": ticket, "message": "re", "replyTo": to, "visibility": visibility })
}

async fn note(agent: &mut WsClient, ticket: &str, text: &str) -> Value {
    let data = json!({ "ticketId": ticket, "message": text, "visibility": "internal" });
    agent.ok("send_message", data).await["message"].clone()
}

on_each_database! {
    async fn an_answer_may_quote_what_all_its_readers_see(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let (public, internal) = (casey.say(&ticket, "question").await, note(&mut alex, &ticket, "note").await);

        for (to, visibility) in [(&public, "public"), (&public, "internal"), (&internal, "internal")] {
            let sent = alex.ok("send_message", reply(&ticket, &to["id"], visibility)).await;
            assert_eq!(sent["message"]["replyTo"], to["id"]);
        }
        let sent = casey.ok("send_message", reply(&ticket, &public["id"], "public")).await;
        assert_eq!(sent["message"]["replyTo"], public["id"]);
    }
}

on_each_database! {
    async fn what_must_not_be_quoted_is_refused_as_if_it_did_not_exist(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let (ticket, other) = (casey.create_ticket("Help").await, casey.create_ticket("Other").await);
        let elsewhere = casey.say(&other, "elsewhere").await["id"].clone();
        let internal = note(&mut alex, &ticket, "note").await["id"].clone();
        let missing = json!("999999");

        let expected = casey.refused("send_message", reply(&ticket, &missing, "public")).await;
        assert_eq!((&expected["code"], &expected["field"]), (&json!("not_found"), &json!("replyTo")));
        for to in [&elsewhere, &internal] {
            assert_eq!(casey.refused("send_message", reply(&ticket, to, "public")).await, expected);
        }
        for (to, visibility) in
            [(&missing, "internal"), (&elsewhere, "public"), (&elsewhere, "internal"), (&internal, "public")]
        {
            assert_eq!(alex.refused("send_message", reply(&ticket, to, visibility)).await, expected);
        }
        let page = alex.ok("get_messages", json!({ "ticketId": ticket })).await;
        assert_eq!(page["total"], 1, "nothing of it was written");
    }
}
