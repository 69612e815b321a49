//! Messages that change, against a model of what should come of it: numbers, places, answers, what
//! the log replays and what history shows.

use std::pin::Pin;

use deskwire::{
    domain::{LogEvent, MessageId, Position, Stream, TicketId, Timestamp, User, Visible},
    guard::{Emoji, Sanitised},
    store::{
        Busy, Cursor, Effects, NewMessage, Page, Pending, WriteError,
        changes::{AddReaction, DeleteMessage, EditMessage, RemoveReaction},
    },
};
use proptest::{prelude::*, test_runner::TestRunner};
use strum::VariantArray;
use tokio::runtime::Handle;

use crate::{
    message_model::{DAY, Deed, EMOJIS, Model, Told, kept},
    support::*,
};

/// Who, and what they do; messages are named by the order in which they were sent.
type Step = (usize, Deed);

/// Steps that are submitted without waiting in between, after a while.
#[derive(Clone, Debug)]
struct Burst {
    later: i64,
    steps: Vec<Step>,
}

fn people() -> [User; 5] {
    [ada(), bob(), amy(), root(), zoe()]
}

fn bursts() -> impl Strategy<Value = Vec<Burst>> {
    let (which, emoji) = (0..8_usize, 0..EMOJIS.len());
    let deed = prop_oneof![
        3 => any::<bool>().prop_map(|internal| Deed::Send { internal }),
        3 => (which.clone(), 0..3_usize).prop_map(|(which, text)| Deed::Edit { which, text }),
        1 => which.clone().prop_map(|which| Deed::Delete { which }),
        4 => (which.clone(), emoji.clone()).prop_map(|(which, emoji)| Deed::React { which, emoji }),
        3 => (which, emoji).prop_map(|(which, emoji)| Deed::Unreact { which, emoji }),
    ];
    let later = prop_oneof![6 => Just(1), 1 => Just(DAY + 1)];
    let burst = (later, prop::collection::vec((0..5_usize, deed), 1..12));
    prop::collection::vec(burst.prop_map(|(later, steps)| Burst { later, steps }), 1..8)
}

/// What becomes of a step; resolves to what others are told of.
type Answer = Pin<Box<dyn Future<Output = Result<Effects, WriteError>>>>;

/// Submits a step. Of what was not sent yet, when it is submitted, the id is nobody's.
async fn submit(world: &World, model: &Model, ticket: TicketId, actor: User, deed: &Deed) -> Answer {
    fn answer<D: 'static>(pending: Result<Pending<D, Effects>, Busy>) -> Answer {
        let pending = pending.expect("the queue has room");
        Box::pin(async { pending.await.map(|it| it.published) })
    }
    let id = |which: usize| model.messages.get(which).map_or(MessageId(i64::MAX), |it| it.0);
    let emoji = |emoji: usize| Emoji::new(EMOJIS[emoji], 64).unwrap();
    let writer = &world.writer;
    match *deed {
        Deed::Send { internal } => {
            let stream = if internal { Stream::Internal } else { Stream::Public };
            let new = NewMessage { stream, ..message(ticket, actor, "new") };
            answer(writer.send_message(new).await)
        }
        Deed::Edit { which, text } => {
            let edit = EditMessage { message_id: id(which), body: Sanitised::from_text(&text.to_string()) };
            answer(writer.submit(Some(actor), edit).await)
        }
        Deed::Delete { which } => {
            answer(writer.submit(Some(actor), DeleteMessage { message_id: id(which) }).await)
        }
        Deed::React { which, emoji: it } => {
            let add = AddReaction { message_id: id(which), emoji: emoji(it) };
            answer(writer.submit(Some(actor), add).await)
        }
        Deed::Unreact { which, emoji: it } => {
            let remove = RemoveReaction { message_id: id(which), emoji: emoji(it) };
            answer(writer.submit(Some(actor), remove).await)
        }
    }
}

fn without_words<T>(result: Result<T, WriteError>) -> Result<(), WriteError> {
    match result {
        Ok(_) => Ok(()),
        Err(WriteError::Forbidden(_)) => Err(WriteError::Forbidden("")),
        Err(other) => Err(other),
    }
}

/// Submits a burst at once and holds what is answered and told against the model.
async fn carry_out(world: &World, ticket: TicketId, model: &mut Model, burst: &Burst, now: i64) {
    let mut answers = Vec::new();
    let sent = model.messages.len();
    for (who, deed) in &burst.steps {
        answers.push(submit(world, model, ticket, people()[*who].clone(), deed).await);
    }
    for ((who, deed), answer) in burst.steps.iter().zip(answers) {
        let told = answer.await;
        // What is sent in this burst cannot be named in it.
        let before = model.log.len();
        let expected = match deed.named() {
            Some(which) if which >= sent => Err(WriteError::MessageNotFound),
            _ => model.apply(&people()[*who], deed, now),
        };
        assert_eq!(without_words(told.clone()), expected, "{who} {deed:?}");
        let entries = told.map(|effects| effects.entries).unwrap_or_default();
        if let (Deed::Send { .. }, Some(LogEvent::MessageSent(message))) =
            (deed, entries.first().map(|it| &it.event))
        {
            model.messages.last_mut().unwrap().0 = message.id;
        }
        let told: Vec<Told> = entries.iter().map(|entry| model.told(entry)).collect();
        assert_eq!(told, model.log[before..], "{who} {deed:?}");
    }
}

/// The log and the history of a ticket are the model's, for whoever sees all of it or the public part.
async fn compare(world: &World, ticket: TicketId, model: &Model) {
    for (user, visible) in [(amy(), Visible::Both), (ada(), Visible::PublicOnly)] {
        let (log, messages) = model.of(visible);
        for limit in [1_000, 3] {
            let (mut after, mut read) = (Position::default(), Vec::new());
            loop {
                let entries = world.store.events_after(ticket, visible, after, limit).await.unwrap();
                for entry in &entries {
                    *after.of_mut(entry.stream) = entry.seq;
                    if let LogEvent::MessageSent(message) | LogEvent::MessageEdited(message) = &entry.event {
                        model.assert_is_now(message);
                    }
                    read.push(model.told(entry));
                }
                if entries.len() < limit {
                    break;
                }
            }
            assert_eq!(read, log, "the log, {limit} at a time");
        }
        let page = Page { limit: 200, cursor: Cursor::Offset(0) };
        let history = world.store.history(&viewer(&user), ticket, page).await.unwrap().unwrap();
        assert_eq!(history.total, messages.len() as u64);
        assert_eq!(history.position, model.heads);
        assert_eq!(history.messages.iter().map(kept).collect::<Vec<_>>(), messages);
    }
    for &stream in Stream::VARIANTS {
        let numbers = model.log.iter().filter(|told| told.stream == stream).map(|told| told.seq);
        assert!(numbers.eq(1..=model.heads.of(stream)), "the model itself is dense");
    }
    assert!(model.log.iter().map(|told| told.pos).eq(1..=model.heads.total()));
}

async fn tell(world: &World, bursts: Vec<Burst>) {
    let ticket = world.open().await;
    let mut model = Model::default();
    for burst in bursts {
        let now = world.place.options.clock.now().0 + burst.later;
        world.place.options.clock.set(Timestamp(now));
        carry_out(world, ticket, &mut model, &burst, now).await;
    }
    compare(world, ticket, &model).await;
}

on_each_database! {
    async fn whatever_is_changed_in_whichever_order_the_log_and_the_history_tell_the_same(world) {
        let config = ProptestConfig { cases: 40, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() };
        let told = tokio::task::block_in_place(|| {
            TestRunner::new(config).run(&bursts(), |bursts| {
                Handle::current().block_on(tell(&world, bursts));
                Ok(())
            })
        });
        if let Err(failure) = told {
            panic!("{failure}");
        }
    }

    async fn the_last_moment_to_edit_and_to_delete_is_within_the_time(world) {
        let ticket = world.open().await;
        let one = world.say(ticket, ada(), Stream::Public, "one").await;
        let two = world.say(ticket, ada(), Stream::Public, "two").await;
        let edit = |text| EditMessage { message_id: one, body: Sanitised::from_text(text) };
        let delete = |message_id| DeleteMessage { message_id };
        let sent = world.place.options.clock.now().0;
        world.place.options.clock.set(Timestamp(sent + DAY));
        assert!(world.change(ada(), edit("edited")).await.is_ok());
        assert!(world.change(ada(), delete(two)).await.is_ok());
        world.place.options.clock.set(Timestamp(sent + DAY + 1));
        assert!(matches!(world.change(ada(), edit("late")).await, Err(WriteError::Forbidden(_))));
        assert!(matches!(world.change(ada(), delete(one)).await, Err(WriteError::Forbidden(_))));
        // What is done already may be asked for again: the first answer may have been lost.
        assert_eq!(world.change(ada(), edit("edited")).await.map(|it| it.published), Ok(Effects::default()));
        assert_eq!(world.change(ada(), delete(two)).await.map(|it| it.published), Ok(Effects::default()));
    }

    async fn all_who_react_at_once_are_counted(world) {
        let ticket = world.open().await;
        let message_id = world.say(ticket, ada(), Stream::Public, "hi").await;
        let mut answers = Vec::new();
        for actor in [ada(), bob(), amy(), root(), ada()] {
            let add = AddReaction { message_id, emoji: Emoji::new("👍", 32).unwrap() };
            answers.push(world.writer.submit(Some(actor), add).await.unwrap());
        }
        let mut told = Vec::new();
        for answer in answers {
            told.extend(answer.await.unwrap().published.entries.into_iter().map(|entry| entry.seq));
        }
        assert_eq!(told, [2, 3, 4, 5], "the second time is none");
        let page = Page { limit: 1, cursor: Cursor::Offset(0) };
        let history = world.store.history(&viewer(&ada()), ticket, page).await.unwrap().unwrap();
        assert_eq!(history.messages[0].reactions[0].users.len(), 4);
    }

    async fn the_server_itself_reacts_to_nothing(world) {
        let ticket = world.open().await;
        let message_id = world.say(ticket, ada(), Stream::Public, "hi").await;
        let add = AddReaction { message_id, emoji: Emoji::new("👍", 32).unwrap() };
        let refused = world.by_server(add).await;
        assert!(matches!(refused, Err(WriteError::Forbidden(_))));
    }
}
