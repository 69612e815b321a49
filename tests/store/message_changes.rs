//! Messages that change, against a model of what should come of it: numbers, places, answers, what
//! the log replays and what history shows.

use deskwire::{
    domain::{Happening, MessageId, Position, Stream, TicketId, Timestamp, User, Visible},
    guard::{Emoji, Sanitised},
    store::{Change, Cursor, Done, NewMessage, Page, What, Write, WriteError},
};
use proptest::{prelude::*, test_runner::TestRunner};
use strum::VariantArray;
use tokio::{runtime::Handle, sync::oneshot};

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

/// What a step writes. Of what was not sent yet, when it is submitted, the id is nobody's.
fn write(model: &Model, ticket: TicketId, actor: User, deed: &Deed) -> Write {
    let id = |which: usize| model.messages.get(which).map_or(MessageId(i64::MAX), |it| it.0);
    let emoji = |emoji: usize| Emoji::new(EMOJIS[emoji], 64).unwrap();
    let what = match *deed {
        Deed::Send { internal } => {
            let stream = if internal { Stream::Internal } else { Stream::Public };
            return Write::SendMessage(NewMessage { stream, ..message(ticket, actor, "new") });
        }
        Deed::Edit { which, text } => {
            What::EditMessage { message_id: id(which), body: Sanitised::from_text(&text.to_string()) }
        }
        Deed::Delete { which } => What::DeleteMessage { message_id: id(which) },
        Deed::React { which, emoji: it } => What::AddReaction { message_id: id(which), emoji: emoji(it) },
        Deed::Unreact { which, emoji: it } => {
            What::RemoveReaction { message_id: id(which), emoji: emoji(it) }
        }
    };
    Write::Change(Change { actor: Some(actor), what })
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
        let (tag, answer) = oneshot::channel();
        let write = write(model, ticket, people()[*who].clone(), deed);
        assert!(world.writer.submit(write, tag).await.is_ok(), "the queue has room");
        answers.push(answer);
    }
    for ((who, deed), answer) in burst.steps.iter().zip(answers) {
        let done: Result<Done, WriteError> = answer.await.unwrap();
        // What is sent in this burst cannot be named in it.
        let before = model.log.len();
        let expected = match deed.named() {
            Some(which) if which >= sent => Err(WriteError::MessageNotFound),
            _ => model.apply(&people()[*who], deed, now),
        };
        assert_eq!(without_words(done.clone()), expected, "{who} {deed:?}");
        let entries = done.map(|done| done.effects.entries).unwrap_or_default();
        if let (Deed::Send { .. }, Some(Happening::Sent(message))) =
            (deed, entries.first().map(|it| &it.what))
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
                    if let Happening::Sent(message) | Happening::Edited(message) = &entry.what {
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
        let edit = |text| What::EditMessage { message_id: one, body: Sanitised::from_text(text) };
        let delete = |message_id| What::DeleteMessage { message_id };
        let sent = world.place.options.clock.now().0;
        world.place.options.clock.set(Timestamp(sent + DAY));
        assert!(world.change(ada(), edit("edited")).await.is_ok());
        assert!(world.change(ada(), delete(two)).await.is_ok());
        world.place.options.clock.set(Timestamp(sent + DAY + 1));
        for what in [edit("late"), delete(one)] {
            assert!(matches!(world.change(ada(), what).await, Err(WriteError::Forbidden(_))));
        }
        // What is done already may be asked for again: the first answer may have been lost.
        for what in [edit("edited"), delete(two)] {
            assert_eq!(world.change(ada(), what).await.map(|done| done.effects.entries.len()), Ok(0));
        }
    }

    async fn all_who_react_at_once_are_counted(world) {
        let ticket = world.open().await;
        let message_id = world.say(ticket, ada(), Stream::Public, "hi").await;
        let mut answers = Vec::new();
        for actor in [ada(), bob(), amy(), root(), ada()] {
            let what = What::AddReaction { message_id, emoji: Emoji::new("👍", 32).unwrap() };
            let (tag, answer) = oneshot::channel();
            assert!(world.writer.submit(Write::Change(Change { actor: Some(actor), what }), tag).await.is_ok());
            answers.push(answer);
        }
        let mut told = Vec::new();
        for answer in answers {
            told.extend(answer.await.unwrap().unwrap().effects.entries.into_iter().map(|entry| entry.seq));
        }
        assert_eq!(told, [2, 3, 4, 5], "the second time is none");
        let page = Page { limit: 1, cursor: Cursor::Offset(0) };
        let history = world.store.history(&viewer(&ada()), ticket, page).await.unwrap().unwrap();
        assert_eq!(history.messages[0].reactions[0].users.len(), 4);
    }

    async fn the_server_itself_reacts_to_nothing(world) {
        let ticket = world.open().await;
        let message_id = world.say(ticket, ada(), Stream::Public, "hi").await;
        let what = What::AddReaction { message_id, emoji: Emoji::new("👍", 32).unwrap() };
        let refused = world.effects_of(Write::Change(Change { actor: None, what })).await;
        assert!(matches!(refused, Err(WriteError::Forbidden(_))));
    }
}
