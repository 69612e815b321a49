//! Transcripts over HTTP.

use deskwire::domain::Role;

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_transcript_is_a_file_of_what_its_reader_may_see(database) {
        let app = TestApp::start(database).await;
        let (mut rita, mut alex) = (app.customer("rita").await, app.agent("alex").await);
        let id = rita.create_ticket("Help").await;
        for i in 0..450 {
            rita.say(&id, &format!("line <{i}>")).await;
        }
        let note = json!({ "ticketId": id, "message": "secret note", "visibility": "internal" });
        alex.ok("send_message", note).await;
        let path = format!("/api/tickets/{id}/transcript");
        let (customer, agent) = (app.api("rita", Role::Customer), app.api("alex", Role::Agent));

        let json = customer.get(&path).await;
        assert_eq!(json.header("content-type"), Some("application/json"));
        assert_eq!(json.header("content-disposition"), Some(format!("attachment; filename=\"ticket-{id}.json\"").as_str()));
        assert_eq!(json.expect(200)["messages"].as_array().unwrap().len(), 450);
        assert_eq!(agent.get(&format!("{path}?internal=true")).await.expect(200)["messages"].as_array().unwrap().len(), 451);

        let text = customer.get(&format!("{path}?format=txt")).await;
        assert!(text.text().contains("line <449>") && !text.text().contains("secret"));
        let html = agent.get(&format!("{path}?format=html&internal=true")).await;
        assert!(html.text().contains("line &lt;449&gt;") && html.text().contains("secret note"));
        assert!(html.header("content-security-policy").unwrap().starts_with("sandbox;"));

        assert_eq!(customer.get(&format!("{path}?internal=true")).await.error(403)["field"], "internal");
        assert_eq!(app.api("zoe", Role::Customer).get(&path).await.error(404)["code"], "not_found");
        assert_eq!(agent.get(&format!("{path}?format=pdf")).await.error(400)["field"], "format");
    }
}
