//! Tests of storing, reading and sweeping files, and of leaving foreign files alone.

use std::{
    cell::RefCell,
    collections::HashSet,
    convert::Infallible,
    fs,
    time::{Duration, SystemTime},
};

use futures_util::TryStreamExt as _;

use super::*;
use crate::guard::{AllowedTypes, files::attachment};

const HOUR: Duration = Duration::from_secs(3_600);

fn folder() -> (tempfile::TempDir, Blobs) {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(&dir.path().join("made/when/missing")).unwrap();
    (dir, blobs)
}

fn file(text: &str) -> Checked {
    attachment::check("note.txt", text.to_owned(), &AllowedTypes::default(), 1 << 24, 100).unwrap()
}

fn id(number: u128) -> AttachmentId {
    // Spreads ids over the subfolders, as random ids do.
    AttachmentId::from_random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

async fn read(stream: BlobStream) -> Vec<u8> {
    stream.map_ok(|piece| piece.to_vec()).try_concat().await.unwrap()
}

async fn content(blobs: &Blobs, id: &AttachmentId) -> Option<Vec<u8>> {
    match blobs.get(id).await.unwrap() {
        Some(stream) => Some(read(stream).await),
        None => None,
    }
}

/// Paths of all files, relative to the folder.
fn files(blobs: &Blobs) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![blobs.root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(&blobs.root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn write(blobs: &Blobs, name: &str) {
    let path = blobs.root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "x").unwrap();
}

async fn sweep(blobs: &Blobs, now: SystemTime, named: &[AttachmentId]) -> Swept {
    let named: HashSet<_> = named.iter().cloned().collect();
    let is_named = async |page: Vec<AttachmentId>| {
        Ok::<_, Infallible>(page.into_iter().filter(|id| named.contains(id)).collect())
    };
    blobs.sweep(HOUR, now, is_named).await.unwrap()
}

#[tokio::test]
async fn what_is_put_is_there_under_its_shard() {
    let (_dir, blobs) = folder();
    let id = AttachmentId::parse("abcdef0123456789abcdef0123456789").unwrap();
    let stored = blobs.put(file("hello"), id.clone()).await.unwrap();
    assert_eq!((stored.id(), stored.name().as_str(), stored.media_type()), (&id, "note.txt", "text/plain"));
    assert_eq!((stored.size(), stored.sha256()), (5, file("hello").sha256()));
    assert_eq!(files(&blobs), ["ab/cdef0123456789abcdef0123456789"]);
    assert_eq!(content(&blobs, &id).await.unwrap(), b"hello");
    let reopened = Blobs::open(&blobs.root).unwrap();
    assert_eq!(content(&reopened, &id).await.unwrap(), b"hello");
}

#[tokio::test]
async fn what_is_not_there_is_none_and_deleting_it_is_fine() {
    let (_dir, blobs) = folder();
    assert!(blobs.get(&id(1)).await.unwrap().is_none());
    blobs.delete(&id(1)).await.unwrap();
    blobs.put(file("x"), id(1)).await.unwrap();
    blobs.delete(&id(1)).await.unwrap();
    assert!(blobs.get(&id(1)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_large_file_comes_in_pieces() {
    let (_dir, blobs) = folder();
    let text = "0123456789".repeat(50_000);
    blobs.put(file(&text), id(1)).await.unwrap();
    let stream = blobs.get(&id(1)).await.unwrap().unwrap();
    assert_eq!((stream.size(), stream.total()), (500_000, 500_000));
    let pieces: Vec<_> = stream.try_collect().await.unwrap();
    assert_eq!(pieces.len(), 4);
    assert_eq!(pieces.concat(), text.as_bytes());
}

#[tokio::test]
async fn a_part_of_a_file_is_cut_to_the_file() {
    let (_dir, blobs) = folder();
    blobs.put(file("0123456789"), id(1)).await.unwrap();
    for (range, expected, text) in [
        (2..5, 2..5, "234"),
        (8..99, 8..10, "89"),
        (0..u64::MAX, 0..10, "0123456789"),
        (10..12, 10..10, ""),
        (50..60, 10..10, ""),
    ] {
        let stream = blobs.get_range(&id(1), range).await.unwrap().unwrap();
        assert_eq!((stream.range(), stream.total()), (expected, 10));
        assert_eq!(read(stream).await, text.as_bytes());
    }
}

#[tokio::test]
async fn a_file_that_became_shorter_is_an_error_and_not_a_short_answer() {
    let (_dir, blobs) = folder();
    blobs.put(file("0123456789"), id(1)).await.unwrap();
    let stream = blobs.get(&id(1)).await.unwrap().unwrap();
    fs::write(blobs.root.join(&files(&blobs)[0]), "0").unwrap();
    assert!(matches!(stream.try_collect::<Vec<_>>().await, Err(BlobError::Read(_))));
}

#[tokio::test]
async fn a_failed_put_leaves_no_file() {
    let (_dir, blobs) = folder();
    let id = AttachmentId::parse("abcdef0123456789abcdef0123456789").unwrap();
    // A file stands at the path of the subfolder.
    write(&blobs, "ab");
    assert!(matches!(blobs.put(file("x"), id.clone()).await, Err(BlobError::Store(_))));
    assert_eq!(files(&blobs), ["ab"]);
    // A folder stands at the path of the file: the bytes are written, and the rename fails.
    fs::remove_file(blobs.root.join("ab")).unwrap();
    write(&blobs, "ab/cdef0123456789abcdef0123456789/in the way");
    assert!(blobs.put(file("x"), id).await.is_err());
    assert_eq!(files(&blobs), ["ab/cdef0123456789abcdef0123456789/in the way"]);
}

#[tokio::test]
async fn a_folder_that_takes_no_files_is_not_ready() {
    let (dir, blobs) = folder();
    blobs.ready().await.unwrap();
    assert!(files(&blobs).is_empty(), "the probe is gone");
    // A path below a file cannot be written, even by root.
    fs::remove_dir_all(dir.path().join("made")).unwrap();
    fs::write(dir.path().join("made"), "").unwrap();
    assert!(blobs.ready().await.is_err());
    assert!(matches!(Blobs::open(&dir.path().join("made/x")), Err(BlobError::Folder { .. })));
}

#[tokio::test]
async fn a_sweep_removes_what_no_row_names_once_it_is_old() {
    let (_dir, blobs) = folder();
    for number in 1..=3 {
        blobs.put(file("x"), id(number)).await.unwrap();
    }
    let young = sweep(&blobs, SystemTime::now(), &[id(2)]).await;
    assert_eq!(young, Swept { kept: 3, ..Swept::default() });
    let old = sweep(&blobs, SystemTime::now() + 2 * HOUR, &[id(2)]).await;
    assert_eq!(old, Swept { kept: 1, removed: 2, unfinished: 0 });
    assert!(content(&blobs, &id(2)).await.is_some() && content(&blobs, &id(1)).await.is_none());
}

#[tokio::test]
async fn a_sweep_leaves_foreign_files_alone() {
    let (_dir, blobs) = folder();
    let foreign = [
        "README",
        "ab/README",
        "ab/CDEF0123456789abcdef0123456789",
        "abc/def0123456789abcdef0123456789",
        "ab/cd/ef0123456789abcdef0123456789",
        "ab/notes#1",
        "zz/cdef0123456789abcdef0123456789",
    ];
    for name in foreign {
        write(&blobs, name);
    }
    assert_eq!(sweep(&blobs, SystemTime::now() + 2 * HOUR, &[]).await, Swept::default());
    assert_eq!(files(&blobs).len(), foreign.len());
}

#[tokio::test]
async fn a_sweep_removes_old_leftovers_of_interrupted_puts() {
    let (_dir, blobs) = folder();
    write(&blobs, "ab/cdef0123456789abcdef0123456789#1");
    write(&blobs, "ab/cdef0123456789abcdef0123456789#23");
    assert_eq!(sweep(&blobs, SystemTime::now(), &[]).await.unfinished, 0);
    assert_eq!(sweep(&blobs, SystemTime::now() + 2 * HOUR, &[]).await.unfinished, 2);
    assert!(files(&blobs).is_empty());
}

#[tokio::test]
async fn a_sweep_asks_page_by_page_and_stops_when_it_gets_no_answer() {
    let (_dir, blobs) = folder();
    for number in 1..=600_u128 {
        let id = id(number);
        write(&blobs, &format!("{}/{}", &id.as_str()[..2], &id.as_str()[2..]));
    }
    let later = SystemTime::now() + 2 * HOUR;
    let failed = blobs.sweep(HOUR, later, async |_| Err::<HashSet<_>, _>("no database")).await;
    assert!(matches!(failed, Err(SweepError::Ask("no database"))));
    assert_eq!(files(&blobs).len(), 600, "without an answer nothing goes");
    let pages = RefCell::new(Vec::new());
    let swept = blobs
        .sweep(HOUR, later, async |page: Vec<AttachmentId>| {
            pages.borrow_mut().push(page.len());
            Ok::<_, Infallible>(page.into_iter().collect())
        })
        .await
        .unwrap();
    assert_eq!((swept.kept, pages.into_inner()), (600, vec![500, 100]));
}

#[tokio::test]
async fn a_file_that_arrives_is_there_once_it_is_finished_and_as_it_was() {
    let (_dir, blobs) = folder();
    let text = "0123456789".repeat(50_000);
    let mut incoming = blobs.begin(id(1), 1 << 20).await.unwrap();
    for chunk in text.as_bytes().chunks(7_001) {
        incoming.write(chunk).await.unwrap();
    }
    assert!(blobs.get(&id(1)).await.unwrap().is_none(), "not before");
    let stored = incoming.finish("../note.txt", &AllowedTypes::default(), 100).await.unwrap();
    assert_eq!(
        (stored.id(), stored.name().as_str(), stored.media_type()),
        (&id(1), "note.txt", "text/plain")
    );
    assert_eq!((stored.size(), stored.sha256()), (500_000, file(&text).sha256()));
    assert_eq!(content(&blobs, &id(1)).await.unwrap(), text.as_bytes());
    assert_eq!(files(&blobs).len(), 1, "nothing half-written");
}

#[tokio::test]
async fn no_more_than_a_piece_is_held_however_much_comes_at_once() {
    let (_dir, blobs) = folder();
    let mut incoming = blobs.begin(id(1), 1 << 24).await.unwrap();
    incoming.write(&vec![b'x'; 5 * PIECE + 1]).await.unwrap();
    assert_eq!(incoming.held(), 1);
    for _ in 0..100 {
        incoming.write(&[b'x'; 10_000]).await.unwrap();
        assert!(incoming.held() < PIECE);
    }
}

#[tokio::test]
async fn what_is_refused_or_given_up_leaves_no_file() {
    let (_dir, blobs) = folder();
    let gone = async |what: &str| {
        for _ in 0..1_000 {
            if files(&blobs).is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{what} left {:?}", files(&blobs));
    };
    let types = AllowedTypes::default();
    let incoming = blobs.begin(id(1), 9).await.unwrap();
    assert_eq!(files(&blobs).len(), 1, "half-written");
    assert!(matches!(incoming.finish("x", &types, 9).await, Err(IncomingError::Refused(_))), "empty");
    gone("an empty one").await;
    let mut incoming = blobs.begin(id(2), 9).await.unwrap();
    incoming.write(b"123456789").await.unwrap();
    assert!(matches!(incoming.write(b"0").await, Err(IncomingError::Refused(_))), "at once");
    drop(incoming);
    gone("one that is too large").await;
    let mut incoming = blobs.begin(id(3), 9).await.unwrap();
    incoming.write(b"MZ\x90\0").await.unwrap();
    assert!(matches!(incoming.finish("x.png", &types, 9).await, Err(IncomingError::Refused(_))));
    gone("a program").await;
    let mut incoming = blobs.begin(id(4), 1 << 24).await.unwrap();
    incoming.write(&vec![b'x'; 3 * PIECE]).await.unwrap();
    drop(incoming);
    gone("one that was given up").await;
}

#[tokio::test]
async fn a_file_that_cannot_be_put_into_place_leaves_nothing_either() {
    let (_dir, blobs) = folder();
    let id = AttachmentId::parse("abcdef0123456789abcdef0123456789").unwrap();
    write(&blobs, "ab/cdef0123456789abcdef0123456789/in the way");
    let mut incoming = blobs.begin(id, 9).await.unwrap();
    incoming.write(b"x").await.unwrap();
    assert!(matches!(incoming.finish("x", &AllowedTypes::default(), 9).await, Err(IncomingError::Blobs(_))));
    assert_eq!(files(&blobs), ["ab/cdef0123456789abcdef0123456789/in the way"]);
}
