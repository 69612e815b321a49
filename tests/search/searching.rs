//! Searching messages.

use serde_json::Value;

use crate::{harness::*, on_each_database};

/// The texts of the results.
async fn found(client: &mut WsClient, query: Value) -> Vec<String> {
    texts(&client.ok("search_messages", query).await)
}

fn texts(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().unwrap();
    results.iter().map(|result| result["message"]["message"].as_str().unwrap().to_owned()).collect()
}

on_each_database! {
    async fn all_words_must_be_there_and_the_last_may_be_a_beginning(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        for text in ["The Printer burns", "my crème printer prints", "nothing at all", "A printer, <b>BURN</b>ing brightly"] {
            casey.ok("send_message", json!({ "ticketId": ticket, "message": text })).await;
        }
        assert_eq!(found(&mut casey, json!({ "query": "printer burn" })).await, ["A printer, <b>BURN</b>ing brightly", "The Printer burns"]);
        assert_eq!(found(&mut casey, json!({ "query": "\"PRINTER\" burns" })).await, ["The Printer burns"]);
        assert_eq!(found(&mut casey, json!({ "query": "creme" })).await, ["my crème printer prints"]);
        assert!(found(&mut casey, json!({ "query": "print burns" })).await.is_empty(), "only the last word is a beginning");
        assert!(found(&mut casey, json!({ "query": "burning b printer" })).await.is_empty());
    }
}

on_each_database! {
    async fn results_are_whole_messages_with_a_snippet_that_is_safe(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let sent = casey.ok("send_message", json!({ "ticketId": ticket, "message": "if a<b then \"print\" & run", "format": "text" })).await;
        let answer = casey.ok("search_messages", json!({ "query": "print" })).await;
        assert_eq!(answer["hasMore"], false);
        assert_eq!(answer["results"].as_array().unwrap().len(), 1);
        let result = &answer["results"][0];
        assert_eq!(result["message"]["id"], sent["message"]["id"]);
        assert_eq!(result["message"]["sender"]["id"], "casey");
        assert_eq!(result["snippet"], "if a&lt;b then &quot;<b>print</b>&quot; &amp; run");
    }
}

on_each_database! {
    async fn everyone_finds_what_they_see_and_nothing_else(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut drew, mut alex) = (app.customer("casey").await, app.customer("drew").await, app.agent("alex").await);
        let (of_casey, of_drew) = (casey.create_ticket("One").await, drew.create_ticket("Two").await);
        casey.say(&of_casey, "needle of casey").await;
        drew.say(&of_drew, "needle of drew").await;
        alex.ok("send_message", json!({ "ticketId": of_casey, "message": "internal needle", "visibility": "internal" })).await;

        let query = json!({ "query": "needle" });
        assert_eq!(found(&mut casey, query.clone()).await, ["needle of casey"]);
        assert_eq!(found(&mut drew, query.clone()).await, ["needle of drew"]);
        assert_eq!(found(&mut alex, query).await, ["internal needle", "needle of drew", "needle of casey"]);

        let within = json!({ "query": "needle", "ticketId": of_casey });
        assert_eq!(found(&mut casey, within.clone()).await, ["needle of casey"]);
        assert_eq!(found(&mut alex, within.clone()).await, ["internal needle", "needle of casey"]);
        let hidden = drew.refused("search_messages", within).await;
        let missing = drew.refused("search_messages", json!({ "query": "?", "ticketId": "999999", "limit": 0 })).await;
        assert_eq!(hidden["code"], "not_found");
        assert_eq!(hidden, missing, "a hidden ticket is a missing one");
        let mut erin = app.customer("erin").await;
        assert!(found(&mut erin, json!({ "query": "needle" })).await.is_empty());
    }
}

on_each_database! {
    async fn a_participant_searches_with_the_requester(database) {
        let app = TestApp::start(database).await;
        let (mut alex, mut casey, mut drew) = (app.agent("alex").await, app.customer("casey").await, app.customer("drew").await);
        let opened = alex.ok("create_ticket", json!({ "subject": "Both", "requesterId": "casey", "participants": ["drew"] })).await;
        let ticket = opened["ticket"]["id"].clone();
        alex.ok("send_message", json!({ "ticketId": ticket, "message": "shared needle" })).await;
        for client in [&mut casey, &mut drew] {
            assert_eq!(found(client, json!({ "query": "needle" })).await, ["shared needle"]);
        }
    }
}

on_each_database! {
    async fn what_was_edited_away_is_not_found_any_more(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let sent = casey.say(&ticket, "password hunter2").await;
        casey.ok("edit_message", json!({ "messageId": sent["id"], "message": "password removed" })).await;
        for within in [Value::Null, json!(ticket)] {
            let query = |query: &str| json!({ "query": query, "ticketId": within });
            let (old, new) = (query("hunter2"), query("removed"));
            assert!(found(&mut casey, old).await.is_empty());
            assert_eq!(found(&mut casey, new).await, ["password removed"]);
        }
    }
}

on_each_database! {
    async fn pages_go_back_from_the_newest(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        for number in 0..7 {
            casey.say(&ticket, &format!("needle {number}")).await;
        }
        let first = casey.ok("search_messages", json!({ "query": "needle", "limit": 3 })).await;
        assert_eq!((texts(&first), &first["hasMore"]), (["needle 6", "needle 5", "needle 4"].map(String::from).to_vec(), &json!(true)));
        let before = first["results"][2]["message"]["id"].clone();
        let second = casey.ok("search_messages", json!({ "query": "needle", "limit": 4, "before": before })).await;
        assert_eq!((texts(&second), &second["hasMore"]), (["needle 3", "needle 2", "needle 1", "needle 0"].map(String::from).to_vec(), &json!(false)));
    }
}

on_each_database! {
    async fn queries_out_of_bounds_are_refused(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let long = "x".repeat(201);
        for (query, field) in [
            (json!({ "query": "" }), "query"),
            (json!({ "query": "?! \"*\" -" }), "query"),
            (json!({ "query": long }), "query"),
            (json!({ "query": "a b c d e f g h i j k l m n o p q" }), "query"),
            (json!({ "query": "a", "limit": 0 }), "limit"),
            (json!({ "query": "a", "limit": 101 }), "limit"),
        ] {
            let error = casey.refused("search_messages", query).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!(field)));
        }
        casey.ok("search_messages", json!({ "query": "a b c d e f g h i j k l m n o p", "limit": 100 })).await;
    }
}

on_each_database! {
    async fn operators_of_the_index_are_words_like_others(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut drew) = (app.customer("casey").await, app.customer("drew").await);
        let (of_casey, of_drew) = (casey.create_ticket("One").await, drew.create_ticket("Two").await);
        casey.say(&of_casey, "either or neither").await;
        let sent = drew.say(&of_drew, "secret").await;
        let scope = format!("#{}p", sent["ticketId"].as_str().unwrap());
        for query in ["x\" OR \"secret", "secret) OR (secret", "' | 'secret", &scope, "words:secret", "* OR secret", "secret'::tsquery--"] {
            assert!(found(&mut casey, json!({ "query": query })).await.is_empty(), "{query}");
        }
        assert_eq!(found(&mut casey, json!({ "query": "NEITHER OR" })).await, ["either or neither"]);
    }
}
