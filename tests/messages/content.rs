//! What becomes of a message's text on its way from a sender to a reader.

use serde_json::Value;

use crate::{harness::*, on_each_database};

async fn send(client: &mut WsClient, ticket: &str, format: &str, text: &str) -> Value {
    let data = json!({ "ticketId": ticket, "message": text, "format": format });
    client.ok("send_message", data).await["message"]["message"].clone()
}

on_each_database! {
    async fn html_reaches_every_reader_sanitised(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        alex.join(&ticket).await;

        for (input, expected) in [
            ("<b>bold</b> <em>text</em>", "<b>bold</b> <em>text</em>"),
            ("<script>alert(1)</script>hello", "hello"),
            ("<style>p { color: red }</style>hello", "hello"),
            ("<b onclick=\"alert(1)\" style=\"color: red\" class=\"x\">hi</b>", "<b>hi</b>"),
            ("<img src=x onerror=alert(1)>picture", "picture"),
            ("<a href=\"javascript:alert(1)\">x</a>", "<a rel=\"noopener noreferrer nofollow\">x</a>"),
            ("<a href=\"data:text/html,x\">x</a>", "<a rel=\"noopener noreferrer nofollow\">x</a>"),
            (
                "<a href=\"https://example.org/?a=1&amp;b=2\" target=\"_blank\">x</a>",
                "<a href=\"https://example.org/?a=1&amp;b=2\" rel=\"noopener noreferrer nofollow\">x</a>",
            ),
            ("<blink>old</blink> <custom-thing>new</custom-thing>", "old new"),
            ("<ul><li>one<li>two</ul>", "<ul><li>one</li><li>two</li></ul>"),
            ("Vec<T> of <b>T", "Vec of <b>T</b>"),
            ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
            ("  trimmed \n", "trimmed"),
        ] {
            assert_eq!(send(&mut casey, &ticket, "html", input).await, expected, "{input}");
            assert_eq!(alex.event("new_message").await["message"], expected, "{input}");
        }
    }
}

on_each_database! {
    async fn text_keeps_every_character(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;

        for (input, expected) in [
            ("Vec<T>", "Vec&lt;T&gt;"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a\nb\r\nc", "a<br>b<br>c"),
            ("\"q\" & 'a'", "&quot;q&quot; &amp; &#39;a&#39;"),
            ("&amp;", "&amp;amp;"),
            ("grüße 👋 漢字", "grüße 👋 漢字"),
        ] {
            assert_eq!(send(&mut casey, &ticket, "text", input).await, expected, "{input}");
        }
        let history = casey.ok("get_messages", json!({ "ticketId": ticket })).await;
        assert_eq!(history["messages"][0]["message"], "Vec&lt;T&gt;");
    }
}

on_each_database! {
    async fn html_is_the_default_and_other_formats_are_refused(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;

        let sent = casey.ok("send_message", json!({ "ticketId": ticket, "message": "Vec<T>" })).await;
        assert_eq!(sent["message"]["message"], "Vec");
        let markdown = json!({ "ticketId": ticket, "message": "x", "format": "markdown" });
        assert_eq!(casey.refused("send_message", markdown).await["field"], "format");
    }
}

on_each_database! {
    async fn a_message_has_at_most_10_000_characters_counted_on_the_trimmed_input(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;

        let longest = "ü".repeat(10_000);
        assert_eq!(send(&mut casey, &ticket, "text", &longest).await, longest);
        assert_eq!(send(&mut casey, &ticket, "text", &format!("  {longest}\n")).await, longest);
        let escaped = send(&mut casey, &ticket, "text", &"<".repeat(10_000)).await;
        assert_eq!(escaped.as_str().unwrap().len(), 40_000);

        for text in [format!("{longest}!"), format!("<b></b>{}", "x".repeat(9_994))] {
            let error = casey.refused("send_message", json!({ "ticketId": ticket, "message": text })).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("message")));
        }
    }
}

on_each_database! {
    async fn a_message_without_anything_to_see_needs_an_attachment(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;

        for text in ["", " \n\t", "<script>alert(1)</script>", "<b> </b>", "&nbsp;", "<p></p><br>", "\u{200b}"] {
            let error = casey.refused("send_message", json!({ "ticketId": ticket, "message": text })).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("message")), "{text:?}");
        }
        let error = casey.refused("send_message", json!({ "ticketId": ticket })).await;
        assert_eq!(error["field"], "message");

        let file = json!([{ "name": "a.txt", "type": "text/plain", "data": "aGVsbG8=" }]);
        for message in [json!({ "ticketId": ticket, "attachments": file }),
            json!({ "ticketId": ticket, "message": "<script></script>", "attachments": file })]
        {
            let sent = casey.ok("send_message", message).await["message"].clone();
            assert_eq!(sent["message"], "");
            assert_eq!(sent["attachments"][0]["type"], "text/plain");
        }
    }
}
