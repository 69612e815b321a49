//! SIGTERM: everybody is told, everything acknowledged is kept, and it ends in time.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use deskwire::domain::Role;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::killed::{crowd, verify};
use crate::{
    harness::{
        load::acknowledged,
        program::{server, token},
        *,
    },
    on_each_database,
};

/// What service managers are promised.
const LIMIT: Duration = Duration::from_secs(5);

async fn ends_in_time(program: &mut Program) {
    let status = timeout(LIMIT, program.exit()).await.expect("the server ends within the limit");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn idle_connections_are_told_and_closed_as_restarting() {
    let dir = tempfile::tempdir().unwrap();
    let mut program = Program::start(server(dir.path(), &Database::Sqlite)).await;
    let mut clients = vec![WsClient::open(program.address).await];
    for user in ["casey", "alex", "kim"] {
        let mut client = program.connect(user, Role::Customer).await;
        let ticket = client.create_ticket("Idle").await;
        client.join(&ticket).await;
        clients.push(client);
    }

    program.terminate();

    for client in &mut clients {
        let draining = client.event("server_draining").await;
        assert!(draining["reconnectAfterMs"].as_u64().unwrap() <= 5_000, "{draining}");
        assert_eq!(client.closed().await, 1012);
    }
    ends_in_time(&mut program).await;
}

on_each_database! {
    async fn all_that_is_acknowledged_while_stopping_is_committed(database) {
        let dir = tempfile::tempdir().unwrap();
        let mut program = Program::start(server(dir.path(), &database)).await;
        let total: Arc<AtomicUsize> = Arc::default();
        let crowd = crowd(&program, &total).await;
        acknowledged(&total, 500).await;

        program.terminate();
        ends_in_time(&mut program).await;

        let program = Program::start(server(dir.path(), &database)).await;
        verify(&program, crowd).await;
    }
}

/// A connection that joined a ticket and does not read, with buffers that fill at once.
async fn deaf(program: &Program, ticket: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    let mut socket = socket.connect(program.address).await.unwrap();
    let upgrade = format!(
        "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {}\r\n\r\n",
        program.address,
        token("deaf", Role::Agent),
    );
    socket.write_all(upgrade.as_bytes()).await.unwrap();
    let join = json!({ "event": "join_ticket", "data": { "ticketId": ticket } }).to_string();
    // Masked with zeros: the text stays as it is (RFC 6455, section 5.3).
    let mut frame = vec![0x81, 0x80 | u8::try_from(join.len()).unwrap(), 0, 0, 0, 0];
    frame.extend(join.as_bytes());
    socket.write_all(&frame).await.unwrap();
    let mut read = Vec::new();
    let joined = async {
        while !String::from_utf8_lossy(&read).contains("replay_complete") {
            assert_ne!(socket.read_buf(&mut read).await.unwrap(), 0);
        }
    };
    timeout(PATIENCE, joined).await.expect("the deaf connection joins");
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_reads_nothing_does_not_hold_it_up_and_nobody_new_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let mut program = Program::start(server(dir.path(), &Database::Sqlite)).await;
    let mut casey = program.connect("casey", Role::Customer).await;
    let ticket = casey.create_ticket("Deaf").await;
    let _deaf = deaf(&program, &ticket).await;
    // Less than what closes it as too slow, more than what buffers on the way hold.
    let text = "x".repeat(9_000);
    for _ in 0..100 {
        casey.say(&ticket, &text).await;
    }

    program.terminate();
    casey.event("server_draining").await;

    // The deaf one keeps it from ending: whoever comes now is turned away by the server, not by its absence.
    let turned_away = match TcpStream::connect(program.address).await {
        Err(_) => true,
        Ok(mut socket) => {
            let upgrade = format!(
                "GET /ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                program.address
            );
            let _ = socket.write_all(upgrade.as_bytes()).await;
            let mut answer = vec![0; 12];
            let read = socket.read_exact(&mut answer).await;
            read.is_err() || answer == b"HTTP/1.1 503"
        }
    };
    assert!(turned_away);
    assert_eq!(casey.closed().await, 1012);
    ends_in_time(&mut program).await;
}
