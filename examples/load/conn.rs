//! One connection: its socket, what is half read, what is not yet written.
//!
//! Reads into a buffer that all connections of a thread share, and writes everything queued with one
//! call. Knows nothing of what the frames mean.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr},
};

use mio::{Interest, Registry, Token, net::TcpStream};

use crate::{room::Position, wire};

/// How far a connection has come. The order is the order in which it gets there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Waiting for the answer to the upgrade request.
    Upgrading,
    /// Waiting for `authenticate`'s ack.
    Authenticating,
    /// A user, in no room.
    Authenticated,
    /// In its room.
    Joined,
    /// Over.
    Closed,
}

/// One virtual user.
#[derive(Debug)]
pub(crate) struct Conn {
    /// How far it is.
    pub stage: Stage,
    /// Its number, unique over all threads.
    pub user: u32,
    /// Its room, among those of the thread.
    pub room: usize,
    /// What it has seen of the room.
    pub position: Position,
    /// Set on senders: the text of a `send_message` up to the number of the send.
    pub opening: Option<Box<str>>,
    socket: TcpStream,
    half: Vec<u8>,
    out: Vec<u8>,
}

/// What a read brought.
pub(crate) enum Input {
    /// So many bytes stand in the buffer, what was half read before included.
    Bytes { len: usize, drained: bool },
    /// Nothing now.
    Nothing,
    /// The server hung up.
    End,
}

impl Conn {
    /// Starts to connect and queues the upgrade request.
    pub(crate) fn open(
        registry: &Registry,
        token: usize,
        address: SocketAddr,
        request: &[u8],
        user: u32,
        room: usize,
    ) -> io::Result<Self> {
        let mut socket = TcpStream::connect(address)?;
        // Small frames must not wait for each other.
        socket.set_nodelay(true)?;
        registry.register(&mut socket, Token(token), Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self {
            stage: Stage::Upgrading,
            user,
            room,
            position: Position::default(),
            opening: None,
            socket,
            half: Vec::new(),
            out: request.to_vec(),
        })
    }

    /// Reads once. A short read has drained the socket, so the read that would only say so is saved.
    pub(crate) fn read(&mut self, buffer: &mut Vec<u8>) -> io::Result<Input> {
        let kept = self.half.len();
        if kept > 0 {
            if buffer.len() < kept * 2 {
                buffer.resize(kept * 2, 0);
            }
            buffer[..kept].copy_from_slice(&self.half);
        }
        match self.socket.read(&mut buffer[kept..]) {
            Ok(0) => Ok(Input::End),
            Ok(n) => {
                self.half.clear();
                Ok(Input::Bytes { len: kept + n, drained: kept + n < buffer.len() })
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected) => {
                Ok(Input::Nothing)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.half.clear();
                Ok(Input::Bytes { len: kept, drained: false })
            }
            Err(error) => Err(error),
        }
    }

    /// Keeps the beginning of a frame until the rest comes.
    pub(crate) fn keep(&mut self, rest: &[u8]) {
        self.half.extend_from_slice(rest);
    }

    /// Queues a frame.
    pub(crate) fn push(&mut self, opcode: u8, parts: &[&[u8]]) {
        wire::push(&mut self.out, opcode, parts);
    }

    /// Queues a command.
    pub(crate) fn command(&mut self, command: &serde_json::Value) {
        self.push(wire::TEXT, &[command.to_string().as_bytes()]);
    }

    /// Queues a sender's message; the number ends its `clientMessageId` and is its `ack`.
    pub(crate) fn push_message(&mut self, number: u32) {
        if let Some(opening) = &self.opening {
            let mut digits = [0; 10];
            let number = decimal(number, &mut digits);
            let parts = [opening.as_bytes(), number, br#""},"ack":"#, number, b"}"];
            wire::push(&mut self.out, wire::TEXT, &parts);
        }
    }

    /// Writes what is queued, as far as the socket takes it; the poll says when to go on.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let mut done = 0;
        while done < self.out.len() {
            match self.socket.write(&self.out[done..]) {
                Ok(n) => done += n,
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected) =>
                {
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.out.drain(..done);
        Ok(())
    }

    /// Gives the connection up; nothing of it is heard again.
    pub(crate) fn abandon(&mut self) {
        self.stage = Stage::Closed;
        self.out.clear();
        // It may be closed already, which is as good.
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// Leaves politely, without waiting for an answer.
    pub(crate) fn leave(&mut self) {
        if self.stage != Stage::Closed {
            self.push(wire::CLOSE, &[&1000_u16.to_be_bytes()]);
            // Nothing can be done about an error here: the connection is being given up.
            let _ = self.flush();
            self.stage = Stage::Closed;
        }
    }
}

fn decimal(mut value: u32, digits: &mut [u8; 10]) -> &[u8] {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return &digits[at..];
        }
    }
}
