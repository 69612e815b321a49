//! Runs a connection's commands in the order sent.
//!
//! Owns the way from a frame to its answer; the order is that of [`ordered`](crate::transport::ordered). Does not
//! know what commands do.

use std::{future::poll_fn, pin::Pin, rc::Rc, sync::Arc};

use actix::Recipient;
use bytestring::ByteString;
use futures_util::{StreamExt, stream::FuturesUnordered};

use super::state::{Authenticated, QueuedFrame, SocketState};
use crate::{
    chat::{Answer, Started, count, sign_in::Refusal},
    domain::bounds::INLINE_BYTES,
    protocol::{
        Ack, Command, ErrorCode, WireError,
        envelope::{self, DecodedFrame},
        sign_in::AuthenticationError,
    },
    transport::ordered::{Next, waits_for_writes},
};

/// Whom an answer goes to.
struct Addressee {
    ack: Option<Ack>,
    event: Box<str>,
    /// What the command held of the memory budget.
    bytes: usize,
}

type Commit = Pin<Box<dyn Future<Output = (Addressee, Answer)>>>;

/// Runs what is queued until nothing is left.
///
/// The futures of single commands are boxed, here and in `chat`: in small pieces the allocator uses the
/// memory of one connection's command again for the next one's, where one large future for all
/// commands leaves a hole behind each connection.
pub(super) async fn run(state: Rc<SocketState>, connection: Recipient<Authenticated>) {
    let mut commits: FuturesUnordered<Commit> = FuturesUnordered::new();
    loop {
        match poll_fn(|cx| state.queue.poll_next(cx, &mut commits)).await {
            Next::Idle => return,
            Next::Committed((to, answer)) => state.answer(to, &answer),
            Next::Run(inbound) => {
                // A peer that does not read its answers gets no more of them made.
                state.seat.outbox.drained().await;
                let bytes = inbound.bytes();
                if state.seat.outbox.is_refused() {
                    // Who was shut out is not served any more; who left by itself said what it wanted.
                    state.done(bytes);
                    continue;
                }
                match inbound {
                    QueuedFrame::Text(text) => {
                        Box::pin(run_text(&state, &connection, text, &mut commits)).await;
                    }
                    QueuedFrame::NotText(_) => state
                        .refuse_frame(WireError::new(ErrorCode::BadFrame, "Expected a text frame."), bytes),
                    QueuedFrame::Bearer(token) => {
                        let to = Addressee { ack: None, event: "authenticate".into(), bytes };
                        Box::pin(authenticate(&state, &connection, to, token)).await;
                    }
                }
            }
        }
    }
}

async fn run_text(
    state: &Rc<SocketState>,
    connection: &Recipient<Authenticated>,
    text: ByteString,
    commits: &mut FuturesUnordered<Commit>,
) {
    let bytes = text.len();
    match decode(text).await {
        Err(bad) => state.refuse_frame(bad, bytes),
        Ok(DecodedFrame { ack, event, command }) => {
            let to = Addressee { ack, event, bytes };
            match command {
                Ok(command) => run_command(state, connection, to, command, commits).await,
                Err(malformed) => state.refuse_command(to, malformed),
            }
        }
    }
}

async fn decode(text: ByteString) -> Result<DecodedFrame, WireError> {
    if text.len() <= INLINE_BYTES {
        return envelope::decode(&text);
    }
    let decoded = actix_web::rt::task::spawn_blocking(move || envelope::decode(&text)).await;
    decoded.unwrap_or_else(|_| Err(WireError::overloaded()))
}

async fn run_command(
    state: &Rc<SocketState>,
    connection: &Recipient<Authenticated>,
    to: Addressee,
    command: Command,
    commits: &mut FuturesUnordered<Commit>,
) {
    if waits_for_writes(&command) {
        while let Some((to, answer)) = commits.next().await {
            state.answer(to, &answer);
        }
    }
    if let Command::Authenticate(authentication) = command {
        return Box::pin(authenticate(state, connection, to, authentication.token)).await;
    }
    let caller = state.caller.borrow().clone();
    let Some(caller) = caller else {
        let answer = Err(state.charge().err().unwrap_or_else(unauthenticated));
        count(command.name(), &answer);
        return state.answer(to, &answer);
    };
    match Box::pin(state.chat.start(&caller, command)).await {
        Started::Done(answer) => state.answer(to, &answer),
        Started::Joined(reply, replay) => {
            state.answer(to, &Ok(reply));
            actix_web::rt::spawn(replay.run(Arc::clone(&state.chat), Arc::clone(&state.seat)));
        }
        Started::Committing(commit) => commits.push(Box::pin(async move { (to, commit.await) })),
    }
}

fn unauthenticated() -> WireError {
    WireError::new(ErrorCode::Unauthenticated, "Authenticate first.")
}

async fn authenticate(
    state: &Rc<SocketState>,
    connection: &Recipient<Authenticated>,
    to: Addressee,
    token: String,
) {
    let result = match state.chat.authenticate(state.address, &token).await {
        Err(refusal) => Err(refusal),
        Ok(who) => match state.chat.seat(&state.seat, &who).await {
            Ok(reply) => {
                state.limits.message_bytes.set(state.chat.bounds.frame_bytes);
                state.limits.share.belongs_to(&who.user.id);
                *state.caller.borrow_mut() =
                    Some(crate::chat::Caller { user: who.user, seat: Arc::clone(&state.seat) });
                connection.do_send(Authenticated { expires_at: who.expires_at });
                Ok(reply)
            }
            Err(refusal) => Err(refusal),
        },
    };
    let (answer, close) = match result {
        Ok(reply) => (Ok(reply), None),
        Err(Refusal { error, close }) => (Err(error), close),
    };
    count("authenticate", &answer);
    match &answer {
        // Without an ack, a refusal has an event of its own.
        Err(error) if to.ack.is_none() => {
            state.seat.outbox.push_event(&AuthenticationError {
                code: error.code,
                message: &error.message,
                retry_after_ms: error.retry_after_ms,
            });
            state.settle(&answer, to.bytes);
        }
        _ => state.answer(to, &answer),
    }
    if let Some(code) = close {
        state.seat.outbox.close(code);
    }
}

impl SocketState {
    fn charge(&self) -> Result<(), WireError> {
        self.chat.charge(self.caller.borrow().as_ref().map(|caller| &caller.user.id), self.address)
    }

    fn answer(&self, to: Addressee, answer: &Answer) {
        self.seat.outbox.push_answer(to.ack.as_ref(), &to.event, answer);
        self.settle(answer, to.bytes);
    }

    /// What follows from an answer that was given.
    fn settle(&self, answer: &Answer, bytes: usize) {
        if answer.as_ref().is_err_and(|error| error.code == ErrorCode::RateLimited) {
            self.refused_for_rate();
        }
        self.done(bytes);
    }

    /// Makes room for the next command.
    fn done(&self, bytes: usize) {
        self.limits.share.give_back(bytes);
        self.queue.answered();
    }

    /// Answers what names a command and is none. Before authentication, what is wrong with the fields
    /// of another command is beside the point.
    fn refuse_command(&self, to: Addressee, malformed: WireError) {
        let too_early = self.caller.borrow().is_none()
            && malformed.code == ErrorCode::InvalidPayload
            && &*to.event != "authenticate";
        let error = if too_early { unauthenticated() } else { malformed };
        let answer = Err(self.charge().err().unwrap_or(error));
        count("malformed", &answer);
        self.answer(to, &answer);
    }

    /// Answers what is not a frame of this protocol, and notes it.
    fn refuse_frame(&self, bad: WireError, bytes: usize) {
        let answer = Err(self.charge().err().unwrap_or(bad));
        count("malformed", &answer);
        self.answer(Addressee { ack: None, event: "".into(), bytes }, &answer);
        self.bad_frame();
    }
}
