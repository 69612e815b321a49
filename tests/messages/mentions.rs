//! Mentions: who hears of them, and who does not.

use deskwire::domain::Role;

use crate::{harness::*, on_each_database};

/// The kinds of the caller's notifications, newest first.
async fn kinds(client: &mut WsClient) -> Vec<String> {
    let answer = client.ok("get_notifications", json!({})).await;
    let all = answer["notifications"].as_array().unwrap();
    all.iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect()
}

on_each_database! {
    async fn a_mention_is_told_even_to_those_who_are_there_or_muted_the_ticket(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Printer").await;
        casey.join(&ticket).await;
        app.execute_sql(&format!("INSERT INTO mutes (ticket_id, user_id) VALUES ({ticket}, 'casey')"));

        alex.say(&ticket, "hi @casey, is it out?").await;
        let told = casey.event("notification").await;
        assert_eq!((&told["kind"], &told["body"]), (&json!("mention"), &json!("hi @casey, is it out?")));
        assert_eq!(told["title"], format!("Alex mentioned you in #{ticket}"));

        alex.say(&ticket, "hi casey").await;
        alex.say(&ticket, "hi @\"Casey\" and @Casey").await;
        assert_eq!(kinds(&mut casey).await, ["mention"; 2], "once for each message, and instead of the other");
    }
}

on_each_database! {
    async fn any_agent_can_be_mentioned_by_id_or_name(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut uma) = (app.customer("casey").await, app.agent("uma").await);
        let mut root = app.connect("root", Role::Admin).await;
        let created = casey.ok("create_ticket", json!({ "subject": "Hello", "message": "for @uma" })).await;
        let ticket = created["ticket"]["id"].as_str().unwrap().to_owned();
        casey.say(&ticket, "and @\"Root\"!").await;
        for client in [&mut uma, &mut root] {
            let told = client.event("notification").await;
            assert_eq!((&told["kind"], &told["ticketId"]), (&json!("mention"), &json!(ticket)));
        }
        assert_eq!((kinds(&mut uma).await.len(), kinds(&mut root).await.len()), (1, 1));
        assert!(kinds(&mut casey).await.is_empty());
    }
}

on_each_database! {
    async fn strangers_unknown_people_and_the_sender_are_not_mentioned(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut zoe) = (app.customer("casey").await, app.customer("zoe").await);
        let mut alex = app.agent("alex").await;
        let ticket = casey.create_ticket("Printer").await;
        alex.say(&ticket, "@zoe @\"Zoe\" @nobody @alex mail zoe@alex.example").await;
        assert!(kinds(&mut zoe).await.is_empty());
        assert!(kinds(&mut alex).await.is_empty());
        assert_eq!(kinds(&mut casey).await, ["new_message"]);
    }
}

on_each_database! {
    async fn a_note_mentions_agents_only(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut uma) = (app.customer("casey").await, app.agent("uma").await);
        let mut alex = app.agent("alex").await;
        let ticket = casey.create_ticket("Printer").await;
        let note = json!({ "ticketId": ticket, "message": "@casey is angry, @uma", "visibility": "internal" });
        alex.ok("send_message", note).await;
        assert_eq!(kinds(&mut uma).await, ["mention"]);
        assert!(kinds(&mut casey).await.is_empty());
        assert!(casey.events_so_far("notification").await.is_empty());
    }
}

on_each_database! {
    async fn an_id_goes_before_a_name(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        // Named "Uma", which is also the id of another.
        let (mut uma, mut other) = (app.agent("uma").await, app.agent("Uma").await);
        let ticket = casey.create_ticket("Printer").await;
        casey.say(&ticket, "@Uma").await;
        assert_eq!(kinds(&mut other).await, ["mention"]);
        assert!(kinds(&mut uma).await.is_empty());
    }
}
