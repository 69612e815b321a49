//! One connection: its socket, its partly received frame and its unwritten bytes.
//!
//! Owns the socket. Reads into a buffer shared by all connections of a thread, and writes all queued frames
//! with one call. Does not know what frames mean.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr},
};

use mio::{Interest, Registry, Token, net::TcpStream};

use crate::{room::Position, wire};

/// State of a connection, in the order in which it advances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Upgrade request sent, response outstanding.
    Upgrading,
    /// `authenticate` sent, ack outstanding.
    Authenticating,
    /// Signed in, not in a room.
    Authenticated,
    /// Member of the room.
    Joined,
    /// Closed by either side.
    Closed,
}

/// Connection of one virtual user.
#[derive(Debug)]
pub(crate) struct Conn {
    /// State of the connection.
    pub stage: Stage,
    /// Number of the user, unique over all threads.
    pub user: u32,
    /// Index of the room in the worker of this thread.
    pub room: usize,
    /// Position in the stream of the room.
    pub position: Position,
    /// Text of a `send_message` up to the number of the send; `None` on connections that do not send.
    pub opening: Option<Box<str>>,
    socket: TcpStream,
    half: Vec<u8>,
    out: Vec<u8>,
}

/// Result of one read.
pub(crate) enum Input {
    /// Bytes in the buffer, including those kept of a partial frame. `drained`: the socket holds no more.
    Bytes { len: usize, drained: bool },
    /// No bytes at the moment.
    Nothing,
    /// TCP connection closed by the server.
    End,
}

impl Conn {
    /// Starts to connect, and queues the upgrade request.
    pub(crate) fn open(
        registry: &Registry,
        token: usize,
        address: SocketAddr,
        request: &[u8],
        user: u32,
        room: usize,
    ) -> io::Result<Self> {
        let mut socket = TcpStream::connect(address)?;
        // Sends small frames at once instead of waiting for the ack of earlier ones.
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

    /// Reads once. A short read shows that the socket is drained, which saves a further call.
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

    /// Keeps a partial frame for the next read.
    pub(crate) fn keep(&mut self, rest: &[u8]) {
        self.half.extend_from_slice(rest);
    }

    /// Queues a frame whose payload is the concatenation of `parts`.
    pub(crate) fn push(&mut self, opcode: u8, parts: &[&[u8]]) {
        wire::push(&mut self.out, opcode, parts);
    }

    /// Queues a command.
    pub(crate) fn command(&mut self, command: &serde_json::Value) {
        self.push(wire::TEXT, &[command.to_string().as_bytes()]);
    }

    /// Queues a sender's message. The number ends its `clientMessageId` and is its `ack`.
    pub(crate) fn push_message(&mut self, number: u32) {
        if let Some(opening) = &self.opening {
            let mut digits = [0; 10];
            let number = decimal(number, &mut digits);
            let parts = [opening.as_bytes(), number, br#""},"ack":"#, number, b"}"];
            wire::push(&mut self.out, wire::TEXT, &parts);
        }
    }

    /// Writes queued bytes until the socket blocks. The poll reports when it is writable again.
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

    /// Closes the socket at once and drops the queued bytes. Later frames are ignored.
    pub(crate) fn abandon(&mut self) {
        self.stage = Stage::Closed;
        self.out.clear();
        // Fails for a socket that is closed already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    /// Sends a Close frame without waiting for the answer.
    pub(crate) fn leave(&mut self) {
        if self.stage != Stage::Closed {
            self.push(wire::CLOSE, &[&1000_u16.to_be_bytes()]);
            // An error needs no handling: the connection ends here.
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
