//! Bytes of any kind, and as many as there are: the server stays up, and stays small.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use deskwire::{domain::Role, protocol::envelope::decode};
use proptest::prelude::*;

use crate::harness::*;

/// Text that is nearly a frame, so that more than the first check is reached.
fn nearly() -> impl Strategy<Value = String> {
    let event = prop_oneof![
        Just("ping"),
        Just("authenticate"),
        Just("create_ticket"),
        Just("join_ticket"),
        Just("get_messages"),
        Just("send_message"),
        Just("typing_start"),
        Just("nope")
    ];
    let key = prop_oneof![
        Just("ticketId"),
        Just("token"),
        Just("subject"),
        Just("message"),
        Just("attachments"),
        Just("since"),
        Just("limit"),
        Just("data"),
        Just("x")
    ];
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("{}".to_owned()),
        Just("[{\"data\":\"AA\"}]".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| n.to_string()),
        any::<String>().prop_map(|text| json!(text).to_string()),
        ".{0,20}"
    ];
    (event, prop::collection::vec((key, value), 0..4), any::<Option<i32>>()).prop_map(
        |(event, fields, ack)| {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            let ack = ack.map_or_else(String::new, |ack| format!(",\"ack\":{ack}"));
            format!("{{\"event\":\"{event}\",\"data\":{{{}}}{ack}}}", fields.join(","))
        },
    )
}

proptest! {
    #[test]
    fn no_text_whatever_makes_decoding_panic(text in prop_oneof![any::<String>(), nearly()]) {
        if let Ok(inbound) = decode(&text) {
            prop_assert!(inbound.event.chars().count() <= 64);
        }
    }
}

/// Some frames, some rubbish.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let frame = (any::<u8>(), prop::collection::vec(any::<u8>(), 0..300))
        .prop_map(|(first, payload)| raw::frame(first, &payload));
    let text = nearly().prop_map(|text| raw::text(&text));
    let rubbish = prop::collection::vec(any::<u8>(), 0..300);
    prop::collection::vec(prop_oneof![frame, text, rubbish], 0..6).prop_map(|parts| parts.concat())
}

#[test]
fn no_bytes_whatever_take_the_server_down() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = runtime.block_on(TestApp::start(Database::Sqlite));
    let token = app.token("casey", Role::Customer);
    let attack = async |bytes: Vec<u8>, upgraded: bool, authenticated: bool| {
        let mut raw = Raw::connect(app.address).await;
        if upgraded {
            raw.upgrade(&[]).await;
        }
        if upgraded && authenticated {
            raw.send(&json!({ "event": "authenticate", "data": { "token": token } })).await;
            raw.event("authenticated").await;
        }
        let _ = raw.try_write(&bytes).await;
        // Read or not, closed or cut.
        if upgraded {
            let _ = raw.try_write(&raw::frame(0x88, b"")).await;
            let _ = tokio::time::timeout(std::time::Duration::from_millis(20), raw.closed()).await;
        }
    };
    proptest!(ProptestConfig::with_cases(150), |(bytes in bytes(), upgraded in any::<bool>(), authenticated in any::<bool>())| {
        runtime.block_on(attack(bytes, upgraded, authenticated));
    });
    runtime.block_on(async {
        let mut casey = app.customer("casey").await;
        casey.ok("ping", json!({})).await;
        let metrics = http::get(app.address, "/metrics", &[]).await;
        assert_eq!(metrics.status, 200);
        casey.close().await;
        assert_eq!(http::get(app.address, "/readyz", &[]).await.status, 200);
    });
    drop(app);
}

/// The program in a process of its own, so that its memory can be told from the test's.
struct Program {
    child: Child,
    address: SocketAddr,
    _dir: tempfile::TempDir,
}

impl Program {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_deskwire"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .current_dir(dir.path())
            .env_clear()
            .env("DESKWIRE_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once("http://").expect(&line).1.parse().unwrap();
        Self { child, address, _dir: dir }
    }

    /// Resident memory in KiB, at its highest so far.
    fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const MIB: usize = 1024 * 1024;

#[tokio::test]
#[cfg(target_os = "linux")]
async fn strangers_cannot_make_memory_grow() {
    let program = Program::start();
    Raw::open(program.address).await.event("hello").await;
    let before = program.peak();
    let piece = vec![b'x'; MIB];

    // A huge length, and then megabytes of it.
    for declared in [1 << 30, u64::MAX >> 1] {
        let mut raw = Raw::open(program.address).await;
        raw.write(&raw::header(0x82, declared)).await;
        for _ in 0..64 {
            if raw.try_write(&piece).await.is_err() {
                break;
            }
        }
    }
    // An endless message in small fragments, and an endless handshake.
    let fragment = raw::frame(0x01, &[b'x'; 1_000]);
    let next = raw::frame(0x00, &[b'x'; 1_000]).repeat(1_000);
    let mut raw = Raw::open(program.address).await;
    raw.write(&fragment).await;
    let mut endless = Raw::connect(program.address).await;
    endless.write(b"GET /ws HTTP/1.1\r\n").await;
    for _ in 0..64 {
        let _ = raw.try_write(&next).await;
        let _ =
            endless.try_write(&b"X-Long: 0123456789012345678901234567890123456789\r\n".repeat(20_000)).await;
    }
    // Pings whose answers nobody takes.
    let pings = raw::frame(0x89, b"").repeat(MIB / 6);
    let mut unread = Raw::connect_narrow(program.address).await;
    unread.upgrade(&[]).await;
    let flood = async {
        for _ in 0..64 {
            if unread.try_write(&pings).await.is_err() {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, flood).await;

    Raw::open(program.address).await.event("hello").await;
    let grown = (program.peak() - before) / 1024;
    assert!(grown < 24, "the server grew by {grown} MiB");
}
