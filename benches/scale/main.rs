//! Read latency of the store over a million messages in ten thousand tickets, on SQLite.
//!
//! `cargo bench --bench scale` prints the median and the 99th percentile of each kind of read through the
//! store's pool. It also prints the plans of all statements that ran, and fails if one scans a whole table.
//! The data is created once, in the folder `DESKWIRE_BENCH_DIR`. Words after `--` select measurements by
//! name.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a benchmark")]
#![expect(unreachable_pub, reason = "a binary")]

mod data;
mod plans;

use std::time::{Duration, Instant};

use criterion::Criterion;
use deskwire::{
    domain::{MessageId, TicketId, TicketStatus, Timestamp, User},
    guard::SearchTerms,
    store::{Cursor, Page, Search, Store, TicketCursor, TicketFilter},
};
use hdrhistogram::Histogram;
use tokio::runtime::Runtime;

use self::data::{Dice, MESSAGES, TICKETS, Vocabulary, agent, customer, viewer};

/// Minimum number of calls of each read, for a meaningful percentile.
const CALLS: u64 = 2_000;

struct Scale {
    store: Store,
    runtime: Runtime,
    dice: Dice,
    vocabulary: Vocabulary,
    criterion: Criterion,
    missed: Vec<String>,
}

impl Scale {
    /// Calls `read` many times with different random numbers, and prints its latency.
    fn measure<F: Future<Output = usize>>(
        &mut self,
        name: &str,
        target: Duration,
        mut read: impl FnMut(&Store, &mut Dice, &Vocabulary) -> F,
    ) {
        let mut chosen = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).peekable();
        if chosen.peek().is_some() && !chosen.any(|word| name.contains(&word)) {
            return;
        }
        let mut times = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3).unwrap();
        let (mut calls, mut rows) = (0_u64, 0);
        let Self { store, runtime, dice, vocabulary, criterion, .. } = self;
        let mut call = |times: &mut Histogram<u64>| {
            let future = read(store, dice, vocabulary);
            let start = Instant::now();
            rows += runtime.block_on(future);
            calls += 1;
            let took = start.elapsed();
            // Not clamped: a call out of bounds fails the run instead of looking fast.
            times.record(u64::try_from(took.as_micros()).unwrap()).unwrap();
            took
        };
        criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|calls| (0..calls).map(|_| call(&mut times)).sum());
        });
        while times.len() < CALLS {
            call(&mut times);
        }
        let at = |quantile| Duration::from_micros(times.value_at_quantile(quantile));
        let (median, slow) = (at(0.5), at(0.99));
        let max = Duration::from_micros(times.max());
        let each = rows as f64 / calls as f64;
        println!("{name:40} p50 {median:>9.2?}  p99 {slow:>9.2?}  max {max:>9.2?}  {each:.1} rows");
        if slow > target {
            self.missed.push(format!("{name}: p99 {slow:.2?}, more than {target:?}"));
        }
    }

    fn get_messages(&mut self) {
        let target = Duration::from_millis(10);
        let page = |store: &Store, ticket: usize, cursor: Cursor| {
            let (store, viewer) = (store.clone(), viewer(&agent(0)));
            async move {
                let page = Page { limit: 50, cursor };
                let ticket = TicketId(i64::try_from(ticket + 1).unwrap());
                store.history(&viewer, ticket, page).await.unwrap().unwrap().messages.len()
            }
        };
        self.measure("get_messages, newest", target, |store, dice, _| {
            page(store, dice.below(TICKETS), Cursor::Offset(0))
        });
        self.measure("get_messages, newest of the largest", target, |store, dice, _| {
            page(store, dice.below(10), Cursor::Offset(0))
        });
        self.measure("get_messages, deep inside the largest", target, |store, dice, _| {
            let before = i64::try_from(MESSAGES / 10 + dice.below(MESSAGES / 2)).unwrap();
            page(store, dice.below(10), Cursor::Before(MessageId(before)))
        });
    }

    fn list_tickets(&mut self) {
        let target = Duration::from_millis(20);
        let page = |store: &Store, user: User, filter: TicketFilter| {
            let store = store.clone();
            async move { store.tickets(&viewer(&user), filter).await.unwrap().tickets.len() }
        };
        let all = || TicketFilter { limit: 50, ..TicketFilter::default() };
        let status = |status| TicketFilter { status: Some(status), ..all() };
        self.measure("list_tickets, agent", target, |store, dice, _| {
            page(store, agent(dice.below(50)), all())
        });
        self.measure("list_tickets, agent, open", target, |store, dice, _| {
            page(store, agent(dice.below(50)), status(TicketStatus::Open))
        });
        self.measure("list_tickets, agent, unassigned", target, |store, dice, _| {
            page(store, agent(dice.below(50)), TicketFilter { assignee: Some(None), ..all() })
        });
        self.measure("list_tickets, agent, own", target, |store, dice, _| {
            let user = agent(dice.below(50));
            let filter = TicketFilter { assignee: Some(Some(user.id.clone())), ..all() };
            page(store, user, filter)
        });
        self.measure("list_tickets, agent, by label", target, |store, dice, _| {
            let label = Some(data::label(dice.below(20)));
            page(store, agent(dice.below(50)), TicketFilter { label, ..all() })
        });
        self.measure("list_tickets, agent, by a word", target, |store, dice, words| {
            let word = words.words[dice.below(2_000)].clone();
            page(store, agent(dice.below(50)), TicketFilter { query: Some(word), ..all() })
        });
        self.measure("list_tickets, agent, far down", target, |store, dice, _| {
            let (store, user) = (store.clone(), agent(dice.below(50)));
            // Every ticket has messages in the last tenth.
            let updated_at = MESSAGES / 10 * 9 + dice.below(MESSAGES / 10);
            let updated_at = Timestamp(i64::try_from(updated_at).unwrap());
            let after = Some(TicketCursor { updated_at, id: TicketId(i64::MAX) });
            page(&store, user, TicketFilter { after, ..all() })
        });
        self.measure("list_tickets, customer", target, |store, dice, _| {
            page(store, customer(dice.below(4_000)), all())
        });
    }

    fn search_messages(&mut self) {
        type Query = fn(&mut Dice, &Vocabulary) -> String;
        fn pick(dice: &mut Dice, vocabulary: &Vocabulary, from: usize, to: usize) -> String {
            vocabulary.words[from + dice.below(to - from)].clone()
        }
        fn cut(word: &str, chars: usize) -> String {
            word.chars().take(chars).collect()
        }
        let queries: [(&str, Query); 9] = [
            ("the most frequent word", |_, words| words.words[0].clone()),
            ("a common word", |dice, words| pick(dice, words, 1, 100)),
            ("a middling word", |dice, words| pick(dice, words, 500, 2_000)),
            ("a rare word", |dice, words| pick(dice, words, 15_000, 20_000)),
            ("two words", |dice, words| pick(dice, words, 0, 200) + " " + &pick(dice, words, 200, 2_000)),
            ("a rare and a common word", |dice, words| {
                pick(dice, words, 10_000, 20_000) + " " + &pick(dice, words, 0, 20)
            }),
            ("the beginning of a word, 2 letters", |dice, words| cut(&pick(dice, words, 0, 20_000), 2)),
            ("the beginning of a word, 4 letters", |dice, words| cut(&pick(dice, words, 0, 20_000), 4)),
            ("a common word and a beginning, 3 letters", |dice, words| {
                pick(dice, words, 0, 100) + " " + &cut(&pick(dice, words, 0, 20_000), 3)
            }),
        ];
        for (name, query) in queries {
            for (user, is_agent, within) in
                [("agent", true, false), ("customer", false, false), ("agent, ticket", true, true)]
            {
                self.measure(
                    &format!("search {name}: {user}"),
                    Duration::from_millis(100),
                    |store, dice, words| {
                        let user = if is_agent { agent(0) } else { customer(dice.below(4_000)) };
                        let ticket = within.then(|| TicketId(i64::try_from(dice.below(120) + 1).unwrap()));
                        let terms = SearchTerms::parse(&query(dice, words), 200).unwrap();
                        let search = Search { terms, ticket, before: None, limit: 20 };
                        let store = store.clone();
                        async move { store.search(&viewer(&user), search).await.unwrap().unwrap().hits.len() }
                    },
                );
            }
        }
    }
}

fn main() {
    // `cargo test --benches` also runs this program, but without the flag.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    plans::record();
    let (store, path) = data::open();
    plans::clear();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    let (dice, vocabulary) = (Dice::new(), Vocabulary::new());
    let mut scale = Scale { store, runtime, dice, vocabulary, criterion, missed: Vec::new() };
    scale.get_messages();
    scale.list_tickets();
    scale.search_messages();
    let walks = plans::print(&path);
    assert!(walks.is_empty(), "statements that walk a whole table:\n{}", walks.join("\n"));
    println!("\nover their targets: {:#?}", scale.missed);
}
