//! Many senders at once: numbers without a gap, and one order for all who read.

use futures_util::future::join_all;
use serde_json::Value;

use super::{id, seqs, take};
use crate::{harness::*, on_each_database};

const EACH: usize = 25;

/// Sends without waiting for answers in between; an agent's every third message is internal.
async fn send_many(mut client: WsClient, tickets: Vec<String>, internal: bool) -> WsClient {
    let mut acks = Vec::new();
    for n in 0..EACH {
        for ticket in &tickets {
            let stream = if internal && n % 3 == 0 { "internal" } else { "public" };
            let data = json!({ "ticketId": ticket, "message": format!("{n}"), "visibility": stream });
            acks.push(client.send_acked("send_message", data).await);
        }
    }
    let mut last = 0;
    for ack in acks {
        let answer = client.ack(ack).await;
        assert_eq!(answer["success"], true, "{answer}");
        assert!(id(&answer["message"]) > last, "a sender's messages keep the order in which they were sent");
        last = id(&answer["message"]);
    }
    client
}

fn of_ticket(messages: &[Value], ticket: &str) -> Vec<Value> {
    messages.iter().filter(|message| message["ticketId"] == ticket).cloned().collect()
}

fn is_dense(seqs: &[u64]) -> bool {
    seqs.iter().zip(1..).all(|(seq, expected)| *seq == expected)
}

on_each_database! {
    async fn all_members_see_one_dense_order_of_what_many_send_at_once(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Busy").await;
        let mut customers = [casey, app.customer("casey").await];
        let mut agents = [app.agent("alex").await, app.agent("ari").await, app.agent("alex").await];
        for member in customers.iter_mut().chain(&mut agents) {
            member.join(&ticket).await;
        }

        let mut senders = Vec::new();
        for name in ["sam", "sue", "sid", "sol"] {
            senders.push(send_many(app.agent(name).await, vec![ticket.clone()], true));
        }
        let sends = join_all(senders);
        let customer_sends = send_many(app.customer("casey").await, vec![ticket.clone()], false);
        tokio::join!(sends, customer_sends);

        let internal = 4 * EACH.div_ceil(3);
        let public = 5 * EACH - internal;
        let seen = take(&mut agents[0], internal + public).await;
        assert!(is_dense(&seqs(&seen, "public")) && is_dense(&seqs(&seen, "internal")));
        assert!(seen.is_sorted_by_key(id), "both streams come in the order of commit");
        for agent in &mut agents[1..] {
            assert_eq!(take(agent, internal + public).await, seen);
        }
        let visible: Vec<Value> = seen.into_iter().filter(|it| it["stream"] == "public").collect();
        for customer in &mut customers {
            assert_eq!(take(customer, public).await, visible);
        }
    }
}

on_each_database! {
    async fn every_ticket_has_its_own_dense_order_when_many_are_written_to_at_once(database) {
        let app = TestApp::start(database).await;
        let (mut one, mut two) = (app.agent("one").await, app.agent("two").await);
        let mut tickets = Vec::new();
        for n in 0..4 {
            let ticket = one.create_ticket(&format!("Ticket {n}")).await;
            one.join(&ticket).await;
            two.join(&ticket).await;
            tickets.push(ticket);
        }

        let mut senders = Vec::new();
        for (n, name) in ["sam", "sue", "sid"].into_iter().enumerate() {
            let mut order = tickets.clone();
            order.rotate_left(n);
            senders.push(send_many(app.agent(name).await, order, true));
        }
        join_all(senders).await;

        let total = tickets.len() * 3 * EACH;
        let (first, second) = (take(&mut one, total).await, take(&mut two, total).await);
        for ticket in &tickets {
            let seen = of_ticket(&first, ticket);
            assert_eq!(seen.len(), 3 * EACH);
            assert!(is_dense(&seqs(&seen, "public")) && is_dense(&seqs(&seen, "internal")));
            assert!(seen.is_sorted_by_key(id));
            assert_eq!(of_ticket(&second, ticket), seen);
        }
    }
}
