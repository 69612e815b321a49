//! One thread of the driver: its poll, its rooms and their members.
//!
//! Owns its rooms with all their members, so threads share nothing. Does not know what text frames mean: see
//! `inbound`. Set-up, sending and the final check are in `setup`, `sending` and `verify`.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use mio::{Events, Poll, Token};

use crate::{
    Failure,
    conn::{Conn, Input, Stage},
    pace::Pace,
    room::Room,
    run::{Plan, Window},
    tally::Tally,
    wire::{self, Frame},
};

/// Poll token of the pacing timer.
pub(crate) const TIMER: Token = Token(usize::MAX);
/// Bytes of the read buffer, shared by all connections of a thread.
const READ_BUFFER: usize = 64 * 1024;

/// Share of one thread in the run.
pub(crate) struct Worker {
    pub(crate) plan: Arc<Plan>,
    /// Index of the thread.
    pub(crate) index: u32,
    pub(crate) poll: Poll,
    pub(crate) conns: Vec<Conn>,
    pub(crate) rooms: Vec<Room>,
    /// Indexes of the sending connections.
    pub(crate) senders: Vec<usize>,
    pub(crate) tally: Tally,
    /// Time at which each send was due, with flags in the top bits; see `sending`.
    pub(crate) sent: Vec<u64>,
    /// Number of unanswered sends.
    pub(crate) outstanding: u32,
    /// Senders in a retry delay, with its end.
    pub(crate) paused: BinaryHeap<Reverse<(u64, usize)>>,
    pub(crate) pace: Option<Pace>,
    pub(crate) window: Window,
    /// Connections that completed the current phase of set-up.
    pub(crate) settled: usize,
    /// `true` once the load begins. Faults are counted then; before, they end the run.
    pub(crate) running: bool,
    buffer: Vec<u8>,
}

impl Worker {
    /// Creates the worker without connections.
    pub(crate) fn new(plan: Arc<Plan>, index: u32) -> Result<Self, Failure> {
        let threads = plan.args.threads;
        let rooms = plan.args.rooms().saturating_sub(index).div_ceil(threads);
        let table = if plan.args.idle { 0 } else { plan.args.max_sends / threads };
        Ok(Self {
            index,
            poll: Poll::new()?,
            conns: Vec::with_capacity((rooms * plan.args.room_size) as usize),
            rooms: (0..rooms).map(|_| Room::default()).collect(),
            senders: Vec::new(),
            tally: Tally::new()?,
            // Pages of zeros become resident only when written.
            sent: vec![0; table as usize],
            outstanding: 0,
            paused: BinaryHeap::new(),
            pace: None,
            window: Window::NEVER,
            settled: 0,
            running: false,
            buffer: vec![0; READ_BUFFER],
            plan,
        })
    }

    /// Runs set-up, load and verification.
    pub(crate) fn run(
        mut self,
        ready: &mpsc::Sender<bool>,
        go: &mpsc::Receiver<Window>,
    ) -> Result<Tally, Failure> {
        let mut events = Events::with_capacity(1024);
        self.set_up(&mut events)?;
        ready.send(true)?;
        self.window = loop {
            match go.try_recv() {
                Ok(window) => break window,
                Err(mpsc::TryRecvError::Empty) => self.turn(&mut events, Duration::from_millis(20))?,
                Err(gone) => return Err(gone.into()),
            }
        };
        self.running = true;
        self.load(&mut events)?;
        self.drain(&mut events)?;
        self.verify();
        self.conns.iter_mut().for_each(Conn::leave);
        Ok(self.tally)
    }

    /// Nanoseconds since the start of the run.
    pub(crate) fn now(&self) -> u64 {
        Instant::now().duration_since(self.plan.epoch).as_nanos() as u64
    }

    /// Waits for the poll once and handles its events.
    pub(crate) fn turn(&mut self, events: &mut Events, timeout: Duration) -> Result<(), Failure> {
        match self.poll.poll(events, Some(timeout)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in events.iter().filter(|event| event.token() != TIMER) {
            let id = event.token().0;
            let ending = event.is_read_closed() || event.is_error();
            if event.is_readable() || ending {
                self.receive(id, ending)?;
            }
            self.flush(id)?;
        }
        Ok(())
    }

    /// Writes the queued bytes of a connection.
    pub(crate) fn flush(&mut self, id: usize) -> Result<(), Failure> {
        let conn = &mut self.conns[id];
        match conn.flush() {
            Err(error) if conn.stage != Stage::Closed => self.lost(id, 1006, &error.to_string()),
            _ => Ok(()),
        }
    }

    fn receive(&mut self, id: usize, ending: bool) -> Result<(), Failure> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.receive_into(&mut buffer, id, ending);
        self.buffer = buffer;
        result
    }

    fn receive_into(&mut self, buffer: &mut Vec<u8>, id: usize, ending: bool) -> Result<(), Failure> {
        while self.conns[id].stage != Stage::Closed {
            match self.conns[id].read(buffer) {
                Ok(Input::Bytes { len, drained }) => {
                    let now = self.now();
                    let used = self.frames(id, &buffer[..len], now)?;
                    if used < len {
                        self.conns[id].keep(&buffer[used..len]);
                    }
                    if drained && !ending {
                        break;
                    }
                }
                Ok(Input::Nothing) => break,
                Ok(Input::End) => return self.lost(id, 1006, "the server hung up without a Close frame"),
                Err(error) => return self.lost(id, 1006, &error.to_string()),
            }
        }
        Ok(())
    }

    /// Handles the complete frames in `bytes`, and returns their size.
    fn frames(&mut self, id: usize, bytes: &[u8], now: u64) -> Result<usize, Failure> {
        let mut at = 0;
        if self.conns[id].stage == Stage::Upgrading {
            match wire::upgraded(bytes)? {
                Some(head) => at = head,
                None => return Ok(0),
            }
            self.authenticate(id);
        }
        let mut count = 0;
        while self.conns[id].stage != Stage::Closed {
            match wire::frame(&bytes[at..]) {
                Ok(Some(frame)) => {
                    at += frame.size;
                    count += 1;
                    self.frame(id, &frame, now)?;
                }
                Ok(None) => break,
                Err(why) => {
                    self.tally.faults.add("malformed frames", 1, || why.into());
                    self.lost(id, 1002, why)?;
                }
            }
        }
        if self.window.measures(now) {
            self.tally.frames += count;
        }
        Ok(at)
    }

    fn frame(&mut self, id: usize, frame: &Frame<'_>, now: u64) -> Result<(), Failure> {
        match frame.opcode {
            wire::TEXT => self.text(id, frame.payload, now),
            wire::PING => {
                self.tally.pings += 1;
                self.conns[id].push(wire::PONG, &[frame.payload]);
                Ok(())
            }
            wire::CLOSE => {
                let code = frame.payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
                let reason = String::from_utf8_lossy(frame.payload.get(2..).unwrap_or_default()).into_owned();
                self.conns[id].push(wire::CLOSE, &[frame.payload]);
                self.flush(id)?;
                self.lost(id, code, &reason)
            }
            _ => Ok(()),
        }
    }

    /// Handles a connection that the server closed or lost. Ends the run during set-up, counts a fault
    /// afterwards.
    pub(crate) fn lost(&mut self, id: usize, code: u16, why: &str) -> Result<(), Failure> {
        let conn = &mut self.conns[id];
        conn.abandon();
        let words = format!("user {}: {code} {why}", conn.user);
        if !self.running {
            return Err(format!("a connection was lost while setting up: {words}").into());
        }
        *self.tally.closed.entry(code).or_default() += 1;
        self.tally.faults.add("connections lost", 1, || words);
        Ok(())
    }
}
