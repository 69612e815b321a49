//! Emojis under messages.

use serde_json::Value;

use crate::messages::editing::{page, told};
use crate::{harness::*, on_each_database};

fn react(message: &Value, emoji: &str) -> Value {
    json!({ "messageId": message["id"], "emoji": emoji })
}

on_each_database! {
    async fn an_emoji_reaches_everyone_and_shows_under_the_message(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let joined = casey.join(&ticket).await;
        alex.join(&ticket).await;
        let data = json!({ "ticketId": ticket, "message": "hi", "clientMessageId": "k" });
        let sent = casey.ok("send_message", data.clone()).await["message"].clone();
        assert_eq!(sent["reactions"], json!([]));

        let added = alex.ok("add_reaction", react(&sent, "👍")).await;
        let expected = json!({ "success": true, "ticketId": ticket, "messageId": sent["id"], "emoji": "👍", "userId": "alex" });
        assert_eq!(added, expected);
        for client in [&mut casey, &mut alex] {
            let event = client.event("reaction_added").await;
            let expected = json!({
                "ticketId": ticket, "stream": "public", "seq": 2, "messageId": sent["id"], "emoji": "👍", "userId": "alex",
            });
            assert_eq!(event, expected);
        }
        casey.ok("add_reaction", react(&sent, "👍")).await;
        casey.ok("add_reaction", react(&sent, "🎉")).await;
        let both = json!([{ "emoji": "👍", "userIds": ["alex", "casey"] }, { "emoji": "🎉", "userIds": ["casey"] }]);
        let seen = page(&mut alex, &ticket).await;
        assert_eq!(sorted(&seen["messages"][0]), both);
        assert_eq!(seen["total"], 1, "an emoji is no message");
        let retry = casey.ok("send_message", data).await;
        assert_eq!(sorted(&retry["message"]), both);

        let removed = alex.ok("remove_reaction", react(&sent, "👍")).await;
        assert_eq!(removed, expected);
        for client in [&mut casey, &mut alex] {
            let event = client.event("reaction_removed").await;
            assert_eq!((&event["seq"], &event["emoji"], &event["userId"]), (&json!(5), &json!("👍"), &json!("alex")));
        }
        let left = json!([{ "emoji": "👍", "userIds": ["casey"] }, { "emoji": "🎉", "userIds": ["casey"] }]);
        let edited = casey.ok("edit_message", json!({ "messageId": sent["id"], "message": "hello" })).await;
        assert_eq!(sorted(&edited["message"]), left, "they survive an edit");

        let since = json!({ "ticketId": ticket, "since": { "public": 0 }, "epoch": joined["epoch"] });
        let mut again = app.customer("casey").await;
        assert_eq!(again.ok("join_ticket", since).await["replaying"], 6);
        assert_eq!(sorted(&again.event("new_message").await), left, "as it is now");
        for seq in 2..5 {
            assert_eq!(again.event("reaction_added").await["seq"], seq);
        }
        assert_eq!(again.event("reaction_removed").await["seq"], 5);
        assert_eq!(app.rows("messages WHERE reactions = 2"), 1);
    }
}

/// The reactions of a message. Which of two within a millisecond came first is not kept.
fn sorted(message: &Value) -> Value {
    let mut reactions = message["reactions"].as_array().unwrap().clone();
    reactions.sort_by_key(|it| it["emoji"].to_string());
    for reaction in &mut reactions {
        reaction["userIds"].as_array_mut().unwrap().sort_by_key(Value::to_string);
    }
    reactions.sort_by_key(|it| std::cmp::Reverse(it["emoji"] == "👍"));
    Value::Array(reactions)
}

on_each_database! {
    async fn adding_twice_and_removing_what_is_not_there_succeed_and_tell_nobody(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let sent = casey.say(&ticket, "hi").await;

        let removed = casey.ok("remove_reaction", react(&sent, "👍")).await;
        let added = casey.ok("add_reaction", react(&sent, "👍")).await;
        assert_eq!(casey.ok("add_reaction", react(&sent, "👍")).await, added);
        assert_eq!(told(&mut casey, &ticket, "reaction_added").await.len(), 1);
        assert_eq!(casey.ok("remove_reaction", react(&sent, "👍")).await, removed);
        assert_eq!(casey.ok("remove_reaction", react(&sent, "👍")).await, removed);
        assert_eq!(told(&mut casey, &ticket, "reaction_removed").await.len(), 1);
        assert_eq!(app.rows("messages WHERE reactions <> 0"), 0);

        // What changes nothing is told to nobody else, so the caller is told by name.
        casey.send("remove_reaction", react(&sent, "👍")).await;
        assert!(casey.event("reaction_removed").await.get("seq").is_none());
        casey.send("add_reaction", react(&sent, "👍")).await;
        assert!(casey.event("reaction_added").await["seq"].is_number());
        assert!(told(&mut casey, &ticket, "reaction_added").await.is_empty());
    }
}

on_each_database! {
    async fn spellings_of_one_emoji_are_one_reaction(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let sent = casey.say(&ticket, "hi").await;
        let (full, bare) = ("❤\u{fe0f}", "❤");
        assert_eq!(casey.ok("add_reaction", react(&sent, bare)).await["emoji"], full);
        casey.ok("add_reaction", react(&sent, full)).await;
        alex.ok("add_reaction", react(&sent, full)).await;
        assert_eq!(told(&mut casey, &ticket, "reaction_added").await.len(), 2);
        let seen = page(&mut casey, &ticket).await["messages"][0]["reactions"].clone();
        assert_eq!((seen.as_array().unwrap().len(), &seen[0]["emoji"]), (1, &json!(full)));
        casey.ok("remove_reaction", react(&sent, bare)).await;
        assert_eq!(page(&mut casey, &ticket).await["messages"][0]["reactions"], json!([{ "emoji": full, "userIds": ["alex"] }]));
    }
}

on_each_database! {
    async fn only_one_real_emoji_is_taken(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let sent = casey.say(&ticket, "hi").await;
        let long = "👍".repeat(100_000);
        for emoji in ["", " ", "a", "1", ":+1:", "👍👍", "👍 ", "🏽", "🇩", "<b>👍</b>", "\u{fe0f}", "\u{0}", &long] {
            for command in ["add_reaction", "remove_reaction"] {
                let error = casey.refused(command, react(&sent, emoji)).await;
                assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("emoji")), "{emoji:?}");
            }
        }
        for emoji in ["👍🏽", "👩‍🚀", "🇩🇪", "1️⃣", "🏳️‍🌈", "👨‍👩‍👧‍👦"] {
            assert_eq!(casey.ok("add_reaction", react(&sent, emoji)).await["emoji"], emoji);
        }
        assert_eq!(app.rows("reactions"), 6);
    }
}

on_each_database! {
    async fn a_message_holds_so_many_different_emojis(database) {
        let app = TestApp::with(database, |settings| {
            settings.bounds.reactions = 2;
            settings.bounds.emoji_bytes = 8;
        }).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        alex.join(&ticket).await;
        let sent = casey.say(&ticket, "hi").await;
        let error = casey.refused("add_reaction", react(&sent, "👩‍🚀")).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("emoji")), "too many bytes");

        casey.ok("add_reaction", react(&sent, "👍")).await;
        alex.ok("add_reaction", react(&sent, "👍")).await;
        casey.ok("add_reaction", react(&sent, "🎉")).await;
        for client in [&mut casey, &mut alex] {
            assert_eq!(client.refused("add_reaction", react(&sent, "🚀")).await["code"], "conflict");
        }
        alex.ok("add_reaction", react(&sent, "🎉")).await;
        casey.ok("add_reaction", react(&sent, "🎉")).await;
        assert_eq!(told(&mut alex, &ticket, "reaction_added").await.len(), 4);

        casey.ok("remove_reaction", react(&sent, "🎉")).await;
        assert_eq!(casey.refused("add_reaction", react(&sent, "🚀")).await["code"], "conflict", "another's is still there");
        alex.ok("remove_reaction", react(&sent, "🎉")).await;
        casey.ok("add_reaction", react(&sent, "🚀")).await;
    }
}

on_each_database! {
    async fn under_a_deleted_message_there_is_nothing_to_change(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let sent = casey.say(&ticket, "hi").await;
        alex.ok("add_reaction", react(&sent, "👍")).await;
        casey.ok("delete_message", json!({ "messageId": sent["id"] })).await;
        for emoji in ["👍", "🎉"] {
            assert_eq!(alex.refused("add_reaction", react(&sent, emoji)).await["code"], "conflict");
            alex.ok("remove_reaction", react(&sent, emoji)).await;
        }
        assert_eq!(alex.join(&ticket).await["position"]["public"], 3, "what is gone is not taken away again");
        assert_eq!(app.rows("reactions"), 0);
    }
}

on_each_database! {
    async fn agents_react_to_notes_and_participants_to_what_they_see(database) {
        let app = TestApp::start(database).await;
        let (mut robin, mut alex, mut ari) =
            (app.customer("robin").await, app.agent("alex").await, app.agent("ari").await);
        app.customer("casey").await;
        let data = json!({ "subject": "Help", "requesterId": "casey", "participants": ["robin"] });
        let ticket = alex.ok("create_ticket", data).await["ticket"]["id"].as_str().unwrap().to_owned();
        let public = alex.say(&ticket, "hello").await;
        let note = json!({ "ticketId": ticket, "message": "note", "visibility": "internal" });
        let note = alex.ok("send_message", note).await["message"].clone();

        robin.ok("add_reaction", react(&public, "👍")).await;
        ari.ok("add_reaction", react(&note, "👀")).await;
        let seen = page(&mut alex, &ticket).await;
        assert_eq!(seen["messages"][0]["reactions"][0]["userIds"], json!(["robin"]));
        assert_eq!(seen["messages"][1]["reactions"], json!([{ "emoji": "👀", "userIds": ["ari"] }]));
        assert!(!page(&mut robin, &ticket).await.to_string().contains("👀"));
    }
}

on_each_database! {
    async fn all_who_react_at_once_are_there(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        let sent = casey.say(&ticket, "hi").await;
        let mut agents = Vec::new();
        for n in 0..6 {
            agents.push(app.agent(&format!("agent{n}")).await);
        }
        let mut acks = Vec::new();
        for agent in &mut agents {
            acks.push(agent.send_acked("add_reaction", react(&sent, "👍")).await);
        }
        for (agent, ack) in agents.iter_mut().zip(acks) {
            assert_eq!(agent.ack(ack).await["success"], true);
        }
        for seq in 2..8 {
            assert_eq!(casey.event("reaction_added").await["seq"], seq, "in one order, without a gap");
        }
        let seen = page(&mut casey, &ticket).await["messages"][0]["reactions"].clone();
        assert_eq!(seen[0]["userIds"].as_array().unwrap().len(), 6);
        assert_eq!(app.rows("messages WHERE reactions = 6"), 1);
    }
}

on_each_database! {
    async fn two_connections_of_one_user_react_once(database) {
        let app = TestApp::start(database).await;
        let (mut here, mut there) = (app.customer("casey").await, app.customer("casey").await);
        let ticket = here.create_ticket("Help").await;
        here.join(&ticket).await;
        let sent = here.say(&ticket, "hi").await;
        let (one, two) = (
            here.send_acked("add_reaction", react(&sent, "👍")).await,
            there.send_acked("add_reaction", react(&sent, "👍")).await,
        );
        assert_eq!(here.ack(one).await["success"], true);
        assert_eq!(there.ack(two).await["success"], true);
        assert_eq!(told(&mut here, &ticket, "reaction_added").await.len(), 1);
        assert_eq!(app.rows("reactions"), 1);
    }
}

on_each_database! {
    async fn a_message_under_which_no_more_can_be_counted_takes_no_more(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let sent = casey.say(&ticket, "hi").await;
        casey.ok("add_reaction", react(&sent, "👍")).await;
        app.execute_sql("UPDATE messages SET reactions = 32767");
        assert_eq!(alex.refused("add_reaction", react(&sent, "👍")).await["code"], "conflict");
        casey.ok("add_reaction", react(&sent, "👍")).await;
        casey.ok("remove_reaction", react(&sent, "👍")).await;
        alex.ok("add_reaction", react(&sent, "👍")).await;
    }
}
