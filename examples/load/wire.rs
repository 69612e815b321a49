//! WebSocket framing (RFC 6455): the client's upgrade, the server's frames, and masked frames of the client.
//!
//! Owns framing. Outgoing frames use the masking key 0, under which masking changes nothing. A client without
//! a proxy in between may choose that key, and the server's cost does not depend on the key. Does not know
//! events.

use memchr::memmem;

/// Opcode of a text frame.
pub(crate) const TEXT: u8 = 0x1;
/// Opcode of a Close frame, whose payload begins with the code.
pub(crate) const CLOSE: u8 = 0x8;
/// Opcode of a ping, which is answered with its own payload.
pub(crate) const PING: u8 = 0x9;
/// Opcode of a pong.
pub(crate) const PONG: u8 = 0xA;

/// Longest accepted frame of the server in bytes.
const MAX_FRAME: u64 = 32 << 20;

/// Example key and answer of RFC 6455. A fixed key is fine without caches in between.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Complete frame at the head of a buffer.
#[derive(Debug, PartialEq)]
pub(crate) struct Frame<'a> {
    /// Opcode of the frame.
    pub opcode: u8,
    /// Payload without the header.
    pub payload: &'a [u8],
    /// Size of header and payload in bytes.
    pub size: usize,
}

/// Parses the frame at the head of `bytes`; `None` if it is incomplete.
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

/// Appends a frame whose payload is the concatenation of `parts`.
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

/// Encodes the upgrade request.
pub(crate) fn upgrade(host: &str, path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Protocol: deskwire.v1\r\n\r\n"
    )
    .into_bytes()
}

/// Size of the response's head in bytes, or `None` until it is complete. Fails unless it accepts the upgrade.
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
