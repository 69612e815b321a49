//! Set-up: all users connect and sign in, one member of each room opens its ticket, and all join.
//!
//! Owns the bound on operations in progress. Does not retry: the first refusal ends the run with a hint.

use std::time::{Duration, Instant};

use mio::Events;
use serde_json::json;

use crate::{
    Failure,
    conn::{Conn, Stage},
    report::LIMITS_HINT,
    scan::{self, Envelope},
    worker::Worker,
};

/// Longest time without progress before set-up fails.
const PATIENCE: Duration = Duration::from_secs(15);

impl Worker {
    /// Connects all users of this thread and joins them to their rooms.
    pub(crate) fn set_up(&mut self, events: &mut Events) -> Result<(), Failure> {
        let size = self.plan.args.room_size as usize;
        let members = self.rooms.len() * size;
        self.phase(events, "connect and authenticate", 0..members, Self::connect)?;
        self.phase(events, "open the tickets", (0..members).step_by(size), Self::open_ticket)?;
        self.phase(events, "join", 0..members, Self::join)?;
        self.appoint_senders();
        Ok(())
    }

    fn phase(
        &mut self,
        events: &mut Events,
        name: &str,
        mut todo: impl ExactSizeIterator<Item = usize>,
        begin: impl Fn(&mut Self, usize) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let ramp = (self.plan.args.ramp / self.plan.args.threads).max(1) as usize;
        let all = todo.len();
        let (mut begun, mut progress) = (0, (0, Instant::now()));
        self.settled = 0;
        while self.settled < all {
            for id in todo.by_ref().take(ramp.saturating_sub(begun - self.settled)) {
                begin(self, id)?;
                begun += 1;
            }
            self.turn(events, Duration::from_millis(100))?;
            if progress.0 != self.settled {
                progress = (self.settled, Instant::now());
            } else if progress.1.elapsed() > PATIENCE {
                return Err(format!("{name}: stuck at {} of {all}", self.settled).into());
            }
        }
        Ok(())
    }

    fn connect(&mut self, id: usize) -> Result<(), Failure> {
        let args = &self.plan.args;
        let size = args.room_size as usize;
        let (room, member) = (id / size, id % size);
        let user = (room as u32 * args.threads + self.index) * args.room_size + member as u32;
        let registry = self.poll.registry();
        self.conns.push(Conn::open(registry, id, self.plan.address, &self.plan.request, user, room)?);
        Ok(())
    }

    /// Sends `authenticate` after the upgrade.
    pub(crate) fn authenticate(&mut self, id: usize) {
        let plan = &self.plan;
        let conn = &mut self.conns[id];
        let role = if id.is_multiple_of(plan.args.room_size as usize) { "customer" } else { "agent" };
        let token = plan.minter.mint(&format!("{}-{}", plan.args.user_prefix, conn.user), role);
        conn.command(&json!({"event": "authenticate", "data": {"token": token}, "ack": "authenticate"}));
        conn.stage = Stage::Authenticating;
    }

    fn open_ticket(&mut self, id: usize) -> Result<(), Failure> {
        let conn = &mut self.conns[id];
        let subject = format!("Load test, room of {}-{}", self.plan.args.user_prefix, conn.user);
        conn.command(
            &json!({"event": "create_ticket", "data": {"subject": subject}, "ack": "create_ticket"}),
        );
        self.flush(id)
    }

    fn join(&mut self, id: usize) -> Result<(), Failure> {
        let conn = &mut self.conns[id];
        let ticket = &self.rooms[conn.room].ticket;
        conn.command(&json!({"event": "join_ticket", "data": {"ticketId": ticket}, "ack": "join_ticket"}));
        self.flush(id)
    }

    /// Handles an ack or an error during set-up.
    pub(crate) fn set_up_reply(&mut self, id: usize, reply: &Envelope) -> Result<(), Failure> {
        let conn = &mut self.conns[id];
        let command = reply.ack.as_str().unwrap_or(&reply.event);
        if let Some(code) = reply.error() {
            let hint = if code == "rate_limited" { LIMITS_HINT } else { "" };
            return Err(format!("user {}: {command} was refused: {}\n{hint}", conn.user, reply.data).into());
        }
        let position = reply.data["position"]["public"].as_u64();
        let room = &mut self.rooms[conn.room];
        match (command, position, reply.data["ticket"]["id"].as_str()) {
            ("authenticate", ..) => conn.stage = Stage::Authenticated,
            ("create_ticket", Some(_), Some(ticket)) => {
                room.marker = scan::marker(ticket);
                room.ticket = ticket.to_owned();
            }
            ("join_ticket", Some(position), _) => {
                room.reach(position);
                conn.position.last = position;
                conn.stage = Stage::Joined;
            }
            _ => return Err(format!("{command}: unexpected answer: {}", reply.data).into()),
        }
        self.settled += 1;
        Ok(())
    }

    /// Distributes the senders over the rooms, and over different members within them.
    fn appoint_senders(&mut self) {
        let args = &self.plan.args;
        let body: String = "All work and no play makes a dull ticket. "
            .chars()
            .cycle()
            .take(args.body_bytes as usize)
            .collect();
        // The server trims blanks at the end, which would change the length.
        let body = format!("{}.", &body[..body.len() - 1]);
        for sender in 0..args.senders() {
            let (room, turn) = (sender % args.rooms(), sender / args.rooms());
            if room % args.threads != self.index {
                continue;
            }
            let local = (room / args.threads) as usize;
            let id = local * args.room_size as usize + ((room + turn) % args.room_size) as usize;
            let conn = &mut self.conns[id];
            let opening = format!(
                r#"{{"event":"send_message","data":{{"ticketId":"{}","message":"{body}","clientMessageId":"{}-"#,
                self.rooms[local].ticket, conn.user,
            );
            conn.opening = Some(opening.into());
            self.senders.push(id);
        }
    }
}
