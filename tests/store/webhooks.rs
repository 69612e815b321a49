//! What is recorded for webhooks, in the transaction of what it tells of; and who may try it when.

use std::sync::{Arc, atomic::AtomicBool, atomic::Ordering};

use deskwire::{
    domain::{Delivery, DeliveryId, Secret, Stream, TicketId, Timestamp, Webhook, WebhookFilter},
    store::{
        Change, Database, DeliveryPage, Store, StoreOptions, WriteError,
        changes::{
            ClaimDeliveries, CreateWebhook, DeleteWebhook, DisableWebhook, ReleaseDeliveries, ReplayDelivery,
            SettleDelivery, SweepDeliveries, Then,
        },
    },
};
use proptest::prelude::*;

use crate::{
    faults::{postgres, proxy, sqlite},
    support::*,
};

const FAR: Timestamp = Timestamp(i64::MAX / 2);

impl World {
    async fn hook<C: Change>(&self, change: C) -> Result<C::Done, WriteError> {
        self.by_server(change).await.map(|it| it.done)
    }

    async fn webhook(&self) -> Webhook {
        let new = CreateWebhook {
            url: "https://example.com/".to_owned(),
            secret: Secret::new(format!("whsec_{}", rand::random::<u64>())),
            filter: WebhookFilter::default(),
            description: String::new(),
            enabled: true,
        };
        self.hook(new).await.unwrap()
    }

    /// All of them, oldest first.
    async fn deliveries(&self, webhook: &Webhook) -> Vec<Delivery> {
        let page = DeliveryPage { state: None, before: None, limit: 1_000 };
        let mut all = self.store.deliveries(webhook.id, page).await.unwrap();
        all.reverse();
        all
    }

    async fn due(&self, webhook: &Webhook) -> Vec<DeliveryId> {
        let now = self.place.options.clock.now();
        let due = self.store.due_deliveries(vec![(webhook.id, 100)], now).await.unwrap();
        due.iter().map(|delivery| delivery.id).collect()
    }

    async fn claim(&self, ids: Vec<DeliveryId>, until: Timestamp) -> Vec<DeliveryId> {
        self.hook(ClaimDeliveries { ids, until }).await.unwrap()
    }

    async fn settle(&self, delivery: &Delivery, leased_until: Timestamp, then: Then) -> bool {
        let settle = SettleDelivery {
            id: delivery.id,
            webhook_id: delivery.webhook_id,
            ticket_id: delivery.place.map(|place| place.ticket_id),
            leased_until,
            status: None,
            error: None,
            then,
        };
        self.hook(settle).await == Ok(true)
    }
}

#[test]
fn a_full_disk_leaves_nothing_for_webhooks_either() {
    run(Place::sqlite(), async |world: World| {
        let (webhook, ticket) = (world.webhook().await, world.open().await);
        let full = "CREATE TRIGGER full BEFORE INSERT ON messages WHEN NEW.body = 'much' \
                    BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
        diesel::connection::SimpleConnection::batch_execute(&mut sqlite(&world), full).unwrap();
        let messages = ["little", "much"].map(|text| message(ticket, ada(), text));
        let answers = crate::messages::send_in_one_batch(&world, messages.into()).await;
        assert_eq!(answers, [Err(WriteError::Unavailable), Err(WriteError::Unavailable)]);
        assert_eq!(world.deliveries(&webhook).await.len(), 1, "the ticket alone");
        world.say(ticket, ada(), Stream::Public, "after").await;
        assert_eq!(world.deliveries(&webhook).await.len(), 2);
    });
}

#[test]
fn a_webhook_that_cannot_be_recorded_for_keeps_the_event_back() {
    run(Place::sqlite(), async |world: World| {
        let (webhook, ticket) = (world.webhook().await, world.open().await);
        let broken = "CREATE TRIGGER broken BEFORE INSERT ON webhook_deliveries \
                      BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
        diesel::connection::SimpleConnection::batch_execute(&mut sqlite(&world), broken).unwrap();
        let refused = world.send(message(ticket, ada(), "both or nothing")).await;
        assert_eq!(refused, Err(WriteError::Unavailable));
        assert_eq!(world.store.position(&viewer(&ada()), ticket).await.unwrap().unwrap().public, 0);
        assert_eq!(world.deliveries(&webhook).await.len(), 1);
    });
}

#[test]
fn a_commit_that_the_server_undid_is_recorded_once() {
    postgres(async |world, database| {
        let (webhook, ticket) = (world.webhook().await, world.open().await);
        database.execute(
            "CREATE SEQUENCE commits; \
             CREATE FUNCTION die_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
               IF nextval('commits') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; \
               RETURN NULL; END $$; \
             CREATE CONSTRAINT TRIGGER die AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED \
               FOR EACH ROW EXECUTE FUNCTION die_once()",
        );
        world.say(ticket, ada(), Stream::Public, "once").await;
        assert_eq!(world.deliveries(&webhook).await.len(), 2);
    });
}

#[test]
fn a_commit_whose_answer_was_lost_is_recorded_once() {
    postgres(async |world, database| {
        let (webhook, ticket) = (world.webhook().await, world.open().await);
        let lose = Arc::new(AtomicBool::new(false));
        let port = proxy(database.port, lose.clone());
        let url = database.url.replace(&format!(":{}/", database.port), &format!(":{port}/"));
        let options = StoreOptions { database: Database::Postgres(url), ..world.place.options.clone() };
        let store = Store::open(&options).unwrap();
        let writer = start_writer(&store);
        lose.store(true, Ordering::SeqCst);
        settled(writer.send_message(message(ticket, ada(), "once"))).await.unwrap();
        assert!(!lose.load(Ordering::SeqCst), "the answer was lost");
        assert_eq!(world.deliveries(&webhook).await.len(), 2);
    });
}

on_each_database! {
    async fn of_a_ticket_only_the_first_is_due_and_a_claim_is_one_s_own(world) {
        let webhook = world.webhook().await;
        let (one, two) = (world.open().await, world.open().await);
        let messages = [one, two, one].map(|ticket| message(ticket, ada(), &ticket.to_string()));
        for answer in crate::messages::send_in_one_batch(&world, messages.into()).await {
            answer.unwrap();
        }
        let all = world.deliveries(&webhook).await;
        assert_eq!(all.len(), 5);
        // The two openings.
        let due = world.due(&webhook).await;
        assert_eq!(due, [all[0].id, all[1].id]);
        assert_eq!(world.claim(due.clone(), Timestamp(9_000)).await, due);
        assert_eq!(world.claim(due, Timestamp(9_001)).await, [], "they are taken");
        assert_eq!(world.due(&webhook).await, []);
        assert!(!world.settle(&all[0], Timestamp(9_001), Then::Delivered { forget_at: FAR }).await, "not theirs");
        assert!(world.settle(&all[0], Timestamp(9_000), Then::Delivered { forget_at: FAR }).await);
        assert!(!world.settle(&all[0], Timestamp(9_000), Then::Again { at: FAR }).await, "it is done");
        assert_eq!(world.due(&webhook).await.len(), 1, "the next of its ticket");
        // Whoever claimed the other is gone: when the time is over, it is free again.
        world.place.options.clock.set(Timestamp(9_000));
        assert_eq!(world.due(&webhook).await.len(), 2);
    }

    async fn a_change_of_webhooks_counts_from_the_next_commit_on(world) {
        let (webhook, ticket) = (world.webhook().await, world.open().await);
        assert_eq!(world.deliveries(&webhook).await.len(), 1);
        world.hook(DisableWebhook { id: webhook.id, reason: "test" }).await.unwrap();
        world.say(ticket, ada(), Stream::Public, "not told").await;
        assert_eq!(world.deliveries(&webhook).await.len(), 1);
        world.hook(DeleteWebhook { id: webhook.id }).await.unwrap();
        while world.store.webhooks_need_sweeping(Timestamp(1_000)).await.unwrap() {
            world.hook(SweepDeliveries).await.unwrap();
        }
        assert_eq!(world.deliveries(&webhook).await, []);
    }

    async fn a_webhook_made_again_after_a_lost_answer_is_the_same(world) {
        let new = CreateWebhook {
            url: "https://example.com/".to_owned(),
            secret: Secret::new("whsec_x"),
            filter: WebhookFilter::default(),
            description: String::new(),
            enabled: true,
        };
        let one = world.hook(new.clone()).await;
        assert_eq!(world.hook(new).await, one);
        assert_eq!(world.store.webhooks().await.unwrap().len(), 1);
    }
}

/// Something that happens to deliveries.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send(usize),
    Claim,
    Settle(usize, u8),
    Replay(usize),
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..2_usize).prop_map(Step::Send),
        3 => Just(Step::Claim),
        4 => (0..20_usize, 0..3_u8).prop_map(|(which, then)| Step::Settle(which, then)),
        1 => (0..20_usize).prop_map(Step::Replay),
        1 => Just(Step::Crash),
    ]
}

/// Of each ticket, what is not done.
async fn waiting(world: &World, webhook: &Webhook, ticket: TicketId) -> Vec<Delivery> {
    let all = world.deliveries(webhook).await;
    let mut waiting: Vec<Delivery> = all
        .into_iter()
        .filter(|it| it.settled_at.is_none() && it.place.is_some_and(|place| place.ticket_id == ticket))
        .collect();
    waiting.sort_unstable_by_key(|it| it.place.map(|place| place.seq));
    waiting
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever happens: the earliest of a ticket that is not done can be tried some time, and no other can be
    /// taken. So nothing is stuck, and nothing overtakes.
    #[test]
    fn the_earliest_of_each_ticket_has_its_time_and_no_other_is_taken(steps in prop::collection::vec(step(), 1..40)) {
        run(Place::sqlite(), async |world: World| {
            let tickets = [world.open().await, world.open().await];
            let webhook = world.webhook().await;
            let mut now = 1_000;
            let mut claimed: Vec<(Delivery, Timestamp)> = Vec::new();
            for step in steps {
                now += 1;
                world.place.options.clock.set(Timestamp(now));
                match step {
                    Step::Send(ticket) => {
                        world.say(tickets[ticket], ada(), Stream::Public, &now.to_string()).await;
                    }
                    Step::Claim => {
                        let until = Timestamp(now + 50);
                        let all = world.deliveries(&webhook).await;
                        // Not only those that seem to be due.
                        let taken = world.claim(all.iter().map(|it| it.id).collect(), until).await;
                        for ticket in tickets {
                            let waiting = waiting(&world, &webhook, ticket).await;
                            let late = waiting.iter().skip(1).find(|it| taken.contains(&it.id));
                            assert!(late.is_none(), "overtaking: {late:?} of {waiting:?}");
                        }
                        claimed.extend(all.into_iter().filter(|it| taken.contains(&it.id)).map(|it| (it, until)));
                    }
                    Step::Settle(which, then) if !claimed.is_empty() => {
                        let (delivery, until) = claimed.swap_remove(which % claimed.len());
                        let then = match then {
                            0 => Then::Delivered { forget_at: FAR },
                            1 => Then::Again { at: Timestamp(now + 3) },
                            _ => Then::Dead { forget_at: FAR, disable: None },
                        };
                        world.settle(&delivery, until, then).await;
                    }
                    Step::Replay(which) => {
                        let all = world.deliveries(&webhook).await;
                        if let Some(delivery) = all.get(which % all.len().max(1)) {
                            let ticket_id = delivery.place.map(|place| place.ticket_id);
                            let it = ReplayDelivery { webhook_id: webhook.id, id: delivery.id, ticket_id };
                            world.hook(it).await.unwrap();
                        }
                    }
                    Step::Settle(..) => {}
                    Step::Crash => {
                        claimed.clear();
                        world.hook(ReleaseDeliveries { ids: None }).await.unwrap();
                    }
                }
                for ticket in tickets {
                    let waiting = waiting(&world, &webhook, ticket).await;
                    if let Some(first) = waiting.first() {
                        assert!(first.next_attempt_at.is_some(), "stuck: {waiting:?}");
                    }
                }
            }
        });
    }
}
