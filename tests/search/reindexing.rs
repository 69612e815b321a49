//! Finding tickets by what they are called, and messages by what they say, when either changes.

use serde_json::Value;

use crate::{harness::*, on_each_database};

/// The ids of the tickets that a query lists.
async fn tickets(client: &mut WsClient, query: &str) -> Vec<String> {
    let reply = client.ok("list_tickets", json!({ "query": query })).await;
    let tickets = reply["tickets"].as_array().unwrap();
    tickets.iter().map(|ticket| ticket["id"].as_str().unwrap().to_owned()).collect()
}

/// The ids of the messages that a query finds.
async fn messages(client: &mut WsClient, query: &str) -> Vec<Value> {
    let reply = client.ok("search_messages", json!({ "query": query })).await;
    reply["results"].as_array().unwrap().iter().map(|it| it["message"]["id"].clone()).collect()
}

on_each_database! {
    async fn a_ticket_is_found_by_the_words_of_its_subject_and_by_its_number(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut drew, mut alex) =
            (app.customer("casey").await, app.customer("drew").await, app.agent("alex").await);
        let coffee = casey.create_ticket("Crème brûlée im Café, Straße 7").await;
        let greek = drew.create_ticket("Ελληνικά café").await;
        for query in ["creme", "BRÛLÉE", "cafe 7", "café creme", &coffee, &format!("#{coffee}")] {
            assert_eq!(tickets(&mut casey, query).await, [&*coffee], "{query}");
        }
        assert_eq!(tickets(&mut alex, "CAFE").await, [&*greek, &*coffee]);
        assert_eq!(tickets(&mut drew, "ελληνικα").await, [&*greek]);
        for query in ["creme", "strasse nirgends", &coffee, &format!("#{coffee}"), &format!("#{coffee}p")] {
            assert!(tickets(&mut drew, query).await.is_empty(), "what is hidden is not found: {query}");
        }
    }
}

on_each_database! {
    async fn behind_a_change_of_the_subject_only_the_new_one_is_found(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Printer in flames").await;
        alex.ok("update_ticket", json!({ "ticketId": ticket, "subject": "Déjà vu in the office" })).await;
        for client in [&mut casey, &mut alex] {
            for old in ["printer", "flames", "printer in flames"] {
                assert!(tickets(client, old).await.is_empty(), "{old}");
            }
            for new in ["deja vu", "OFFICE", "in the office"] {
                assert_eq!(tickets(client, new).await, [&*ticket], "{new}");
            }
            assert_eq!(tickets(client, &format!("#{ticket}")).await, [&*ticket]);
        }
    }
}

on_each_database! {
    async fn a_deleted_message_is_not_found(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let kept = casey.say(&ticket, "the needle stays").await["id"].clone();
        let gone = casey.say(&ticket, "the needle goes").await["id"].clone();
        let note = json!({ "ticketId": ticket, "message": "an internal needle", "visibility": "internal" });
        let note = alex.ok("send_message", note).await["message"]["id"].clone();
        assert_eq!(messages(&mut alex, "needle").await, [&note, &gone, &kept].map(Value::clone));
        casey.ok("delete_message", json!({ "messageId": gone })).await;
        alex.ok("delete_message", json!({ "messageId": note })).await;
        for client in [&mut casey, &mut alex] {
            assert_eq!(messages(client, "needle").await, std::slice::from_ref(&kept));
            assert!(messages(client, "goes").await.is_empty());
        }
    }
}

on_each_database! {
    async fn who_was_removed_finds_nothing_of_the_ticket_and_who_is_back_finds_all(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut drew, mut alex) =
            (app.customer("casey").await, app.customer("drew").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Haystack").await;
        let needle = casey.say(&ticket, "a needle").await["id"].clone();
        let drew_is = json!({ "ticketId": ticket, "userId": "drew" });
        alex.ok("add_participant", drew_is.clone()).await;
        assert_eq!(messages(&mut drew, "needle").await, std::slice::from_ref(&needle));
        assert_eq!(tickets(&mut drew, "haystack").await, [&*ticket]);

        alex.ok("remove_participant", drew_is.clone()).await;
        assert!(messages(&mut drew, "needle").await.is_empty());
        assert!(tickets(&mut drew, "haystack").await.is_empty());
        assert!(tickets(&mut drew, &format!("#{ticket}")).await.is_empty());
        let within = json!({ "query": "needle", "ticketId": ticket });
        assert_eq!(drew.refused("search_messages", within).await["code"], "not_found");

        alex.ok("add_participant", drew_is).await;
        assert_eq!(messages(&mut drew, "needle").await, [needle]);
    }
}
