//! WebSocket framing by hand: the client's upgrade, the server's frames in, masked frames out.
//!
//! Outgoing frames are masked with the key 0: RFC 6455 demands a mask bit and a key, and a client that
//! has no proxy to protect may choose a key under which masking changes nothing. It costs nothing here and
//! the server the same as any other key. Knows nothing of events.

use memchr::memmem;

/// A text frame.
pub(crate) const TEXT: u8 = 0x1;
/// A closing frame; its payload begins with the code.
pub(crate) const CLOSE: u8 = 0x8;
/// A ping, to be answered with its own payload.
pub(crate) const PING: u8 = 0x9;
/// A pong.
pub(crate) const PONG: u8 = 0xA;

/// No frame of the server may be longer.
const MAX_FRAME: u64 = 32 << 20;

/// The key and the answer that RFC 6455 gives as its example; nothing caches in between.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// One whole frame at the head of a buffer.
#[derive(Debug, PartialEq)]
pub(crate) struct Frame<'a> {
    /// What kind.
    pub opcode: u8,
    /// What it carries.
    pub payload: &'a [u8],
    /// Bytes that it takes in the buffer.
    pub size: usize,
}

/// The frame at the head of `bytes`, or `None` until all of it is there.
pub(crate) fn frame(bytes: &[u8]) -> Result<Option<Frame<'_>>, &'static str> {
    let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
    if first & 0xF0 != 0x80 {
        return Err("a fragmented or extended frame");
    }
    let (len, head) = match second {
        0..126 => (u64::from(second), 2),
        126 => match rest.first_chunk::<2>() {
            Some(len) => (u64::from(u16::from_be_bytes(*len)), 4),
            None => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(len) => (u64::from_be_bytes(*len), 10),
            None => return Ok(None),
        },
        _ => return Err("a masked frame from the server"),
    };
    if len > MAX_FRAME {
        return Err("a frame of absurd length");
    }
    let size = head + len as usize;
    Ok(bytes.get(head..size).map(|payload| Frame { opcode: first & 0x0F, payload, size }))
}

/// Appends a frame whose payload is the parts in a row.
pub(crate) fn push(out: &mut Vec<u8>, opcode: u8, parts: &[&[u8]]) {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    out.push(0x80 | opcode);
    match len {
        0..126 => out.push(0x80 | len as u8),
        126..=0xFFFF => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// The upgrade request.
pub(crate) fn upgrade(host: &str, path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Protocol: deskwire.v1\r\n\r\n"
    )
    .into_bytes()
}

/// Bytes of the response's head once it is complete, if it agrees to the upgrade.
pub(crate) fn upgraded(bytes: &[u8]) -> Result<Option<usize>, String> {
    let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    let accepted = lines
        .filter_map(|line| line.split_once(':'))
        .any(|(name, value)| name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim() == ACCEPT);
    if !status.starts_with("HTTP/1.1 101") {
        return Err(format!("the upgrade was answered with `{status}`"));
    }
    if !accepted {
        return Err("the upgrade was answered without the right Sec-WebSocket-Accept".into());
    }
    Ok(Some(end + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_seen_only_when_whole_in_each_length_class() {
        for len in [0_usize, 5, 125, 126, 65_535, 65_536] {
            let mut bytes = vec![0x81];
            match len {
                0..126 => bytes.push(len as u8),
                126..=0xFFFF => bytes.extend([&[126][..], &(len as u16).to_be_bytes()].concat()),
                _ => bytes.extend([&[127][..], &(len as u64).to_be_bytes()].concat()),
            }
            bytes.resize(bytes.len() + len, b'x');
            let size = bytes.len();
            for cut in [0, 1, 2, size - 1] {
                assert_eq!(frame(&bytes[..cut.min(size - 1)]), Ok(None));
            }
            bytes.push(0x81);
            let whole = frame(&bytes).ok().flatten().map(|f| (f.opcode, f.payload.len(), f.size));
            assert_eq!(whole, Some((TEXT, len, size)));
        }
    }

    #[test]
    fn what_is_pushed_is_masked_with_the_key_zero() {
        let mut out = Vec::new();
        push(&mut out, PONG, &[b"a", b"b"]);
        assert_eq!(out, [0x8A, 0x82, 0, 0, 0, 0, b'a', b'b']);
    }

    #[test]
    fn an_upgrade_needs_101_and_the_accept_header() {
        let good = format!("HTTP/1.1 101 Switching\r\nsec-websocket-ACCEPT: {ACCEPT}\r\n\r\nrest");
        assert_eq!(upgraded(good.as_bytes()), Ok(Some(good.len() - 4)));
        assert_eq!(upgraded(b"HTTP/1.1 101 Switching\r\n"), Ok(None));
        assert!(upgraded(b"HTTP/1.1 101 Switching\r\n\r\n").is_err());
        assert!(upgraded(b"HTTP/1.1 403 Forbidden\r\n\r\n").is_err());
    }
}
